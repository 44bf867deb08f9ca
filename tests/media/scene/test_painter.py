"""What is painted of a scene."""

from dataclasses import replace

import numpy as np
import pytest

from kinema.media.colours import SIDE_COLOURS
from kinema.media.scene import Orbit, ScenePainter, scene_of

SIZE = (300, 300)
LEFT, RIGHT = SIDE_COLOURS["left"], SIDE_COLOURS["right"]


def painted(tracks, *, azimuth=0.0, time=0.0, turned=0.0):
    scene = scene_of(tracks)
    orbit = Orbit.around(scene, SIZE, azimuth, elevation=0, turns=True)
    viewer = replace(orbit, azimuth=azimuth + turned).camera(SIZE)
    return ScenePainter(scene, SIZE, orbit).paint(time, turned=turned), viewer


def columns(image, colour):
    """The columns in which a colour is."""
    return np.flatnonzero((image == colour).all(axis=2).any(axis=0))


def test_a_joint_is_where_it_should_be(person):
    image, viewer = painted([person()], azimuth=-90)
    x, y = np.rint(viewer.project((0, 0.5, 1.45))).astype(int)  # the left elbow
    assert tuple(image[y, x]) == LEFT
    assert tuple(image[round(2 * 149.5 - y), x]) != LEFT  # not upside down


def test_left_is_on_the_left_of_somebody_seen_from_behind(person):
    """Azimuth -90 looks along x, as the person does; 90 from in front."""
    behind, _ = painted([person()], azimuth=-90)
    assert columns(behind, LEFT).max() < columns(behind, RIGHT).min()
    before, _ = painted([person()], azimuth=90)
    assert columns(before, RIGHT).max() < columns(before, LEFT).min()


def test_half_a_turn_is_the_view_from_the_other_side(person):
    turned, _ = painted([person()], azimuth=-90, turned=180)
    before, _ = painted([person()], azimuth=90)
    assert np.mean(np.abs(turned.astype(int) - before)) < 1


def test_a_body_that_faces_the_camera_has_its_left_at_the_right(in_body_space):
    image, _ = painted([in_body_space()])
    assert columns(image, RIGHT).max() < columns(image, LEFT).min()


def test_near_limbs_hide_far_ones(person):
    """From the left side the left leg is before the right one."""
    image, viewer = painted([person()], azimuth=180)
    x, y = np.rint(viewer.project((0, 0.12, 0.3))).astype(int)
    assert tuple(image[y, x]) == LEFT
    image, viewer = painted([person()], azimuth=0)
    x, y = np.rint(viewer.project((0, -0.12, 0.3))).astype(int)
    assert tuple(image[y, x]) == RIGHT


def test_absent_joints_and_people_are_not_drawn(person):
    track = person()
    keypoints = track.keypoints.copy()
    keypoints[5] = np.nan
    keypoints[6, :, 1] = np.where(keypoints[6, :, 1] > 0, np.nan, keypoints[6, :, 1])
    track = replace(track, keypoints=keypoints)
    for time, sides in ((5 / 30, 0), (6 / 30, 1), (7 / 30, 2), (60.0, 0)):
        image, _ = painted([track], azimuth=-90, time=time)
        assert sum(len(columns(image, colour)) > 0 for colour in (LEFT, RIGHT)) == sides


def test_the_ground_is_not_drawn_upon(person):
    scene = scene_of([person()])
    painter = ScenePainter(scene, SIZE, Orbit.around(scene, SIZE, 0))
    first = painter.paint(0.0)
    painter.paint(0.1)
    np.testing.assert_array_equal(painter.paint(0.0), first)


def test_several_people_are_numbered(person):
    alone, _ = painted([person()])
    both, _ = painted([person(), person(at=(2, 0, 0), identity=2)])
    green = (46, 204, 113)  # of person 2
    assert len(columns(alone, green)) == 0
    assert len(columns(both, green)) > 5


@pytest.mark.parametrize("size", [(64, 64), (200, 90)])
def test_other_sizes(person, size):
    scene = scene_of([person()])
    image = ScenePainter(scene, size, Orbit.around(scene, size, 30)).paint(0.0)
    assert image.shape == (size[1], size[0], 3)
