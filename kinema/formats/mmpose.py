"""MMPose's results, for reading: JSON of its inferencer and of its demo scripts.

    [{"frame_id": 0, "instances": [{"keypoints": [[x, y], ...], "keypoint_scores": [...],
      "bbox": [[x1, y1, x2, y2]], "bbox_score": 0.98}]}, ...]                  # a video
    [{"keypoints": ..., "keypoint_scores": ...}, ...]                          # a picture
    {"meta_info": {"keypoint_id2name": {...}}, "instance_info": [...]}         # demo scripts
    {"predictions": [[{"keypoints": ...}], ...]}                               # from Python

Keypoints are pixels. Names are those of `keypoint_id2name`, where it is there; else their number
tells the skeleton, as in `kinema.formats.npy`. `keypoint_scores` above 1, as SimCC's can be, count
as 1. `bbox_score` is the certainty of the person, `track_id` the identity. The demo scripts count
frames from 1. Times have no place; 3D results are not read, as their axes are for plots only.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kinema.errors import FormatError
from kinema.formats.columns import skeleton_of
from kinema.formats.imported import (
    Person,
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
from kinema.skeletons import COCO17

_Frame = tuple[int, list[JsonObject]]


def read_mmpose(path: Path) -> PoseStream:
    """The frames of a file of results, which is held in memory.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is something else, or damaged.
    """
    documents = load_documents(path)
    try:
        names, frames = _frames(documents[0] if len(documents) == 1 else documents)
        skeleton = _skeleton(names, frames, path)
    except FormatError as error:
        text = str(error)
        raise FormatError(text if str(path) in text else f"{path}: {text}") from error
    return PoseStream(Header(skeleton), located(_poses(frames, skeleton), path))


def _frames(document: JsonValue) -> tuple[list[str] | None, list[_Frame]]:
    """Names of the keypoints, where they are said, and the instances of each frame."""
    names = None
    first = 0
    if isinstance(document, dict):
        meta = document.get("meta_info")
        found = meta.get("keypoint_id2name") if isinstance(meta, dict) else None
        if isinstance(found, dict):
            names = [str(found[key]) for key in sorted(found, key=int)]
        document = document.get("instance_info", document.get("predictions"))
        listed = document if isinstance(document, list) else []
        numbered = [entry.get("frame_id") for entry in listed if isinstance(entry, dict)]
        first = 1 if numbered[:1] == [1] else 0
    if not isinstance(document, list):
        raise FormatError("neither a list of frames nor an object with instance_info")
    if document and all(isinstance(entry, list) for entry in document):
        return names, [(i, json_objects(entry, "a frame")) for i, entry in enumerate(document)]
    entries = json_objects(document, "the results")
    if any("instances" not in entry for entry in entries):
        return names, [(0, entries)]
    frames: list[_Frame] = []
    for index, entry in enumerate(entries):
        number = identity(entry.get("frame_id", index + first))
        if number is None:
            raise FormatError(f"frame_id must be a whole number, got {entry.get('frame_id')!r}")
        frames.append((number - first, json_objects(entry["instances"], "instances")))
    return names, frames


def _skeleton(names: list[str] | None, frames: list[_Frame], path: Path) -> Skeleton:
    people = [person for _, instances in frames for person in instances]
    if not people:
        return skeleton_of(names) if names else COCO17
    points = numbers(people[0].get("keypoints"), "keypoints")
    if points.ndim != 2 or points.shape[1] != 2:
        raise FormatError(f"keypoints must be [x, y] pairs, got the shape {points.shape}")
    if names is not None and len(names) == len(points):
        return skeleton_of(names, "mmpose")
    return guess(len(points), 2, None, path)[0]


def _poses(frames: list[_Frame], skeleton: Skeleton) -> Iterator[Poses]:
    for frame, instances in frames:
        yield frame_of([_person(entry) for entry in instances], skeleton, frame=frame)


def _person(entry: JsonObject) -> Person:
    points = numbers(entry.get("keypoints"), "keypoints")
    if points.ndim != 2 or points.shape[1] != 2:
        raise FormatError(f"keypoints must be [x, y] pairs, got the shape {points.shape}")
    scores = entry.get("keypoint_scores")
    known = numbers(scores, "keypoint_scores") if scores else np.full(len(points), np.nan)
    if known.shape != (len(points),):
        raise FormatError(f"{len(points)} keypoints, but {known.size} keypoint_scores")
    box = numbers(entry["bbox"], "bbox").reshape(-1) if entry.get("bbox") else None
    sure = entry.get("bbox_score")
    return Person(
        points,
        known,
        box=box if box is not None and box.shape == (4,) else None,
        id=identity(entry.get("track_id")),
        certainty=float(sure) if isinstance(sure, int | float) else None,
    )


def is_mmpose(path: Path) -> bool:
    """Whether the path holds results of MMPose."""
    start = head_of(path)
    return '"keypoint_scores":' in start or ('"frame_id":' in start and '"instances":' in start)
