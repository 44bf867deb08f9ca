"""Kinetics-skeleton: what OpenPose found in the videos of Kinetics, as ST-GCN's authors share it.

Yan, Xiong, Lin 2018, "Spatial temporal graph convolutional networks for skeleton-based action
recognition" (240,436 recordings to learn from, 19,796 to test, 400 labels).

    kinetics_train/ID.json
        {"data": [{"frame_index": 1, "skeleton": [{"pose": [x, y, ...], "score": [...]}]}, ...],
         "label": "dunking basketball", "label_index": 107}
    kinetics_train_label.json
        {"ID": {"has_skeleton": true, "label": "dunking basketball", "label_index": 107}, ...}

and the same with `val`; or any folder of such files. 18 joints in OpenPose's order, places as
shares of a picture of 340 x 256 pixels, at 30 frames a second. People have no identities in the
files; they are followed here, and those with the highest scores come first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from kinema.actions.datasets.files import files_below
from kinema.actions.sequences import ActionSequence, ActionSet, People
from kinema.errors import FormatError, InputError
from kinema.formats.imported import head_of, numbers
from kinema.formats.textfile import JsonValue, json_objects, read_json
from kinema.poses import Poses
from kinema.skeletons import OPENPOSE18
from kinema.track import Track, tracks
from kinema.tracking.tracker import Tracker

NAME = "kinetics-skeleton"
SIZE = (340, 256)
RATE = 30.0
_INDEX = re.compile(r"(.+)_label\.json")
_FILE = re.compile(r".+\.json")
_PARTS = {"train": "train", "val": "test", "test": "test"}


def read_kinetics(path: Path) -> ActionSet:
    """The recordings of a folder in which somebody was found.

    Raises:
        InputError: If it cannot be read.
        FormatError: If it holds no recordings, or one number stands for two labels.
    """
    indices = files_below(path, _INDEX)
    found: dict[int, str] = {}
    sequences = []
    for file, label, number in _of_indices(indices) if indices else _of_files(path):
        if found.setdefault(number, label) != label:
            raise FormatError(
                f"{file}: label {number} is {label!r}, before it was {found[number]!r}"
            )
        part = _PARTS.get(file.parent.name.rpartition("_")[2], "")
        sequences.append(ActionSequence(file.stem, label, partial(_read_file, file), part=part))
    if not sequences:
        raise FormatError(f"{path} holds no recordings of Kinetics-skeleton")
    labels = tuple(found[number] for number in sorted(found))
    return ActionSet(NAME, labels, tuple(sequences))


def _of_indices(indices: list[Path]) -> Iterator[tuple[Path, str, int]]:
    for index in indices:
        content = read_json(index)
        if not isinstance(content, dict):
            raise FormatError(f"{index} must be an object with the names of the recordings")
        folder = index.with_name(index.name.removesuffix("_label.json"))
        for name, about in content.items():
            if isinstance(about, dict) and about.get("has_skeleton", True):
                file = folder / f"{name}.json"
                if not file.is_file():
                    raise FormatError(f"{folder} lacks {file.name}, which {index} names")
                yield file, *_label(about, f"{index}: {name}")


def _of_files(path: Path) -> Iterator[tuple[Path, str, int]]:
    for file in files_below(path, _FILE):
        content = read_json(file)
        if not isinstance(content, dict):
            raise FormatError(f"{file} must be an object with data and label")
        yield file, *_label(content, str(file))


def _label(about: dict[str, JsonValue], where: str) -> tuple[str, int]:
    label, number = about.get("label"), about.get("label_index")
    if not isinstance(label, str) or not isinstance(number, int) or not label:
        raise FormatError(f"{where} has no label and label_index")
    return label, number


def _read_file(path: Path) -> People:
    content = read_json(path)
    try:
        data = json_objects(content.get("data") if isinstance(content, dict) else None, "data")
        frames = [_poses(entry, number) for number, entry in enumerate(data)]
        people = tracks(Tracker().follow(frames))
    except InputError as error:
        raise FormatError(f"{path}: {error}") from error
    return tuple(sorted(people, key=_certainty, reverse=True))


def _certainty(track: Track) -> float:
    return float(np.nansum(track.scores))


def _poses(entry: dict[str, JsonValue], number: int) -> Poses:
    time = number / RATE
    people = json_objects(entry.get("skeleton", []), "skeleton")
    if not people:
        return Poses.empty(OPENPOSE18, frame=number, time=time)
    points = np.stack([numbers(person.get("pose"), "pose").reshape(-1) for person in people])
    scores = np.stack([numbers(person.get("score"), "score").reshape(-1) for person in people])
    if points.shape[1] != 2 * len(OPENPOSE18) or scores.shape[1] != len(OPENPOSE18):
        raise FormatError(f"frame {number}: a person has 18 joints and scores")
    places = points.reshape(len(people), -1, 2) * SIZE - 0.5
    found = scores > 0
    return Poses(
        OPENPOSE18,
        np.where(found[..., None], places, np.nan),
        np.where(found, np.clip(scores, 0, 1), 0),
        frame=number,
        time=time,
    )


def is_kinetics(path: Path) -> bool:
    """Whether the path is a folder of such recordings, by their index or their first file."""
    if not path.is_dir():
        return False
    if files_below(path, _INDEX, most=1):
        return True
    first = files_below(path, _FILE, most=1)
    return bool(first) and '"frame_index":' in head_of(first[0]) and '"pose":' in head_of(first[0])
