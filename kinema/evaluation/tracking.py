"""Accuracy of tracking: HOTA, IDF1, MOTA and identity switches, by `motrics`.

`motrics` computes these measures from ids and similarities, to the digit as TrackEval does, the
reference implementation of HOTA. TrackEval itself and other libraries that could be used bring
`opencv-python`, which overwrites the OpenCV that Kinema uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from kinema.errors import InputError, MissingExtra
from kinema.evaluation.metrics import Floats, oks
from kinema.evaluation.track_labels import LabelledFrame
from kinema.poses import Poses

THRESHOLD = 0.5
"""Of object keypoint similarity, from which on MOTA and IDF1 take two poses for the same person.
HOTA is the mean over thresholds from 0.05 to 0.95."""

USUAL_SIGMA = 0.08
"""For joints without a published sigma."""

AREA_OF_BOX = 0.53
"""People of COCO fill this share of their boxes (the median of those with six joints or more)."""


@dataclass(frozen=True)
class TrackingReport:
    """How well the people of a recording were tracked.

    Attributes:
        frames: That are labelled.
        people: Different people who are labelled.
        positions: Labelled people of all frames together.
        hota: Higher order tracking accuracy, the geometric mean of the next two (Luiten et al.
            2021); like all shares from 0 to 1.
        detection: How well people are found (DetA).
        association: How well they keep their ids (AssA).
        idf1: Share of the positions with the right id, if each person has one id (Ristani et al.
            2016).
        mota: 1 - (missed + false + switches) / positions (Bernardin & Stiefelhagen 2008).
        switches: How often a person's id changed.
        missed: Labelled people who were not found, of all frames together.
        false: Found people who are not labelled.
        ids: Different ids that were given.
    """

    frames: int
    people: int
    positions: int
    hota: float
    detection: float
    association: float
    idf1: float
    mota: float
    switches: int
    missed: int
    false: int
    ids: int


def require_motrics() -> None:
    """Makes sure, before work is done, that tracking can be evaluated.

    Raises:
        MissingExtra: If `motrics` is not installed.
    """
    if find_spec("motrics") is None:
        raise MissingExtra("motrics", "evaluate")


def evaluate_tracking(truth: Iterable[Poses], found: Iterable[Poses]) -> TrackingReport:
    """Compares tracked people with the truth, frame by frame.

    Args:
        truth: The labelled frames, with ids. A joint that is not labelled is NaN; the boxes, if
            there are any, say how large people are.
        found: The same frames by their numbers (`Poses.frame`), with ids, of any skeleton; others
            are left out. A frame that is missing has nobody in it.

    Raises:
        MissingExtra: If `motrics` is not installed.
        InputError: If people have no ids, an id is in a frame twice, or nothing is labelled.
    """
    require_motrics()
    import motrics

    labelled = {poses.frame: poses for poses in truth}
    there = {poses.frame: poses for poses in found if poses.frame in labelled}
    true_ids, found_ids, similarities = [], [], []
    for frame, people in sorted(labelled.items()):
        others = there.get(frame, people[:0])
        true_ids.append(_ids(people, "of the labels"))
        found_ids.append(_ids(others, "found"))
        similarities.append(similarity(people, others).tolist())
    if not any(true_ids):
        raise InputError("nobody is labelled, so there is nothing to measure tracking by")
    hota = motrics.compute_hota_from_similarity(true_ids, found_ids, similarities)
    clear = motrics.compute_clear_from_similarity(true_ids, found_ids, similarities, THRESHOLD)
    identity = motrics.compute_identity_from_similarity(
        true_ids, found_ids, similarities, THRESHOLD
    )
    return TrackingReport(
        frames=len(labelled),
        people=_count(true_ids),
        positions=sum(map(len, true_ids)),
        hota=hota.hota,
        detection=hota.deta,
        association=hota.assa,
        idf1=identity.idf1,
        mota=clear.mota,
        switches=clear.num_switches,
        missed=clear.num_misses,
        false=clear.num_false_positives,
        ids=_count(found_ids),
    )


def similarity(truth: Poses, found: Poses) -> Floats:
    """Object keypoint similarity of labelled people with people found: (N, M) in [0, 1].

    The size of a person is that of the box, as far as COCO's people fill theirs.
    """
    people = found.to(truth.skeleton)
    boxes = truth.bounds() if truth.boxes is None else truth.boxes
    areas = AREA_OF_BOX * np.prod(boxes[:, 2:] - boxes[:, :2], axis=1, dtype=np.float64)
    sigmas = np.nan_to_num(truth.skeleton.sigmas, nan=USUAL_SIGMA)
    alike = oks(truth.keypoints, people.keypoints, np.maximum(areas, 1.0), sigmas)
    return np.nan_to_num(alike)


def evaluate_labels(labels: Iterable[LabelledFrame], found: Iterable[Poses]) -> TrackingReport:
    """As `evaluate_tracking`, without the people found where nobody was labelled.

    Args:
        labels: As `read_track_labels` gives them.
        found: As for `evaluate_tracking`.

    Raises:
        MissingExtra: As `evaluate_tracking`.
        InputError: As `evaluate_tracking`.
    """
    frames = {frame.people.frame: frame for frame in labels}
    kept = (_counted(poses, frames[poses.frame]) for poses in found if poses.frame in frames)
    return evaluate_tracking([frame.people for frame in frames.values()], kept)


def _counted(found: Poses, frame: LabelledFrame) -> Poses:
    """The people found who are labelled, or are where everybody is labelled."""
    if not frame.ignored or len(found) == 0:
        return found
    right = (similarity(frame.people, found) >= THRESHOLD).any(axis=0)
    return found[right | ~frame.excused(found)]


def _ids(poses: Poses, what: str) -> list[int]:
    if len(poses) == 0:
        return []
    if poses.ids is None:
        raise InputError(f"the people of frame {poses.frame} {what} have no ids; track them first")
    ids: list[int] = poses.ids.tolist()
    if len(set(ids)) < len(ids):
        raise InputError(f"frame {poses.frame} has an id twice")
    return ids


def _count(frames: Sequence[Sequence[int]]) -> int:
    return len({identity for ids in frames for identity in ids})
