import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinema.skeletons import H36M17
from kinema.train.lift.bodies import tilted, with_limbs, with_proportions, with_turned_limbs


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def bone(points, start, end):
    return np.linalg.norm(points[:, H36M17.index(end)] - points[:, H36M17.index(start)], axis=1)


def test_other_proportions(motion):
    points = motion().points.astype(float)
    factors = np.array([1, 1.5, 1, 1, 1, 1, 1, 0.5, 1])  # thighs and upper arms
    other = with_proportions(points, factors)
    for start, end in H36M17.edges:
        factor = {"knee": 1.5, "elbow": 0.5}.get(end.split("_")[-1], 1)
        assert bone(other, start, end) == pytest.approx(factor * bone(points, start, end)), end
    assert np.allclose(with_proportions(points, np.ones(9)), points)


def test_limbs_of_another_recording(motion):
    points = motion().points.astype(float)
    turned = Rotation.from_euler("z", 90, degrees=True).as_matrix()
    for limbs, joint in (("arms", "left_wrist"), ("legs", "right_ankle")):
        other = points.copy()
        other[:, H36M17.index(joint)] += (0, 0.3, 0.2)  # held forwards
        mixed = with_limbs(points, other @ turned.T, limbs)  # by someone who goes another way
        assert np.allclose(mixed, other)
        assert np.allclose(with_limbs(points, points, limbs), points)
        assert len(with_limbs(points, points[:50], limbs)) == 50


def test_turned_limbs_keep_their_lengths_and_their_beginnings(motion, rng):
    points = motion().points.astype(float)
    other = with_turned_limbs(points, rng)
    for start, end in H36M17.edges:
        assert bone(other, start, end) == pytest.approx(bone(points, start, end)), end
    moved = np.abs(other - points).max(axis=(0, 2)) > 1e-9
    limbs = ("elbow", "wrist", "knee", "ankle")
    assert moved.tolist() == [joint.endswith(limbs) for joint in H36M17.keypoints]


def test_a_tilted_body_is_the_same_body(motion, rng):
    points = motion().points.astype(float)
    angles = []
    for _ in range(200):
        other = tilted(points, rng)
        assert np.allclose(other[:, 0].mean(axis=0), points[:, 0].mean(axis=0))
        assert bone(other, "left_hip", "left_knee") == pytest.approx(
            bone(points, "left_hip", "left_knee")
        )
        up = other[0, H36M17.index("thorax")] - other[0, 0]
        angles.append(np.degrees(np.arccos(up[2] / np.linalg.norm(up))))
    assert np.median(angles) == pytest.approx(8 * 1.177, rel=0.25)  # of a Rayleigh distribution
    assert 1 <= np.sum(np.array(angles) > 60) <= 20
