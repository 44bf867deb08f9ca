"""How uncertain the positions of a smoothed path are."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from kinema.poses import Float32Array
from kinema.track import Float64Array, Track
from kinema.tracking.noise import MAD_TO_SIGMA, body_size, nan_median, relative_noise

_WINDOW = 0.5  # seconds: standard deviation of the Gaussian window over which residuals count
_LEFT_IN = 1.1
_CLIP = 4.0  # standard deviations: no residual counts for more
_DRIFT = 0.25  # sizes of the person per second: how fast an unseen joint becomes unknown


def path_sigma(raw: Track, smooth: Track, distance: Float32Array) -> Float32Array:
    """The standard deviation of each coordinate of a smoothed path, (T, K).

    It comes from how far the smoothing moved the path. A path that was left as it was keeps the
    sigma that it came with, or has none: that nothing was moved does not say that nothing was
    wrong.

    Args:
        raw: What was smoothed, without what was filled in.
        smooth: The result, on the same times.
        distance: (T, K) seconds to the nearest known sample, NaN where there is no position.
    """
    residual = raw.keypoints.astype(np.float64) - smooth.keypoints
    if not np.nan_to_num(residual).any():
        before = np.nan if raw.sigma is None else raw.sigma
        return np.where(raw.found, before, np.nan).astype(np.float32)
    spread = relative_noise(raw.scores)
    square = (residual**2).mean(axis=2) / spread**2  # (T, K), NaN where nothing was measured
    usual = (MAD_TO_SIGMA * nan_median((np.abs(residual) / spread[..., None]).max(axis=2))) ** 2
    square = np.minimum(square, _CLIP**2 * usual)
    rate = raw.rate if len(raw) > 1 else 1.0
    local = _local_mean(square, usual, _WINDOW * rate)
    scores = relative_noise(smooth.scores)
    drift = _DRIFT * np.nan_to_num(body_size(raw)) * distance
    sigma = np.sqrt((_LEFT_IN * scores) ** 2 * local + drift**2)
    return np.asarray(np.where(smooth.found, sigma, np.nan), dtype=np.float32)


def _local_mean(values: Float64Array, usual: Float64Array, width: float) -> Float64Array:
    """The mean over a Gaussian window in time, drawn to the usual value where there is little."""
    known = ~np.isnan(values)
    weights = ndimage.gaussian_filter1d(known.astype(np.float64), width, axis=0, mode="constant")
    sums = ndimage.gaussian_filter1d(np.where(known, values, 0.0), width, axis=0, mode="constant")
    prior = 0.1
    return np.asarray((sums + prior * np.nan_to_num(usual)) / (weights + prior))
