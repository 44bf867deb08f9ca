"""`kinema report`: one page that explains a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from kinema.cli import movement, options, summary
from kinema.cli.opening import ModelChoice
from kinema.cli.recordings import Recording

if TYPE_CHECKING:
    from kinema.measure import Measured


def report(
    sources: movement.Sources,
    output: movement.Output = ".",
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
) -> int:
    """Write one page that explains a recording.

    The page is HTML, has all in it and opens without a network.
    DIR/STEM.report.html has the video with skeletons and curves that follow each other, gait,
    ranges of motion, the quality of the data and how to repeat it all.
    """
    plan = movement.plan_of(
        "report",
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

    def tell(recording: Recording, measured: Measured) -> None:
        line = f"{recording.name}: {summary.people(len(measured.study.people))}"
        typer.echo(summary.with_files([line], measured.files))

    choice = ModelChoice(model, refine, precision)
    return movement.measure_all(sources, output, plan, choice, tell)
