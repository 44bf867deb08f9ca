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

import numpy as np

from kinema.errors import InputError, SkeletonError
from kinema.formats.recording import Header, PoseReader
from kinema.markers import joints_from_markers
from kinema.poses import Poses
from kinema.study.person import Person, study_person
from kinema.study.plan import StudyPlan
from kinema.track import Float64Array, Track, tracks
from kinema.tracking.exchanges import exchanges
from kinema.tracking.tracker import Tracker

_log = logging.getLogger(__name__)

_MOST_NOTES = 5

SHORTEST_SECONDS = 0.5
"""A person who is seen for less is left out: nobody's movement, or a false detection."""


@dataclass(frozen=True, eq=False)
class Study:
    """A recording and the people in it, in order of first appearance.

    Attributes:
        header: Of the recording.
        plan: What was asked for.
        people: Those who were seen long enough.
        times: (T,) seconds of all frames, also of those without people.
        skipped: Identities that were seen too briefly, with their seconds.
        notes: What the reader of results must know, a sentence each.
    """

    header: Header
    plan: StudyPlan
    people: tuple[Person, ...]
    times: Float64Array
    skipped: dict[int, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


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
    found = find_people(recording, plan, on_frame=on_frame)
    return Study(
        header=recording.header,
        plan=plan,
        people=tuple(study_person(track, recording.header, plan) for track in found.tracks),
        times=found.times,
        skipped=found.skipped,
        notes=found.notes,
    )


@dataclass(frozen=True, eq=False)
class Found:
    """The people of a recording who were asked for or seen long enough, as they come.

    Attributes:
        tracks: One for each, not yet clean.
        times: As in `Study`.
        skipped: As in `Study`.
        notes: As in `Study`.
    """

    tracks: tuple[Track, ...]
    times: Float64Array
    skipped: dict[int, float]
    notes: tuple[str, ...]


def find_people(
    recording: PoseReader,
    plan: StudyPlan,
    *,
    on_frame: Callable[[Poses], object] = lambda poses: None,
) -> Found:
    """Who is in a recording.

    Raises:
        InputError: If a person is asked for who is not there, or the frames are not in order.
        FormatError: If the recording is damaged.
    """
    times: list[float] = []
    stream = _followed(_timed(recording, times, on_frame), retrack=plan.retrack)
    everybody = [_with_joints(track) for track in tracks(stream)]
    notes = _notes(everybody)
    for note in notes:
        _log.warning("%s", note)
    chosen, skipped = _chosen(everybody, plan)
    return Found(tuple(chosen), np.array(times), skipped, notes)


def _notes(people: list[Track]) -> tuple[str, ...]:
    """What is wrong with the identities, as far as it can be seen."""
    found = exchanges(people)
    lines = [
        f"persons {one.first} and {one.second} seem to be exchanged from {one.time:.2f} s on: both "
        "jump to the other's place; --retrack gives identities anew"
        for one in found[:_MOST_NOTES]
    ]
    more = len(found) - len(lines)
    return (*lines, *([f"and {more} more exchanges of this kind"] if more else []))


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
    if first and first[-1].space == "body":  # no place in the room to follow somebody by
        return every if has_ids else (_alone(poses) for poses in every)
    return every if has_ids and not retrack else Tracker().follow(every)


def _alone(poses: Poses) -> Poses:
    """The one person of a frame in body space.

    Raises:
        InputError: If there are several.
    """
    if len(poses) > 1:
        raise InputError(
            f"frame {poses.frame} has {len(poses)} people without ids in body space, where they "
            "cannot be told apart; give them ids"
        )
    return replace(poses, ids=np.ones(len(poses), dtype=np.int64))


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
