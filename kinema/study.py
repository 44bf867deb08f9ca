"""From a recording of poses to people in motion: who is who, clean trajectories, angles and gait.

`study_poses` composes what `kinema.tracking` and `kinema.analysis` do, in this order:

1. People without identities are followed from frame to frame (`Tracker`).
2. Each person's trajectories are repaired and smoothed, and get their uncertainty (`clean`).
3. Joint angles come from the clean and, to compare with, from the raw trajectories.
4. Gait, for whoever walks or runs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Literal

import numpy as np

from kinema.analysis.angles import joint_angles
from kinema.analysis.gait import Gait, analyse_gait
from kinema.curves import Curves, Event
from kinema.errors import InputError, SkeletonError
from kinema.formats.recording import Header, PoseReader
from kinema.markers import joints_from_markers
from kinema.poses import Poses
from kinema.track import Float64Array, Track, tracks
from kinema.tracking.border import at_border
from kinema.tracking.cleaning import Cleaned, clean
from kinema.tracking.tracker import Tracker

_log = logging.getLogger(__name__)

View = Literal["auto", "side", "back", "front"]
Surface = Literal["auto", "overground", "treadmill"]
Mode = Literal["auto", "walking", "running"]

SHORTEST_SECONDS = 0.5
"""A person who is seen for less is left out: nobody's movement, or a false detection."""


@dataclass(frozen=True)
class StudyPlan:
    """What to do with the poses.

    Attributes:
        smooth: `auto`, `none` or the name of a filter; see `kinema.tracking.smoothing`.
        max_gap: The longest gap in seconds that is filled.
        repair_swaps: Whether exchanged left and right limbs are put right.
        people: Identities of the people wanted; () is all.
        retrack: Give new identities even where the recording has some.
        height: Of the body in metres, or None; turns pixels into metres.
        view: Of the camera: `auto`, `side`, `front` or `back`.
        surface: That is walked on: `auto`, `overground` or `treadmill`.
        mode: `auto`, `walking` or `running`.
    """

    smooth: str = "auto"
    max_gap: float = 0.25
    repair_swaps: bool = True
    people: tuple[int, ...] = ()
    retrack: bool = False
    height: float | None = None
    view: View = "auto"
    surface: Surface = "auto"
    mode: Mode = "auto"


@dataclass(frozen=True, eq=False)
class Person:
    """What was found of one person.

    Attributes:
        id: Identity within the recording.
        cleaned: Raw and clean trajectories, and what was repaired.
        angles: Of the clean trajectories, with their uncertainty.
        raw_angles: Of the raw ones.
        gait: Steps and what follows from them; None where gait cannot be looked for.
        no_gait: Why not; "" where it can.
        cut_seconds: Time in which the person came into the picture or left it, and was not
            measured, for only a part of the body was to be seen.
    """

    id: int
    cleaned: Cleaned
    angles: Curves
    raw_angles: Curves
    gait: Gait | None
    no_gait: str = ""
    cut_seconds: float = 0.0

    @property
    def events(self) -> tuple[Event, ...]:
        """Heel strikes and toe-offs; none where there is no gait."""
        return () if self.gait is None else self.gait.events

    @property
    def track(self) -> Track:
        """The clean trajectories."""
        return self.cleaned.track


@dataclass(frozen=True, eq=False)
class Study:
    """A recording and the people in it, in order of first appearance.

    Attributes:
        header: Of the recording.
        plan: What was asked for.
        people: Those who were seen long enough.
        times: (T,) seconds of all frames, also of those without people.
        skipped: Identities that were seen too briefly, with their seconds.
    """

    header: Header
    plan: StudyPlan
    people: tuple[Person, ...]
    times: Float64Array
    skipped: dict[int, float] = field(default_factory=dict)


def study_poses(
    recording: PoseReader,
    plan: StudyPlan | None = None,
    *,
    on_frame: Callable[[Poses], object] = lambda poses: None,
) -> Study:
    """Everything that follows from the poses of a recording.

    Args:
        recording: As `read_poses` gives it, to be read to its end.
        plan: What to do; the defaults suit people who walk or exercise before a camera.
        on_frame: Told of each frame that was read.

    Raises:
        InputError: If a person is asked for who is not there, or the frames are not in order.
        FormatError: If the recording is damaged.
    """
    plan = plan or StudyPlan()
    times: list[float] = []
    stream = _followed(_timed(recording, times, on_frame), retrack=plan.retrack)
    everybody = [_with_joints(track) for track in tracks(stream)]
    chosen, skipped = _chosen(everybody, plan)
    return Study(
        header=recording.header,
        plan=plan,
        people=tuple(_person(track, recording.header, plan) for track in chosen),
        times=np.array(times),
        skipped=skipped,
    )


