"""How joints move: speeds, accelerations, ranges of motion and peaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, t

from kinema.analysis.derivatives import differentiate, rate_of_change
from kinema.curves import Curves
from kinema.errors import InputError
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

_CONFIDENCE = 0.95
_UNIT = {"image": "px", "body": "m", "world": "m"}


def velocities(track: Track, *, window: float | None = None) -> Curves:
    """The velocity of every joint along each axis: `left_knee_vx`, `left_knee_vy`(, `_vz`).

    See `speeds` for the units and the window.
    """
    return _components(track, 1, "v", window)


def accelerations(track: Track, *, window: float | None = None) -> Curves:
    """The acceleration of every joint along each axis: `left_knee_ax`, ...

    Noise grows with the square of the frame rate here: smooth the track before, or use a window.
    """
    return _components(track, 2, "a", window)


def speeds(track: Track, *, window: float | None = None) -> Curves:
    """How fast every joint moves, whatever the direction: `left_knee_speed`.

    Args:
        track: One person; units are px/s in the picture, m/s in space.
        window: Seconds of a Savitzky-Golay derivative; by default the central difference. See
            `kinema.analysis.derivatives.differentiate`.

    Returns:
        Curves with sigma to first order where the track has one; at rest it is that of one axis.
    """
    rate, spread = rate_of_change(
        track.keypoints.astype(np.float64),
        track.times,
        sigma=_each_axis(track),
        window=window,
    )
    speed = np.sqrt((rate**2).sum(axis=2))
    names = tuple(f"{joint}_speed" for joint in track.skeleton.keypoints)
    units = (f"{_UNIT[track.space]}/s",) * len(names)
    # The errors of the axes are alike, so that of the length is that of any of them.
    return Curves(names, units, speed, track.times, None if spread is None else spread[..., 0])


def _components(track: Track, order: int, letter: str, window: float | None) -> Curves:
    axes = "xyz"[: track.keypoints.shape[2]]
    flat = len(track), len(track.skeleton) * len(axes)
    names = tuple(f"{joint}_{letter}{axis}" for joint in track.skeleton.keypoints for axis in axes)
    sigma = _each_axis(track)
    positions = Curves(
        names,
        (_UNIT[track.space],) * len(names),
        track.keypoints.astype(np.float64).reshape(flat),
        track.times,
        None if sigma is None else sigma.reshape(flat),
    )
    return differentiate(positions, order, window=window)


def _each_axis(track: Track) -> Float64Array | None:
    """The sigma of each coordinate, (T, K, D)."""
    if track.sigma is None:
        return None
    return np.repeat(track.sigma.astype(np.float64)[..., None], track.keypoints.shape[2], axis=2)


@dataclass(frozen=True, eq=False)
class RangeOfMotion:
    """Between which values a quantity moved.

    Attributes:
        name: Of the quantity.
        unit: Its unit.
        low: Least value; with cycles the mean of their least values.
        high: Greatest value; with cycles the mean of their greatest.
        range: `high - low`.
        interval: 95 % confidence interval of `range`: over cycles by Student's t, else from the
            uncertainty of the two extreme values; NaN where neither is known.
        each: (C,) the range of each cycle, NaN where it has gaps only; one value without cycles.
    """

    name: str
    unit: str
    low: float
    high: float
    range: float
    interval: tuple[float, float]
    each: Float64Array


def ranges_of_motion(
    curves: Curves, *, cycles: Sequence[tuple[float, float]] | None = None
) -> list[RangeOfMotion]:
    """The range of each quantity, over the whole recording or averaged over cycles.

    Args:
        curves: The quantities, such as joint angles. Outliers are extremes: clean the track first.
        cycles: (start, end) of each cycle in seconds, such as the strides of a walk.

    Raises:
        InputError: If a cycle does not end after it starts.
    """
    spans = [(-np.inf, np.inf)] if cycles is None else list(cycles)
    for start, end in spans:
        if not end > start:
            raise InputError(f"a cycle must end after it starts, got {start:g} to {end:g} s")
    inside = [(curves.times >= start) & (curves.times <= end) for start, end in spans]
    return [
        _range(curves, column, inside, cycles is not None) for column in range(len(curves.names))
    ]


def _range(
    curves: Curves, column: int, inside: list[npt.NDArray[np.bool_]], by_cycle: bool
) -> RangeOfMotion:
    values = curves.values[:, column]
    lows, highs = _extremes(values, inside, False), _extremes(values, inside, True)
    each = highs - lows
    known = each[~np.isnan(each)]
    if len(known) == 0:
        nan = float("nan")
        low = high = nan
    else:
        low, high = float(np.nanmean(lows)), float(np.nanmean(highs))
    half = float("nan")
    if by_cycle and len(known) > 1:
        half = float(t.ppf(0.5 + _CONFIDENCE / 2, len(known) - 1) * known.std(ddof=1))
        half /= np.sqrt(len(known))
    elif len(known) == 1 and curves.sigma is not None:
        part = values[inside[int(np.flatnonzero(~np.isnan(each))[0])]]
        sigma = curves.sigma[:, column][inside[int(np.flatnonzero(~np.isnan(each))[0])]]
        ends = sigma[[np.nanargmin(part), np.nanargmax(part)]]
        half = float(norm.ppf(0.5 + _CONFIDENCE / 2) * np.hypot(*ends))
    width = high - low
    interval = (max(width - half, 0.0) if half == half else half, width + half)
    return RangeOfMotion(
        curves.names[column], curves.units[column], low, high, width, interval, each
    )


def _extremes(
    values: Float64Array, inside: list[npt.NDArray[np.bool_]], greatest: bool
) -> Float64Array:
    chosen = np.fmax.reduce if greatest else np.fmin.reduce
    return np.array([chosen(values[part], initial=np.nan) for part in inside])


@dataclass(frozen=True)
class Peak:
    """The greatest size of a quantity.

    Attributes:
        name: Of the quantity.
        unit: Its unit.
        value: With its sign.
        time: Seconds.
        sigma: Standard deviation of the value; NaN if unknown.
    """

    name: str
    unit: str
    value: float
    time: float
    sigma: float


def peaks(curves: Curves) -> list[Peak]:
    """Where each quantity is furthest from zero, such as the peak of each angular velocity.

    A quantity that is never known has a peak of NaN.
    """
    found = []
    for column, (name, unit) in enumerate(zip(curves.names, curves.units, strict=True)):
        size = np.abs(curves.values[:, column])
        if np.isnan(size).all():
            found.append(Peak(name, unit, *[float("nan")] * 3))
            continue
        row = int(np.nanargmax(size))
        sigma = float("nan") if curves.sigma is None else float(curves.sigma[row, column])
        value, time = float(curves.values[row, column]), float(curves.times[row])
        found.append(Peak(name, unit, value, time, sigma))
    return found
