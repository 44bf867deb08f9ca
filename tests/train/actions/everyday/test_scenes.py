"""Recordings with labels, scenes that are joined of them, and what cameras see."""

import numpy as np
import pytest

from kinema.actions.recogniser import part_of
from kinema.errors import InputError
from kinema.skeletons import H36M17
from kinema.space.lifting import LIFT13
from kinema.train.actions.everyday.body import CLEARANCE, Body
from kinema.train.actions.everyday.examples import LABELS, SECONDS, make_examples
from kinema.train.actions.everyday.keys import RATE
from kinema.train.actions.everyday.recorded import Piece, labelled, looped
from kinema.train.actions.everyday.scenes import Stock, joined, kind_of, make_scene
from kinema.train.actions.everyday.views import projected, seen
from kinema.train.lift.mocap import Motion

J = {joint: i for i, joint in enumerate(H36M17.keypoints)}


@pytest.fixture(scope="module")
def stock(recordings: list[Motion]) -> Stock:
    return Stock.of([labelled(motion) for motion in recordings])


@pytest.mark.parametrize(
    ("name", "label", "kind"),
    [
        pytest.param("a/walking_1", "walking", "walks", id="walk"),
        pytest.param("a/running_1", "running", "runs", id="run"),
        pytest.param("a/jumping_1", "jumping", "jumps", id="jump"),
        pytest.param("02_06", "bending", "bends", id="bend"),
        pytest.param("a/basketball_1", "other", "others", id="other"),
    ],
)
def test_recordings_have_labels(recordings: list[Motion], name: str, label: str, kind: str) -> None:
    motion = next(motion for motion in recordings if motion.name == name)
    piece = labelled(motion)
    assert len(piece.labels) == len(piece.points) == len(motion.points) - 1
    assert label in piece.labels and set(piece.labels) <= {*LABELS, ""}
    assert kind_of(piece) == kind


def test_who_stands_in_a_walk_does_not_walk(walk: np.ndarray) -> None:
    still = np.concatenate([np.repeat(walk[:1], 60, axis=0), walk])
    labels = labelled(Motion("7_1", "7", RATE, still.astype(np.float32))).labels
    assert set(labels[:45]) == {"standing"} and set(labels[80:]) == {"walking"}


def test_a_walk_goes_on(walk: np.ndarray) -> None:
    piece = Piece(walk[:60], ("walking",) * 60)
    longer = looped(piece, 6.0, np.random.default_rng(0))
    assert len(longer) == 180
    way = longer.points[-1, 0, 1] - longer.points[0, 0, 1]
    assert way == pytest.approx(1.2 * 179 / RATE, rel=0.01)
    speed = np.linalg.norm(np.diff(longer.points, axis=0), axis=2).max() * RATE
    assert speed < 1.2 * np.linalg.norm(np.diff(walk, axis=0), axis=2).max() * RATE


def test_what_is_too_short_to_go_on_stays() -> None:
    piece = Piece(np.zeros((10, 17, 3)), ("walking",) * 10)
    assert looped(piece, 6.0, np.random.default_rng(0)) is piece


def test_joined_without_a_leap(walk: np.ndarray) -> None:
    body = Body.random(np.random.default_rng(0), spread=0.0)
    other = walk[::-1] * (1, -1, 1) + (5, 5, 0)
    pieces = [Piece(walk, ("walking",) * len(walk)), Piece(other, ("other",) * len(walk))]
    whole = joined(pieces, body, np.random.default_rng(1))
    assert len(whole.points) == len(whole.labels) < 2 * len(walk)
    assert whole.labels[0] == "walking" and whole.labels[-1] == "other"
    assert np.linalg.norm(np.diff(whole.points, axis=0), axis=2).max() * RATE < 12


def test_every_scene(stock: Stock) -> None:
    rng = np.random.default_rng(4)
    for _ in range(40):
        scene = make_scene(stock, rng)
        assert np.isfinite(scene.points).all() and len(scene.labels) == len(scene)
        assert set(scene.labels) <= {*LABELS, ""}
        assert (scene.points[..., 2] - CLEARANCE).min() > -1e-6
        assert np.linalg.norm(np.diff(scene.points, axis=0), axis=2).max() * RATE < 25


def test_camera_sees_people_upright(walk: np.ndarray) -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        pixels, behind = projected(walk, rng)
        assert np.isfinite(pixels).all() and behind.shape == pixels.shape[:2]
        head = pixels[:, LIFT13.index("head"), 1].mean()
        ankles = pixels[:, [LIFT13.index("left_ankle"), LIFT13.index("right_ankle")], 1].mean()
        assert head < ankles  # y points down


def test_what_is_seen(walk: np.ndarray) -> None:
    scene = Piece(walk, ("walking",) * len(walk))
    view = seen(scene, np.random.default_rng(6), noise=0)
    assert view.track.found.all() and len(view.labels) == len(view.track)
    noisy = seen(scene, np.random.default_rng(6))
    assert noisy.track.times.tolist() == view.track.times.tolist()
    assert not np.array_equal(noisy.track.keypoints, view.track.keypoints)


def test_examples_are_what_they_are_called(stock: Stock) -> None:
    made = make_examples(stock, 3, 7)
    assert made.labels == LABELS and len(made) == 3 * len(LABELS)
    again = make_examples(stock, 3, 7)
    for sequence, other in zip(made.sequences, again.sequences, strict=True):
        (track,), (same,) = sequence.read(), other.read()
        assert SECONDS - 0.2 < track.times[-1] - track.times[0] <= SECONDS + 1e-6
        assert np.array_equal(track.keypoints, same.keypoints, equal_nan=True)
        assert part_of(track, slice(0, 5)).keypoints.shape == (5, 13, 2)
    different = make_examples(stock, 3, 8).sequences[0].read()[0]
    assert different.keypoints.tolist() != made.sequences[0].read()[0].keypoints.tolist()


def test_lacking_recordings_are_named(recordings: list[Motion]) -> None:
    walks = Stock.of([labelled(motion) for motion in recordings if "walking" in motion.name])
    with pytest.raises(InputError, match="no runs and no jumps and no bends and no others"):
        make_examples(walks, 1, 0)
