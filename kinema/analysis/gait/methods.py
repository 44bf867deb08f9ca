"""Published ways to find heel strike and toe-off, each searching around one step.

Every function gives the index into the fine grid, with its fraction, or NaN where the signal has
no such landmark in the window. `kinema.analysis.gait.consensus` says which are used for what, and
how late each of them is.

Sources: Zeni et al. 2008 (Gait & Posture 27), Desailly et al. 2009 (Gait & Posture 29), O'Connor et
al. 2007 (Gait & Posture 25), Hreljac & Marshall 2000 (J Biomech 33), Ghoussayni et al. 2004 (Gait &
Posture 20) with the threshold of Bruening & Ridge 2014 (Gait & Posture 39), Fellin et al. 2010
(J Sci Med Sport 13) and Dingwell et al. 2001 (J Biomech Eng 123) for running.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kinema.analysis.gait.signals import Float64Array, Path, Signals, low_pass
from kinema.curves import Side

Window = tuple[int, int]
Finder = Callable[["Strides", Side, Window], float]

_GHOUSSAYNI_SPEED = 0.55  # leg lengths a second: 0.5 m/s in adults
_LIFT_SPEED = 0.25  # leg lengths a second, upward, from behind


@dataclass(frozen=True, eq=False)
class Strides:
    """The signals with what several methods share.

    Attributes:
        signals: The paths of the feet.
        stride: Usual duration of a stride in seconds.
        ground_speed: Forward speed of the ground in the picture, in leg lengths a second: 0
            overground, that of the belt on a treadmill; NaN from behind.
        high_passed: By side and part, the forward path against the room without its drift.
    """

    signals: Signals
    stride: float
    ground_speed: float
    high_passed: dict[tuple[Side, str], Float64Array]


def prepare_strides(signals: Signals, stride: float, ground_speed: float) -> Strides:
    """What the methods share, computed once."""
    high_passed: dict[tuple[Side, str], Float64Array] = {}
    if signals.has_forward:
        for side, part in signals.paths:
            cutoff = (0.5 if part in ("heel", "ankle") else 1.1) / stride
            along = np.cumsum(signals.paths[side, part].along_speed) / signals.rate
            high_passed[side, part] = along - low_pass(along, signals.rate, cutoff)
    return Strides(signals, stride, ground_speed, high_passed)


def peak(values: Float64Array, window: Window) -> float:
    """Where values (T,) are highest inside the window; NaN if that is at its ends."""
    start, stop = max(window[0], 0), min(window[1], len(values))
    if stop - start < 3:
        return np.nan
    index = start + int(np.argmax(values[start:stop]))
    if index in (start, stop - 1) or index in (0, len(values) - 1):
        return np.nan
    before, here, after = values[index - 1 : index + 2]
    bend = before - 2 * here + after
    return index + (0.5 * (before - after) / bend if bend else 0.0)


def crossing(values: Float64Array, window: Window, *, last: bool, falling: bool) -> float:
    """Where values (T,) cross zero in the window, the first or the last time; NaN if nowhere."""
    start, stop = max(window[0], 0), min(window[1], len(values))
    part = values[start:stop]
    if falling:
        found = np.flatnonzero((part[:-1] > 0) & (part[1:] <= 0))
    else:
        found = np.flatnonzero((part[:-1] <= 0) & (part[1:] > 0))
    if not len(found):
        return np.nan
    index = int(found[-1 if last else 0])
    before, after = part[index], part[index + 1]
    return start + index + float(before / (before - after))


def zeni_strike(strides: Strides, side: Side, window: Window) -> float:
    """The heel furthest ahead of the pelvis."""
    return peak(strides.signals.foot(side, "heel").forward, window)


def zeni_off(strides: Strides, side: Side, window: Window) -> float:
    """The toe furthest behind the pelvis."""
    return peak(-strides.signals.foot(side, "toe").forward, window)


def desailly_strike(strides: Strides, side: Side, window: Window) -> float:
    """The heel furthest ahead after a high-pass at half the stride frequency."""
    part = "heel" if (side, "heel") in strides.high_passed else "ankle"
    return peak(strides.high_passed[side, part], window)


def desailly_off(strides: Strides, side: Side, window: Window) -> float:
    """The toe furthest back after a high-pass at 1.1 times the stride frequency."""
    part = "toe" if (side, "toe") in strides.high_passed else "ankle"
    return peak(-strides.high_passed[side, part], window)


def _centre_speed(strides: Strides, side: Side) -> Float64Array:
    signals = strides.signals
    speed = 0.5 * (signals.foot(side, "heel").up_speed + signals.foot(side, "toe").up_speed)
    return low_pass(speed, signals.rate, 7.0)  # the cut-off of the paper


def oconnor_strike(strides: Strides, side: Side, window: Window) -> float:
    """The middle of the foot falling fastest."""
    return peak(-_centre_speed(strides, side), window)


def oconnor_off(strides: Strides, side: Side, window: Window) -> float:
    """The middle of the foot rising fastest."""
    return peak(_centre_speed(strides, side), window)


def hreljac_strike(strides: Strides, side: Side, window: Window) -> float:
    """The heel's largest upward acceleration: its fall ends."""
    return peak(strides.signals.foot(side, "heel").up_push, window)


