"""The lines of the native format, JSON lines: the same for files, pipes, REST and live sockets.

The first line is the header, then comes one line a frame, each a JSON object:

    {"format": "kinema.poses", "version": 1, "source": "walk.mp4", "size": [1280, 720],
     "rate": 30.0, "skeleton": "coco17", "keypoint_names": ["nose", ...],
     "edges": [["nose", "left_eye"], ...], "mirror": [["left_eye", "right_eye"], ...],
     "model": "openpose", "space": "image"}
    {"frame": 0, "time": 0.0, "keypoints": [[[613.25, 201.5], null, ...]],
     "scores": [[0.9312, 0.0, ...]], "ids": [1], "boxes": [[570.0, 180.5, 700.25, 610.0]]}

N people, K keypoints, D = 2 (`space` is "image") or 3 ("body", "world"):

- `keypoints` N x K x D; a joint that was not found is null in place of its D numbers. Pixels have
  3 decimals, metres 5; (0, 0) is the centre of the top-left pixel.
- `scores` N x K in [0, 1], 4 decimals; 0 = not found, null = no score known (hand label).
- `ids` N whole numbers, or null before tracking. `boxes` N x [x1, y1, x2, y2], 3 decimals, or null
  where there are none; the box of one person may be null.
- `certainty` N numbers in [0, 1], 4 decimals: how sure the model is of each person as a whole. Left
  out where the model says so of joints alone.
- `actions` N of {"label": "walking", "probability": 0.93}, 4 decimals, or null for somebody of whom
  no action is known. Left out where nobody has looked for actions.
- `frame` counts from 0; `time` is in seconds, 6 decimals, or null where it is not known.
- Header entries that are not known are null. `skeleton` and `keypoint_names` are null only in a
  recording without frames. Where the names are not those of the skeleton so named, they count.

All JSON is strict: there is no NaN or Infinity. Readers ignore keys that they do not know; version
2 would be a change that a reader of version 1 must not ignore. Writing then reading gives the
numbers within these decimals; reading then writing gives the same bytes (pictures up to 16,384
pixels and rooms up to 128 metres, the precision of float32).
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError
from kinema.formats.recording import Header
from kinema.formats.textfile import JsonValue, encode_json, parse_json
from kinema.poses import SPACE_DIMENSIONS, Action, Float32Array, Poses, Space
from kinema.skeleton import Skeleton, mirror_by_name
from kinema.skeletons import SKELETONS

FORMAT_NAME = "kinema.poses"
VERSION = 1
PIXEL_DECIMALS = 3
METRE_DECIMALS = 5
SCORE_DECIMALS = 4
TIME_DECIMALS = 6  # the microseconds of most containers' time base


def encode_header(header: Header) -> str:
    """The header as one line of JSON, without the line end."""
    skeleton = header.skeleton
    return encode_json(
        {
            "format": FORMAT_NAME,
            "version": VERSION,
            "source": header.source,
            "size": header.size,
            "rate": header.rate,
            "skeleton": skeleton and skeleton.name,
            "keypoint_names": skeleton and skeleton.keypoints,
            "edges": skeleton and skeleton.edges,
            "mirror": skeleton and skeleton.mirror,
            "model": header.model,
            "space": header.space,
        }
    )


def encode_poses(poses: Poses) -> str:
    """One frame as one line of JSON, without the line end.

    A joint or box of which any number is NaN is null.

    >>> from kinema.skeleton import Skeleton
    >>> eyes = Skeleton("eyes", ("left_eye", "right_eye"))
    >>> poses = Poses(eyes, [[[12.0, 7.25], [np.nan, np.nan]]], [[0.9, 0]], time=0.04)
    >>> encode_poses(poses)[:55]
    '{"frame":0,"time":0.04,"keypoints":[[[12.0,7.25],null]]'

    Raises:
        InputError: If a coordinate is infinite.
    """
    decimals = PIXEL_DECIMALS if poses.space == "image" else METRE_DECIMALS
    ids, boxes = poses.ids, poses.boxes
    record: dict[str, object] = {
        "frame": int(poses.frame),
        "time": None if np.isnan(poses.time) else round(float(poses.time), TIME_DECIMALS),
        "keypoints": _points(poses.keypoints, decimals),
        "scores": _numbers(poses.scores),
        "ids": None if ids is None else ids.tolist(),
        "boxes": None if boxes is None else _points(boxes[None], PIXEL_DECIMALS)[0],
    }
    if poses.certainty is not None:
        record["certainty"] = _numbers(poses.certainty[None])[0]
    if poses.actions is not None:
        record["actions"] = [_action(action) for action in poses.actions]
    return encode_json(record)


def _action(action: Action | None) -> dict[str, object] | None:
    if action is None:
        return None
    chance = round(float(action.probability), SCORE_DECIMALS)
    return {"label": action.label, "probability": chance}


def _points(points: Float32Array, decimals: int) -> list[list[list[float] | None]]:
    """Nested lists of an (N, K, D) array, null for a point with a NaN."""
    rows: list[list[list[float] | None]] = _rounded(points, decimals).tolist()
    for person, point in np.argwhere(np.isnan(points).any(axis=2)).tolist():
        rows[person][point] = None
    return rows


def _numbers(scores: Float32Array) -> list[list[float | None]]:
    """Nested lists of an (N, K) array, null for NaN."""
    rows: list[list[float | None]] = _rounded(scores, SCORE_DECIMALS).tolist()
    for person, joint in np.argwhere(np.isnan(scores)).tolist():
        rows[person][joint] = None
    return rows


def _rounded(array: Float32Array, decimals: int) -> npt.NDArray[np.float64]:
    # Rounded as float64, the shortest text of a number has no more than these decimals.
    values = array.astype(np.float64)
    np.round(values, decimals, out=values)
    return values + 0.0  # turns -0.0 into 0.0


def decode_header(line: str) -> Header:
    """The header that a line holds.

    Raises:
        FormatError: If it is not one, or one of a newer version.
    """
    record = _parse_object(line)
    if record.get("format") != FORMAT_NAME:
        raise FormatError(f'not a Kinema recording: no "format": "{FORMAT_NAME}" in the first line')
    version = record.get("version")
    if not isinstance(version, int) or version < 1:
        raise FormatError(f"not a Kinema recording: its version is {version!r}")
    if version > VERSION:
        raise FormatError(
            f"written by a newer Kinema (format version {version}, known here is {VERSION}); "
            "update: pip install -U kinema"
        )
    space, size = record.get("space", "image"), record.get("size")
    if not isinstance(space, str) or space not in SPACE_DIMENSIONS:
        raise FormatError(f"unknown space {space!r}; known are {', '.join(SPACE_DIMENSIONS)}")
    try:
        return Header(
            skeleton=_decode_skeleton(record),
            source=_text(record, "source"),
            size=None if size is None else _size(size),
            rate=_rate(record.get("rate")),
            model=_text(record, "model"),
            space=cast("Space", space),
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise FormatError(f"a damaged header: {error}") from error


def _text(record: dict[str, JsonValue], key: str) -> str | None:
    value = record.get(key)
    if not (value is None or isinstance(value, str)):
        raise FormatError(f"{key} must be a text, got {value!r}")
    return value


def _rate(value: JsonValue) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float):
        raise FormatError(f"rate must be a number, got {value!r}")
    return float(value)


def _size(value: JsonValue) -> tuple[int, int]:
    if not (isinstance(value, list) and len(value) == 2):
        raise FormatError(f"size must be [width, height], got {value!r}")
    width, height = (int(cast("int", side)) for side in value)
    return width, height


def _decode_skeleton(record: dict[str, JsonValue]) -> Skeleton | None:
    name, names = record.get("skeleton"), record.get("keypoint_names")
    known = SKELETONS.get(name) if isinstance(name, str) else None
    if names is None:
        if known is None and name is not None:
            raise FormatError(f"unknown skeleton {name!r}, and no keypoint_names")
        return known
    if not (isinstance(names, list) and all(isinstance(joint, str) for joint in names)):
        raise FormatError(f"keypoint_names must be a list of texts, got {names!r}")
    keypoints = tuple(cast("list[str]", names))
    if known is not None and known.keypoints == keypoints:
        return known
    mirror = record.get("mirror")
    return Skeleton(
        str(name),
        keypoints,
        edges=_pairs(record.get("edges") or []),
        mirror=mirror_by_name(keypoints) if mirror is None else _pairs(mirror),
    )


def _pairs(value: JsonValue) -> tuple[tuple[str, str], ...]:
    return tuple((first, second) for first, second in cast("list[tuple[str, str]]", value))


def decode_poses(line: str, header: Header) -> Poses:
    """The frame that a line holds.

    Args:
        line: One line of a recording after the first.
        header: Of the same recording; gives the skeleton and the space.

    Raises:
        FormatError: If the line is damaged or does not fit the header.
    """
    record = _parse_object(line)
    if header.skeleton is None:
        raise FormatError("a frame, but the header names no skeleton")
    k, d = len(header.skeleton), SPACE_DIMENSIONS[header.space]
    ids, boxes, time = record.get("ids"), record.get("boxes"), record.get("time")
    certainty, actions = record.get("certainty"), record.get("actions")
    try:
        keypoints = _point_array(record["keypoints"], d)
        scores = _array(record["scores"])
        n = len(keypoints)
        return Poses(
            header.skeleton,
            keypoints if n else keypoints.reshape(0, k, d),
            scores if n else scores.reshape(0, k),
            ids=None if ids is None else np.array([_whole(i) for i in cast("list[int]", ids)]),
            boxes=None if boxes is None else _point_array([boxes], 4).reshape(-1, 4),
            frame=_whole(record["frame"]),
            time=float("nan") if time is None else float(cast("float", time)),
            space=header.space,
            certainty=None if certainty is None else _array(certainty).reshape(n),
            actions=None if actions is None else _decode_actions(actions),
        )
    except KeyError as error:
        raise FormatError(f"a frame without {error.args[0]!r}") from error
    except (TypeError, ValueError, OverflowError) as error:
        raise FormatError(f"a damaged frame: {error}") from error


def _decode_actions(value: JsonValue) -> tuple[Action | None, ...]:
    entries = cast("list[dict[str, JsonValue] | None]", value)
    actions: list[Action | None] = []
    for entry in entries:
        if entry is None:
            actions.append(None)
            continue
        label, chance = entry["label"], entry["probability"]
        if not isinstance(label, str) or not isinstance(chance, int | float):
            raise FormatError(f"an action is a label and a probability, got {entry!r}")
        actions.append(Action(label, float(chance)))
    return tuple(actions)


def _point_array(value: JsonValue, size: int) -> Float32Array:
    missing = [np.nan] * size
    rows = cast("list[list[list[float] | None]]", value)
    return _array([[missing if point is None else point for point in row] for row in rows])


def _array(value: object) -> Float32Array:
    array = np.array(value, dtype=np.float64)  # null becomes NaN
    if np.any(np.abs(array) > np.finfo(np.float32).max):
        raise FormatError("a number too large for float32")
    return array.astype(np.float32)


def _whole(value: JsonValue) -> int:
    if not isinstance(value, int):
        raise FormatError(f"expected a whole number, got {value!r}")
    return value


def _parse_object(line: str) -> dict[str, JsonValue]:
    value = parse_json(line)
    if not isinstance(value, dict):
        raise FormatError("not a JSON object")
    return value
