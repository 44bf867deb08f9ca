"""What COCO's results and annotations have in common: keypoints, boxes and ids of one person.

Coordinates. COCO's keypoints are indices of pixels (Detectron2, "Use Custom Datasets": "integers in
range [0, W-1 or H-1]"), so whole numbers are pixel centres, as here, and stay unchanged. Its boxes
and polygons are measured from the corner of the top-left pixel, half a pixel up and left of that
pixel's centre, so boxes are shifted by 0.5.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError
from kinema.formats.encoding import PIXEL_DECIMALS
from kinema.formats.textfile import JsonObject
from kinema.poses import Float32Array, Poses
from kinema.skeleton import Skeleton

PERSON = 1  # COCO's id of the category
LARGEST_ID = np.iinfo(np.int64).max
BOX_SHIFT = 0.5  # from the corner of the top-left pixel to its centre

_PICTURE = re.compile(
    r"(?:COCO_[a-z]+\d{4}_)?(?P<id>\d+)\.(?:jpe?g|png|bmp|webp|tiff?)", re.IGNORECASE
)

Rows = npt.NDArray[np.float64]
"""(N, K, 3): x, y and v of the joints; 0, 0, 0 where absent."""


def image_id_of(source: str | None) -> int | None:
    """The number in the name of a picture that is named as in COCO, else None.

    >>> image_id_of("val2017/000000000036.jpg")
    36
    """
    picture = _PICTURE.fullmatch(Path(source or "").name)
    return int(picture["id"]) if picture else None


def encode_keypoints(poses: Poses, v: npt.NDArray[np.float64]) -> Rows:
    """x, y and `v` (N, K) of the joints; 0, 0, 0 where absent."""
    xy = np.round(poses.keypoints.astype(np.float64), PIXEL_DECIMALS)
    rows = np.concatenate([xy, v[..., None]], axis=2)
    rows[~poses.found] = 0
    return rows


def encode_boxes(poses: Poses) -> list[list[float]]:
    """`bbox` of each person: x, y, width, height from the corner of the top-left pixel.

    A person without a box has that of its joints, one without joints 0, 0, 0, 0.
    """
    boxes = poses.bounds() if poses.boxes is None else poses.boxes
    boxes = np.where(np.isnan(boxes).any(axis=1, keepdims=True), poses.bounds(), boxes)
    x1, y1, x2, y2 = boxes.astype(np.float64).T
    xywh = np.stack([x1 + BOX_SHIFT, y1 + BOX_SHIFT, x2 - x1, y2 - y1], axis=1)  # (N, 4)
    rounded: list[list[float]] = np.round(np.nan_to_num(xywh), PIXEL_DECIMALS).tolist()
    return rounded


def by_image(entries: list[JsonObject]) -> dict[int, list[JsonObject]]:
    """The entries of each image, by its id."""
    grouped: dict[int, list[JsonObject]] = {}
    for entry in entries:
        grouped.setdefault(whole_number(entry, "image_id"), []).append(entry)
    return grouped


def whole_number(entry: JsonObject, key: str) -> int:
    """A member that must be a whole number.

    Raises:
        FormatError: If it is not.
    """
    value = entry.get(key)
    if not isinstance(value, int):
        raise FormatError(f"{key} must be a whole number, got {value!r}")
    return value


def decode_keypoints(people: list[JsonObject], skeleton: Skeleton, image_id: int) -> Rows:
    """x, y, v of all joints, (N, K, 3); 0 for a person without keypoints.

    Raises:
        FormatError: If their number does not fit the skeleton.
    """
    k = len(skeleton)
    lists = [person.get("keypoints", [0] * 3 * k) for person in people]
    for values in lists:
        if not isinstance(values, list) or len(values) != 3 * k:
            got = len(values) if isinstance(values, list) else values
            raise FormatError(
                f"image {image_id}: keypoints must hold {3 * k} numbers "
                f"(x, y, v of {skeleton.name}), got {got}"
            )
    return _numbers(lists, f"image {image_id}: keypoints").reshape(-1, k, 3)


def poses_of(
    skeleton: Skeleton,
    rows: Rows,
    scores: npt.NDArray[np.float64],
    people: list[JsonObject],
    image_id: int,
) -> Poses:
    """One image of decoded keypoints (N, K, 3) and scores (N, K), with boxes and identities."""
    absent = (rows == 0).all(axis=2, keepdims=True)
    ids = [person.get("track_id") for person in people]
    tracked = bool(ids) and all(isinstance(i, int) and abs(i) <= LARGEST_ID for i in ids)
    return Poses(
        skeleton,
        np.where(absent, np.nan, rows[..., :2]).astype(np.float32),
        scores.reshape(len(people), len(skeleton)).astype(np.float32),
        ids=np.array(ids, dtype=np.int64) if tracked else None,
        boxes=_boxes(people, image_id),
        frame=image_id,
        time=float("nan"),
    )


def _boxes(people: list[JsonObject], image_id: int) -> Float32Array | None:
    """x1, y1, x2, y2 of all, None where nobody, or not everybody, has a box."""
    boxes = [person.get("bbox") for person in people]
    if not boxes or not all(isinstance(box, list) and len(box) == 4 for box in boxes):
        return None
    x, y, width, height = _numbers(boxes, f"image {image_id}: bbox").T
    corners = [x - BOX_SHIFT, y - BOX_SHIFT, x + width - BOX_SHIFT, y + height - BOX_SHIFT]
    return np.stack(corners, axis=1).astype(np.float32)


def _numbers(lists: object, name: str) -> npt.NDArray[np.float64]:
    try:
        array = np.array(lists, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise FormatError(f"{name} must be lists of numbers") from error
    if not np.all(np.abs(array) < np.finfo(np.float32).max):  # null became NaN
        raise FormatError(f"{name} hold what is not a number")
    return array
