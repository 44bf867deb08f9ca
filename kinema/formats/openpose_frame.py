"""One file of OpenPose's JSON: the people of one frame.

    {"version": 1.3, "people": [{"person_id": [-1], "pose_keypoints_2d": [x, y, c, x, y, c, ...],
     "face_keypoints_2d": [...], "hand_left_keypoints_2d": [...], "hand_right_keypoints_2d": [...],
     "pose_keypoints_3d": [], ...}]}

Keypoints. `body25`, `openpose18` (its COCO model) and `mpi15` fill the body, `openpose137` also the
face (70) and the hands (21 each). Other skeletons are written as `body25`, joined by name, or as
`openpose137` if they have joints of its face or hands. When reading, the first person of a folder
tells the set by its number of values; with a face or a hand it is `openpose137`.

Absent joints are 0, 0, 0 there and NaN here; a joint at (0, 0) with c > 0 is a joint. c is the
score. OpenPose's own can exceed 1 a little and are cut to [0, 1]; a score that is not known is
written as 1, as 0 would say that the joint is absent. `person_id` is the identity, -1 = none.

Coordinates are taken and written unchanged, as pixels of the source (`--keypoint_scale 0`, the
default; the other scales cannot be told apart from the files). In its scales 3 and 4 OpenPose
divides by width - 1 and height - 1 (`KeypointScaler`), so whole numbers are pixel centres and
(0, 0) is the centre of the top-left pixel, as here. Its peaks carry an offset of half a pixel that
its authors found by experiment (`nmsBase`); it is part of their results, not of the format.

There are no times and boxes in these files: `Poses.time` is NaN. The 3D keypoints, whose unit
depends on OpenPose's calibration, are not read.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError
from kinema.formats.encoding import PIXEL_DECIMALS, SCORE_DECIMALS
from kinema.formats.recording import require_image_space
from kinema.formats.textfile import JsonValue, encode_json
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import BODY25, FACE70, HAND21, MPI15, OPENPOSE18, OPENPOSE137

VERSION = 1.3  # of OpenPose 1.4 and later
LARGEST_ID = np.iinfo(np.int64).max
BODIES = {len(skeleton): skeleton for skeleton in (BODY25, OPENPOSE18, MPI15)}
BODY_KEY = "pose_keypoints_2d"
PARTS = {
    "face_keypoints_2d": len(FACE70),
    "hand_left_keypoints_2d": len(HAND21),
    "hand_right_keypoints_2d": len(HAND21),
}
"""What follows the body in `openpose137`, in its order, with the number of keypoints."""

_EMPTY_3D: dict[str, list[float]] = {
    f"{part}_keypoints_3d": [] for part in ("pose", "face", "hand_left", "hand_right")
}

Rows = npt.NDArray[np.float64]
"""(K, 3): x, y and score of one person's joints; 0, 0, 0 where absent."""


def openpose_skeleton(skeleton: Skeleton) -> Skeleton:
    """The skeleton that is written for poses of `skeleton`."""
    if skeleton in (*BODIES.values(), OPENPOSE137):
        return skeleton
    face_and_hands = OPENPOSE137.keypoints[len(BODY25) :]
    return OPENPOSE137 if any(joint in skeleton for joint in face_and_hands) else BODY25


def encode_frame(poses: Poses) -> str:
    """One file of OpenPose's.

    Raises:
        InputError: If the poses are not in an image, or a coordinate is infinite.
    """
    require_image_space(poses, "OpenPose JSON")
    poses = poses.to(openpose_skeleton(poses.skeleton))
    scores = np.where(np.isnan(poses.scores), 1.0, poses.scores.astype(np.float64))
    rows = np.concatenate(
        [
            np.round(poses.keypoints.astype(np.float64), PIXEL_DECIMALS),
            np.round(scores, SCORE_DECIMALS)[..., None],
        ],
        axis=2,
    )  # (N, K, 3)
    rows[~poses.found] = 0
    ids = [-1] * len(poses) if poses.ids is None else poses.ids.tolist()
    people = [_encode_person(row, identity) for row, identity in zip(rows, ids, strict=True)]
    return encode_json({"version": VERSION, "people": people})


