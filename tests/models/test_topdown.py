from __future__ import annotations

import math
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kinema.errors import ModelError
from kinema.media.frame import Frame
from kinema.models.catalogue import CARDS
from kinema.models.crop_network import CropNetwork
from kinema.models.families import FAMILIES
from kinema.models.following import Follower
from kinema.models.looking import averaged
from kinema.models.model import run
from kinema.models.movenet import load_person
from kinema.models.options import Options
from kinema.models.topdown import (
    BODY_MARGIN,
    TopDown,
    around_joints,
    found_by_detector,
    found_by_model,
    whole_picture,
)
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17

CARD = next(card for card in CARDS if card.name == "movenet-thunder")
RED, GREEN, BLUE = (COCO17.keypoints[channel::3] for channel in range(3))


@pytest.fixture
def network(spot_network: Callable[[int, int], Path]) -> CropNetwork:
    """Sees the red, the green and the blue spot in crops of 64 x 64 pixels."""
    return load_person(CARD, (spot_network(64, 64),), Options(precision="f32"))


def spots(*places: tuple[float, float, int], size: tuple[int, int] = (300, 200)) -> np.ndarray:
    """A black picture with soft spots at (x, y) in a channel."""
    image = np.zeros((size[1], size[0], 3))
    y, x = np.mgrid[: size[1], : size[0]]
    for left, top, channel in places:
        image[..., channel] += 255 * np.exp(-((x - left) ** 2 + (y - top) ** 2) / 32)
    return np.minimum(image, 255).astype(np.uint8)


def boxes_around(*places: tuple[float, float], half: float = 40, certainty: float = 1):
    """A finder that finds people at these places."""
    boxes = [(x - half, y - half, x + half, y + half) for x, y in places]
    array = np.array(boxes, np.float32).reshape(-1, 4)
    return lambda frame: (array, np.full(len(array), certainty, np.float32))


def test_each_person_is_looked_at_where_it_is(network):
    image = spots((60, 70, 0), (70, 50, 1), (50, 80, 2), (220, 120, 0), (200, 110, 2))
    model = TopDown(boxes_around((60, 70), (210, 110)), network, name="a+b")
    poses = model.start(Frame(image, 7, 0.5)).poses()
    assert (model.name, model.skeleton, poses.frame, poses.time) == ("a+b", COCO17, 7, 0.5)
    assert len(poses) == 2
    order = np.argsort(poses.boxes[:, 0])
    first, second = poses[order[:1]], poses[order[1:]]
    for joints, place in ((RED, (60, 70)), (GREEN, (70, 50)), (BLUE, (50, 80))):
        for joint in joints:
            np.testing.assert_allclose(first.joint(joint), [place], atol=0.3)
    np.testing.assert_allclose(second.joint("nose"), [(220, 120)], atol=0.3)
    assert second.scores[0, COCO17.index(GREEN[0])] == 0
    assert first.scores.min() > 0.9


