"""Who is who by optical flow: the joints of the last frame are followed into this one.

Poses that are carried on by the pictures themselves, in place of a model of motion, are the idea of
pose flow (Xiu et al. 2018) and of PoseTrack's flow baseline (Xiao et al. 2018). It is
meant for people who move by jumps that no velocity foretells, as with a camera that shakes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from kinema.errors import InputError
from kinema.media.frame import Frame
from kinema.poses import Poses
from kinema.tracking.identities import CONFIRM_FRAMES, MEMORY_SECONDS, Identities, follow
from kinema.tracking.memory import Expectation
from kinema.tracking.similarity import Floats, sizes_of

Grey = npt.NDArray[np.uint8]

WIDEST = 640
"""Pixels to which the longer side of the pictures is shrunk; joints are no finer than that."""

WINDOW = (21, 21)
LEVELS = 3
"""Of the pyramid of Lucas and Kanade (Bouguet 2001): moves of 80 pixels of the shrunk picture."""

ROUND_TRIP = 2.0
"""Pixels by which a point followed there and back may miss where it began."""

FLOW_ERROR = 0.05
"""Standard deviation of a joint that was followed for a frame, in sizes."""


class FlowTracker:
    """As `Tracker`, but expects people where optical flow carries their joints.

    People who were not seen in the last frame are expected where their velocity leads. The pictures
    cost time: about 5 ms a frame.

    Args:
        confirm: Frames in which a person must have been seen to get an id.
        memory: Seconds for which a lost person is remembered.

    Raises:
        InputError: If `confirm` is below 1 or `memory` is not a positive number.
    """

    def __init__(self, *, confirm: int = CONFIRM_FRAMES, memory: float = MEMORY_SECONDS) -> None:
        self._identities = Identities(confirm, memory)
        self._last: Grey | None = None
        self._last_time = 0.0

    def renewed(self) -> FlowTracker:
        """A tracker of the same settings that knows nobody."""
        known = self._identities
        return FlowTracker(confirm=known.confirm, memory=known.memory_seconds)

    def update(self, frame: Frame, poses: Poses) -> Poses:
        """The confirmed people of one frame, with their ids, at once; see `Tracker.update`.

        Args:
            frame: Whose people they are; all of one size.
            poses: In its pixels.

        Raises:
            InputError: As `Tracker.update`; or if the poses are not in an image or of another
                frame, or the size of the pictures changes.
            SkeletonError: If the skeleton is not that of the frame before.
        """
        numbers = self._step(frame, poses)
        return self._identities.named(poses, self._identities.ids(numbers))

    def follow(self, stream: Iterable[tuple[Frame, Poses]]) -> Iterator[Poses]:
        """The frames of a recording with ids, each person from the first frame on.

        As `Tracker.follow`, of frames with their poses.

        Raises:
            InputError: As `update`.
            SkeletonError: As `update`.
        """
        steps = ((poses, self._step(frame, poses)) for frame, poses in stream)
        return follow(steps, self._identities)

    def _step(self, frame: Frame, poses: Poses) -> npt.NDArray[np.int64]:
        if poses.space != "image":
            raise InputError(f"optical flow needs poses in an image; these are in {poses.space}")
        if poses.frame != frame.index:
            raise InputError(f"the poses are of frame {poses.frame}, the picture is {frame.index}")
        scale = min(1.0, WIDEST / max(frame.size))
        grey = _grey(frame, scale)
        last, elapsed = self._last, poses.time - self._last_time
        if last is not None and last.shape != grey.shape:
            raise InputError(f"frame {frame.index} has another size than the frame before it")

        def place(expected: Expectation) -> Expectation:
            return expected if last is None else _carried(expected, last, grey, scale, elapsed)

        numbers = self._identities.step(poses, place)
        self._last, self._last_time = grey, poses.time
        return numbers


def _grey(frame: Frame, scale: float) -> Grey:
    width, height = (max(1, round(side * scale)) for side in frame.size)
    return np.asarray(cv2.cvtColor(frame.scaled(width, height), cv2.COLOR_RGB2GRAY))


def _carried(
    expected: Expectation, last: Grey, grey: Grey, scale: float, elapsed: float
) -> Expectation:
    """The people of the last frame where the pictures carry their joints; others as they are."""
    rows = np.flatnonzero(expected.seconds <= elapsed * 1.001)
    before = expected.last[rows]
    people, joints = np.nonzero(~np.isnan(before[..., 0]))
    if len(people) == 0:
        return expected
    start = ((before[people, joints] + 0.5) * scale - 0.5).astype(np.float32)
    end, seen = _followed(last, grey, start)
    moved = np.full(before.shape, np.nan)
    moved[people[seen], joints[seen]] = (end - start)[seen] / scale
    whole = np.stack([_usual(person) for person in moved])[:, None]  # (R, 1, 2)
    known = ~np.isnan(whole[:, 0, 0])
    moved = np.where(np.isnan(moved), whole, moved)[known]
    points, habit, variances = (
        expected.points.copy(),
        expected.habit.copy(),
        expected.variances.copy(),
    )
    points[rows[known]] = before[known] + moved
    shift = whole[known] - (expected.points[rows[known]] - before[known])
    habit[rows[known]] += np.nanmean(shift, axis=1, keepdims=True)
    sizes = sizes_of(before[known], 1.0)[:, None]
    variances[rows[known]] = expected.floor[rows[known]] + (FLOW_ERROR * sizes) ** 2
    return replace(expected, points=points, habit=habit, variances=variances)


def _followed(
    last: Grey, grey: Grey, start: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Where points (P, 2) of a picture are in the next, and which were followed there and back."""
    end, there = _lucas_kanade(last, grey, start)
    back, home = _lucas_kanade(grey, last, end)
    return end, there & home & (np.linalg.norm(back - start, axis=1) <= ROUND_TRIP)


def _lucas_kanade(
    last: Grey, grey: Grey, start: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    guess = np.empty_like(start)  # not used: without OPTFLOW_USE_INITIAL_FLOW it is written only
    end, found, _ = cv2.calcOpticalFlowPyrLK(
        last, grey, start, guess, winSize=WINDOW, maxLevel=LEVELS
    )
    return np.asarray(end, dtype=np.float32), np.asarray(found)[:, 0] == 1


def _usual(moved: Floats) -> Floats:
    """The median of the moves of a person's joints (K, 2), NaN without any."""
    known = moved[~np.isnan(moved[:, 0])]
    return np.median(known, axis=0) if len(known) else np.full(2, np.nan)
