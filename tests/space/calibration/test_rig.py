"""Cameras that are known, from what they see of a board: calibration must find them again."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinema.camera import Rig
from kinema.errors import InputError
from kinema.space.calibration.board import parse_board
from kinema.space.calibration.detection import Corners
from kinema.space.calibration.intrinsics import calibrate_camera
from kinema.space.calibration.rig import calibrate_alone, calibrate_rig


@pytest.fixture(scope="module")
def views(true_rig, seen_by, chessboard):
    return seen_by(true_rig, chessboard)


@pytest.fixture(scope="module")
def sizes(true_rig):
    return {camera.name: camera.size for camera in true_rig}


@pytest.fixture(scope="module")
def found(views, sizes, chessboard):
    return calibrate_rig(views, sizes, chessboard)


def from_first(rig):
    """Centre and turn of each camera as the first one sees them."""
    first = rig.cameras[0]
    return [
        (first.rotation @ (camera.centre - first.centre), camera.rotation @ first.rotation.T)
        for camera in rig
    ]


def test_focal_lengths_and_distortion(found, true_rig):
    """Noise of 0.15 px in 25 to 40 pictures: a focal length of 1000 px to less than 2 px."""
    for each, camera in zip(found.cameras, true_rig, strict=True):
        focal = np.diag(each.camera.matrix)[:2]
        np.testing.assert_allclose(focal, np.diag(camera.matrix)[:2], atol=2)
        np.testing.assert_allclose(each.camera.matrix[:2, 2], camera.matrix[:2, 2], atol=5)
        np.testing.assert_allclose(each.camera.distortion[:2], camera.distortion[:2], atol=0.04)


def test_places_and_directions(found, true_rig):
    """Cameras 1.2 to 5.6 m apart: to 10 mm and 0.2 degrees."""
    for (centre, turn), (place, truth) in zip(
        from_first(found.rig), from_first(true_rig), strict=True
    ):
        assert np.linalg.norm(centre - place) < 0.010
        assert np.degrees(Rotation.from_matrix(turn @ truth.T).magnitude()) < 0.2


def test_standard_deviations_are_true(found, true_rig):
    """Errors over their standard deviations have a root mean square near 1."""
    ratios = []
    for each, camera in zip(found.cameras, true_rig, strict=True):
        error = each.camera.matrix - camera.matrix
        ratios += list(error[[0, 1, 0, 1], [0, 1, 2, 2]] / each.sigma[:4])
    pairs = zip(from_first(found.rig), from_first(true_rig), found.cameras, strict=True)
    for (centre, _), (truth, _), each in list(pairs)[1:]:
        ratios += list((centre - truth) / each.position_sigma)
    assert 0.5 < np.sqrt(np.mean(np.square(ratios))) < 1.6


def test_error_is_that_of_the_noise(found):
    """0.15 px in x and in y: 0.21 px in all."""
    assert found.error == pytest.approx(0.15 * np.sqrt(2), rel=0.05)
    assert found.rejected == ()


def test_world_of_the_first_camera(found):
    first = found.rig.cameras[0]
    np.testing.assert_allclose(first.centre, 0, atol=1e-9)
    np.testing.assert_allclose(first.rotation[2], [0, 1, 0], atol=1e-9)  # looks along y
    np.testing.assert_allclose(first.rotation[1], [0, 0, -1], atol=1e-9)  # down is -z


def on_the_floor(true_rig, board, views):
    """One more moment: the board lies at (0.2, -0.1, 0), its x along the room's y, print up."""
    turn = np.stack([[0, 1.0, 0], [1, 0, 0], [0, 0, -1]], axis=1)
    points = board.points @ turn.T + [0.2, -0.1, 0]
    laid = {name: list(row) for name, row in views.items()}
    for camera in true_rig:
        corners = Corners(np.arange(len(points)), camera.project(points), 2.0, 40.0)
        laid[camera.name].append(replace(views[camera.name][0], instant=99, corners=corners))
    return laid


def test_world_of_a_board_on_the_floor(true_rig, views, sizes, chessboard):
    laid = on_the_floor(true_rig, chessboard, views)
    rig = calibrate_rig(laid, sizes, chessboard, floor=99).rig
    for camera, truth in zip(rig, true_rig, strict=True):
        x, y, z = truth.centre - [0.2, -0.1, 0]
        np.testing.assert_allclose(camera.centre, [y, -x, z], atol=0.015)
        assert camera.centre[2] > 1.5


def test_a_picture_that_does_not_fit_is_named(views, sizes, chessboard):
    broken = {name: list(row) for name, row in views.items()}
    bad = broken["cam1"][3]
    pixels = bad.corners.pixels + np.random.default_rng(1).normal(size=(54, 2)) * 8
    broken["cam1"][3] = replace(bad, label="bad.png", corners=replace(bad.corners, pixels=pixels))
    found = calibrate_rig(broken, sizes, chessboard)
    assert [(line.camera, line.label) for line in found.rejected] == [("cam1", "bad.png")]
    assert "px off in the best pose" in found.rejected[0].reason
    assert found.error < 0.25


