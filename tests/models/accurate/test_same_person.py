"""Several boxes of one person become one person."""

import numpy as np
import pytest

from kinema.models.accurate.same_person import BODY_SHARE, people_once, similarity
from kinema.skeletons import COCO17

BOX = np.array([0, 0, 100, 200], np.float32)


def people(*shifts, box=BOX):
    """One pose for each shift (x, y), all joints at one place."""
    keypoints = np.array([np.full((17, 2), shift) for shift in shifts], np.float32)
    return keypoints.reshape(-1, 17, 2), np.repeat(box[None], len(shifts), 0)


def test_similarity_is_coco_s():
    keypoints, boxes = people((0, 0), (10, 0))
    area = BODY_SHARE * 100 * 200
    expected = np.mean([np.exp(-100 / (2 * area * (2 * s) ** 2)) for s in COCO17.sigmas])
    np.testing.assert_allclose(similarity(keypoints, boxes), [[1, expected], [expected, 1]], 1e-5)


def test_the_smaller_of_two_people_says_how_near_is_near():
    keypoints, _ = people((0, 0), (10, 0))
    boxes = np.array([BOX, BOX * 10], np.float32)
    np.testing.assert_allclose(
        similarity(keypoints, boxes), similarity(keypoints, np.stack([BOX, BOX]))
    )


def test_the_surest_stays_and_its_joints_are_averaged():
    keypoints, boxes = people((4, 0), (0, 0), (500, 0))
    scores = np.full((3, 17), 0.5, np.float32)
    chosen, joints = people_once(keypoints, scores, boxes, np.array([0.2, 0.6, 0.3], np.float32))
    assert chosen == [1, 2]
    np.testing.assert_allclose(joints[0], [[1, 0]] * 17)  # weights of 3 to 1
    np.testing.assert_allclose(joints[1], [[500, 0]] * 17)


def test_a_joint_far_from_that_of_the_surest_is_not_averaged():
    keypoints, boxes = people((0, 0), (0, 0))
    keypoints[1, 9] = (60, 0)  # 0.1 of the root of the area is 14 px
    scores = np.ones((2, 17), np.float32)
    chosen, joints = people_once(keypoints, scores, boxes, np.array([0.9, 0.8], np.float32))
    assert chosen == [0]
    np.testing.assert_allclose(joints[0], 0)


@pytest.mark.parametrize("same", [0.0, 1.1])
def test_how_alike_is_the_same(same):
    keypoints, boxes = people((0, 0), (10, 0), (20, 0))
    scores, certainty = np.ones((3, 17), np.float32), np.array([0.3, 0.9, 0.6], np.float32)
    chosen, _ = people_once(keypoints, scores, boxes, certainty, same=same)
    assert chosen == ([1] if same == 0 else [1, 2, 0])


def test_nobody():
    keypoints, boxes = people()
    nothing = np.empty(0, np.float32)
    chosen, joints = people_once(keypoints, np.empty((0, 17), np.float32), boxes, nothing)
    assert chosen == []
    assert joints.shape == (0, 17, 2)


def test_scores_of_0_leave_the_joints_of_the_surest():
    keypoints, boxes = people((3, 4))
    _, joints = people_once(
        keypoints, np.zeros((1, 17), np.float32), boxes, np.zeros(1, np.float32)
    )
    np.testing.assert_allclose(joints[0], keypoints[0])
