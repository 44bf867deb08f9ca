"""The table: times, lengths and shares of steps and strides, each with its standard error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kinema.analysis.gait.consensus import shared_error
from kinema.analysis.gait.result import HEEL_STRIKE, SIDES, TOE_OFF, Mode, Row
from kinema.analysis.gait.signals import Signals
from kinema.analysis.gait.views import Ground
from kinema.analysis.symmetry import symmetry_index
from kinema.curves import Event, Side

_FACING = 0.8  # less, and the person is turning round: lengths mean nothing there
_USUAL = (0.6, 1.5)  # of the median stride time: other strides are stumbles or pauses
_LENGTH_ERROR = 0.01  # leg lengths by which a distance between joints is wrong at one moment


@dataclass(frozen=True)
class Stride:
    """From one heel strike to the next of the same side, with what lies between.

    Attributes:
        side: Of the foot that strikes.
        start: Heel strike.
        end: The next heel strike of the same side.
        off: Toe-off between them, or None.
        other_off: Toe-off of the other side between them, or None.
        other_strike: Heel strike of the other side between them, or None.
    """

    side: Side
    start: Event
    end: Event
    off: Event | None
    other_off: Event | None
    other_strike: Event | None

    @property
    def time(self) -> float:
        """Duration in seconds."""
        return self.end.time - self.start.time


@dataclass(frozen=True)
class _Value:
    side: Side
    value: float
    sigma: float


def find_strides(events: tuple[Event, ...], signals: Signals) -> list[Stride]:
    """The strides of both sides in order of time, without pauses, stumbles and turns."""
    strides = []
    for side in SIDES:
        strikes = [e for e in events if e.side == side and e.kind == HEEL_STRIKE]
        for start, end in pairwise(strikes):
            inside = [e for e in events if start.time < e.time < end.time]
            strides.append(
                Stride(
                    side,
                    start,
                    end,
                    _only(inside, TOE_OFF, side),
                    _only(inside, TOE_OFF, _other(side)),
                    _only(inside, HEEL_STRIKE, _other(side)),
                )
            )
    if not strides:
        return []
    usual = float(np.median([stride.time for stride in strides]))
    kept = [
        stride
        for stride in strides
        if _USUAL[0] * usual <= stride.time <= _USUAL[1] * usual
        and stride.other_strike is not None
        and _in_order(stride)
        and _faces(signals, stride)
    ]
    return sorted(kept, key=lambda stride: stride.start.time)


def _in_order(stride: Stride) -> bool:
    """Whether the events can be those of legs: each foot leaves the ground after it has landed.

    Walkers lift the other foot after this one has landed and before it lands itself; runners have
    lifted it before.
    """
    if stride.other_strike is None or stride.off is None or stride.other_off is None:
        return True  # not known to be wrong
    walks = stride.other_off.time < stride.other_strike.time < stride.off.time
    runs = stride.off.time < stride.other_strike.time < stride.other_off.time
    return walks or runs


def gait_table(
    strides: list[Stride], signals: Signals, ground: Ground, mode: Mode, metres: float | None
) -> tuple[Row, ...]:
    """The parameters of these strides.

    Args:
        strides: As from `find_strides`.
        signals: The paths of the feet.
        ground: The surface and its speed.
        mode: Runners have flight times, walkers double support.
        metres: Of a leg length, or None if unknown.
    """
    if not strides:
        return ()
    # Strikes are all off by one amount and toe-offs by another: between two strikes that cancels.
    shared = math.sqrt(2) * shared_error(signals)
    part = _flight(strides, shared) if mode == "running" else _support(strides, shared)
    rows = _times(strides, shared) + part
    scale, unit = (1.0, "leg lengths") if metres is None else (metres, "m")
    if signals.has_forward and ground.is_measured:
        rows += _lengths(strides, signals, ground, scale, unit)
    rows += _width(strides, signals, scale, unit)
    cadence = next((row for row in rows if row.name == "cadence"), None)
    length = next((row for row in rows if row.name == "step_length"), None)
    if cadence and length:
        rows.append(_walk_ratio(cadence, length, unit))
    return tuple(rows)


def _times(strides: list[Stride], shared: float) -> list[Row]:
    steps = [_step(stride) for stride in strides]
    stride_times = [_lasting(s.side, s.start, s.end) for s in strides]
    stance = [_lasting(s.side, s.start, s.off) for s in strides if s.off]
    swing = [_lasting(s.side, s.off, s.end) for s in strides if s.off]
    shares = [_share(s.side, s.off.time - s.start.time, s, s.off) for s in strides if s.off]
    return [
        *_row(
            "cadence", "steps/min", [_rate(s, step) for s, step in zip(strides, steps, strict=True)]
        ),
        *_row("stride_time", "s", stride_times),
        *_row("step_time", "s", steps),
        *_row("stance_time", "s", stance, shared),
        *_row("swing_time", "s", swing, shared),
        *_row("stance", "%", shares, _percent(shared, strides)),
        *_row("swing", "%", [_other_share(v) for v in shares], _percent(shared, strides)),
    ]


def _support(strides: list[Stride], shared: float) -> list[Row]:
    single, double = [], []
    for s in strides:
        if s.other_off and s.other_strike and s.off:
            alone = s.other_strike.time - s.other_off.time
            both = (s.other_off.time - s.start.time) + (s.off.time - s.other_strike.time)
            single.append(_share(s.side, alone, s, s.other_off))
            double.append(_share(s.side, both, s, s.other_off, s.other_strike, s.off))
    error = _percent(shared, strides)
    # Double support holds both mixed stretches of the stride.
    return [
        *_row("single_support", "%", single, error),
        *_row("double_support", "%", double, 2 * error),
    ]


def _flight(strides: list[Stride], shared: float) -> list[Row]:
    contact = [_lasting(s.side, s.start, s.off) for s in strides if s.off]
    # Less than nothing where both feet are on the ground: leaving those out would make it longer.
    flight = [_lasting(s.side, s.off, s.other_strike) for s in strides if s.off and s.other_strike]
    duty = [
        _Value(v.side, v.value / 100, v.sigma / 100)
        for v in (_share(s.side, s.off.time - s.start.time, s, s.off) for s in strides if s.off)
    ]
    return [
        *_row("contact_time", "s", contact, shared),
        *_row("flight_time", "s", flight, shared),
        *_row("duty_factor", "", duty, _percent(shared, strides) / 100),
    ]


def _lengths(
    strides: list[Stride], signals: Signals, ground: Ground, scale: float, unit: str
) -> list[Row]:
    """Lengths over ground: from where one heel struck to where the next one does.

    The heel that is behind has risen and moved by then, so that the distance of the heels at one
    moment would be too short.
    """
    way = np.cumsum(signals.pelvis_speed - ground.speed) / signals.rate

    def place(event: Event) -> float:
        assert event.side is not None
        return _at(way + signals.foot(event.side, "heel").forward, event.time, signals)

    steps, lengths, speeds = [], [], []
    for s in strides:
        assert s.other_strike is not None  # `find_strides` lets no other through
        length = place(s.end) - place(s.start)
        steps.append(_length(s.side, place(s.end) - place(s.other_strike), scale))
        lengths.append(_length(s.side, length, scale))
        noise = math.hypot(_LENGTH_ERROR / s.time, length / s.time**2 * _spread(s.start, s.end))
        speeds.append(_Value(s.side, scale * length / s.time, scale * noise))
    return [
        *_row("step_length", unit, steps),
        *_row("stride_length", unit, lengths),
        *_row("speed", f"{unit}/s", speeds),
    ]


def _width(strides: list[Stride], signals: Signals, scale: float, unit: str) -> list[Row]:
    """Sideways between the ankles at heel strike; a view from the side does not show it."""
    if not signals.has_across:
        return []
    left, right = (signals.paths[side, "ankle"].across for side in SIDES)
    apart = (right - left) if signals.view == "back" else (left - right)
    return _row(
        "step_width",
        unit,
        [_length(s.side, _at(apart, s.start.time, signals), scale) for s in strides],
    )


def _walk_ratio(cadence: Row, length: Row, unit: str) -> Row:
    """Step length by cadence (Sekiya et al. 1996): one number for how speed is made."""
    ratio = length.mean / cadence.mean
    error = abs(ratio) * math.hypot(length.error / length.mean, cadence.error / cadence.mean)
    nan = float("nan")
    return Row(
        "walk_ratio", f"{unit}/(steps/min)", nan, nan, ratio, nan, error, nan, nan, cadence.n
    )


def _row(name: str, unit: str, values: list[_Value], shared: float = 0.0) -> list[Row]:
    """One row, or none if there is no value.

    Args:
        name: Of the row.
        unit: Of the values.
        values: One a stride.
        shared: The error that all of them have in common, which more strides do not lessen.
    """
    values = [value for value in values if math.isfinite(value.value)]
    if not values:
        return []
    sides = {side: np.array([v.value for v in values if v.side == side]) for side in SIDES}
    means = {side: float(x.mean()) if len(x) else float("nan") for side, x in sides.items()}
    everything = np.array([value.value for value in values])
    residuals = np.concatenate([x - x.mean() for x in sides.values() if len(x)])
    freedom = len(residuals) - sum(len(x) > 0 for x in sides.values())
    sd = math.sqrt(float(np.sum(residuals**2)) / freedom) if freedom > 0 else float("nan")
    sigma = math.sqrt(float(np.mean([value.sigma**2 for value in values])))
    own = math.sqrt(max(sigma**2 - shared**2, 0.0))  # `sigma` holds what is shared as well
    error = math.hypot(float(np.fmax(sd, own)) / math.sqrt(len(values)), shared)
    mean = float(everything.mean())
    cv = 100 * sd / abs(mean) if mean else float("nan")
    left, right = means["left"], means["right"]
    index = symmetry_index(left, right)
    return [Row(name, unit, left, right, mean, sd, error, cv, index, len(values))]


def _step(stride: Stride) -> _Value:
    """The step that ends with the stride: from the other foot's strike to this one's."""
    assert stride.other_strike is not None  # `find_strides` lets no other through
    return _lasting(stride.side, stride.other_strike, stride.end)


def _rate(stride: Stride, step: _Value) -> _Value:
    rate = 60 / step.value
    return _Value(stride.side, rate, rate * step.sigma / step.value)


def _lasting(side: Side, start: Event, end: Event) -> _Value:
    return _Value(side, end.time - start.time, _spread(start, end))


def _share(side: Side, part: float, stride: Stride, *inner: Event) -> _Value:
    share = 100 * part / stride.time
    return _Value(side, share, 100 * _spread(stride.start, *inner) / stride.time)


def _other_share(share: _Value) -> _Value:
    return _Value(share.side, 100 - share.value, share.sigma)


def _percent(seconds: float, strides: list[Stride]) -> float:
    """A time as a share of the usual stride."""
    return 100 * seconds / float(np.median([stride.time for stride in strides]))


def _length(side: Side, length: float, scale: float) -> _Value:
    return _Value(side, scale * length, scale * _LENGTH_ERROR * math.sqrt(2))


def _spread(*events: Event) -> float:
    return math.sqrt(sum(event.uncertainty**2 for event in events))


def _at(values: np.ndarray, time: float, signals: Signals) -> float:
    return float(np.interp(time, signals.times, values))


def _only(events: list[Event], kind: str, side: Side) -> Event | None:
    found = [event for event in events if event.kind == kind and event.side == side]
    return found[0] if len(found) == 1 else None


def _other(side: Side) -> Side:
    return "right" if side == "left" else "left"


def _faces(signals: Signals, stride: Stride) -> bool:
    inside = (signals.times >= stride.start.time) & (signals.times <= stride.end.time)
    return bool(inside.any() and signals.facing[inside].min() >= _FACING)
