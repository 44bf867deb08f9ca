"""Lengths of segments and how constant they are."""

import numpy as np
import pytest

from kinema.analysis.segments import constancy, segment_lengths
from kinema.curves import Curves
from kinema.skeletons import COCO17, HAND21
from kinema.track import Track


def track_of(points, skeleton=COCO17, sigma=None):
    scores, times = np.ones(points.shape[:2]), np.arange(len(points)) / 30
    return Track(skeleton, points, scores, times, sigma=sigma)


def body():
    points = np.zeros((1, 17, 2))
    for joint, place in {
        "left_knee": (0, 10), "left_ankle": (30, 50), "left_hip": (0, 0), "right_hip": (20, 0),
        "left_shoulder": (0, -50), "right_shoulder": (20, -50),
    }.items():  # fmt: skip
        points[0, COCO17.index(joint)] = place
    return points


def test_lengths_and_their_sigma():
    made = segment_lengths(track_of(body(), sigma=np.full((1, 17), 2.0)))
    assert made["left_shank_length"].tolist() == [50]
    assert made["trunk_length"].tolist() == [50]
    assert made.sigma_of("left_shank_length")[0] == pytest.approx(2 * np.sqrt(2))
    assert made.sigma_of("trunk_length")[0] == pytest.approx(2)  # two means of two
    assert made.units[0] == "px"
    assert "left_foot_length" not in made.names


def test_a_joint_that_is_missing():
    points = body()
    points[0, COCO17.index("left_knee")] = np.nan
    made = segment_lengths(track_of(points))
    assert np.isnan(made["left_shank_length"][0])
    assert made["trunk_length"].tolist() == [50]


def test_constancy():
    lengths = Curves(
        ("a", "b", "c"), ("m",) * 3,
        np.stack([np.full(101, 2.0), np.linspace(0.9, 1.1, 101), np.full(101, np.nan)], axis=1),
        np.arange(101.0),
    )  # fmt: skip
    a, b, c = constancy(lengths)
    assert (a.median, a.variation, a.frames) == (2, 0, 101)
    assert (b.median, b.variation) == pytest.approx((1, 0.068))
    assert np.isnan([c.median, c.variation]).all()
    assert c.frames == 0


def test_no_body_and_nobody():
    assert segment_lengths(track_of(np.ones((2, 21, 2)), HAND21)).names == ()
    assert len(segment_lengths(track_of(np.empty((0, 17, 2))))) == 0