def hreljac_off(strides: Strides, side: Side, window: Window) -> float:
    """The toe's largest forward acceleration: its swing begins."""
    return peak(strides.signals.foot(side, "toe").along_push, window)


def _excess(strides: Strides, side: Side, part: str) -> Float64Array:
    path = strides.signals.foot(side, part)
    speed = np.hypot(path.along_speed - strides.ground_speed, path.up_speed)
    return np.asarray(speed - _GHOUSSAYNI_SPEED)


def ghoussayni_strike(strides: Strides, side: Side, window: Window) -> float:
    """The heel comes to rest: its speed over ground falls below a threshold."""
    return crossing(_excess(strides, side, "heel"), window, last=False, falling=True)


def ghoussayni_off(strides: Strides, side: Side, window: Window) -> float:
    """The toe leaves its rest: its speed over ground rises above a threshold for good."""
    return crossing(_excess(strides, side, "toe"), window, last=True, falling=False)


def lift_off(strides: Strides, side: Side, window: Window) -> float:
    """The foot starts to rise: the vertical part of Ghoussayni's rule, for views from behind."""
    return crossing(_lift(strides, side, "toe"), window, last=True, falling=False)


def _lift(strides: Strides, side: Side, part: str) -> Float64Array:
    """Upward speed above the threshold.

    From behind and above, a standing foot that is carried towards the camera sinks in the picture.
    The foot stands for more than half of the time, so that the median is the speed of standing.
    """
    speed = strides.signals.foot(side, part).up_speed
    return np.asarray(speed - np.median(speed) - _LIFT_SPEED)


def top_strike(strides: Strides, side: Side, window: Window) -> float:
    """The toe at its highest before it comes down: the heel is on the ground (from behind)."""
    return peak(strides.signals.foot(side, "toe").up, window)


def rest_strike(strides: Strides, side: Side, window: Window) -> float:
    """The heel rises no more: the vertical part of Ghoussayni's rule, for views from behind."""
    return crossing(_lift(strides, side, "heel"), window, last=True, falling=True)


def rise_off(strides: Strides, side: Side, window: Window) -> float:
    """The toe's largest upward acceleration (Hreljac & Stergiou 2000; De Witt 2010, running)."""
    return peak(strides.signals.foot(side, "toe").up_push, window)


def landing_strike(strides: Strides, side: Side, window: Window) -> float:
    """The largest upward acceleration of the foot's middle, whichever part lands first."""
    signals = strides.signals
    push = 0.5 * (signals.foot(side, "heel").up_push + signals.foot(side, "toe").up_push)
    return peak(push, window)


def knee_off(strides: Strides, side: Side, window: Window) -> float:
    """The knee straightest at push-off (Dingwell et al. 2001; Fellin et al. 2010)."""
    paths = strides.signals.paths
    hip, knee, ankle = (paths[side, part] for part in ("hip", "knee", "ankle"))

    def limb(a: Path, b: Path) -> Float64Array:
        return np.stack([b.forward - a.forward, b.up - a.up], axis=1)

    thigh, shank = limb(hip, knee), limb(knee, ankle)
    cosine = np.sum(thigh * shank, axis=1)
    cosine /= np.linalg.norm(thigh, axis=1) * np.linalg.norm(shank, axis=1)
    return peak(cosine, window)
