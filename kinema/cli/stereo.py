"""`kinema stereo`: depth from two cameras side by side."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.cli import movement, options, space_options, summary
from kinema.cli.extras import need_for
from kinema.cli.opening import ModelChoice, frames_of, loader
from kinema.cli.recordings import stems_of
from kinema.cli.summary import finite
from kinema.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from kinema.camera import Rig
    from kinema.formats.recording import Header
    from kinema.poses import Poses
    from kinema.space.stereo import StereoPair
    from kinema.space_outputs.pictures import Footage
    from kinema.stereo import Placed, Scene

_KINECT = (640, 480)


Left = Annotated[str, typer.Argument(metavar="LEFT", help="Video or poses of the left camera.")]
Right = Annotated[str, typer.Argument(metavar="RIGHT", help="Video or poses of the right camera.")]
Baseline = Annotated[
    float | None,
    typer.Option(metavar="METRES", help="Distance between two parallel cameras."),
]
Focal = Annotated[
    float | None,
    typer.Option(metavar="PIXELS", help="Their focal length; 525 for the Kinect's camera."),
]
Centre = Annotated[
    str | None,
    typer.Option(
        "--centre",
        "--center",
        metavar="X,Y",
        help="Where their axes meet the pictures. [default: the middle]",
    ),
]
Calibration = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Calibration of the cameras, which may stand in any positions."
    ),
]
Save = Annotated[
    str,
    typer.Option(
        metavar="KINDS",
        help="Of poses,depth,trc,c3d,kinect,csv,... in metres; film,gif,report,rig.",
    ),
]
Offset = Annotated[
    float,
    typer.Option(metavar="SECONDS", help="By which the clock of RIGHT is behind that of LEFT."),
]
Noise = Annotated[
    float | None,
    typer.Option(
        metavar="PIXELS",
        help="Standard deviation of the joints in the pictures. [default: measured]",
    ),
]
MaxRowError = Annotated[
    float | None,
    typer.Option(
        metavar="PIXELS",
        help="Most that the rows of one joint may differ. [default: a 32nd of the height]",
    ),
]


def stereo(
    left: Left,
    right: Right,
    baseline: Baseline = None,
    focal: Focal = None,
    centre: Centre = None,
    calibration: Calibration = None,
    output: movement.Output = ".",
    save: Save = "poses,depth",
    turn: space_options.Turn = 0.0,
    offset: Offset = 0.0,
    noise: Noise = None,
    max_row_error: MaxRowError = None,
    unit: space_options.UnitName = None,
    up: space_options.UpAxis = None,
    subject: space_options.Subject = None,
    model: options.ModelName = movement.FEET_MODEL,
    refine: options.Refine = None,
    precision: options.Precision = "auto",
    rate: options.Rate = None,
    as_json: options.AsJson = False,
) -> None:
    """Place people in space with two cameras side by side.

    The depth of a joint is FOCAL x BASELINE / disparity; its standard deviation goes with it. A
    disparity of 0 or less is no depth: the joint is missing, and counted. Writes
    DIR/STEM.stereo.jsonl and the depths, DIR/STEM.stereo.depth.csv, STEM being that of LEFT.
    """
    from kinema.stereo import StereoPlan, stereo_poses, write_scene

    plan = StereoPlan(options.words(save), noise, max_row_error, offset)
    need_for(plan.save)
    _check(baseline, focal, centre, calibration)
    rig = None
    if calibration is None:
        space_options.refuse_without_calibration(unit, up, subject)
    else:
        rig = space_options.rig_of(calibration, unit, up, subject)
    folder, stems = Path(output), stems_of((left, right))
    load = loader(ModelChoice(model, refine, precision))
    header, ours = frames_of(left, folder, stems[0], load, rate, recorded=True)
    other, theirs = frames_of(right, folder, stems[1], load, rate, recorded=True)
    if rig is not None:
        pair = _calibrated(rig, [(left, header.size), (right, other.size)])
    elif baseline is not None and focal is not None:
        pair = _parallel(baseline, focal, centre, header, ours)
    scene = stereo_poses(pair, ours, theirs, plan)
    footage, command = _footage(left, header, scene, ours), movement.command_line()
    files = write_scene(scene, folder, stems[0], plan, footage=footage, turn=turn, command=command)
    facts = _facts(scene, files)
    typer.echo(json.dumps(facts) if as_json else _summary(scene, files))


def _footage(source: str, header: Header, scene: Scene, frames: list[Poses]) -> Footage:
    """The left video, if there is one, with the cameras."""
    from kinema.camera import Rig as Cameras
    from kinema.space_outputs.pictures import Footage as Beside

    video = header.source if header.source and Path(header.source).is_file() else None
    cameras = scene.pair.cameras
    return Beside(
        video,
        source=source,
        title=f"Stereo of {cameras[0].name} and {cameras[1].name}",
        made={"paths": "as found, not smoothed"},
        model=header.model,
        rig=Cameras(cameras),
        camera=cameras[0].name if video else None,
        times={poses.frame: poses.time for poses in frames},
    )


def _check(
    baseline: float | None, focal: float | None, centre: str | None, calibration: str | None
) -> None:
    if calibration is None and (baseline is None or focal is None):
        raise InputError(
            "give --baseline in metres and --focal in pixels for parallel cameras, or a "
            "--calibration"
        )
    if calibration is not None and any(word is not None for word in (baseline, focal, centre)):
        raise InputError("a --calibration says baseline, focal length and centre itself")


def _calibrated(rig: Rig, recordings: list[tuple[str, tuple[int, int] | None]]) -> StereoPair:
    """The cameras of two recordings, by the names of the files or else in their order."""
    from kinema.camera import Rig as Cameras
    from kinema.formats.rigs.matching import fitting
    from kinema.space.stereo import StereoPair
    from kinema.triangulate import match_cameras

    names = match_cameras(rig, [source for source, _ in recordings])
    cameras = [
        fitting(rig[name], size, source)
        for name, (source, size) in zip(names, recordings, strict=True)
    ]
    return StereoPair.of(Cameras(tuple(cameras)))


def _parallel(
    baseline: float, focal: float, centre: str | None, header: Header, frames: list[Poses]
) -> StereoPair:
    from kinema.space.stereo import StereoPair

    size = header.size or _KINECT
    middle = ((size[0] - 1) / 2, (size[1] - 1) / 2)
    if centre is None and header.size is None and _beyond(frames, size):
        raise InputError(
            "the poses do not say how large their pictures are; give their middle with --centre X,Y"
        )
    return StereoPair.parallel(
        baseline, focal, centre=_numbers(centre) if centre else middle, size=size
    )


def _beyond(frames: list[Poses], size: tuple[int, int]) -> bool:
    """Whether there are joints outside pictures of that size."""
    return any(bool((poses.keypoints > size).any()) for poses in frames)


def _numbers(text: str) -> tuple[float, float]:
    """The two numbers of `319.5,239.5`."""
    match = re.fullmatch(r"\s*([\d.]+)\s*[,x]\s*([\d.]+)\s*", text)
    try:
        if match is not None:
            return float(match[1]), float(match[2])
    except ValueError:
        pass
    raise InputError(f"--centre takes two numbers like 319.5,239.5, not {text!r}")


def _facts(scene: Scene, files: list[Path]) -> dict[str, object]:
    return {
        "frames": len(scene.frames),
        "frames_of_one_view": scene.unpaired,
        "baseline_m": scene.pair.baseline,
        "focal_px": scene.pair.focal,
        "pixel_noise_px": round(scene.noise, 3),
        "median_row_difference_px": finite(scene.row_error),
        "missing": scene.missing,
        "people_of_one_view": scene.alone,
        "people": [_person(placed) for placed in scene.people],
        "files": [str(path) for path in files],
    }


def _person(placed: Placed) -> dict[str, object]:
    depth = placed.depth
    return {
        "person": placed.track.id,
        "frames": len(placed.track),
        "joints_placed": int(placed.track.found.sum()),
        "median_depth_m": _median(depth.values),
        "median_depth_sigma_m": _median(depth.sigma),
    }


def _median(values: np.ndarray | None) -> float | None:
    import numpy as np

    known = np.empty(0) if values is None else values[~np.isnan(values)]
    return finite(float(np.median(known))) if len(known) else None


def _summary(scene: Scene, files: list[Path]) -> str:
    lines = [f"{len(scene.frames)} frames, {len(scene.people)} people in space"]
    for placed in scene.people:
        facts = _person(placed)
        lines.append(
            f"  person {facts['person']}: {facts['frames']} frames, median depth "
            f"{facts['median_depth_m']} m ± {facts['median_depth_sigma_m']} m"
        )
    missing = scene.missing
    lines.append(
        f"  joints without a place: {missing['one_view']} seen by one camera, "
        f"{missing['no_disparity']} without disparity, {missing['off_row']} on different rows"
    )
    lines.append(
        f"  noise of the joints {scene.noise:.2f} px, rows differ by {scene.row_error:.2f} px in "
        "the median"
    )
    if abs(scene.row_error) > 3 * max(scene.noise, 1.0):
        lines.append("  the cameras are not parallel: calibrate them, and give --calibration")
    with_place = sum(int(person.track.found.sum()) for person in scene.people)
    if missing["off_row"] > 0.1 * (with_place + missing["off_row"]):
        lines.append(
            "  many joints are on different rows: the cameras do not stand as stated, or take a "
            "larger --max-row-error"
        )
    if scene.unpaired:
        lines.append(f"  {scene.unpaired} frames of the left recording have none on the right")
    return summary.with_files(lines, files)
