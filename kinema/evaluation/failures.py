"""Chooses the failures that are worth looking at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kinema.evaluation.coco import CocoEvaluation, SeenPicture
from kinema.evaluation.exhibits import (
    FALSE,
    MISSED,
    Exhibit,
    Fact,
    Section,
    Side,
    labelled_poses,
    view_around,
)
from kinema.evaluation.metrics import Floats, pck_marks, share
from kinema.evaluation.one_person import SeenSubject
from kinema.evaluation.subject_report import SubjectEvaluation
from kinema.media.images import read_image
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17

PICTURES = 8
PEOPLE = 8
SUBJECTS = 24
GOOD, FAIR = 0.75, 0.5  # OKS that COCO's AP75 and AP50 ask for

NO_BOXES = np.empty((0, 4))


def coco_failures(evaluation: CocoEvaluation) -> tuple[Section, ...]:
    """The worst pictures, and the people posed worst, missed, and seen where there are none.

    People are taken as found from the score on that parts right from wrong best.
    """
    scenes = [_Scene(picture, evaluation.report.best.score) for picture in evaluation.pictures]
    worst = sorted((s for s in scenes if s.loss > 0), key=lambda s: -s.loss)
    posed, missed, false = ([], [], [])  # type: tuple[_Ranked, _Ranked, _Ranked]
    for scene in scenes:
        for person in range(len(scene.similarity)):
            area = float(scene.picture.labels.areas[person])
            if scene.kept[person] < 0:
                missed.append((-area, scene, person))
            elif scene.similarity[person] < GOOD:
                posed.append((float(scene.similarity[person]), scene, person))
        false += [(-float(scene.picture.scores[i]), scene, i) for i in scene.false.tolist()]
    return (
        Section(
            "Pictures with the greatest loss",
            "The loss of a picture is 1 for each person missed (red box) or seen where there is "
            "none (yellow box), and 1 - OKS for each other person. People have the same number and "
            "colour on both sides; below is the OKS of each.",
            tuple(_whole(scene) for scene in worst[:PICTURES]),
            large=True,
        ),
        Section(
            "People posed worst",
            "Found, but with the lowest object keypoint similarity. Left is orange, right is blue.",
            tuple(_posed(scene, person) for _, scene, person in _first(posed)),
        ),
        Section(
            "People missed",
            "The largest first. On the right is whatever was found there.",
            tuple(_missed(scene, person) for _, scene, person in _first(missed)),
        ),
        Section(
            "People seen where there are none",
            "The most certain first. Some are real, but nobody labelled them.",
            tuple(_false(scene, person) for _, scene, person in _first(false)),
        ),
    )


@dataclass(frozen=True)
class _Scene:
    """A picture as it is seen if only predictions from a score on are kept."""

    picture: SeenPicture
    score: float

    @cached_property
    def is_kept(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.picture.scores >= self.score)

    @cached_property
    def kept(self) -> npt.NDArray[np.intp]:
        """(N,) the match of each labelled person; -1 for those missed."""
        found = [m if m >= 0 and self.is_kept[m] else -1 for m in self.picture.matches.tolist()]
        return np.array(found, dtype=np.intp)

    @cached_property
    def similarity(self) -> Floats:
        return np.where(self.kept >= 0, self.picture.own_similarity, 0.0)

    @cached_property
    def false(self) -> npt.NDArray[np.intp]:
        """The predictions that are nobody."""
        return np.flatnonzero(self.is_kept & ~self.picture.right & ~self.picture.excused)

    @cached_property
    def loss(self) -> float:
        return float((1 - self.similarity).sum() + len(self.false))

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return read_image(self.picture.path).size

    @cached_property
    def boxes(self) -> Floats:
        """(N, 4) x1 y1 x2 y2 of the labelled people."""
        boxes = self.picture.labels.boxes
        return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1) - 0.5


_Ranked = list[tuple[float, _Scene, int]]


def _first(ranked: _Ranked) -> _Ranked:
    return sorted(ranked, key=lambda entry: entry[0])[:PEOPLE]


def _whole(scene: _Scene) -> Exhibit:
    """The whole picture, with everybody."""
    picture, count = scene.picture, len(scene.similarity)
    numbers = np.full(len(picture.poses), -1, dtype=np.int64)
    for person, match in enumerate(scene.kept.tolist()):
        if match >= 0:
            numbers[match] = person + 1
    shown = np.flatnonzero(scene.is_kept)
    nameless = np.flatnonzero(scene.is_kept & (numbers < 0))
    numbers[nameless] = count + 1 + np.arange(len(nameless))
    found = replace(picture.poses, ids=numbers)[shown]
    missed = scene.boxes[scene.kept < 0]
    facts = [
        Fact(f"{number} missed", "bad") if match < 0 else _oks(value, f"{number}: ")
        for number, (match, value) in enumerate(
            zip(scene.kept.tolist(), scene.similarity.tolist(), strict=True), 1
        )
    ]
    facts += [Fact(f"{int(numbers[i])} is nobody", "bad") for i in scene.false.tolist()]
    return Exhibit(
        picture.path,
        view_around(scene.size, []),
        Side(labelled_poses(COCO17, picture.labels.keypoints, range(1, count + 1)), missed),
        Side(found, _bounds(picture.poses[scene.false]), FALSE),
        tuple(facts),
        colour_by="person",
    )


def _posed(scene: _Scene, person: int) -> Exhibit:
    found = scene.picture.poses[int(scene.kept[person])]
    labels = labelled_poses(COCO17, scene.picture.labels.keypoints[[person]])
    return Exhibit(
        scene.picture.path,
        view_around(scene.size, scene.boxes[person], found.bounds()),
        Side(labels, NO_BOXES),
        Side(replace(found, ids=None), NO_BOXES),
        (_oks(float(scene.similarity[person]), "OKS "), _labelled(labels)),
    )


def _missed(scene: _Scene, person: int) -> Exhibit:
    labels = labelled_poses(COCO17, scene.picture.labels.keypoints[[person]])
    return Exhibit(
        scene.picture.path,
        view_around(scene.size, scene.boxes[person], padding=1.5),
        Side(labels, scene.boxes[[person]], MISSED),
        Side(replace(scene.picture.poses, ids=None)[scene.is_kept], NO_BOXES),
        (Fact("missed", "bad"), _labelled(labels)),
    )


def _false(scene: _Scene, person: int) -> Exhibit:
    found = replace(scene.picture.poses, ids=None)[person]
    score = float(scene.picture.scores[person])
    return Exhibit(
        scene.picture.path,
        view_around(scene.size, _bounds(found), padding=1.6),
        Side(labelled_poses(COCO17, scene.picture.labels.keypoints), NO_BOXES),
        Side(found, _bounds(found), FALSE),
        (Fact("nobody", "bad"), Fact(f"score {score:.2f}")),
    )


def _bounds(poses: Poses) -> Floats:
    return poses.bounds().astype(np.float64)


def _oks(value: float, before: str) -> Fact:
    level = "good" if value >= GOOD else "fair" if value >= FAIR else "bad"
    return Fact(f"{before}{value:.2f}", level)


def _labelled(poses: Poses) -> Fact:
    count = int(poses.found.sum())
    return Fact("1 joint labelled" if count == 1 else f"{count} joints labelled")


def subject_failures(
    evaluation: SubjectEvaluation, skeleton: Skeleton, threshold: float
) -> tuple[Section, ...]:
    """The people of whom the most joints are wrong; of equals those with the greater errors.

    Args:
        evaluation: On people one at a time.
        skeleton: Of the labels.
        threshold: From which fraction of the person's size on a joint is wrong.
    """
    not_given = [skeleton.index(joint) for joint in evaluation.report.not_given]
    ranked = sorted(
        evaluation.people, key=lambda person: _badness(person, threshold, not_given), reverse=True
    )
    wrong = [person for person in ranked if _badness(person, threshold, not_given)[0] > 0]
    return (
        Section(
            "People posed worst",
            f"Those with the greatest share of joints further than {threshold:g} of the person's "
            "size from the truth. Left is orange, right is blue.",
            tuple(_subject(p, skeleton, threshold, not_given) for p in wrong[:SUBJECTS]),
        ),
    )


def _badness(
    person: SeenSubject, threshold: float, not_given: Sequence[int]
) -> tuple[float, float]:
    """The share of wrong joints, and the mean error in sizes, each at most 1."""
    errors = np.delete(person.errors, not_given)
    marks = pck_marks(errors[None], [person.subject.size], threshold)
    capped = np.minimum(errors / person.subject.size, 1)
    return 1 - float(np.nan_to_num(share(marks), nan=1)), float(np.nan_to_num(share(capped)))


def _subject(
    person: SeenSubject, skeleton: Skeleton, threshold: float, not_given: Sequence[int]
) -> Exhibit:
    right = 1 - _badness(person, threshold, not_given)[0]
    level = "good" if right >= GOOD else "fair" if right >= FAIR else "bad"
    facts = [Fact(f"{right:.0%} of the joints right", level)]
    if np.isnan(person.keypoints).all():
        facts.append(Fact("nobody found", "bad"))
    labels = labelled_poses(skeleton, person.subject.keypoints[None])
    found = labelled_poses(skeleton, person.keypoints[None])
    return Exhibit(
        person.path,
        view_around(read_image(person.path).size, labels.bounds(), found.bounds()),
        Side(labels, NO_BOXES),
        Side(found, NO_BOXES),
        tuple(facts),
    )
