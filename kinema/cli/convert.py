"""`kinema convert`: poses from one file format to another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.cli import options

if TYPE_CHECKING:
    from kinema.formats import ConversionReport

# Said here, so that help imports nothing; a test compares them with the list of formats.
WRITABLE = (
    "kinema, openpose, coco, coco-annotations, csv, csv-long, parquet, npz, npy, videopose3d, "
    "kinect, deeplabcut, trc, c3d, bvh"
)
ONLY_READABLE = "amc, alphapose, mmpose, ultralytics, mediapipe, mediapipe-world, ntu"


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
        str | None,
        typer.Option(
            "--from", metavar="FORMAT", help=f"Format of SOURCE: as TARGET, or {ONLY_READABLE}."
        ),
    ] = None,
    to_format: Annotated[
        str | None,
        typer.Option("--to", metavar="FORMAT", help=f"Format of TARGET: {WRITABLE}."),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(metavar="FPS", help="Frames per second, where SOURCE has no times."),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(metavar="WxH", help="Size of the picture, where SOURCE does not say it."),
    ] = None,
    person: Annotated[
        int | None, typer.Option(metavar="ID", help="Write the person of this id alone.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the account as JSON.")] = False,
) -> None:
    """Convert poses between formats; say what was lost.

    STEM.jsonl is Kinema's own format, a folder STEM.openpose/ holds OpenPose JSON, STEM.coco.json
    COCO results; STEM.csv, STEM.long.csv, STEM.parquet and STEM.npz are tables and arrays,
    STEM.trc, STEM.c3d and STEM.bvh motion in 3D. The page on file formats lists all.
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
        size=options.size_of(size),
        person=person,
    )
    text = json.dumps(_facts(report)) if as_json else _account(report, target)
    typer.echo(text, err=target == "-")


def _account(report: ConversionReport, target: str) -> str:
    written = ", ".join(map(str, report.files)) or target
    lines = [f"{written}: {report.frames} frames, {report.people} poses"]
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
    lines += [f"  note: {remark}" for remark in report.remarks]
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
        "files": [str(path) for path in report.files],
        "remarks": list(report.remarks),
    }
