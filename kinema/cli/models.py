"""`kinema models`: what there is, fetching, adding, removing, writing networks as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.errors import InputError

if TYPE_CHECKING:
    from kinema.models.card import ModelCard

app = typer.Typer(help="List, show, fetch, add, remove and export models.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback(invoke_without_command=True)
def _help(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command("list")
def list_models(
    elsewhere: Annotated[
        bool, typer.Option("--elsewhere", help="Weights that you have to download yourself.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """All models: what they predict, how well and how fast."""
    from kinema.cli.model_facts import (
        facts_of,
        facts_of_release,
        releases_table,
        table_of,
    )
    from kinema.models.elsewhere import ELSEWHERE
    from kinema.models.loading import all_cards
    from kinema.models.pipelines import measured_pipelines

    if elsewhere:
        releases = [facts_of_release(release) for release in ELSEWHERE]
        typer.echo(json.dumps(releases, indent=2) if as_json else releases_table())
        return
    cards, pipelines = all_cards(), measured_pipelines()
    if as_json:
        typer.echo(json.dumps([facts_of(card) for card in (*cards, *pipelines)], indent=2))
        return
    typer.echo(table_of(cards, pipelines))


@app.command("show")
def show_model(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="As kinema models list shows it; also two, as A+B."),
    ],
    as_json: AsJson = False,
) -> None:
    """Everything that is known of one model."""
    from kinema.cli.model_facts import facts_of, facts_of_release, text_of, text_of_release
    from kinema.models.elsewhere import ELSEWHERE
    from kinema.models.loading import all_cards

    known = [card.name for card in all_cards()]
    for release in ELSEWHERE:
        if release.name == name and name not in known:
            facts = facts_of_release(release)
            typer.echo(json.dumps(facts, indent=2) if as_json else text_of_release(release))
            return
    card = _card(name)
    typer.echo(json.dumps(facts_of(card), indent=2) if as_json else text_of(card))


@app.command("pull")
def pull_models(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME", help="As kinema models list shows it; also two, as A+B."),
    ],
    as_json: AsJson = False,
) -> None:
    """Fetch the weights of models, to work without a network later."""
    from kinema.cli.model_facts import facts_of
    from kinema.cli.progress import download_bar
    from kinema.models.loading import fetched

    cards = [_card(name) for name in names]
    for card in cards:
        with download_bar(card.name) as progress:
            files = fetched(card, progress)
        if not as_json:
            typer.echo(f"{card.name}: {', '.join(map(str, files))}")
    if as_json:
        typer.echo(json.dumps([facts_of(card) for card in cards], indent=2))


@app.command("remove")
def remove_models(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME", help="As kinema models list shows it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Delete added models and fetched weights.

    Weights of the catalogue are fetched again when they are used next.
    """
    from kinema.models.removing import remove_model

    removals = [remove_model(name) for name in names]
    if as_json:
        facts = [
            {"name": r.name, "freed": r.size, "files": [str(file) for file in r.files]}
            for r in removals
        ]
        typer.echo(json.dumps(facts, indent=2))
        return
    for removal in removals:
        count = "1 file" if len(removal.files) == 1 else f"{len(removal.files)} files"
        typer.echo(f"{removal.name}: removed {count}, {removal.size / 1e6:.1f} MB freed")
        for file, others in removal.kept.items():
            typer.echo(f"  kept {file.name}, for {' and '.join(others)}")


@app.command("add")
def add_own(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="A .pb, .onnx, .tflite or .xml network, or a .prototxt and a .caffemodel.",
        ),
    ],
    family: Annotated[
        str, typer.Option(metavar="NAME", help="Which decoder reads its output.")
    ] = "openpose",
    skeleton: Annotated[
        str,
        typer.Option(metavar="NAME", help="The keypoints that it gives; a detector gives none."),
    ] = "openpose18",
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="How to call it. [default: from FILE]")
    ] = None,
    licence: Annotated[
        str, typer.Option(metavar="NAME", help="Of the weights, as an SPDX name.")
    ] = "unknown",
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of a model of yours of that name.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a model from a network file of your own."""
    from kinema.cli.model_facts import facts_of
    from kinema.models.loading import add_checked_model

    # Of Caffe's two files it is the weights that have a name of their own.
    stem = sorted(files, key=lambda file: file.suffix == ".prototxt")[0].stem
    card = add_checked_model(
        *files,
        name=name or stem,
        family=family,
        skeleton=skeleton,
        licence=licence,
        replace=replace,
    )
    closer = "" if card.skeleton else " --refine movenet-thunder"
    added = f"added; try: kinema run VIDEO --model {card.name}{closer}"
    typer.echo(json.dumps(facts_of(card), indent=2) if as_json else added)


@app.command("export")
def export_network(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="As kinema models list shows it, or a file.")
    ],
    folder: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write it.")
    ] = Path(),
    to: Annotated[str, typer.Option(metavar="FORMAT", help="openvino.")] = "openvino",
    int8: Annotated[bool, typer.Option("--int8", help="Quantise it; see --calibrate.")] = False,
    calibrate: Annotated[
        str | None,
        typer.Option(
            metavar="IMAGES",
            help="A folder of pictures, a pattern or a video: what the INT8 network is fitted to.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a network as a file, also in faster INT8."""
    from kinema.cli.progress import download_bar
    from kinema.models.export import check_format, export_model
    from kinema.models.loading import fetched, find_card

    check_format(to)
    if int8 and calibrate is None:
        raise InputError("--int8 needs pictures like those to come: --calibrate IMAGES")
    if calibrate is not None and not int8:
        raise InputError("--calibrate goes with --int8")
    card = find_card(name)
    with download_bar(card.name) as progress:
        files = fetched(card, progress)
    written = export_model(card, files, folder, to=to, calibrate=calibrate)
    if as_json:
        typer.echo(json.dumps({"model": card.name, "files": [str(file) for file in written]}))
        return
    for file in written:
        typer.echo(str(file))


def _card(name: str) -> ModelCard:
    """Of one model, or of two as `detector+network`."""
    from kinema.models.loading import find_card, two_names
    from kinema.models.pipelines import pipeline_card

    first, second = two_names(name)
    card = find_card(first)
    return pipeline_card(card, find_card(second)) if second else card
