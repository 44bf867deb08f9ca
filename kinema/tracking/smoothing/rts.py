"""The Rauch-Tung-Striebel smoother for many joints at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.track import Float64Array
from kinema.tracking.smoothing.motion_model import disturbance, transition

_DIFFUSE = 1e7  # variance at the start, over that of a measurement: nothing is known


def smooth_joints(
    values: Float64Array,
    noise: Float64Array,
    change: Float64Array,
    broken: npt.NDArray[np.bool_],
    order: int,
) -> tuple[Float64Array, Float64Array]:
    """Positions estimated from all samples, before and after (Rauch, Tung & Striebel 1965).

    The axes of a joint share one covariance, since they share noise and disturbance.

    Args:
        values: (n, J, D) at equal steps.
        noise: (n, J) variances of the measurements, positive; infinite where there is none.
        change: (J,) densities of the disturbance, per frame.
        broken: (n, J), where a path is broken off: nothing is known any more.
        order: 2 for constant velocity, 3 for constant acceleration.

    Returns:
        Positions (n, J, D) and their standard deviations (n, J).
    """
    means, covariances, expected, foreseen = _forward(values, noise, change, broken, order)
    forward = transition(order, 1.0)
    # How much of what the next frame knows better is passed back, (n - 1, J, S, S).
    crossed = forward @ covariances[:-1]
    passed = np.linalg.solve(foreseen[1:], crossed).swapaxes(-1, -2)
    for t in range(len(values) - 2, -1, -1):
        gain = passed[t]
        means[t] += gain @ (means[t + 1] - expected[t + 1])
        covariances[t] += gain @ (covariances[t + 1] - foreseen[t + 1]) @ gain.swapaxes(-1, -2)
    deviation = np.sqrt(np.maximum(covariances[:, :, 0, 0], 0))
    return means[:, :, 0], deviation


def _forward(
    values: Float64Array,
    noise: Float64Array,
    change: Float64Array,
    broken: npt.NDArray[np.bool_],
    order: int,
) -> tuple[Float64Array, Float64Array, Float64Array, Float64Array]:
    """The filter: states and covariances after each sample, and those expected before it.

    States are (n, J, S, D), S derivatives from 0 on; covariances (n, J, S, S).
    """
    n, joints, axes = values.shape
    forward = transition(order, 1.0)
    grown = change[:, None, None] * disturbance(order, 1.0)
    means = np.empty((n, joints, order, axes))
    covariances = np.empty((n, joints, order, order))
    expected, foreseen = np.empty_like(means), np.empty_like(covariances)
    values = np.nan_to_num(values)
    first = np.isfinite(noise).argmax(axis=0)
    mean = np.zeros((joints, order, axes))
    mean[:, 0] = values[first, np.arange(joints)]
    unknown = _DIFFUSE * noise[first, np.arange(joints)]
    anything = unknown[:, None, None] * np.eye(order)
    covariance = anything
    for t in range(n):
        if broken[t].any():
            covariance = np.where(broken[t][:, None, None], covariance + anything, covariance)
        expected[t], foreseen[t] = mean, covariance
        gain = covariance[:, :, 0] / (covariance[:, 0, 0] + noise[t])[:, None]  # (J, S)
        mean = mean + gain[:, :, None] * (values[t] - mean[:, 0])[:, None, :]
        covariance = covariance - gain[:, :, None] * covariance[:, :1, :]
        means[t], covariances[t] = mean, covariance
        mean = forward @ mean
        covariance = forward @ covariance @ forward.T + grown
    return means, covariances, expected, foreseen
