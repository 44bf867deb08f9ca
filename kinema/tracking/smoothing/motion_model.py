"""Movement as Kalman filters see it: constant velocity or acceleration, disturbed by chance."""

from __future__ import annotations

from functools import lru_cache
from math import factorial

import numpy as np
import numpy.typing as npt
from scipy import linalg, signal

from kinema.track import Float64Array
from kinema.tracking.noise import MAD_TO_SIGMA, nan_median

# Variance of the disturbance over that of the measurement, per frame: from a standing person in
# coarse pixels to a sprinter in fine ones.
_RATIOS = np.logspace(-6, 3, 28)
_LONGEST = 3600  # frames that are examined to choose a ratio


def transition(order: int, step: float) -> Float64Array:
    """How position, velocity (and acceleration) go on undisturbed for a time, (order, order)."""
    powers = np.arange(order)[None, :] - np.arange(order)[:, None]
    terms = [[step**p / factorial(p) if p >= 0 else 0.0 for p in row] for row in powers.tolist()]
    return np.array(terms)


def disturbance(order: int, step: float) -> Float64Array:
    """Covariance that white noise of density 1 in the highest derivative's rate adds in a time.

    Bar-Shalom, Li & Kirubarajan 2001, sections 6.2.2 and 6.2.3 (continuous white noise).
    """
    down = np.arange(order)[::-1]
    scale = np.array([factorial(n) for n in down.tolist()], dtype=np.float64)
    power = down[:, None] + down[None, :] + 1
    return np.asarray(step**power / (power * scale[:, None] * scale[None, :]))


@lru_cache(maxsize=1024)
def steady_gain(order: int, ratio: float) -> tuple[Float64Array, float]:
    """The gain (order,) that a filter at steps of 1 settles at, and its innovations' variance.

    Args:
        order: 2 for constant velocity, 3 for constant acceleration.
        ratio: Density of the disturbance over the variance of a measurement, which is 1 here.
    """
    observed = np.zeros((order, 1))
    observed[0] = 1
    covariance = linalg.solve_discrete_are(
        transition(order, 1.0).T, observed, ratio * disturbance(order, 1.0), np.eye(1)
    )
    variance = covariance[0, 0] + 1
    return covariance[:, 0] / variance, float(variance)


def predictions(values: Float64Array, gain: Float64Array) -> Float64Array:
    """What a filter of this steady gain expects of each sample from those before, (n, ...)."""
    order = len(gain)
    forward = transition(order, 1.0)
    kept = forward @ (np.eye(order) - np.outer(gain, np.eye(order)[0]))
    numerator, denominator = signal.ss2tf(
        kept, (forward @ gain)[:, None], np.eye(order)[:1], np.zeros((1, 1))
    )
    start = values[:1]
    expected = signal.lfilter(numerator[0], denominator, values - start, axis=0)
    return np.asarray(expected + start)


def fit(
    values: Float64Array, found: npt.NDArray[np.bool_], order: int
) -> tuple[Float64Array, Float64Array]:
    """The likeliest variances of measurement and disturbance, per frame, of each joint: (J,), (J,).

    Maximum likelihood of the innovations, of which outliers count for three deviations only.

    Args:
        values: (n, J, D); every joint is found at least four times.
        found: (n, J), where there is a measurement.
        order: As in `steady_gain`.
    """
    values, found = bridged(values[:_LONGEST], found[:_LONGEST]), found[:_LONGEST].copy()
    found[:order] = False  # where the filter only starts
    likelihoods = np.empty((len(_RATIOS), values.shape[1]))
    noises = np.empty_like(likelihoods)
    for i, ratio in enumerate(_RATIOS):
        gain, variance = steady_gain(order, float(ratio))
        wrong = np.where(found[..., None], values - predictions(values, gain), np.nan)
        scale = (MAD_TO_SIGMA * nan_median(np.abs(wrong))) ** 2  # (J, D)
        noises[i] = np.nan_to_num(scale.mean(axis=-1)) / variance
        square = np.minimum(np.nan_to_num(wrong) ** 2, 9 * np.nan_to_num(scale)).sum(axis=(0, 2))
        likelihoods[i] = -np.log(np.maximum(square, 1e-300))
    best = likelihoods.argmax(axis=0)
    joints = np.arange(values.shape[1])
    return noises[best, joints], _RATIOS[best] * noises[best, joints]


def bridged(values: Float64Array, found: npt.NDArray[np.bool_]) -> Float64Array:
    """The same with straight lines over gaps and the nearest value before and after all, (n, J, D).

    A joint that is never found is 0.
    """
    result = np.nan_to_num(values)
    frames = np.arange(len(values))
    for joint in np.flatnonzero(~found.all(axis=0) & found.any(axis=0)).tolist():
        known = found[:, joint]
        for axis in range(values.shape[2]):
            column = result[:, joint, axis]
            result[:, joint, axis] = np.interp(frames, frames[known], column[known])
    return result
