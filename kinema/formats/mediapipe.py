"""MediaPipe's poses, for reading: dumps of its landmarks as JSON, and tables of them.

    {"pose_landmarks": [[{"x": 0.51, "y": 0.22, "z": -0.3, "visibility": 0.99}, ...]],
     "pose_world_landmarks": [[...]], "timestamp_ms": 33}

Each document is a frame: in a list, one on each line, or in an object under `frames`. Landmarks of
one person or of several; names as in Python, in JavaScript (`landmarks`, `worldLandmarks`,
`poseLandmarks`) and in the older interface (`landmark`). 33 are `blazepose33`. A bare list of
landmarks is a frame of one person.

    label, nose_x, nose_y, nose_z, nose_v, left_shoulder_x, ...

Tables have a row a frame and person, with any of the landmarks by name, and columns `frame`,
`time` (seconds), `timestamp_ms` and `id` where they are known; other columns are left out.

Coordinates in pictures are shares of its size, from edge to edge, which must be known: `--size`;
pixel = share x size - 0.5. The format `mediapipe-world` reads the world landmarks instead: metres
from the middle of the hips, x right, y down, z away from the camera, which is "body" space. The z
of pictures is left out. `visibility` is the score.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np

from kinema.errors import FormatError, InputError
from kinema.formats.card import Size
from kinema.formats.columns import skeleton_of
from kinema.formats.delimited import Table, first_cells
from kinema.formats.imported import (
    Float64Array,
    Person,
    frame_of,
    head_of,
    load_documents,
    located,
    numbers,
)
from kinema.formats.recording import Header, PoseStream
from kinema.formats.rows import Row, frames_of, scores_of
from kinema.formats.textfile import JsonObject, JsonValue
from kinema.skeleton import Skeleton
from kinema.skeletons import BLAZEPOSE33

_IMAGE_KEYS = ("pose_landmarks", "poseLandmarks", "landmarks", "landmark")
_WORLD_KEYS = ("pose_world_landmarks", "poseWorldLandmarks", "worldLandmarks", "world_landmarks")
_OUR_NAMES = {"mouth_left": "left_mouth", "mouth_right": "right_mouth"}
_SHARES = 10.0  # landmarks outside of the picture are a few sizes away, pixels are further
_TIMES = {"timestamp_ms": 1e-3, "timestampMs": 1e-3, "timestamp": 1e-3, "time": 1.0}


def read_mediapipe(path: Path, size: Size | None = None) -> PoseStream:
    """The frames of a dump, in pixels.

    Args:
        path: A JSON file or a table.
        size: Of the picture.

    Raises:
        InputError: If the file cannot be opened, or the size is not known.
        FormatError: If it is something else, or damaged.
    """
    if path.suffix.lower() in (".csv", ".tsv", ".txt"):
        return _read_table(path, size)
    frames = _documents(path)
    lists = [(_landmarks(document, _IMAGE_KEYS, path), _time(document)) for document in frames]
    furthest = max(
        (np.nanmax(np.abs(p.keypoints), initial=0) for people, _ in lists for p in people),
        default=0,
    )
    scale = _scale(furthest, size, path)
    stream = (
        frame_of([_flat(person, scale) for person in people], BLAZEPOSE33, frame=i, time=time)
        for i, (people, time) in enumerate(lists)
    )
    return PoseStream(Header(BLAZEPOSE33, size=size), located(stream, path))


def read_mediapipe_world(path: Path) -> PoseStream:
    """The frames of a dump, in metres.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it has no world landmarks, or is damaged.
    """
    documents = _documents(path)
    found = any(isinstance(d, dict) and any(key in d for key in _WORLD_KEYS) for d in documents)
    if documents and not found:
        raise FormatError(f"{path} has no world landmarks ({_WORLD_KEYS[0]})")
    lists = [(_landmarks(document, _WORLD_KEYS, path), _time(document)) for document in documents]
    stream = (
        frame_of(people, BLAZEPOSE33, frame=i, time=time, space="body")
        for i, (people, time) in enumerate(lists)
    )
    return PoseStream(Header(BLAZEPOSE33, space="body"), located(stream, path))


def _scale(furthest: float, size: Size | None, path: Path) -> Float64Array:
    """Width and height that the coordinates are to be multiplied with; 0, 0 for pixels."""
    if furthest > _SHARES:
        return np.zeros(2)
    if size is None:
        raise InputError(
            f"{path}: coordinates are shares of the picture; say its size: --size 1280x720"
        )
    return np.array(size, dtype=np.float64)


def _to_pixels(points: Float64Array, scale: Float64Array) -> Float64Array:
    return points * scale - 0.5 if scale.any() else points


def _flat(person: Person, scale: Float64Array) -> Person:
    return Person(_to_pixels(person.keypoints[:, :2], scale), person.scores)


def _documents(path: Path) -> list[JsonValue]:
    documents = load_documents(path)
    if len(documents) == 1:
        only = documents[0]
        if isinstance(only, dict) and isinstance(only.get("frames"), list):
            return cast("list[JsonValue]", only["frames"])
        if isinstance(only, list) and not _is_landmark_list(only):
            return only
    return documents


def _is_landmark_list(value: JsonValue) -> bool:
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, dict) and "x" in first and "y" in first


def _landmarks(document: JsonValue, keys: tuple[str, ...], path: Path) -> list[Person]:
    """The people of one frame."""
    value = document
    while isinstance(value, dict):
        key = next((key for key in keys if key in value), None)
        if key is None and "landmark" in value:
            key = "landmark"
        value = value[key] if key is not None else None
    if not value:
        return []
    lists = [value] if _is_landmark_list(value) else value
    try:
        return [_person(points) for points in cast("list[JsonValue]", lists)]
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error


def _person(value: JsonValue) -> Person:
    if isinstance(value, dict):
        value = value.get("landmark", value.get("landmarks"))
    if not _is_landmark_list(value):
        raise FormatError("a person's landmarks must be a list of objects with x and y")
    points = cast("list[JsonObject]", value)
    if len(points) != len(BLAZEPOSE33):
        raise FormatError(f"{len(points)} landmarks; MediaPipe's pose has {len(BLAZEPOSE33)}")
    places = numbers([[p.get("x"), p.get("y"), p.get("z", 0.0)] for p in points], "landmarks")
    return Person(places, numbers([p.get("visibility") for p in points], "visibility"))


def _time(document: JsonValue) -> float:
    for key, unit in _TIMES.items():
        value = document.get(key) if isinstance(document, dict) else None
        if isinstance(value, int | float):
            return float(value) * unit
    return float("nan")


def _read_table(path: Path, size: Size | None) -> PoseStream:
    """A table of shares, streamed; whether it holds pixels the first rows tell."""
    table = Table(path)
    try:
        at = {_OUR_NAMES.get(name, name): i for i, name in enumerate(_renamed(table.header))}
        joints = [name[:-2] for name in at if name.endswith("_x") and f"{name[:-2]}_y" in at]
        if not joints:
            raise FormatError(f"{path} has no columns of landmarks, such as nose_x and nose_y")
        skeleton = skeleton_of(joints, "mediapipe")
        rows = _rows(table, at, skeleton)
        first = next(rows, None)
        furthest = 0.0 if first is None else np.nanmax(np.abs(_points(first)), initial=0)
        scale = _scale(furthest, size, path)
    except ValueError:
        table.close()
        raise
    everything = (row for part in ([first] if first else [], rows) for row in part)
    pixels = (_row_in_pixels(row, scale) for row in everything)
    frames = frames_of(pixels, skeleton, "image", path)
    return PoseStream(Header(skeleton, size=size), frames, table.close)


def _renamed(header: list[str]) -> list[str]:
    names = []
    for name in header:
        joint, _, what = name.rpartition("_")
        names.append(f"{_OUR_NAMES.get(joint, joint)}_{what}" if joint else name)
    return names


def _points(row: Row) -> Float64Array:
    return np.empty((0, 2)) if row.keypoints is None else row.keypoints


def _row_in_pixels(row: Row, scale: Float64Array) -> Row:
    points = _to_pixels(_points(row), scale)
    return Row(row.line, row.frame, row.time, points, row.scores, row.id)


def _rows(table: Table, at: dict[str, int], skeleton: Skeleton) -> Iterator[Row]:
    joints = skeleton.keypoints
    words = ("v", "visibility", "score")
    scores = [next((at[f"{j}_{w}"] for w in words if f"{j}_{w}" in at), None) for j in joints]
    for index, cells in enumerate(table.rows()):
        places = [
            [table.number(cells[at[f"{joint}_{axis}"]], f"{joint}_{axis}") for axis in "xy"]
            for joint in joints
        ]
        points = np.array(places)
        points[np.isnan(points).any(axis=1)] = np.nan
        known = [np.nan if i is None else table.number(cells[i], table.header[i]) for i in scores]
        time = next(
            (table.number(cells[at[n]], n) * unit for n, unit in _TIMES.items() if n in at), np.nan
        )
        frame = table.whole(cells[at["frame"]], "frame") if "frame" in at else None
        yield Row(
            line=table.line,
            frame=index if frame is None and np.isnan(time) else frame,
            time=time,
            keypoints=points,
            scores=scores_of(np.clip(known, 0, 1), points),
            id=table.whole(cells[at["id"]], "id") if "id" in at else None,
        )


def is_mediapipe(path: Path) -> bool:
    """Whether the path is a dump of MediaPipe's landmarks, or a table with its `_v` columns."""
    if path.suffix.lower() in (".csv", ".tsv"):
        cells = set(first_cells(path))
        return "frame" not in cells and any(
            cell.endswith("_v") and f"{cell[:-2]}_z" in cells for cell in cells
        )
    start = head_of(path)
    marks = ('"pose_landmarks":', '"poseLandmarks":', '"worldLandmarks":', '"landmark":[')
    if any(mark in start for mark in marks):
        return True
    return '"visibility":' in start and '"x":' in start and '"y":' in start
