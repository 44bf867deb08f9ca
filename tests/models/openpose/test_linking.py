"""The scores of limbs and the linking of people, against slow and plain Python."""

import cv2
import numpy as np
import pytest

from kinema.benchmark import crowd_keypoints
from kinema.errors import InputError
from kinema.models.openpose.ideal_maps import ideal_maps
from kinema.models.openpose.model import COCO_CHANNELS
from kinema.models.openpose.part_fields import (
    LimbCandidates,
    PartLayout,
    PartMaps,
    Thresholds,
    link_people,
    score_limbs,
)
from kinema.models.openpose.peaks import Peaks, find_peaks
from kinema.skeleton import Skeleton

LAYOUT = COCO_CHANNELS.layout
SIZE = (82, 46)
# OpenCV 4 rounds the places where it samples to 1/32 cell.
TOLERANCE = 1e-3 if int(cv2.__version__.split(".")[0]) >= 5 else 0.05


def random_crowd(seed, people):
    """Maps of people who stand in rows, each joint up to a cell off, one in ten unseen, noise."""
    rng = np.random.default_rng(seed)
    keypoints = crowd_keypoints(LAYOUT.skeleton, people, SIZE)
    keypoints += rng.uniform(-1, 1, keypoints.shape).astype(np.float32)
    keypoints[rng.random(keypoints.shape[:2]) < 0.1] = np.nan
    maps = ideal_maps(LAYOUT, keypoints, SIZE)
    heatmaps, fields = (
        array + rng.normal(0, 0.02, array.shape).astype(np.float32)
        for array in (maps.heatmaps, maps.fields)
    )
    return PartMaps(LAYOUT, heatmaps, fields)


def slow_sample(plane, x, y):
    """The value of a list of rows at a point between its cells."""
    left, top = int(x), int(y)
    right, bottom = min(left + 1, len(plane[0]) - 1), min(top + 1, len(plane) - 1)
    u, v = x - left, y - top
    upper = (1 - u) * plane[top][left] + u * plane[top][right]
    lower = (1 - u) * plane[bottom][left] + u * plane[bottom][right]
    return (1 - v) * upper + v * lower


