"""Reads people who are labelled over time: PoseTrack's files, and COCO's with a `track_id`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError
from kinema.formats.coco_entries import (
    BOX_SHIFT,
    PERSON,
    by_image,
    decode_keypoints,
    poses_of,
    whole_number,
)
from kinema.formats.textfile import JsonObject, json_objects, read_json
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17

FRAMES_OF_VIDEO = 10_000
"""The last four digits of PoseTrack's image ids are the number of the frame in its video."""

EXCUSED_SHARE = 0.5
"""Of the joints of a person, to lie where nobody was labelled and count for nothing."""

Region = npt.NDArray[np.float32]
"""(P, 2) the corners of a region in pixels."""


@dataclass(frozen=True, eq=False)
class LabelledFrame:
    """What is labelled in one frame.

    Attributes:
        people: With ids and boxes, of COCO's skeleton; `frame` is its number in the video.
        ignored: Regions with people who are not labelled.
    """

    people: Poses
    ignored: tuple[Region, ...]

    def excused(self, found: Poses) -> npt.NDArray[np.bool_]:
        """Which of the people found (N,) are where nobody was labelled."""
        shares = [self._share_inside(points) for points in found.keypoints]
        return np.array(shares, dtype=np.float64) >= EXCUSED_SHARE

    def _share_inside(self, points: npt.NDArray[np.float32]) -> float:
        seen = points[~np.isnan(points[:, 0])]
        if len(seen) == 0 or not self.ignored:
            return 0.0
        inside = [
            [cv2.pointPolygonTest(region, (float(x), float(y)), False) >= 0 for x, y in seen]
            for region in self.ignored
        ]
        return float(np.any(inside, axis=0).mean())


def read_track_labels(path: Path) -> list[LabelledFrame]:
    """The labelled frames of one video, in order.

    Joints are known by the names in the file's category of people, COCO's 17 if it names none;
    those that COCO's skeleton does not have are left out. PoseTrack's frames without labels
    (`is_labeled` is false) are left out, and `ignore_regions` and people without labelled joints
    are where people found count for nothing.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is no such file, has several videos, or somebody has no `track_id`.
    """
    document = read_json(path)
    try:
        if not isinstance(document, dict) or "annotations" not in document:
            raise FormatError("it has no annotations")
        return _frames(document)
    except FormatError as error:
        raise FormatError(f"{path} cannot be evaluated against: {error}") from error


def _frames(document: JsonObject) -> list[LabelledFrame]:
    skeleton = _skeleton(json_objects(document.get("categories", []), "categories"))
    images = json_objects(document.get("images"), "images")
    videos = {str(image["vid_id"]) for image in images if "vid_id" in image}
    if len(videos) > 1:
        raise FormatError(f"it has {len(videos)} videos; give the labels of one")
    people = by_image(
        [
            entry
            for entry in json_objects(document["annotations"], "annotations")
            if entry.get("category_id", PERSON) == PERSON
        ]
    )
    labelled = [image for image in images if image.get("is_labeled", True)]
    frames = [
        _frame(image, people.get(whole_number(image, "id"), []), skeleton) for image in labelled
    ]
    return sorted(frames, key=lambda frame: frame.people.frame)


def _skeleton(categories: list[JsonObject]) -> Skeleton:
    """The joints as the file names them."""
    for category in categories:
        names = category.get("keypoints")
        if category.get("id") == PERSON and isinstance(names, list) and names:
            return Skeleton("labels", tuple(str(name) for name in names))
    return COCO17


def _frame(image: JsonObject, entries: list[JsonObject], skeleton: Skeleton) -> LabelledFrame:
    number = whole_number(image, "id")
    frame = number % FRAMES_OF_VIDEO if "vid_id" in image else number
    rows = decode_keypoints(entries, skeleton, number)
    rows[rows[..., 2] <= 0] = 0
    shown: list[bool] = np.asarray(rows.any(axis=(1, 2))).tolist()
    people = [entry for entry, is_shown in zip(entries, shown, strict=True) if is_shown]
    others = [entry for entry, is_shown in zip(entries, shown, strict=True) if not is_shown]
    poses = poses_of(skeleton, rows[shown], np.ones(rows[shown].shape[:2]), people, number)
    if people and poses.ids is None:
        raise FormatError(f"image {number}: somebody has no track_id")
    ignored = [*_regions(image), *(_corners(entry) for entry in others)]
    return LabelledFrame(
        replace(poses.to(COCO17), frame=frame, time=0.0),
        tuple(region for region in ignored if len(region)),
    )


def _regions(image: JsonObject) -> list[Region]:
    """PoseTrack's `ignore_regions_x` and `_y`: lists of the corners of each region."""
    lists = [image.get("ignore_regions_x") or [], image.get("ignore_regions_y") or []]
    try:
        regions = [
            np.stack([np.array(x, np.float32), np.array(y, np.float32)], axis=1).reshape(-1, 2)
            for x, y in zip(*lists, strict=True)
        ]
    except (TypeError, ValueError) as error:
        raise FormatError(f"image {image.get('id')}: its ignore_regions are damaged") from error
    return [region for region in regions if len(region) > 2]


def _corners(entry: JsonObject) -> Region:
    """The box of somebody without labelled joints; nothing if there is none."""
    box = entry.get("bbox")
    if not isinstance(box, list) or len(box) != 4:
        return np.empty((0, 2), dtype=np.float32)
    x, y, width, height = (float(value) for value in box)  # type: ignore[arg-type]
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return np.array(corners, dtype=np.float32) - np.float32(BOX_SHIFT)
