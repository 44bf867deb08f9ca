"""From confidence maps and part affinity fields to people: the decoder at the heart of OpenPose.

After Z. Cao, G. Hidalgo, T. Simon, S.-E. Wei and Y. Sheikh, "OpenPose: Realtime Multi-Person 2D
Pose Estimation using Part Affinity Fields", TPAMI 2021 (arXiv:1812.08008). Equation and section
numbers below are of the arXiv text. Three steps:

1. `find_peaks`: candidates for joints are the maxima of the confidence maps (section 3.3).
2. `score_limbs`: a pair of candidates is as good as the field along the line between them
   (equations 11 and 12).
3. `link_people`: all pairs of all limbs, the best first, are joined into people (section 3.4).

Positions are in cells of the maps: x right, y down, (0, 0) is the centre of the first cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from kinema.errors import ShapeError, SkeletonError
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton

IndexArray = npt.NDArray[np.intp]

LIMB_SAMPLES = 10
"""Points at which a limb's field is read, as in the authors' first code (`mid_num`)."""

PEAK_BLUR = 0.5
"""Standard deviation, in cells, of the blur that joins the twin maxima of a noisy peak."""


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
        """For each limb, which limb it is in the mirrored picture, (L,)."""
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
        heatmaps: (K, h, w) float32 confidence maps, about 0 to 1 (section 3.1, equation 4).
        fields: (L, 2, h, w) float32 part affinity fields: the x and the y of a vector that points
            along the limb and is about 1 long on it, 0 elsewhere (section 3.2, equation 8).

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
        return self.heatmaps[self.layout.skeleton.index(joint)]

    def mirrored(self) -> PartMaps:
        """The maps of the mirrored picture: columns, left and right, and all x directions turn."""
        fields = self.fields[self.layout.mirrored_limbs, :, :, ::-1].copy()
        fields[:, 0] *= -1
        order = self.layout.skeleton.mirror_order
        return PartMaps(self.layout, self.heatmaps[order, :, ::-1].copy(), fields)


@dataclass(frozen=True)
class Thresholds:
    """What counts as a joint, a limb and a person.

    The values are those of the authors' code for COCO: `peak`, `sample` and `joints` stand in
    section 4 of the OpenPose documentation as nms_threshold, connect_inter_threshold and
    connect_min_subset_cnt; `samples` is 0.8 in the Python and MATLAB code of 2017 and 0.95 in C++,
    where the weak field of a small network loses limbs; `person` is connect_min_subset_score.

    Attributes:
        peak: Least value of a confidence map at a joint.
        sample: Least field along the limb, as a projection on its direction, for a sample to count.
        samples: Least share of the samples of a limb that must count.
        joints: Least number of joints of a person.
        person: Least sum of a person's joint and limb scores, over the number of its joints.
    """

    peak: float = 0.05
    sample: float = 0.05
    samples: float = 0.8
    joints: int = 3
    person: float = 0.4


@dataclass(frozen=True, eq=False)
class Peaks:
    """P candidates for joints, in order of their part.

    Attributes:
        part: (P,) keypoint index, ascending.
        xy: (P, 2) float32 cells.
        scores: (P,) float32 in [0, 1].
    """

    part: IndexArray
    xy: Float32Array
    scores: Float32Array


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
    return keypoints, scores


def find_best_joints(maps: PartMaps, threshold: float) -> tuple[Float32Array, Float32Array]:
    """At most one person, by the highest value of each map: keypoints (N, K, 2), scores (N, K).

    For a picture of one person, the recipe of OpenCV's OpenPose example. A joint whose map stays
    below `threshold` is NaN; if all do, N = 0.
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


