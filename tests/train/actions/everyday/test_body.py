"""The body that everyday movements are made with."""

import numpy as np
import pytest

from kinema.skeletons import H36M17
from kinema.train.actions.everyday.body import (
    CLEARANCE,
    FREEDOMS,
    SIDES,
    Body,
    above_floor,
    on_floor,
    posed,
    row_of,
)
from kinema.train.actions.everyday.keys import mirrored

AVERAGE = Body.random(np.random.default_rng(0), spread=0.0)
J = {joint: i for i, joint in enumerate(H36M17.keypoints)}


def pose(**angles: float) -> np.ndarray:
    return posed(row_of(angles)[None], AVERAGE)[0]


def test_upright() -> None:
    points = pose()
    assert points[J["mid_hip"]].tolist() == [0, 0, 0]
    assert points[J["left_ankle"]] == pytest.approx((-0.1275, 0, -1.7 * (0.245 + 0.246)))
    assert points[J["thorax"]] == pytest.approx((0, 0, 1.7 * 0.29))
    assert points[J["right_wrist"], 0] > 0 > points[J["left_wrist"], 0]


@pytest.mark.parametrize(
    ("angles", "joint", "start", "way"),
    [
        pytest.param({"lean": 90}, "thorax", "spine", (0, 1, 0), id="leans forwards"),
        pytest.param({"side": 90}, "thorax", "spine", (1, 0, 0), id="leans to its right"),
        pytest.param({"pitch": 90}, "thorax", "mid_hip", (0, 1, 0), id="tips over forwards"),
        pytest.param({"roll": 90}, "thorax", "mid_hip", (1, 0, 0), id="tips over to its right"),
        pytest.param({"left_thigh": 90}, "left_knee", "left_hip", (0, 1, 0), id="thigh forwards"),
        pytest.param({"left_out": 90}, "left_knee", "left_hip", (-1, 0, 0), id="leg sideways"),
        pytest.param({"right_knee": 90}, "right_ankle", "right_knee", (0, -1, 0), id="knee"),
        pytest.param({"right_arm": 90}, "right_elbow", "right_shoulder", (0, 1, 0), id="arm"),
        pytest.param({"right_spread": 90}, "right_elbow", "right_shoulder", (1, 0, 0), id="spread"),
        pytest.param({"left_elbow": 90}, "left_wrist", "left_elbow", (0, 1, 0), id="elbow"),
        pytest.param(
            {"right_spread": 90, "right_spun": 90, "right_elbow": 90},
            "right_wrist",
            "right_elbow",
            (0, 0, 1),
            id="forearm up, as who waves",
        ),
    ],
)
def test_angles(angles: dict[str, float], joint: str, start: str, way: tuple[float, ...]) -> None:
    points = pose(**angles)
    bone = points[J[joint]] - points[J[start]]
    assert bone / np.linalg.norm(bone) == pytest.approx(way, abs=1e-9)


def test_bones_keep_their_lengths() -> None:
    rng = np.random.default_rng(1)
    body = Body.random(rng)
    points = posed(rng.uniform(-180, 180, (50, len(FREEDOMS))), body)
    for start, end in H36M17.edges:
        lengths = np.linalg.norm(points[:, J[end]] - points[:, J[start]], axis=1)
        assert lengths == pytest.approx(np.full(50, body.length(end)))
    assert body.with_bones_of(points * 1.3) == pytest.approx(points + 0.3 * points[:, :1], abs=1e-9)


def test_mirrored_pose_is_the_mirror_image() -> None:
    rng = np.random.default_rng(2)
    angles = dict(zip(FREEDOMS, rng.uniform(-60, 60, len(FREEDOMS)).tolist(), strict=True))
    angles |= {"pitch": 0.0, "roll": 0.0}
    image = (pose(**angles) * (-1, 1, 1))[H36M17.mirror_order]
    assert pose(**mirrored(angles)) == pytest.approx(image, abs=1e-9)
    assert mirrored(mirrored(angles)) == angles


def test_stands_on_the_floor_and_feet_stay() -> None:
    bending = np.linspace(0, 1, 30)[:, None] * row_of(
        {
            "lean": 80,
            **{side + name: v for side in SIDES for name, v in (("thigh", 60), ("knee", 60))},
        }
    )
    points = on_floor(posed(bending, AVERAGE))
    assert (points[..., 2] - CLEARANCE).min(axis=1) == pytest.approx(np.zeros(30), abs=1e-9)
    ankles = points[:, [J["left_ankle"], J["right_ankle"]]]
    assert np.ptp(ankles[..., :2], axis=0).max() < 1e-6
    assert np.ptp(points[:, 0, 1]) > 0.2  # the pelvis goes back


def test_lift_and_raise() -> None:
    still = posed(np.zeros((3, len(FREEDOMS))), AVERAGE)
    lifted = on_floor(still, np.array([0, 0.2, 0.1]))
    assert lifted[:, J["left_ankle"], 2] == pytest.approx([0.075, 0.275, 0.175])
    sunk = lifted - [0, 0, 0.1]
    assert above_floor(sunk)[:, J["left_ankle"], 2] == pytest.approx([0.075, 0.175, 0.075])
