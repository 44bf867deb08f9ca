"""Top-down estimation: first where people are, then a closer look at each of them.

Any detector, or any model that finds people, goes with any network that looks at one person.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from kinema.media.frame import Frame
from kinema.models.crops import Cutter, Region
from kinema.models.model import Model
from kinema.models.person import Detector, PersonNetwork
from kinema.poses import Float32Array, Poses
from kinema.skeleton import Skeleton

Finder = Callable[[Frame], tuple[Float32Array, Float32Array]]
"""Gives the boxes (N, 4) of the people in a frame, and how sure they are, (N,)."""


def found_by_detector(detector: Detector) -> Finder:
    """People where a detector sees them."""
    return lambda frame: detector.start(frame).result()


def found_by_model(model: Model) -> Finder:
    """People where another model sees their joints."""

    def find(frame: Frame) -> tuple[Float32Array, Float32Array]:
        poses = model.start(frame).poses()
        boxes = poses.bounds() if poses.boxes is None else poses.boxes
        return boxes, poses.person_scores

    return find


def whole_picture(frame: Frame) -> tuple[Float32Array, Float32Array]:
    """One person, who fills the picture."""
    width, height = frame.size
    box = np.array([[-0.5, -0.5, width - 0.5, height - 0.5]], dtype=np.float32)
    return box, np.ones(1, dtype=np.float32)


class TopDown:
    """A model made of something that finds people and a network that looks at each.

    Attributes:
        name: Of both.
        parallel: How many frames are worked on at once.

    Args:
        finder: Says where people are.
        network: Looks at one.
        name: Of both.
        mirror: Also look at each mirrored crop, and average.
    """

    def __init__(
        self, finder: Finder, network: PersonNetwork, *, name: str, mirror: bool = False
    ) -> None:
        self.name = name
        self.parallel = network.parallel
        self._finder = finder
        self._network = network
        self._mirror = mirror
        # Several frames, each in a thread of its own: what one frame's detector and crops leave of
        # the processor, another frame uses. Inference itself runs outside of Python's lock.
        self._threads = ThreadPoolExecutor(self.parallel + 1, thread_name_prefix="kinema-topdown")

    @property
    def skeleton(self) -> Skeleton:
        """The keypoints that it gives."""
        return self._network.skeleton

    def start(self, frame: Frame) -> TopDownJob:
        """Starts on a frame and returns at once."""
        return TopDownJob(frame, self._threads.submit(self.find, frame))

    def find(self, frame: Frame) -> Poses:
        """The people of one frame, waited for."""
        boxes, certainty = self._finder(frame)
        usable = np.isfinite(boxes).all(axis=1)  # a person of whom no joint was found has no box
        boxes, certainty = boxes[usable], certainty[usable]
        keypoints = np.full((len(boxes), len(self.skeleton), 2), np.nan, dtype=np.float32)
        scores = np.zeros(keypoints.shape[:2], dtype=np.float32)
        cutter = Cutter(frame, channels=self._network.channels)
        # No more crops at a time than the network works on at once: a crowd would fill the memory.
        for first in range(0, len(boxes), self.parallel):
            group = range(first, min(first + self.parallel, len(boxes)))
            looks = [self._look(cutter, boxes[row]) for row in group]
            for row, look in zip(group, looks, strict=True):
                keypoints[row], scores[row] = look()
        return Poses(
            self.skeleton,
            keypoints,
            scores,
            boxes=boxes,
            certainty=np.clip(scores.mean(axis=1) * certainty, 0, 1),
            frame=frame.index,
            time=frame.time,
        )

    def _look(
        self, cutter: Cutter, box: Float32Array
    ) -> Callable[[], tuple[Float32Array, Float32Array]]:
        """Starts on one person; calling the result waits for keypoints (K, 2) and scores (K,)."""
        network = self._network
        width, height = network.crop_size
        region = Region.around(box, aspect=width / height, padding=network.padding)
        crop = cutter.cut(region, network.crop_size)
        straight = network.start(crop)
        mirrored = network.start(np.ascontiguousarray(crop[:, ::-1])) if self._mirror else None

        def result() -> tuple[Float32Array, Float32Array]:
            points, scores = straight.result()
            if mirrored:
                points, scores = _averaged(
                    (points, scores), mirrored.result(), width=width, skeleton=self.skeleton
                )
            return region.to_picture(points, network.crop_size), scores

        return result


class TopDownJob:
    """One frame that a `TopDown` model is working on."""

    def __init__(self, frame: Frame, future: Future[Poses]) -> None:
        self.frame = frame
        self._future = future

    def poses(self) -> Poses:
        """Waits for the people of the frame."""
        return self._future.result()


def _averaged(
    straight: tuple[Float32Array, Float32Array],
    mirrored: tuple[Float32Array, Float32Array],
    *,
    width: int,
    skeleton: Skeleton,
) -> tuple[Float32Array, Float32Array]:
    """The mean of two looks at one person, weighted by the scores; left and right put back."""
    points, scores = straight
    order = skeleton.mirror_order
    other_points, other_scores = mirrored[0][order].copy(), mirrored[1][order]
    other_points[:, 0] = width - 1 - other_points[:, 0]
    total = scores + other_scores
    share = np.divide(scores, total, out=np.full_like(scores, 0.5), where=total > 0)[:, None]
    mean: Float32Array = share * points + (1 - share) * other_points
    return mean, total * np.float32(0.5)
