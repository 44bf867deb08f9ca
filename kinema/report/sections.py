"""What the page says of each person: facts, gait, ranges and the quality of the data."""

from __future__ import annotations

import math

import numpy as np

from kinema.report.figures import plot_data, plots_of, side_of, without_side, words
from kinema.report.gait_text import gait_section
from kinema.report.quality import JointQuality, joint_quality, overall_quality
from kinema.study import Person

SMALL = 0.0005
"""Shares below this are shown as nothing."""


def person_section(person: Person, plots: list[dict[str, object]], axis: int) -> dict[str, object]:
    """The person for the template; charts for the script are appended to `plots`.

    Args:
        person: Whom to describe.
        plots: The charts of the page so far.
        axis: Number of the person's time axis.
    """
    charts = plots_of(person.angles)
    first = len(plots)
    for chart in charts:
        own = {side_of(name) for name in chart.names}
        events = [event for event in person.events if event.side in own]
        plots.append(plot_data(chart, person, events, axis))
    return {
        "id": person.id,
        "facts": _person_facts(person),
        "gait": gait_section(person.gait),
        "plots": list(range(first, len(plots))),
        "ranges": _ranges(person),
        "quality": [_quality_row(person, row) for row in joint_quality(person)],
        "unit": "px" if person.track.space == "image" else "mm",
    }


def _person_facts(person: Person) -> list[tuple[str, str]]:
    track, quality = person.track, overall_quality(person)
    seen = f"{track.times[0]:.1f} to {track.times[-1]:.1f} s" if len(track) else "never"
    facts = [
        ("Seen", seen),
        ("Joints found", _share(quality.found, zero="0 %")),
        ("Swaps undone", _share(quality.swapped, zero="0 %")),
        ("Outliers replaced", _share(quality.outliers, zero="0 %")),
        ("Gaps filled", _share(quality.filled, zero="0 %")),
        ("Lost", _share(quality.lost, zero="0 %")),
    ]
    if person.cut_seconds:
        facts.append(("Half in the picture", f"{person.cut_seconds:.1f} s, left out"))
    if not math.isnan(quality.sigma):
        facts.append(("Joint noise", f"± {_length(quality.sigma, person)}"))
    return facts


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
    curves = person.angles
    rows = []
    for name in curves.names:
        values = curves[name]
        known = values[~np.isnan(values)]
        if len(known) == 0:
            continue
        unit = {"deg": "°"}.get(curves.units[curves.index(name)], "")
        low, high = np.percentile(known, [1, 99])
        sigma = curves.sigma_of(name)
        spread = np.nanmedian(sigma) if not np.isnan(sigma).all() else math.nan
        side = side_of(name)
        title = words(without_side(name)) + ("" if side == "middle" else f", {side}")
        rows.append(
            (
                title,
                *(f"{value:.1f}{unit}" for value in (low, high, high - low)),
                "" if math.isnan(spread) else f"{spread:.1f}{unit}",
                _share(len(known) / len(values)),
            )
        )
    return rows


def _length(sigma: float, person: Person) -> str:
    return f"{sigma:.1f} px" if person.track.space == "image" else f"{1000 * sigma:.0f} mm"


def _share(value: float, *, zero: str = "") -> str:
    return zero if value < SMALL else f"{100 * value:.1f} %"
