"""From where a scene is looked at."""

from dataclasses import replace

import numpy as np
import pytest

from kinema.media.scene import Orbit, scene_of, side_view
from kinema.media.scene.viewpoint import first_azimuth, heading_of
from kinema.skeletons import BODY25
from kinema.track import Track

SIZE = (400, 300)


def orbit(azimuth, elevation=0.0, distance=10.0):
    return Orbit(np.array([1.0, 2.0, 0.5]), azimuth, elevation, distance)


def test_a_known_point_is_at_a_known_pixel():
    """One metre beside the target, 10 m away: the focal length is 150 / tan 15 degrees."""
    viewer = orbit(0).camera(SIZE)
    step = 15 / np.tan(np.radians(15))
    target, right, up = viewer.project([(1, 2, 0.5), (2, 2, 0.5), (1, 2, 1.5)])
    np.testing.assert_allclose(target, (199.5, 149.5))
    np.testing.assert_allclose(right, (199.5 + step, 149.5))
    np.testing.assert_allclose(up, (199.5, 149.5 - step))
    np.testing.assert_allclose(viewer.centre, (1, -8, 0.5))


def test_a_quarter_of_a_turn():
    """At 90 degrees the viewer stands at +x and has y to the right."""
    viewer = orbit(90).camera(SIZE)
    np.testing.assert_allclose(viewer.centre, (11, 2, 0.5), atol=1e-12)
    ahead, beside = viewer.project([(2, 2, 0.5), (1, 3, 0.5)])
    np.testing.assert_allclose(ahead, (199.5, 149.5), atol=1e-9)
    assert beside[0] > 199.5
    assert beside[1] == pytest.approx(149.5)


def test_from_above():
    viewer = orbit(0, elevation=30).camera(SIZE)
    np.testing.assert_allclose(viewer.centre, (1, 2 - 10 * np.cos(np.pi / 6), 5.5))
    far, near = viewer.project([(1, 3, 0.5), (1, 1, 0.5)])
    assert far[1] < 149.5 < near[1]  # the floor rises with the distance


@pytest.mark.parametrize("azimuth", [-170, -30, 0, 45, 120])
def test_the_heading_of_a_camera(azimuth):
    assert heading_of(orbit(azimuth, 20).camera(SIZE)) == pytest.approx(azimuth)


def test_somebody_who_comes_nearer_is_large_and_in_the_middle(person):
    """From 8 m away to 2: the floor before them may lie beyond the border."""
    steps = [person(at=(0, float(y), 0)) for y in (6, 3, 0)]
    way = replace(
        steps[0],
        keypoints=np.concatenate([step.keypoints for step in steps]),
        scores=np.concatenate([step.scores for step in steps]),
        times=np.arange(sum(len(step) for step in steps)) / 10,
    )
    viewer = Orbit.around(scene_of([way]), (720, 720), 0).camera((720, 720))
    pixels = viewer.project(way.keypoints)
    low, high = np.nanmin(pixels, axis=(0, 1)), np.nanmax(pixels, axis=(0, 1))
    assert (low > 0).all()
    assert (high < 720).all()
    assert (high - low).max() > 0.7 * 720
    assert (low + high) / 2 == pytest.approx([359.5, 359.5], abs=25)


@pytest.mark.parametrize("turns", [False, True])
def test_all_of_the_scene_is_in_the_picture(person, turns):
    scene = scene_of([person(at=(3, 0, 0)), person(at=(-3, 1, 0), identity=2)])
    viewer = Orbit.around(scene, SIZE, 20, turns=turns)
    for azimuth in (20, 65, 110, 200, 290) if turns else (20,):
        pixels = replace(viewer, azimuth=azimuth).camera(SIZE).project(scene.people[0].keypoints[0])
        pixels = pixels[~np.isnan(pixels[:, 0])]
        assert (pixels >= 0).all()
        assert (pixels <= np.array(SIZE) - 1).all()
    nearer = replace(viewer, distance=0.6 * viewer.distance).camera(SIZE)
    corners = nearer.project([scene.low, [scene.high[0], scene.low[1], scene.low[2]]])
    assert ((corners < 0) | (corners > np.array(SIZE) - 1)).any()


def in_space(direction, steps=20):
    """A body that moves along a horizontal direction, its head 1.7 m above its feet."""
    along = np.outer(np.linspace(0, 3, steps), direction)
    keypoints = np.full((steps, 25, 3), np.nan)
    for joint, height in (("nose", 1.7), ("mid_hip", 1.0), ("left_heel", 0.0)):
        keypoints[:, BODY25.index(joint)] = np.c_[along, np.full(steps, height)]
    scores = np.where(np.isnan(keypoints[..., 0]), 0, 1)
    return Track(BODY25, keypoints, scores, np.arange(steps) / 30, space="world")


@pytest.mark.parametrize("direction", [(1, 0), (0, -1), (0.6, 0.8)])
def test_a_walk_is_seen_from_the_side_and_goes_right(direction):
    track = in_space(direction)
    np.testing.assert_allclose(side_view([track]), direction, atol=1e-6)
    viewer = Orbit.around(scene_of([track]), SIZE, first_azimuth(scene_of([track]))).camera(SIZE)
    first, last = viewer.project(track.joint("mid_hip")[[0, -1]])
    assert first[0] < 199.5 < last[0]


def test_people_who_meet_have_one_side():
    forth = in_space((0.6, 0.8))
    back = replace(forth, keypoints=forth.keypoints[::-1], scores=forth.scores[::-1])
    assert abs(np.dot(side_view([forth, back]), (0.6, 0.8))) == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize("direction", [(1.0, 0.0), (0.0, -1.0), (0.6, 0.8)])
def test_who_stays_faces_right(direction):
    left = np.array([-direction[1], direction[0]])
    keypoints = np.full((20, 25, 3), np.nan)
    sway = np.outer(0.05 * np.sin(np.arange(20)), left)  # sideways, where nothing else goes
    for joint, place in (("left_hip", 0.1 * left), ("right_hip", -0.1 * left)):
        keypoints[:, BODY25.index(joint)] = np.c_[sway + place, np.full(20, 1.0)]
    scores = np.where(np.isnan(keypoints[..., 0]), 0, 1)
    track = Track(BODY25, keypoints, scores, np.arange(20) / 30, space="world")
    np.testing.assert_allclose(side_view([track]), direction, atol=1e-3)
