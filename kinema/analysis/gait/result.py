"""What a gait analysis gives: events, a table, how the foot lands, and what to think of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from kinema.curves import Event, Side

HEEL_STRIKE = "heel_strike"
TOE_OFF = "toe_off"
SIDES: tuple[Side, Side] = ("left", "right")

View = Literal["side", "back", "front", "space"]
Surface = Literal["overground", "treadmill", "unknown"]
Mode = Literal["walking", "running"]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        name: What was measured, such as `stride_time`.
        unit: `s`, `steps/min`, `%`, `m`, `leg lengths`, `m/s`, ...
        left: Mean of the left side; NaN if the quantity has no sides or none was measured.
        right: Mean of the right side.
        mean: Mean of all values of both sides.
        sd: Standard deviation of all values about the mean of their side (n - sides).
        error: Standard error of `mean`: the larger of `sd` and what the uncertainty of the events
            makes, over the square root of n; and, for times between a strike and a toe-off, what
            all methods have wrong together, which more strides do not lessen.
        cv: Coefficient of variation, 100 sd / |mean|, in percent.
        symmetry: 100 (right - left) / (0.5 (right + left)) percent (Robinson et al. 1987); 0 is
            symmetric, positive where the right is larger.
        n: Number of values.
    """

    name: str
    unit: str
    left: float
    right: float
    mean: float
    sd: float
    error: float
    cv: float
    symmetry: float
    n: int


@dataclass(frozen=True)
class FootStrike:
    """How the feet land.

    Attributes:
        angle_deg: Mean foot angle at contact less that of the flat foot, by side; positive where
            the toes are up. NaN where it could not be measured.
        error_deg: Standard error of it, by side.
        shares: By side, the share in [0, 1] of `rearfoot`, `midfoot` and `forefoot` landings.
        n: Landings measured, by side.
        reason: Why nothing could be measured; "" if it could.
    """

    angle_deg: dict[Side, float]
    error_deg: dict[Side, float]
    shares: dict[Side, dict[str, float]]
    n: dict[Side, int]
    reason: str = ""


@dataclass(frozen=True)
class Pronation:
    """How the rearfoot leans against the shank, seen from behind.

    Attributes:
        peak_eversion_deg: Mean over strides of the largest eversion of the stance phase, by side;
            negative is inversion; NaN where it could not be measured.
        error_deg: Standard error of it, by side.
        kind: `pronation`, `neutral`, `supination` or `not measurable`, by side.
        n: Strides measured, by side.
        reason: Why nothing could be measured, or what limits it; "" if nothing does.
    """

    peak_eversion_deg: dict[Side, float]
    error_deg: dict[Side, float]
    kind: dict[Side, str]
    n: dict[Side, int]
    reason: str = ""


@dataclass(frozen=True)
class Shoe:
    """What kind of running shoe the measurements speak for, and how much that is worth.

    Attributes:
        kind: `stability`, `neutral`, `cushioned` or `none` where too little was measured.
        reasons: One line a measurement that led to it.
        evidence: What research says about choosing shoes this way.
    """

    kind: str
    reasons: tuple[str, ...]
    evidence: str


@dataclass(frozen=True)
class Check:
    """One demand of the treadmill protocol: what was asked, what was there, whether it is met."""

    name: str
    demand: str
    found: str
    met: bool


@dataclass(frozen=True, eq=False)
class Gait:
    """Everything that was learned about how one person walks or runs.

    Attributes:
        events: Heel strikes and toe-offs in order of time. A `heel_strike` is the first contact of
            the foot, with whichever part it lands.
        table: The parameters; empty where there is no complete step.
        mode: `walking` or `running`; None where there are no steps.
        view: How the camera stands to the walker; `space` for three dimensions.
        surface: `overground` or `treadmill` (also: a camera that moves along); `unknown` of poses
            about the pelvis, which do not say whether it travels.
        foot_strike: How the feet land.
        pronation: The rearfoot from behind.
        shoe: A recommendation.
        protocol: The treadmill protocol, demand by demand.
        methods: By method, the events that it alone would give, its known bias removed.
        length_unit: Unit of lengths: `m`, or `leg lengths` (hip to knee to ankle) without a scale.
        interval: Start and end in seconds of the part that the table describes.
        warnings: What the reader must know, one line each.
    """

    events: tuple[Event, ...]
    table: tuple[Row, ...]
    mode: Mode | None
    view: View
    surface: Surface
    foot_strike: FootStrike
    pronation: Pronation
    shoe: Shoe
    protocol: tuple[Check, ...]
    methods: dict[str, tuple[Event, ...]]
    length_unit: str
    interval: tuple[float, float]
    warnings: tuple[str, ...] = ()

    def row(self, name: str) -> Row | None:
        """The line of the table of this name; None if it was not measured."""
        return next((row for row in self.table if row.name == name), None)

    def to_json(self) -> dict[str, object]:
        """All of it as plain values for `json.dumps`; NaN becomes None."""
        return {
            "events": [
                {
                    "side": event.side,
                    "kind": event.kind,
                    "time": round(event.time, 4),
                    "uncertainty": _plain(event.uncertainty, 4),
                }
                for event in self.events
            ],
            "table": [_fields(row) for row in self.table],
            "mode": self.mode,
            "view": self.view,
            "surface": self.surface,
            "length_unit": self.length_unit,
            "interval": [round(moment, 4) for moment in self.interval],
            "foot_strike": _fields(self.foot_strike),
            "pronation": _fields(self.pronation),
            "shoe": _fields(self.shoe),
            "protocol": [_fields(check) for check in self.protocol],
            "warnings": list(self.warnings),
        }


def _fields(part: Row | FootStrike | Pronation | Shoe | Check) -> dict[str, object]:
    return {name: _plain(value) for name, value in vars(part).items()}


def _plain(value: object, digits: int = 6) -> object:
    if isinstance(value, float):
        return round(value, digits) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
