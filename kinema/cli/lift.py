"""`kinema lift`: people in space from one camera."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.cli import movement, options, space_options, summary
from kinema.cli.extras import need_for
from kinema.cli.opening import ModelChoice, loader, open_with_bar
from kinema.cli.recordings import Recording, find_movements, process_each
from kinema.cli.summary import finite
from kinema.errors import InputError

if TYPE_CHECKING:
    from kinema.camera import Camera, Rig
    from kinema.lifted import Lifted, LiftedPerson, LiftingPlan
    from kinema.models.lifter import Lifter
    from kinema.models.model import Model

Place = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="body: from the pelvis. floor: upright, on the spot. room: where they go.",
    ),
]
Tilt = Annotated[float, typer.Option(metavar="DEGREES", help="By which the camera looks down.")]
Calibration = Annotated[
    str | None, typer.Option(metavar="FILE", help="Of the camera, of any format that is read.")
]
CameraName = Annotated[
    str | None,
    typer.Option(
        "--camera", metavar="NAME", help="Of it in the calibration. [default: as the source says]"
    ),
]
Causal = Annotated[
    bool, typer.Option("--causal", help="With the network for live use, which looks back only.")
]
NoMirror = Annotated[
    bool, typer.Option("--no-mirror", help="Do not lift mirrored people too: twice as fast.")
]
AllJoints = Annotated[
    bool, typer.Option("--all-joints", help="Guess the joints that the picture does not show.")
]


def lift(
    sources: movement.Sources,
    output: movement.Output = ".",
    save: space_options.Save = "poses,trc",
    turn: space_options.Turn = 0.0,
    place: Place = "body",
    height: options.BodyHeight = None,
    focal: options.Focal = None,
    calibration: Calibration = None,
    camera: CameraName = None,
    unit: space_options.UnitName = None,
    up: space_options.UpAxis = None,
    subject: space_options.Subject = None,
    tilt: Tilt = 0.0,
    model: options.ModelName = options.MODEL,
    refine: options.Refine = None,
    precision: options.Precision = "auto",
    lifter: options.LifterFile = None,
    causal: Causal = False,
    no_mirror: NoMirror = False,
    all_joints: AllJoints = False,
    smooth: movement.Smooth = "auto",
    max_gap: movement.MaxGap = 0.25,
    keep_swaps: movement.KeepSwaps = False,
    person: movement.Person = None,
    retrack: movement.Retrack = False,
    rate: options.Rate = None,
    size: movement.PictureSize = None,
    as_json: options.AsJson = False,
) -> int:
    """Lift people from one camera's picture to space.

    Takes videos, and poses in a picture of any format. Writes DIR/STEM.lifted.jsonl,
    DIR/STEM.lifted.trc and so on, in metres; of a video DIR/STEM.poses.jsonl, too.
    """
    from kinema.lifted import LiftingPlan
    from kinema.models.lifter import load_lifter

    plan = LiftingPlan(
        save=options.words(save),
        study=movement.study_of(
            smooth=smooth,
            max_gap=max_gap,
            keep_swaps=keep_swaps,
            person=person,
            retrack=retrack,
            height=height,
            size=size,
        ),
        place=place,  # type: ignore[arg-type]
        mirrored=not no_mirror,
        all_joints=all_joints,
    )
    need_for(plan.save)
    _check_gaps(sources, plan)
    lens = _Lens(focal, tilt, _rig(calibration, unit, up, subject), camera)
    work = _Work(load_lifter(lifter, causal=causal), plan, lens, Path(output), rate, turn)
    choice = ModelChoice(model, refine, precision)
    return _lift_all(sources, work, choice, as_json=as_json)


def _check_gaps(sources: Sequence[str], plan: LiftingPlan) -> None:
    """Says before people are found in a video that BVH will not hold what is seen of them."""
    from kinema.formats.registry import is_poses

    if "bvh" in plan.save and not plan.all_joints and not all(map(is_poses, sources)):
        raise InputError(
            "BVH cannot hold joints that are missing for some frames, as in most videos; add "
            "--all-joints, which guesses what the picture does not show"
        )


def _rig(
    calibration: str | None, unit: str | None, up: str | None, subject: str | None
) -> Rig | None:
    if calibration is not None:
        return space_options.rig_of(calibration, unit, up, subject)
    space_options.refuse_without_calibration(unit, up, subject)
    return None


@dataclass(frozen=True)
class _Lens:
    """What the command line says of the camera."""

    focal: float | None
    tilt: float
    rig: Rig | None
    name: str | None

    def camera(self, source: str, size: tuple[int, int]) -> Camera:
        """The camera of a source with pictures of this size.

        Raises:
            InputError: If the calibration has none for it, or one is named without a calibration.
        """
        from kinema.formats.rigs.matching import camera_of, fitting
        from kinema.lifted import camera_for

        known = None
        if self.rig is not None:
            known = fitting(camera_of(self.rig, source, self.name), size, source)
        elif self.name is not None:
            raise InputError(f"--camera {self.name} is one of a --calibration; give that too")
        return camera_for(size, focal=self.focal, tilt=self.tilt, calibrated=known)

    @property
    def is_assumed(self) -> bool:
        """Whether the focal length is nobody's knowledge."""
        return self.focal is None and self.rig is None