def _encode_person(rows: Rows, identity: int) -> dict[str, list[float]]:
    parts = {} if len(rows) in BODIES else PARTS
    ends = np.cumsum([len(rows) - sum(parts.values()), *parts.values()])
    body, *others = np.split(rows, ends[:-1])
    filled = dict(zip(parts, others, strict=True))
    person: dict[str, list[float]] = {"person_id": [identity], BODY_KEY: body.ravel().tolist()}
    for key in PARTS:
        person[key] = filled[key].ravel().tolist() if key in filled else []
    return person | _EMPTY_3D


def decode_frame(document: JsonValue, *, frame: int, skeleton: Skeleton) -> Poses:
    """The people of one file of OpenPose's.

    Raises:
        FormatError: If it is not such a file, or not of that skeleton.
    """
    people = _people(document)
    rows = np.array([_decode_person(person, skeleton) for person in people])
    rows = rows.reshape(len(people), len(skeleton), 3)
    absent = (rows == 0).all(axis=2, keepdims=True)
    return Poses(
        skeleton,
        np.where(absent, np.nan, rows[..., :2]),
        np.clip(rows[..., 2], 0, 1),
        ids=_ids(people),
        frame=frame,
        time=float("nan"),
    )


def _people(document: JsonValue) -> list[dict[str, JsonValue]]:
    people = document.get("people") if isinstance(document, dict) else None
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        raise FormatError('not an OpenPose file: no list "people" of objects')
    return cast("list[dict[str, JsonValue]]", people)


def _ids(people: list[dict[str, JsonValue]]) -> npt.NDArray[np.int64] | None:
    """`person_id` of all; None where nobody, or not everybody, has one."""
    values = [person.get("person_id") for person in people]
    ids = [value[0] if isinstance(value, list) and value else value for value in values]
    if not ids or not all(isinstance(i, int) and 0 <= i <= LARGEST_ID for i in ids):
        return None
    return np.array(ids, dtype=np.int64)


def _decode_person(person: dict[str, JsonValue], skeleton: Skeleton) -> Rows:
    body = _values(person, BODY_KEY)
    if skeleton != OPENPOSE137:
        if len(body) != len(skeleton):
            raise FormatError(
                f"{len(body)} body keypoints, but the recording began as {skeleton.name}"
            )
        if any(person.get(key) for key in PARTS):
            raise FormatError(
                f"a face or hands, but the recording began as {skeleton.name} without them"
            )
        return body
    rows = [_as_body25(body)]
    for key, count in PARTS.items():
        part = _values(person, key)
        if len(part) not in (0, count):
            raise FormatError(f"{key} must hold {count} or no keypoints, got {len(part)}")
        rows.append(part if len(part) else np.zeros((count, 3)))
    return np.concatenate(rows)


def _as_body25(body: Rows) -> Rows:
    if len(body) == 0:
        return np.zeros((len(BODY25), 3))
    names = _body_skeleton(body)
    rows = np.zeros((len(BODY25), 3))
    for i, joint in enumerate(BODY25.keypoints):
        if joint in names:
            rows[i] = body[names.index(joint)]
    return rows


def _body_skeleton(body: Rows) -> Skeleton:
    if len(body) not in BODIES:
        known = ", ".join(f"{count} ({skeleton.name})" for count, skeleton in BODIES.items())
        raise FormatError(f"{len(body)} body keypoints; known are {known}")
    return BODIES[len(body)]


def _values(person: dict[str, JsonValue], key: str) -> Rows:
    """Triples of one part, (0, 3) if it is empty. Before version 1.1 the keys had no `_2d`."""
    flat = person.get(key, person.get(key.removesuffix("_2d"))) or []
    try:
        rows = np.array(flat, dtype=np.float64).reshape(-1, 3)
    except (TypeError, ValueError) as error:
        raise FormatError(f"{key} must be a flat list of x, y, score") from error
    if not np.all(np.abs(rows) < np.finfo(np.float32).max):  # null became NaN
        raise FormatError(f"{key} holds what is not a number")
    return rows


def skeleton_of(document: JsonValue) -> Skeleton | None:
    """The skeleton that the first person tells, None where there is none."""
    for person in _people(document):
        if any(len(_values(person, key)) for key in PARTS):
            return OPENPOSE137
        body = _values(person, BODY_KEY)
        if len(body):
            return _body_skeleton(body)
    return None
