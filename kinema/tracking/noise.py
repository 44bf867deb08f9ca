"""How noisy a path is, told from the path alone."""

from __future__ import annotations

import numpy as np

from kinema.poses import Float32Array
from kinema.track import Float64Array, Track

MAD_TO_SIGMA = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
_WORST_SCORE = 0.2
_LOOKED_AT = 1000  # frames


def body_size(track: Track) -> float:
    """How large the person is, in the units of the track; NaN if no frame has two joints.

    The median of the diagonals of the boxes around the joints, over up to about a thousand frames
    spread over the track.
    """
    frames = slice(None, None, max(1, len(track) // _LOOKED_AT))
    keypoints = track.keypoints[frames].astype(np.float64)
    found = np.asarray(np.isfinite(keypoints).all(axis=2))
    low = np.where(found[..., None], keypoints, np.inf).min(axis=1, initial=np.inf)
    high = np.where(found[..., None], keypoints, -np.inf).max(axis=1, initial=-np.inf)
    enough = found.sum(axis=1) >= 2
    if not enough.any():
        return float("nan")
    return float(np.median(np.linalg.norm((high - low)[enough], axis=1)))


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
