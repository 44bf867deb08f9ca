"""Pickles of MMAction2 and PYSKL: annotations of skeletons, read without running what is in them.

    {"split": {"xsub_train": ["S001C001P001R001A001", ...], "xsub_val": [...]},
     "annotations": [{"frame_dir": "S001C001P001R001A001", "label": 0,
                      "keypoint": (M, T, K, D), "keypoint_score": (M, T, K)}, ...]}

or the list of annotations alone. M people, T frames, K joints: 17 of COCO in pixels, 25 of a
Kinect v2 or 20 of a v1 in metres and the axes of the sensor. A joint with a score of 0, or with all
its coordinates 0, is absent; people who are nowhere are left out.

The splits become protocols (`kinema.actions.published.official_protocols`): `xsub`, `xview`, ...
Labels are numbers. Their names come from a text beside the pickle, `label_map.txt` or `NAME.txt`,
one a line; from the names of NTU's recordings, whose subjects, cameras and setups are known too; or
from the folders in `frame_dir`, where all examples of a label lie in one. Else the names are the
numbers. A pickle that refers to other files for its keypoints, as that of Kinetics does, cannot be
read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.actions.datasets.bodies import KINECT_RATE, body_of, kinect_points
from kinema.actions.datasets.ntu_labels import NTU60, NTU_LABELS
from kinema.actions.datasets.ntu_rgbd import NTU_NAME
from kinema.actions.sequences import ActionSequence, ActionSet, People
from kinema.errors import FormatError
from kinema.formats.npy import guess
from kinema.formats.safe_pickle import load_plain
from kinema.formats.staging import file_errors
from kinema.formats.textfile import open_to_read

NAME = "mmaction"
_LABEL_FILES = ("label_map.txt", "{stem}.txt")
_MOST_LABELS = 100_000
Float64Array = npt.NDArray[np.float64]
Annotation = dict[str, object]


def read_mmaction(path: Path) -> ActionSet:
    """The examples of a pickle.

    Raises:
        InputError: If it cannot be opened.
        FormatError: If it is damaged, asks for anything else than arrays and plain types, or holds
            no annotations.
    """
    with file_errors("read", path), path.open("rb") as file:
        try:
            content = load_plain(file)
        except FormatError as error:
            raise FormatError(f"{path} is {error}") from error
    annotations, splits = _parts_of(content, path)
    parts: dict[str, list[str]] = {}
    for split, names in splits.items():
        for name in names:
            parts.setdefault(name, []).append(split)
    names = [str(entry["frame_dir"]) for entry in annotations]
    numbers = [_label(entry, path) for entry in annotations]
    is_ntu = all(
        (match := NTU_NAME.fullmatch(name)) and int(match[5]) == number + 1
        for name, number in zip(names, numbers, strict=True)
    )
    few = max(numbers) < NTU60
    labels = NTU_LABELS[: NTU60 if few else None] if is_ntu else _labels(path, names, numbers)
    sequences = []
    for name, number, entry in zip(names, numbers, annotations, strict=True):
        known = NTU_NAME.fullmatch(name)
        sequences.append(
            ActionSequence(
                name,
                labels[number],
                _reader(entry, path),
                subject=f"P{known[3]}" if known else "",
                view=f"C{known[2]}" if known else "",
                setup=f"S{known[1]}" if known else "",
                part=" ".join(parts.get(name, [])),
            )
        )
    return ActionSet((f"ntu{len(labels)}" if is_ntu else NAME), tuple(labels), tuple(sequences))


def _parts_of(content: object, path: Path) -> tuple[list[Annotation], Mapping[str, list[str]]]:
    splits: dict[str, list[str]] = {}
    if isinstance(content, dict):
        given = content.get("split", {})
        if not isinstance(given, dict):
            raise FormatError(f"{path}: split must be a dictionary of lists of names")
        for name, members in given.items():
            if not isinstance(members, list | tuple):
                raise FormatError(f"{path}: the split {name} is not a list of names")
            splits[str(name)] = [str(member) for member in members]
        content = content.get("annotations")
    if not isinstance(content, list) or not content:
        raise FormatError(f"{path} holds no annotations")
    for entry in content:
        if not isinstance(entry, dict) or "frame_dir" not in entry or "label" not in entry:
            raise FormatError(f"{path}: an annotation lacks frame_dir or label")
        if "keypoint" not in entry:
            raise FormatError(
                f"{path}: {entry['frame_dir']} has no keypoint, but refers to another file; only "
                "pickles with the keypoints in them can be read"
            )
    return content, splits


def _label(entry: Annotation, path: Path) -> int:
    label = entry["label"]
    if not isinstance(label, int | np.integer) or not 0 <= int(label) < _MOST_LABELS:
        raise FormatError(f"{path}: the label of {entry['frame_dir']} is {label!r}, no number")
    return int(label)


def _labels(path: Path, names: list[str], numbers: list[int]) -> tuple[str, ...]:
    count = max(numbers) + 1
    for pattern in _LABEL_FILES:
        file = path.with_name(pattern.format(stem=path.stem))
        if file.is_file():
            with open_to_read(file) as text, file_errors("read", file):
                labels = [line.strip() for line in text if line.strip()]
            if len(labels) < count:
                raise FormatError(f"{file} has {len(labels)} labels; {path} needs {count}")
            return tuple(labels)
    folders: dict[int, set[str]] = {}
    for name, number in zip(names, numbers, strict=True):
        folders.setdefault(number, set()).add(re.split(r"[/\\]", name)[0] if "/" in name else "")
    found = {number: next(iter(some)) for number, some in folders.items() if len(some) == 1}
    unlike = len(found) == len(folders) == len(set(found.values()))
    if unlike and "" not in found.values():
        return tuple(found.get(number, str(number)) for number in range(count))
    return tuple(str(number) for number in range(count))


def _reader(entry: Annotation, path: Path) -> partial[People]:
    return partial(
        _people, entry["keypoint"], entry.get("keypoint_score"), path, entry["frame_dir"]
    )


def _people(keypoint: object, score: object, path: Path, name: object) -> People:
    """The people of arrays (M, T, K, D) and (M, T, K)."""
    where = f"{path}: {name}"
    points = _array(keypoint, f"{where}: keypoint")
    if points.ndim != 4:
        raise FormatError(f"{where}: keypoint must be (M, T, K, D), got the shape {points.shape}")
    scores = None if score is None else _array(score, f"{where}: keypoint_score")
    if points.shape[3] == 3 and scores is None and points.shape[2] == 17:
        points, scores = points[..., :2], points[..., 2]
    if scores is not None and scores.shape != points.shape[:3]:
        raise FormatError(f"{where}: keypoint_score has the shape {scores.shape}")
    if points.size == 0:
        return ()
    skeleton, space, _ = guess(points.shape[2], points.shape[3], None, path)
    absent = (points == 0).all(axis=3) | ~np.isfinite(points).all(axis=3)
    if scores is not None:
        absent |= ~(scores > 0)
    places = kinect_points(points) if space == "world" else points
    places = np.where(absent[..., None], np.nan, places)
    return tuple(
        body_of(
            skeleton,
            places[i],
            space=space,
            rate=KINECT_RATE,
            scores=None if scores is None else np.clip(scores[i], 0, 1),
            number=i,
        )
        for i in range(len(places))
        if not absent[i].all()
    )


def _array(value: object, what: str) -> Float64Array:
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        raise FormatError(f"{what} is not an array of numbers")
    return value.astype(np.float64)


def is_mmaction(path: Path) -> bool:
    """Whether the path is a pickle, by its name."""
    return path.is_file() and path.suffix.lower() in (".pkl", ".pickle")
