"""COCO keypoint results: one list, as COCO's evaluation takes it.

    [{"image_id": 36, "category_id": 1, "keypoints": [x, y, v, ...], "score": 0.87,
      "bbox": [x, y, width, height]}, ...]

`pycocotools` loads it with `COCO.loadRes` (which refuses an empty list).

Keypoints. Always `coco17`; other skeletons are joined by name. Absent joints are 0, 0, 0 there and
NaN here. v is the score of the joint, which evaluation ignores; a score that is not known is
written as 1. Where v is only a flag in other programs' results, the score of the person stands for
each of its joints. People without a joint are left out, and so a frame without people leaves no
trace. Evaluation compares all labelled joints, so absent ones cost.

`score`, by which evaluation ranks people, is `Poses.certainty`; where a model does not say how sure
it is of people, it is the mean of all v: where scores are known, `Poses.person_scores`.

`image_id` is the frame number, or the number of the picture where the source is one picture that is
named as in COCO (`000000000036.jpg`, `COCO_val2014_000000000036.jpg`). `track_id` holds the
identity where there is one, as in PoseTrack.

`bbox` is always written, as the area that evaluation would take from the keypoints would reach to
the absent ones at (0, 0); without boxes it is `Poses.bounds`. Coordinates are as in
`kinema.formats.coco_entries`. There are no times: `Poses.time` is NaN.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError
from kinema.formats.coco_annotations import decode_annotations
from kinema.formats.coco_entries import (
    PERSON,
    by_image,
    decode_keypoints,
    encode_boxes,
    encode_keypoints,
    image_id_of,
    poses_of,
)
from kinema.formats.encoding import SCORE_DECIMALS
from kinema.formats.recording import Header, PoseStream, PoseWriter, require_image_space
from kinema.formats.staging import StagedText
from kinema.formats.textfile import JsonObject, encode_json, json_objects, open_to_read, read_json
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17

RANK_DECIMALS = 6  # those of small people may all be close to 0, and still their order matters
_FLAG_TOLERANCE = 0.001  # a `score` that is the mean of the v, both rounded to 4 decimals


def result_skeleton(skeleton: Skeleton) -> Skeleton:
    """The skeleton that is written for poses of `skeleton`: always COCO's own."""
    return COCO17


class CocoResultsWriter(PoseWriter):
    """Writes a list of results, streamed; it appears under its name at `close`.

    Raises:
        InputError: If the file cannot be written.
    """

    readable_when_cut = False

    def __init__(self, path: Path, header: Header) -> None:
        self.started = False
        self._image_id = image_id_of(header.source)
        self._file = StagedText(path)
        self._first = True

    def write(self, poses: Poses) -> None:
        """Add one frame.

        Raises:
            InputError: If it is not in an image.
        """
        require_image_space(poses, "COCO JSON")
        self.started = True
        image_id = poses.frame if self._image_id is None else self._image_id
        poses = poses.to(COCO17)
        for entry in _encode_people(poses[poses.found.any(axis=1)], image_id):
            self._file.write(("[\n" if self._first else ",\n") + encode_json(entry))
            self._first = False

    def close(self) -> None:
        """Put the file in its place."""
        if not self._file.is_open:
            return
        self._file.write("[]\n" if self._first else "\n]\n")
        self._file.commit()

    def discard(self) -> None:
        """Remove what was written; a file that was there before stays."""
        self._file.discard()


def _encode_people(poses: Poses, image_id: int) -> list[dict[str, object]]:
    """One result for each person, as in the docstring of this module."""
    scores = np.nan_to_num(poses.scores.astype(np.float64), nan=1.0)
    rows = encode_keypoints(poses, np.round(scores, SCORE_DECIMALS))
    sure = poses.certainty
    person_scores = rows[..., 2].mean(axis=1) if sure is None else sure.astype(np.float64)
    entries: list[dict[str, object]] = [
        {
            "image_id": image_id,
            "category_id": PERSON,
            "keypoints": row.ravel().tolist(),
            "score": round(score, RANK_DECIMALS),
            "bbox": box,
        }
        for row, score, box in zip(rows, person_scores.tolist(), encode_boxes(poses), strict=True)
    ]
    if poses.ids is not None:
        for entry, identity in zip(entries, poses.ids.tolist(), strict=True):
            entry["track_id"] = identity
    return entries


def read_coco(path: Path) -> PoseStream:
    """The images of a file of results or of annotations. The file is held in memory.

    Results come in the order of their image ids, as `frame`.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is neither, or is damaged.
    """
    document = read_json(path)
    try:
        if isinstance(document, list):
            header = Header(COCO17)
            frames = _result_frames(json_objects(document, "the list of results"))
        elif isinstance(document, dict) and "annotations" in document:
            header, frames = decode_annotations(document)
        else:
            raise FormatError("neither a list of results nor an object with annotations")
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error
    return PoseStream(header, _located(frames, path))


def _located(frames: Iterator[Poses], path: Path) -> Iterator[Poses]:
    try:
        yield from frames
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error


def _result_frames(entries: list[JsonObject]) -> Iterator[Poses]:
    for image_id, people in sorted(by_image(entries).items()):
        rows = decode_keypoints(people, COCO17, image_id)
        scores = np.array(
            [_joint_scores(row, person) for row, person in zip(rows, people, strict=True)]
        )
        poses = poses_of(COCO17, rows, scores, people, image_id)
        yield replace(poses, certainty=_certainty(rows, people))


def _certainty(
    rows: npt.NDArray[np.float64], people: list[JsonObject]
) -> npt.NDArray[np.float32] | None:
    """The `score` of all people, where it is not just the mean of their v (N, K)."""
    scores = np.array([_number(person.get("score")) for person in people])
    v = rows[..., 2]
    only_flags = np.isin(v, (0, 1, 2)).all()
    with np.errstate(invalid="ignore"):
        usable = ((scores >= 0) & (scores <= 1)).all()
    if only_flags or not usable or np.abs(v.mean(axis=1) - scores).max() <= _FLAG_TOLERANCE:
        return None
    return scores.astype(np.float32)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _joint_scores(row: npt.NDArray[np.float64], person: JsonObject) -> npt.NDArray[np.float64]:
    """The scores (K,) of one result of x, y, v (K, 3)."""
    v, score = row[:, 2], person.get("score")
    only_flags = np.isin(v, (0, 1, 2)).all()
    if only_flags and isinstance(score, int | float) and abs(v.mean() - score) > _FLAG_TOLERANCE:
        v = np.where((row != 0).any(axis=1), score, 0.0)
    return np.where((v >= 0) & (v <= 1), v, np.nan)  # logits and the like are no scores


def is_coco(path: Path) -> bool:
    """Whether the path names or the file holds COCO results or annotations."""
    if path.name.lower().endswith(".coco.json"):
        return True
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    with open_to_read(path) as file:
        start = file.read(1 << 16).lstrip()
    keys = ("image_id",) if start.startswith("[") else ("images", "annotations", "categories")
    return any(f'"{key}"' in start for key in keys)