def test_a_board_that_moved_between_the_cameras_is_named(views, sizes, chessboard):
    moved = {name: list(row) for name, row in views.items()}
    times_seen = Counter(view.instant for row in views.values() for view in row)
    number = next(n for n, view in enumerate(moved["cam2"]) if times_seen[view.instant] >= 3)
    bad = moved["cam2"][number]
    shifted = replace(bad.corners, pixels=bad.corners.pixels + np.array([9, 4]))
    moved["cam2"][number] = replace(bad, label="late.png", corners=shifted)
    found = calibrate_rig(moved, sizes, chessboard)
    assert [(line.camera, line.label) for line in found.rejected] == [("cam2", "late.png")]
    assert "disagree" in found.rejected[0].reason
    assert found.error < 0.25


def test_known_cameras_keep_matrix_and_distortion(true_rig, views, sizes, chessboard):
    known = {camera.name: camera for camera in true_rig}
    few = {name: [view for view in row if view.instant < 12] for name, row in views.items()}
    found = calibrate_rig(few, sizes, chessboard, known=known)
    for each, camera in zip(found.cameras, true_rig, strict=True):
        np.testing.assert_array_equal(each.camera.matrix, camera.matrix)
        np.testing.assert_array_equal(each.camera.distortion, camera.distortion)
        assert not each.sigma.any()
    for (centre, _), (place, _) in zip(from_first(found.rig), from_first(true_rig), strict=True):
        assert np.linalg.norm(centre - place) < 0.010


def test_one_camera_is_a_rig_too(true_rig, views, sizes, chessboard):
    found = calibrate_rig({"cam0": views["cam0"]}, sizes, chessboard)
    assert abs(found.rig.cameras[0].matrix[0, 0] - 1000) < 5
    np.testing.assert_allclose(found.rig.cameras[0].centre, 0, atol=1e-12)


def test_third_radial_coefficient_only_where_views_show_it(true_rig, seen_by, chessboard):
    strong = replace(true_rig.cameras[0], distortion=np.array([-0.3, 0.15, 0, 0, -0.3]))
    for camera, expected in ((strong, True), (true_rig.cameras[0], False)):
        seen = seen_by(Rig((camera,)), chessboard, count=120, noise=0.05)["cam0"]
        fit = calibrate_camera("cam0", camera.size, seen, chessboard)
        assert fit.has_k3 == expected


def test_coverage_counts_cells(found, views):
    for each in found.cameras:
        assert each.coverage.sum() == sum(len(view.corners) for view in each.views)
        assert 0.2 < each.covered < 1


def test_intrinsics_alone(views, sizes, chessboard):
    found = calibrate_alone(views, sizes, chessboard)
    assert not found.has_poses
    assert [each.camera.name for each in found.cameras] == list(views)
    assert found.error == pytest.approx(0.21, abs=0.02)


def test_too_few_pictures(views, sizes, chessboard):
    few = {**views, "cam3": views["cam3"][:3]}
    with pytest.raises(
        InputError, match="cam3: the board was found in 3 pictures, 4 are the least"
    ):
        calibrate_rig(few, sizes, chessboard)


def test_no_picture(views, sizes, chessboard):
    with pytest.raises(InputError, match="cam3: the board was found in no picture"):
        calibrate_alone({**views, "cam3": []}, sizes, chessboard)


def test_cameras_that_never_share_a_view_are_named(views, sizes, chessboard):
    apart = {
        name: [replace(v, instant=v.instant + 1000 * (name in ("cam2", "cam3"))) for v in row]
        for name, row in views.items()
    }
    with pytest.raises(InputError, match="cam0 and cam1; cam2 and cam3"):
        calibrate_rig(apart, sizes, chessboard)


def test_wrong_size_of_known_cameras(true_rig, views, sizes, chessboard):
    with pytest.raises(InputError, match="its pictures are 640 x 480, its calibration is for 1280"):
        calibrate_rig(
            {"cam0": views["cam0"]},
            {"cam0": (640, 480)},
            chessboard,
            known={"cam0": true_rig.cameras[0]},
        )


def test_symmetric_boards_place_no_cameras(views, sizes):
    with pytest.raises(InputError, match="looks the same upside down"):
        calibrate_rig(views, sizes, parse_board("chessboard:9x7:0.05"))


def test_floor_that_was_not_seen(views, sizes, chessboard):
    with pytest.raises(InputError, match="lies on the floor"):
        calibrate_rig(views, sizes, chessboard, floor=12345)
