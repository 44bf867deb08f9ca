"""Where the maxima of confidence maps are, to a fraction of a cell.

Cao et al., TPAMI 2021, section 3.3: candidates for joints are the maxima of the confidence maps.
Positions are in cells of the maps: x right, y down, (0, 0) is the centre of the first cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from kinema.poses import Float32Array

IndexArray = npt.NDArray[np.intp]

PEAK_BLUR = 0.5
"""Standard deviation, in cells, of the blur that joins the twin maxima of a noisy peak."""

MAX_PEAKS = 127
"""Most candidates of one joint, as in the authors' code (`POSE_MAX_PEOPLE`)."""


@dataclass(frozen=True, eq=False)
class Peaks:
    """P candidates for joints, in order of their part.

    Attributes:
        part: (P,) keypoint index, ascending.
        xy: (P, 2) float32 cells.
        scores: (P,) float32 in [0, 1].
    """

    part: IndexArray
    xy: Float32Array
    scores: Float32Array


def find_peaks(heatmaps: Float32Array, threshold: float) -> Peaks:
    """The local maxima of slightly blurred maps, to a fraction of a cell.

    The blur takes a sixth off the height of a peak one cell wide (16 % of an ideal one). A maximum
    exceeds its eight neighbours; of a plateau it is the first cell in reading order. Around it a
    parabola through the logarithms in x and in y gives the fraction, as of a Gaussian peak
    (equation 8), but at the border of the map. There is nothing where a map is not finite.

    On ideal peaks it is 0.002 cells off. The usual way, enlarging the maps four times first, takes
    more than ten times as long and is 0.1 cells off: `benchmarks/peaks.py` compares the two.

    Args:
        heatmaps: (K, h, w) confidence maps.
        threshold: Least value of the blurred map at a maximum; must be positive.

    Returns:
        At most `MAX_PEAKS` of each map, the highest. Scores are values of the maps as they are.
    """
    k, h, w = heatmaps.shape
    # A frame of zeros, so that cells on the edge of the picture have eight neighbours too.
    padded = np.zeros((k, h + 2, w + 2), dtype=np.float32)
    for heatmap, target in zip(heatmaps, padded, strict=True):
        target[1:-1, 1:-1] = cv2.GaussianBlur(
            heatmap, (3, 3), PEAK_BLUR, borderType=cv2.BORDER_REPLICATE
        )
    row = w + 2
    neighbours = np.array([-row - 1, -row, -row + 1, -1, 0, 1, row - 1, row, row + 1])
    values = padded.ravel()
    # As one tall picture, in which the frames keep the maps apart. Nothing below is on a frame.
    highest = cv2.dilate(padded.reshape(-1, row), np.ones((3, 3), dtype=np.uint8)).ravel()
    high = np.flatnonzero((values >= threshold) & (values == highest))
    patches = values[high[:, None] + neighbours]  # (candidates, 9)
    centre = patches[:, 4:5]
    is_peak = (patches[:, :4] < centre).all(axis=1) & (patches[:, 5:] <= centre).all(axis=1)
    is_peak &= np.isfinite(centre[:, 0])
    for tied in np.flatnonzero(is_peak & (patches[:, 5:] == centre).any(axis=1)):
        is_peak[tied] = _begins_top(padded, high[tied])

    part, y, x = np.unravel_index(high[is_peak], padded.shape)
    logs = np.log(np.maximum(patches[is_peak], threshold * 0.1))
    xy = np.stack([x - 1, y - 1], axis=1).astype(np.float32)
    # On the edge one neighbour is not known, and nothing says on which side the top is.
    xy[:, 0] += _parabola_top(logs[:, 3], logs[:, 4], logs[:, 5]) * ((x > 1) & (x < w))
    xy[:, 1] += _parabola_top(logs[:, 1], logs[:, 4], logs[:, 7]) * ((y > 1) & (y < h))
    scores = np.clip(heatmaps[part, y - 1, x - 1], 0, 1)
    return _highest(Peaks(part, xy, scores), k)


def _begins_top(padded: Float32Array, cell: np.intp) -> bool:
    """Whether a cell is the first of a plateau of equal values that has nothing higher around it.

    Args:
        padded: (K, h + 2, w + 2) maps in a frame of zeros.
        cell: Flat index into all of them.
    """
    part, y, x = (int(i) for i in np.unravel_index(cell, padded.shape))
    heatmap = padded[part]
    mask = np.zeros((heatmap.shape[0] + 2, heatmap.shape[1] + 2), dtype=np.uint8)
    # 8 neighbours, equal values only, written as 1 into the mask, which has a frame of its own.
    cv2.floodFill(heatmap, mask, (x, y), 0, 0, 0, 8 | cv2.FLOODFILL_MASK_ONLY | 1 << 8)
    plateau = mask[1:-1, 1:-1]
    around = cv2.dilate(plateau, np.ones((3, 3), dtype=np.uint8)) > 0
    is_first = int(plateau.argmax()) == y * heatmap.shape[1] + x
    return is_first and bool((heatmap[around] <= heatmap[y, x]).all())


def _parabola_top(before: Float32Array, centre: Float32Array, after: Float32Array) -> Float32Array:
    """Where the parabola through values at -1, 0 and 1 is highest; `centre` is the largest."""
    bend = before - 2 * centre + after
    flat = bend > -1e-6
    offset = 0.5 * (before - after) / np.where(flat, -1, bend)
    return np.where(flat, 0, np.clip(offset, -0.5, 0.5))


def _highest(peaks: Peaks, k: int) -> Peaks:
    """The `MAX_PEAKS` highest of each of k parts, in the order that they had."""
    count = np.bincount(peaks.part, minlength=k)
    if count.max(initial=0) <= MAX_PEAKS:
        return peaks
    order = np.lexsort((-peaks.scores, peaks.part))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    kept = np.sort(order[rank < MAX_PEAKS])
    return Peaks(peaks.part[kept], peaks.xy[kept], peaks.scores[kept])
