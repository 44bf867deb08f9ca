"""Pronation and supination: how the heel leans against the shank, seen from behind."""

from __future__ import annotations

import numpy as np

from kinema.analysis.gait.parameters import Stride
from kinema.analysis.gait.result import SIDES, Pronation
from kinema.analysis.gait.signals import Float64Array, Signals, low_pass
from kinema.curves import Side

PRONATION_DEG = 13.0
SUPINATION_DEG = 3.0
"""Peak eversion of the stance phase. More than 13 degrees is commonly called excessive pronation in
runners, after Clarke, Frederick & Hamill 1984, "The study of rearfoot movement in running", in
Frederick (ed.), Sport Shoes and Playing Surfaces, Human Kinetics, with 9.4 degrees as the mean of
runners. Both numbers are quoted from memory and are not confirmed by the source. No agreed lower
limit exists: 3 degrees is Kinema's own choice, twice some 3 degrees of spread below that mean."""

SYSTEMATIC_DEG = 4.0
"""What the places of the ankle and heel keypoints add: both are points on the skin or of a network,
not the bisection lines of the calcaneus on which the thresholds were measured."""

_STANCE = (0.05, 0.45)  # share of the stride in which the peak is looked for
_SMALLEST_FOOT = 25.0  # px of leg length by 10: the heel then lies 2 px below the ankle
_PLAUSIBLE = (-15.0, 35.0)  # degrees: no living rearfoot leans further in the stance
_NAN = float("nan")


def pronation(strides: list[Stride], signals: Signals) -> Pronation:
    """Peak eversion by side; `not measurable`, with the reason, where joints or view lack."""
    reason = _why_not(strides, signals)
    peaks: dict[Side, list[float]] = {side: [] for side in SIDES}
    if not reason:
        for side in SIDES:
            angle = eversion(signals, side)
            for stride in (s for s in strides if s.side == side):
                start, stop = (stride.start.time + share * stride.time for share in _STANCE)
                inside = (signals.times >= start) & (signals.times <= stop)
                if inside.any():
                    peaks[side].append(float(angle[inside].max()))
        reason = (
            "keypoints are not the heel's midline of the thresholds: "
            f"about {SYSTEMATIC_DEG:g} degrees of doubt that no number of strides removes"
        )
        if not all(_PLAUSIBLE[0] < p < _PLAUSIBLE[1] for side in SIDES for p in peaks[side]):
            peaks = {side: [] for side in SIDES}
            reason = (
                "heel and ankle do not lie above each other as on a rearfoot (angles beyond "
                f"{_PLAUSIBLE[0]:g} to {_PLAUSIBLE[1]:g} degrees): the heel keypoint is not the "
                "back of the calcaneus, or left and right are mistaken"
            )
    means = {side: float(np.mean(p)) if p else _NAN for side, p in peaks.items()}
    errors = {side: _error(p) for side, p in peaks.items()}
    kinds = {side: _kind(means[side]) for side in SIDES}
    return Pronation(means, errors, kinds, {side: len(p) for side, p in peaks.items()}, reason)


def eversion(signals: Signals, side: Side) -> Float64Array:
    """Eversion over time in degrees: lean of the shank less lean of the heel, outward positive.

    The Achilles angle of Clarke et al. (1984). A heel below an ankle leans outward at the bottom
    when everted, the foot being pronated.
    """
    knee, ankle, heel = (signals.paths[side, part] for part in ("knee", "ankle", "heel"))
    lateral = _lateral_sign(signals, side)
    shank = np.arctan2(lateral * (knee.across - ankle.across), knee.up - ankle.up)
    rear = np.arctan2(lateral * (ankle.across - heel.across), ankle.up - heel.up)
    return low_pass(np.degrees(shank - rear), signals.rate, 8.0)


def _lateral_sign(signals: Signals, side: Side) -> float:
    """Which way of `across` is away from the body's middle on this side."""
    leftward = 1.0 if signals.view in ("space", "front") else -1.0
    return leftward if side == "left" else -leftward


def _why_not(strides: list[Stride], signals: Signals) -> str:
    if not signals.has_across:
        return "the rearfoot leans sideways, which is seen from behind only"
    if signals.view == "front":
        return "the heel is hidden in a view from the front"
    if not signals.has_part("heel"):
        return "heel keypoints are needed, which this skeleton or recording does not have"
    if signals.view == "back" and signals.leg < 10 * _SMALLEST_FOOT:
        return (
            f"the leg is only {signals.leg:.0f} px long: the heel lies too near to the ankle to "
            f"tell an angle; come closer, so that it is at least {10 * _SMALLEST_FOOT:.0f} px"
        )
    return "" if strides else "there is no complete stride"


def _error(peaks: list[float]) -> float:
    """Standard error with the systematic part, which does not shrink with the strides."""
    if not peaks:
        return _NAN
    scatter = float(np.std(peaks, ddof=1)) / float(np.sqrt(len(peaks))) if len(peaks) > 1 else 0.0
    return float(np.hypot(scatter, SYSTEMATIC_DEG))


def _kind(angle: float) -> str:
    if np.isnan(angle):
        return "not measurable"
    if angle > PRONATION_DEG:
        return "pronation"
    return "supination" if angle < SUPINATION_DEG else "neutral"
