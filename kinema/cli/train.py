"""`kinema train`: networks of one's own, from one's own data."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.errors import MissingExtra

if TYPE_CHECKING:
    from kinema.train.lift.plan import LiftPlan

app = typer.Typer(
    name="train",
    help="Train networks on your own data.",
    rich_markup_mode=None,
    no_args_is_help=True,
)


Data = Annotated[
    list[str],
    typer.Argument(
        metavar="DATA",
        help="BVH and AMC files or folders of them, .npz of exponential maps or of Human3.6M.",
    ),
]
Output = Annotated[
    str, typer.Option("-o", "--output", metavar="DIR", help="Folder for network and card.")
]
HoldOut = Annotated[
    str, typer.Option(metavar="NAMES", help="Subjects to measure on, with commas between.")
]
Frames = Annotated[
    int, typer.Option(metavar="N", help="Frames that it looks at: 1, 3, 9, 27, 81 or 243.")
]
Channels = Annotated[int, typer.Option(metavar="N", help="Width of its layers.")]
Causal = Annotated[bool, typer.Option("--causal", help="Look back only, for live use.")]
Picture = Annotated[
    bool, typer.Option("--picture", help="Take places in the picture, as VideoPose3D does.")
]
Epochs = Annotated[int, typer.Option(metavar="N", help="Times through all motion.")]
Decay = Annotated[
    float, typer.Option(metavar="FACTOR", help="Of the learning rate, after each epoch.")
]
Views = Annotated[int, typer.Option(metavar="N", help="Cameras that see each motion in an epoch.")]
Labelled = Annotated[
    float, typer.Option(metavar="SHARE", help="Share of the subjects with known 3D.")
]
Semi = Annotated[
    bool, typer.Option("--semi", help="Learn from the others' 2D, too; needs --picture.")
]
Noise = Annotated[float, typer.Option(metavar="FACTOR", help="Noise of the 2D; 0 is none.")]
Seed = Annotated[int, typer.Option(metavar="N", help="Of everything random.")]
Threads = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Cores to use. [default: all]")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a training that was stopped.")]


@app.command("lift")
def lift(
    data: Data,
    output: Output = "lifter",
    hold_out: HoldOut = "",
    frames: Frames = 27,
    channels: Channels = 256,
    causal: Causal = False,
    picture: Picture = False,
    epochs: Epochs = 40,
    decay: Decay = 0.9,
    views: Views = 4,
    labelled: Labelled = 1.0,
    semi: Semi = False,
    noise: Noise = 1.0,
    seed: Seed = 0,
    threads: Threads = None,
    resume: Resume = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the card as JSON.")] = False,
) -> None:
    """Train a network that lifts poses from the picture to space."""
    from kinema.train.lift.plan import LiftPlan, widths_of

    plan = LiftPlan(
        widths=widths_of(frames),
        channels=channels,
        causal=causal,
        screen="picture" if picture else "person",
        sigma=not picture,
        epochs=epochs,
        decay=decay,
        views=views,
        held_out=tuple(name for name in hold_out.split(",") if name),
        labelled=labelled,
        semi=semi,
        noise=noise,
        seed=seed,
    )
    _need_torch()
    card = _train(data, plan, Path(output), resume=resume, threads=threads)
    typer.echo(json.dumps(card, indent=2) if as_json else _summary(card, output))


@app.command("everyday")
def everyday(
    data: Annotated[
        list[str],
        typer.Argument(
            metavar="DATA", help="CMU's motion capture: BVH, ASF/AMC, .npz of exponential maps."
        ),
    ],
    output: Output = "everyday",
    model: Annotated[
        str, typer.Option(metavar="KIND", help="Kind of network: gru, stgcn or another.")
    ] = "gru",
    examples: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Of each movement. [default: 3000]"),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Times through all examples. [default: 10]"),
    ] = None,
    seed: Seed = 0,
    threads: Threads = None,
    resume: Resume = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the card as JSON.")] = False,
) -> None:
    """Train the recogniser of everyday movements that ships."""
    _need_torch()
    card = _train_everyday(
        data, output, model, examples, epochs=epochs, seed=seed, threads=threads, resume=resume
    )
    if as_json:
        typer.echo(json.dumps(card, indent=2))
        return
    typer.echo(
        f"{output}: actions.onnx, actions.json ({card['parameters']:,} parameters)\n"
        f"accuracy {card['accuracy']:.1%} of made-up scenes with recordings held out"
    )


def _train_everyday(
    data: list[str],
    output: str,
    model: str,
    examples: int | None,
    *,
    epochs: int | None,
    seed: int,
    threads: int | None,
    resume: bool,
) -> dict[str, object]:
    from kinema.cli.progress import FrameBar
    from kinema.train.actions.everyday.training import EACH, everyday_plan, train_everyday
    from kinema.train.lift.mocap import read_motions
    from kinema.train.session import Progress

    plan = everyday_plan(model, seed=seed, epochs=epochs)
    motions = read_motions(data)
    with FrameBar("epochs") as bar:
        bar.expect(plan.epochs)

        def told(record: dict[str, float]) -> None:
            bar.advance()
            parts = [f"{name} {value:g}" for name, value in record.items()]
            typer.echo("  ".join(parts), err=True)

        trained = train_everyday(
            motions,
            plan,
            Path(output),
            each=examples or EACH,
            resume=resume,
            progress=Progress(on_epoch=told),
            threads=threads,
        )
    return trained.card


def _need_torch() -> None:
    for package in ("torch", "lightning", "onnxscript"):
        if find_spec(package) is None:
            raise MissingExtra(package, "train")


def _train(
    data: list[str], plan: LiftPlan, folder: Path, *, resume: bool, threads: int | None
) -> dict[str, object]:
    from kinema.cli.progress import FrameBar
    from kinema.train.lift.loop import train_lifter
    from kinema.train.lift.mocap import read_motions
    from kinema.train.session import Progress

    motions = read_motions(data)
    with FrameBar("epochs") as bar:
        bar.expect(plan.epochs)

        def told(record: dict[str, float]) -> None:
            bar.advance()
            parts = [f"{name} {value:g}" for name, value in record.items() if name != "frames"]
            typer.echo("  ".join(parts), err=True)

        trained = train_lifter(
            motions,
            plan,
            folder,
            resume=resume,
            progress=Progress(on_epoch=told),
            threads=threads,
        )
    return trained.card


def _summary(card: dict[str, object], output: str) -> str:
    errors = card["errors_held_out_mm"]
    lines = [f"{output}: lifter.onnx, lifter.json ({card['parameters']:,} parameters)"]
    if isinstance(errors, dict):
        lines.append(
            f"on subjects held out: MPJPE {errors['mpjpe']:.1f} mm, "
            f"P-MPJPE {errors['p_mpjpe']:.1f} mm, velocity {errors['velocity']:.2f} m/s"
        )
    return "\n".join(lines)
