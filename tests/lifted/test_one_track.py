"""A person who walks before a camera at a known place, lifted with the network that ships."""

from dataclasses import replace

import numpy as np
import pytest

from kinema.errors import InputError
from kinema.lifted import camera_for, lifted, lifted_together
from kinema.models.lifter import load_lifter
from kinema.skeletons import COCO17, H36M17
from kinema.space.lifting import LIFT13, joints_for
from kinema.space.metrics3d import mpjpe
from kinema.track import Track

RATE, HEIGHT = 50.0, 1.75
SOLE = 0.039 * HEIGHT  # Drillis & Contini: the ankle above the sole
JOINTS = [H36M17.index(joint) for joint in LIFT13.keypoints if joint in H36M17]


@pytest.fixture(scope="module")
def lifter():
    return load_lifter()


@pytest.fixture(scope="module")
def walk(scene):
    """The truth in space, (T, 17, 3) of coco17."""
    return scene.walk(60)


def seen_by(camera, points):
    pixels = camera.project(points)
    return Track(COCO17, pixels, np.ones(pixels.shape[:2]), np.arange(len(points)) / RATE)


def truth_of(points):
    track = Track(COCO17, points, np.ones(points.shape[:2]), np.arange(len(points)), space="world")
    return joints_for(H36M17, track)[0]


@pytest.fixture(scope="module", params=["cam1", "cam3"])
def view(request, scene, walk):
    camera = scene.rig[request.param]
    return camera, seen_by(camera, walk)


def test_about_the_pelvis_in_the_axes_of_the_camera(lifter, walk, view):
    camera, track = view
    result = lifted(track, lifter, camera, height=HEIGHT)
    assert (result.skeleton, result.space) == (H36M17, "body")
    truth = truth_of(walk) @ camera.rotation.T
    truth = truth - truth[:, :1]
    assert mpjpe(result.keypoints[:, JOINTS], truth[:, JOINTS]) < 0.15
    assert np.abs(result.joint("mid_hip")).max() < 0.05
    assert 0.005 < np.median(result.sigma) < 0.15


def test_in_the_room_of_the_calibration(lifter, walk, view):
    camera, track = view
    result = lifted(track, lifter, camera, height=HEIGHT, place="room")
    assert result.space == "world"
    pelvis, truth = result.joint("mid_hip"), truth_of(walk)[:, 0]
    off = pelvis - truth
    assert np.linalg.norm(off.mean(axis=0)) < 0.1 * 4  # a tenth of the distance
    assert off.std(axis=0).max() < 0.15
    way = pelvis[-1] - pelvis[0]
    assert np.abs(way - (truth[-1] - truth[0])).max() < 0.4


def test_the_lens_is_taken_out(lifter, walk, scene):
    """The same person seen through a lens with and without distortion."""
    bent = replace(scene.rig["cam1"], distortion=[-0.4, 0.05, 0.001, 0])
    straight = replace(bent, distortion=[])
    assert np.abs(seen_by(bent, walk).keypoints - seen_by(straight, walk).keypoints).max() > 3
    one, other = (lifted(seen_by(c, walk), lifter, c, place="room") for c in (bent, straight))
    assert np.allclose(one.keypoints, other.keypoints, atol=1e-3)


def test_upright_on_the_floor(lifter, view):
    _, track = view
    camera = camera_for((1280, 720), focal=1000)
    result = lifted(track, lifter, camera, height=HEIGHT, place="floor")
    assert result.space == "world"
    assert np.allclose(result.keypoints[..., 2].min(axis=1), SOLE, atol=1e-5)
    assert np.abs(result.joint("mid_hip")[:, :2]).max() < 0.05
    head, feet = result.joint("head_top"), result.joint("left_ankle")
    assert ((head - feet)[:, 2] > 1.2).all()


def test_a_camera_that_looks_down_turns_the_person_by_as_much(lifter, view):
    _, track = view
    level, tilted = (
        lifted(track, lifter, camera_for((1280, 720), focal=1000, tilt=tilt), place="floor")
        for tilt in (0, 20)
    )
    c, s = np.cos(np.radians(20)), np.sin(np.radians(20))
    # What is ahead of a camera that looks down is lower than it.
    turn = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
    ways = [t.keypoints - t.joint("mid_hip")[:, None] for t in (level, tilted)]
    assert np.allclose(ways[0] @ turn.T, ways[1], atol=1e-5)


