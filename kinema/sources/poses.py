"""Poses of a recording, whether it is a file of poses or a video in which they are found first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from kinema.errors import FormatError, InputError
from kinema.formats import read_poses
from kinema.formats.recording import PoseReader
from kinema.formats.registry import is_poses
from kinema.formats.staging import made_folder
from kinema.media.frame import MediaInfo
from kinema.media.times import read_times, times_path
from kinema.models.model import Model
from kinema.outputs import Plan, process
from kinema.poses import Poses
from kinema.tracking.tracker import Tracker


def open_poses(
    source: str,
    folder: Path,
    *,
    stem: str,
    load: Callable[[], Model],
    rate: float | None = None,
    size: tuple[int, int] | None = None,
    part: tuple[float, float] | None = None,
    on_start: Callable[[MediaInfo], object] = lambda info: None,
    on_frame: Callable[[Poses], object] = lambda poses: None,
) -> PoseReader:
    """The poses of one source; those of a video are kept as STEM.poses.jsonl in the folder.

    Args:
        source: A video, or a file or folder of poses.
        folder: Made if need be.
        stem: Start of the name of that file.
        load: Gives the model, if it is needed.
        rate: Frames per second, where the source has no times.
        size: Of the picture, for formats whose coordinates are shares of it.
        part: Of a video, from where to where in seconds; only there people are looked for.
        on_start: Told about a video once it is open.
        on_frame: Told of each frame in which people were looked for.

    Raises:
        InputError: If the source cannot be read as poses.
        MediaError: If it cannot be read as a video.
    """
    made_folder(folder)
    if is_poses(source):
        return read_poses(source, rate=rate, size=size)
    report = process(
        source,
        load(),
        folder,
        Plan(("poses",), rate=rate, part=part),
        stem=stem,
        on_start=on_start,
        on_frame=on_frame,
    )
    return read_poses(report.files[0])


def timed(frames: Iterable[Poses], source: str) -> list[Poses]:
    """All frames of a recording.

    Raises:
        InputError: If one has no time, or the times do not increase; the message names `source`.
    """
    every = list(frames)
    times = np.array([poses.time for poses in every])
    if np.isnan(times).any():
        raise InputError(f"{source} has no times; give its frames per second with --rate")
    if (np.diff(times) <= 0).any():
        place = int(np.flatnonzero(np.diff(times) <= 0)[0]) + 1
        raise InputError(
            f"{source}: frame {every[place].frame} is at {times[place]:g} s, the one before at "
            f"{times[place - 1]:g} s; times must increase"
        )
    return every


def on_recorded_clock(
    frames: list[Poses], source: str, video: str | None = None
) -> tuple[list[Poses], Path | None]:
    """The frames with the times that `kinema record` left, and the file of these; else as they are.

    Such a file lies beside the video, or beside the file of poses: `cam0.times.csv`.

    Args:
        frames: Of one recording; their numbers are those of the pictures in the video.
        source: What was read, a video or poses.
        video: In which the poses were found, as they say themselves.

    Raises:
        FormatError: If the file is damaged, or has fewer times than there are pictures.
    """
    path = Path(source)
    beside = path.with_name(path.name.replace(".poses.", "."))
    for place in (source, str(beside), video or ""):
        times = None if not place or "://" in place else read_times(place)
        if times is None:
            continue
        last = max((poses.frame for poses in frames), default=0)
        if last >= len(times):
            raise FormatError(
                f"{times_path(place)} has {len(times)} times, {source} has frame {last}; remove it "
                "to do without"
            )
        moved = [replace(poses, time=float(times[poses.frame])) for poses in frames]
        return moved, times_path(place)
    return frames, None


def followed(frames: list[Poses]) -> list[Poses]:
    """The frames with identities: the recording's own, or new ones where it has none.

    Poses relative to the body say nothing of where people are: one a frame is one person.

    Raises:
        InputError: If there are several of those in a frame.
    """
    if any(len(poses) and poses.ids is None for poses in frames):
        if all(poses.space == "body" and len(poses) <= 1 for poses in frames):
            return [replace(poses, ids=np.ones(len(poses), np.int64)) for poses in frames]
        return list(Tracker().follow(frames))
    return frames
