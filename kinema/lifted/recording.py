"""A recording of one camera: all people in it, in space, and how good that is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kinema.camera import Camera, Rig
from kinema.errors import InputError, did_you_mean
from kinema.formats.recording import Header, PoseReader
from kinema.lifted.one_track import PLACES, Place, camera_for, distances, lifted_together
from kinema.models.lifter import Lifter
from kinema.space.bones import length_variations
from kinema.space.lifting.offline import USUAL_HEIGHT
from kinema.space_outputs.files import ENDINGS, write_tracks
from kinema.space_outputs.pictures import PICTURES, Footage, write_pictures
from kinema.study import StudyPlan, clean_person, find_people
from kinema.track import Float64Array, Track

KINDS: tuple[str, ...] = (*ENDINGS, *PICTURES)
"""What can be saved of people in space."""


@dataclass(frozen=True)
class LiftingPlan:
    """How people are lifted.

    Attributes:
        save: The kinds of files, of `KINDS`.
        study: Who is lifted, how their paths are cleaned, and how tall they are.
        place: As in `lifted`.
        mirrored: As in `lifted`.
        all_joints: As in `lifted`.

    Raises:
        InputError: If a kind or the place is unknown.
    """

    save: tuple[str, ...] = ("poses", "trc")
    study: StudyPlan = field(default_factory=StudyPlan)
    place: Place = "body"
    mirrored: bool = True
    all_joints: bool = False

    def __post_init__(self) -> None:
        for kind in self.save:
            if kind not in KINDS:
                raise InputError(f"cannot save {kind!r}; {did_you_mean(kind, KINDS)}")
        if self.place not in PLACES:
            raise InputError(f"no place {self.place!r}; {did_you_mean(self.place, PLACES)}")


@dataclass(frozen=True, eq=False)
class LiftedPerson:
    """A person in space, and how good that is.

    Attributes:
        track: In space.
        seen: The clean path in the picture that it came from.
        sigma: How far a coordinate of a joint may be off by what the network says, in metres,
            median over joints and frames: one standard deviation. It holds for a body of the
            height that was taken.
        bone_variation: Standard deviation over mean of a bone's length, median over bones. Real
            bones do not change.
        distance: Along the axis of the camera, in metres, median over frames.
        distance_spread: The share of it by which it may be off in a frame, by how well body and
            picture fit.
    """

    track: Track
    seen: Track
    sigma: float
    bone_variation: float
    distance: float
    distance_spread: float


@dataclass(frozen=True, eq=False)
class Lifted:
    """The people of a recording in space.

    Attributes:
        people: In order of first appearance.
        camera: That was taken to have recorded them; in a `room` where it stands.
        place: Where the people are, as in `lifted`.
        height: That they were taken to have, in metres; NaN for a network that gives metres itself.
        times: (T,) seconds of all frames.
        skipped: Identities that were seen too briefly, with their seconds.
        seconds: What cleaning and lifting took.
        header: Of the recording that they were lifted from.
        made: How they were lifted, by name.
    """

    people: tuple[LiftedPerson, ...]
    camera: Camera
    place: Place
    height: float
    times: Float64Array
    skipped: dict[int, float]
    seconds: float
    header: Header = field(default_factory=Header)
    made: Mapping[str, str] = field(default_factory=dict)

    @property
    def frames_per_second(self) -> float:
        """Frames of the recording by seconds."""
        return len(self.times) / self.seconds if self.seconds > 0 else 0.0

    def write(
        self,
        base: Path,
        save: Sequence[str],
        *,
        source: str | None = None,
        video: str | None = None,
        turn: float = 0.0,
        command: str | None = None,
    ) -> tuple[Path, ...]:
        """Writes files of the kinds of `KINDS`, their names `base` with endings; which they are.

        Args:
            base: Such as `results/walk.lifted`.
            save: The kinds.
            source: What the recording is called.
            video: Path of the video, for pictures.
            turn: Degrees a second by which the viewer of a film goes round.
            command: The command line, to be shown on the page.

        Raises:
            InputError: If there is nobody, or a file cannot be written.
            MediaError: If the video cannot be read.
            MissingExtra: If what the page needs is not installed.
        """
        if not self.people:
            raise InputError(f"nobody was found in {source or base.name}; nothing can be lifted")
        tracks = [person.track for person in self.people]
        recorded = video or self.header.source or source
        footage = Footage(
            video,
            source=source,
            title=None if recorded is None else f"Lifted from {Path(recorded).name}",
            made=self.made,
            model=self.header.model,
            overlay=[person.seen for person in self.people],
            rig=Rig((self.camera,)) if self.place == "room" else None,
            camera=self.camera.name if self.place == "room" else None,
        )
        poses = [kind for kind in save if kind not in PICTURES]
        pictures = [kind for kind in save if kind in PICTURES]
        return (
            *write_tracks(tracks, self.times, base, poses, source=source, model=self.header.model),
            *write_pictures(
                tracks, self.times, base, pictures, footage, turn=turn, command=command
            ),
        )


def lift_people(
    recording: PoseReader,
    lifter: Lifter,
    camera: Camera | None = None,
    plan: LiftingPlan | None = None,
) -> Lifted:
    """Lifts the people of a recording.

    Args:
        recording: Poses in a picture, as `read_poses` gives them, to be read to their end.
        lifter: As `load_lifter` gives it.
        camera: As `camera_for` gives it, of the size of the picture; None for one of which nothing
            is known.
        plan: Who is lifted, and how.

    Raises:
        InputError: If the poses are not in a picture of a size that is known, or a person is asked
            for who is not there.
        SkeletonError: If their skeleton lacks what the network needs.
        FormatError: If the recording is damaged.
    """
    plan = plan or LiftingPlan()
    header = recording.header
    if camera is None:
        size = header.size or plan.study.size
        if size is None:
            raise InputError("the recording does not say how large the picture is")
        camera = camera_for(size)
    found = find_people(recording, plan.study)
    started = time.perf_counter()
    seen = [clean_person(track, header, plan.study)[1].track for track in found.tracks]
    tracks, camera = lifted_together(
        seen,
        lifter,
        camera,
        height=plan.study.height,
        place=plan.place,
        mirrored=plan.mirrored,
        all_joints=plan.all_joints,
    )
    return Lifted(
        people=tuple(_measured(*both, camera) for both in zip(tracks, seen, strict=True)),
        camera=camera,
        place=plan.place,
        height=_height(plan, lifter),
        times=found.times,
        skipped=found.skipped,
        seconds=time.perf_counter() - started,
        header=header,
        made=_made(plan, lifter),
    )


def _height(plan: LiftingPlan, lifter: Lifter) -> float:
    """Metres that people were taken to have; NaN for a network that gives metres itself."""
    return plan.study.height or (USUAL_HEIGHT if lifter.spec.screen == "person" else np.nan)


def _made(plan: LiftingPlan, lifter: Lifter) -> dict[str, str]:
    places = {
        "body": "about the pelvis",
        "floor": "upright on the floor",
        "room": "where in the room the camera saw them",
    }
    study, height = plan.study, _height(plan, lifter)
    assumed = "" if study.height else ", assumed"
    return {
        "lifted": f"{places[plan.place]}, by {lifter.path.name}",
        "height": f"{height:g} m{assumed}" if np.isfinite(height) else "not asked",
        "smoothing": f"{study.smooth} in the picture, gaps of up to {study.max_gap:g} s filled",
    }


def _measured(track: Track, seen: Track, camera: Camera) -> LiftedPerson:
    bones = length_variations(track.skeleton, track.keypoints.astype(np.float64))
    distance, spread = distances(track, seen, camera)
    return LiftedPerson(
        track=track,
        seen=seen,
        sigma=_median(track.sigma),
        bone_variation=_median(np.array(list(bones.values()))),
        distance=_median(distance),
        distance_spread=_median(spread),
    )


def _median(values: np.ndarray | None) -> float:
    known = np.empty(0) if values is None else values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")