@dataclass(frozen=True)
class _Work:
    lifter: Lifter
    plan: LiftingPlan
    lens: _Lens
    folder: Path
    rate: float | None
    turn: float


def _lift_all(sources: Sequence[str], work: _Work, choice: ModelChoice, *, as_json: bool) -> int:
    recordings, failures = find_movements(sources)
    load = loader(choice)
    facts: list[dict[str, object]] = []

    def lift_recording(recording: Recording) -> None:
        result, files = _lift_one(recording.name, recording.stem, work, load)
        facts.append(_facts(recording.name, result, work, files))
        if not as_json:
            typer.echo(_summary(recording.name, result, work, files))

    failed = process_each(recordings, failures, lift_recording)
    if as_json:
        typer.echo(json.dumps({"results": facts}))
    return 1 if failed else 0


def _lift_one(
    source: str, stem: str, work: _Work, load: Callable[[], Model]
) -> tuple[Lifted, list[Path]]:
    from kinema.formats.registry import is_poses
    from kinema.lifted import lift_people

    size = work.plan.study.size
    with open_with_bar(source, work.folder, stem, load, work.rate, size=size) as recording:
        size = recording.header.size or size
        if recording.header.space != "image":
            raise InputError(f"{source} is in space already; poses in a picture are lifted")
        if size is None:
            raise InputError(f"{source} does not say how large the picture is; give its --size")
        result = lift_people(recording, work.lifter, work.lens.camera(source, size), work.plan)
        video = recording.header.source
    files = result.write(
        work.folder / f"{stem}.lifted",
        work.plan.save,
        source=source,
        video=video if video and Path(video).is_file() else None,
        turn=work.turn,
        command=movement.command_line(),
    )
    made = [] if is_poses(source) else [work.folder / f"{stem}.poses.jsonl"]
    return result, [*made, *files]


def _facts(source: str, result: Lifted, work: _Work, files: Sequence[Path]) -> dict[str, object]:
    return {
        "source": source,
        "place": work.plan.place,
        "height_m": finite(result.height),
        "height_is_assumed": work.plan.study.height is None,
        "focal_px": finite(float(result.camera.matrix[0, 0])),
        "focal_is_assumed": work.lens.is_assumed,
        "people": [
            {
                "id": person.track.id,
                "from_s": finite(float(person.track.times[0])),
                "to_s": finite(float(person.track.times[-1])),
                "sigma_mm": finite(1000 * person.sigma),
                "bone_length_cv": finite(person.bone_variation),
                "distance_m": finite(person.distance),
                "distance_sigma_m": finite(person.distance * person.distance_spread),
            }
            for person in result.people
        ],
        "frames": len(result.times),
        "frames_per_second": round(result.frames_per_second, 1),
        "files": [str(path) for path in files],
    }


def _summary(source: str, result: Lifted, work: _Work, files: Sequence[Path]) -> str:
    people = result.people
    who = summary.people(len(people))
    lines = [f"{source}: {who} lifted, {result.frames_per_second:.0f} frames a second"]
    lines += [_person(person, distance=work.plan.place == "room") for person in people]
    height, focal = result.height, float(result.camera.matrix[0, 0])
    if work.plan.study.height is None and math.isfinite(height):
        lines.append(f"  assumed: bodies of {height:g} m; all lengths go with --height")
    if work.lens.is_assumed:
        what = "distances go" if work.plan.place == "room" else "the view goes"
        lines.append(f"  assumed: a focal length of {focal:.0f} px; {what} with --focal")
    return summary.with_files(lines, files)


def _person(person: LiftedPerson, *, distance: bool) -> str:
    track = person.track
    parts = []
    if math.isfinite(person.sigma):
        parts.append(f"joints ±{1000 * person.sigma:.0f} mm in the median")
    if math.isfinite(person.bone_variation):
        parts.append(f"lengths of bones vary by {person.bone_variation:.1%}")
    if distance and math.isfinite(person.distance):
        parts.append(f"{person.distance:.1f} m away")
    return (
        f"  person {track.id}, {track.times[0]:.1f} to {track.times[-1]:.1f} s: {', '.join(parts)}"
    )
