"""Who of the left picture is who of the right one.

A person stands on the same rows of both rectified pictures, further left in the second one, and is
as large in space as people are.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from kinema.errors import SkeletonError
from kinema.poses import Poses
from kinema.space.stereo import MAX_ROW_ERROR, StereoPair

Float64Array = npt.NDArray[np.float64]

LEAST_JOINTS = 3
"""Common to two people who may be one; of skeletons with fewer, all."""
LEAST_AHEAD = 0.5
"""Share of the common joints, by their scores, that must have a disparity above 0."""
TRUNK_AND_MORE = (0.45, 3.5)
"""Metres from corner to corner that somebody may measure of whom a shoulder and a hip are seen."""
HABIT = 0.3
"""Advantage of two who were one before, as a share of the largest row error."""
_NEVER = 1e6


def couples(
    pair: StereoPair,
    left: Poses,
    right: Poses,
    *,
    known: Collection[tuple[int, int]] = (),
    max_row_error: float = MAX_ROW_ERROR,
) -> list[tuple[int, int]]:
    """Rows (i, j) of the two poses that are the same person, in the order of `left`.

    The cheapest pairs of all (Kuhn 1955), each pair costing the mean difference of its rows,
    weighted with the scores of both.

    Args:
        pair: The cameras.
        left: People in the first camera's picture.
        right: People in the second camera's picture at the same time, of the same skeleton.
        known: Ids (left, right) who were the same person before; they are preferred.
        max_row_error: Pixels that the rows of two who are one differ at most on average.

    Raises:
        SkeletonError: If the skeletons differ.
    """
    if left.skeleton != right.skeleton:
        raise SkeletonError(
            f"left are people of skeleton {left.skeleton.name}, right of {right.skeleton.name}; "
            "convert one"
        )
    if len(left) == 0 or len(right) == 0:
        return []
    cost = _costs(pair, left, right, max_row_error)
    if left.ids is not None and right.ids is not None:
        for i, a in enumerate(left.ids.tolist()):
            for j, b in enumerate(right.ids.tolist()):
                cost[i, j] -= HABIT * max_row_error * ((a, b) in known)
    rows, columns = linear_sum_assignment(cost)
    chosen = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(i, j) for i, j in chosen if cost[i, j] < _NEVER / 2]


def _costs(pair: StereoPair, left: Poses, right: Poses, most: float) -> Float64Array:
    """Row differences of all pairs (N, M) in pixels; `_NEVER` for those who cannot be one."""
    one = pair.rectified(0, left.keypoints)[:, None]  # (N, 1, K, 2)
    two = pair.rectified(1, right.keypoints)[None]
    weight = np.sqrt(_weights(left)[:, None] * _weights(right)[None])  # (N, M, K)
    disparity = pair.sign * (one[..., pair.along] - two[..., pair.along])
    rows = np.abs(one[..., 1 - pair.along] - two[..., 1 - pair.along])
    common = ~np.isnan(disparity) & ~np.isnan(rows) & (weight > 0)
    weight = np.where(common, weight, 0.0)
    total = np.maximum(weight.sum(axis=2), 1e-9)
    cost = np.where(common, weight * np.minimum(rows, 2 * most), 0).sum(axis=2) / total
    ahead = np.where(common & (disparity > 0), weight, 0).sum(axis=2) / total
    least = min(LEAST_JOINTS, len(left.skeleton))
    possible = (common.sum(axis=2) >= least) & (ahead > LEAST_AHEAD) & (cost <= most)
    trunk = _has(left, common, "shoulder") & _has(left, common, "hip")
    size = _sizes(pair, one, disparity, common)
    possible &= ~trunk | ((size > TRUNK_AND_MORE[0]) & (size < TRUNK_AND_MORE[1]))
    return np.where(possible, cost, _NEVER)


def _has(poses: Poses, common: npt.NDArray[np.bool_], joint: str) -> npt.NDArray[np.bool_]:
    """Which pairs (N, M) have the left or the right one of a joint in common."""
    names = [f"{side}_{joint}" for side in ("left", "right")]
    columns = [poses.skeleton.index(name) for name in names if name in poses.skeleton]
    return np.asarray(common[..., columns].any(axis=2))


def _sizes(
    pair: StereoPair, one: Float64Array, disparity: Float64Array, common: npt.NDArray[np.bool_]
) -> Float64Array:
    """The diagonal (N, M) in metres of the box around the common joints, at their median depth."""
    high = np.where(common[..., None], one, -np.inf).max(axis=2)
    low = np.where(common[..., None], one, np.inf).min(axis=2)
    pixels = np.where(common.any(axis=2), np.hypot(*np.moveaxis(high - low, 2, 0)), 0.0)
    size = np.zeros(pixels.shape)
    for place in np.ndindex(size.shape):
        ahead = disparity[place][common[place] & (disparity[place] > 0)]
        if len(ahead):
            size[place] = pixels[place] * pair.baseline / np.median(ahead)
    return size


def _weights(poses: Poses) -> Float64Array:
    """The scores as weights; 1 where none is known, 0 where a joint was not found."""
    return np.where(poses.found, np.nan_to_num(poses.scores.astype(np.float64), nan=1.0), 0.0)
