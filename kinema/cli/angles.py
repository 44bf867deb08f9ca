"""`kinema angles`: joint angles over time, with their uncertainty."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.cli import movement, options, summary
from kinema.cli.opening import ModelChoice
from kinema.cli.recordings import Recording

if TYPE_CHECKING:
    from kinema.curves import Curves
    from kinema.measure import Measured

Save = Annotated[
    str,
    typer.Option(
        metavar="KINDS",
        help="Of csv,mot,parquet,speeds,accelerations,centre-of-mass,gait,report.",
        show_default=True,
    ),
]


def angles(
    sources: movement.Sources,
    output: movement.Output = ".",
    save: Save = "csv,mot,report",
    model: options.ModelName = movement.FEET_MODEL,
    refine: options.Refine = None,
    precision: options.Precision = "auto",
    smooth: movement.Smooth = "auto",
    max_gap: movement.MaxGap = 0.25,
    keep_swaps: movement.KeepSwaps = False,
    person: movement.Person = None,
    retrack: movement.Retrack = False,
    height: movement.Height = None,
    floor_angle: movement.FloorAngle = "0",
    rate: options.Rate = None,
    size: movement.PictureSize = None,
    video: movement.Video = "auto",
    as_json: options.AsJson = False,
) -> int:
    """Measure joint and segment angles, speeds and symmetry.

    Takes videos, and poses or markers of any format.
    Writes DIR/STEM.angles.csv, DIR/STEM.angles.mot and DIR/STEM.report.html, as chosen with --save;
    of a video DIR/STEM.poses.jsonl, too. Each of several people has own files: STEM_P1.angles.csv.
    """
    plan = movement.plan_of(
        save,
        smooth=smooth,
        max_gap=max_gap,
        keep_swaps=keep_swaps,
        person=person,
        retrack=retrack,
        height=height,
        floor_angle=floor_angle,
        rate=rate,
        size=size,
        video=video,
    )
    facts: list[dict[str, object]] = []

    def tell(recording: Recording, measured: Measured) -> None:
        facts.append(_facts(recording, measured))
        if not as_json:
            typer.echo(_summary(recording, measured))

    choice = ModelChoice(model, refine, precision)
    code = movement.measure_all(sources, output, plan, choice, tell)
    if as_json:
        typer.echo(json.dumps({"results": facts}))
    return code


def _summary(recording: Recording, measured: Measured) -> str:
    people = measured.study.people
    lines = [f"{recording.name}: {summary.people(len(people))}"]
    for person in people:
        track = person.track
        seen = f"{track.times[0]:.1f} to {track.times[-1]:.1f} s" if len(track) else "never seen"
        lines += [f"person {person.id}, {seen}", *_table(person.angles)]
    return summary.with_files(lines, measured.files)


def _table(curves: Curves) -> list[str]:
    rows = [(name, *_range(curves, name)) for name in curves.names]
    known = [row for row in rows if not math.isnan(row[1])]
    if not known:
        return ["  no angle could be measured"]
    width = max(len(row[0]) for row in known)
    head = f"  {'angle, degrees':<{width}}  {'lowest':>8}  {'highest':>8}  {'range':>7}  {'±':>5}"
    return [
        head,
        *(
            f"  {name:<{width}}  {low:8.1f}  {high:8.1f}  {high - low:7.1f}  "
            + (f"{sigma:5.1f}" if math.isfinite(sigma) else "")
            for name, low, high, sigma in known
        ),
    ]


def _range(curves: Curves, name: str) -> tuple[float, float, float]:
    import numpy as np

    values, sigma = curves[name], curves.sigma_of(name)
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return float("nan"), float("nan"), float("nan")
    spread = sigma[~np.isnan(sigma)]
    middle = float(np.median(spread)) if len(spread) else float("nan")
    return float(known.min()), float(known.max()), middle


def _facts(recording: Recording, measured: Measured) -> dict[str, object]:
    people = []
    for person in measured.study.people:
        ranges = {name: _range(person.angles, name) for name in person.angles.names}
        people.append(
            {
                "id": person.id,
                "angles_deg": {
                    name: {"lowest": low, "highest": high, "sigma": sigma if sigma > 0 else None}
                    for name, (low, high, sigma) in ranges.items()
                    if not math.isnan(low)
                },
            }
        )
    return {
        "source": recording.name,
        "people": people,
        "files": [str(path) for path in measured.files],
    }
