"""`kinema record`: several cameras at once, with one clock."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.cli import options

if TYPE_CHECKING:
    from kinema.media.record import RecordedCamera

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE", help="Numbers of cameras, rtsp:// addresses, or videos in their place."
    ),
]
Output = Annotated[
    str, typer.Option("-o", "--output", metavar="DIR", help="Folder for the recordings.")
]
Seconds = Annotated[
    float | None,
    typer.Option(metavar="N", help="How long to record. [default: until Ctrl-C]"),
]


def record(
    sources: Sources,
    output: Output = "recording",
    seconds: Seconds = None,
    as_json: options.AsJson = False,
) -> int:
    """Record several cameras at once with one clock, until Ctrl-C.

    Writes DIR/cam0.mp4, DIR/cam1.mp4, ... and DIR/cam0.times.csv, ... with the time of each picture
    on the clock that all cameras share. Pictures that were lost are counted.
    """
    from kinema.cli.progress import FrameBar
    from kinema.media.record import record as record_cameras

    with FrameBar(f"recording {len(sources)}, Ctrl-C ends it") as bar:
        cameras = record_cameras(
            sources, output, seconds=seconds, on_frame=lambda name: bar.advance()
        )
    if as_json:
        typer.echo(json.dumps({"cameras": [_facts(camera) for camera in cameras]}))
    else:
        for camera in cameras:
            typer.echo(_summary(camera))
    return 1 if any(camera.error for camera in cameras) else 0


def _summary(camera: RecordedCamera) -> str:
    if camera.video is None:
        return f"{camera.name} ({camera.source}): nothing recorded; {camera.error or 'no picture'}"
    lost = f", {camera.dropped} dropped" if camera.dropped else ""
    lost += f", {camera.missing} missing from the camera" if camera.missing else ""
    rate = f" at {camera.rate:.2f}/s" if math.isfinite(camera.rate) else ""
    text = f"{camera.video} ({camera.source}): {camera.frames} frames{rate}{lost or ', none lost'}"
    return f"{text}; ended early: {camera.error}" if camera.error else text


def _facts(camera: RecordedCamera) -> dict[str, object]:
    return {
        "name": camera.name,
        "source": camera.source,
        "video": str(camera.video) if camera.video else None,
        "times": str(camera.times),
        "frames": camera.frames,
        "dropped": camera.dropped,
        "missing": camera.missing,
        "first": camera.first if math.isfinite(camera.first) else None,
        "rate": camera.rate if math.isfinite(camera.rate) else None,
        "error": camera.error or None,
    }
