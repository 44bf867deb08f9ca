"""`kinema actions`: train, measure and use recognisers of actions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.cli import movement, options
from kinema.cli.extras import need_extra
from kinema.cli.opening import ModelChoice
from kinema.cli.training import epochs_told, given_on, plan_to_go_on
from kinema.errors import MissingExtra

if TYPE_CHECKING:
    from kinema.actions.sequences import ActionSet
    from kinema.train.actions.plan import ActionPlan

app = typer.Typer(
    name="actions",
    help="Recognise what people do: train, measure, use.",
    rich_markup_mode=None,
    no_args_is_help=True,
)

VALIDATION = 0.25
"""Of the subjects that may be learned from, held out where nothing else is said."""

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A data set, or a folder LABEL/* of videos or files of poses.",
    ),
]
Kind = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Kind of data set. [default: as it looks]"),
]
PoseModel = Annotated[
    str, typer.Option(metavar="NAME", help="Model that finds the people in videos.")
]
Output = Annotated[
    str, typer.Option("-o", "--output", metavar="DIR", help="Folder for network and card.")
]
Model = Annotated[
    str,
    typer.Option(
        metavar="KIND",
        help="stgcn, gru, lstm, kernel, encoding, linear, nearest, two-stream; or several with +.",
    ),
]
Streams = Annotated[
    str,
    typer.Option(
        metavar="NAMES", help="Of joint,bone,motion,bone-motion: a network for each, fused."
    ),
]
Protocol = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="How data are divided. [default: the data set's usual one]"),
]
Seed = Annotated[int, typer.Option(metavar="N", help="Of everything random.")]
Epochs = Annotated[int | None, typer.Option(metavar="N", min=1, help="Times through all clips.")]
Channels = Annotated[int | None, typer.Option(metavar="N", min=1, help="Width of the networks.")]
Frames = Annotated[int | None, typer.Option(metavar="N", help="To which clips are resampled.")]
People = Annotated[int | None, typer.Option(metavar="N", help="Looked at at once.")]
Seconds = Annotated[
    float | None,
    typer.Option(metavar="S", help="Look at windows so long, for live use. [default: all]"),
]
Live = Annotated[bool, typer.Option("--live", help="Recurrent networks look back only.")]
Joints = Annotated[
    str | None, typer.Option(metavar="SKELETON", help="Its joints. [default: those of the data]")
]
HoldOut = Annotated[
    float | None,
    typer.Option(metavar="SHARE", help="Of the training subjects, not learned from."),
]
Patience = Annotated[
    int | None,
    typer.Option(metavar="N", help="Stop after so many epochs without progress on those."),
]
Validate = Annotated[
    bool,
    typer.Option("--validate", help="Measure on those, and leave the test part alone."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any other setting of the plan: rate=0.001."),
]
Threads = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Cores to use. [default: all]")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a training that was stopped.")]
NoReport = Annotated[bool, typer.Option("--no-report", help="Write no page of the training.")]


@app.command("train")
def train(
    context: typer.Context,
    data: Data,
    output: Output = "actions",
    kind: Kind = None,
    model: Model = "stgcn",
    streams: Streams = "joint",
    protocol: Protocol = None,
    seed: Seed = 0,
    epochs: Epochs = None,
    channels: Channels = None,
    frames: Frames = None,
    people: People = None,
    joints: Joints = None,
    seconds: Seconds = None,
    live: Live = False,
    hold_out: HoldOut = None,
    patience: Patience = None,
    validate: Validate = False,
    settings: Set = None,
    pose_model: PoseModel = options.MODEL,
    threads: Threads = None,
    resume: Resume = False,
    no_report: NoReport = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the card as JSON.")] = False,
) -> None:
    """Train a recogniser of actions, and measure it.

    --resume takes the options with which the training was begun; name DATA and -o DIR alone.
    """
    if hold_out is None and (validate or patience) and not resume:
        hold_out = VALIDATION
    given: dict[str, object] = {
        "streams": options.words(streams),
        "protocol": protocol,
        "seed": seed,
        "epochs": epochs,
        "channels": channels,
        "frames": frames,
        "people": people,
        "joints": joints,
        "seconds": seconds,
        "live": live or None,
        "validation": hold_out,
        "patience": patience,
    }
    said = given_on(context) if resume else None
    plan = _plan(model, given, settings or [], Path(output), said)
    need_extra("train")
    examples = read_examples(data, kind, pose_model)
    card = _train(examples, plan, Path(output), validate=validate, resume=resume, threads=threads)
    if not no_report:
        _report(card, Path(output))
    typer.echo(json.dumps(card, indent=2) if as_json else _summary(card, output))


def _plan(
    model: str,
    given: dict[str, object],
    settings: list[str],
    folder: Path,
    said: set[str] | None,
) -> ActionPlan:
    """The plan that the options make; where one goes on with a training, that of its folder.

    Args:
        model: Kind of network.
        given: Settings of the plan, None where nothing is said.
        settings: Further ones, as `--set` takes them.
        folder: Of the results.
        said: What stands on the command line that goes on with a training; None for a new one.
    """
    from kinema.train.actions.plan import ActionPlan, plan_for, settings_of

    further = settings_of(settings)
    if said is None:
        return plan_for(model, **{**given, **further})
    anew = {name: value for name, value in {"model": model, **given}.items() if value is not None}
    for name in {"model", "streams", "seed"} - said:  # which have usual values
        del anew[name]
    return plan_to_go_on(ActionPlan, folder, {**anew, **further})


@app.command("evaluate")
def evaluate(
    recogniser: Annotated[
        str, typer.Argument(metavar="MODEL", help="A recogniser's file: actions.onnx, taught.")
    ],
    data: Data,
    kind: Kind = None,
    protocol: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Take its test part. [default: all recordings]"),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the protocol random.")] = 0,
    pose_model: PoseModel = options.MODEL,
    report: Annotated[
        str | None, typer.Option(metavar="PAGE", help="Write a page of it: report.html.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Measure a recogniser on a data set."""
    from kinema.actions.protocols import split
    from kinema.cli.progress import FrameBar
    from kinema.models.recogniser import load_recogniser
    from kinema.train.actions.evaluation import evaluate_recogniser

    if report is not None:
        need_extra("report")
    loaded = load_recogniser(recogniser)
    examples = read_examples(data, kind, pose_model)
    counts: dict[str, object] = {"name": None, "measured_on": "all", "test": len(examples)}
    if protocol is not None:
        divided = split(examples, protocol, seed=seed, validation=0.0)
        examples = divided.test
        counts = {"name": divided.name, "measured_on": "test", **divided.counts}
    with FrameBar("recordings") as bar:
        bar.expect(len(examples))
        measured = evaluate_recogniser(loaded, examples, on_step=bar.advance)
    facts: dict[str, object] = {
        "model": recogniser,
        "data": examples.name,
        "accuracy": round(measured.accuracy, 4),
        "protocol": counts,
        "measured": measured.as_dict(),
    }
    if report is not None:
        from kinema.report.training_page import write_training_page

        write_training_page(Path(report), facts, command=movement.command_line())
    typer.echo(json.dumps(facts, indent=2) if as_json else _figures(facts, recogniser))


