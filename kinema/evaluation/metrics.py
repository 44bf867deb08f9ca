"""The measures of the field, as pure functions of arrays.

Positions are in pixels, NaN where a joint is absent. What is not labelled counts for nothing: it is
NaN in every result. What is labelled but not found is wrong: its error is infinite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.known_values import mean_of_known
from kinema.skeleton import Skeleton

Floats = npt.NDArray[np.float64]
Stick = tuple[Sequence[int], Sequence[int]]
"""A part of the body: the joints whose means are its two ends, as indices."""

HEAD_SHARE = 0.6
"""Of the diagonal of the head's box (`SC_BIAS = 0.8 * 0.75` in MPII's evaluation toolkit)."""

STICK_THRESHOLD = 0.5
"""Of a limb's length, for a part to be right (Ferrari et al. 2008)."""


def joint_errors(truth: npt.ArrayLike, predicted: npt.ArrayLike) -> Floats:
    """How far predictions are from the truth: (..., K, 2) and (..., K, 2) to (..., K), in pixels.

    The axes before the last two go together as NumPy broadcasts them.

    NaN where the joint is not labelled, infinite where it is labelled but not predicted.

    >>> joint_errors([[0, 0], [9, 9], [np.nan, np.nan]], [[3, 4], [np.nan, np.nan], [1, 1]])
    array([ 5., inf, nan])
    """
    labelled, found = np.asarray(truth, np.float64), np.asarray(predicted, np.float64)
    errors = np.linalg.norm(found - labelled, axis=-1)
    errors = np.where(np.isnan(found).any(axis=-1), np.inf, errors)
    return np.where(np.isnan(labelled).any(axis=-1), np.nan, errors)


def pck_marks(errors: npt.ArrayLike, sizes: npt.ArrayLike, threshold: float) -> Floats:
    """Which joints are within `threshold` of the person's size: 1 right, 0 wrong, NaN not counted.

    The percentage of correct keypoints (PCK) is the `share` of these marks. What the size is names
    the measure: the longer side of the person's box (Yang & Ramanan 2013, section 7.2), the torso
    (Sapp & Taskar 2013), the head (PCKh; Andriluka et al. 2014). An error of exactly the
    threshold is right.

    Args:
        errors: (N, K), as `joint_errors` gives them.
        sizes: (N,) of each person, in pixels; NaN or 0 leaves a person out.
        threshold: As a fraction of the size.
    """
    distances, size = np.asarray(errors, np.float64), np.asarray(sizes, np.float64)[:, None]
    usable = ~np.isnan(distances) & (np.nan_to_num(size) > 0)
    return np.where(usable, (distances <= threshold * size).astype(np.float64), np.nan)


def share(marks: npt.ArrayLike, axis: int | None = None) -> Floats:
    """The mean of marks, those that do not count left out; NaN where none counts.

    >>> share([[1, 0], [1, np.nan]], axis=0)
    array([1., 0.])
    """
    return mean_of_known(np.asarray(marks, np.float64), axis)


def head_sizes(boxes: npt.ArrayLike) -> Floats:
    """Sizes of heads from their boxes (N, 4) x1 y1 x2 y2, as MPII's toolkit has them: (N,).

    >>> head_sizes([[10, 10, 40, 50]])  # a diagonal of 50
    array([30.])
    """
    corners = np.asarray(boxes, np.float64).reshape(-1, 4)
    return np.asarray(HEAD_SHARE * np.linalg.norm(corners[:, 2:] - corners[:, :2], axis=1))


def torso_sizes(truth: npt.ArrayLike, skeleton: Skeleton) -> Floats:
    """From the left shoulder to the right hip of each person (N, K, 2): (N,) pixels.

    The reference of PCK on LSP (Sapp & Taskar 2013). NaN where one of the two is not labelled.
    """
    points = np.asarray(truth, np.float64)
    ends = [skeleton.index(joint) for joint in ("left_shoulder", "right_hip")]
    return np.asarray(np.linalg.norm(points[:, ends[0]] - points[:, ends[1]], axis=-1))


def pcp_marks(
    truth: npt.ArrayLike,
    predicted: npt.ArrayLike,
    sticks: Sequence[Stick],
    *,
    strict: bool,
    threshold: float = STICK_THRESHOLD,
) -> Floats:
    """Which parts of the body are right: (N, S) of 1 right, 0 wrong, NaN not counted.

    The percentage of correct parts (PCP) is the `share` of these marks. Strict: both ends of the
    part are within `threshold` of its labelled length from theirs (the definition of Ferrari et
    al. 2008). Otherwise the mean of the two distances is, which is how their toolkit computes it
    (the difference is described by Pishchulin et al. 2012, section 5).

    Args:
        truth: (N, K, 2). A part with an unlabelled end is not counted.
        predicted: (N, K, 2).
        sticks: The parts.
        strict: Which of the two.
        threshold: As a fraction of the length.
    """
    marks = [
        _part_marks(
            _ends(np.asarray(truth, np.float64), stick),
            _ends(np.asarray(predicted, np.float64), stick),
            strict=strict,
            threshold=threshold,
        )
        for stick in sticks
    ]
    return np.stack(marks, axis=1)