def _timed(
    frames: Iterable[Poses], times: list[float], on_frame: Callable[[Poses], object]
) -> Iterator[Poses]:
    """The frames as they come; their times are noted, and have to increase."""
    for poses in frames:
        if not np.isfinite(poses.time):
            raise InputError("the recording has no times; give its frames per second with --rate")
        if times and poses.time <= times[-1]:
            raise InputError(
                f"frame {poses.frame} is at {poses.time:g} s, the one before at {times[-1]:g} s: "
                "times must increase; give --rate to number the frames anew"
            )
        times.append(poses.time)
        on_frame(poses)
        yield poses


def _followed(frames: Iterator[Poses], *, retrack: bool) -> Iterator[Poses]:
    """The frames with identities: the recording's own, or new ones where it has none."""
    first = list(_until_somebody(frames))
    has_ids = bool(first) and (len(first[-1]) == 0 or first[-1].ids is not None)
    every = chain(first, frames)
    return every if has_ids and not retrack else Tracker().follow(every)


def _until_somebody(frames: Iterator[Poses]) -> Iterator[Poses]:
    """The first frames, up to the first one with people in it."""
    for poses in frames:
        yield poses
        if len(poses):
            return


def _chosen(everybody: list[Track], plan: StudyPlan) -> tuple[list[Track], dict[int, float]]:
    """The people who were asked for, or all who were seen long enough; and the others.

    Where nobody was, everybody is chosen.
    """
    known = {track.id: track for track in everybody}
    if plan.people:
        missing = [identity for identity in plan.people if identity not in known]
        if missing:
            there = ", ".join(map(str, sorted(known))) or "nobody"
            raise InputError(f"there is no person {missing[0]} in the recording; it has {there}")
        return [known[identity] for identity in dict.fromkeys(plan.people)], {}
    seconds = {track.id: _seconds(track) for track in everybody}
    brief = {key: value for key, value in seconds.items() if value < SHORTEST_SECONDS}
    if len(brief) == len(everybody):  # a short recording, not people in passing
        return everybody, {}
    return [track for track in everybody if track.id not in brief], brief


def _seconds(track: Track) -> float:
    """How long the person was in view, gaps not counted."""
    return len(track) / track.rate if len(track) > 1 else 0.0


def _with_joints(track: Track) -> Track:
    """Markers of a motion capture system as joints; keypoints, and unknown sets, as they are."""
    known = {"left_ankle", "right_ankle", "left_hip", "right_hip"} <= set(track.skeleton.keypoints)
    if known or track.space == "image":
        return track
    try:
        return joints_from_markers(track)
    except SkeletonError as error:
        _log.warning("person %d is measured without joints: %s", track.id, error)
        return track


def _person(track: Track, header: Header, plan: StudyPlan) -> Person:
    whole = _without_cut_off_frames(track, header)
    cleaned = clean(whole, smooth=plan.smooth, max_gap=plan.max_gap, repair_swaps=plan.repair_swaps)
    gait, no_gait = _gait(cleaned, plan)
    return Person(
        id=track.id,
        cleaned=cleaned,
        angles=joint_angles(cleaned.track),
        raw_angles=joint_angles(cleaned.raw),
        gait=gait,
        no_gait=no_gait,
        cut_seconds=_seconds(track) * (1 - len(whole) / max(len(track), 1)),
    )


def _without_cut_off_frames(track: Track, header: Header) -> Track:
    """The track without the frames in which the person is half in the picture."""
    if track.space != "image" or header.size is None:
        return track
    kept = ~at_border(track, header.size[0])
    return replace(
        track, keypoints=track.keypoints[kept], scores=track.scores[kept], times=track.times[kept]
    )


def _gait(cleaned: Cleaned, plan: StudyPlan) -> tuple[Gait | None, str]:
    """The gait, from repaired but not smoothed trajectories: its methods filter for themselves."""
    try:
        gait = analyse_gait(
            cleaned.repaired,
            view=plan.view,
            surface=plan.surface,
            mode=plan.mode,
            height=plan.height,
        )
    except InputError as error:
        return None, str(error)
    return gait, ""
