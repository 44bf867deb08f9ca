"""How noisy a path is, told from the path alone."""

from __future__ import annotations

import numpy as np

from kinema.poses import Float32Array
from kinema.track import Float64Array, Track

MAD_TO_SIGMA = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
# Squares of the binomial coefficients 1 -3 3 -1 sum to this: the variance of a third difference of
# white noise of variance 1. Movement is smooth, so little of it is left after three differences.
_THIRD_DIFFERENCE_VARIANCE = 20.0
_WORST_SCORE = 0.2


def white_noise(track: Track) -> Float64Array:
    """The standard deviation of what jumps from frame to frame, of each joint, (K,).

    From the median absolute third difference, so that few outliers and swaps do not matter; the
    mean over the axes. NaN for a joint that is never there for four frames in a row.

    Args:
        track: At equal steps of time.
    """
    thirds = np.diff(track.keypoints.astype(np.float64), n=3, axis=0)
    sigma = MAD_TO_SIGMA * nan_median(np.abs(thirds)) / np.sqrt(_THIRD_DIFFERENCE_VARIANCE)
    return np.asarray(np.sqrt((sigma**2).mean(axis=-1)))


def body_size(track: Track) -> float:
    """How large the person is, in the units of the track; NaN if no frame has two joints.

    The median, over the frames, of the diagonal of the box around the joints.
    """
    found = track.found[..., None]
    low = np.where(found, track.keypoints, np.inf).min(axis=1, initial=np.inf)
    high = np.where(found, track.keypoints, -np.inf).max(axis=1, initial=-np.inf)
    enough = track.found.sum(axis=1) >= 2
    if not enough.any():
        return float("nan")
    return float(np.median(np.linalg.norm((high - low)[enough].astype(np.float64), axis=1)))


def relative_noise(scores: Float32Array) -> Float64Array:
    """How much noisier than usual joints of these scores are; 1 for a score of 1 or unknown."""
    known = np.where(np.isnan(scores), 1.0, scores)
    return np.asarray(1 / np.sqrt(np.clip(known, _WORST_SCORE, 1.0)), dtype=np.float64)


def nan_median(values: Float64Array) -> Float64Array:
    """Median over the first axis without what is NaN; NaN where nothing is left, and silently."""
    ordered = np.sort(values, axis=0)  # NaN comes last
    count = (~np.isnan(ordered)).sum(axis=0)
    if len(ordered) == 0:
        return np.full(ordered.shape[1:], np.nan)
    low = np.maximum(count - 1, 0) // 2
    high = np.minimum(count // 2, len(ordered) - 1)
    pair = [np.take_along_axis(ordered, i[None], axis=0)[0] for i in (low, high)]
    return np.asarray(np.where(count > 0, (pair[0] + pair[1]) / 2, np.nan))
