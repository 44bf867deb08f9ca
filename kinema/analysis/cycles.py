"""Curves over the cycle: each stride stretched to 0-100 %, and their mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kinema.curves import Curves, Event, Side
from kinema.track import Float64Array

POINTS = 101
"""0 to 100 %, as such curves are usually drawn."""
_USUAL = (0.6, 1.5)  # of the median duration; others are stumbles or have a strike missing
_MOST_MISSING = 0.1  # of a cycle


@dataclass(frozen=True, eq=False)
class Cycle:
    """One quantity over the cycles of one side.

    Attributes:
        name: Of the quantity.
        side: Whose cycles: from one event of this side to the next.
        each: (n, 101) every cycle, from 0 to 100 %.
        mean: (101,) their mean.
        sd: (101,) their standard deviation (n - 1); NaN for one cycle.
    """

    name: str
    side: Side
    each: Float64Array
    mean: Float64Array
    sd: Float64Array


def cycles_of(curves: Curves, events: Iterable[Event], *, kind: str = "heel_strike") -> list[Cycle]:
    """Each sided quantity over the cycles of its own side, from event to event of that kind.

    Cycles that last less than 0.6 or more than 1.5 times the median are left out, and those in
    which more than a tenth of the quantity is missing; shorter gaps are bridged linearly.

    Args:
        curves: Quantities over time; those called `left_...` and `right_...` count.
        events: Of gait, such as `Gait.events`.
        kind: What begins a cycle.
    """
    spans = _spans([event for event in events if event.kind == kind])
    found = []
    for name, side in _sided(curves):
        each = [_stretched(curves, name, span) for span in spans[side]]
        whole = np.array([cycle for cycle in each if cycle is not None])
        if len(whole):
            one = len(whole) == 1
            sd = np.full(POINTS, np.nan) if one else whole.std(axis=0, ddof=1)
            found.append(Cycle(name, side, whole, whole.mean(axis=0), sd))
    return found


def _sided(curves: Curves) -> list[tuple[str, Side]]:
    """The quantities of one side, with the side."""
    sides: tuple[Side, Side] = ("left", "right")
    return [(name, side) for name in curves.names for side in sides if name.startswith(f"{side}_")]


def _spans(events: list[Event]) -> dict[Side, list[tuple[float, float]]]:
    """From event to event of each side, those of a usual duration."""
    spans: dict[Side, list[tuple[float, float]]] = {"left": [], "right": []}
    for side, of_side in spans.items():
        times = sorted(event.time for event in events if event.side == side)
        of_side += pairwise(times)
    lasting = [end - start for of_side in spans.values() for start, end in of_side]
    usual = float(np.median(lasting)) if lasting else 0.0
    return {
        side: [(a, b) for a, b in of_side if _USUAL[0] * usual <= b - a <= _USUAL[1] * usual]
        for side, of_side in spans.items()
    }


def _stretched(curves: Curves, name: str, span: tuple[float, float]) -> Float64Array | None:
    start, end = span
    values = curves[name]
    inside = (curves.times >= start) & (curves.times <= end)
    known = ~np.isnan(values)
    if not inside.any() or (inside & ~known).sum() > _MOST_MISSING * inside.sum():
        return None
    at = np.linspace(start, end, POINTS)
    if at[0] < curves.times[known][0] or at[-1] > curves.times[known][-1]:
        return None
    return np.asarray(np.interp(at, curves.times[known], values[known]))
