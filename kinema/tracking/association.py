"""Which of the people found in a frame are which of those known: pairs, and who is nobody new.

Pairs are found in two rounds. First people seen within the last second, by the likeness of the
whole pose with the one expected; then, of those who are left, people out of sight for longer or in
an unexpected pose, by place, size and proportions. Who is left then and looks like somebody who has
been paired is a second find of the same person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from kinema.tracking.memory import Expectation, Found, Memory
from kinema.tracking.returns import returns
from kinema.tracking.similarity import (
    bounds,
    joint_likeness,
    overlap,
    sizes_of,
    weighted_mean,
)

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

RECENT_SECONDS = 1.0
"""People unseen for longer are looked for by place and size; their pose is another one by then."""

LEAST_LIKENESS = 0.25
"""Of pose and box together, for a pair."""

BOX_WEIGHT = 0.3
"""Of the overlap of boxes, beside the likeness of the poses. It decides where few joints are common
to both, or where all limbs move fast."""

NEWCOMER_WEIGHT = 0.8
"""Somebody who is not confirmed yet stands behind those who are."""

SAME_PERSON = 0.4
"""Likeness from which on a second find is taken for the same person: the joints are apart by about
1.35 times COCO's tolerance, 15 cm at the shoulders."""

HABIT = 0.4

MIRRORED_WEIGHT = 0.9
"""Of the likeness of a pose whose left and right are swapped."""

CROWDED_OVERLAP = 0.3
"""Overlap of boxes from which on joints of two people may be mixed up."""

CROWDED_TRUST = 0.1
"""In the place of somebody found in such a crowd."""


@dataclass(frozen=True, eq=False)
class Traits:
    """What is known of the K joints that count.

    Attributes:
        tolerances: (K,) in sizes; see `similarity.tolerances`.
        mirror: (K,) the order in which left and right are swapped.
        least_size: Of a person, in the unit of the points.
    """

    tolerances: Floats
    mirror: Rows
    least_size: float

    def variances(self, points: Floats) -> Floats:
        """Of the joints (N, K) of people (N, K, D) as they are."""
        return np.asarray((sizes_of(points, self.least_size)[:, None] * self.tolerances) ** 2)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Who is who.

    Attributes:
        known: (P,) rows of the memory.
        found: (P,) rows of those found, in the same order.
        trust: (P,) in [0, 1], how much the new place is to be believed: little if the pose is not
            the one expected, or if somebody else should be there too.
    """

    known: Rows
    found: Rows
    trust: Floats


def pair(
    memory: Memory, expected: Expectation, found: Found, traits: Traits, confirmed_hits: int
) -> Pairs:
    """Pairs of people known and people found, so that their likeness is the highest together.

    Args:
        memory: M people.
        expected: Where they should be now.
        found: N people.
        traits: Of the joints.
        confirmed_hits: In so many frames somebody must have been seen to be confirmed.
    """
    if len(memory) == 0 or len(found.points) == 0:
        return Pairs(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0))
    boxes = overlap(bounds(expected.points), found.boxes)  # (M, N)
    alike, claims = _claims(expected, found, traits.mirror)
    standing = np.where(memory.hits >= confirmed_hits, 1.0, NEWCOMER_WEIGHT)
    claims = (claims + BOX_WEIGHT * boxes) * standing[:, None]
    recent = expected.seconds <= RECENT_SECONDS
    possible = recent[:, None] & (alike + BOX_WEIGHT * boxes >= LEAST_LIKENESS)
    known, chosen = _assign(np.where(possible, claims, 0.0))
    if len(chosen) < min(alike.shape):
        lost = np.setdiff1d(np.arange(len(memory)), known)
        free = np.flatnonzero(~_second_finds(found, chosen, traits))
        if len(free):
            rows, columns = _assign(returns(expected[lost], memory.sizes[lost], found[free]))
            known, chosen = np.append(known, lost[rows]), np.append(chosen, free[columns])
    others = boxes[:, chosen]
    others[known, np.arange(len(chosen))] = 0
    crowded = (others > CROWDED_OVERLAP).any(axis=0)
    return Pairs(known, chosen, np.where(crowded, CROWDED_TRUST, 1.0) * alike[known, chosen] ** 2)


def _claims(expected: Expectation, found: Found, mirror: Rows) -> tuple[Floats, Floats]:
    """The likeness of the poses of all pairs (M, N), and how strong a claim it is (M, N).

    A likeness is the mean over the joints that both have, weighted by their scores. A claim is a
    likeness of densities: a vague expectation, as of somebody unseen for long, is a weak claim.
    Models mix up left and right; so the mirrored pose counts too, for a little less.
    """
    points = np.concatenate([found.points, found.points[:, mirror]])
    weights = np.concatenate([found.weights, found.weights[:, mirror]])
    joints = joint_likeness(expected.points, expected.variances, points)  # (M, 2 N, K)
    before = joint_likeness(expected.habit, expected.variances, points)
    dense = np.sqrt(expected.floor / expected.variances)[:, None]
    both = np.stack([joints, ((1 - HABIT) * joints + HABIT * before) * dense])
    means = weighted_mean(both, weights).reshape(2, len(joints), 2, len(found.points))
    alike, claims = np.maximum(means[:, :, 0], MIRRORED_WEIGHT * means[:, :, 1])
    return alike, claims


def _second_finds(found: Found, paired: Rows, traits: Traits) -> npt.NDArray[np.bool_]:
    """Which of the people found (N,) look like another one who is paired, or are paired."""
    points = found.points[paired]
    joints = joint_likeness(points, traits.variances(points), found.points)
    second = np.asarray((weighted_mean(joints, found.weights) >= SAME_PERSON).any(axis=0))
    second[paired] = True
    return second


def _assign(claims: Floats) -> tuple[Rows, Rows]:
    """The pairs with the highest sum of claims; those of 0 are none."""
    known, chosen = linear_sum_assignment(claims, maximize=True)
    valid = claims[known, chosen] > 0
    return known[valid], chosen[valid]


def new_people(memory: Memory, pairs: Pairs, found: Found, traits: Traits) -> npt.NDArray[np.bool_]:
    """Which of the people found (N,) are somebody new: not paired, and no second find of anybody.

    Args:
        memory: After the people who were paired have been updated.
        pairs: Who was paired.
        found: Everybody.
        traits: Of the joints.
    """
    new: npt.NDArray[np.bool_] = np.asarray(found.weights.any(axis=1))
    new[pairs.found] = False
    if not new.any():
        return new
    # What is remembered of somebody is more than what is seen: a find of the rest is no person.
    known = memory.points[pairs.known]
    variances = (memory.sizes[pairs.known][:, None] * traits.tolerances) ** 2
    twice = weighted_mean(joint_likeness(known, variances, found.points), found.weights)
    new &= ~(twice >= SAME_PERSON).any(axis=0)
    candidates = np.flatnonzero(new)
    best_first = candidates[np.argsort(-found.scores[candidates], kind="stable")]
    for rank, row in enumerate(best_first.tolist()):
        before = best_first[:rank][new[best_first[:rank]]]
        points = found.points[before]
        joints = joint_likeness(points, traits.variances(points), found.points[[row]])
        new[row] = not (weighted_mean(joints, found.weights[[row]]) >= SAME_PERSON).any()
    return new
