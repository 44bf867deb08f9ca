"""`kinema teach`: a recogniser of poses or movements of one's own, from a few examples."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.cli import options
from kinema.cli.opening import ModelChoice, loader
from kinema.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinema.actions.teaching import Kind, Taught
    from kinema.models.model import Model
    from kinema.sources.examples import Wanted

Examples = Annotated[
    list[str],
    typer.Argument(
        metavar="LABEL=SOURCE",
        help="Videos, pictures, poses, folders, or 12-20 seconds of one: LABEL=a.mp4@12-20. "
        "Also folders of LABEL/*; with --camera labels alone.",
    ),
]
Output = Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="The recogniser.")]
Camera = Annotated[
    str | None,
    typer.Option(metavar="SOURCE", help="Record the examples: a camera's number or address."),
]
Seconds = Annotated[float, typer.Option(metavar="N", help="To record of each label.")]
Countdown = Annotated[float, typer.Option(metavar="N", help="Seconds before each is recorded.")]
Pose = Annotated[bool, typer.Option("--pose", help="Still poses. [default: what works better]")]
Movement = Annotated[bool, typer.Option("--movement", help="Short movements.")]
Window = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", help="Length of a movement. [default: as the examples]"),
]
Mirrored = Annotated[
    bool, typer.Option("--mirror", help="Left and right are the same: learn mirrored ones too.")
]
Folder = Annotated[
    str | None,
    typer.Option("--examples", metavar="DIR", help="Keeps the poses. [default: FILE.examples]"),
]


def teach(
    examples: Examples,
    output: Output = "taught.npz",
    camera: Camera = None,
    seconds: Seconds = 5.0,
    countdown: Countdown = 3.0,
    pose: Pose = False,
    movement_: Movement = False,
    window: Window = None,
    mirror: Mirrored = False,
    folder: Folder = None,
    model: options.ModelName = options.MODEL,
    refine: options.Refine = None,
    precision: options.Precision = "auto",
    rate: options.Rate = None,
    as_json: options.AsJson = False,
) -> int:
    """Teach poses or movements by a few examples.

    Trains in seconds and writes one small file, which kinema run takes with --actions FILE. Says
    how well it tells the labels apart, measured on examples that were held out.
    """
    from kinema.actions.taught_file import save_taught
    from kinema.actions.teaching import teach as learn
    from kinema.sources.examples import read_examples, wanted_examples

    if pose and movement_:
        raise InputError("--pose and --movement are two things; give one")
    kind: Kind | None = "pose" if pose else "movement" if movement_ or window else None
    place = Path(output)
    if place.is_dir():
        raise InputError(f"{output} is a folder; name a file, such as {place / 'taught.npz'}")
    kept = Path(folder) if folder else place.with_name(f"{place.stem}.examples")
    load = loader(ModelChoice(model, refine, precision))
    if camera is None:
        wanted = wanted_examples(examples)
    else:
        wanted = _recorded(examples, camera, kept, load, seconds, countdown)
    found = read_examples(wanted, kept, load, rate=rate, on_left=_tell_left)
    taught = learn(found, kind=kind, mirror=mirror, seconds=window)
    save_taught(taught, place)
    typer.echo(json.dumps(_facts(taught, place)) if as_json else _summary(taught, place))
    return 0


def _tell_left(path: Path) -> None:
    typer.echo(f"{path} is no example this time; delete it before the folder is taught", err=True)


def _recorded(
    labels: Sequence[str],
    camera: str,
    folder: Path,
    load: Callable[[], Model],
    seconds: float,
    countdown: float,
) -> list[Wanted]:
    from kinema.sources.examples import record_examples

    for label in labels:
        if "=" in label:
            raise InputError(f"with --camera there are labels alone, not {label}")
    if len(set(labels)) != len(labels):
        raise InputError(f"a label is there twice: {' '.join(labels)}")

    def tell(label: str, left: int, recording: bool) -> None:
        typer.echo(f"{label}: {'recording' if recording else 'get ready'}, {left} s", err=True)

    return record_examples(
        labels, camera, load(), folder, seconds=seconds, countdown=countdown, on_second=tell
    )


def _facts(taught: Taught, path: Path) -> dict[str, object]:
    return {
        "file": str(path),
        "kind": taught.kind,
        "seconds": taught.spec.seconds,
        **taught.lesson.as_dict(),
    }


def _summary(taught: Taught, path: Path) -> str:
    lesson = taught.lesson
    what = "poses" if taught.kind == "pose" else f"movements, {taught.spec.seconds:g} s at a time"
    lines = [f"{path}: {len(lesson.labels)} {what}"]
    wide = max(len(label) for label in lesson.labels)
    recalls = lesson.recalls.tolist()
    for number, label in enumerate(lesson.labels):
        count, clips = lesson.recordings[number], lesson.clips[number]
        right = recalls[number]
        told = "not measured, one example" if math.isnan(right) else f"{right:.0%} told right"
        examples = "1 recording" if count == 1 else f"{count} recordings"
        lines.append(f"  {label:{wide}}  {examples}, {clips} moments, {told}")
    return "\n".join([*lines, *_remarks(taught)])


def _remarks(taught: Taught) -> list[str]:
    lesson = taught.lesson
    if math.isnan(lesson.accuracy):
        lines = ["  how well it does is not known: nothing could be held out; give more examples"]
    else:
        error = "" if math.isnan(lesson.error) else f" ± {lesson.error:.1%}"
        held = "recordings" if lesson.by_recording else "parts of recordings"
        lines = [
            f"  accuracy {lesson.accuracy:.1%}{error} on {held} that were held out; "
            f"probabilities off by {lesson.calibration:.1%}"
        ]
        if not lesson.by_recording:
            lines.append("  a label has one recording: in another room or on another day it may do")
            lines[-1] += " worse"
    for label, other, share in lesson.confused(3):
        lines.append(f"  {label} is taken for {other} in {share:.0%}")
    for name, label, other in lesson.doubtful:
        lines.append(f"  check {name}: labelled {label}, it looks like {other}")
    return lines
