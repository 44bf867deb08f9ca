"""Turned pictures: coordinates there and back, and who counts of several readings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from kinema.errors import InputError
from kinema.media.frame import Frame
from kinema.models.loading import load_model
from kinema.models.model import RememberingModel, run
from kinema.models.turned import (
    Turned,
    best_readings,
    turned,
    turned_frame,
    turned_points,
    turned_poses,
)
from kinema.poses import Poses
from kinema.skeletons import COCO17

SIZE = (5, 3)  # width, height


def people(*places, scores=None, skeleton=COCO17, boxes=None) -> Poses:
    """A person at each place (x, y, size): joints on a slanted line, no two people alike."""
    steps = np.linspace(0, 1, len(skeleton), dtype=np.float32)
    rows = [np.stack([x + s * steps, y + s * steps**2], axis=1) for x, y, s in places]
    sure = np.array(scores or [0.5] * len(places), np.float32)
    return Poses(
        skeleton,
        np.array(rows, np.float32).reshape(-1, len(skeleton), 2),
        np.repeat(sure[:, None], len(skeleton), axis=1),
        boxes=boxes,
    )


@pytest.mark.parametrize(
    ("quarters", "place"),
    [
        pytest.param(0, (4, 1), id="not"),
        pytest.param(1, (1, 4), id="one: H - 1 - y, x"),
        pytest.param(2, (0, 1), id="two: W - 1 - x, H - 1 - y"),
        pytest.param(3, (1, 0), id="three: y, W - 1 - x"),
        pytest.param(-1, (1, 0), id="against the clock"),
        pytest.param(5, (1, 4), id="more than round"),
    ],
)
def test_a_pixel_is_where_its_point_is(quarters, place):
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    image[1, 4] = 255  # x = 4, y = 1
    frame = turned_frame(Frame(image, index=7, time=0.25), quarters)
    y, x = np.argwhere(frame.image[..., 0])[0]
    assert (x, y) == place
    assert tuple(turned_points(np.array([4, 1], np.float32), quarters, SIZE)) == place
    assert (frame.index, frame.time) == (7, 0.25)
    assert frame.size == (SIZE if quarters % 2 == 0 else SIZE[::-1])
    assert frame.image.shape[1::-1] == frame.size


def test_four_quarters_are_none():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    points = rng.uniform(-1, 5, (2, 17, 2)).astype(np.float32)
    points[1, 3] = np.nan
    frame, found, size = Frame(image), points, SIZE
    for _ in range(4):
        found, size = turned_points(found, 1, size), size[::-1]
        frame = turned_frame(frame, 1)
    np.testing.assert_array_equal(frame.image, image)
    np.testing.assert_allclose(found, points, atol=1e-6)


@pytest.mark.parametrize("quarters", range(4))
def test_scaled_then_turned_is_turned_then_scaled(quarters):
    image = np.random.default_rng(1).integers(0, 255, (30, 40, 3), dtype=np.uint8)
    frame = turned_frame(Frame(image), quarters)
    size = (12, 20) if quarters % 2 else (20, 12)
    for channels in ("rgb", "bgr"):
        whole = Frame(frame.image.copy()).scaled(*size, channels=channels)
        np.testing.assert_allclose(
            frame.scaled(*size, channels=channels).astype(int), whole.astype(int), atol=1
        )


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_poses_there_and_back(quarters):
    there = people((1, 1, 2), (0, 0, 1), boxes=[[1, 0, 4, 2], [0, 0, 1, 1]])
    turned_once = turned_poses(there, quarters, SIZE)
    assert (turned_once.boxes[:, :2] <= turned_once.boxes[:, 2:]).all()
    other = SIZE[::-1] if quarters % 2 else SIZE
    back = turned_poses(turned_once, -quarters, other)
    np.testing.assert_allclose(back.keypoints, there.keypoints, atol=1e-6)
    np.testing.assert_allclose(back.boxes, there.boxes, atol=1e-6)


def test_a_box_turned():
    poses = people((0, 0, 1), boxes=[[1, 0, 4, 2]])
    # One quarter: (1, 0) comes to (2, 1), (4, 2) to (0, 4).
    assert turned_poses(poses, 1, SIZE).boxes.tolist() == [[0, 1, 2, 4]]


def test_nobody_stays_nobody():
    nobody = turned_poses(Poses.empty(COCO17, frame=3), 1, SIZE)
    assert (len(nobody), nobody.frame) == (0, 3)
    assert len(best_readings([nobody, nobody])) == 0


def test_poses_in_space_are_not_turned():
    with pytest.raises(InputError, match="these are in body"):
        turned_poses(Poses.empty(COCO17, space="body"), 1, SIZE)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        pytest.param([((0, 0, 100), 0.4)], [((0, 0, 100), 0.6)], [0.6], id="the better reading"),
        pytest.param([((0, 0, 100), 0.6)], [((0, 0, 100), 0.6)], [0.6], id="equal: one"),
        pytest.param([((0, 0, 100), 0.4)], [((500, 0, 100), 0.6)], [0.6, 0.4], id="two people"),
        pytest.param(
            [((0, 0, 100), 0.4), ((10, 10, 100), 0.3)], [], [0.4, 0.3], id="one reading has two"
        ),
        pytest.param([((0, 0, 100), 0.5)], [((30, 30, 40), 0.2)], [0.5], id="a part of somebody"),
        pytest.param(
            [((0, 0, 100), 0.5)], [((80, 80, 100), 0.2)], [0.5, 0.2], id="a corner in common"
        ),
        pytest.param([], [((0, 0, 100), 0.1)], [0.1], id="seen in one turn only"),
    ],
)
def test_of_each_person_the_best_reading(first, second, kept):
    readings = [
        people(*(place for place, _ in rows), scores=[score for _, score in rows])
        for rows in (first, second)
    ]
    assert best_readings(readings).scores[:, 0].tolist() == pytest.approx(kept)


@dataclass
class Corner:
    """A model that sees one person, in the brightest pixel; surer the higher up that is."""

    name: str = "corner"
    skeleton = COCO17
    parallel: int = 2
    seen: int = 0

    def start(self, frame: Frame) -> CornerJob:
        self.seen += 1
        return CornerJob(frame)


@dataclass
class CornerJob:
    frame: Frame

    def poses(self) -> Poses:
        y, x = np.unravel_index(self.frame.image[..., 0].argmax(), self.frame.image.shape[:2])
        return people((x, y, 0.5), scores=[1 - y / 100])


@dataclass
class Remembering(Corner):
    """One that counts what it has seen, and begins anew with a recording."""

    def renewed(self) -> Remembering:
        return Remembering(self.name)


def spot(x: int, y: int) -> Frame:
    image = np.zeros((60, 80, 3), np.uint8)
    image[y, x] = 255
    return Frame(image, index=3, time=0.5)


def test_auto_takes_the_turn_with_the_highest_score():
    # At (70, 50) the spot is highest up, at y = 9, in the picture turned by 180 or 270 degrees.
    (poses,) = run(turned(Corner(), "auto"), [spot(70, 50)])
    # Turned 180 it is at (9, 9), so the person reaches from there to (9.5, 9.5): back, to the left.
    assert poses.keypoints[0, 0].tolist() == [70, 50]
    assert poses.keypoints[0, -1].tolist() == [69.5, 49.5]
    assert poses.scores[0, 0] == pytest.approx(0.91)


def test_each_turn_has_memories_of_its_own():
    model = turned(Remembering(), "auto")
    assert isinstance(model, RememberingModel)
    list(run(model, [spot(5, 5)] * 3))
    assert [look.seen for look in model._looks] == [0, 0, 0, 0]  # a run begins anew
    model.start(spot(5, 5))
    assert [look.seen for look in model._looks] == [1, 1, 1, 1]


def test_names_and_work():
    assert turned(model := Corner(), 0) is model
    assert turned(model, 270).name == "corner turned 270"
    assert turned(model, "auto").name == "corner turned 0/90/180/270"
    assert (turned(model, 90).parallel, turned(model, "auto").parallel) == (2, 1)
    assert isinstance(turned(model, 180), Turned)


@pytest.mark.parametrize("turn", [45, -90, "90", 360, "upright"])
def test_other_turns_are_refused(turn):
    with pytest.raises(InputError, match="turn must be auto, 0, 90, 180 or 270, not"):
        turned(Corner(), turn)


@pytest.mark.parametrize(("quarters", "turn"), [(1, 270), (2, 180), (3, 90), (1, "auto")])
def test_a_real_person_turned_is_found_by_turning(clip_frames, openpose, quarters, turn):
    frame = clip_frames[100]
    straight = openpose.start(frame).poses()
    lying = Frame(np.ascontiguousarray(np.rot90(frame.image, -quarters)))
    (found,) = run(turned(openpose, turn), [lying])
    best = int(found.person_scores.argmax())
    back = turned_poses(found, -quarters, lying.size).keypoints[best]
    same = straight.keypoints[int(straight.person_scores.argmax())]
    both = np.isfinite(back).all(axis=1) & np.isfinite(same).all(axis=1)
    assert both.sum() >= 16
    assert np.linalg.norm(back - same, axis=1)[both].max() < 3  # of 1768 x 994 pixels


def test_load_model_turns(clip_frames, weights):
    model = load_model(weights, size=184, turn=180)
    assert model.name == f"{weights.stem} turned 180"
    with pytest.raises(InputError, match="turn must be"):
        load_model(weights, turn=1)
