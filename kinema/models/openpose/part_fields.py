"""From confidence maps and part affinity fields to people: the decoder at the heart of OpenPose.

After Z. Cao, G. Hidalgo, T. Simon, S.-E. Wei and Y. Sheikh, "OpenPose: Realtime Multi-Person 2D
Pose Estimation using Part Affinity Fields", TPAMI 2021 (arXiv:1812.08008). Equation and section
numbers below are of the arXiv text. Three steps:

1. `kinema.models.openpose.peaks`: candidates for joints are the maxima of the confidence maps
   (section 3.3).
2. `score_limbs`: a pair of candidates is as good as the field along the line between them
   (section 3.4, equations 12 and 13).
3. `link_people`: all pairs of all limbs, the best first, are joined into people (section 3.5).

Positions are in cells of the maps: x right, y down, (0, 0) is the centre of the first cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, ShapeError, SkeletonError
from kinema.models.openpose.peaks import IndexArray, Peaks, find_peaks
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton

LIMB_SAMPLES = 10
"""Points at which a limb's field is read, as in the authors' first code (`mid_num`)."""

REMAP_ROWS = 32_000
"""`cv2.remap` takes fewer than 32767 rows at once."""

DOUBLE_DISTANCE = 2.0
"""Cells within which two joints are the same place, seen twice."""


@dataclass(frozen=True)
class PartLayout:
    """Which joints and limbs the maps of a network stand for.

    Attributes:
        skeleton: Its K keypoints are the confidence maps, in order.
        limbs: The L pairs of joints that have a field, which points from the first to the second.
            Beyond the edges of a tree they may hold redundant limbs, such as shoulder to ear.

    Raises:
        SkeletonError: If a limb names no keypoint, or has no mirror image among the limbs.
    """

    skeleton: Skeleton
    limbs: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        _ = self.mirrored_limbs

    @cached_property
    def limb_ends(self) -> IndexArray:
        """The limbs as keypoint indices, (L, 2)."""
        index = self.skeleton.index
        return np.array([(index(a), index(b)) for a, b in self.limbs], dtype=np.intp).reshape(-1, 2)

    @cached_property
    def mirrored_limbs(self) -> IndexArray:
        """For each limb, which limb it is in the mirrored picture, (L,).

        Raises:
            SkeletonError: If it is none of them.
        """
        numbers = {(a, b): i for i, (a, b) in enumerate(self.limb_ends.tolist())}
        mirrored = self.skeleton.mirror_order[self.limb_ends].tolist()
        try:
            return np.array([numbers[a, b] for a, b in mirrored], dtype=np.intp)
        except KeyError:
            raise SkeletonError(
                f"the limbs of {self.skeleton.name} are not the same after left and right swap"
            ) from None


@dataclass(frozen=True, eq=False)
class PartMaps:
    """What an OpenPose network says of one picture.

    Attributes:
        layout: Names the maps.
        heatmaps: (K, h, w) float32 confidence maps, about 0 to 1 (equations 8 and 9).
        fields: (L, 2, h, w) float32 part affinity fields: the x and the y of a vector that points
            along the limb and is about 1 long on it, 0 elsewhere (equations 10 and 11).

    The h x w cells cover the picture evenly: in a picture W wide, cell x has its centre at
    `(x + 0.5) * W / w - 0.5`.

    Raises:
        ShapeError: If the shapes do not fit each other and the layout.
    """

    layout: PartLayout
    heatmaps: Float32Array
    fields: Float32Array

    def __post_init__(self) -> None:
        h, w = self.heatmaps.shape[-2:]
        k, limbs = len(self.layout.skeleton), len(self.layout.limbs)
        for name, array, expected in (
            ("heatmaps", self.heatmaps, (k, h, w)),
            ("fields", self.fields, (limbs, 2, h, w)),
        ):
            if array.shape != expected:
                raise ShapeError(f"{name} must have the shape {expected}, got {array.shape}")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in cells."""
        h, w = self.heatmaps.shape[1:]
        return w, h

    def heatmap(self, joint: str) -> Float32Array:
        """The confidence map (h, w) of one joint."""
        heatmap: Float32Array = self.heatmaps[self.layout.skeleton.index(joint)]
        return heatmap

    def mirrored(self) -> PartMaps:
        """The maps of the mirrored picture: columns, left and right, and all x directions turn."""
        fields = self.fields[self.layout.mirrored_limbs, :, :, ::-1].copy()
        fields[:, 0] *= -1
        order = self.layout.skeleton.mirror_order
        return PartMaps(self.layout, self.heatmaps[order, :, ::-1].copy(), fields)


