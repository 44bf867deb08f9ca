"""BlazePose's landmark network: from a square around a person to 33 joints, in 2D and 3D.

Bazarevsky et al., "BlazePose: On-device Real-time Body Pose tracking", CVPR Workshop 2020
(arXiv:2006.10204); outputs as MediaPipe's `tensors_to_pose_landmarks_and_segmentation.pbtxt` reads
them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kinema.media.frame import Image
from kinema.models.options import Precision
from kinema.models.ports import unfit
from kinema.models.runtime import Network, PictureInput, Port, Request
from kinema.poses import Float32Array
from kinema.skeletons import BLAZEPOSE33

INPUT_SIZE = 256
POINTS = 39
"""The joints, then the middle of the hips and a point on the circle of the body, from which the
next region is made, then four that nobody uses."""

JOINTS = len(BLAZEPOSE33)
HIPS, RIM = 33, 34
KERNEL = 7  # kernel_size of RefineLandmarksFromHeatmapCalculator
LEAST_CONFIDENCE = 0.5  # its min_confidence_to_refine


class Look(NamedTuple):
    """What the network sees in one crop.

    Attributes:
        places: (39, 2) x and y of the points, from (0, 0) to (1, 1) across the crop.
        visibility: (39,) how likely a point is to be in the crop and not hidden.
        presence: (39,) how likely it is to be in the crop.
        space: (39, 3) metres from the middle of the hips, axes as the crop's: x right, y down, z
            away from the camera.
        certainty: How likely there is a person, in [0, 1].
    """

    places: Float32Array
    visibility: Float32Array
    presence: Float32Array
    space: Float32Array
    certainty: float


class LandmarkNetwork:
    """The network, in any of its three sizes.

    Which output is which is told by their numbers of values. The mask of the person is not
    computed. Files in TensorFlow.js form have the heatmaps after the sigmoid, TFLite files before.

    Args:
        path: The network file.
        precision: Arithmetic of the network.
        latency: All cores on one crop.

    Attributes:
        network: The network itself.

    Raises:
        ModelError: If the file is no such network.
    """

    def __init__(self, path: Path, *, precision: Precision = "f32", latency: bool = True) -> None:
        self.network = Network(
            path,
            picture=PictureInput(scale=(255.0, 255.0, 255.0)),
            wanted=lambda port: _kind(port) is not None,
            precision=precision,
            latency=latency,
        )
        kinds = [_kind(port) for port in self.network.outputs]
        size = self.network.picture_size
        if sorted(map(str, kinds)) != sorted(_KINDS.values()) or size != (INPUT_SIZE, INPUT_SIZE):
            raise unfit(self.network, "blazepose", "195 and 117 values, 1 flag, 64 x 64 x 39 maps")
        self._order = [kinds.index(kind) for kind in _KINDS.values()]
        nothing = np.zeros((INPUT_SIZE, INPUT_SIZE, 3), dtype=np.uint8)
        maps = self.network.start(nothing).result()[self._order[3]]
        self._logits = bool(maps.min() < 0)

    def start(self, crop: Image) -> LandmarkRequest:
        """Starts on an RGB crop (256, 256, 3) and returns at once."""
        return LandmarkRequest(self.network.start(crop), self.read)

    def read(self, outputs: tuple[Float32Array, ...]) -> Look:
        """What the outputs of the network say."""
        values, space, flag, maps = (outputs[number][0] for number in self._order)
        points = values.reshape(POINTS, 5)
        refined = refine(points[:, :2] / INPUT_SIZE, maps, logits=self._logits)
        return Look(
            places=refined,
            visibility=_sigmoid(points[:, 3]),
            presence=_sigmoid(points[:, 4]),
            space=space.reshape(POINTS, 3),
            certainty=float(np.clip(flag[0], 0, 1)),
        )


class LandmarkRequest:
    """A crop that the network is looking at."""

    def __init__(self, request: Request, read: _Read) -> None:
        self._request = request
        self._read = read

    def result(self) -> Look:
        """Waits for the points."""
        return self._read(self._request.result())


def refine(places: Float32Array, maps: Float32Array, *, logits: bool) -> Float32Array:
    """Places of points, each moved to the centre of mass of its heatmap around it.

    `RefineLandmarksFromHeatmapCalculator`: a place within the crop, with a value of at least 0.5 in
    the 7 x 7 cells around it, becomes their mean weighted by value. Cells count from 0 at their
    first edge, as there, not from the middle.

    Args:
        places: (K, 2) x, y from 0 to 1.
        maps: (h, w, K)
        logits: Whether the maps are still to go through the sigmoid.
    """
    height, width, count = maps.shape
    size = np.array([width, height], dtype=np.float32)
    scaled = places * size
    # Places between -1 and 0 count as in the first cell, as there.
    inside = np.asarray(((scaled > -1) & (scaled < size)).all(axis=1))
    cells = np.trunc(np.where(inside[:, None], scaled, 0)).astype(np.int64)
    reach = np.arange(KERNEL) - KERNEL // 2
    x, y = cells[:, :1] + reach, cells[:, 1:] + reach  # (K, 7)
    joint = np.arange(count)[:, None, None]
    values = maps[np.clip(y, 0, height - 1)[:, :, None], np.clip(x, 0, width - 1)[:, None], joint]
    if logits:
        values = _sigmoid(values)
    exists = ((y >= 0) & (y < height))[:, :, None] & ((x >= 0) & (x < width))[:, None]
    values = np.where(exists, values, 0)  # (K, 7, 7)
    clear = inside & (values.max(axis=(1, 2)) >= LEAST_CONFIDENCE)
    values = values[clear]
    mass = values.sum(axis=(1, 2))
    refined = places.astype(np.float32)
    refined[clear, 0] = (values.sum(axis=1) * x[clear]).sum(axis=1) / mass / width
    refined[clear, 1] = (values.sum(axis=2) * y[clear]).sum(axis=1) / mass / height
    return refined


_KINDS = {POINTS * 5: "points", POINTS * 3: "space", 1: "flag", 64 * 64 * POINTS: "maps"}
_Read = Callable[[tuple[Float32Array, ...]], Look]


def _kind(port: Port) -> str | None:
    """What an output is, by how many values it has; None for one that is not needed."""
    return _KINDS.get(int(np.prod(port.shape[1:]))) if port.shape else None


def _sigmoid(values: Float32Array) -> Float32Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -80, 80))), dtype=np.float32)
