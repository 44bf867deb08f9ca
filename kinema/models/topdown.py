"""Top-down estimation: first where people are, then a closer look at each of them.

Any detector, or any model that finds people, goes with any network that looks at one person.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from kinema.media.frame import Frame
from kinema.models.crops import Cutter, Region
from kinema.models.looking import Look, look
from kinema.models.model import Model, RememberingModel
from kinema.models.person import Detector, PersonNetwork
from kinema.models.pose_nms import pose_nms
from kinema.poses import Float32Array, Poses
from kinema.skeleton import Skeleton

Finder = Callable[[Frame], tuple[Float32Array, Float32Array]]
"""Gives the boxes (N, 4) of the people in a frame, and how sure they are, (N,)."""

BODY_MARGIN = 1.23
"""By how much the box of a person is larger than that of the joints: the median of the longer sides
of COCO people with eight or more labelled joints. Crown, fingers and feet have no joints."""


def found_by_detector(detector: Detector) -> Finder:
    """People where a detector sees them."""
    return lambda frame: detector.start(frame).result()


def found_by_model(model: Model) -> Finder:
    """People where another model sees their joints, in each frame by itself."""

    def find(frame: Frame) -> tuple[Float32Array, Float32Array]:
        # Frames come in several threads and in no order: no place for memories of earlier ones.
        fresh = model.renewed() if isinstance(model, RememberingModel) else model
        poses = fresh.start(frame).poses()
        boxes = around_joints(poses) if poses.boxes is None else poses.boxes
        return boxes, poses.person_scores

    return find


def around_joints(poses: Poses) -> Float32Array:
    """Boxes (N, 4) around whole people, where only their joints are known."""
    corners = poses.bounds().reshape(-1, 2, 2)
    middle = corners.mean(axis=1, keepdims=True)
    boxes: Float32Array = (middle + (corners - middle) * np.float32(BODY_MARGIN)).reshape(-1, 4)
    return boxes


def whole_picture(frame: Frame) -> tuple[Float32Array, Float32Array]:
    """One person, who fills the picture: boxes (1, 4) x1 y1 x2 y2 and scores (1,) of 1."""
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
        whole: Boxes hold whole people, as a detector's do; those around joints may not. A network
            that takes whoever stands in the middle is then shown nobody else.
    """

    def __init__(
        self,
        finder: Finder,
        network: PersonNetwork,
        *,
        name: str,
        mirror: bool = False,
        whole: bool = False,
    ) -> None:
        self.name = name
        self.parallel = network.parallel
        self._finder = finder
        self._network = network
        self._mirror = mirror
        self._alone = whole and network.takes_the_middle
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
            for row, result in zip(group, looks, strict=True):
                keypoints[row], scores[row] = result()
        poses = Poses(
            self.skeleton,
            keypoints,
            scores,
            boxes=boxes,
            certainty=np.clip(certainty, 0, 1),
            frame=frame.index,
            time=frame.time,
        )
        return pose_nms(poses)

    def _look(self, cutter: Cutter, box: Float32Array) -> Callable[[], Look]:
        network = self._network
        width, height = network.crop_size
        region = Region.around(box, aspect=width / height, padding=network.padding)
        only = box if self._alone else None
        return look(cutter, region, network, mirror=self._mirror, only=only)


class TopDownJob:
    """One frame that a `TopDown` model is working on."""

    def __init__(self, frame: Frame, future: Future[Poses]) -> None:
        self.frame = frame
        self._future = future

    def poses(self) -> Poses:
        """Waits for the people of the frame."""
        return self._future.result()
