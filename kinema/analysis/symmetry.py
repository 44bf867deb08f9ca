"""How alike the left and the right side move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.curves import Curves
from kinema.errors import InputError

Float64Array = npt.NDArray[np.float64]

# Lags are searched up to here, and only where both sides overlap by half of the recording.
_LEAST_OVERLAP = 0.5
# Of the tops of the correlation, one of at least this share of the best is as good a fit.
_NEARLY = 0.85


@dataclass(frozen=True)
class Symmetry:
    """The left and the right of one quantity.

    Attributes:
        name: Without side: `knee_flexion`.
        unit: Of `left` and `right`.
        left: The range of the left side (greatest less least value).
        right: The range of the right side.
        index: 100 (right - left) / mean of both, in percent: the symmetry index of Robinson et al.
            (1987), as in the table of gait. 0 is alike, positive means that the right moves more;
            NaN if both are 0.
        ratio: right / left.
        lag: Seconds by which the right follows the left where the two curves fit best; in an even
            walk half a stride. NaN where nothing fits.
        correlation: Of the two curves at that lag, -1 to 1.
    """

    name: str
    unit: str
    left: float
    right: float
    index: float
    ratio: float
    lag: float
    correlation: float


def symmetry(curves: Curves, *, max_lag: float | None = None) -> list[Symmetry]:
    """Left against right of every quantity that has both sides, in the order of the curves.

    Args:
        curves: Quantities over time, such as joint angles.
        max_lag: Seconds; the largest lag that is tried, by default half of the recording.

    Raises:
        InputError: If `max_lag` is negative.
    """
    if max_lag is not None and not max_lag >= 0:
        raise InputError(f"the largest lag must not be negative, got {max_lag:g} s")
    pairs = [
        (name.removeprefix("left_"), name, f"right_{name.removeprefix('left_')}")
        for name in curves.names
        if name.startswith("left_")
    ]
    return [
        _compare(curves, name, left, right, max_lag)
        for name, left, right in pairs
        if right in curves.names
    ]


def symmetry_index(left: float, right: float) -> float:
    """100 (right - left) / mean of both, in percent (Robinson et al. 1987); NaN if both are 0.

    >>> symmetry_index(54.0, 66.0)
    20.0
    """
    mean = (left + right) / 2
    return 100 * (right - left) / mean if mean else float("nan")


def _compare(curves: Curves, name: str, left: str, right: str, max_lag: float | None) -> Symmetry:
    a, b = curves[left], curves[right]
    size_a, size_b = _range(a), _range(b)
    lag, correlation = _best_lag(curves.times, a, b, max_lag)
    return Symmetry(
        name,
        curves.units[curves.index(left)],
        size_a,
        size_b,
        symmetry_index(size_a, size_b),
        size_b / size_a if size_a else float("nan"),
        lag,
        correlation,
    )


def _range(values: Float64Array) -> float:
    return float(np.fmax.reduce(values, initial=np.nan) - np.fmin.reduce(values, initial=np.nan))


def _best_lag(
    times: Float64Array, a: Float64Array, b: Float64Array, max_lag: float | None
) -> tuple[float, float]:
    """The lag in seconds, finer than a frame, at which b(t + lag) is most like a(t)."""
    if len(times) < 4:
        return float("nan"), float("nan")
    step = float(np.median(np.diff(times)))
    grid = np.arange(times[0], times[-1] + step / 2, step)
    left, right = (_resampled(times, values, grid) for values in (a, b))
    most = len(grid) - max(3, int(np.ceil(_LEAST_OVERLAP * len(grid))))
    if max_lag is not None:
        most = min(most, int(max_lag / step + 1e-9))
    lags = np.arange(-most, most + 1)
    fits = np.array([_correlation(*_shifted(left, right, lag)) for lag in lags.tolist()])
    if np.isnan(fits).all():
        return float("nan"), float("nan")
    best = _nearest_top(fits, lags)
    offset = 0.0
    if 0 < best < len(fits) - 1 and not np.isnan(fits[best - 1 : best + 2]).any():
        before, here, after = fits[best - 1 : best + 2]
        bend = before - 2 * here + after
        offset = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float((lags[best] + offset) * step), float(fits[best])


def _nearest_top(fits: Float64Array, lags: npt.NDArray[np.int_]) -> int:
    """The top with the least lag among those nearly as high as the best: a walk repeats itself."""
    around = np.pad(np.where(np.isnan(fits), -np.inf, fits), 1, constant_values=-np.inf)
    top = (around[1:-1] >= around[:-2]) & (around[1:-1] >= around[2:])
    best = float(np.nanmax(fits))
    enough = around[1:-1] >= best - (1 - _NEARLY) * abs(best)
    chosen = np.flatnonzero(top & enough)
    return int(chosen[np.argmin(np.abs(lags[chosen]))])


def _resampled(times: Float64Array, values: Float64Array, grid: Float64Array) -> Float64Array:
    """On the grid; NaN where there is no sample within one step."""
    known = ~np.isnan(values)
    if known.sum() < 2:
        return np.full(len(grid), np.nan)
    result = np.interp(grid, times[known], values[known], left=np.nan, right=np.nan)
    after = np.clip(np.searchsorted(times[known], grid), 1, known.sum() - 1)
    width = times[known][after] - times[known][after - 1]
    return np.where(width <= 1.5 * (grid[1] - grid[0]), result, np.nan)


def _shifted(
    left: Float64Array, right: Float64Array, lag: int
) -> tuple[Float64Array, Float64Array]:
    n = len(left)
    return left[max(0, -lag) : n - max(0, lag)], right[max(0, lag) : n - max(0, -lag)]


def _correlation(a: Float64Array, b: Float64Array) -> float:
    both = ~(np.isnan(a) | np.isnan(b))
    if both.sum() < 3:
        return float("nan")
    a, b = a[both] - a[both].mean(), b[both] - b[both].mean()
    size = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / size) if size > 0 else float("nan")
