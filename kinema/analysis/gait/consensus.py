"""One time for each event, from all methods that apply, with its uncertainty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from kinema.analysis.gait import methods as m
from kinema.analysis.gait.result import HEEL_STRIKE, TOE_OFF, Mode
from kinema.analysis.gait.signals import Float64Array, Signals
from kinema.analysis.gait.steps import Step
from kinema.curves import Event, Side

Finder = Callable[[m.Strides, Side, m.Window], float]


@dataclass(frozen=True)
class Method:
    """A method for one kind of event.

    Attributes:
        name: As in the table of the documentation.
        find: The function.
        weight: In the weighted median. Two methods that see the same thing share one vote.
        bias: Seconds by which it is late (negative: early), with heel and toe.
        ankle_bias: The same where only the ankle is known; NaN if the method is no use then.
    """

    name: str
    find: Finder
    weight: float
    bias: float
    ankle_bias: float


@dataclass(frozen=True)
class Search:
    """Where an event lies around its step, and by which methods it is found.

    Attributes:
        kind: `heel_strike` or `toe_off`.
        same_side: Whether the event belongs to the foot of the step, not to the other one.
        window: Start and end after the step, in strides, in which the first method searches.
        near: Start and end around what the first method found, in strides, for the others.
        methods: The first one leads.
        after_off: The window starts from the toe-off of the same step, not from the step.
    """

    kind: str
    same_side: bool
    window: tuple[float, float]
    near: tuple[float, float]
    methods: tuple[Method, ...]
    after_off: bool = False


NAN = float("nan")
WALKING = (
    Search(
        HEEL_STRIKE,
        True,
        (-0.16, 0.16),
        (-0.04, 0.10),
        (
            Method("zeni", m.zeni_strike, 1, -0.02, -0.02),
            Method("desailly", m.desailly_strike, 0.5, -0.018, -0.016),
            Method("ghoussayni", m.ghoussayni_strike, 1, -0.003, 0.009),
            Method("hreljac", m.hreljac_strike, 0.5, 0.0, 0.03),
            Method("oconnor", m.oconnor_strike, 3.0, 0.015, 0.011),
        ),
    ),
    Search(
        TOE_OFF,
        False,
        (-0.10, 0.27),
        (-0.08, 0.08),
        (
            Method("zeni", m.zeni_off, 1, 0.005, -0.043),
            Method("desailly", m.desailly_off, 0.5, 0.029, -0.045),
            Method("ghoussayni", m.ghoussayni_off, 0.25, -0.02, NAN),
            Method("hreljac", m.hreljac_off, 0.5, 0.028, -0.027),
            Method("oconnor", m.oconnor_off, 1, -0.015, -0.023),
        ),
    ),
)
RUNNING = (
    Search(
        HEEL_STRIKE,
        True,
        (-0.03, 0.22),
        (-0.03, 0.12),
        (
            Method("oconnor", m.oconnor_strike, 1.0, -0.018, -0.018),
            Method("landing", m.landing_strike, 1.0, 0.019, 0.019),
            Method("hreljac", m.hreljac_strike, 0.5, 0.012, NAN),
        ),
    ),
    Search(
        TOE_OFF,
        False,
        (-0.26, -0.01),
        (-0.06, 0.08),
        (
            Method("rise", m.rise_off, 1.0, -0.007, NAN),
            Method("knee", m.knee_off, 1.0, 0.002, 0.002),
            Method("hreljac", m.hreljac_off, 0.5, 0.003, NAN),
            Method("oconnor", m.oconnor_off, 1.0, 0.028, 0.0),
        ),
    ),
)
FROM_BEHIND = (
    Search(
        TOE_OFF,
        True,
        (-0.42, 0.05),
        (-0.12, 0.08),
        (
            Method("oconnor", m.oconnor_off, 1.5, -0.007, -0.015),
            Method("rise", m.rise_off, 0.5, -0.021, NAN),
            Method("ghoussayni", m.lift_off, 0.25, -0.03, NAN),
        ),
    ),
    Search(
        HEEL_STRIKE,
        True,
        (0.28, 0.55),
        (-0.12, 0.03),
        (
            Method("oconnor", m.oconnor_strike, 1.5, 0.037, 0.031),
            Method("top", m.top_strike, 0.5, -0.045, -0.034),
            Method("ghoussayni", m.rest_strike, 0.25, -0.02, NAN),
        ),
        after_off=True,
    ),
)
RUNNING_FROM_BEHIND = (
    replace(
        FROM_BEHIND[0],
        window=(-0.62, 0.05),
        methods=(
            Method("oconnor", m.oconnor_off, 1.0, 0.028, 0.0),
            Method("rise", m.rise_off, 1.0, -0.007, NAN),
        ),
    ),
    replace(
        FROM_BEHIND[1],
        window=(0.52, 0.85),
        near=(-0.03, 0.12),
        methods=(
            Method("oconnor", m.oconnor_strike, 1.0, -0.018, -0.018),
            Method("landing", m.landing_strike, 1.0, 0.019, 0.019),
            Method("hreljac", m.hreljac_strike, 0.5, 0.012, NAN),
        ),
    ),
)
SEARCHES: dict[tuple[Mode, bool], tuple[Search, ...]] = {
    ("walking", True): WALKING,
    ("running", True): RUNNING,
    ("walking", False): FROM_BEHIND,
    ("running", False): RUNNING_FROM_BEHIND,
}

_USUAL_OFF = 0.2  # strides from toe-off to the foot lifted highest, where no toe-off was found
_GATE = 0.10  # strides: a candidate further from the median than this means something else
_AGREEMENT = 0.05  # strides: so near must a second one be for an event at the edge
_FEWEST_ALONE = 3  # methods that must agree at the edge, or where the leading one is silent
_TOGETHER = 0.15  # strides between the strikes of both feet; even a limp has 0.3
_SYSTEMATIC = 0.010  # s: what the methods have wrong together, heel and toe known
_SYSTEMATIC_ANKLE = 0.025  # s: the same where only ankles are known
_SYSTEMATIC_BEHIND = 0.025  # s: the same where forward is the direction of sight


def find_events(
    signals: Signals, bouts: list[list[Step]], mode: Mode, ground_speed: float
) -> tuple[list[Event], dict[str, list[Event]]]:
    """All events of all bouts, in order of time, and what each method alone makes of them."""
    events: list[Event] = []
    alone: dict[str, list[Event]] = {}
    if not bouts:
        return events, alone
    stride = float(np.median([step.stride for bout in bouts for step in bout]))
    strides = m.prepare_strides(signals, stride, ground_speed)
    for bout in bouts:
        before: list[Event | None] = [None] * len(bout)
        for search in SEARCHES[mode, signals.has_forward]:
            starts = [_start(step, off, search) for step, off in zip(bout, before, strict=True)]
            before = [
                _one_event(strides, step, start, search, alone)
                for step, start in zip(bout, starts, strict=True)
            ]
            events += _in_turn([event for event in before if event], stride)
    for each in alone.values():
        each.sort(key=lambda event: event.time)
    return _not_together(sorted(events, key=lambda event: event.time), stride), alone


def _one_event(
    strides: m.Strides,
    step: Step,
    start: float,
    search: Search,
    alone: dict[str, list[Event]],
) -> Event | None:
    signals = strides.signals
    side: Side = step.side if search.same_side else _other(step.side)
    frames = step.stride * signals.rate
    origin = (start - signals.times[0]) * signals.rate
    times = np.full(len(search.methods), np.nan)
    lead = search.methods[0].find(strides, side, _window(origin, search.window, frames))
    for i, method in enumerate(search.methods):
        if np.isfinite(lead):
            near = _window(lead, search.near, frames)
            index = lead if i == 0 else method.find(strides, side, near)
        else:
            index = method.find(strides, side, _window(origin, search.window, frames))
        times[i] = signals.times[0] + index / signals.rate - _bias(method, search, signals)
    weights = np.array([method.weight for method in search.methods])
    kept = _gated(times, weights, _GATE * step.stride)
    if not kept.any():
        return None
    time = weighted_median(times[kept], weights[kept])
    close = np.abs(times[kept] - time) < _AGREEMENT * step.stride
    if (step.at_edge or not np.isfinite(lead)) and close.sum() < _FEWEST_ALONE:
        return None
    if not _was_seen(signals, side, time):
        return None
    for method, moment in zip(search.methods, times, strict=True):
        if np.isfinite(moment):
            alone.setdefault(method.name, []).append(Event(search.kind, float(moment), side))
    return Event(search.kind, time, side, _uncertainty(times[kept], weights[kept], time, signals))


def _start(step: Step, off: Event | None, search: Search) -> float:
    """The moment from which the window of a search counts."""
    if not search.after_off:
        return step.time
    return step.time - _USUAL_OFF * step.stride if off is None else off.time


def weighted_median(values: Float64Array, weights: Float64Array) -> float:
    """The one of the values (N,) with half of the weight (N,) on each side; of two, their mean.

    >>> weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 1.0]))
    2.0
    >>> weighted_median(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    2.0
    """
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    middle = np.cumsum(weights) - 0.5 * weights
    return float(np.interp(0.5 * weights.sum(), middle, values))


def _other(side: Side) -> Side:
    return "right" if side == "left" else "left"


def _window(origin: float, around: tuple[float, float], frames: float) -> m.Window:
    return round(origin + around[0] * frames), round(origin + around[1] * frames) + 1


def _bias(method: Method, search: Search, signals: Signals) -> float:
    part = "heel" if search.kind == HEEL_STRIKE else "toe"
    return method.bias if signals.has_part(part) else method.ankle_bias


def _gated(times: Float64Array, weights: Float64Array, gate: float) -> np.ndarray:
    """Which candidates lie near the median of all."""
    kept = np.isfinite(times)
    if kept.any():
        middle = weighted_median(times[kept], weights[kept])
        kept[kept] = np.abs(times[kept] - middle) <= gate
    return kept


def _was_seen(signals: Signals, side: Side, time: float) -> bool:
    near = np.abs(signals.times - time) <= 0.5 / signals.frame_rate + 1e-9
    return bool(signals.times[0] <= time <= signals.times[-1] and signals.seen[side][near].all())


def shared_error(signals: Signals) -> float:
    """What all methods have wrong together at every event of a kind, in seconds.

    It does not grow less with the number of events.
    """
    shared = _SYSTEMATIC if signals.has_forward else _SYSTEMATIC_BEHIND
    if not (signals.has_part("heel") and signals.has_part("toe")):
        shared = max(shared, _SYSTEMATIC_ANKLE)
    return shared


def _uncertainty(
    times: Float64Array, weights: Float64Array, time: float, signals: Signals
) -> float:
    """Standard deviation: what the methods disagree by, the frame rate, what they share."""
    spread = 1.4826 * weighted_median(np.abs(times - time), weights) if len(times) > 1 else 0.02
    frame = 1 / signals.frame_rate / np.sqrt(12)
    return float(np.sqrt(spread**2 / len(times) + frame**2 + shared_error(signals) ** 2))


def _in_turn(events: list[Event], stride: float) -> list[Event]:
    """Without those that come too soon after one of the same side; the surer one stays."""
    out: list[Event] = []
    for event in sorted(events, key=lambda event: event.time):
        same = [other for other in out if other.side == event.side]
        if same and event.time - same[-1].time < 0.4 * stride:
            if event.uncertainty >= same[-1].uncertainty:
                continue
            out.remove(same[-1])
        out.append(event)
    return out


def _not_together(events: list[Event], stride: float) -> list[Event]:
    """Without strikes of both feet at once: one foot was then taken for both.

    That happens where somebody enters or leaves the picture, so that the outer one goes; within
    the recording it is the less sure one.
    """
    strikes = [event for event in events if event.kind == HEEL_STRIKE]
    wrong = []
    for a, b in pairwise(strikes):
        if a.side != b.side and b.time - a.time < _TOGETHER * stride:
            if a is strikes[0] or b is strikes[-1]:
                wrong.append(a if a is strikes[0] else b)
            else:
                wrong.append(max(a, b, key=lambda event: event.uncertainty))
    return [event for event in events if event not in wrong]
