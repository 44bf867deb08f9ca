"""Rates of change at the true times, with their uncertainty; gaps stay gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.signal import savgol_coeffs

from kinema.curves import Curves
from kinema.errors import InputError

Float64Array = npt.NDArray[np.float64]

# As in `kinema.track`: a step longer than this many usual ones is a gap.
_LONGEST_STEP = 1.5
_UNITS = {1: "s", 2: "s²"}
# A Savitzky-Golay window is that of equal steps; up to this share of a step they count as such.
_EQUAL = 0.05


def differentiate(curves: Curves, order: int = 1, *, window: float | None = None) -> Curves:
    """How fast each quantity changes: `order` 1 is its speed, 2 its acceleration.

    By default from the neighbours on both sides at their true times: the parabola through three
    samples, which is the central difference where steps are equal. With a `window` in seconds by a
    parabola that is fitted to all samples within (Savitzky & Golay 1964); that smooths as well. NaN
    at the ends and beside gaps, where there are not the samples that it needs.

    Args:
        curves: The quantities; angles must not wrap, and those of `joint_angles` do not.
        order: 1 or 2.
        window: Seconds; needs equal steps of time, and at least three of them.

    Returns:
        The same names; units with `/s` or `/s²`; sigma as of independent errors from sample to
        sample. Smoothed curves have errors that hang together: theirs is smaller.

    Raises:
        InputError: If the order is another, or the window does not fit the times.
    """
    if order not in _UNITS:
        raise InputError(f"a derivative is of order 1 or 2, got {order}")
    units = tuple(f"{unit}/{_UNITS[order]}" for unit in curves.units)
    values, sigma = rate_of_change(
        curves.values, curves.times, order, sigma=curves.sigma, window=window
    )
    return replace(curves, units=units, values=values, sigma=sigma)


def rate_of_change(
    values: Float64Array,
    times: Float64Array,
    order: int = 1,
    *,
    sigma: Float64Array | None = None,
    window: float | None = None,
) -> tuple[Float64Array, Float64Array | None]:
    """`differentiate` for arrays: values (T, ...) at times (T,), and their sigma (T, ...).

    Raises:
        InputError: As `differentiate` does.
    """
    taps = _parabola(times, order) if window is None else _savitzky_golay(times, order, window)
    rate = _filtered(values, taps)
    if sigma is None:
        return rate, None
    return rate, np.sqrt(_filtered(sigma**2, taps**2))


def _parabola(times: Float64Array, order: int) -> Float64Array:
    """Weights (T, 3) of the sample before, itself and the one after; rows of NaN at gaps."""
    taps = np.full((len(times), 3), np.nan)
    if len(times) < 3:
        return taps
    steps = np.diff(times)
    a, b = steps[:-1], steps[1:]
    if order == 1:
        inner = np.stack([-b / (a * (a + b)), (b - a) / (a * b), a / (b * (a + b))], axis=1)
    else:
        inner = np.stack([2 / (a * (a + b)), -2 / (a * b), 2 / (b * (a + b))], axis=1)
    longest = _LONGEST_STEP * np.median(steps)
    inner[(a > longest) | (b > longest)] = np.nan
    taps[1:-1] = inner
    return taps


def _savitzky_golay(times: Float64Array, order: int, window: float) -> Float64Array:
    """Weights (T, W) of the samples around each; rows of NaN where some lie beyond a gap.

    Raises:
        InputError: If the steps are not equal or the window holds fewer than three.
    """
    if len(times) < 3:
        return np.full((len(times), 3), np.nan)
    steps = np.diff(times)
    step = float(np.median(steps))
    whole = np.round(steps / step)
    if np.any(np.abs(steps - whole * step) > _EQUAL * step):
        raise InputError("a window needs equal steps of time; put the track on them: .regular()")
    half = round(window / step) // 2
    if not half >= 1:
        raise InputError(
            f"a window of {window:g} s holds fewer than three samples {step:g} s apart"
        )
    taps = savgol_coeffs(2 * half + 1, 2, deriv=order, delta=step, use="dot")
    after_gap = np.concatenate([[0], np.cumsum(whole > 1)])  # the run of each sample
    padded = np.pad(after_gap, half, constant_values=-1)
    runs = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    unbroken = (runs == after_gap[:, None]).all(axis=1)
    return np.where(unbroken[:, None], taps, np.nan)


def _filtered(values: Float64Array, taps: Float64Array) -> Float64Array:
    """Sums of the values (T, ...) around each sample, weighted by `taps` (T, W)."""
    half = taps.shape[1] // 2
    padded = np.pad(values, [(half, half)] + [(0, 0)] * (values.ndim - 1), constant_values=np.nan)
    total = np.zeros(values.shape)
    shape = (-1, *[1] * (values.ndim - 1))
    for offset in range(taps.shape[1]):
        total += padded[offset : offset + len(values)] * taps[:, offset].reshape(shape)
    return total
