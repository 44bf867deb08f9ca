"""What the readers of other programs' results share: people, frame numbers, JSON documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError, InputError
from kinema.formats.staging import file_errors
from kinema.formats.textfile import JsonValue, open_to_read, parse_json
from kinema.poses import Poses, Space
from kinema.skeleton import Skeleton

Float64Array = npt.NDArray[np.float64]
LARGEST_ID = 2**53


@dataclass(frozen=True)
class Person:
    """A person as another program found it.

    Attributes:
        keypoints: (K, D); NaN where a joint was not found.
        scores: (K,), NaN where no score is known; cut to [0, 1].
        box: x1 y1 x2 y2, or None.
        id: Identity, or None.
        certainty: Of the person, or None.
    """

    keypoints: Float64Array
    scores: Float64Array
    box: Float64Array | None = None
    id: int | None = None
    certainty: float | None = None


def frame_of(
    people: Sequence[Person],
    skeleton: Skeleton,
    *,
    frame: int,
    time: float = float("nan"),
    space: Space = "image",
) -> Poses:
    """The people of one frame. Ids, boxes and certainty are kept if everybody has them.

    Raises:
        FormatError: If somebody has another number of keypoints.
    """
    if not people:
        return Poses.empty(skeleton, frame=frame, time=time, space=space)
    keypoints = [person.keypoints for person in people]
    wrong = next((len(points) for points in keypoints if len(points) != len(skeleton)), None)
    if wrong is not None:
        raise FormatError(
            f"frame {frame}: a person of {wrong} keypoints, but {len(skeleton)} are expected "
            f"({skeleton.name})"
        )
    absent = np.asarray(np.isnan(np.stack(keypoints)).any(axis=2))
    scores = np.where(absent, 0.0, np.clip([person.scores for person in people], 0, 1))
    ids = [person.id for person in people if person.id is not None]
    unique = len(set(ids)) == len(people)
    boxes = [person.box for person in people if person.box is not None]
    sure = [person.certainty for person in people if person.certainty is not None]
    try:
        return Poses(
            skeleton,
            np.where(absent[..., None], np.nan, np.stack(keypoints)),
            scores,
            ids=np.array(ids, dtype=np.int64) if unique else None,
            boxes=np.stack(boxes) if len(boxes) == len(people) else None,
            frame=frame,
            time=time,
            space=space,
            certainty=np.clip(sure, 0, 1) if len(sure) == len(people) else None,
        )
    except InputError as error:
        raise FormatError(f"frame {frame}: {error}") from error


def numbers(value: object, what: str) -> Float64Array:
    """An array of a list of finite numbers; null is NaN.

    Raises:
        FormatError: If it is something else.
    """
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise FormatError(f"{what} must be numbers") from error
    if array.size and np.abs(array[~np.isnan(array)]).max(initial=0) > np.finfo(np.float32).max:
        raise FormatError(f"{what} hold a number that is too large")
    return array


def identity(value: object) -> int | None:
    """A whole number as it is, also in a list or written 3.0; else None."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if float(value).is_integer() and abs(value) < LARGEST_ID else None


def frame_numbers(names: Iterable[str]) -> dict[str, int]:
    """A number for each name of a picture: the last one in it, or their order where those repeat.

    >>> frame_numbers(["walk_7.jpg", "walk_8.jpg"])
    {'walk_7.jpg': 7, 'walk_8.jpg': 8}
    """
    unique = list(dict.fromkeys(names))
    found = [re.search(r"(\d+)\D*$", PurePosixPath(name).stem) for name in unique]
    known = [int(match[1]) for match in found if match]
    if len(set(known)) == len(unique):
        return dict(zip(unique, known, strict=True))
    return {name: number for number, name in enumerate(unique)}


def load_documents(path: Path) -> list[JsonValue]:
    """The JSON document of a file, in a list, or those of its lines.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is neither; the message says where.
    """
    with open_to_read(path) as file, file_errors("read", path):
        text = file.read()
    if not text.strip():
        raise FormatError(f"{path} is empty")
    try:
        return [parse_json(text)]
    except FormatError as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) < 2 or not lines[0][1].rstrip().endswith(("}", "]")):
            raise FormatError(f"{path} is {error}") from error
    documents = []
    for number, line in lines:
        try:
            documents.append(parse_json(line))
        except FormatError as error:
            raise FormatError(f"{path}, line {number}: {error}") from error
    return documents


def head_of(path: Path) -> str:
    """The first characters of a JSON file, without spaces, for recognising it."""
    if not path.is_file() or path.suffix.lower() not in (".json", ".jsonl", ".txt"):
        return ""
    with open_to_read(path) as file, file_errors("read", path):
        return re.sub(r"\s+", "", file.read(1 << 14))


def located(frames: Iterator[Poses], path: Path) -> Iterator[Poses]:
    """The frames; errors name the file.

    Raises:
        FormatError: As the frames do.
    """
    try:
        yield from frames
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error
