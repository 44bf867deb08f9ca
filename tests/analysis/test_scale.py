"""From pixels to metres and back to what was put in."""

import numpy as np
import pytest

from kinema.analysis.scale import (
    Scale,
    heights,
    pitch_of,
    scale_from_distance,
    scale_from_height,
    to_metres,
)
from kinema.errors import InputError
from kinema.skeletons import COCO17, HALPE26
from kinema.track import Track

TALL = 1.8  # metres
# Heights of joints as shares of the body (Drillis & Contini 1966).
SHARES = {
    "head_top": 1.0, "upper_neck": 0.87, "nose": 0.936, "eye": 0.936, "ear": 0.936,
    "shoulder": 0.818, "elbow": 0.63, "wrist": 0.485, "mid_hip": 0.53, "hip": 0.53,
    "knee": 0.285, "ankle": 0.039, "heel": 0.0, "big_toe": 0.0, "small_toe": 0.0,
}  # fmt: skip


def walker(skeleton=HALPE26, *, per_pixel=0.005, tilt=0.0, leftwards=False, squat=False):
    """A person who glides by 1.2 m a second, in pixels; the floor is at row 900 of column 400."""
    times = np.arange(90) / 30
    x = 1.2 * times
    points = np.zeros((90, len(skeleton), 2))
    for row, joint in enumerate(skeleton.keypoints):
        name = joint.removeprefix("left_").removeprefix("right_")
        ahead = {"big_toe": 0.15, "small_toe": 0.13, "heel": -0.06, "nose": 0.1}.get(name, 0.0)
        z = SHARES[name] * TALL
        if squat and z > 0.1:
            ahead, z = (0.3, z - 0.1) if name == "knee" else (ahead, z - 0.25)
        points[:, row, 0], points[:, row, 1] = x + ahead, z
    # Toes and heels stand for half a second each.
    for side in ("left", "right"):
        for name, ahead in (("heel", -0.06), ("big_toe", 0.15), ("small_toe", 0.13)):
            if f"{side}_{name}" in skeleton and not squat:
                stand = 1.2 * np.floor(times * 2 + (side == "left") / 2) / 2
                points[:, skeleton.index(f"{side}_{name}"), 0] = stand + ahead
    if leftwards:
        points[..., 0] *= -1
    turn = np.radians(tilt)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    pixels = points @ matrix.T / per_pixel * (1, -1) + np.array([400, 900])
    return Track(
        skeleton, pixels, np.ones(pixels.shape[:2]), times, sigma=np.full((90, len(skeleton)), 2.0)
    )


@pytest.mark.parametrize("leftwards", [False, True], ids=["to the right", "to the left"])
@pytest.mark.parametrize("tilt", [0.0, 4.0, -3.0])
def test_a_walker_in_metres(tilt, leftwards):
    track = walker(tilt=tilt, leftwards=leftwards)
    scale = scale_from_height(track, TALL)
    assert scale.metres_per_pixel == pytest.approx(0.005, rel=0.02)
    assert scale.floor_angle == pytest.approx(tilt, abs=0.3)
    assert scale.direction == (-1 if leftwards else 1)
    world = to_metres(track, scale)
    assert world.space == "world"
    hips = world.joint("mid_hip")
    assert hips[0] == pytest.approx([0, 0, 0.53 * TALL], abs=0.03)
    assert hips[-1, 0] == pytest.approx(1.2 * 89 / 30, rel=0.02)
    assert np.all(hips[:, 1] == 0)
    assert world.sigma[0, 0] == pytest.approx(0.01, rel=0.02)


def test_a_skeleton_without_crown_has_the_published_share_instead():
    with_crown, without = (
        scale_from_height(walker(skeleton), TALL) for skeleton in (HALPE26, COCO17)
    )
    assert without.metres_per_pixel == pytest.approx(with_crown.metres_per_pixel, rel=0.01)
    assert without.sigma > with_crown.sigma


def test_bent_knees_do_not_shorten_the_person():
    track = walker(squat=True)
    pixels = np.nanmedian(heights(track)["height"])
    lowered = TALL - 0.25
    assert pixels * 0.005 > lowered + 0.1


def test_from_a_known_distance():
    track = walker()
    scale = scale_from_distance((100, 900), (500, 900), 2.0, track=track)
    assert scale.metres_per_pixel == pytest.approx(0.005)
    assert scale.sigma == pytest.approx(0.005 * np.sqrt(2) * 2 / 400)
    assert to_metres(track, scale).joint("mid_hip")[0] == pytest.approx([1.5, 0, 0.954], abs=1e-3)
    rising = scale_from_distance((0, 100), (100, 0), 1.0)
    assert rising.floor_angle == pytest.approx(45)


def test_a_camera_that_looks_down_shortens_what_stands_upright():
    pixels = walker()
    shortened = Track(
        HALPE26, (pixels.keypoints - 900) * (1, np.cos(np.radians(20))) + 900, pixels.scores,
        pixels.times,
    )  # fmt: skip
    scale = scale_from_height(shortened, TALL, pitch=20.0, floor_angle=0.0)
    hips = to_metres(shortened, scale).joint("mid_hip")
    assert hips[-1, 0] - hips[0, 0] == pytest.approx(1.2 * 89 / 30, rel=0.02)
    assert hips[0, 2] == pytest.approx(0.954, rel=0.03)


def test_pitch_from_the_horizon():
    """A horizon 268 pixels above the centre at a focal length of 1000: 15 degrees."""
    assert pitch_of(540 - 267.949, 540, 1000) == pytest.approx(15, abs=1e-3)
    assert pitch_of(540, 540, 1000) == 0
    with pytest.raises(InputError, match="focal length"):
        pitch_of(0, 0, 0)


def test_gaps_stay_gaps():
    track = walker()
    points = track.keypoints.copy()
    points[5] = np.nan
    gap = Track(HALPE26, points, track.scores, track.times)
    world = to_metres(gap, Scale(0.005))
    assert np.isnan(world.keypoints[5]).all()
    assert not np.isnan(world.keypoints[4]).any()
    assert world.sigma is None


def test_one_frame_is_enough_for_a_height():
    track = walker()
    one = Track(HALPE26, track.keypoints[:1], track.scores[:1], track.times[:1])
    assert scale_from_height(one, TALL).metres_per_pixel == pytest.approx(0.005, rel=0.02)


NOBODY = Track(COCO17, np.full((3, 17, 2), np.nan), np.zeros((3, 17)), [0, 1, 2])
ROOM = Track(COCO17, np.ones((1, 17, 3)), np.ones((1, 17)), [0.0], space="world")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda: scale_from_height(walker(), 180), "give it in metres", id="cm"),
        pytest.param(lambda: scale_from_height(NOBODY, 1.8), "height is unknown", id="nobody"),
        pytest.param(lambda: scale_from_height(ROOM, 1.8), "'world'", id="in space"),
        pytest.param(lambda: to_metres(ROOM, Scale(1.0)), "'world'", id="metres already"),
        pytest.param(lambda: Scale(0.0), "positive number", id="zero"),
        pytest.param(lambda: Scale(float("nan")), "positive number", id="NaN"),
        pytest.param(lambda: Scale(1.0, pitch=90), "less than 90", id="from above"),
        pytest.param(lambda: Scale(1.0, direction=0), "1 or -1", id="direction"),
        pytest.param(lambda: scale_from_distance((1, 1), (1, 1), 1), "two points", id="one point"),
        pytest.param(lambda: scale_from_distance((1, 1), (2, 1), -1), "two points", id="negative"),
    ],
)
def test_what_cannot_be(make, message):
    with pytest.raises(InputError, match=message):
        make()