def _ends(points: Floats, stick: Stick) -> Floats:
    """The two ends of a part in all people, (N, 2, 2)."""
    return np.stack([points[:, list(joints)].mean(axis=1) for joints in stick], axis=1)


def _part_marks(truth: Floats, predicted: Floats, *, strict: bool, threshold: float) -> Floats:
    errors = joint_errors(truth, predicted)  # (N, 2)
    length = np.linalg.norm(truth[:, 0] - truth[:, 1], axis=1)
    error = errors.max(axis=1) if strict else errors.mean(axis=1)
    return np.where(np.isnan(length), np.nan, (error <= threshold * length).astype(np.float64))


def oks(
    truth: npt.ArrayLike, predicted: npt.ArrayLike, areas: npt.ArrayLike, sigmas: npt.ArrayLike
) -> Floats:
    """Object keypoint similarity of labelled people with predicted ones: (N, M) in [0, 1].

    The mean of exp(-d^2 / (2 area (2 sigma)^2)) over the labelled joints, as in COCO's evaluation
    (`pycocotools.cocoeval.COCOeval.computeOks`). A joint that was not predicted adds 0; COCO's
    files have such joints at (0, 0), which comes to the same but in the picture's corner.

    Args:
        truth: (N, K, 2).
        predicted: (M, K, 2).
        areas: (N,) square pixels of each labelled person.
        sigmas: (K,) of the joints.

    Returns:
        NaN in the row of a person without labelled joints.
    """
    labelled = np.asarray(truth, np.float64)
    errors = joint_errors(labelled[:, None], np.asarray(predicted, np.float64)[None])  # (N, M, K)
    area = np.asarray(areas, np.float64)[:, None, None] + np.spacing(1)
    return share(np.exp(-(errors**2) / (2 * area * (2 * np.asarray(sigmas)) ** 2)), axis=2)


def share_inside(predicted: npt.ArrayLike, boxes: npt.ArrayLike, *, growth: float = 1.0) -> Floats:
    """What share of the joints found of each person lies in each box: (B, M), 0 without joints.

    Args:
        predicted: (M, K, 2).
        boxes: (B, 4) x, y, width, height.
        growth: Boxes are widened by so many of their own sides in every direction.
            COCO's evaluation does so by 1 with regions whose people were not labelled.
    """
    points = np.asarray(predicted, np.float64)
    corner, side = np.split(np.asarray(boxes, np.float64).reshape(-1, 1, 1, 4), 2, axis=-1)
    inside = (points >= corner - growth * side) & (points <= corner + (1 + growth) * side)
    found = ~np.isnan(points).any(axis=-1)
    return np.nan_to_num(share(np.where(found, inside.all(axis=-1), np.nan), axis=2))


def match_people(
    similarity: npt.ArrayLike, scores: npt.ArrayLike, least: float
) -> npt.NDArray[np.intp]:
    """Which prediction is which labelled person, (N,): its index, -1 for a person not found.

    As in COCO's evaluation the prediction with the highest score chooses first, and takes the
    labelled person that is still free and most similar. So a prediction never changes the match
    of one with a higher score.

    Args:
        similarity: (N, M); NaN never matches.
        scores: (M,) of the predictions; NaN comes last.
        least: Similarity below which nothing is matched.
    """
    free = np.nan_to_num(np.array(similarity, dtype=np.float64), nan=-1.0)
    matches = np.full(len(free), -1, dtype=np.intp)
    if len(free) == 0:
        return matches
    for prediction in np.argsort(-np.nan_to_num(np.asarray(scores), nan=-1.0), kind="stable"):
        person = int(np.argmax(free[:, prediction]))
        if free[person, prediction] >= least:
            matches[person] = prediction
            free[person] = -1
    return matches


@dataclass(frozen=True)
class OperatingPoint:
    """What is found and what is false if only predictions of at least a score are kept.

    Attributes:
        score: The lowest score that is kept.
        recall: Share of the labelled people that are found; NaN if there are none.
        precision: Share of the predictions that are labelled people; NaN if there are none.
    """

    score: float
    recall: float
    precision: float


def best_operating_point(
    scores: npt.ArrayLike, right: npt.ArrayLike, people: int
) -> OperatingPoint:
    """The score at which recall and precision are best together, by their harmonic mean (F1).

    Args:
        scores: (M,) of all predictions.
        right: (M,) whether each is a labelled person.
        people: How many are labelled.
    """
    values, hits = np.asarray(scores, np.float64), np.asarray(right, np.bool_)
    if len(values) == 0:
        return OperatingPoint(0.0, 0.0 if people else np.nan, np.nan)
    order = np.argsort(-values, kind="stable")
    values, found = values[order], np.cumsum(hits[order])
    kept = np.arange(1, len(values) + 1)
    last = np.append(values[1:] != values[:-1], True)  # equal scores are kept or dropped together
    f1 = np.where(last, 2 * found / (kept + people), -1)
    best = int(np.argmax(f1))
    recall = float(found[best] / people) if people else np.nan
    return OperatingPoint(float(values[best]), recall, float(found[best] / kept[best]))