def slow_limb(field, start, end, height):
    """The score of one pair and the ten components of the field along it."""
    length = max(((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5, 1e-6)
    direction = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    along = []
    for step in range(10):
        x = start[0] + (end[0] - start[0]) * step / 9
        y = start[1] + (end[1] - start[1]) * step / 9
        along.append(sum(slow_sample(field[i], x, y) * direction[i] for i in (0, 1)))
    return sum(along) / 10 + min(0.5 * height / length - 1, 0), along


def slow_limbs(maps, peaks, thresholds):
    """All limbs {(start, end): score}, and the pairs that are too near a threshold to tell."""
    limbs, doubtful = {}, set()
    for number, (a, b) in enumerate(LAYOUT.limb_ends.tolist()):
        field = maps.fields[number].tolist()
        for i in np.flatnonzero(peaks.part == a).tolist():
            for j in np.flatnonzero(peaks.part == b).tolist():
                start, end = peaks.xy[i].tolist(), peaks.xy[j].tolist()
                score, along = slow_limb(field, start, end, SIZE[1])
                count = sum(value > thresholds.sample for value in along)
                if count >= thresholds.samples * 10 - 1e-9 and score > 0:
                    limbs[i, j] = score
                near = [abs(value - thresholds.sample) for value in along]
                if min(*near, abs(score)) < TOLERANCE:
                    doubtful.add((i, j))
    return limbs, doubtful


@pytest.mark.parametrize("samples", [0.3, 0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize(("seed", "people"), [(0, 1), (1, 4), (2, 9)])
def test_limbs_are_scored_as_by_loops(seed, people, samples):
    maps = random_crowd(seed, people)
    thresholds = Thresholds(samples=samples)
    peaks = find_peaks(maps.heatmaps, thresholds.peak)
    found = score_limbs(maps, peaks, thresholds)
    pairs = zip(found.start.tolist(), found.end.tolist(), strict=True)
    scores = dict(zip(pairs, found.scores.tolist(), strict=True))
    expected, doubtful = slow_limbs(maps, peaks, thresholds)
    assert (scores.keys() ^ expected.keys()) <= doubtful
    assert len(scores.keys() & expected.keys()) >= 10 * people
    for pair in scores.keys() & expected.keys():
        assert abs(scores[pair] - expected[pair]) < TOLERANCE


def slow_people(peaks, limbs, thresholds):
    """The greedy assignment over one list of sets of peaks."""
    joint = peaks.scores.tolist()
    pairs = list(zip(limbs.start.tolist(), limbs.end.tolist(), limbs.scores.tolist(), strict=True))
    pairs.sort(key=lambda pair: -pair[2] * (joint[pair[0]] * joint[pair[1]]) ** 0.5)
    groups = [({i}, joint[i]) for i in range(len(joint))]  # at first everybody is one joint
    for a, b, score in pairs:
        first = next(group for group in groups if a in group[0])
        second = next(group for group in groups if b in group[0])
        if first is second:
            groups[groups.index(first)] = (first[0], first[1] + score)
        elif {peaks.part[i] for i in first[0]}.isdisjoint({peaks.part[i] for i in second[0]}):
            groups.remove(first)
            groups.remove(second)
            groups.append((first[0] | second[0], first[1] + second[1] + score))
    return {
        frozenset(members)
        for members, support in groups
        if len(members) >= thresholds.joints and support >= thresholds.person * len(members)
    }


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("people", [1, 9, 30])
def test_people_are_linked_as_by_sets(seed, people):
    maps = random_crowd(seed, people)
    thresholds = Thresholds()
    peaks = find_peaks(maps.heatmaps, thresholds.peak)
    limbs = score_limbs(maps, peaks, thresholds)
    linked = link_people(peaks, limbs, thresholds)
    assert {frozenset(person.values()) for person in linked} == slow_people(
        peaks, limbs, thresholds
    )
    for person in linked:
        assert [peaks.part[i] for i in person.values()] == list(person)


@pytest.mark.parametrize("seed", range(4))
def test_random_pairs_are_linked_as_by_sets(seed):
    """Pairs without any sense: every kind of contradiction."""
    rng = np.random.default_rng(seed)
    part = np.sort(rng.integers(0, 18, 60))
    peaks = Peaks(part, np.zeros((60, 2), np.float32), rng.random(60, dtype=np.float32))
    ends = rng.integers(0, 60, (400, 2))
    ends = ends[part[ends[:, 0]] != part[ends[:, 1]]]
    limbs = LimbCandidates(ends[:, 0], ends[:, 1], rng.random(len(ends), dtype=np.float32))
    linked = link_people(peaks, limbs, Thresholds())
    assert {frozenset(person.values()) for person in linked} == slow_people(
        peaks, limbs, Thresholds()
    )


CHAIN = PartLayout(Skeleton("chain", ("a", "b", "c")), (("a", "b"), ("b", "c")))


def chain(ab=0.9, bc=0.9, joint=0.5):
    """Three peaks, one of each joint, and two limbs between them."""
    peaks = Peaks(np.arange(3), np.zeros((3, 2), np.float32), np.full(3, joint, np.float32))
    limbs = LimbCandidates(np.array([0, 1]), np.array([1, 2]), np.array([ab, bc], np.float32))
    return peaks, limbs


@pytest.mark.parametrize(
    ("thresholds", "people"),
    [
        pytest.param({}, 1, id="the usual"),
        pytest.param({"joints": 4}, 0, id="too few joints"),
        pytest.param({"person": 1.0}, 1, id="3 x 0.5 + 2 x 0.75 = 3 x 1.0: enough"),
        pytest.param({"person": 1.001}, 0, id="too little support"),
    ],
)
def test_what_counts_as_a_person(thresholds, people):
    linked = link_people(*chain(ab=0.75, bc=0.75), Thresholds(**thresholds))
    assert linked == [{0: 0, 1: 1, 2: 2}] * people


@pytest.mark.parametrize(("person", "people"), [(1.22, 1), (1.23, 0)])
def test_all_limbs_support_a_person(person, people):
    """4 x 0.5 for the joints, 0.8 + 0.8 for two pairs, 0.7 to join them, 0.6 more: 4.9 / 4."""
    peaks = Peaks(np.arange(4), np.zeros((4, 2), np.float32), np.full(4, 0.5, np.float32))
    scores = np.array([0.8, 0.8, 0.7, 0.6], np.float32)
    limbs = LimbCandidates(np.array([0, 2, 1, 0]), np.array([1, 3, 2, 3]), scores)
    linked = link_people(peaks, limbs, Thresholds(person=person))
    assert linked == [{0: 0, 1: 1, 2: 2, 3: 3}] * people


def test_no_candidates():
    none = np.zeros(0, np.intp)
    peaks = Peaks(none, np.zeros((0, 2), np.float32), np.zeros(0, np.float32))
    limbs = LimbCandidates(none, none, np.zeros(0, np.float32))
    assert link_people(peaks, limbs, Thresholds()) == []
    maps = ideal_maps(LAYOUT, np.zeros((0, 18, 2), np.float32), SIZE)
    assert len(score_limbs(maps, peaks, Thresholds()).scores) == 0


def test_a_speck_on_the_limb_does_not_take_the_place_of_its_end():
    part = np.array([0, 1, 1, 2])  # a, a speck, b, c
    scores = np.array([0.9, 0.1, 0.9, 0.9], np.float32)
    peaks = Peaks(part, np.zeros((4, 2), np.float32), scores)
    limbs = LimbCandidates(
        np.array([0, 0, 2]), np.array([1, 2, 3]), np.array([0.99, 0.95, 0.95], np.float32)
    )
    assert link_people(peaks, limbs, Thresholds()) == [{0: 0, 1: 2, 2: 3}]


def straight(length, strength=1.0, size=(60, 20)):
    """Maps with one limb from (5, 10) to (5 + length, 10)."""
    keypoints = np.array([[(5, 10), (5 + length, 10), (np.nan, np.nan)]], np.float32)
    maps = ideal_maps(CHAIN, keypoints, size)
    return PartMaps(CHAIN, maps.heatmaps, maps.fields * np.float32(strength))


@pytest.mark.parametrize(
    ("length", "strength", "score"),
    [
        pytest.param(8, 1.0, 1.0, id="short"),
        pytest.param(10, 0.5, 0.5, id="half of the height"),
        pytest.param(20, 1.0, 0.5, id="the height: 0.5 less"),
        pytest.param(40, 1.0, 0.25, id="twice the height: 0.75 less"),
        pytest.param(8, 0.06, 0.06, id="just strong enough"),
        pytest.param(8, 0.02, None, id="too weak"),
        pytest.param(40, 0.7, None, id="less than nothing left"),
        pytest.param(8, -1.0, None, id="the other way round"),
    ],
)
def test_the_score_of_a_straight_limb(length, strength, score):
    maps = straight(length, strength)
    limbs = score_limbs(maps, find_peaks(maps.heatmaps, 0.05), Thresholds())
    expected = [] if score is None else [score]
    np.testing.assert_allclose(limbs.scores, expected, atol=0.01)


@pytest.mark.parametrize(
    ("first", "last", "counts"),
    [
        pytest.param(0, 7, True, id="8 of 10 at the start"),
        pytest.param(2, 9, True, id="8 of 10 at the end"),
        pytest.param(0, 6, False, id="7 of 10"),
        pytest.param(3, 9, False, id="7 of 10 at the end"),
    ],
)
def test_the_share_of_samples_that_must_count(first, last, counts):
    maps = straight(9)  # samples at 5, 6 ... 14
    fields = np.zeros_like(maps.fields)
    fields[0, 0, 10, 5 + first : 5 + last + 1] = 1
    maps = PartMaps(CHAIN, maps.heatmaps, fields)
    limbs = score_limbs(maps, find_peaks(maps.heatmaps, 0.05), Thresholds(samples=0.8))
    assert (len(limbs.scores) == 1) == counts


@pytest.mark.parametrize("values", [{"peak": 0}, {"peak": np.nan}, {"samples": 0}, {"samples": 2}])
def test_thresholds_that_cannot_be(values):
    with pytest.raises(InputError, match="peak must be positive and samples above 0"):
        Thresholds(**values)
