"""`kinema triangulate`: people in space from several calibrated cameras."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.cli import movement, options
from kinema.errors import InputError

if TYPE_CHECKING:
    from kinema.models.model import Model
    from kinema.triangulate import Triangulated, TriangulationPlan, View

MODEL = "nanodet+movenet-thunder"


Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="VIDEO",
        help="One video or file of poses for each camera, named after it (cam01.mp4).",
    ),
]
Calibration = Annotated[
    str,
    typer.Option(
        metavar="FILE",
        help="Pose2Sim or Anipose .toml, Qualisys .qca.txt, OpenCV .yml, OpenPose folder.",
    ),
]
Save = Annotated[
    str, typer.Option(metavar="KINDS", help="Of poses,points,trc,c3d,bvh,csv,... in metres.")
]
Offset = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CAMERA=SECONDS", help="By which the clock of a camera is behind the first's."
    ),
]
MinCameras = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Leave out whom fewer cameras see. [default: 3 of 4 or more, else 2]"
    ),
]
MinScore = Annotated[
    float, typer.Option(metavar="SCORE", help="Joints with lower scores count as unseen.")
]
MaxError = Annotated[
    float | None,
    typer.Option(
        metavar="PIXELS",
        help="Cameras further off do not count for a joint. [default: 3 times the median]",
    ),
]
TrustCalibration = Annotated[
    bool, typer.Option("--trust-calibration", help="Do not correct cameras that have turned.")
]
FreeBones = Annotated[
    bool, typer.Option("--free-bones", help="Do not keep the lengths of bones constant.")
]
UnitName = Annotated[
    str | None, typer.Option(metavar="UNIT", help="Of lengths in the calibration: m, cm, mm.")
]
UpAxis = Annotated[
    str | None, typer.Option(metavar="AXIS", help="That points up in it: z, y, -y, ...")
]
Subject = Annotated[
    str | None, typer.Option(metavar="NAME", help="Whose cameras, in Human3.6M's files: S1.")
]
Mirror = Annotated[
    bool | None,
    typer.Option(
        "--mirror/--no-mirror",
        help="Look at mirrored pictures too. [default: with the default model only]",
    ),
]


def triangulate(
    sources: Sources,
    calibration: Calibration,
    output: movement.Output = ".",
    save: Save = "poses,trc",
    offset: Offset = None,
    people: options.People = None,
    min_cameras: MinCameras = None,
    min_score: MinScore = 0.3,
    max_error: MaxError = None,
    trust_calibration: TrustCalibration = False,
    keep_swaps: movement.KeepSwaps = False,
    free_bones: FreeBones = False,
    smooth: movement.Smooth = "auto",
    max_gap: movement.MaxGap = 0.25,
    unit: UnitName = None,
    up: UpAxis = None,
    subject: Subject = None,
    model: movement.ModelName = MODEL,
    refine: options.Refine = None,
    mirror: Mirror = None,
    precision: options.Precision = "auto",
    rate: options.Rate = None,
    as_json: options.AsJson = False,
) -> None:
    """Find people in space with several calibrated cameras.

    Writes DIR/triangulated.jsonl, DIR/triangulated.trc and so on, in metres with z up (TRC and BVH:
    y up); of videos also DIR/STEM.poses.jsonl. The recordings must have been started together, or
    their --offset be given.
    """
    from kinema.formats.rigs import read_rig
    from kinema.space.person import PersonPlan
    from kinema.space.reconstruction import SpacePlan
    from kinema.triangulate import (
        TriangulationPlan,
        match_cameras,
        write_triangulated,
    )
    from kinema.triangulate import triangulate as in_space

    person = PersonPlan(max_error, repair_sides=not keep_swaps, keep_bones=not free_bones)
    plan = TriangulationPlan(
        options.words(save),
        SpacePlan(min_score, min_cameras, not trust_calibration, people, person),
        smooth,
        max_gap,
        _offsets(offset or ()),
    )
    rig = read_rig(calibration, unit=unit, up=up, subject=subject)  # type: ignore[arg-type]
    cameras = match_cameras(rig, sources)
    if mirror is None:
        mirror = model == MODEL and refine is None
    choice = movement.ModelChoice(model, refine, precision, mirror)
    views = _views(sources, cameras, Path(output), choice, rate)
    result = in_space(rig, views, plan)
    files = write_triangulated(result, Path(output), plan.save, source=views[0].source)
    typer.echo(
        json.dumps(_facts(result, views, files)) if as_json else _summary(result, plan, files)
    )


def _offsets(words: Sequence[str]) -> dict[str, float]:
    """The values of `--offset cam02=0.04`."""
    offsets = {}
    for word in words:
        name, equals, seconds = word.rpartition("=")
        try:
            offsets[name] = float(seconds)
        except ValueError:
            equals = ""
        if not equals:
            raise InputError(f"--offset takes a camera and seconds like cam02=0.04, not {word!r}")
    return offsets


def _views(
    sources: Sequence[str],
    cameras: Sequence[str],
    folder: Path,
    choice: movement.ModelChoice,
    rate: float | None,
) -> list[View]:
    from kinema.cli.progress import FrameBar
    from kinema.cli.two_sources import loader, stems_of
    from kinema.pose_sources import open_poses, timed
    from kinema.triangulate import View

    load: Callable[[], Model] = loader(choice)
    views = []
    for source, stem, camera in zip(sources, stems_of(sources), cameras, strict=True):
        with FrameBar(stem) as bar:
            reader = open_poses(
                source,
                folder,
                stem=stem,
                load=load,
                rate=rate,
                on_start=bar.expect_frames,
                on_frame=lambda poses, bar=bar: bar.advance(),  # type: ignore[misc]
            )
        with reader as recording:
            size = recording.header.size
            views.append(View(camera, source, timed(recording, source), size))
    return views


def _facts(result: Triangulated, views: Sequence[View], files: Sequence[Path]) -> dict[str, object]:
    return {
        "frames": len(result.times),
        "people": len(result.tracks),
        "people_left_out": result.left_out,
        "median_reprojection_px": _finite(result.median_error),
        "median_reprojection_of_all_px": _finite(result.median_error_of_all),
        "median_reprojection_written_px": _finite(result.median_error_written),
        "observations_dropped": _finite(result.dropped),
        "bone_length_cv": _finite(result.bone_variation),
        "frames_per_second": round(result.frames_per_second, 1),
        "cameras": [
            {
                "name": camera.name,
                "source": view.source,
                "median_reprojection_px": _finite(camera.median_error),
                "observations_dropped": _finite(camera.dropped),
                "turned_deg": _finite(camera.turned_deg),
                "offset_before_px": _finite(camera.offset_before),
            }
            for camera, view in zip(result.cameras, views, strict=True)
        ],
        "files": [str(path) for path in files],
    }


def _finite(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None


def _summary(result: Triangulated, plan: TriangulationPlan, files: Sequence[Path]) -> str:
    few = f", {result.left_out} more seen by too few cameras" if result.left_out else ""
    lines = [
        f"{len(result.times)} frames, people in space: {len(result.tracks)}{few}",
        f"  reprojection error {result.median_error:.1f} px in the median, "
        f"{result.median_error_of_all:.1f} px with the {result.dropped:.0%} that did not count",
        f"  as written, {plan.smooth} smoothing: {result.median_error_written:.1f} px, "
        f"lengths of bones vary by {result.bone_variation:.1%}, "
        f"{result.frames_per_second:.0f} frames a second",
    ]
    for camera in result.cameras:
        turned = f", turned by {camera.turned_deg:.2f} deg" if plan.space.adjust else ""
        lines.append(
            f"  {camera.name}: {camera.median_error:.1f} px, {camera.dropped:.0%} dropped{turned}"
        )
    return "\n".join([*lines, *(f"  {path}" for path in files)])