@app.command("predict")
def predict(
    sources: movement.Sources,
    recogniser: Annotated[
        str,
        typer.Option("--model", metavar="FILE", help="A recogniser: actions.onnx, taught."),
    ] = "everyday",
    output: movement.Output = ".",
    save: Annotated[
        str, typer.Option(metavar="KINDS", help="Of the actions over time: csv,json,vtt.")
    ] = "csv",
    pose_model: PoseModel = options.MODEL,
    rate: options.Rate = None,
    as_json: options.AsJson = False,
) -> int:
    """Say what people do in recordings: on the whole, and over time.

    Takes videos and poses of any format. Writes DIR/STEM.predicted.csv and so on; of a video
    DIR/STEM.poses.jsonl, too.
    """
    from kinema.cli.action_predictions import predict_all

    return predict_all(
        sources,
        recogniser,
        Path(output),
        save=options.words(save),
        choice=ModelChoice(pose_model, None, "auto"),
        rate=rate,
        as_json=as_json,
    )


def read_examples(data: str, kind: str | None, pose_model: str) -> ActionSet:
    """The examples of a data set; in videos people are found first, and kept.

    Raises:
        InputError: If it cannot be read.
    """
    from kinema.cli.progress import FrameBar
    from kinema.sources.labelled_videos import Watcher, read_any_actions

    choice = ModelChoice(pose_model, None, "auto")
    with FrameBar("frames") as bar:

        def tell(video: Path, number: int, count: int) -> None:
            typer.echo(f"{video}: looking for people ({number} of {count})", err=True)

        watcher = Watcher(
            on_video=tell,
            on_start=bar.expect_frames,
            on_frame=lambda poses: bar.advance(),
        )
        return read_any_actions(data, kind, load=choice.load, watcher=watcher)


def _train(
    examples: ActionSet,
    plan: ActionPlan,
    folder: Path,
    *,
    validate: bool,
    resume: bool,
    threads: int | None,
) -> dict[str, object]:
    from kinema.train.actions.training import train_by_protocol

    with epochs_told(plan.epochs) as progress:
        return train_by_protocol(
            examples,
            plan,
            folder,
            validate=validate,
            resume=resume,
            progress=progress,
            threads=threads,
        )


def _report(card: dict[str, object], folder: Path) -> None:
    from kinema.report.training_page import write_training_page

    try:
        write_training_page(folder / "report.html", card, command=movement.command_line())
    except MissingExtra as error:
        typer.echo(f"kinema: no page was written: {error}", err=True)


def _summary(card: dict[str, object], output: str) -> str:
    spec = card["spec"]
    labels = len(spec["labels"]) if isinstance(spec, dict) else 0
    head = f"{output}: actions.onnx, actions.json ({card['parameters']:,} parameters, "
    return head + f"{labels} labels)\n" + _figures(card, output)


def _figures(facts: dict[str, object], name: str) -> str:
    measured, protocol = facts["measured"], facts["protocol"]
    if not isinstance(measured, dict) or not isinstance(protocol, dict):
        return f"{name}: nothing was measured"
    parts = [
        f"{part} {protocol[part]}"
        for part in ("train", "fitting", "validation", "test")
        if protocol.get(part)
    ]
    from kinema.report.training_page import people_remark

    rows = measured["labels"]
    low, high = measured["accuracy_interval"]
    remark = people_remark(protocol)
    worst = sorted(
        (row["recall"], label) for label, row in rows.items() if row["recall"] is not None
    )[:3]
    return "\n".join(
        [
            f"accuracy {measured['accuracy']:.1%} (95% interval {100 * low:.1f} to {high:.1%}) of "
            f"{measured['recordings']} recordings ({protocol['measured_on']} part), "
            f"mean F1 {measured['macro_f1']:.3f}, "
            f"calibration error {measured['calibration_error']:.3f}",
            f"protocol {protocol['name'] or 'none'}: {', '.join(parts)}",
            "least often recognised: "
            + ", ".join(f"{label} {recall:.0%}" for recall, label in worst),
            *([remark] if remark else []),
        ]
    )
