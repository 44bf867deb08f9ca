"""The printed table is that of the curves."""

import numpy as np
import pytest

from kinema.analysis.angles import ANGLES_2D, angle_conventions, joint_angles
from kinema.skeletons import SKELETONS, WHOLEBODY133
from kinema.track import Track


def curves(skeleton, space, facing="right"):
    size = (4, len(skeleton), 2 if space == "image" else 3)
    points = np.random.default_rng(0).normal(size=size)
    track = Track(skeleton, points, np.ones(size[:2]), np.arange(4) / 30, space=space)
    return joint_angles(track, facing=facing)


def rows(*where):
    return {
        row.name.replace("SIDE", side): row
        for row in angle_conventions()
        for side in ("left", "right")
        if row.where in where
    }


@pytest.mark.parametrize(
    ("space", "facing", "where"),
    [
        pytest.param("image", "right", ("side view", "picture"), id="side"),
        pytest.param("image", "back", ("front or back view", "picture"), id="back"),
        pytest.param("world", "auto", ("space",), id="space"),
    ],
)
def test_every_curve_has_a_row_and_every_row_a_curve(space, facing, where):
    made = {
        name for skeleton in SKELETONS.values() for name in curves(skeleton, space, facing).names
    }
    assert made == set(rows(*where))


@pytest.mark.parametrize(("space", "where"), [("image", "side view"), ("world", "space")])
def test_values_are_in_the_range_of_the_table(space, where):
    made = curves(WHOLEBODY133, space)
    checked = 0
    for name, row in rows(where).items():
        if row.values != "any" and name in made.names:
            low, high = (float(part) for part in row.values.split(" to "))
            assert np.nanmin(made[name]) >= low
            assert np.nanmax(made[name]) < high
            checked += 1
    assert checked >= 12


def test_no_name_is_in_the_table_twice():
    names = [(row.name, row.where == "space") for row in angle_conventions()]
    assert len(set(names)) == len(names)
    assert all(row.zero and row.positive and row.measured for row in angle_conventions())


def test_ranges_are_cut_where_no_joint_goes():
    """At least 60 degrees beyond the ends of usual ranges of motion (Boone & Azen 1979)."""
    usual = {"knee_flexion": (-10, 150), "hip_flexion": (-20, 130), "elbow_flexion": (-10, 150)}
    for angle in ANGLES_2D:
        if angle.name in usual:
            low, high = usual[angle.name]
            assert angle.low < low - 60
            assert angle.low + angle.period > high + 60
