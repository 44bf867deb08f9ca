"""The numbers behind the page."""

import base64

import numpy as np

from kinema.report.figures import (
    ABSENT,
    person_data,
    plot_data,
    plots_of,
    stage_of,
)


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


def test_stage_of_nobody():
    assert stage_of([], None).size == (640.0, 480.0)
    assert stage_of([], (1920, 1080)).size == (1920.0, 1080.0)
