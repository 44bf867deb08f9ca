"""`kinema bench`: how fast a model, and everything around it, is on this machine."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kinema.benchmark import Timings


def bench(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model's name.")] = "openpose",
    source: Annotated[
        str | None,
        typer.Argument(metavar="SOURCE", help="A video. [default: the clip of kinema demo]"),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(metavar="PIXELS", help="Height of the network's input. [default: 368]"),
    ] = None,
    precision: Annotated[
        str, typer.Option(metavar="NAME", help="Arithmetic: auto, f32 or bf16.")
    ] = "auto",
    turns: Annotated[int, typer.Option(metavar="N", min=1, help="How often to measure.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Time the bare network, reading, linking and the whole run."""
    from kinema.benchmark import measure
    from kinema.cli.progress import FrameBar, download_bar
    from kinema.models.catalogue import SAMPLE_CLIP
    from kinema.models.loading import load_model
    from kinema.models.store import fetch

    with download_bar("model and clip") as progress:
        loaded = load_model(
            model,
            size=size,
            precision=precision,  # type: ignore[arg-type]
            progress=progress,
        )
        clip = source or str(fetch(SAMPLE_CLIP, progress=progress))
    with FrameBar("turns") as bar:
        bar.expect(turns)
        timings = measure(loaded, clip, turns=turns, on_turn=bar.advance)
    typer.echo(json.dumps(asdict(timings), indent=2) if as_json else _table(timings))


def _table(timings: Timings) -> str:
    linking = timings.linking_ms
    memory = timings.peak_memory_mb
    rows = [
        ("network alone", f"{timings.network_fps:.1f} frames/s"),
        ("reading alone", f"{timings.decode_fps:.1f} frames/s"),
        ("whole run to JSON", f"{timings.run_fps:.1f} frames/s"),
        ("run / network", f"{timings.run_to_network_ratio:.3f}"),
        ("linking, this video", f"{linking['frame']:.2f} ms"),
        ("linking, 1 person", f"{linking['people_1']:.2f} ms"),
        ("linking, 9 people", f"{linking['people_9']:.2f} ms"),
        ("linking, 30 people", f"{linking['people_30']:.2f} ms"),
        ("peak memory", "unknown" if memory is None else f"{memory:.0f} MB"),
        *((key, str(value)) for key, value in timings.machine.items()),
    ]
    return "\n".join(f"{name + ':':<22}{value}" for name, value in rows)
