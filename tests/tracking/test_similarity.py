"""Likeness of poses and overlap of boxes, with numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kinema.skeletons import COCO17, HAND21, KINECT20, OPENPOSE137
from kinema.tracking import similarity as s

NAN = float("nan")


def test_the_joints_that_count_are_those_of_the_body():
    assert len(s.counted_joints(OPENPOSE137)) == 25
    for whole in (COCO17, KINECT20, HAND21):
        np.testing.assert_array_equal(s.counted_joints(whole), np.arange(len(whole)))


def test_tolerances_are_twice_cocos_sigmas():
    np.testing.assert_allclose(s.tolerances(COCO17)[:2], (0.052, 0.05))
    np.testing.assert_allclose(s.tolerances(KINECT20)[COCO17.index("nose")], 2 * s.USUAL_SIGMA)


def test_five_joints_of_a_head_count_as_one_and_a_half():
    assert s.influence(COCO17).sum() == pytest.approx(12 + 5 * 0.3)


def test_size_is_three_halves_of_the_spread():
    """Four joints at the corners of a square of 2 have the spread of its half diagonal."""
    square = np.array([[(0, 0), (2, 0), (2, 2), (0, 2)]], dtype=float)
    assert s.sizes_of(square, 0.1)[0] == pytest.approx(1.5 * np.sqrt(2))


@pytest.mark.parametrize("points", [[[(3, 3), (NAN, NAN)]], [[(NAN, NAN), (NAN, NAN)]]])
def test_who_is_a_point_or_nowhere_has_the_least_size(points):
    assert s.sizes_of(np.array(points), 10.0)[0] == 10


def test_likeness_falls_as_in_oks():
    expected = np.array([[(0, 0), (NAN, NAN), (0, 0)]])
    found = np.array([[(3, 4), (0, 0), (NAN, NAN)]])
    alike = s.joint_likeness(expected, np.full((1, 3), 12.5), found)
    np.testing.assert_allclose(alike[0, 0], (np.exp(-1), NAN, NAN))


def test_means_leave_out_what_is_missing_and_doubt_what_is_little():
    values = np.array([[1.0, NAN, 0.0], [NAN, NAN, NAN]])
    weights = np.array([1.0, 5.0, 3.0])
    np.testing.assert_allclose(s.weighted_mean(values, weights), (1 / 4.1, 0))


def test_bounds_and_overlap():
    people = np.array(
        [[(0, 0), (4, 2), (NAN, NAN)], [(2, 0), (6, 2), (3, 1)], [(NAN, NAN)] * 3], dtype=float
    )
    boxes = s.bounds(people)
    np.testing.assert_array_equal(boxes[0], [(0, 0), (4, 2)])
    np.testing.assert_allclose(s.overlap(boxes, boxes), [(1, 1 / 3, 0), (1 / 3, 1, 0), (0, 0, 0)])


def test_overlap_of_boxes_without_area_is_none():
    line = np.array([[(0, 0), (0, 9)]], dtype=float)
    assert s.overlap(line, line)[0, 0] == 0
