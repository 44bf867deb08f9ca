"""Scenes in metres that stand upright."""

from dataclasses import replace

import numpy as np
import pytest

from kinema.camera import Camera, Rig
from kinema.errors import InputError
from kinema.media.scene import in_picture, scene_of
from kinema.media.scene.upright import APART, nearest_row
from kinema.skeletons import BODY25

WRIST, NOSE = BODY25.index("left_wrist"), BODY25.index("nose")


def test_the_world_stays_as_it_is(person):
    scene = scene_of([person(at=(2, 3, 0))])
    assert scene.floor == 0
    assert scene.axes == ("x", "y", "z")
    np.testing.assert_allclose(scene.people[0].keypoints[0, WRIST], (2, 3.8, 1.45), rtol=1e-6)
    assert (scene.low <= [1.99, 2.8, 0]).all()
    assert (scene.high >= [2.1, 3.8, 1.649]).all()


def test_a_body_is_turned_upright(in_body_space):
    scene = scene_of([in_body_space()])
    wrist, nose = scene.people[0].keypoints[0, [WRIST, NOSE]]
    # Right of the picture, away from the camera, up.
    np.testing.assert_allclose(wrist, (0.8, 0, 0.5), atol=1e-6)
    np.testing.assert_allclose(nose, (0, -0.1, 0.7), atol=1e-6)
    assert scene.floor == pytest.approx(-0.9)
    assert scene.axes == ("right", "away", "up")


def test_bodies_stand_beside_each_other(in_body_space):
    scene = scene_of([in_body_space(identity=1), in_body_space(identity=2)])
    hips = [track.joint("mid_hip")[0, 0] for track in scene.people]
    np.testing.assert_allclose(hips, [-APART / 2, APART / 2], atol=1e-6)


def test_a_world_whose_origin_is_a_camera_has_its_floor_at_the_feet(person):
    assert scene_of([person(at=(0, 3, -1.6))]).floor == pytest.approx(-1.55, abs=1e-3)


def test_single_stray_joints_do_not_count(person):
    track = person(frames=100)
    keypoints = track.keypoints.copy()
    keypoints[50, NOSE] = (40, 0, 90)
    scene = scene_of([replace(track, keypoints=keypoints)])
    assert scene.high.max() < 2


def test_who_is_there(person):
    late = replace(person(identity=2), times=10 + np.arange(10) / 30)
    scene = scene_of([person(identity=1), late])
    assert [track.id for track, _ in scene.at(0.1)] == [1]
    assert [track.id for track, _ in scene.at(10.1)] == [2]
    assert scene.at(5.0) == []
    assert len(scene.times) == 20


@pytest.mark.parametrize(
    ("time", "row"),
    [(-0.1, None), (-0.04, 0), (0.0, 0), (0.02, 1), (0.3, 9), (0.349, 9), (0.36, None)],
)
def test_the_nearest_frame(person, time, row):
    assert nearest_row(person(), time) == row


def test_one_frame_and_none(person):
    track = person(frames=1)
    assert nearest_row(track, 0.01) == 0
    empty = person(frames=0)
    assert nearest_row(empty, 0.0) is None
    assert len(scene_of([track, empty]).at(0.0)) == 1


def test_in_the_picture_of_a_camera(person):
    camera = Camera(
        "cam",
        (1000, 1000),
        np.array([[1000.0, 0, 500], [0, 1000, 500], [0, 0, 1]]),
        rotation=np.array([[0.0, 1, 0], [0, 0, -1], [-1, 0, 0]]),  # looks along -x
        translation=np.array([0, 1.0, 5]),  # from 5 m in front, 1 m high
    )
    seen = in_picture([person()], camera)[0]
    assert seen.space == "image"
    # The left wrist, 0.8 m beside and 0.45 m above the axis, 5 m away.
    np.testing.assert_allclose(seen.keypoints[0, WRIST], (660, 410), atol=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"keypoints": np.full((10, 25, 3), np.nan)}, "nobody to show", id="all NaN"),
        pytest.param({"space": "image", "keypoints": np.zeros((10, 25, 2))}, "lift", id="image"),
    ],
)
def test_nothing_to_show(person, change, message):
    with pytest.raises(InputError, match=message):
        scene_of([replace(person(), **change)])


def test_what_does_not_go_together(person, in_body_space):
    with pytest.raises(InputError, match="nobody"):
        scene_of([])
    with pytest.raises(InputError, match="together"):
        scene_of([person(), in_body_space()])
    rig = Rig((Camera("a", (10, 10), np.eye(3)),))
    with pytest.raises(InputError, match="only with people in world space"):
        scene_of([in_body_space()], rig)
