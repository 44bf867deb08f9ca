"""AlphaPose's results, for reading: `alphapose-results.json` in its three forms.

    [{"image_id": "12.jpg", "category_id": 1, "keypoints": [x, y, score, ...], "score": 3.1,
      "box": [x, y, width, height], "idx": 1}, ...]                      # its own, --format coco
    {"12.jpg": {"version": "AlphaPose v0.3", "bodies": [{"joints": [x, y, score, ...]}]}}     # cmu
    {"12.jpg": {"version": ..., "people": [{"pose_keypoints_2d": [x, y, score, ...]}]}}       # open

Keypoints are pixels; 17 are COCO's, 26 Halpe's, 133 COCO-WholeBody's, and of 136 and 68 the first
26 are Halpe's body, which are read. The forms `cmu` and `open` hold OpenPose's 18. The frame is the
number in the name of the picture, `idx` the identity. `score` is not between 0 and 1 and is left
out. Frames without people leave no trace, and there are no times.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kinema.errors import FormatError
from kinema.formats.imported import (
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
from kinema.formats.textfile import JsonObject, JsonValue, json_objects
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17, HALPE26, OPENPOSE18

_HALPE_WITH_MORE = (136, 68)
_LISTS = ("keypoints", "joints", "pose_keypoints_2d")

_log = logging.getLogger(__name__)


def read_alphapose(path: Path) -> PoseStream:
    """The frames of a file of results, which is held in memory, in the order of their numbers.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is something else, or damaged.
    """
    document = load_documents(path)[0]
    try:
        pictures = _pictures(document)
        skeleton = _skeleton(pictures, path, is_list=isinstance(document, list))
    except FormatError as error:
        text = str(error)
        raise FormatError(text if str(path) in text else f"{path}: {text}") from error
    return PoseStream(Header(skeleton), located(_frames(pictures, skeleton), path))


def _pictures(document: JsonValue) -> dict[str, list[JsonObject]]:
    """The people of each picture, by its name."""
    pictures: dict[str, list[JsonObject]] = {}
    if isinstance(document, list):
        for entry in json_objects(document, "the results"):
            pictures.setdefault(str(entry.get("image_id")), []).append(entry)
    elif isinstance(document, dict):
        if "bodies" in document or "people" in document:
            document = {"0": document}
        for name, value in document.items():
            people = value.get("bodies", value.get("people")) if isinstance(value, dict) else None
            pictures[name] = json_objects(people, f"the people of {name}")
    else:
        raise FormatError("neither a list nor an object of pictures")
    return pictures


def _values(entry: JsonObject) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    found = next((entry[key] for key in _LISTS if key in entry), None)
    values = numbers(found, "keypoints")
    if found is None or values.ndim != 1 or len(values) % 3:
        raise FormatError("keypoints must be a list of x, y, score of each joint")
    return values.reshape(-1, 3)


def _skeleton(pictures: dict[str, list[JsonObject]], path: Path, *, is_list: bool) -> Skeleton:
    first = next((people[0] for people in pictures.values() if people), None)
    if first is None:
        return COCO17
    k = len(_values(first))
    if k in _HALPE_WITH_MORE:
        _log.warning("%s: the face and the hands of %d keypoints are left out", path, k)
        return HALPE26
    return OPENPOSE18 if k == len(OPENPOSE18) and not is_list else guess(k, 2, None, path)[0]


def _frames(pictures: dict[str, list[JsonObject]], skeleton: Skeleton) -> Iterator[Poses]:
    frames = frame_numbers(pictures)
    for name, frame in sorted(frames.items(), key=lambda item: item[1]):
        people = [_person(entry, skeleton) for entry in pictures[name]]
        yield frame_of(people, skeleton, frame=frame)


def _person(entry: JsonObject, skeleton: Skeleton) -> Person:
    values = _values(entry)
    if len(values) in _HALPE_WITH_MORE:
        values = values[: len(skeleton)]
    absent = (values == 0).all(axis=1)
    box = numbers(entry["box"], "box") if isinstance(entry.get("box"), list) else None
    if box is not None and box.shape == (4,):
        box = np.concatenate([box[:2], box[:2] + box[2:]])
    return Person(
        np.where(absent[:, None], np.nan, values[:, :2]),
        values[:, 2],
        box=box if box is not None and box.shape == (4,) else None,
        id=identity(entry.get("idx")),
    )


def is_alphapose(path: Path) -> bool:
    """Whether the path holds results of AlphaPose: like COCO's, but pictures have names."""
    start = head_of(path)
    if re.search(r'"image_id":"[^"]+\.\w+"', start) and '"keypoints":' in start:
        return True
    return '"version":"AlphaPose' in start
