"""A running shoe to try, with the measured reasons and what such advice is worth."""

from __future__ import annotations

from kinema.analysis.gait.foot_strike import FOREFOOT_DEG, REARFOOT_DEG
from kinema.analysis.gait.rearfoot import PRONATION_DEG, SUPINATION_DEG
from kinema.analysis.gait.result import SIDES, FootStrike, Pronation, Shoe

EVIDENCE = (
    "The evidence is weak: choosing shoes by foot type has not been shown to prevent injuries "
    "(Cochrane review, Relph et al. 2022); comfort and a shoe that leaves the runner's own "
    "movement path alone may be better guides (Nigg et al. 2015). Try it and keep what is "
    "comfortable; with pain, see a clinician."
)


def recommend_shoe(feet: FootStrike, rear: Pronation) -> Shoe:
    """`stability` for pronation, `cushioned` for supination, else `neutral`; or `none`.

    Without a measured rearfoot there is no recommendation: how the foot lands says nothing about
    how much support it needs.
    """
    reasons = [
        f"{side}: peak eversion {rear.peak_eversion_deg[side]:.1f}° ± "
        f"{rear.error_deg[side]:.1f}°, {rear.kind[side]} "
        f"(pronation above {PRONATION_DEG:g}, supination below {SUPINATION_DEG:g}°)"
        for side in SIDES
        if rear.n[side]
    ]
    reasons += [
        f"{side}: lands at {feet.angle_deg[side]:.1f}° ± {feet.error_deg[side]:.1f}° (rearfoot "
        f"above {REARFOOT_DEG:g}, forefoot below {FOREFOOT_DEG:g}°)"
        for side in SIDES
        if feet.n[side]
    ]
    kinds = {rear.kind[side] for side in SIDES if rear.n[side]}
    if not kinds:
        return Shoe("none", (*reasons, f"rearfoot not measured: {rear.reason}"), EVIDENCE)
    doubtful = [side for side in SIDES if rear.n[side] and _near_a_threshold(rear, side)]
    if doubtful:
        reasons.append(f"{' and '.join(doubtful)}: within its error of a threshold, so not sure")
    if "pronation" in kinds:
        kind = "stability"
    else:
        kind = "cushioned" if "supination" in kinds else "neutral"
    return Shoe(kind, tuple(reasons), EVIDENCE)


def _near_a_threshold(rear: Pronation, side: str) -> bool:
    angle = next(value for key, value in rear.peak_eversion_deg.items() if key == side)
    error = next(value for key, value in rear.error_deg.items() if key == side)
    return min(abs(angle - PRONATION_DEG), abs(angle - SUPINATION_DEG)) < error
