"""Ultralytics' results, for reading: `to_json`, `to_csv` and the label files of `save_txt`.

    [{"name": "person", "class": 0, "confidence": 0.91, "box": {"x1": ..., "y1": ..., "x2": ...,
      "y2": ...}, "track_id": 1, "keypoints": {"x": [...], "y": [...], "visible": [...]}}, ...]

is one picture; a list of such lists, or one on each line, is a video. `to_csv` has the same as a
table of one picture. Label files hold a row of numbers for each person,

    class x y width height  x y visible  x y visible ...  [confidence] [track_id]

all shares of the picture's size; a folder of them is a recording, and the number at the end of a
name the frame, counted from 1 there and from 0 here.

Keypoints are pixels where they are more than 1, else shares of the picture, whose size must then be
known: `--size`. Their number tells the skeleton, as in `kinema.formats.npy`. (0, 0) is absent, and
`confidence` the certainty of the person. Only people (class 0) are read. There are no times.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import cast

import numpy as np

from kinema.errors import FormatError, InputError
from kinema.formats.card import Size
from kinema.formats.delimited import Table, first_cells
from kinema.formats.imported import (
    Float64Array,
    Person,
    frame_numbers,
    frame_of,
    head_of,
    identity,
    load_documents,
    located,
    numbers,
)
from kinema.formats.npy import guess
from kinema.formats.recording import Header, PoseStream
from kinema.formats.staging import file_errors
from kinema.formats.textfile import JsonObject, JsonValue, json_objects, open_to_read
from kinema.skeletons import COCO17

_BEFORE = 5  # class, x, y, width, height
_AFTER = (0, 1, 2)  # confidence, track_id
_CSV_COLUMNS = frozenset(("name", "class", "confidence", "box", "keypoints"))
_Frame = tuple[int, list[Person]]


def read_ultralytics(path: Path, size: Size | None = None) -> PoseStream:
    """The frames of results.

    Args:
        path: A JSON, CSV or label file, or a folder of label files.
        size: Of the picture, where coordinates are shares of it.

    Raises:
        InputError: If the file cannot be opened, or the size is not known.
        FormatError: If it is something else, or damaged.
    """
    if path.is_dir() or path.suffix.lower() == ".txt":
        frames = _label_frames(path)
    elif path.suffix.lower() == ".csv":
        frames = [(0, _csv_people(path))]
    else:
        frames = _json_frames(path)
    people = [person for _, found in frames for person in found]
    skeleton = guess(len(people[0].keypoints), 2, None, path)[0] if people else COCO17
    places = [np.nanmax(np.abs(person.keypoints), initial=0) for person in people]
    factor = np.ones(2)
    if people and max(places) <= 1:
        if size is None:
            raise InputError(
                f"{path}: coordinates are shares of the picture; say its size: --size 1280x720"
            )
        factor = np.array(size, dtype=np.float64)
    scaled = (
        frame_of([_scaled(person, factor) for person in found], skeleton, frame=frame)
        for frame, found in frames
    )
    return PoseStream(Header(skeleton, size=size), located(scaled, path))


def _scaled(person: Person, factor: Float64Array) -> Person:
    box = None if person.box is None else (person.box.reshape(2, 2) * factor).ravel()
    return Person(person.keypoints * factor, person.scores, box, person.id, person.certainty)


def _json_frames(path: Path) -> list[_Frame]:
    documents = load_documents(path)
    try:
        frames: list[JsonValue] = documents
        if len(documents) == 1 and isinstance(documents[0], list):
            nested = documents[0] and all(isinstance(entry, list) for entry in documents[0])
            frames = documents[0] if nested else documents
        return [
            (
                number,
                [_person(entry) for entry in json_objects(frame, "a frame") if _is_person(entry)],
            )
            for number, frame in enumerate(frames)
        ]
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error


def _csv_people(path: Path) -> list[Person]:
    table = Table(path, ",")
    missing = _CSV_COLUMNS - set(table.header)
    if missing:
        table.close()
        raise FormatError(f"{path}: the column {sorted(missing)[0]} is missing")
    people = []
    for cells in table.rows():
        entry = dict(zip(table.header, cells, strict=True))
        parsed: JsonObject = {
            "name": entry["name"],
            "confidence": table.number(entry["confidence"], "confidence"),
            "box": _cell_object(table, entry["box"]),
            "keypoints": _cell_object(table, entry["keypoints"]),
        }
        if entry.get("track_id"):
            parsed["track_id"] = table.number(entry["track_id"], "track_id")
        if _is_person(parsed):
            people.append(_person(parsed))
    table.close()
    return people


def _cell_object(table: Table, text: str) -> JsonValue:
    """An object in a cell, as JSON or as Python writes it."""
    for parse, failures in ((json.loads, (ValueError,)), (ast.literal_eval, _LITERAL_ERRORS)):
        try:
            return cast(JsonValue, parse(text))
        except failures:
            continue
    raise table.error(f"{text[:30]!r} is not an object")


_LITERAL_ERRORS = (ValueError, SyntaxError, TypeError, MemoryError, RecursionError)


def _is_person(entry: JsonObject) -> bool:
    return entry.get("name", "person") == "person" and bool(entry.get("keypoints"))


def _person(entry: JsonObject) -> Person:
    points = entry.get("keypoints")
    if not isinstance(points, dict) or "x" not in points or "y" not in points:
        raise FormatError("keypoints must be an object with x and y")
    x, y = numbers(points["x"], "x"), numbers(points["y"], "y")
    visible = points.get("visible")
    scores = numbers(visible, "visible") if visible else np.full(x.shape, np.nan)
    if x.ndim != 1 or not x.shape == y.shape == scores.shape:
        raise FormatError("x, y and visible must be lists of one length")
    box = entry.get("box")
    corners = [box.get(name) for name in ("x1", "y1", "x2", "y2")] if isinstance(box, dict) else []
    sure = entry.get("confidence")
    return Person(
        _without_zeros(np.stack([x, y], axis=1)),
        scores,
        box=numbers(corners, "box") if corners else None,
        id=identity(entry.get("track_id")),
        certainty=float(sure) if isinstance(sure, int | float) else None,
    )


def _without_zeros(points: Float64Array) -> Float64Array:
    return np.where((points == 0).all(axis=1, keepdims=True), np.nan, points)


def _label_frames(path: Path) -> list[_Frame]:
    """The people of a label file, or of all in a folder, by the numbers in their names."""
    files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
    found = frame_numbers(file.name for file in files)
    first = 1 if path.is_dir() and min(found.values(), default=0) >= 1 else 0
    if not path.is_dir():
        found = {path.name: 0}
    frames = [(found[file.name] - first, _label_people(file)) for file in files]
    return sorted(frames, key=lambda frame: frame[0])


def _label_people(file: Path) -> list[Person]:
    people = []
    with open_to_read(file) as text, file_errors("read", file):
        lines = text.read().splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            values = np.array(line.split(), dtype=np.float64)
            if values[0] == 0:
                people.append(_label_person(values))
        except (ValueError, FormatError) as error:
            raise FormatError(
                f"{file}, line {number}: not a label of keypoints: {error}"
            ) from error
    return people


def _label_person(values: Float64Array) -> Person:
    rest = len(values) - _BEFORE
    for columns, after in ((3, 0), (3, 1), (3, 2), (2, 0), (2, 1), (2, 2)):
        k, left = divmod(rest - after, columns)
        if left == 0 and k == len(COCO17):
            break
    else:
        fits = [(after, (rest - after) // 3) for after in _AFTER if (rest - after) % 3 == 0]
        if rest < 3 or not fits:
            raise FormatError(f"{len(values)} numbers")
        columns, (after, k) = 3, fits[0]
    points = values[_BEFORE : _BEFORE + k * columns].reshape(k, columns)
    x, y, width, height = values[1:_BEFORE]
    more = values[_BEFORE + k * columns :]
    return Person(
        _without_zeros(points[:, :2]),
        points[:, 2] if columns == 3 else np.full(k, np.nan),
        box=np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2]),
        id=identity(float(more[1])) if after == 2 else None,
        certainty=float(more[0]) if after else None,
    )


def is_ultralytics(path: Path) -> bool:
    """Whether the path holds results of Ultralytics, or labels in its form."""
    if path.is_dir():
        first = next(iter(sorted(path.glob("*.txt"))), None)
        return first is not None and _is_label(first)
    if path.suffix.lower() == ".csv":
        return set(first_cells(path)) >= _CSV_COLUMNS
    if path.suffix.lower() == ".txt":
        return _is_label(path)
    start = head_of(path)
    return '"keypoints":{"x":[' in start and '"box":{' in start


def _is_label(path: Path) -> bool:
    with open_to_read(path) as file, file_errors("read", path):
        cells = file.readline(1 << 14).split(" ")
    if len(cells) < _BEFORE + 2 * 5 or not cells[0].isdecimal():
        return False
    try:
        values = np.array(cells[1:_BEFORE], dtype=np.float64)
    except ValueError:
        return False
    return bool((values >= 0).all() and (values <= 1).all())
