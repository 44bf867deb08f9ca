"""Who of the left picture is who of the right one."""

import numpy as np
import pytest

from kinema.errors import SkeletonError
from kinema.poses import Poses
from kinema.skeletons import BODY25, COCO17
from kinema.space.couples import couples
from kinema.space.stereo import StereoPair

PAIR = StereoPair.parallel(0.28, 525)


def person(x: float, away: float, *, lean: float = 0.0) -> np.ndarray:
    """The 17 joints of somebody 1.6 m tall who stands at x, `away` metres from the camera."""
    up = np.array([0.7, 0.74, 0.74, 0.72, 0.72, 0.5, 0.5, 0.25, 0.25, 0, 0, -0.05, -0.05])
    up = np.concatenate([up, [-0.5, -0.5, -0.9, -0.9]])
    side = np.array([0, 0.03, -0.03, 0.07, -0.07, 0.2, -0.2, 0.3, -0.3, 0.32, -0.32])
    side = np.concatenate([side, [0.12, -0.12, 0.13, -0.13, 0.14, -0.14]])
    return np.stack([x + side + lean * up, np.full(17, away), up], axis=1)


def pictures(*people: np.ndarray, order=None, ids=None) -> tuple[Poses, Poses]:
    """What both cameras see; on the right in another order."""
    places = np.array(people).reshape(-1, 17, 3)
    order = list(range(len(people))) if order is None else order
    scores = np.ones(places.shape[:2])
    left = Poses(COCO17, PAIR.cameras[0].project(places), scores, ids=ids)
    right = PAIR.cameras[1].project(places[order])
    other = None if ids is None else [ids[i] + 10 for i in order]
    return left, Poses(COCO17, right, scores, ids=other)


def test_three_people_in_another_order():
    left, right = pictures(person(-1, 3), person(0.2, 4, lean=0.2), person(1, 2.5), order=[2, 0, 1])
    assert couples(PAIR, left, right) == [(0, 1), (1, 2), (2, 0)]


def test_side_by_side_on_the_same_rows():
    """Rows do not tell them apart; that people are not in two places at once does."""
    left, right = pictures(person(-0.6, 3), person(0.6, 3), order=[1, 0])
    assert couples(PAIR, left, right) == [(0, 1), (1, 0)]


def test_nobody_is_paired_with_a_dwarf():
    """Left sees the one on the right alone, right the one on the left alone: not the same."""
    left, right = pictures(person(-0.6, 3), person(0.6, 3))
    assert couples(PAIR, left[1], right[0]) == []
    assert couples(PAIR, left[0], right[1]) == []


def test_one_is_hidden_on_the_right():
    left, right = pictures(person(-1, 3), person(1, 3.2))
    assert couples(PAIR, left, right[1]) == [(1, 0)]
    assert couples(PAIR, left, Poses.empty(COCO17)) == []


def test_those_who_were_one_before_stay_so():
    """Two on the same rows in the right picture, a little apart: habit decides."""
    left, right = pictures(person(0, 3), ids=[1])
    twice = Poses(
        COCO17,
        np.concatenate([right.keypoints, right.keypoints + np.array([6, 1])]),
        np.ones((2, 17)),
        ids=[7, 8],
    )
    assert couples(PAIR, left, twice) == [(0, 0)]
    assert couples(PAIR, left, twice, known={(1, 8)}) == [(0, 1)]


def test_too_few_joints_and_rows_too_far_apart():
    left, right = pictures(person(0, 3))
    few = left.keypoints.copy()
    few[:, 2:] = np.nan
    assert couples(PAIR, Poses(COCO17, few, ~np.isnan(few[..., 0])), right) == []
    lower = Poses(COCO17, right.keypoints + np.array([0, 20]), right.scores)
    assert couples(PAIR, left, lower) == []
    assert couples(PAIR, left, lower, max_row_error=25) == [(0, 0)]


def test_scores_that_are_not_known():
    left, right = pictures(person(0, 3))
    unknown = Poses(COCO17, left.keypoints, np.full((1, 17), np.nan))
    assert couples(PAIR, unknown, right) == [(0, 0)]


def test_different_skeletons():
    with pytest.raises(SkeletonError, match="left are people of skeleton coco17, right of body25"):
        couples(PAIR, Poses.empty(COCO17), Poses.empty(BODY25))
