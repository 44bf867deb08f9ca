"""`kinema models`: what there is, where it comes from, adding one's own, writing them as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.errors import InputError

if TYPE_CHECKING:
    from kinema.models.card import ModelCard

app = typer.Typer(help="List, show, fetch, add and export models.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback(invoke_without_command=True)
def _help(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """All models, with what they predict and on what terms."""
    from kinema.models.loading import all_cards

    cards = all_cards()
    if as_json:
        typer.echo(json.dumps([_facts(card) for card in cards], indent=2))
        return
    rows = [("NAME", "PEOPLE", "KEYPOINTS", "MB", "LICENCE", "HERE", "FROM")]
    for card in cards:
        facts = _facts(card)
        size = facts["size"]
        rows.append(
            (
                card.name,
                card.people,
                f"{card.skeleton.name} ({len(card.skeleton)})" if card.skeleton else "boxes",
                f"{size / 1e6:.1f}" if isinstance(size, int) else "",
                card.licence,
                "yes" if facts["cached"] else "no",
                card.origin,
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())


@app.command("show")
def show_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As kinema models list shows it.")],
    as_json: AsJson = False,
) -> None:
    """Everything that is known of one model."""
    from kinema.models.loading import find_card

    card = find_card(name)
    facts = _facts(card)
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    if isinstance(facts["size"], int):
        facts["size"] = f"{facts['size'] / 1e6:.1f} MB"
    for key, value in facts.items():
        if value in (None, ""):
            continue
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        typer.echo(f"{key.replace('_', ' ') + ':':<16}{text}")


@app.command("pull")
def pull_models(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME", help="As kinema models list shows it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Fetch the weights of models, to work without a network later."""
    from kinema.cli.progress import download_bar
    from kinema.models.loading import fetched, find_card

    cards = [find_card(name) for name in names]
    for card in cards:
        with download_bar(card.name) as progress:
            files = fetched(card, progress)
        if not as_json:
            typer.echo(f"{card.name}: {', '.join(map(str, files))}")
    if as_json:
        typer.echo(json.dumps([_facts(card) for card in cards], indent=2))


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
    as_json: AsJson = False,
) -> None:
    """Add a model from a network file of your own."""
    from kinema.models.loading import add_checked_model

    # Of Caffe's two files it is the weights that have a name of their own.
    stem = sorted(files, key=lambda file: file.suffix == ".prototxt")[0].stem
    card = add_checked_model(
        *files, name=name or stem, family=family, skeleton=skeleton, licence=licence
    )
    closer = "" if card.skeleton else " --refine movenet-thunder"
    added = f"added; try: kinema run VIDEO --model {card.name}{closer}"
    typer.echo(json.dumps(_facts(card), indent=2) if as_json else added)


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


def _facts(card: ModelCard) -> dict[str, object]:
    files = _files(card)
    return {
        "name": card.name,
        "description": card.description,
        "family": card.family,
        "people": card.people,
        "skeleton": card.skeleton.name if card.skeleton else None,
        "keypoints": list(card.skeleton.keypoints) if card.skeleton else [],
        "licence": card.licence,
        "origin": card.origin,
        "size": _size(card),
        "cached": None if files is None else [str(file) for file in files],
        "paper": card.paper,
    }


def _files(card: ModelCard) -> list[Path] | None:
    """The model's files on this machine; None if one is not here."""
    from kinema.models.store import cached

    files: list[Path] = []
    for weights in card.weights:
        path = weights if isinstance(weights, Path) else cached(weights)
        if path is None or not path.is_file():
            return None
        files.append(path)
    return files


def _size(card: ModelCard) -> int | None:
    """Of all its files in bytes; None if one is gone."""
    if all(weights.is_file() for weights in card.weights if isinstance(weights, Path)):
        return sum(w.stat().st_size if isinstance(w, Path) else w.size for w in card.weights)
    return None
