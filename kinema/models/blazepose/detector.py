"""BlazePose's detector: from a whole picture to the hips and the circle of each person.

Bazarevsky et al., "BlazePose: On-device Real-time Body Pose tracking", CVPR Workshop 2020
(arXiv:2006.10204), section 2.2; numbers from MediaPipe's `pose_detection_cpu.pbtxt`. The network
looks for faces, and gives with each the middle of the hips and a point on the circle around the
whole body, which is all that is used of it here.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kinema.models.blazepose.regions import Pixels, square, to_picture, whole_square
from kinema.models.crops import Region
from kinema.models.options import Precision
from kinema.models.ports import unfit
from kinema.models.runtime import Network, PictureInput
from kinema.poses import Float32Array

INPUT_SIZE = 224
GRIDS = ((28, 2), (14, 2), (7, 6))
"""Cells along each side, and anchors in each cell, of the three layers that give boxes."""

LEAST_SCORE = 0.5  # min_score_thresh
LARGEST_OVERLAP = 0.3  # min_suppression_threshold; larger ones are the same face
HIPS, RIM = 2, 3  # places among those of a box: its two corners, and the four points


class Found(NamedTuple):
    """A person that the detector has seen.

    Attributes:
        region: The square around the person.
        score: How sure the detector is, in [0, 1].
    """

    region: Region
    score: float


def anchors() -> Float32Array:
    """The middles of the cells that boxes are counted from, (2254, 2) x, y from 0 to 1.

    `SsdAnchorsCalculator` with these layers and one size for all anchors: by layer, then by row,
    then by column; a cell with several anchors has its middle several times.
    """
    layers = []
    for cells, count in GRIDS:
        middles = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(middles, middles, indexing="ij")
        layers.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), count, axis=0))
    return np.concatenate(layers).astype(np.float32)


def decode(
    boxes: Float32Array, logits: Float32Array, cells: Float32Array
) -> tuple[Float32Array, Float32Array]:
    """The likely boxes with their points, as `TensorsToDetectionsCalculator` reads them.

    Args:
        boxes: (A, 12): middle, size and four points, x before y, in pixels of the input, all but
            the size from the middle of the anchor's cell.
        logits: (A,) scores before the sigmoid.
        cells: (A, 2), see `anchors`.

    Returns:
        Places (N, 6, 2), from 0 to 1 across the input: the corners with the lowest and the highest
        x and y, then the four points; and scores (N,).
    """
    scores = 1 / (1 + np.exp(-np.clip(logits, -80, 80)))
    offsets = boxes.reshape(-1, 6, 2) / INPUT_SIZE
    likely = (scores >= LEAST_SCORE) & (offsets[:, 1] >= 0).all(axis=1)
    likely &= np.isfinite(offsets).all(axis=(1, 2))
    offsets, cells = offsets[likely], cells[likely]
    places = offsets + cells[:, None]
    half = offsets[:, 1] / 2
    places[:, 1] = places[:, 0] + half
    places[:, 0] -= half
    return places.astype(np.float32), scores[likely].astype(np.float32)


def merge(places: Float32Array, scores: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Weighted non-maximum suppression: boxes that overlap become their mean by score.

    `NonMaxSuppressionCalculator`, algorithm WEIGHTED. The best box takes with it all those whose
    intersection over union with it is above 0.3, and so on with those that are left.

    Args:
        places: (N, 6, 2), as from `decode`.
        scores: (N,)

    Returns:
        Places (M, 6, 2) and scores (M,), the best first; the score is that of the best one merged.
    """
    left = np.argsort(-scores, kind="stable")
    merged, best = [], []
    while left.size:
        overlaps = _overlaps(places[left[0]], places[left])
        overlaps[0] = 1  # a box without area is still itself
        same = left[overlaps > LARGEST_OVERLAP]
        merged.append(np.average(places[same], axis=0, weights=scores[same]))
        best.append(scores[left[0]])
        left = left[overlaps <= LARGEST_OVERLAP]
    shape = (-1, *places.shape[1:])
    return np.array(merged, np.float32).reshape(shape), np.array(best, np.float32)


def _overlaps(one: Float32Array, many: Float32Array) -> npt.NDArray[np.float64]:
    """Intersection over union of one box with each of many, (N,); 0 where there is no area."""
    low = np.maximum(one[0], many[:, 0])
    high = np.minimum(one[1], many[:, 1])
    common = np.clip(high - low, 0, None).prod(axis=1)
    union = (one[1] - one[0]).prod() + (many[:, 1] - many[:, 0]).prod(axis=1) - common
    overlaps: npt.NDArray[np.float64] = np.divide(
        common, union, out=np.zeros(len(many)), where=union > 0
    )
    return overlaps


class PoseDetector:
    """The detector.

    Args:
        path: The network file.
        precision: Arithmetic of the network.

    Raises:
        ModelError: If the file is no such network.
    """

    def __init__(self, path: Path, *, precision: Precision = "f32") -> None:
        picture = PictureInput(mean=(127.5, 127.5, 127.5), scale=(127.5, 127.5, 127.5))
        self._network = Network(path, picture=picture, precision=precision, latency=True)
        self._cells = anchors()
        shapes = [port.shape[1:] for port in self._network.outputs]
        wanted = [(len(self._cells), 12), (len(self._cells), 1)]
        size = self._network.picture_size
        if size != (INPUT_SIZE, INPUT_SIZE) or sorted(shapes) != sorted(wanted):
            raise unfit(self._network, "blazepose", "boxes (1, 2254, 12) and scores (1, 2254, 1)")
        self._order = [shapes.index(shape) for shape in wanted]

    def find(self, pixels: Pixels) -> list[Found]:
        """The people in a frame, waited for; the surest first."""
        region = whole_square(pixels.frame.size)
        request = self._network.start(pixels.crop(region, INPUT_SIZE, black_beyond=True))
        outputs = request.result()
        boxes, logits = (outputs[number][0] for number in self._order)
        places, scores = merge(*decode(boxes, logits[:, 0], self._cells))
        points = to_picture(region, places)
        squares = (square(person[HIPS], person[RIM]) for person in points)
        return [
            Found(found, float(score))
            for found, score in zip(squares, scores, strict=True)
            if found
        ]
