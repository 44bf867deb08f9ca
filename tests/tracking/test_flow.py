"""Optical flow tells who moved where no velocity can: textured people who jump."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from kinema.errors import InputError
from kinema.media.frame import Frame
from kinema.poses import Poses
from kinema.skeletons import COCO17
from kinema.tracking.flow import FlowTracker
from kinema.tracking.tracker import Tracker

SIZE = (480, 320)
HEIGHT, WIDTH = 160, 40
APART = 44  # pixels between two people


def noise(shape: tuple[int, int], seed: int) -> np.ndarray:
    """A texture of soft spots, which flow can hold on to."""
    rng = np.random.default_rng(seed)
    return cv2.GaussianBlur(rng.integers(0, 256, (*shape, 3), dtype=np.uint8), (0, 0), 4)


def body(left: float) -> np.ndarray:
    """Joints spread over a patch whose left side is there, (17, 2)."""
    rng = np.random.default_rng(7)
    inside = rng.uniform((6, 6), (WIDTH - 6, HEIGHT - 6), (17, 2))
    return inside + np.array((left, 60))


def recording(lefts: list[int]) -> list[tuple[Frame, Poses]]:
    """Two people of different texture and the same pose side by side; the first stands at `left`.

    Who is to the right comes first in every other frame.
    """
    patches = [noise((HEIGHT, WIDTH), seed) for seed in (1, 2)]
    frames = []
    for number, left in enumerate(lefts):
        image = noise((SIZE[1], SIZE[0]), 0) // 4
        places = [left, left + APART]
        for place, patch in zip(places, patches, strict=True):
            image[60 : 60 + HEIGHT, place : place + WIDTH] = patch
        if number % 2:
            places.reverse()
        points = np.stack([body(place) for place in places])
        poses = Poses(COCO17, points, np.ones((2, 17)), frame=number, time=number / 30)
        frames.append((Frame(image, number, number / 30), poses))
    return frames


JUMPS = [120, 120, 120, 120, 160, 120, 80, 120]


def places_of(stream: list[Poses]) -> list[list[float]]:
    """Where the people are, in the order of their ids."""
    found = []
    for poses in stream:
        assert poses.ids is not None
        order = np.argsort(poses.ids)
        found.append(np.round(poses.keypoints[order, 0, 0] - body(0)[0, 0]).tolist())
    return found


def test_flow_follows_jumps():
    frames = recording(JUMPS)
    expected = [[left, left + APART] for left in JUMPS]
    assert places_of(list(FlowTracker().follow(frames))) == expected
    by_velocity = list(Tracker().follow(poses for _, poses in frames))
    assert places_of(by_velocity)[4:5] != expected[4:5]  # takes the one for the other


def test_update_gives_ids_once_they_are_confirmed():
    tracker = FlowTracker()
    found = [tracker.update(*pair) for pair in recording([120] * 4)]
    assert [len(poses) for poses in found] == [0, 0, 2, 2]


def test_pictures_are_shrunk_and_joints_are_not():
    small = recording(JUMPS)
    large = [
        (
            Frame(cv2.resize(frame.image, None, fx=4, fy=4), frame.index, frame.time),
            replace(poses, keypoints=(poses.keypoints + 0.5) * 4 - 0.5),
        )
        for frame, poses in small
    ]
    one, other = (list(FlowTracker().follow(frames)) for frames in (small, large))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a.ids, b.ids)


def test_empty_frames_and_pictures_without_anything_to_follow():
    blank = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    pairs = [(Frame(blank, n, n / 30), recording([20])[0][1]) for n in range(6)]
    pairs = [(frame, replace(poses, frame=frame.index, time=frame.time)) for frame, poses in pairs]
    pairs[3] = (pairs[3][0], Poses.empty(COCO17, frame=3, time=0.1))
    found = list(FlowTracker().follow(pairs))
    assert [poses.ids.tolist() for poses in found if poses.ids is not None and len(poses)] == [
        [1, 2]
    ] * 5


def test_renewed_knows_neither_people_nor_pictures():
    tracker = FlowTracker(confirm=1)
    frames = recording([20, 20])
    tracker.update(*frames[1])
    small = Frame(np.zeros((10, 10, 3), np.uint8))
    assert len(tracker.renewed().update(small, frames[0][1])) == 2


@pytest.mark.parametrize(
    ("second", "message"),
    [
        pytest.param(
            (Frame(np.zeros((9, 9, 3), np.uint8), 1), Poses.empty(COCO17, frame=1, time=1)),
            "frame 1 has another size than the frame before it",
            id="size",
        ),
        pytest.param(
            (Frame(np.zeros((320, 480, 3), np.uint8), 2), Poses.empty(COCO17, frame=1, time=1)),
            "the poses are of frame 1, the picture is 2",
            id="frame",
        ),
        pytest.param(
            (
                Frame(np.zeros((320, 480, 3), np.uint8), 1),
                Poses.empty(COCO17, frame=1, time=1, space="world"),
            ),
            "optical flow needs poses in an image; these are in world",
            id="space",
        ),
    ],
)
def test_what_cannot_be_followed(second, message):
    tracker = FlowTracker()
    tracker.update(*recording([20])[0])
    with pytest.raises(InputError, match=message):
        tracker.update(*second)
