"""Accuracy on people that are labelled as in COCO: average precision, joints, people, speed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError
from kinema.evaluation.average_precision import average_precision, require_pycocotools
from kinema.evaluation.coco_labels import CocoLabels, LabelledPicture
from kinema.evaluation.joints import JointAccuracy, joint_table, joints_not_given
from kinema.evaluation.metrics import (
    Floats,
    OperatingPoint,
    best_operating_point,
    joint_errors,
    match_people,
    oks,
    share_inside,
)
from kinema.evaluation.stream import check_pictures, find_picture, run_apart
from kinema.formats import open_writer
from kinema.media.frame import Frame
from kinema.media.images import read_image
from kinema.models.model import Model
from kinema.poses import Poses
from kinema.skeletons import COCO17

LEAST_OKS = 0.1
"""From here on a prediction is taken for the labelled person, however badly posed."""

THRESHOLDS = (0.05, 0.1)
"""Of PCK, as fractions of the longer side of the person's box; 0.1 is Yang & Ramanan's for whole
bodies (2013, section 7.2)."""

UNLABELLED_SHARE = 0.5
"""Of the joints of a person, to lie where nobody was labelled and count for nothing."""


@dataclass(frozen=True, eq=False)
class SeenPicture:
    """A picture with its labels and what was found in it.

    Attributes:
        path: Of the picture.
        labels: What is labelled.
        poses: What was found, as COCO's 17 joints.
        similarity: (N, M) object keypoint similarity of labels and poses.
        matches: (N,) which of the poses is each labelled person; -1 for none.
        excused: (M,) poses where nobody was labelled: neither right nor wrong.
    """

    path: Path
    labels: LabelledPicture
    poses: Poses
    similarity: Floats
    matches: npt.NDArray[np.intp]
    excused: npt.NDArray[np.bool_]

    @property
    def scores(self) -> Floats:
        """(M,) of the people found; 1 where none is known, as in files of results."""
        return np.nan_to_num(self.poses.person_scores.astype(np.float64), nan=1.0)

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """(M,) which of the people found are labelled."""
        return np.isin(np.arange(len(self.poses)), self.matches)

    @property
    def own_similarity(self) -> Floats:
        """(N,) of each labelled person with its match; 0 for those not found."""
        if len(self.poses) == 0:
            return np.zeros(len(self.matches))
        own = np.take_along_axis(self.similarity, self.matches[:, None], axis=1)[:, 0]
        return np.where(self.matches >= 0, own, 0.0)


@dataclass(frozen=True)
class CocoReport:
    """How accurate a model is on a set of labelled pictures.

    Attributes:
        model: Its name.
        images: How many pictures were looked at.
        missing: How many of the file were not in the folder.
        people: How many people have labelled joints, crowds left out.
        precision: `AP`, `AP50`, ... as `average_precision` gives them.
        joints: Errors of all labelled people, those not found included, and last of `all` joints.
        recall: Share of the people that were found, whatever the score.
        best: The score that parts right from wrong best, with what is then found.
        seconds: From the first picture to the last result, reading included.
        images_per_second: Over those seconds.
        people_per_second: People found, over those seconds.
        not_given: Joints of COCO that the model does not give. Average precision counts them as
            wrong; the row of `all` joints leaves them out.
    """

    model: str
    images: int
    missing: int
    people: int
    precision: dict[str, float | None]
    joints: tuple[JointAccuracy, ...]
    recall: float
    best: OperatingPoint
    seconds: float
    images_per_second: float
    people_per_second: float
    not_given: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class CocoEvaluation:
    """A report, and all that it was made of.

    Attributes:
        report: The numbers.
        pictures: Every picture, without its pixels.
    """

    report: CocoReport
    pictures: tuple[SeenPicture, ...]


def present_pictures(
    labels: CocoLabels, folder: Path, *, limit: int | None = None
) -> tuple[list[tuple[Path, LabelledPicture]], str]:
    """The pictures that are there, and what to say of those that are not ("" if all are).

    Args:
        labels: The labels.
        folder: Of the pictures.
        limit: The first so many of those that are there only.

    Raises:
        InputError: If there are none.
    """
    found = [(find_picture(folder, picture.name), picture) for picture in labels.pictures]
    present = [(path, picture) for path, picture in found if path]
    missing = [picture.name for path, picture in found if not path]
    names = [picture.name for picture in labels.pictures]
    complaint = check_pictures(names, missing, labels.path, folder)
    return present[:limit], complaint


def evaluate_coco(
    model: Model,
    labels: CocoLabels,
    pictures: Sequence[tuple[Path, LabelledPicture]],
    *,
    results: Path | None = None,
    on_picture: Callable[[], object] = lambda: None,
) -> CocoEvaluation:
    """Runs a model over labelled pictures and compares. Pictures are held a few at a time.

    People are matched by object keypoint similarity of at least 0.1, the highest scores first.
    Pictures without people count: who is found there is false.

    Args:
        model: Of any skeleton; its joints are joined to COCO's by name.
        labels: Of the pictures.
        pictures: As `present_pictures` gives them.
        results: Where to keep the results in COCO's format; None keeps none.
        on_picture: Called after each picture.

    Raises:
        MissingExtra: If `pycocotools` is not installed.
        InputError: If there are no pictures.
        SkeletonError: If the model gives none of COCO's joints.
        MediaError: If a picture cannot be read.
    """
    require_pycocotools()
    if not pictures:
        raise InputError("there are no pictures to evaluate on")
    joints_not_given(model.skeleton, COCO17)  # now, not after an hour, if it is all of them
    seen: list[SeenPicture] = []
    with _results_file(results) as path:
        started = time.perf_counter()
        with open_writer(path, format="coco") as out:
            jobs = run_apart(model, _frames(pictures))
            for (picture, truth), job in zip(pictures, jobs, strict=True):
                poses = job.poses()
                out.write(poses)
                seen.append(compare(picture, truth, poses))
                on_picture()
        seconds = time.perf_counter() - started
        precision = average_precision(labels.document, path, [truth.id for _, truth in pictures])
    report = _report(model, seen, len(labels.pictures), precision, seconds)
    return CocoEvaluation(report, tuple(seen))


@contextmanager
def _results_file(kept: Path | None) -> Iterator[Path]:
    """Where results go: the file to keep, or one that is gone afterwards."""
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "results.coco.json"


def _frames(pictures: Sequence[tuple[Path, LabelledPicture]]) -> Iterator[Frame]:
    """The pictures; the number of a frame is COCO's id of the picture, which the writer keeps."""
    for path, truth in pictures:
        yield Frame(read_image(path).image, index=truth.id)


