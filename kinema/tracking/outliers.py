"""Positions that cannot be: single jumps of a joint, and limbs that change their length."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.track import Float64Array, Track
from kinema.tracking.noise import MAD_TO_SIGMA, body_size, nan_median
from kinema.tracking.smoothing.motion_model import bridged

Mask = npt.NDArray[np.bool_]
_WINDOW = 0.1  # seconds on either side of a frame, over which movement is nearly straight
_USUAL_WINDOW = 0.5  # seconds on either side, for what is usual
_SPREADS = 6.0  # standard deviations that are still believed
_SMALLEST = 0.03  # of the person's size: no less is ever an outlier
_LIMB_WINDOW = 0.5  # seconds on either side
_LIMB_CHANGE = 0.12  # of the person's size


def find_outliers(track: Track) -> Mask:
    """Where a joint is not where it was just before and just after, (T, K).

    Hampel's rule (Davies & Gather 1993) on what differs from a straight way between the frames
    around: the median of the mid-points of all pairs of frames at equal distances before and
    after. So a joint may move as fast as it likes, but not jump and return. Limbs, the edges of
    the skeleton, whose length leaves its usual range for a moment betray outliers too; of the two
    ends that one is taken which moved more suddenly.

    Args:
        track: At equal steps of time.
    """
    if len(track) < 3:
        return np.zeros(track.scores.shape, dtype=bool)
    half = max(2, round(_WINDOW * track.rate))
    distance = np.linalg.norm(track.keypoints - _expected(track.keypoints, half), axis=2)
    usual = MAD_TO_SIGMA * _moving_median(distance, max(3, round(_USUAL_WINDOW * track.rate)))
    smallest = _SMALLEST * body_size(track)
    limit = np.fmax(_SPREADS * np.nan_to_num(usual), smallest)
    sudden = distance > limit
    # What lies next to an outlier looks sudden too; but not from the way without the outliers.
    way = bridged(track.keypoints.astype(np.float64), track.found & ~sudden)
    sudden &= np.linalg.norm(track.keypoints - way, axis=2) > limit
    return np.asarray(sudden | _limb_jumps(track, distance > smallest, distance))


def _expected(keypoints: npt.NDArray[np.float32], half: int) -> Float64Array:
    """Where each joint should be by its neighbours in time, (T, K, D); NaN if there are none."""
    values = keypoints.astype(np.float64)
    middles = [
        np.pad((values[: -2 * lag] + values[2 * lag :]) / 2, ((lag, lag), (0, 0), (0, 0)),
               constant_values=np.nan)
        for lag in range(1, min(half, (len(values) - 1) // 2) + 1)
    ]  # fmt: skip
    return nan_median(np.stack(middles))


def _moving_median(values: Float64Array, half: int) -> Float64Array:
    """The median over a window around each frame, along the first axis, without what is NaN."""
    half = min(half, len(values) - 1)
    padded = np.pad(values, ((half, half), (0, 0)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=0)
    return nan_median(np.moveaxis(windows, -1, 0))


def _limb_jumps(track: Track, possible: Mask, distance: Float64Array) -> Mask:
    """Ends of limbs whose length is suddenly another one, (T, K)."""
    found = np.zeros(possible.shape, dtype=bool)
    edges = track.skeleton.edge_indices
    if len(edges) == 0 or not possible.any():
        return found
    a, b = edges.T
    lengths = np.linalg.norm(track.keypoints[:, a] - track.keypoints[:, b], axis=2)
    usual = _moving_median(lengths.astype(np.float64), max(2, round(_LIMB_WINDOW * track.rate)))
    wrong = np.abs(lengths - usual) > _LIMB_CHANGE * body_size(track)
    known = np.nan_to_num(distance)
    first = known[:, a] >= known[:, b]
    for i, (start, end) in enumerate(edges.tolist()):
        found[:, start] |= wrong[:, i] & first[:, i] & possible[:, start]
        found[:, end] |= wrong[:, i] & ~first[:, i] & possible[:, end]
    return found
