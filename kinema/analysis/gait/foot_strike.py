"""Which part of the foot lands first, from the angle of the foot at contact."""

from __future__ import annotations

import numpy as np

from kinema.analysis.gait.parameters import Stride
from kinema.analysis.gait.result import SIDES, FootStrike, Mode
from kinema.analysis.gait.signals import Float64Array, Signals
from kinema.curves import Side

REARFOOT_DEG = 8.0
FOREFOOT_DEG = -1.6
"""Altman & Davis 2012, "A kinematic method for footstrike pattern detection in barefoot and shod
runners", Gait & Posture 35(2), 298-300, doi 10.1016/j.gaitpost.2011.09.104: above 8.0 degrees the
heel lands first, below -1.6 the forefoot, between them the midfoot. The angle is that of the foot
at contact less that of the foot standing flat. The numbers are as others quote them; the paper
itself was not at hand. They measured runners; walkers land on the heel at some 15 to 25 degrees."""

_FLAT = {"walking": (0.15, 0.30), "running": (0.12, 0.22)}  # share of the stride: the foot is flat
_NAN = float("nan")


def foot_strike(strides: list[Stride], signals: Signals, mode: Mode) -> FootStrike:
    """The foot angle at each heel strike and what it says; NaN with a reason if it is not seen."""
    reason = _why_not(strides, signals)
    if reason:
        unknown: dict[Side, float] = dict.fromkeys(SIDES, _NAN)
        return FootStrike(
            unknown, dict(unknown), {side: {} for side in SIDES}, dict.fromkeys(SIDES, 0), reason
        )
    angles: dict[Side, list[float]] = {side: [] for side in SIDES}
    errors: dict[Side, list[float]] = {side: [] for side in SIDES}
    for side in SIDES:
        pitch = _pitch(signals, side)
        turning = np.abs(np.gradient(pitch, signals.times))
        for stride in (s for s in strides if s.side == side):
            here = float(np.interp(stride.start.time, signals.times, pitch))
            angles[side].append(here - _flat(pitch, stride, signals, mode))
            speed = float(np.interp(stride.start.time, signals.times, turning))
            errors[side].append(speed * stride.start.uncertainty)
    return FootStrike(
        {side: float(np.mean(angles[side])) if angles[side] else _NAN for side in SIDES},
        {side: _standard_error(angles[side], errors[side]) for side in SIDES},
        {side: _shares(angles[side]) for side in SIDES},
        {side: len(angles[side]) for side in SIDES},
    )


def flat_part(stride: Stride, mode: Mode) -> tuple[Side, float, float]:
    """Side, start and end in seconds of the part of the stance in which the foot is flat."""
    start, stop = (stride.start.time + share * stride.time for share in _FLAT[mode])
    return stride.side, start, stop


def _why_not(strides: list[Stride], signals: Signals) -> str:
    if not signals.has_forward:
        return "the angle of the foot is seen from the side, not from behind or in front"
    if not (signals.has_part("heel") and signals.has_part("toe")):
        return "heels and toes are needed, which this skeleton or recording does not have"
    return "" if strides else "there is no complete stride"


def _pitch(signals: Signals, side: Side) -> Float64Array:
    """Angle of the foot over time in degrees, toes up positive."""
    heel, toe = signals.foot(side, "heel"), signals.foot(side, "toe")
    return np.asarray(np.degrees(np.arctan2(toe.up - heel.up, toe.forward - heel.forward)))


def _flat(pitch: Float64Array, stride: Stride, signals: Signals, mode: Mode) -> float:
    _, start, stop = flat_part(stride, mode)
    inside = (signals.times >= start) & (signals.times <= stop)
    return float(np.median(pitch[inside])) if inside.any() else _NAN


def _standard_error(angles: list[float], errors: list[float]) -> float:
    """From the scatter of the strides or, if larger, from the uncertainty of the moment."""
    if not angles:
        return _NAN
    scatter = float(np.std(angles, ddof=1)) if len(angles) > 1 else 0.0
    return max(scatter, float(np.sqrt(np.mean(np.square(errors))))) / float(np.sqrt(len(angles)))


def _shares(angles: list[float]) -> dict[str, float]:
    if not angles:
        return {}
    values = np.array(angles)
    rear, fore = float(np.mean(values > REARFOOT_DEG)), float(np.mean(values < FOREFOOT_DEG))
    return {"rearfoot": rear, "midfoot": 1 - rear - fore, "forefoot": fore}
