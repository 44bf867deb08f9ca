"""A folder of labels with videos in it: people are found and followed first, and then kept.

    actions = read_any_actions("my_actions", load=load_model)

The poses of each video are kept as JSON lines in a folder, by what the video holds and which model
looked at it, so that a video that is moved or renamed is known again and one that changed is not.
What was done before an interruption stays: only the video that was being looked at begins anew.
`index.jsonl` in that folder says which file came of which video.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from kinema.actions.datasets.folder import content_key, is_pose_file, people_in_file, read_folder
from kinema.actions.reading import FOLDER, find_kind
from kinema.actions.sequences import ActionSet, People
from kinema.errors import InputError, KinemaError
from kinema.formats.staging import file_errors
from kinema.media.frame import MediaInfo
from kinema.media.sources import VIDEO_SUFFIXES
from kinema.models.model import Model
from kinema.models.store.cache import cache_folder
from kinema.outputs import Plan, process
from kinema.poses import Poses

INDEX = "index.jsonl"
_PARTLY = "partly"


@dataclass(frozen=True)
class Watcher:
    """Who is told how far it is.

    Attributes:
        on_video: Told before each video that is looked at: its path, its number from 1, and how
            many there are to look at.
        on_start: Told about the video once it is open.
        on_frame: Told each frame's people.
    """

    on_video: Callable[[Path, int, int], object] = lambda path, number, count: None
    on_start: Callable[[MediaInfo], object] = lambda info: None
    on_frame: Callable[[Poses], object] = lambda poses: None


def read_any_actions(
    path: str | Path,
    kind: str | None = None,
    *,
    load: Callable[[], Model],
    keep: Path | None = None,
    watcher: Watcher | None = None,
) -> ActionSet:
    """A data set of any kind, of which a folder of labels may hold videos too.

    Args:
        path: A file or a folder.
        kind: As for `kinema.actions.reading.read_actions`.
        load: Gives the model, if there are videos.
        keep: Where poses of videos are kept; in Kinema's cache if None.
        watcher: Is told how far it is.

    Raises:
        InputError: As `read_actions`, or if a video has no frames.
        MediaError: If a video cannot be read.
    """
    found = find_kind(path, kind)
    if found.name == FOLDER:
        return read_labelled(Path(path), load=load, keep=keep, watcher=watcher)
    return found.read(Path(path))


def read_labelled(
    path: Path,
    *,
    load: Callable[[], Model],
    keep: Path | None = None,
    watcher: Watcher | None = None,
) -> ActionSet:
    """The examples of a folder of labels, LABEL/*, of videos and files of poses.

    The arguments and errors are those of `read_any_actions`.
    """
    videos: list[Path] = []

    def is_recording(file: Path) -> bool:
        if is_video(file):
            videos.append(file)
            return True
        return is_pose_file(file)

    people = _PeopleOf({})
    kept = people.files
    actions = read_folder(path, people, is_recording)
    if videos:
        kept.update(_looked_at(videos, load, keep or cache_folder() / "actions", watcher))
    with_videos = [
        replace(sequence, video=str(path / sequence.name))
        if path / sequence.name in kept
        else sequence
        for sequence in actions.sequences
    ]
    return actions.only(with_videos)


@dataclass(frozen=True)
class _PeopleOf:
    """The people of a recording; of a video, as its file of poses tells."""

    files: dict[Path, Path]

    def __call__(self, recording: Path) -> People:
        return people_in_file(self.files.get(recording, recording))


def is_video(path: Path) -> bool:
    """Whether a path is a video, by its name."""
    return path.is_file() and path.suffix.lower() in VIDEO_SUFFIXES


def _looked_at(
    videos: list[Path], load: Callable[[], Model], keep: Path, watcher: Watcher | None
) -> dict[Path, Path]:
    """The file of poses of each video."""
    watcher = watcher or Watcher()
    model = load()
    with file_errors("write", keep):
        keep.mkdir(parents=True, exist_ok=True)
    files = {video: keep / f"{content_key(video)}.{_plain(model.name)}.jsonl" for video in videos}
    open_yet = [video for video, file in files.items() if not file.is_file()]
    for number, video in enumerate(open_yet, 1):
        if files[video].is_file():  # the same video a second time
            continue
        watcher.on_video(video, number, len(open_yet))
        _look_at(video, files[video], model, watcher)
    with suppress(OSError):  # where something of an interruption is left
        (keep / _PARTLY).rmdir()
    return files


def _look_at(video: Path, target: Path, model: Model, watcher: Watcher) -> None:
    partly = target.parent / _PARTLY
    report = process(
        str(video),
        model,
        partly,
        Plan(("poses",)),
        stem=target.name.removesuffix(".jsonl"),
        on_start=watcher.on_start,
        on_frame=watcher.on_frame,
    )
    if not report.files:
        raise InputError(f"{video} has no frames; remove it from the examples")
    entry = {
        "poses": target.name,
        "video": str(video),
        "model": model.name,
        "frames": report.frames,
        "people": report.people,
    }
    with file_errors("write", target):
        with (target.parent / INDEX).open("a", encoding="utf-8") as index:
            index.write(json.dumps(entry) + "\n")
        report.files[0].replace(target)


def _plain(name: str) -> str:
    """A name of a model that can be part of a name of a file."""
    plain = "".join(mark if mark.isalnum() or mark in "-_." else "-" for mark in name)
    if not plain:
        raise KinemaError("a model without a name cannot be told from others; name it")
    return plain
