import numpy as np
import pytest

from kinema.errors import InputError
from kinema.space.lifting import LIFT13, joints_for
from kinema.space.lifting.rays import ray_rotations
from kinema.space.lifting.screen import (
    body_heights,
    person_windows,
    picture_coordinates,
    pixels_of,
)


def test_the_width_is_two_and_the_aspect_stays():
    corners = np.array([[-0.5, -0.5], [999.5, 499.5], [499.5, 249.5]], dtype=np.float32)
    assert np.allclose(picture_coordinates(corners, (1000, 500)), [[-1, -0.5], [1, 0.5], [0, 0]])


def test_there_and_back():
    pixels = np.random.default_rng(0).uniform(0, 900, (5, 17, 2)).astype(np.float32)
    assert np.allclose(pixels_of(picture_coordinates(pixels, (900, 700)), (900, 700)), pixels)


def test_a_picture_without_size():
    with pytest.raises(InputError, match="0 x 480"):
        picture_coordinates(np.zeros((1, 2)), (0, 480))


def test_height_by_the_limbs(standing):
    points, _ = joints_for(LIFT13, standing(1))
    assert body_heights(points) == pytest.approx([100])
    points[0, LIFT13.index("left_wrist")] = np.nan
    assert body_heights(points) == pytest.approx([100])
    assert np.isnan(body_heights(points * np.nan)).all()


def windows_of(track, frames=9):
    points, certainty = joints_for(LIFT13, track)
    return person_windows(points[None, :frames], certainty[None, :frames], frames // 2)


def test_a_window_is_in_body_heights_from_the_hips(standing):
    windows, usable = windows_of(standing())
    assert usable.tolist() == [True]
    joints = windows.reshape(9, 13, 3)
    assert np.allclose(joints[4, LIFT13.index("left_knee")], [0.1, 0.245, 0.9], atol=1e-6)
    assert np.allclose(joints[4, LIFT13.index("head")], [0, -0.42, 0.9], atol=1e-6)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"at": (100, 30)}, id="elsewhere"),
        pytest.param({"zoom": 3.7}, id="nearer"),
    ],
)
def test_neither_place_nor_size_matters(standing, other):
    assert np.allclose(windows_of(standing())[0], windows_of(standing(**other))[0], atol=1e-5)


def test_movement_across_the_picture_is_seen(standing):
    joints = windows_of(standing(speed=(10, 0)))[0].reshape(9, 13, 3)
    hips = joints[:, [LIFT13.index("left_hip"), LIFT13.index("right_hip")], 0].mean(axis=1)
    assert np.allclose(hips, np.arange(-4, 5) * 0.1, atol=1e-5)


def test_absent_joints_are_zero(standing):
    track = standing()
    points, certainty = joints_for(LIFT13, track)
    points[:, LIFT13.index("left_ankle")] = np.nan
    windows, usable = person_windows(points[None, :9], certainty[None, :9], 4)
    assert usable.all()
    assert (windows.reshape(9, 13, 3)[:, LIFT13.index("left_ankle")] == 0).all()
    nothing, usable = person_windows(points[None, :9] * np.nan, certainty[None, :9], 4)
    assert (nothing == 0).all()
    assert not usable.any()


def test_hips_of_the_nearest_frame_where_there_are_none(standing):
    points, certainty = joints_for(LIFT13, standing(speed=(10, 0)))
    points[4, LIFT13.index("left_hip")] = np.nan
    windows, _ = person_windows(points[None, :9], certainty[None, :9], 4)
    hip = windows.reshape(9, 13, 3)[3, LIFT13.index("left_hip"), 0]
    assert hip == pytest.approx(0.1, abs=1e-5)  # frame 3 is the origin now


def test_rays():
    turns = ray_rotations([[0, 0], [1, 0], [0.3, -0.7]])
    assert np.allclose(turns[0], np.eye(3))
    assert np.allclose(turns[1] @ [0, 0, 1], [np.sqrt(0.5), 0, np.sqrt(0.5)])
    assert np.allclose(turns[1] @ [0, 1, 0], [0, 1, 0])
    assert np.allclose(turns @ turns.transpose(0, 2, 1), np.eye(3))
    assert np.allclose(np.linalg.det(turns), 1)
    assert np.allclose(turns[2] @ [0, 0, 1], np.array([0.3, -0.7, 1]) / np.sqrt(1.58))
