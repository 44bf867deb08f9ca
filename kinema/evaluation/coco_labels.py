"""Reads the labels of COCO keypoints for evaluation: people, their areas, and what to ignore."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError
from kinema.evaluation.metrics import Floats
from kinema.formats.coco_entries import PERSON, by_image, decode_keypoints
from kinema.formats.coco_entries import whole_number as whole
from kinema.formats.textfile import JsonObject, json_objects, read_json
from kinema.skeletons import COCO17


@dataclass(frozen=True, eq=False)
class LabelledPicture:
    """What is labelled in one picture.

    Attributes:
        id: Its number in the file.
        name: Of its file.
        keypoints: (N, 17, 2) pixels; NaN where not labelled.
        areas: (N,) square pixels.
        boxes: (N, 4) x, y, width, height as in the file, from the corner of the first pixel.
        unlabelled: (B, 4) boxes of people without labelled joints and of crowds; what is found
            there is neither right nor wrong.
    """

    id: int
    name: str
    keypoints: Floats
    areas: Floats
    boxes: Floats
    unlabelled: Floats

    @property
    def sizes(self) -> Floats:
        """The longer sides of the boxes, (N,) pixels."""
        return np.asarray(self.boxes[:, 2:].max(axis=1, initial=0))


class CocoLabels:
    """The pictures of an annotation file, in its order.

    Attributes:
        path: Of the file.
        document: The file as it was parsed, for `pycocotools`.
        pictures: One entry a picture.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is no such file, is damaged, or has other joints than COCO's 17.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        document = read_json(path)
        try:
            if not isinstance(document, dict) or "annotations" not in document:
                raise FormatError("it has no annotations; results are no labels")
            self.document: JsonObject = document
            self.pictures = tuple(_pictures(document))
        except FormatError as error:
            raise FormatError(f"{path} cannot be evaluated against: {error}") from error


def _pictures(document: JsonObject) -> Iterator[LabelledPicture]:
    _check_joints(json_objects(document.get("categories", []), "categories"))
    people = by_image(
        [
            entry
            for entry in json_objects(document["annotations"], "annotations")
            if entry.get("category_id", PERSON) == PERSON
        ]
    )
    for image in json_objects(document.get("images"), "images"):
        number = whole(image, "id")
        name = image.get("file_name")
        if not isinstance(name, str):
            raise FormatError(f"image {number} has no file_name")
        yield _picture(number, name, people.get(number, []))


def _check_joints(categories: list[JsonObject]) -> None:
    for category in categories:
        names = category.get("keypoints")
        if category.get("id") != PERSON or not names:
            continue
        if tuple(cast("list[str]", names)) != COCO17.keypoints:
            raise FormatError(
                f"its {len(cast('list[str]', names))} joints are not COCO's 17, "
                "for which alone the evaluation has tolerances"
            )


def _picture(number: int, name: str, entries: list[JsonObject]) -> LabelledPicture:
    rows = decode_keypoints(entries, COCO17, number)  # (N, 17, 3)
    boxes = _column(entries, "bbox", number).reshape(-1, 4)
    areas = _column(entries, "area", number).reshape(-1)
    crowd = np.array([bool(entry.get("iscrowd")) for entry in entries], dtype=np.bool_)
    labelled = rows[..., 2] > 0
    people = labelled.any(axis=1) & ~crowd
    return LabelledPicture(
        number,
        name,
        keypoints=np.where(labelled[..., None], rows[..., :2], np.nan)[people],
        areas=areas[people],
        boxes=boxes[people],
        unlabelled=boxes[~people],
    )


def _column(entries: list[JsonObject], key: str, number: int) -> npt.NDArray[np.float64]:
    """A member that all people of a picture must have, as numbers."""
    try:
        values = np.array([entry[key] for entry in entries], dtype=np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"image {number}: somebody has no usable {key}") from error
    width = 4 if key == "bbox" else 1
    if values.size != width * len(entries) or not np.isfinite(values).all():
        raise FormatError(f"image {number}: somebody has no usable {key}")
    return values