def compare(path: Path, labels: LabelledPicture, found: Poses) -> SeenPicture:
    """Says who of the people found in a picture is who of the labelled ones."""
    poses = found.to(COCO17)
    poses = poses[poses.found.any(axis=1)]  # files of results leave out the others too
    similarity = oks(labels.keypoints, poses.keypoints, labels.areas, COCO17.sigmas)
    matches = match_people(similarity, poses.person_scores, LEAST_OKS)
    inside = share_inside(poses.keypoints, labels.unlabelled, growth=1.0)  # (B, M)
    there = np.asarray((inside >= UNLABELLED_SHARE).any(axis=0))
    excused = there & ~np.isin(np.arange(len(poses)), matches)
    return SeenPicture(path, labels, poses, similarity, matches, excused)


def _report(
    model: Model,
    seen: Sequence[SeenPicture],
    pictures: int,
    precision: dict[str, float | None],
    seconds: float,
) -> CocoReport:
    errors = [_errors(picture) for picture in seen]
    people = sum(len(e) for e in errors)
    counted = [~picture.excused for picture in seen]
    scores = [p.scores[kept] for p, kept in zip(seen, counted, strict=True)]
    right = [p.right[kept] for p, kept in zip(seen, counted, strict=True)]
    found = sum(int(hits.sum()) for hits in right)
    not_given = joints_not_given(model.skeleton, COCO17)
    return CocoReport(
        model=model.name,
        images=len(seen),
        missing=pictures - len(seen),
        people=people,
        precision=precision,
        joints=joint_table(
            np.concatenate(errors),
            np.concatenate([picture.labels.sizes for picture in seen]),
            COCO17,
            thresholds=THRESHOLDS,
            left_out=not_given,
        ),
        recall=found / people if people else float("nan"),
        best=best_operating_point(np.concatenate(scores), np.concatenate(right), people),
        seconds=seconds,
        images_per_second=len(seen) / seconds,
        people_per_second=sum(len(picture.poses) for picture in seen) / seconds,
        not_given=not_given,
    )


def _errors(picture: SeenPicture) -> Floats:
    """(N, 17) of all labelled people; infinite for those not found."""
    nobody = np.full((1, len(COCO17), 2), np.nan)
    everybody = np.concatenate([picture.poses.keypoints, nobody])  # -1 is nobody
    return joint_errors(picture.labels.keypoints, everybody[picture.matches])