@pytest.mark.parametrize("whole", [True, False])
def test_nobody_else_is_shown_to_a_network_that_takes_the_middle(network, whole):
    """A faint spot in the narrow box, a bright one beside it but within the square crop."""
    image = spots((125, 100, 0))
    image[..., 0] = np.maximum(image[..., 0], spots((100, 60, 0))[..., 0] // 2)
    box = np.array([[90, 40, 110, 160]], np.float32)

    def finder(frame):
        return box, np.ones(1, np.float32)

    nose = TopDown(finder, network, name="x", whole=whole).find(Frame(image)).joint("nose")[0]
    off = np.linalg.norm(nose - (100, 60))
    assert off < 1 if whole else off > 20


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("half", [20, 33, 50, 90], ids=str)
def test_no_shift(network, half, mirror):
    place = (140.3, 99.2)
    model = TopDown(boxes_around((150, 95), half=half), network, name="x", mirror=mirror)
    poses = model.find(Frame(spots((*place, 0), (*place, 1), (*place, 2))))
    offset = poses.keypoints[0] - place
    assert np.abs(offset).max() < 0.3


def test_a_mirrored_look_swaps_left_and_right(network):
    # Left joints of one number are right joints of the next: channels differ, places are swapped.
    image = spots((130, 100, 0), (150, 100, 1), (170, 100, 2))
    plain = TopDown(boxes_around((150, 100)), network, name="x").find(Frame(image))
    both = TopDown(boxes_around((150, 100)), network, name="x", mirror=True).find(Frame(image))
    for left, right in COCO17.mirror:
        i, j = COCO17.index(left), COCO17.index(right)
        middle = (plain.keypoints[0, i] + plain.keypoints[0, j]) / 2
        np.testing.assert_allclose(both.keypoints[0, i], middle, atol=0.3)
        np.testing.assert_allclose(both.keypoints[0, j], middle, atol=0.3)
    np.testing.assert_allclose(both.joint("nose"), plain.joint("nose"), atol=0.3)


TWO = Skeleton("two", ("left_hand", "right_hand"), mirror=(("left_hand", "right_hand"),))
NAN = math.nan


@pytest.mark.parametrize(
    ("straight", "mirrored", "expected"),
    [
        pytest.param(
            ([(2, 5), (7, 5)], [1, 1]), ([(2, 7), (7, 3)], [1, 1]), ([(2, 4), (7, 6)], [1, 1]),
            id="mean of both",
        ),
        pytest.param(
            ([(2, 0), (7, 0)], [0.75, 0]), ([(2, 0), (3, 0)], [0, 0.25]),
            ([(3, 0), (7, 0)], [0.5, 0]),
            id="weighted by scores",
        ),
        pytest.param(
            ([(NAN, NAN), (7, 0)], [0, 1]), ([(NAN, NAN), (3, 4)], [0, 0.5]),
            ([(6, 4), (7, 0)], [0.25, 0.5]),
            id="found by one look",
        ),
        pytest.param(
            ([(NAN, NAN)] * 2, [0, 0]), ([(NAN, NAN)] * 2, [0, 0]), ([(NAN, NAN)] * 2, [0, 0]),
            id="found by none",
        ),
    ],
)  # fmt: skip
def test_the_average_of_two_looks(straight, mirrored, expected):
    looks = [(np.float32(points), np.float32(scores)) for points, scores in (straight, mirrored)]
    points, scores = averaged(*looks, width=10, skeleton=TWO)
    np.testing.assert_allclose(points, expected[0])
    np.testing.assert_allclose(scores, expected[1])
    assert points.dtype == scores.dtype == np.float32


def test_nobody(network):
    poses = TopDown(boxes_around(), network, name="x").find(Frame(spots(), 3))
    assert len(poses) == 0
    assert (poses.keypoints.shape, poses.boxes.shape, poses.frame) == ((0, 17, 2), (0, 4), 3)


def test_people_without_a_box_are_left_out(network):
    boxes = np.array([[NAN] * 4, [100, 60, 180, 140]], np.float32)
    model = TopDown(lambda frame: (boxes, np.float32([1, 1])), network, name="x")
    poses = model.find(Frame(spots((140, 100, 0))))
    assert poses.boxes.tolist() == boxes[1:].tolist()


def test_more_people_than_requests(network):
    places = [(40 * column + 30, 40 * row + 30) for row in range(4) for column in range(7)]
    image = spots(*((*place, channel) for place in places for channel in range(3)))
    poses = TopDown(boxes_around(*places, half=16), network, name="x").find(Frame(image))
    found = {tuple(place) for place in (np.round(poses.keypoints[:, 0] / 5) * 5).tolist()}
    assert found == set(places)


def test_a_box_beyond_the_picture_and_a_box_of_no_size(network):
    poses = TopDown(boxes_around((-500, -500), (9, 9), half=0), network, name="x").find(
        Frame(spots((9, 9, 0)))
    )
    assert len(poses) == 2
    assert np.isfinite(poses.keypoints).all()


def test_frames_stay_in_order_under_threads(network):
    done = threading.Event()

    def finder(frame):
        if frame.index == 0:  # takes longer than the next one
            done.wait(5)
        if frame.index == 1:
            done.set()
        return boxes_around((100 + frame.index, 100))(frame)

    frames = (Frame(spots((100 + i, 100, 0)), i, i / 10) for i in range(12))
    poses = list(run(TopDown(finder, network, name="x"), frames))
    assert [p.frame for p in poses] == list(range(12))
    offset = [p.joint("nose")[0, 0] - 100 - p.frame for p in poses]
    assert np.abs(offset).max() < 0.3


@pytest.mark.filterwarnings("error")
def test_an_error_surfaces_at_its_frame(network):
    def finder(frame):
        if frame.index == 3:
            raise ModelError("the detector failed")
        return boxes_around((100, 100))(frame)

    stream = run(TopDown(finder, network, name="x"), (Frame(spots(), i) for i in range(9)))
    assert [next(stream).frame for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ModelError, match="the detector failed"):
        next(stream)


class Detector:
    name = "boxes"
    parallel = 1

    def start(self, frame):
        return self

    def result(self):
        return np.float32([[1, 2, 3, 4]]), np.float32([0.5])


def test_people_found_by_a_detector():
    boxes, certainty = found_by_detector(Detector())(Frame(spots()))
    assert (boxes.tolist(), certainty.tolist()) == ([[1, 2, 3, 4]], [0.5])


def test_the_whole_picture_as_one_person(network):
    boxes, certainty = whole_picture(Frame(spots(size=(30, 20))))
    assert (boxes.tolist(), certainty.tolist()) == ([[-0.5, -0.5, 29.5, 19.5]], [1])
    poses = TopDown(whole_picture, network, name="x").find(Frame(spots((200.4, 33, 0))))
    # Padded: the spot is wider than a pixel of the crop, but only just.
    np.testing.assert_allclose(poses.joint("nose"), [(200.4, 33)], atol=0.5)


def test_boxes_around_joints_hold_the_whole_body():
    keypoints = np.full((3, 17, 2), NAN, np.float32)
    keypoints[0, :2] = [(100, 50), (140, 250)]
    keypoints[1, 4] = (7, 8)
    boxes = around_joints(Poses(COCO17, keypoints, np.zeros((3, 17))))
    w, h = 20 * BODY_MARGIN, 100 * BODY_MARGIN
    np.testing.assert_allclose(boxes[0], [120 - w, 150 - h, 120 + w, 150 + h], rtol=1e-6)
    assert boxes[1].tolist() == [7, 8, 7, 8]
    assert np.isnan(boxes[2]).all()
    assert around_joints(Poses.empty(COCO17)).shape == (0, 4)


def test_a_model_that_follows_finds_people_in_each_frame_by_itself(network):
    follower = Follower(network, name="follower")
    find = found_by_model(follower)
    frames = [Frame(spots(*((x, 100, c) for c in range(3))), 0) for x in (60, 250)]
    alone = [find(frame)[0].tolist() for frame in frames]
    follower.start(frames[1]).poses()  # a memory that must not matter
    assert [find(frame)[0].tolist() for frame in frames] == alone


def test_the_family_is_known():
    assert FAMILIES["movenet"].person_loader() is load_person
