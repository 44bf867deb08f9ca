"""The pictures of people in space: films, pages that can be turned, and drawings of the cameras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kinema.camera import Rig
from kinema.errors import InputError
from kinema.formats import Header
from kinema.formats.staging import made_folder
from kinema.known_values import mean_of_known
from kinema.media.scene import write_film, write_rig_picture
from kinema.media.scene.upright import in_picture
from kinema.media.scene.viewpoint import BESIDE, heading_of
from kinema.report import write_report
from kinema.study import Study, StudyPlan, study_cleaned
from kinema.track import Float64Array, Track
from kinema.tracking.cleaning import clean_already

PICTURES = {"film": ".film.mp4", "gif": ".film.gif", "report": ".report.html", "rig": ".rig.svg"}
"""How the name of the file of each kind of picture ends."""
_HIPS = ("left_hip", "right_hip")


@dataclass(frozen=True, eq=False)
class Footage:
    """What people in space were recorded with.

    Attributes:
        video: Path of the video that goes beside them, with their times; or None.
        source: What the recording is called; the video by default.
        title: Heading of a page; what the recording is called by default.
        made: How the people came to be in space, by name, for a page.
        model: That found the people.
        overlay: The people in the picture of that video; by default as `camera` sees them.
        rig: Cameras in the same world, or None.
        camera: Name of that of the video, in the rig.
        times: The time of each picture of the video, by its number, on the clock of the people
            where that is another one.
        delay: Seconds by which that clock is ahead of the video's, about.
    """

    video: str | None = None
    source: str | None = None
    title: str | None = None
    made: Mapping[str, str] = field(default_factory=dict)
    model: str | None = None
    overlay: Sequence[Track] = ()
    rig: Rig | None = None
    camera: str | None = None
    times: Mapping[int, float] = field(default_factory=dict)
    delay: float = 0.0


def write_pictures(
    people: Sequence[Track],
    times: Float64Array,
    base: Path,
    save: Sequence[str],
    footage: Footage | None = None,
    *,
    turn: float = 0.0,
    command: str | None = None,
) -> tuple[Path, ...]:
    """Writes people in space as pictures of the kinds of `PICTURES`; which files there are then.

    A film or page without a video shows the people alone.

    Args:
        people: At least one, in world or body space.
        times: (T,) of the frames.
        base: Of the files, to which the endings are added; its folder is made if need be.
        save: The kinds.
        footage: What they were recorded with.
        turn: Degrees a second by which the viewer of a film goes round.
        command: The command line, to be shown on the page.

    Raises:
        InputError: If the cameras are asked for and unknown, or nobody has a joint.
        MediaError: If the video cannot be read or a file not written.
        MissingExtra: If what the page needs is not installed.
    """
    footage = footage or Footage()
    made_folder(base.parent)
    files = []
    for kind in save:
        path = base.with_name(base.name + PICTURES[kind])
        if kind == "rig":
            _write_rig(path, people, footage)
        elif kind == "report":
            _write_page(path, people, times, footage, command)
        else:
            _write_film(path, people, footage, turn)
        files.append(path)
    return tuple(files)


def _write_film(path: Path, people: Sequence[Track], footage: Footage, turn: float) -> None:
    own = footage.rig[footage.camera] if footage.rig and footage.camera else None
    overlay = footage.overlay
    if own is not None and footage.video and not overlay:
        overlay = in_picture(people, own)
    azimuth = None
    if footage.video and own is not None:
        azimuth = heading_of(own)
    elif footage.video and people[0].space == "body":
        azimuth = BESIDE  # nearly as the camera, so that left and right are where they are seen
    write_film(
        path,
        people,
        video=footage.video,
        overlay=overlay,
        rig=footage.rig,
        times=footage.times,
        azimuth=azimuth,
        turn=turn,
    )


def _write_page(
    path: Path,
    people: Sequence[Track],
    times: Float64Array,
    footage: Footage,
    command: str | None,
) -> None:
    rates = [track.rate for track in people if np.isfinite(track.rate)]
    header = Header(
        skeleton=people[0].skeleton,
        source=footage.source or footage.video,
        rate=max(rates, default=None),
        model=footage.model,
        space=people[0].space,
    )
    plan = StudyPlan()
    persons = tuple(study_cleaned(clean_already(track), plan) for track in people)
    write_report(
        path,
        Study(header, plan, persons, times),
        video=footage.video,
        place="auto" if footage.video else "none",
        title=footage.title,
        made=footage.made,
        command=command,
        rig=footage.rig,
        camera=footage.camera,
        delay=footage.delay,
    )


def _write_rig(path: Path, people: Sequence[Track], footage: Footage) -> None:
    if footage.rig is None:
        raise InputError("the cameras cannot be drawn: they are unknown")
    write_rig_picture(path, footage.rig, paths=[_way(track) for track in people])


def _way(track: Track) -> Float64Array:
    """Where the middle of the hips goes, (T, 3); of skeletons without hips that of all joints."""
    joints = [joint for joint in _HIPS if joint in track.skeleton] or track.skeleton.keypoints
    paths = np.stack([track.joint(joint) for joint in joints], axis=1).astype(np.float64)
    return mean_of_known(paths, axis=1)
