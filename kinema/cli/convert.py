"""`kinema convert`: poses from one file format to another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kinema.formats import ConversionReport

FORMATS = "kinema, openpose, coco or coco-annotations"  # said here, so that help imports nothing


def convert(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="A file or folder of poses; - for JSON lines."),
    ],
    target: Annotated[
        str,
        typer.Argument(metavar="TARGET", help="Where to write; its ending says the format."),
    ],
    skeleton: Annotated[
        str | None, typer.Option(metavar="NAME", help="Convert the keypoints to this skeleton.")
    ] = None,
    from_format: Annotated[
        str | None, typer.Option("--from", metavar="FORMAT", help=f"Format of SOURCE: {FORMATS}.")
    ] = None,
    to_format: Annotated[
        str | None,
        typer.Option("--to", metavar="FORMAT", help="Format of TARGET, one of the same."),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(metavar="FPS", help="Frames per second, where SOURCE has no times."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the account as JSON.")] = False,
) -> None:
    """Convert poses between formats and skeletons; say what was lost.

    STEM.jsonl is Kinema's own format, a folder STEM.openpose/ holds OpenPose JSON, STEM.coco.json
    COCO results.
    """
    from kinema.formats import convert as convert_file
    from kinema.skeletons import find_skeleton

    report = convert_file(
        source,
        target,
        skeleton=find_skeleton(skeleton) if skeleton else None,
        from_format=from_format,
        to_format=to_format,
        rate=rate,
    )
    text = json.dumps(_facts(report)) if as_json else _account(report, target)
    typer.echo(text, err=target == "-")


def _account(report: ConversionReport, target: str) -> str:
    lines = [f"{target}: {report.frames} frames, {report.people} poses"]
    before, after = report.source_skeleton, report.target_skeleton
    if before and after and before != after:
        lines[0] += f", {before.name} to {after.name}"
    for what, joints in (("lost", report.lost), ("derived", report.derived)):
        counts = [f"{joint} ({count} times)" for joint, count in joints.items() if count]
        if counts:
            lines.append(f"  {what}: {', '.join(counts)}")
    if report.missing:
        lines.append(f"  not in the source: {', '.join(report.missing)}")
    if report.dropped:
        lines.append(f"  the format has no place for: {', '.join(report.dropped)}")
    return "\n".join(lines)


def _facts(report: ConversionReport) -> dict[str, object]:
    before, after = report.source_skeleton, report.target_skeleton
    return {
        "frames": report.frames,
        "people": report.people,
        "source_skeleton": before.name if before else None,
        "target_skeleton": after.name if after else None,
        "lost": report.lost,
        "derived": report.derived,
        "missing": list(report.missing),
        "dropped": list(report.dropped),
    }