def test_in_a_room_with_a_floor_of_its_own(lifter, view):
    """Of a camera that only has a lens: it is above the origin and looks along y."""
    camera, track = view
    lens = replace(camera, rotation=np.eye(3), translation=np.zeros(3))
    tilt = np.degrees(np.arcsin(-camera.rotation[2, 2]))
    level = camera_for(camera.size, calibrated=lens, tilt=tilt)
    result = lifted(track, lifter, level, height=HEIGHT, place="room")
    lowest = result.keypoints[..., 2].min(axis=1)
    assert np.median(lowest) == pytest.approx(SOLE, abs=1e-5)
    assert np.abs(lowest - SOLE).max() < 0.3
    assert 3 < np.median(result.joint("mid_hip")[:, 1]) < 5


def test_a_longer_focal_length_is_a_longer_way(lifter, view):
    _, track = view
    near, far = (
        lifted(track, lifter, camera_for((1280, 720), focal=focal), place="room")
        for focal in (800, 1600)
    )
    ratio = far.joint("mid_hip")[:, 1] / near.joint("mid_hip")[:, 1]
    assert np.allclose(ratio, 2, atol=0.1)


def test_one_floor_for_all(lifter, scene, walk):
    """Somebody on a wall of 1 m stays as much above the other."""
    camera = replace(scene.rig["cam1"], translation=np.zeros(3))
    real = scene.rig["cam1"]
    people = [seen_by(real, walk), replace(seen_by(real, np.add(walk, (0, 0, 1))), id=1)]
    (below, above), stands = lifted_together(people, lifter, camera, height=HEIGHT, place="room")
    assert np.median(below.keypoints[..., 2].min(axis=1)) == pytest.approx(SOLE, abs=1e-5)
    assert np.median(above.keypoints[..., 2].min(axis=1)) == pytest.approx(SOLE + 1, abs=0.4)
    assert np.allclose(stands.centre[:2], 0)
    assert stands.centre[2] == pytest.approx(real.centre[2], abs=0.4)
    # From there it sees them where they were seen.
    pixels = stands.project(below.keypoints)
    assert np.nanmedian(np.abs(pixels - joints_for(H36M17, people[0])[0])) < 8


def test_joints_that_were_not_seen(lifter, view):
    camera, track = view
    wrist = COCO17.index("left_wrist")
    points, scores = track.keypoints.copy(), track.scores.copy()
    points[20:40, wrist], scores[20:40, wrist] = np.nan, 0
    points[50:], scores[50:] = np.nan, 0  # the whole person
    gappy = replace(track, keypoints=points, scores=scores)
    lost = H36M17.index("left_wrist")
    for place in ("body", "floor", "room"):
        result = lifted(gappy, lifter, camera, place=place)
        assert not result.found[20:40, lost].any()
        assert np.isnan(result.sigma[20:40, lost]).all()
        assert result.found[:50].mean() > 0.97
        whole = lifted(gappy, lifter, camera, place=place, all_joints=True)
        assert whole.found[:50].all()
        assert not whole.found[50:].any()
        assert np.allclose(whole.keypoints[:20], result.keypoints[:20])


def test_one_frame_and_none(lifter, view):
    camera, track = view
    one = replace(
        track, keypoints=track.keypoints[:1], scores=track.scores[:1], times=track.times[:1]
    )
    for place in ("body", "floor", "room"):
        assert lifted(one, lifter, camera, place=place).found.all()
        nobody = replace(one, keypoints=one.keypoints * np.nan, scores=one.scores * 0)
        assert not lifted(nobody, lifter, camera, place=place).found.any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"tilt": 95}, "cannot look down by 95 degrees", id="tilt"),
        pytest.param({"tilt": np.nan}, "cannot look down by nan", id="no tilt"),
        pytest.param({"focal": 0}, "positive number of pixels, got 0", id="focal"),
        pytest.param({"calibrated": "cam1", "focal": 9}, "give one of the two", id="two focals"),
        pytest.param({"calibrated": "cam1", "tilt": 9}, "leave out the tilt", id="two stands"),
    ],
)
def test_cameras_that_cannot_be(scene, settings, message):
    if "calibrated" in settings:
        settings = settings | {"calibrated": scene.rig["cam1"]}
    with pytest.raises(InputError, match=message):
        camera_for((1280, 720), **settings)


def test_bad_input(lifter, view):
    camera, track = view
    with pytest.raises(InputError, match="no place 'roof'; did you mean room"):
        lifted(track, lifter, camera, place="roof")
    with pytest.raises(InputError, match="a height of 175 m"):
        lifted(track, lifter, camera, height=175)
    with pytest.raises(InputError, match="these are in body space"):
        lifted(lifted(track, lifter, camera), lifter, camera)
