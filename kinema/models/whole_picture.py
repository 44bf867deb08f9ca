"""Networks that look at a whole picture of one size: everything but the meaning of their outputs.

Two kinds share it: one-stage networks, which give people with their joints, and detectors, which
give boxes only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from kinema.media.frame import Channels, Frame
from kinema.models.letterbox import GREY, Letterbox
from kinema.models.runtime import Network, Request
from kinema.poses import Float32Array, Poses
from kinema.skeleton import Skeleton

Outputs = tuple[Float32Array, ...]
Boxes = tuple[Float32Array, Float32Array]
"""Boxes (N, 4), x1 y1 x2 y2 in pixels of the input from its corner, and scores (N,)."""


@dataclass(frozen=True)
class People:
    """What a one-stage network sees, in pixels of its input.

    Attributes:
        keypoints: (N, K, 2), as in the labels it was trained on; NaN where not found.
        scores: (N, K) of the joints.
        boxes: (N, 4) x1 y1 x2 y2 from the corner of the input, or None.
        certainty: (N,) of the people.
    """

    keypoints: Float32Array
    scores: Float32Array
    boxes: Float32Array | None
    certainty: Float32Array


class WholePicture:
    """A network together with how pictures are fitted into its input.

    Args:
        network: Takes pictures of `size`.
        size: Width and height of its input.
        channels: Order of the channels that it takes.
        centred: Whether the picture lies in the middle of the input or at its corner.
        fill: Value of the pixels beside the picture.
    """

    def __init__(
        self,
        network: Network,
        *,
        size: tuple[int, int],
        channels: Channels,
        centred: bool = True,
        fill: int = GREY,
    ) -> None:
        self.network = network
        self.size = size
        self._channels: Channels = channels
        self._centred = centred
        self._fill = fill

    def start(self, frame: Frame) -> tuple[Request, Letterbox]:
        """Starts on a frame and says where in the input it lies."""
        box = Letterbox.fit(frame.size, self.size, centred=self._centred)
        image = box.prepare(frame, self.size, channels=self._channels, fill=self._fill)
        return self.network.start(image), box


class OneStage:
    """A model that finds people and their joints in one look.

    Args:
        picture: The network.
        decode: Reads its outputs.
        name: In the catalogue.
        skeleton: The keypoints that it gives.
        single_person: Keep the one person that is most certain.
    """

    def __init__(
        self,
        picture: WholePicture,
        decode: Callable[[Outputs], People],
        *,
        name: str,
        skeleton: Skeleton,
        single_person: bool = False,
    ) -> None:
        self.name = name
        self.skeleton = skeleton
        self.parallel = picture.network.parallel
        self.decode = decode
        self.single_person = single_person
        self._picture = picture

    def start(self, frame: Frame) -> OneStageJob:
        """Prepares the frame, starts inference and returns at once."""
        return OneStageJob(self, frame, *self._picture.start(frame))


class OneStageJob:
    """One frame that a `OneStage` model is working on."""

    def __init__(self, model: OneStage, frame: Frame, request: Request, box: Letterbox) -> None:
        self.frame = frame
        self._model = model
        self._request = request
        self._box = box

    def poses(self) -> Poses:
        """Waits for the people of the frame, the most certain first."""
        return self._poses

    @cached_property
    def _poses(self) -> Poses:
        people = self._model.decode(self._request.result())
        order = np.argsort(-people.certainty, kind="stable")
        if self._model.single_person:
            order = order[:1]
        keypoints = self._box.points(people.keypoints[order])
        absent = np.isnan(keypoints).any(axis=2)
        return Poses(
            self._model.skeleton,
            keypoints,
            np.where(absent, 0, np.clip(people.scores[order], 0, 1)),
            boxes=None if people.boxes is None else self._box.boxes(people.boxes[order]),
            certainty=np.clip(people.certainty[order], 0, 1),
            frame=self.frame.index,
            time=self.frame.time,
        )


class BoxDetector:
    """A `kinema.models.person.Detector` made of a network and a decoder.

    Args:
        picture: The network.
        decode: Reads its outputs.
        name: In the catalogue.
    """

    def __init__(
        self, picture: WholePicture, decode: Callable[[Outputs], Boxes], *, name: str
    ) -> None:
        self.name = name
        self.parallel = picture.network.parallel
        self._picture = picture
        self._decode = decode

    def start(self, frame: Frame) -> BoxRequest:
        """Starts on a frame and returns at once."""
        return BoxRequest(self._decode, *self._picture.start(frame))


class BoxRequest:
    """A frame that a `BoxDetector` is looking at."""

    def __init__(
        self, decode: Callable[[Outputs], Boxes], request: Request, box: Letterbox
    ) -> None:
        self._decode = decode
        self._request = request
        self._box = box

    def result(self) -> tuple[Float32Array, Float32Array]:
        """Waits for the boxes of people, (N, 4) x1 y1 x2 y2 in pixels, and scores (N,)."""
        boxes, scores = self._decode(self._request.result())
        return self._box.boxes(boxes), np.clip(scores, 0, 1).astype(np.float32)


def suppress(
    boxes: Float32Array, scores: Float32Array, *, threshold: float, overlap: float
) -> npt.NDArray[np.intp]:
    """Greedy non-maximum suppression: which boxes stay, the best first.

    Args:
        boxes: (N, 4) x1 y1 x2 y2.
        scores: (N,)
        threshold: Least score.
        overlap: A box goes if its intersection over union with a better one is larger.
    """
    likely = np.flatnonzero(scores >= threshold)
    if likely.size == 0:
        return np.empty(0, dtype=np.intp)
    corners = boxes[likely]
    # As float64 lists, OpenCV takes them as they are instead of rounding to whole pixels.
    rectangles = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxes(rectangles.tolist(), scores[likely].tolist(), 0.0, overlap)
    return likely[np.asarray(kept, dtype=np.intp).ravel()]