def find_peaks(heatmaps: Float32Array, threshold: float) -> Peaks:
    """All local maxima of at least `threshold`, to a fraction of a cell.

    A maximum exceeds its eight neighbours; of equal neighbours the first in reading order is taken.
    Around it a parabola through the logarithms in x and in y gives the fraction, exact for the
    Gaussian peaks of equation 4. Finding maxima on the small map and refining them costs a
    twentieth of enlarging the map first, and is at least as accurate (see docs/accuracy.md).

    Args:
        heatmaps: (K, h, w) confidence maps.
        threshold: Least value at a maximum; must be positive.
    """
    k, h, w = heatmaps.shape
    # A frame of zeros, so that cells on the edge of the picture have eight neighbours too.
    padded = np.zeros((k, h + 2, w + 2), dtype=np.float32)
    for heatmap, target in zip(heatmaps, padded, strict=True):
        target[1:-1, 1:-1] = cv2.GaussianBlur(
            heatmap, (3, 3), PEAK_BLUR, borderType=cv2.BORDER_REPLICATE
        )
    row = w + 2
    neighbours = np.array([-row - 1, -row, -row + 1, -1, 0, 1, row - 1, row, row + 1])
    values = padded.ravel()
    high = np.flatnonzero(values >= threshold)  # never on the frame
    patches = values[high[:, None] + neighbours]  # (candidates, 9)
    centre = patches[:, 4:5]
    is_peak = (patches[:, :4] < centre).all(axis=1) & (patches[:, 5:] <= centre).all(axis=1)

    part, y, x = np.unravel_index(high[is_peak], padded.shape)
    logs = np.log(np.maximum(patches[is_peak], threshold * 0.1))
    xy = np.stack([x - 1, y - 1], axis=1).astype(np.float32)
    xy[:, 0] += _parabola_top(logs[:, 3], logs[:, 4], logs[:, 5])
    xy[:, 1] += _parabola_top(logs[:, 1], logs[:, 4], logs[:, 7])
    np.clip(xy, 0, (w - 1, h - 1), out=xy)
    return Peaks(part, xy, np.clip(heatmaps[part, y - 1, x - 1], 0, 1))


def _parabola_top(before: Float32Array, centre: Float32Array, after: Float32Array) -> Float32Array:
    """Where the parabola through values at -1, 0 and 1 is highest; `centre` is the largest."""
    bend = before - 2 * centre + after
    flat = bend > -1e-6
    offset = 0.5 * (before - after) / np.where(flat, -1, bend)
    return np.where(flat, 0, np.clip(offset, -0.5, 0.5))


def score_limbs(maps: PartMaps, peaks: Peaks, thresholds: Thresholds) -> LimbCandidates:
    """The pairs of peaks that the fields speak for.

    The score is the mean, over points spread evenly from one end to the other (equation 12), of
    the field's component along the limb (equation 11). From it goes a penalty for limbs longer
    than half of the picture's height, as in the authors' code.
    """
    start, end, limb = _all_pairs(peaks.part, maps.layout)
    limbs, _, h, w = maps.fields.shape
    origin = peaks.xy[start]
    vector = peaks.xy[end] - origin
    length = np.maximum(np.hypot(vector[:, 0], vector[:, 1]), 1e-6)
    direction = vector / length[:, None]

    share = np.linspace(0, 1, LIMB_SAMPLES, dtype=np.float32)
    x = origin[:, :1] + share * vector[:, :1]  # (M, samples)
    y = origin[:, 1:] + share * vector[:, 1:]
    # All fields under each other make one tall picture, so that one call samples all limbs.
    plane = maps.fields.reshape(limbs * 2 * h, w)
    top = (limb * (2 * h)).astype(np.float32)[:, None]
    along = np.zeros_like(x)
    if len(x):
        field_x = cv2.remap(plane, x, y + top, cv2.INTER_LINEAR)
        field_y = cv2.remap(plane, x, y + (top + h), cv2.INTER_LINEAR)
        along = field_x * direction[:, :1] + field_y * direction[:, 1:]

    too_long = np.minimum(0.5 * h / length - 1, 0)
    scores = along.mean(axis=1) + too_long
    supported = (along > thresholds.sample).mean(axis=1) >= thresholds.samples
    chosen = np.flatnonzero(supported & (scores > 0))
    return LimbCandidates(start[chosen], end[chosen], scores[chosen])


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

    A pair founds a person, adds a joint to one, or merges two that have no joint in common. A pair
    that contradicts what surer pairs have settled is dropped: each peak belongs to one person, and
    a person has one of each joint. Redundant limbs thus rejoin people whose neck is hidden
    (section 3.4).

    Returns:
        The people that meet the thresholds: for each keypoint index found, the number of its peak.
    """
    part: list[int] = peaks.part.tolist()
    joint_score: list[float] = peaks.scores.tolist()
    owner: list[int] = [-1] * len(part)
    people: list[dict[int, int]] = []
    support: list[float] = []  # sum of the scores of a person's joints and limbs
    order = np.argsort(-limbs.scores, kind="stable")
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
