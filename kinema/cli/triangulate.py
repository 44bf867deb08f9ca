"""`kinema triangulate`: people in space from several calibrated cameras."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.cli import movement, options, space_options
from kinema.cli.extras import need_for
from kinema.cli.opening import ModelChoice, loader, open_with_bar
from kinema.cli.recordings import stems_of
from kinema.cli.summary import finite, with_files
from kinema.errors import InputError

if TYPE_CHECKING:
    from kinema.space.reconstruction import SpacePlan
    from kinema.triangulate import Triangulated, TriangulationPlan, View

MOST_TURNED = 1.0
"""Degrees by which a camera may turn; by more, and it must be calibrated again."""

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
Offset = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CAMERA=SECONDS", help="By which the clock of a camera is behind the first's."
    ),
]
Sync = Annotated[
    bool, typer.Option("--sync", help="Find out by the movement how far the clocks are apart.")
]
MaxOffset = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", help="Most that --sync may find, beside --offset."),
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
    save: space_options.Save = "poses,trc",
    turn: space_options.Turn = 0.0,
    offset: Offset = None,
    sync: Sync = False,
    max_offset: MaxOffset = None,
    people: options.People = None,
    min_cameras: MinCameras = None,
    min_score: MinScore = 0.3,
    max_error: MaxError = None,
    trust_calibration: TrustCalibration = False,
    keep_swaps: movement.KeepSwaps = False,
    free_bones: FreeBones = False,
    smooth: movement.Smooth = "auto",
    max_gap: movement.MaxGap = 0.25,
    unit: space_options.UnitName = None,
    up: space_options.UpAxis = None,
    subject: space_options.Subject = None,
    model: options.ModelName = options.MODEL,
    refine: options.Refine = None,
    mirror: Mirror = None,
    precision: options.Precision = "auto",
    rate: options.Rate = None,
    as_json: options.AsJson = False,
) -> None:
    """Find people in space with several calibrated cameras.

    Writes DIR/triangulated.jsonl, DIR/triangulated.trc and so on, in metres with z up (TRC and BVH:
    y up); of videos also DIR/STEM.poses.jsonl. Films (.film.mp4, .film.gif) and the page
    (.report.html) show the skeletons beside the first video, rig.svg the cameras. The recordings
    must have been started together or with `kinema record`, be brought together by --sync, or their
    --offset be given.
    """
    from kinema.triangulate import Shown, TriangulationPlan, match_cameras, write_triangulated
    from kinema.triangulate import triangulate as in_space

    person = max_error, not keep_swaps, not free_bones
    space = _space_plan(min_score, min_cameras, not trust_calibration, people, person)
    plan = TriangulationPlan(
        options.words(save), space, smooth, max_gap, _offsets(offset or ()), sync, max_offset
    )
    need_for(plan.save)
    rig = space_options.rig_of(calibration, unit, up, subject)
    cameras = match_cameras(rig, sources)
    choice = _choice(model, refine, precision, mirror)
    views = _views(sources, cameras, Path(output), choice, rate)
    result = in_space(rig, views, plan)
    shown = Shown(views, plan, turn, movement.command_line())
    files = write_triangulated(result, Path(output), plan.save, shown=shown)
    typer.echo(
        json.dumps(_facts(result, views, files)) if as_json else _summary(result, plan, files)
    )


def _space_plan(
    min_score: float,
    min_cameras: int | None,
    adjust: bool,
    people: int | None,
    person: tuple[float | None, bool, bool],
) -> SpacePlan:
    from kinema.space.person import PersonPlan
    from kinema.space.reconstruction import SpacePlan

    max_error, repair_sides, keep_bones = person
    each = PersonPlan(max_error, repair_sides=repair_sides, keep_bones=keep_bones)
    return SpacePlan(min_score, min_cameras, adjust, people, each)


def _choice(model: str, refine: str | None, precision: str, mirror: bool | None) -> ModelChoice:
    if mirror is None:
        mirror = model == options.MODEL and refine is None
    return ModelChoice(model, refine, precision, mirror)


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
    choice: ModelChoice,
    rate: float | None,
) -> list[View]:
    from kinema.sources.poses import on_recorded_clock, timed
    from kinema.triangulate import View, on_one_clock

    load = loader(choice)
    views = []
    for source, stem, camera in zip(sources, stems_of(sources), cameras, strict=True):
        with open_with_bar(source, folder, stem, load, rate) as recording:
            size, video = recording.header.size, recording.header.source
            frames, times = on_recorded_clock(timed(recording, source), source, video)
            found_by = recording.header.model
            views.append(View(camera, source, frames, size, video, times, found_by))
    return on_one_clock(views)


def _facts(result: Triangulated, views: Sequence[View], files: Sequence[Path]) -> dict[str, object]:
    return {
        "frames": len(result.times),
        "people": len(result.tracks),
        "people_left_out": result.left_out,
        "median_reprojection_px": finite(result.median_error),
        "median_reprojection_of_all_px": finite(result.median_error_of_all),
        "median_reprojection_written_px": finite(result.median_error_written),
        "observations_dropped": finite(result.dropped),
        "bone_length_cv": finite(result.bone_variation),
        "frames_per_second": round(result.frames_per_second, 1),
        "cameras": [
            {
                "name": camera.name,
                "source": view.source,
                "median_reprojection_px": finite(camera.median_error),
                "observations_dropped": finite(camera.dropped),
                "turned_deg": finite(camera.turned_deg),
                "offset_before_px": finite(camera.offset_before),
                "times": str(view.recorded) if view.recorded else None,
            }
            for camera, view in zip(result.cameras, views, strict=True)
        ],
        "clocks": [
            {
                "camera": clock.camera,
                "offset_s": finite(clock.offset),
                "sigma_s": finite(clock.sigma),
                "confidence": finite(clock.confidence),
            }
            for clock in result.clocks
        ],
        "files": [str(path) for path in files],
    }


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
    lines += [
        f"  {camera.name} has turned by {camera.turned_deg:.1f} deg since it was calibrated: what "
        "it saw may be off; calibrate again"
        for camera in result.cameras
        if plan.space.adjust and camera.turned_deg > MOST_TURNED
    ]
    lines += [
        f"  {name} fits worse than the others: it was moved, or is not synchronous, see --sync"
        for name in result.misfits
    ]
    for clock in result.clocks[1:]:
        lines.append(
            f"  clock of {clock.camera} behind by {clock.offset:.3f} s ± {clock.sigma:.3f} s, "
            f"confidence {clock.confidence:.2f}"
        )
    return with_files(lines, files)
