import numpy as np
import pytest
from numpy.testing import assert_allclose

from kinema.models.pose_nms import pose_nms
from kinema.poses import Poses
from kinema.skeletons import COCO17

FIGURE = np.stack([np.linspace(100, 140, 17), np.linspace(100, 300, 17)], axis=1)


def moved(right):
    return FIGURE + np.array([right, 0])


def people(*shifts, scores=(), missing=()):
    """The same figure once a shift (pixels to the right), with scores 0.9, 0.8, 0.7 ..."""
    keypoints = np.stack([moved(shift) for shift in shifts])
    levels = scores or [0.9 - 0.1 * i for i in range(len(shifts))]
    values = np.repeat(np.array(levels)[:, None], 17, axis=1)
    for person, joint in missing:
        keypoints[person, joint], values[person, joint] = np.nan, 0
    return Poses(COCO17, keypoints, values, frame=7, time=0.25)


def test_nobody():
    nobody = Poses.empty(COCO17, frame=3)
    assert pose_nms(nobody) is nobody


def test_one_person_stays_as_it_is():
    poses = people(0)
    alone = pose_nms(poses)
    assert_allclose(alone.keypoints, poses.keypoints, rtol=1e-6)
    assert_allclose(alone.scores, poses.scores, rtol=1e-6)
    # (mean 0.9 + 1.25 * best 0.9 + certainty 0.9) / 3.25
    assert alone.person_scores == pytest.approx([0.9])
    assert (alone.frame, alone.time) == (7, 0.25)


def test_two_poses_of_one_person_become_their_weighted_mean():
    merged = pose_nms(people(0, 4, scores=(0.75, 0.25)))
    assert len(merged) == 1
    assert_allclose(merged.keypoints[0], moved(1), rtol=1e-6)  # 0 * 3/4 + 4 * 1/4
    assert_allclose(merged.scores[0], (0.75**2 + 0.25**2) / 1, rtol=1e-6)


@pytest.mark.parametrize(
    ("shift", "count"),
    [
        pytest.param(6.9, 1, id="5 joints within 7 px"),
        pytest.param(12, 1, id="near altogether: 1.7 * 17 * exp(-0.6 / 2.65) + 17 * 0.47 > 22.48"),
        pytest.param(60, 2, id="three times as far as near"),
        pytest.param(300, 2, id="beside each other"),
    ],
)
def test_how_near_is_the_same(shift, count):
    assert len(pose_nms(people(0, shift, scores=(0.9, 0.8)))) == count


def test_the_surest_comes_first_whatever_the_order():
    poses = people(0, 300, scores=(0.5, 0.9))
    assert_allclose(pose_nms(poses).keypoints[0], moved(300), rtol=1e-6)


def test_a_joint_that_the_surest_lacks_comes_from_the_other():
    merged = pose_nms(people(0, 2, scores=(0.8, 0.4), missing=[(0, 3), (0, 5), (1, 5)]))
    assert_allclose(merged.keypoints[0, 3], moved(2)[3], rtol=1e-6)
    assert merged.scores[0, 3] == pytest.approx(0.4)
    assert np.isnan(merged.keypoints[0, 5]).all() and merged.scores[0, 5] == 0


def test_of_many_poses_of_two_people_two_are_left():
    rng = np.random.default_rng(0)
    shifts = [*rng.normal(0, 2, 10), *rng.normal(200, 2, 10)]
    merged = pose_nms(people(*shifts, scores=rng.uniform(0.3, 0.9, 20).tolist()))
    assert sorted(np.round(merged.keypoints[:, 0, 0], -1)) == [100, 300]


def test_boxes_and_ids_of_those_that_stay():
    poses = Poses(
        COCO17,
        people(0, 300).keypoints,
        people(0, 300).scores,
        ids=[5, 6],
        boxes=[[90, 90, 150, 310], [390, 90, 450, 310]],
    )
    assert pose_nms(poses).ids.tolist() == [5, 6]
    assert pose_nms(poses).boxes[:, 0].tolist() == [90, 390]