@dataclass(frozen=True)
class Thresholds:
    """What counts as a joint, a limb and a person.

    In the authors' code for COCO models they are called, in the order of the attributes below,
    NMSThreshold, ConnectInterThreshold, ConnectInterMinAboveThreshold, ConnectMinSubsetCnt and
    ConnectMinSubsetScore, and are 0.05, 0.05, 0.95 (0.8 in their first Python code), 3 and 0.4.
    The first three are lower here: the peaks and fields of a small network are weaker than those
    of theirs, and with their values it loses joints that it has seen.

    Attributes:
        peak: Least value of a confidence map at a joint, after the blur of `find_peaks`.
        sample: Least field along the limb, as a projection on its direction, for a sample to count.
        samples: Least share of the samples of a limb that must count.
        joints: Least number of joints of a person.
        person: Least sum of a person's joint and limb scores, over the number of its joints.

    Raises:
        InputError: If `peak` is not positive or `samples` not a share above 0.
    """

    peak: float = 0.03
    sample: float = 0.03
    samples: float = 0.6
    joints: int = 3
    person: float = 0.4

    def __post_init__(self) -> None:
        if not (self.peak > 0 and 0 < self.samples <= 1):
            raise InputError(
                "thresholds: peak must be positive and samples above 0 and at most 1, "
                f"got {self.peak} and {self.samples}"
            )


@dataclass(frozen=True, eq=False)
class LimbCandidates:
    """M pairs of peaks that may be limbs: `start`, `end` (peaks) and `scores`, all (M,)."""

    start: IndexArray
    end: IndexArray
    scores: Float32Array


def find_people(maps: PartMaps, thresholds: Thresholds) -> tuple[Float32Array, Float32Array]:
    """The people in the maps: keypoints (N, K, 2) in cells, NaN where absent; scores (N, K)."""
    peaks = find_peaks(maps.heatmaps, thresholds.peak)
    limbs = score_limbs(maps, peaks, thresholds)
    people = link_people(peaks, limbs, thresholds)
    keypoints = np.full((len(people), len(maps.heatmaps), 2), np.nan, dtype=np.float32)
    scores = np.zeros(keypoints.shape[:2], dtype=np.float32)
    for row, person in enumerate(people):
        parts = list(person)
        chosen = list(person.values())
        keypoints[row, parts] = peaks.xy[chosen]
        scores[row, parts] = peaks.scores[chosen]
    single = ~find_doubles(keypoints, maps.layout.skeleton)
    return keypoints[single], scores[single]


def find_doubles(keypoints: Float32Array, skeleton: Skeleton) -> npt.NDArray[np.bool_]:
    """Which of N people are limbs of another that were seen twice, (N,).

    A network in doubt about left and right gives peaks and fields for both, and what is left over
    when the person is complete links up as well: a second arm in the place of the first. Somebody
    is such a double if each of their joints lies on the same or the opposite joint of one other
    person, who has more joints.

    Args:
        keypoints: (N, K, 2) in cells, NaN where absent.
        skeleton: Says which joints are opposite.
    """
    found = ~np.isnan(keypoints[:, :, 0])
    joints = found.sum(axis=1)
    fewer, more = np.nonzero(joints[:, None] < joints)  # the pairs of people to look at
    one, other = keypoints[fewer], keypoints[more]
    same = np.linalg.norm(one - other, axis=2)  # (pairs, K)
    opposite = np.linalg.norm(one - other[:, skeleton.mirror_order], axis=2)
    covered = ((np.fmin(same, opposite) < DOUBLE_DISTANCE) | ~found[fewer]).all(axis=1)
    doubles = np.zeros(len(keypoints), dtype=np.bool_)
    doubles[fewer[covered]] = True
    return doubles


