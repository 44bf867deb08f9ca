"""What was found of a person, in a few sentences that need no table."""

from __future__ import annotations

import math

from kinema.analysis.gait import Gait
from kinema.analysis.kinematics import ranges_of_motion
from kinema.study import Person

_UNEVEN = 10.0
"""Percent of asymmetry from which it is said: a round number of ours, no clinical limit."""
_FEWEST = 6
"""Strides of both sides together; fewer say nothing of left against right."""


def summary(person: Person) -> list[str]:
    """One to four sentences."""
    lines = _walk(person.gait) if person.gait is not None and person.gait.table else []
    return [*lines, *_knees(person)]


def _walk(gait: Gait) -> list[str]:
    cadence, speed = gait.row("cadence"), gait.row("speed")
    how = {"walking": "Walks", "running": "Runs"}.get(gait.mode or "", "Moves")
    parts = []
    if cadence:
        parts.append(f"{cadence.mean:.0f} steps a minute")
    if speed and gait.length_unit == "m":
        parts.append(f"{speed.mean:.2f} m/s")
    lines = [f"{how} with {' at '.join(parts)}."] if parts else []
    return [*lines, *_sides(gait)]


def _sides(gait: Gait) -> list[str]:
    """How far left and right differ, where there are enough strides to say so."""
    rows = [gait.row(name) for name in ("step_time", "stance_time", "step_length")]
    known = [row for row in rows if row and row.n >= _FEWEST and math.isfinite(row.symmetry)]
    if not known:
        return []
    uneven = [
        f"{row.name.replace('_', ' ')} ({abs(row.symmetry):.0f} % longer "
        f"{'right' if row.symmetry > 0 else 'left'})"
        for row in known
        if abs(row.symmetry) >= _UNEVEN
    ]
    if uneven:
        return [f"Left and right differ in {', '.join(uneven)}."]
    names = " and ".join(row.name.replace("_", " ") for row in known)
    return [f"Left and right differ by less than {_UNEVEN:.0f} % in {names}."]


def _knees(person: Person) -> list[str]:
    ranges = {found.name: found for found in ranges_of_motion(person.angles)}
    known = [
        f"{side} {ranges[name].low:.0f}° to {ranges[name].high:.0f}°"
        for side in ("left", "right")
        if (name := f"{side}_knee_flexion") in ranges and math.isfinite(ranges[name].range)
    ]
    return [f"Knee flexion: {', '.join(known)}."] if known else []
