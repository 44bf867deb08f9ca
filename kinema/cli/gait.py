"""`kinema gait`: steps, their times and what follows from them."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Annotated, cast

import typer

from kinema.cli import movement, options, summary
from kinema.cli.opening import ModelChoice
from kinema.cli.recordings import Recording

if TYPE_CHECKING:
    from kinema.analysis.gait import Gait, Row
    from kinema.measure import Measured
    from kinema.study import Person

Save = Annotated[
    str,
    typer.Option(
        metavar="KINDS",
        help="Of gait,csv,mot,parquet,speeds,accelerations,centre-of-mass,report.",
        show_default=True,
    ),
]


def gait(
    sources: movement.Sources,
    output: movement.Output = ".",
    save: Save = "gait,csv,mot,report",
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
    view: movement.View = "auto",
    surface: movement.Surface = "auto",
    mode: movement.Mode = "auto",
    rate: options.Rate = None,
    size: movement.PictureSize = None,
    video: movement.Video = "auto",
    as_json: options.AsJson = False,
) -> int:
    """Measure gait: the times of steps, and what follows.

    Takes videos from the side, from behind or from the front, and poses or markers of any format.
    Writes DIR/STEM.gait.json with events and table, DIR/STEM.angles.csv and .mot, and
    DIR/STEM.report.html, as chosen with --save.
    """
    plan = movement.plan_of(
        save,
        smooth=smooth,
        max_gap=max_gap,
        keep_swaps=keep_swaps,
        person=person,
        retrack=retrack,
        rate=rate,
        size=size,
        video=video,
        height=height,
        floor_angle=floor_angle,
        view=view,
        surface=surface,
        mode=mode,
    )
    facts: list[dict[str, object]] = []

    def tell(recording: Recording, measured: Measured) -> None:
        facts.append(_facts(recording, measured))
        if not as_json:
            typer.echo(_summary(recording, measured))

    choice = ModelChoice(model, refine, precision)
    code = movement.measure_all(sources, output, plan, choice, tell)
    if as_json:
        typer.echo(json.dumps(facts[0] if len(facts) == 1 else {"results": facts}))
    return code


def _facts(recording: Recording, measured: Measured) -> dict[str, object]:
    """The gait of the person who takes most steps, and that of everybody."""
    people = measured.study.people
    everybody = [{"person": person.id, **person.gait.to_json()} for person in people if person.gait]
    nobody: dict[str, object] = {"person": None, "events": [], "table": []}
    main = max(
        everybody, key=lambda gait: len(cast("list[object]", gait["events"])), default=nobody
    )
    return {
        "source": recording.name,
        **main,
        "people": everybody,
        "files": [str(path) for path in measured.files],
    }


def _summary(recording: Recording, measured: Measured) -> str:
    lines = [f"{recording.name}:"]
    for person in measured.study.people:
        lines += _person(person)
    if not measured.study.people:
        lines.append("  nobody was seen long enough")
    return summary.with_files(lines, measured.files)


def _person(person: Person) -> list[str]:
    gait = person.gait
    if gait is None:
        return [f"person {person.id}: {person.no_gait}"]
    if gait.mode is None:
        return [f"person {person.id}: no steps", *_notes(gait)]
    strikes = sum(event.kind == "heel_strike" for event in gait.events)
    lines = [
        f"person {person.id}: {gait.mode}, {_ground(gait)}, view {gait.view}, "
        f"{strikes} heel strikes, {len(gait.events) - strikes} toe-offs"
    ]
    if gait.table:
        lines.append(
            f"  {'':<28}{'left':>9}{'right':>9}{'mean':>9}{'± SE':>8}{'asym. %':>9}{'n':>5}"
        )
        lines += [_row(row) for row in gait.table]
    lines.append(f"  shoe: {gait.shoe.kind}")
    lines += [f"    {reason}" for reason in gait.shoe.reasons]
    return [*lines, *_notes(gait)]


def _ground(gait: Gait) -> str:
    return "on an unknown surface" if gait.surface == "unknown" else gait.surface


def _row(row: Row) -> str:
    title = f"{row.name.replace('_', ' ')}, {row.unit}"
    numbers = [f"{_number(value):>9}" for value in (row.left, row.right, row.mean)]
    symmetry = "" if math.isnan(row.symmetry) else f"{row.symmetry:.1f}"
    return f"  {title:<28}{''.join(numbers)}{_number(row.error):>8}{symmetry:>9}{row.n:>5}"


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _notes(gait: Gait) -> list[str]:
    return [f"  note: {warning}" for warning in gait.warnings]
