"""One's own examples: a folder with a folder for each label, with recordings in it.

    LABEL/recording                 files of poses, videos, or folders of either's files
    LABEL/PERSON/recording          the same, where it is known who does it
    train/LABEL/..., test/LABEL/... the same, where it is fixed what is tested (`val` is `test`)

What a recording is, and how people come of it, the caller says: `people_in_file` reads files of
poses. Names that begin with a dot, and texts such as `README.md`, are passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from kinema.actions.sequences import ActionSequence, ActionSet, People
from kinema.errors import FormatError, InputError
from kinema.formats.opening import read_poses
from kinema.formats.registry import format_to_read
from kinema.formats.staging import file_errors
from kinema.poses import Poses
from kinema.track import Track, tracks
from kinema.tracking.tracker import Tracker

_PARTS = {"train": "train", "test": "test", "val": "test"}
_PASSED_OVER = frozenset((".md", ".rst", ".txt", ".pdf", ".yaml", ".yml", ".toml"))
_BLOCK = 1 << 20


def is_pose_file(path: Path) -> bool:
    """Whether a path can be read as poses."""
    try:
        format_to_read(path)
    except InputError:
        return False
    return True


def people_in_file(path: Path) -> People:
    """The people of a recording of poses, the largest who are there longest first.

    Who does something is mostly nearest to the camera, and who passes behind is small: the order is
    that of the frames of a person times the median size, the diagonal of the box of the joints.
    People without identities are followed.

    Raises:
        InputError: If it cannot be read, or has no times.
    """
    with read_poses(path) as recording:
        frames = list(recording)
    if np.isnan([frame.time for frame in frames]).any():
        raise InputError(
            f"{path} has no times; give it some: kinema convert {path} OUT.jsonl --rate 30"
        )
    people = tracks(_followed(frames))
    return tuple(sorted(people, key=_presence, reverse=True))


def _presence(track: Track) -> float:
    points = track.keypoints[track.found.any(axis=1)].astype(np.float64)
    if len(points) == 0:
        return 0.0
    size = np.linalg.norm(np.nanmax(points, axis=1) - np.nanmin(points, axis=1), axis=1)
    return float(np.median(size) * len(points))


def _followed(frames: list[Poses]) -> list[Poses]:
    """The frames with identities. One person a frame relative to the body is one person."""
    if all(poses.ids is not None or len(poses) == 0 for poses in frames):
        return frames
    if all(poses.space == "body" and len(poses) <= 1 for poses in frames):
        return [replace(poses, ids=np.zeros(len(poses), np.int64)) for poses in frames]
    return list(Tracker().follow(frames))


@dataclass(frozen=True)
class _Recording:
    path: Path
    label: str
    subject: str
    part: str


def read_folder(
    path: Path,
    people_of: Callable[[Path], People] = people_in_file,
    is_recording: Callable[[Path], bool] = is_pose_file,
) -> ActionSet:
    """The recordings of a folder of labels.

    Args:
        path: The folder.
        people_of: Gives the people of a recording, when they are needed.
        is_recording: Whether a file or a folder is a recording.

    Raises:
        InputError: If it cannot be read, there are fewer than two labels, or a label is empty.
        FormatError: If a file is no recording, lies in no label, or is there under two labels.
    """
    recordings = list(_recordings(path, is_recording))
    labels = sorted({recording.label for recording in recordings})
    if not labels:
        raise InputError(f"{path} holds no recordings; they lie in a folder a label, LABEL/FILE")
    if len(labels) < 2:
        raise InputError(f"{path} has the label {labels[0]} only; a recogniser needs two or more")
    _check_labels(path, labels)
    _check_twins(recordings)
    sequences = tuple(
        ActionSequence(
            recording.path.relative_to(path).as_posix(),
            recording.label,
            partial(people_of, recording.path),
            subject=recording.subject,
            part=recording.part,
        )
        for recording in recordings
    )
    return ActionSet(path.resolve().name, tuple(labels), sequences)


def _recordings(path: Path, is_recording: Callable[[Path], bool]) -> Iterator[_Recording]:
    folders, files = _entries(path)
    _refuse(files, "lies in no folder of a label")
    names = {folder.name.lower() for folder in folders}
    if {"train"} < names <= set(_PARTS):
        for folder in folders:
            labels, loose = _entries(folder)
            _refuse(loose, "lies in no folder of a label")
            for label in labels:
                yield from _of_label(label, _PARTS[folder.name.lower()], is_recording)
    else:
        for label in folders:
            yield from _of_label(label, "", is_recording)


def _of_label(label: Path, part: str, is_recording: Callable[[Path], bool]) -> Iterator[_Recording]:
    count = 0
    for entry in sorted((*_entries(label)[0], *_entries(label)[1])):
        if is_recording(entry):
            count += 1
            yield _Recording(entry, label.name, "", part)
        elif entry.is_dir():
            folders, files = _entries(entry)
            for inner in sorted((*folders, *files)):
                if not is_recording(inner):
                    raise FormatError(f"{inner} is neither a video nor a file of poses")
                count += 1
                yield _Recording(inner, label.name, entry.name, part)
        else:
            raise FormatError(f"{entry} is neither a video nor a file of poses")
    if count == 0:
        raise InputError(f"the label {label} holds no recordings; add some, or remove it")


def _entries(path: Path) -> tuple[list[Path], list[Path]]:
    """The folders and the files in a folder that are not passed over, sorted."""
    with file_errors("read", path):
        entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    files = [entry for entry in entries if entry.is_file()]
    kept = [file for file in files if file.suffix.lower() not in _PASSED_OVER]
    return [entry for entry in entries if entry.is_dir()], kept


def _refuse(files: list[Path], reason: str) -> None:
    if files:
        raise FormatError(f"{files[0]} {reason}; put it into one, or elsewhere")


def _check_labels(path: Path, labels: list[str]) -> None:
    seen: dict[str, str] = {}
    for label in labels:
        other = seen.setdefault(label.strip().casefold(), label)
        if other != label:
            raise FormatError(f"{path} has the labels {other!r} and {label!r}; make them one")


def _check_twins(recordings: list[_Recording]) -> None:
    """No recording may be there under two labels."""
    sizes: dict[int, list[_Recording]] = {}
    for recording in recordings:
        if recording.path.is_file():
            with file_errors("read", recording.path):
                sizes.setdefault(recording.path.stat().st_size, []).append(recording)
    for same in sizes.values():
        if len({recording.label for recording in same}) < 2:
            continue
        seen: dict[str, _Recording] = {}
        for recording in same:
            other = seen.setdefault(content_key(recording.path), recording)
            if other.label != recording.label:
                raise FormatError(
                    f"{other.path} and {recording.path} are the same recording with two labels"
                )


def content_key(path: Path) -> str:
    """What a file holds, as 32 hexadecimal digits.

    Raises:
        InputError: If it cannot be read.
    """
    digest = hashlib.sha256()
    with file_errors("read", path), path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()[:32]


def is_folder(path: Path) -> bool:
    """Whether the path is a folder of folders, as one's own examples are."""
    return path.is_dir() and any(entry.is_dir() for entry in path.iterdir())
