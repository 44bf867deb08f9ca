"""COCO annotation files: labelled people in pictures.

    {"images": [{"id": 36, "width": 481, "height": 640, "file_name": "000000000036.jpg"}, ...],
     "annotations": [{"id": 1, "image_id": 36, "category_id": 1, "keypoints": [x, y, v, ...],
       "num_keypoints": 13, "bbox": [x, y, width, height], "area": 85472.7, "iscrowd": 0}, ...],
     "categories": [{"id": 1, "name": "person", "keypoints": ["nose", ...], "skeleton": [[16, 14],
       ...]}]}

Reading. One `Poses` an image, in the order of `images`, `frame` being the image's id. v = 0 is NaN
with score 0; v = 1 (hidden) and 2 (visible) are joints whose score is not known: NaN. Crowd regions
are not people and are left out, as are annotations of other categories than the first one that has
keypoints. A person without labelled joints stays, with all of them NaN. The category names the
keypoints, so any skeleton can be read and written. There are no times: `Poses.time` is NaN.

Writing. Each frame is an image and each person an annotation, joints being all v = 2, so scores are
lost. `area` is that of the box, as there are no outlines; evaluation uses it as the person's scale,
so measure the accuracy of a model against files that people labelled, with true areas.

Coordinates are as in `kinema.formats.coco_entries`; `track_id` holds the identity, as in PoseTrack.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np

from kinema.errors import FormatError, SkeletonError
from kinema.formats.coco_entries import (
    PERSON,
    by_image,
    decode_keypoints,
    encode_boxes,
    encode_keypoints,
    image_id_of,
    poses_of,
    whole_number,
)
from kinema.formats.recording import Header, PoseWriter, require_image_space
from kinema.formats.staging import StagedText
from kinema.formats.textfile import JsonObject, encode_json, json_objects
from kinema.poses import Poses
from kinema.skeleton import Skeleton, mirror_by_name
from kinema.skeletons import COCO17


def decode_annotations(document: JsonObject) -> tuple[Header, Iterator[Poses]]:
    """The images of an annotation file that was parsed.

    Raises:
        FormatError: If it is damaged; for a damaged person, when its image is reached.
    """
    images = json_objects(document.get("images"), "images")
    category_id, skeleton = _category(json_objects(document.get("categories", []), "categories"))
    people = [
        entry
        for entry in json_objects(document["annotations"], "annotations")
        if entry.get("category_id", category_id) == category_id and not entry.get("iscrowd")
    ]
    sizes = {(image.get("width"), image.get("height")) for image in images}
    size = next(iter(sizes)) if len(sizes) == 1 else (None, None)
    known = isinstance(size[0], int) and isinstance(size[1], int)
    header = Header(skeleton, size=cast("tuple[int, int]", size) if known else None)
    return header, _annotated_frames(images, by_image(people), skeleton)


def _category(categories: list[JsonObject]) -> tuple[int, Skeleton]:
    """The first category with keypoints: its id and its skeleton."""
    category = next((entry for entry in categories if entry.get("keypoints")), None)
    if category is None:
        return PERSON, COCO17
    names = tuple(str(name) for name in cast("list[str]", category["keypoints"]))
    if names == COCO17.keypoints:
        return whole_number(category, "id"), COCO17
    try:  # limbs are numbered from 1
        limbs = cast("list[tuple[int, int]]", category.get("skeleton") or [])
        edges = tuple((names[a - 1], names[b - 1]) for a, b in limbs)
        name = str(category.get("name"))
        return whole_number(category, "id"), Skeleton(name, names, edges, mirror_by_name(names))
    except (IndexError, TypeError, ValueError) as error:
        raise FormatError(f"the category's keypoints or skeleton are damaged: {error}") from error


def _annotated_frames(
    images: list[JsonObject], people: dict[int, list[JsonObject]], skeleton: Skeleton
) -> Iterator[Poses]:
    for image in images:
        image_id = whole_number(image, "id")
        entries = people.get(image_id, [])
        rows = decode_keypoints(entries, skeleton, image_id)
        rows[rows[..., 2] == 0] = 0
        yield poses_of(skeleton, rows, np.where(rows[..., 2] > 0, np.nan, 0.0), entries, image_id)


class CocoAnnotationsWriter(PoseWriter):
    """Writes an annotation file, streamed; it appears under its name at `close`.

    Raises:
        InputError: If the file cannot be written.
    """

    readable_when_cut = False

    def __init__(self, path: Path, header: Header) -> None:
        self.started = False
        self._header = header
        self._skeleton = header.skeleton or COCO17
        self._image_id = image_id_of(header.source)
        self._file = StagedText(path)
        self._image_ids = array("q")
        self._count = 0

    def write(self, poses: Poses) -> None:
        """Add one frame.

        Raises:
            InputError: If it is not in an image.
            SkeletonError: If the skeleton is not that of the first frame.
        """
        require_image_space(poses, "COCO JSON")
        if not self.started:
            self._skeleton = poses.skeleton
            self._start()
        if poses.skeleton != self._skeleton:
            raise SkeletonError(
                f"frame {poses.frame} is {poses.skeleton.name}, but the file was begun as "
                f"{self._skeleton.name}"
            )
        image_id = poses.frame if self._image_id is None else self._image_id
        self._image_ids.append(image_id)
        for entry in _encode_people(poses, image_id):
            self._count += 1
            separator = "\n" if self._count == 1 else ",\n"
            self._file.write(separator + encode_json({"id": self._count, **entry}))

    def close(self) -> None:
        """Add the list of images and put the file in its place."""
        if not self._file.is_open:
            return
        if not self.started:
            self._start()
        self._file.write('\n],"images":[')
        for number, image_id in enumerate(self._image_ids):
            self._file.write((",\n" if number else "\n") + encode_json(self._image(image_id)))
        self._file.write("\n]}\n")
        self._file.commit()

    def discard(self) -> None:
        """Remove what was written; a file that was there before stays."""
        self._file.discard()

    def _start(self) -> None:
        self.started = True
        names = self._skeleton.keypoints
        category = {
            "id": PERSON,
            "name": "person" if self._skeleton == COCO17 else self._skeleton.name,
            "supercategory": "person",
            "keypoints": names,
            "skeleton": [(names.index(a) + 1, names.index(b) + 1) for a, b in self._skeleton.edges],
        }
        self._file.write('{"categories":' + encode_json([category]) + ',"annotations":[')

    def _image(self, image_id: int) -> dict[str, object]:
        image: dict[str, object] = {"id": image_id}
        if self._header.size is not None:
            image["width"], image["height"] = self._header.size
        one_picture = self._image_id is not None and self._header.source is not None
        name = Path(self._header.source or "").name if one_picture else f"{image_id:012d}.jpg"
        return image | {"file_name": name}


def _encode_people(poses: Poses, image_id: int) -> list[dict[str, object]]:
    rows = encode_keypoints(poses, np.full(poses.scores.shape, 2.0))
    entries: list[dict[str, object]] = [
        {
            "image_id": image_id,
            "category_id": PERSON,
            "keypoints": row.ravel().tolist(),
            "num_keypoints": int((row[:, 2] > 0).sum()),
            "bbox": box,
            "area": round(box[2] * box[3], 3),
            "iscrowd": 0,
        }
        for row, box in zip(rows, encode_boxes(poses), strict=True)
    ]
    if poses.ids is not None:
        for entry, identity in zip(entries, poses.ids.tolist(), strict=True):
            entry["track_id"] = identity
    return entries