def find_best_joints(maps: PartMaps, threshold: float) -> tuple[Float32Array, Float32Array]:
    """At most one person, by the highest value of each map: keypoints (N, K, 2), scores (N, K).

    For a picture of one person, the recipe of OpenCV's OpenPose example. A joint whose map stays
    below `threshold`, after the blur of `find_peaks`, is NaN; if all do, N = 0.
    """
    peaks = find_peaks(maps.heatmaps, threshold)
    k = len(maps.heatmaps)
    keypoints = np.full((1, k, 2), np.nan, dtype=np.float32)
    scores = np.zeros((1, k), dtype=np.float32)
    # The best of a part comes last and so overwrites the others.
    order = np.argsort(peaks.scores, kind="stable")
    keypoints[0, peaks.part[order]] = peaks.xy[order]
    scores[0, peaks.part[order]] = peaks.scores[order]
    found = len(order) > 0
    return keypoints[: int(found)], scores[: int(found)]


def score_limbs(maps: PartMaps, peaks: Peaks, thresholds: Thresholds) -> LimbCandidates:
    """The pairs of peaks that the fields speak for.

    The score is the mean, over points spread evenly from one end to the other (equation 13), of
    the field's component along the limb (equation 12). From it goes a penalty for limbs longer
    than half of the picture's height, as in the authors' code.
    """
    start, end, limb = _all_pairs(peaks.part, maps.layout)
    share = np.linspace(0, 1, LIMB_SAMPLES, dtype=np.float32)
    # In a crowd nearly all pairs are wrong. A pair that fails at one sample more than it may fail
    # at is out, whatever the other samples say, so so many samples sort out most of them.
    may_fail = int((1 - thresholds.samples) * LIMB_SAMPLES + 1e-6)
    first = (LIMB_SAMPLES - may_fail) // 2
    along, _ = _field_along(
        maps, limb, peaks.xy[start], peaks.xy[end], share[first:][: may_fail + 1]
    )
    kept = np.flatnonzero((along > thresholds.sample).any(axis=1))
    start, end, limb = start[kept], end[kept], limb[kept]

    along, length = _field_along(maps, limb, peaks.xy[start], peaks.xy[end], share)
    too_long = np.minimum(0.5 * maps.size[1] / length - 1, 0)
    scores = along.mean(axis=1) + too_long
    supported = (along > thresholds.sample).mean(axis=1) >= thresholds.samples
    chosen = np.flatnonzero(supported & (scores > 0))
    return LimbCandidates(start[chosen], end[chosen], scores[chosen])


def _field_along(
    maps: PartMaps,
    limb: IndexArray,
    start: Float32Array,
    end: Float32Array,
    share: Float32Array,
) -> tuple[Float32Array, Float32Array]:
    """The field's component along M lines, at S points of each: (M, S), and their lengths (M,).

    Args:
        maps: Hold the fields.
        limb: (M,) whose field.
        start: (M, 2) cells.
        end: (M, 2) cells.
        share: (S,) where to look, from 0 at the start to 1 at the end.
    """
    limbs, _, h, w = maps.fields.shape
    if len(limb) == 0:
        return np.zeros((0, len(share)), np.float32), np.zeros(0, np.float32)
    vector = end - start
    length = np.maximum(np.hypot(vector[:, 0], vector[:, 1]), 1e-6)
    direction = vector / length[:, None]
    x = start[:, :1] + share * vector[:, :1]  # (M, S)
    y = start[:, 1:] + share * vector[:, 1:]
    # All fields under each other make one tall picture, so that one call samples all limbs.
    plane = maps.fields.reshape(limbs * 2 * h, w)
    y += (limb * (2 * h)).astype(np.float32)[:, None]
    along = _sampled(plane, x, y) * direction[:, :1]
    y += h
    along += _sampled(plane, x, y) * direction[:, 1:]
    return along, length


