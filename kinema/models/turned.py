"""Looks at pictures that are turned by quarters, and turns what is found back.

Networks have learnt from people whose heads are up; who lies or hangs upside down is often missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from kinema.errors import InputError
from kinema.media.frame import Channels, Frame, Image
from kinema.models.model import Job, Model, RememberingModel
from kinema.models.pose_nms import alike
from kinema.poses import Float32Array, Poses
from kinema.skeleton import Skeleton

Turn = Literal["auto", 0, 90, 180, 270]
"""By how many degrees a picture is turned clockwise before the network sees it; `auto` is all four,
and of each person the reading with the highest score."""

SAME_PLACE = 0.6
"""Readings of two turns are of one person if they share so much of the smaller box."""


def turned(model: Model, turn: Turn) -> Model:
    """The model, looking at turned pictures.

    Raises:
        InputError: If `turn` is none of `Turn`.
    """
    if turn not in get_args(Turn):
        raise InputError(f"turn must be auto, 0, 90, 180 or 270, not {turn!r}")
    if turn == 0:
        return model
    return Turned(model, range(4) if turn == "auto" else [turn // 90])


class Turned:
    """A model that looks at pictures turned by quarters.

    Attributes:
        name: Of the model, with the turns.
        skeleton: The keypoints that it gives.
        parallel: How many frames keep the processor busy.

    Args:
        model: Finds people in a picture.
        quarters: By how many quarters, clockwise, the picture is turned for each look.
    """

    def __init__(self, model: Model, quarters: Sequence[int]) -> None:
        self.name = f"{model.name} turned {'/'.join(str(90 * q) for q in quarters)}"
        self.skeleton: Skeleton = model.skeleton
        self.parallel = max(1, model.parallel // len(quarters))
        self._model = model
        self._quarters = tuple(quarters)
        # One that remembers where people were must not mix up the turns.
        self._looks = [
            model.renewed() if isinstance(model, RememberingModel) else model for _ in quarters
        ]

    def renewed(self) -> Turned:
        """The same model without memories; it shares the networks."""
        return Turned(self._model, self._quarters)

    def start(self, frame: Frame) -> TurnedJob:
        """Starts all looks at a frame and returns at once."""
        jobs = [
            look.start(turned_frame(frame, quarters))
            for look, quarters in zip(self._looks, self._quarters, strict=True)
        ]
        return TurnedJob(frame, jobs, self._quarters)


class TurnedJob:
    """One frame that a `Turned` is working on."""

    def __init__(self, frame: Frame, jobs: Sequence[Job], quarters: Sequence[int]) -> None:
        self.frame = frame
        self._jobs = jobs
        self._quarters = quarters

    def poses(self) -> Poses:
        """Waits for the people of the frame, in the picture as it was."""
        return self._poses

    @cached_property
    def _poses(self) -> Poses:
        readings = [
            turned_poses(job.poses(), -quarters, job.frame.size)
            for job, quarters in zip(self._jobs, self._quarters, strict=True)
        ]
        return best_readings(readings)


class _TurnedPicture:
    """The picture of a frame, turned when it becomes an array; scaled before, which is faster."""

    def __init__(self, frame: Frame, quarters: int) -> None:
        self._frame = frame
        self._quarters = quarters

    @property
    def size(self) -> tuple[int, int]:
        width, height = self._frame.size
        return (height, width) if self._quarters % 2 else (width, height)

    def to_array(self, width: int, height: int, channels: Channels) -> Image:
        upright = (height, width) if self._quarters % 2 else (width, height)
        image = self._frame.scaled(*upright, channels=channels)
        return np.ascontiguousarray(np.rot90(image, -self._quarters))


def turned_frame(frame: Frame, quarters: int) -> Frame:
    """The frame, turned clockwise by so many quarters; its number and time stay.

    Args:
        frame: Any frame.
        quarters: Less than 0 is against the clock.
    """
    return Frame.from_picture(_TurnedPicture(frame, quarters % 4), frame.index, frame.time)


def turned_points(points: Float32Array, quarters: int, size: tuple[int, int]) -> Float32Array:
    """Where points (..., 2) of a picture are once it is turned clockwise by so many quarters.

    (0, 0) is the centre of the top-left pixel before and after: in a picture W x H, one quarter
    brings (x, y) to (H - 1 - y, x).

    Args:
        points: In pixels.
        quarters: Less than 0 is against the clock.
        size: Width and height of the picture before.
    """
    width, height = size
    x, y = points[..., 0], points[..., 1]
    match quarters % 4:
        case 1:
            x, y = height - 1 - y, x
        case 2:
            x, y = width - 1 - x, height - 1 - y
        case 3:
            x, y = y, width - 1 - x
    return np.stack([x, y], axis=-1).astype(np.float32)


def turned_poses(poses: Poses, quarters: int, size: tuple[int, int]) -> Poses:
    """The people as they are in the picture once it is turned, as in `turned_points`.

    Left and right stay what they are: a turn is no mirror.

    Raises:
        InputError: If the poses are not in an image.
    """
    if poses.space != "image":
        raise InputError(f"only poses in an image can be turned; these are in {poses.space}")
    boxes = poses.boxes
    if boxes is not None:
        corners = turned_points(boxes.reshape(-1, 2, 2), quarters, size)  # (N, 2, 2)
        boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    keypoints = turned_points(poses.keypoints, quarters, size)
    return replace(poses, keypoints=keypoints, boxes=boxes)


def best_readings(readings: Sequence[Poses]) -> Poses:
    """Of each person the reading with the highest score, out of several of one picture.

    Readings are of one person if their joints are alike, as pose NMS has it, or if they lie at the
    same place: a network makes something of people upside down, but little that is like them.
    People of one reading are never taken for one: the model itself has told them apart.

    Args:
        readings: Of one frame, in pixels of one picture. Of equal scores the first one counts.
    """
    everybody = _together(readings)
    if len(readings) == 1 or len(everybody) == 0:
        return everybody
    reading = np.repeat(np.arange(len(readings)), [len(poses) for poses in readings])
    bounds = everybody.bounds()
    left = np.ones(len(everybody), dtype=np.bool_)
    chosen: list[int] = []
    for person in np.argsort(-np.nan_to_num(everybody.person_scores), kind="stable").tolist():
        if not left[person]:
            continue
        same = alike(everybody, person) | (_shared(bounds, bounds[person]) >= SAME_PLACE)
        left &= ~(same & (reading != reading[person]))
        left[person] = False
        chosen.append(person)
    return everybody[chosen]


def _together(readings: Sequence[Poses]) -> Poses:
    first = readings[0]
    if len(readings) == 1:
        return first
    boxes = [poses.boxes for poses in readings if poses.boxes is not None]
    certainty = [poses.certainty for poses in readings if poses.certainty is not None]
    return replace(
        first,
        keypoints=np.concatenate([poses.keypoints for poses in readings]),
        scores=np.concatenate([poses.scores for poses in readings]),
        boxes=np.concatenate(boxes) if len(boxes) == len(readings) else None,
        certainty=np.concatenate(certainty) if len(certainty) == len(readings) else None,
        ids=None,
    )


def _shared(boxes: Float32Array, box: Float32Array) -> Float32Array:
    """How much of the smaller of two boxes is in the other, for each of N and one; NaN is 0."""
    low, high = np.maximum(boxes[:, :2], box[:2]), np.minimum(boxes[:, 2:], box[2:])
    both = np.clip(high - low, 0, None).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    smaller = np.minimum(areas, (box[2:] - box[:2]).prod())
    share = np.divide(both, smaller, out=np.zeros_like(both), where=smaller > 0)
    return np.asarray(np.nan_to_num(share), dtype=np.float32)
