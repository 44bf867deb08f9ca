"""What the verbs `angles`, `gait` and `report` share: their options, and the way through them."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.cli import options
from kinema.cli.extras import need_for
from kinema.cli.opening import ModelChoice, loader
from kinema.cli.recordings import Recording, find_movements, process_each
from kinema.errors import InputError

if TYPE_CHECKING:
    from kinema.measure import Measured, MeasurePlan
    from kinema.models.model import Model
    from kinema.study import StudyPlan

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE",
        help="Videos, or files and folders of poses: JSON lines, OpenPose, CSV, TRC, C3D, ...",
    ),
]
Output = Annotated[
    str, typer.Option("-o", "--output", metavar="DIR", help="Folder for the results.")
]
FEET_MODEL = "nanodet+blazepose-full"
"""Feet have heels and toes with it, which ankle angles and the times of steps need."""

Smooth = Annotated[
    str,
    typer.Option(metavar="NAME", help="auto, none or a filter: butterworth, kalman, one-euro, ..."),
]
MaxGap = Annotated[
    float, typer.Option(metavar="SECONDS", help="The longest gap of a joint that is filled.")
]
KeepSwaps = Annotated[
    bool, typer.Option("--keep-swaps", help="Leave exchanged left and right limbs as they are.")
]
Person = Annotated[
    list[int] | None,
    typer.Option("--person", metavar="ID", help="Only this person; may be given several times."),
]
Retrack = Annotated[
    bool, typer.Option("--retrack", help="Give people new identities even where they have some.")
]
Height = Annotated[
    float | None,
    typer.Option(metavar="METRES", help="Height of the body, which turns pixels into metres."),
]
FloorAngle = Annotated[
    str,
    typer.Option(
        metavar="DEGREES",
        help="Rise of the floor to the right, if the camera is not level; or auto.",
    ),
]
View = Annotated[
    str, typer.Option(metavar="NAME", help="How the camera stands: auto, side, front or back.")
]
Surface = Annotated[
    str, typer.Option(metavar="NAME", help="What is walked on: auto, overground or treadmill.")
]
Mode = Annotated[str, typer.Option(metavar="NAME", help="auto, walking or running.")]
PictureSize = Annotated[
    str | None,
    typer.Option(
        "--size", metavar="WxH", help="Of the picture, where the poses do not say it: 1920x1080."
    ),
]
Video = Annotated[
    str,
    typer.Option(metavar="PLACE", help="Video in the report: auto, embed, link or none."),
]


def plan_of(
    save: str,
    *,
    smooth: str,
    max_gap: float,
    keep_swaps: bool,
    person: Sequence[int] | None,
    retrack: bool,
    rate: float | None,
    video: str,
    height: float | None = None,
    view: str = "auto",
    surface: str = "auto",
    mode: str = "auto",
    floor_angle: str = "0",
    size: str | None = None,
) -> MeasurePlan:
    """The plan that the options of a verb make.

    Raises:
        InputError: If one of them cannot be used.
    """
    from kinema.measure import MeasurePlan

    study = study_of(
        smooth=smooth,
        max_gap=max_gap,
        keep_swaps=keep_swaps,
        person=person,
        retrack=retrack,
        height=height,
        size=size,
    )
    return MeasurePlan(
        save=options.words(save),  # type: ignore[arg-type]
        study=replace(
            study,
            view=view,  # type: ignore[arg-type]
            surface=surface,  # type: ignore[arg-type]
            mode=mode,  # type: ignore[arg-type]
            floor_angle=None if floor_angle == "auto" else _degrees(floor_angle),
        ),
        video=video,  # type: ignore[arg-type]
        rate=rate,
        command=command_line(),
    )


def study_of(
    *,
    smooth: str,
    max_gap: float,
    keep_swaps: bool,
    person: Sequence[int] | None,
    retrack: bool,
    height: float | None,
    size: str | None,
) -> StudyPlan:
    """Who is studied and how their paths are cleaned, by the options of a verb.

    Raises:
        InputError: If one of them cannot be used.
    """
    from kinema.study import StudyPlan

    return StudyPlan(
        smooth=smooth,
        max_gap=max_gap,
        repair_swaps=not keep_swaps,
        people=tuple(person or ()),
        retrack=retrack,
        height=height,
        size=options.size_of(size),
    )


def _degrees(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"--floor-angle takes degrees or auto, not {text!r}") from None


def command_line() -> str:
    """The command that is running, as one would type it, without the password of a URL."""
    from kinema.media.video import without_password

    words = [without_password(word) if "://" in word else word for word in sys.argv[1:]]
    return shlex.join(["kinema", *words])


def measure_all(
    sources: Sequence[str],
    output: str,
    plan: MeasurePlan,
    choice: ModelChoice,
    tell: Callable[[Recording, Measured], object],
) -> int:
    """Measures one recording after the other; the exit code.

    One that fails is reported and does not stop the others, unless it is the only one.

    Args:
        sources: As given on the command line.
        output: The folder for results.
        plan: What to make.
        choice: The model, loaded when the first video comes.
        tell: Says what came of a recording.
    """
    need_for(plan.save)
    recordings, failures = find_movements(sources)
    load, folder = loader(choice), Path(output)
    failed = process_each(
        recordings,
        failures,
        lambda recording: tell(recording, _measure(recording, folder, plan, load)),
    )
    return 1 if failed else 0


def _measure(
    recording: Recording, folder: Path, plan: MeasurePlan, load: Callable[[], Model]
) -> Measured:
    from kinema.cli.progress import FrameBar
    from kinema.measure import measure

    with FrameBar(recording.stem) as bar:
        return measure(
            recording.source,
            folder,
            plan,
            stem=recording.stem,
            load=load,
            on_start=bar.expect_frames,
            on_frame=lambda poses: bar.advance(),
        )
