"""`kinema train`: networks of one's own, from one's own data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinema.cli.extras import need_extra
from kinema.cli.training import epochs_told, given_on, plan_to_go_on

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
Focal = Annotated[
    float | None,
    typer.Option(metavar="F", help="With --picture: focal length over width. [default: many]"),
]
Epochs = Annotated[int, typer.Option(metavar="N", help="Times through all motion.")]
Decay = Annotated[
    float, typer.Option(metavar="FACTOR", help="Of the learning rate, after each epoch.")
]
Views = Annotated[int, typer.Option(metavar="N", help="Cameras that see each motion in an epoch.")]
Labelled = Annotated[float, typer.Option(metavar="SHARE", help="Share of the time with known 3D.")]
Semi = Annotated[
    bool, typer.Option("--semi", help="Learn from the others' 2D, too; with --picture --focal.")
]
Noise = Annotated[float, typer.Option(metavar="FACTOR", help="Noise of the 2D; 0 is none.")]
Seed = Annotated[int, typer.Option(metavar="N", help="Of everything random.")]
Threads = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Cores to use. [default: all]")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a training that was stopped.")]


@app.command("lift")
def lift(
    context: typer.Context,
    data: Data,
    output: Output = "lifter",
    hold_out: HoldOut = "",
    frames: Frames = 27,
    channels: Channels = 256,
    causal: Causal = False,
    picture: Picture = False,
    focal: Focal = None,
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
    """Train a network that lifts poses from the picture to space.

    --resume takes the options with which the training was begun; name DATA and -o DIR alone.
    """
    from kinema.train.lift.plan import LiftPlan, widths_of

    options: dict[str, dict[str, object]] = {
        "frames": {"widths": widths_of(frames)},
        "channels": {"channels": channels},
        "causal": {"causal": causal},
        "picture": {"screen": "picture" if picture else "person", "sigma": not picture},
        "focal": {"focal": focal},
        "epochs": {"epochs": epochs},
        "decay": {"decay": decay},
        "views": {"views": views},
        "hold_out": {"held_out": tuple(name for name in hold_out.split(",") if name)},
        "labelled": {"labelled": labelled},
        "semi": {"semi": semi},
        "noise": {"noise": noise},
        "seed": {"seed": seed},
    }
    said = given_on(context) if resume else set(options)
    given = {name: value for each in said & set(options) for name, value in options[each].items()}
    plan = plan_to_go_on(LiftPlan, Path(output), given) if resume else LiftPlan.of_dict(given)
    need_extra("train")
    card = _train(data, plan, Path(output), resume=resume, threads=threads)
    typer.echo(json.dumps(card, indent=2) if as_json else _summary(card, output))


@app.command("everyday")
def everyday(
    context: typer.Context,
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
    need_extra("train")
    card = _train_everyday(
        data,
        output,
        {"model": model, "epochs": epochs, "seed": seed},
        examples,
        threads=threads,
        said=given_on(context) if resume else None,
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
    given: dict[str, Any],
    examples: int | None,
    *,
    threads: int | None,
    said: set[str] | None,
) -> dict[str, object]:
    from kinema.train.actions.everyday.training import EACH, everyday_plan, train_everyday
    from kinema.train.actions.plan import ActionPlan
    from kinema.train.lift.mocap import read_motions

    if said is None:
        plan = everyday_plan(**given)
    else:
        anew = {name: given[name] for name in said & set(given)}
        plan = plan_to_go_on(ActionPlan, Path(output), anew)
    motions = read_motions(data)
    with epochs_told(plan.epochs) as progress:
        trained = train_everyday(
            motions,
            plan,
            Path(output),
            each=examples or EACH,
            resume=said is not None,
            progress=progress,
            threads=threads,
        )
    return trained.card


def _train(
    data: list[str], plan: LiftPlan, folder: Path, *, resume: bool, threads: int | None
) -> dict[str, object]:
    from kinema.train.lift.loop import train_lifter
    from kinema.train.lift.mocap import read_motions

    motions = read_motions(data)
    with epochs_told(plan.epochs) as progress:
        trained = train_lifter(
            motions, plan, folder, resume=resume, progress=progress, threads=threads
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