def _sampled(plane: Float32Array, x: Float32Array, y: Float32Array) -> Float32Array:
    """The bilinear values of a map at points (M, S). OpenCV 4 rounds the points to 1/32 cell."""
    rows = range(0, len(x), REMAP_ROWS)
    parts = [slice(row, row + REMAP_ROWS) for row in rows]
    return np.concatenate([cv2.remap(plane, x[p], y[p], cv2.INTER_LINEAR) for p in parts])


def _all_pairs(part: IndexArray, layout: PartLayout) -> tuple[IndexArray, IndexArray, IndexArray]:
    """Every peak of a limb's first joint with every one of its second: starts, ends, limbs (M,)."""
    bounds = np.searchsorted(part, np.arange(len(layout.skeleton) + 1))
    first, count = bounds[:-1], np.diff(bounds)
    a, b = layout.limb_ends.T
    pairs = count[a] * count[b]  # (L,)
    limb = np.repeat(np.arange(len(pairs)), pairs)
    # Number of the pair within its limb, then split into row and column of the table of pairs.
    number = np.arange(len(limb)) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    columns = count[b][limb]
    return first[a][limb] + number // columns, first[b][limb] + number % columns, limb


def link_people(
    peaks: Peaks, limbs: LimbCandidates, thresholds: Thresholds
) -> list[dict[int, int]]:
    """Joins pairs into people, the surest pair of all limbs first.

    How sure a pair is, is its score times the geometric mean of the scores of its ends. The paper
    sorts by the field alone, which likes a speck of noise on a limb as much as the limb's true end.

    A pair founds a person, adds a joint to one, or merges two that have no joint in common. A pair
    that contradicts what surer pairs have settled is dropped: each peak belongs to one person, and
    a person has one of each joint. Redundant limbs thus rejoin people whose neck is hidden
    (section 3.5).

    Returns:
        The people that meet the thresholds: for each keypoint index found, the number of its peak.
    """
    part: list[int] = peaks.part.tolist()
    joint_score: list[float] = peaks.scores.tolist()
    owner: list[int] = [-1] * len(part)
    people: list[dict[int, int]] = []
    support: list[float] = []  # sum of the scores of a person's joints and limbs
    ends = peaks.scores[limbs.start] * peaks.scores[limbs.end]
    order = np.argsort(-limbs.scores * np.sqrt(ends), kind="stable")
    pairs = (limbs.start[order].tolist(), limbs.end[order].tolist(), limbs.scores[order].tolist())
    for a, b, score in zip(*pairs, strict=True):
        p, q = owner[a], owner[b]
        if p < 0 and q < 0:
            owner[a] = owner[b] = len(people)
            people.append({part[a]: a, part[b]: b})
            support.append(joint_score[a] + joint_score[b] + score)
        elif p == q:
            support[p] += score
        elif p < 0 or q < 0:
            person, joint = (p, b) if q < 0 else (q, a)
            if part[joint] not in people[person]:
                people[person][part[joint]] = joint
                owner[joint] = person
                support[person] += joint_score[joint] + score
        elif people[p].keys().isdisjoint(people[q].keys()):
            for joint in people[q].values():
                owner[joint] = p
            people[p] |= people[q]
            support[p] += support[q] + score
            people[q] = {}
    return [
        person
        for person, total in zip(people, support, strict=True)
        if len(person) >= thresholds.joints and total >= thresholds.person * len(person)
    ]
