"""What came of an evaluation on people one at a time: joints, parts of the body, speed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinema.evaluation import lsp, mpii
from kinema.evaluation.joints import JointAccuracy, joint_table, joints_not_given
from kinema.evaluation.metrics import pcp_marks, share
from kinema.evaluation.one_person import SeenSubject, Subject, SubjectLabels, look_at_subjects
from kinema.models.model import Model


@dataclass(frozen=True)
class PartAccuracy:
    """How often one part of the body is right, or all parts together.

    Attributes:
        part: Its name; `all` for all together.
        labelled: In how many people it is labelled.
        strict: Share with both ends within half its length (strict PCP).
        usual: Share with the mean of both errors within half its length.
    """

    part: str
    labelled: int
    strict: float
    usual: float


@dataclass(frozen=True)
class SubjectReport:
    """How accurate a model is on people whose place it is told.

    Attributes:
        model: Its name.
        people: How many were looked at.
        missing: How many of the labelled ones have no picture in the folder, or were not asked for.
        size_is: What errors are measured by, in words.
        joints: Errors of all people, those not found included, and last of `all` joints.
        parts: Of LSP, the parts of the body and last `all`; of MPII nothing.
        seconds: From the first picture to the last result, reading included.
        people_per_second: Over those seconds.
        not_given: Labelled joints that the model does not give; `all` leaves them out.
    """

    model: str
    people: int
    missing: int
    size_is: str
    joints: tuple[JointAccuracy, ...]
    parts: tuple[PartAccuracy, ...]
    seconds: float
    people_per_second: float
    not_given: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SubjectEvaluation:
    """A report, and all that it was made of."""

    report: SubjectReport
    people: tuple[SeenSubject, ...]


def evaluate_mpii(
    model: Model,
    labels: SubjectLabels,
    subjects: Sequence[tuple[Path, Subject]],
    *,
    on_person: Callable[[], object] = lambda: None,
) -> SubjectEvaluation:
    """PCKh at 0.1 and 0.5 of people as `read_mpii` and `present_subjects` give them.

    Raises:
        InputError: If there are no people.
        SkeletonError: If the model gives none of the labelled joints.
        MediaError: If a picture cannot be read.
    """
    joints_not_given(model.skeleton, labels.skeleton)  # first of all, if it is all of them
    seen, seconds = look_at_subjects(model, labels.skeleton, subjects, on_person=on_person)
    return _evaluation(
        model, labels, seen, seconds, thresholds=mpii.THRESHOLDS, left_out=mpii.LEFT_OUT, parts=()
    )


def evaluate_lsp(
    model: Model,
    labels: SubjectLabels,
    subjects: Sequence[tuple[Path, Subject]],
    *,
    on_person: Callable[[], object] = lambda: None,
) -> SubjectEvaluation:
    """PCK at 0.1 and 0.2 of the torso and PCP, of people as `read_lsp` gives them.

    Raises:
        InputError: If there are no people.
        SkeletonError: If the model gives none of the labelled joints.
        MediaError: If a picture cannot be read.
    """
    missing = joints_not_given(model.skeleton, labels.skeleton)
    seen, seconds = look_at_subjects(model, labels.skeleton, subjects, on_person=on_person)
    parts = part_table(seen, missing)
    return _evaluation(
        model, labels, seen, seconds, thresholds=lsp.THRESHOLDS, left_out=(), parts=parts
    )


def part_table(
    seen: Sequence[SeenSubject], not_given: Sequence[str] = ()
) -> tuple[PartAccuracy, ...]:
    """PCP of the parts of LSP, one row a part, then one of `all`.

    Args:
        seen: People of LSP.
        not_given: Joints whose parts the row of `all` leaves out.
    """
    truth = np.stack([person.subject.keypoints for person in seen])
    found = np.stack([person.keypoints for person in seen])
    strict, usual = (pcp_marks(truth, found, lsp.sticks(), strict=s) for s in (True, False))
    counted = [
        number
        for number, ends in enumerate(lsp.PARTS.values())
        if set(ends[0] + ends[1]).isdisjoint(not_given)
    ]
    columns = [(name, [number]) for number, name in enumerate(lsp.PARTS)]
    return tuple(
        PartAccuracy(
            name,
            int((~np.isnan(strict[:, chosen])).sum()),
            float(share(strict[:, chosen])),
            float(share(usual[:, chosen])),
        )
        for name, chosen in [*columns, ("all", counted)]
    )


def _evaluation(
    model: Model,
    labels: SubjectLabels,
    seen: list[SeenSubject],
    seconds: float,
    *,
    thresholds: Sequence[float],
    left_out: Sequence[str],
    parts: tuple[PartAccuracy, ...],
) -> SubjectEvaluation:
    not_given = joints_not_given(model.skeleton, labels.skeleton)
    report = SubjectReport(
        model=model.name,
        people=len(seen),
        missing=len(labels.subjects) - len(seen),
        size_is=labels.size_is,
        joints=joint_table(
            np.stack([person.errors for person in seen]),
            [person.subject.size for person in seen],
            labels.skeleton,
            thresholds=thresholds,
            left_out=(*left_out, *not_given),
        ),
        parts=parts,
        seconds=seconds,
        people_per_second=len(seen) / seconds,
        not_given=not_given,
    )
    return SubjectEvaluation(report, tuple(seen))
