import numpy as np
import pytest

from kinema.actions.graph import distances, links, parents, spatial_partitions
from kinema.skeleton import Skeleton
from kinema.skeletons import KINECT20, SKELETONS
from kinema.space.lifting import LIFT13

CHAIN = Skeleton("chain", ("mid_hip", "knee", "ankle"), (("mid_hip", "knee"), ("knee", "ankle")))
BODIES = [*SKELETONS.values(), LIFT13]


def test_each_joint_hangs_on_the_next_one_towards_the_hips():
    parent = parents(KINECT20)
    hangs_on = {KINECT20.keypoints[k]: KINECT20.keypoints[p] for k, p in enumerate(parent)}
    assert hangs_on["left_wrist"] == "left_elbow"
    assert hangs_on["left_shoulder"] == "thorax"
    assert hangs_on["right_ankle"] == "right_knee"
    assert hangs_on["mid_hip"] == "mid_hip"


def test_the_distance_is_the_number_of_links_to_the_root():
    steps = dict(zip(KINECT20.keypoints, distances(KINECT20).tolist(), strict=True))
    # mid_hip - spine - thorax - left_shoulder - left_elbow
    assert (steps["mid_hip"], steps["thorax"], steps["left_elbow"]) == (0, 2, 4)


def test_partitions_of_a_chain_of_three():
    same, nearer, further = spatial_partitions(CHAIN)
    # Columns are who receives: the ends have one neighbour and themselves, the middle two.
    np.testing.assert_allclose(same, np.diag([1 / 2, 1 / 3, 1 / 2]), rtol=1e-6)
    expected = np.zeros((3, 3))
    expected[0, 1], expected[1, 2] = 1 / 3, 1 / 2  # from the hips to the knee, knee to ankle
    np.testing.assert_allclose(nearer, expected, rtol=1e-6)
    expected = np.zeros((3, 3))
    expected[1, 0], expected[2, 1] = 1 / 2, 1 / 3
    np.testing.assert_allclose(further, expected, rtol=1e-6)


@pytest.mark.parametrize("skeleton", BODIES, ids=lambda skeleton: skeleton.name)
def test_every_skeleton_is_one_graph(skeleton):
    k = len(skeleton)
    partitions = spatial_partitions(skeleton)
    assert partitions.shape == (3, k, k)
    np.testing.assert_allclose(partitions.sum(axis=(0, 1)), 1, rtol=1e-5)
    roots = np.flatnonzero(parents(skeleton) == np.arange(k))
    assert len(roots) == 1
    assert distances(skeleton)[roots[0]] == 0


def test_what_hangs_on_nothing_is_linked_to_the_shoulders():
    head, left, right = (LIFT13.index(j) for j in ("head", "left_shoulder", "right_shoulder"))
    assert (head, left) in links(LIFT13)
    assert (head, right) in links(LIFT13)


def test_the_links_of_a_connected_skeleton_are_its_edges():
    edges = {tuple(sorted((KINECT20.index(a), KINECT20.index(b)))) for a, b in KINECT20.edges}
    assert set(links(KINECT20)) == edges
