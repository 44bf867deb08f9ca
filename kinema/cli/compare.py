"""`kinema compare`: recordings of the same movement held against each other."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.cli import movement, options, summary
from kinema.cli.extras import need_for
from kinema.cli.opening import ModelChoice, frames_of, loader
from kinema.cli.recordings import stems_of
from kinema.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from kinema.analysis.compare import Comparison

_MOST_SHOWN = 40


Sources = Annotated[
    list[str],
    typer.Argument(metavar="SOURCE", help="Two or more videos, or files of poses."),
]
Reference = Annotated[
    str | None,
    typer.Option(metavar="SOURCE", help="Which counts as right. [default: the first]"),
]
Align = Annotated[
    str,
    typer.Option(
        metavar="HOW", help="In space: auto, rigid, similarity (with scale), root or none."
    ),
]
TimeAlign = Annotated[
    str,
    typer.Option(metavar="HOW", help="In time: auto, offset, clock (offset and rate) or none."),
]
MaxOffset = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="Most that the clocks are apart.")
]
Save = Annotated[str, typer.Option(metavar="KINDS", help="Of csv,angles,json,report.")]
Person = Annotated[int | None, typer.Option(metavar="ID", help="This person of the reference.")]
Smooth = Annotated[
    str, typer.Option(metavar="NAME", help="Clean and smooth all of them first: auto, ...")
]


def compare(
    sources: Sources,
    reference: Reference = None,
    align: Align = "auto",
    time: TimeAlign = "auto",
    max_offset: MaxOffset = None,
    output: movement.Output = ".",
    save: Save = "csv,angles,report",
    person: Person = None,
    smooth: Smooth = "none",
    model: options.ModelName = movement.FEET_MODEL,
    refine: options.Refine = None,
    precision: options.Precision = "auto",
    rate: options.Rate = None,
    as_json: options.AsJson = False,
) -> None:
    """Compare recordings of the same movement, joint by joint.

    All in pictures or all in space; joints are joined by name. Writes DIR/STEM.compare.joints.csv,
    .angles.csv and .html, STEM being that of the reference.
    """
    from kinema.comparison import ComparePlan, compare_poses, comparison_facts, write_comparison

    if len(sources) < 2:
        raise InputError("compare takes two recordings or more")
    stems = stems_of(sources)
    plan = ComparePlan(
        save=options.words(save),  # type: ignore[arg-type]
        reference=_reference(reference, sources, stems),
        align=align,  # type: ignore[arg-type]
        time=time,  # type: ignore[arg-type]
        max_offset=max_offset,
        smooth=smooth,
        person=person,
        command=movement.command_line(),
    )
    need_for(plan.save)
    folder, load = Path(output), loader(ModelChoice(model, refine, precision))
    recordings = {
        stem: frames_of(source, folder, stem, load, rate)[1]
        for source, stem in zip(sources, stems, strict=True)
    }
    comparison = compare_poses(recordings, plan)
    files = write_comparison(comparison, folder, comparison.reference, plan)
    if as_json:
        facts = comparison_facts(comparison) | {"files": [str(path) for path in files]}
        typer.echo(json.dumps(facts))
    else:
        typer.echo(summary.with_files(_summary(comparison), files))


def _reference(reference: str | None, sources: list[str], stems: list[str]) -> str | None:
    """The stem of the source that is named as such, or by its stem."""
    if reference is None or reference in stems:
        return reference
    if reference in sources:
        return stems[sources.index(reference)]
    raise InputError(f"--reference {reference} is none of them; {did_you_mean(reference, stems)}")


def _summary(comparison: Comparison) -> list[str]:
    scale, unit = (1000.0, "mm") if comparison.unit == "m" else (1.0, "px")
    lines = [
        f"{len(comparison.joints)} joints in {len(comparison.track)} frames, beside "
        f"{comparison.reference}; align {comparison.align}"
        + (", the hips of each frame laid on each other" if comparison.by_root else "")
    ]
    width = max(len(method.name) for method in comparison.methods) + 2
    lines.append(
        f"  {'':<{width}}{'offset s':>10}{'has %':>7}{'MPJPE ' + unit:>12}{'P-MPJPE':>10}"
        f"{unit + '/s':>10}{'angles °':>10}{'r':>7}"
    )
    for method in comparison.methods:
        errors = method.errors
        rmse = [found.rmse for found in method.agreements.values() if found.limits.n]
        r = [found.r for found in method.agreements.values() if not math.isnan(found.r)]
        lines.append(
            f"  {method.name:<{width}}{method.timing.offset:>10.3f}"
            f"{100 * errors.coverage:>7.0f}{scale * errors.mpjpe:>12.1f}"
            f"{scale * errors.p_mpjpe:>10.1f}{scale * errors.velocity:>10.1f}"
            f"{_median(rmse):>10.1f}{_median(r):>7.2f}"
        )
    lines += _joint_table(comparison, scale, unit)
    lines += _ranking(comparison, scale, unit)
    remarks = dict.fromkeys(text for method in comparison.methods for text in method.remarks)
    return [*lines, *(f"  note: {text}" for text in remarks)]


def _joint_table(comparison: Comparison, scale: float, unit: str) -> list[str]:
    names = [method.name for method in comparison.methods]
    lines = [
        f"  mean error of a joint, {unit}",
        f"  {'':<20}" + "".join(f"{n[-14:]:>15}" for n in names),
    ]
    for k, joint in enumerate(comparison.joints[:_MOST_SHOWN]):
        cells = [_number(scale * method.errors.joints[k].mean) for method in comparison.methods]
        lines.append(f"  {joint:<20}" + "".join(f"{cell:>15}" for cell in cells))
    return lines


def _ranking(comparison: Comparison, scale: float, unit: str) -> list[str]:
    ranking = comparison.ranking
    if ranking is None:
        return []
    lines = [
        f"  ranking over {len(ranking.joints)} joints and {ranking.frames} frames that all have"
    ]
    for place, rank in enumerate(ranking.ranks, start=1):
        low, high = (scale * end for end in rank.ci)
        lines.append(
            f"  {place}. {rank.name}: {scale * rank.error:.1f} {unit} ({low:.1f} to {high:.1f}), "
            f"best in {100 * rank.best:.0f} % of draws"
            + ("" if place == 1 else ", surely behind" if rank.is_sure else ", maybe by chance")
        )
    return lines


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.1f}"


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2] if values else float("nan")
