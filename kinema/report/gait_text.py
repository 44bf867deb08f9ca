"""Gait in words and cells for the page."""

from __future__ import annotations

import math

from kinema.analysis.gait import FootStrike, Gait, Pronation, Row
from kinema.report.figures import words

COLUMNS = ("", "left", "right", "mean", "± SE", "SD", "CV, %", "asymmetry, %", "n")
_SURFACES = {"treadmill": " on a treadmill", "overground": " over ground", "unknown": ""}
_VIEWS = {"side": "from the side", "back": "from behind", "front": "from the front"}


def gait_section(gait: Gait | None) -> dict[str, object] | None:
    """What the template says of the gait; None for a person who takes no steps."""
    if gait is None or not gait.events:
        return None
    return {
        "summary": _summary(gait),
        "warnings": gait.warnings,
        "columns": COLUMNS,
        "rows": [_row(row) for row in gait.table],
        "findings": [
            {
                "title": "Foot strike",
                "result": _foot_strike(gait.foot_strike),
                "reasons": _reason(gait.foot_strike.reason),
            },
            {
                "title": "Rearfoot from behind",
                "result": _pronation(gait.pronation),
                "reasons": _reason(gait.pronation.reason),
            },
            {
                "title": "Shoe",
                "result": _shoe(gait),
                "reasons": [*gait.shoe.reasons, gait.shoe.evidence],
            },
            *_protocol(gait),
        ],
        "events": [
            {
                "kind": event.kind.replace("_", " "),
                "side": event.side,
                "time": event.time,
                "uncertainty": _number(event.uncertainty, 3),
            }
            for event in gait.events
        ],
    }


def _summary(gait: Gait) -> str:
    seen = _VIEWS.get(gait.view, "in three dimensions")
    start, end = gait.interval
    mode = (gait.mode or "steps").capitalize()
    return (
        f"{mode}{_SURFACES[gait.surface]}, seen {seen}; measured from {start:.1f} to {end:.1f} s. "
        f"Times are those of a consensus of {len(gait.methods)} published methods."
    )


def _row(row: Row) -> tuple[str, ...]:
    digits = 3 if row.unit in ("s", "m", "m/s", "leg lengths") else 1
    cells = [_number(value, digits) for value in (row.left, row.right, row.mean)]
    title = f"{words(row.name)}, {row.unit}" if row.unit else words(row.name)
    spread = [_number(row.error, digits), _number(row.sd, digits)]
    return (title, *cells, *spread, _number(row.cv, 1), _number(row.symmetry, 1), str(row.n))


def _foot_strike(strike: FootStrike) -> str:
    parts = []
    for side, shares in strike.shares.items():
        if strike.n.get(side):
            kind, share = max(shares.items(), key=lambda pair: pair[1])
            angle = _number(strike.angle_deg[side], 1)
            parts.append(f"{side}: {kind} ({100 * share:.0f} % of {strike.n[side]}), {angle}°")
    return "; ".join(parts) or "not measured"


def _pronation(pronation: Pronation) -> str:
    parts = [
        f"{side}: {kind}, peak eversion {pronation.peak_eversion_deg[side]:.1f}°"
        f" ± {_number(pronation.error_deg[side], 1)}°"
        for side, kind in pronation.kind.items()
        if not math.isnan(pronation.peak_eversion_deg[side])
    ]
    return "; ".join(parts) or "not measurable"


def _shoe(gait: Gait) -> str:
    return "no recommendation" if gait.shoe.kind == "none" else f"{gait.shoe.kind} shoe"


def _protocol(gait: Gait) -> list[dict[str, object]]:
    """What the treadmill protocol asks for and what there was; nothing over ground."""
    if gait.surface != "treadmill":
        return []
    lines = [
        f"{check.name}: {check.found}" + ("" if check.met else f", but {check.demand} is asked for")
        for check in gait.protocol
    ]
    met = sum(check.met for check in gait.protocol)
    result = f"{met} of {len(gait.protocol)} demands met"
    return [{"title": "Treadmill protocol", "result": result, "reasons": lines}]


def _reason(text: str) -> list[str]:
    return [text] if text else []


def _number(value: float, digits: int) -> str:
    if math.isnan(value):
        return ""
    return f"{value:.{digits}f}" if abs(value) >= 0.1 or value == 0 else f"{value:.2g}"
