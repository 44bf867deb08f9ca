"""The numbers behind the page."""

import base64
from dataclasses import replace

import numpy as np
import pytest

from kinema.report.figures import (
    ABSENT,
    flat,
    person_data,
    plot_data,
    plots_of,
    side_view,
    stage_of,
)
from kinema.skeletons import BODY25
from kinema.track import Track


def decoded(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype=dtype)


def test_joints_come_back_within_a_tenth_of_a_pixel(walk):
    person = walk.people[0]
    stage = stage_of(walk.people, walk.header.size)
    facts = person_data(person, stage)
    steps = decoded(facts["clean"], "<i2").reshape(len(person.track), 25, 2)
    absent = steps[..., 0] == ABSENT
    np.testing.assert_array_equal(absent, ~person.track.found)
    np.testing.assert_allclose(
        (steps * stage.unit)[~absent], person.track.keypoints[~absent], atol=0.05
    )
    np.testing.assert_array_equal(decoded(facts["times"], "<f8"), person.track.times)


def test_left_and_right_share_a_chart(walk):
    charts = {plot.title: plot.names for plot in plots_of(walk.people[0].angles)}
    assert charts["Knee flexion"] == ("left_knee_flexion", "right_knee_flexion")


def test_chart_of_the_knee(walk):
    person = walk.people[0]
    plot = next(plot for plot in plots_of(person.angles) if plot.title == "Knee flexion")
    chart = plot_data(plot, person, person.events, 0)
    assert chart["unit"] == "°"
    assert [curve["side"] for curve in chart["curves"]] == ["left", "right"]
    left = chart["curves"][0]
    value = decoded(left["value"]["bdata"], "<f4")
    np.testing.assert_allclose(value, person.angles["left_knee_flexion"], rtol=1e-6)
    low, high = (decoded(left[name]["bdata"], "<f4") for name in ("low", "high"))
    np.testing.assert_allclose(
        high - low, 4 * person.angles.sigma_of("left_knee_flexion"), rtol=1e-3, atol=1e-4
    )


def in_space(direction, steps=20):
    """A body that moves along a horizontal direction, its head 1.7 m above its feet."""
    along = np.outer(np.linspace(0, 3, steps), direction)
    keypoints = np.full((steps, 25, 3), np.nan)
    for joint, height in (("nose", 1.7), ("mid_hip", 1.0), ("left_heel", 0.0)):
        keypoints[:, BODY25.index(joint)] = np.c_[along, np.full(steps, height)]
    scores = np.where(np.isnan(keypoints[..., 0]), 0, 1)
    return Track(BODY25, keypoints, scores, np.arange(steps) / 30, space="world")


@pytest.mark.parametrize("direction", [(1, 0), (0, -1), (0.6, 0.8)])
def test_a_walk_in_space_is_seen_from_the_side(direction):
    track = in_space(direction)
    side = flat(track, side_view([track]))
    nose, heel = side[:, BODY25.index("nose")], side[:, BODY25.index("left_heel")]
    np.testing.assert_allclose(heel[:, 1] - nose[:, 1], 1.7 * 400, rtol=1e-5)  # y points down
    np.testing.assert_allclose(nose[-1, 0] - nose[0, 0], 3 * 400, rtol=1e-5)  # and goes right


def test_people_who_meet_in_space_stay_where_they_are():
    forth = in_space((0.6, 0.8))
    back = replace(forth, keypoints=forth.keypoints[::-1], scores=forth.scores[::-1])
    along = side_view([forth, back])
    hips = [flat(track, along)[:, BODY25.index("mid_hip"), 0] for track in (forth, back)]
    np.testing.assert_allclose(hips[1], hips[0][::-1], rtol=1e-5)
    assert abs(hips[0][-1] - hips[0][0]) == pytest.approx(3 * 400, rel=1e-5)


@pytest.mark.parametrize("direction", [(1.0, 0.0), (0.0, -1.0), (0.6, 0.8)])
def test_who_stays_in_space_faces_right(direction):
    forward = np.array(direction)
    left = np.array([-forward[1], forward[0]])
    keypoints = np.full((20, 25, 3), np.nan)
    sway = np.outer(0.05 * np.sin(np.arange(20)), left)  # sideways, where nothing else goes
    for joint, place in (
        ("left_hip", 0.1 * left),
        ("right_hip", -0.1 * left),
        ("left_heel", 0.1 * left),
        ("left_big_toe", 0.1 * left + 0.25 * forward),
    ):
        keypoints[:, BODY25.index(joint)] = np.c_[sway + place, np.full(20, 1.0)]
    scores = np.where(np.isnan(keypoints[..., 0]), 0, 1)
    track = Track(BODY25, keypoints, scores, np.arange(20) / 30, space="world")
    side = flat(track, side_view([track]))
    foot = side[:, BODY25.index("left_big_toe"), 0] - side[:, BODY25.index("left_heel"), 0]
    np.testing.assert_allclose(foot, 0.25 * 400, rtol=1e-3)


def test_stage_of_nobody():
    assert stage_of([], None).size == (640.0, 480.0)
    assert stage_of([], (1920, 1080)).size == (1920.0, 1080.0)
