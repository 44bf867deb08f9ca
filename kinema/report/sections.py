"""What the page says of each person: facts, gait, ranges and the quality of the data."""

from __future__ import annotations

import math

import numpy as np

from kinema.analysis.kinematics import peaks, ranges_of_motion
from kinema.analysis.symmetry import symmetry
from kinema.report.figures import cycle_plots, plot_data, plots_of, side_of, without_side, words
from kinema.report.gait_text import gait_section
from kinema.report.quality import JointQuality, joint_quality, overall_quality
from kinema.report.summary import summary
from kinema.study import Person

SMALL = 0.0005
"""Shares below this are shown as nothing."""
_FASTEST = 8  # joints
_LONGEST_CYCLE = 3.0  # seconds by which one side may follow the other
_TILTED = 2.0  # degrees; less is within what feet tell


def person_section(
    person: Person,
    plots: list[dict[str, object]],
    *,
    axis: int,
    cycle_axis: int,
    floor_angle: float | None = 0.0,
) -> dict[str, object]:
    """The person for the template; charts for the script are appended to `plots`.

    Args:
        person: Whom to describe.
        plots: The charts of the page so far.
        axis: Number of the person's time axis.
        cycle_axis: Number of the axis from 0 to 100 %.
        floor_angle: That angles were corrected by, in degrees; None if it came from the feet.
    """
    charts = plots_of(person.angles)
    first = len(plots)
    for chart in charts:
        own = {side_of(name) for name in chart.names}
        events = [event for event in person.events if event.side in own]
        plots.append(plot_data(chart, person, events, axis))
    cycles = cycle_plots(person, cycle_axis)
    plots += cycles
    return {
        "id": person.id,
        "was_cleaned": not person.cleaned.is_untouched,
        "cycles": list(range(len(plots) - len(cycles), len(plots))),
        "summary": summary(person),
        "facts": _person_facts(person),
        "warnings": _warnings(person, floor_angle),
        "gait": gait_section(person.gait),
        "no_gait": _no_gait(person),
        "plots": list(range(first, first + len(charts))),
        "ranges": _ranges(person),
        "symmetry": _symmetry(person),
        "fastest": _fastest(person),
        "quality": [_quality_row(person, row) for row in joint_quality(person)],
        "unit": "px" if person.track.space == "image" else "mm",
    }


def _person_facts(person: Person) -> list[tuple[str, str]]:
    track, quality = person.track, overall_quality(person)
    seen = f"{track.times[0]:.1f} to {track.times[-1]:.1f} s" if len(track) else "never"
    facts = [
        ("Seen", seen),
        ("Joints found", _share(quality.found, zero="0 %")),
        *(() if person.cleaned.is_untouched else _repairs(quality)),
        ("Lost", _share(quality.lost, zero="0 %")),
    ]
    if person.cut_seconds:
        facts.append(("Half in the picture", f"{person.cut_seconds:.1f} s, left out"))
    if person.scale is not None:
        metres = person.scale.metres_per_pixel
        spread = 100 * person.scale.sigma / metres
        facts.append(("Scale", f"{1 / metres:.0f} px/m ± {spread:.0f} %"))
    if not math.isnan(quality.sigma):
        facts.append(("Joint noise", f"± {_length(quality.sigma, person)}"))
    return facts


def _repairs(quality: JointQuality) -> list[tuple[str, str]]:
    return [
        ("Swaps undone", _share(quality.swapped, zero="0 %")),
        ("Outliers replaced", _share(quality.outliers, zero="0 %")),
        ("Gaps filled", _share(quality.filled, zero="0 %")),
    ]


def _warnings(person: Person, floor_angle: float | None) -> list[str]:
    """What the reader must know of this person's angles."""
    floor = person.floor
    if floor is None or floor_angle is None or not floor.sigma > 0:
        return []
    off = floor.angle - floor_angle
    if abs(off) < max(_TILTED, 2 * floor.sigma):
        return []
    return [
        f"The feet stand on a line that is tilted by {floor.angle:.1f}° ± {floor.sigma:.1f}°: the "
        "camera may not be level. Angles of segments are off by as much; --floor-angle corrects it."
    ]


def _no_gait(person: Person) -> list[str]:
    """Why there is nothing about gait; empty where there is."""
    if person.gait is None:
        return [person.no_gait]
    return [] if person.gait.events else list(person.gait.warnings)


def _quality_row(person: Person, joint: JointQuality) -> dict[str, object]:
    shares = {name: getattr(joint, name) for name in ("swapped", "outliers", "filled", "lost")}
    found = 1 - sum(shares.values())
    stack = [("fine", found), ("swapped", shares["swapped"]), ("outlier", shares["outliers"])]
    stack.append(("filled", shares["filled"]))
    sigma, cutoff = joint.sigma, joint.cutoff
    return {
        "name": joint.name,
        "found": _share(found),
        **{name: _share(share) for name, share in shares.items()},
        "stack": [(name, round(100 * share, 2)) for name, share in stack if share > 0],
        "sigma": "" if math.isnan(sigma) else _length(sigma, person).split()[0],
        "cutoff": "" if math.isnan(cutoff) else f"{cutoff:.1f}",
    }


def _ranges(person: Person) -> list[tuple[str, ...]]:
    rows = []
    for found in ranges_of_motion(person.angles):
        if math.isnan(found.range):
            continue
        unit = {"deg": "°"}.get(found.unit, "")
        low, high = found.interval
        half = "" if math.isnan(high) else f"{(high - low) / 2:.1f}{unit}"
        known = float(np.mean(~np.isnan(person.angles[found.name])))
        numbers = [f"{value:.1f}{unit}" for value in (found.low, found.high, found.range)]
        rows.append((_title(found.name), *numbers, half, _share(known)))
    return rows


def _symmetry(person: Person) -> list[tuple[str, ...]]:
    rows = []
    for pair in symmetry(person.angles, max_lag=_LONGEST_CYCLE):
        if math.isnan(pair.index):
            continue
        unit = {"deg": "°"}.get(pair.unit, "")
        lag = "" if math.isnan(pair.lag) else f"{pair.lag:.2f} s"
        fit = "" if math.isnan(pair.correlation) else f"{pair.correlation:.2f}"
        sides = [f"{value:.1f}{unit}" for value in (pair.left, pair.right)]
        rows.append((words(pair.name), *sides, f"{pair.index:+.0f} %", lag, fit))
    return rows


def _fastest(person: Person) -> list[tuple[str, ...]]:
    """The joints by their greatest speed."""
    found = [peak for peak in peaks(person.speeds) if not math.isnan(peak.value)]
    found.sort(key=lambda peak: -peak.value)
    rows: list[tuple[str, ...]] = []
    for peak in found[:_FASTEST]:
        digits = 0 if peak.unit == "px/s" else 2
        spread = "" if math.isnan(peak.sigma) else f"{peak.sigma:.{digits}f}"
        name = words(peak.name.removesuffix("_speed"))
        rows.append((name, f"{peak.value:.{digits}f} {peak.unit}", spread, f"{peak.time:.2f} s"))
    return rows


def _title(name: str) -> str:
    side = side_of(name)
    return words(without_side(name)) + ("" if side == "middle" else f", {side}")


def _length(sigma: float, person: Person) -> str:
    return f"{sigma:.1f} px" if person.track.space == "image" else f"{1000 * sigma:.1f} mm"


def _share(value: float, *, zero: str = "") -> str:
    return zero if value < SMALL else f"{100 * value:.1f} %"
