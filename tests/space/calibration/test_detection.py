import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinema.camera import Camera
from kinema.errors import ShapeError
from kinema.space.calibration.board import parse_board
from kinema.space.calibration.detection import find_corners


def straight_camera(width=720, height=540, distortion=()):
    focal = 0.9 * width
    matrix = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    return Camera("cam", (width, height), matrix, np.array(distortion))


def pose(board, turn, depth):
    rotation = Rotation.from_rotvec(turn).as_matrix()
    return rotation, np.array([0.01, 0.02, depth]) - rotation @ board.points.mean(axis=0)


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        pytest.param("chessboard:9x6:0.025", 0.5, id="chessboard"),
        pytest.param("charuco:8x11:0.04:0.03", 0.9, id="charuco"),
    ],
)
@pytest.mark.parametrize(
    "turn",
    [
        pytest.param((0.4, 0.3, 0.2), id="tilted"),
        pytest.param((0.2, -0.3, 3.0), id="upside down"),
        pytest.param((0.3, -0.4, 1.6), id="on its side"),
    ],
)
def test_corners_are_found_in_order(photograph, text, depth, turn):
    board = parse_board(text)
    camera = straight_camera(distortion=(-0.1, 0.02, 0, 0, 0))
    rotation, place = pose(board, turn, depth)
    picture = photograph(camera, board, rotation, place)
    corners = find_corners(picture, board)
    truth = camera.project(board.points @ rotation.T + place)
    assert len(corners) >= 0.9 * len(board.points)
    off = np.linalg.norm(corners.pixels - truth[corners.ids], axis=1)
    assert off.max() < 0.5
    assert np.sqrt((off**2).mean()) < 0.2
    assert 1 < corners.blur < 4


def test_opencvs_own_picture_of_a_board():
    board = parse_board("charuco:5x7:0.04:0.03")
    picture = board.pattern.generateImage((500, 700))
    framed = cv2.copyMakeBorder(picture, 50, 50, 50, 50, cv2.BORDER_CONSTANT, value=255)
    warp = np.array([[0.9, 0.1, 20], [-0.05, 0.95, 60], [1e-4, 5e-5, 1]])
    seen = cv2.warpPerspective(framed, warp, (700, 800), borderValue=255)
    corners = find_corners(seen, board)
    flat = (board.points[:, :2] / 0.04 + 1) * 100 + 50 - 0.5
    truth = cv2.perspectiveTransform(flat[None], warp)[0]
    assert corners.ids.tolist() == list(range(24))
    assert np.abs(corners.pixels - truth).max() < 0.25


def test_part_of_a_board_with_markers_is_enough(photograph):
    board = parse_board("charuco:8x11:0.04:0.03")
    rotation, place = pose(board, (0.2, 0.2, 0), 0.6)
    camera = straight_camera()
    picture = photograph(camera, board, rotation, place)
    picture[:, :400] = 90
    corners = find_corners(picture, board)
    assert 6 <= len(corners) < 60
    truth = camera.project(board.points @ rotation.T + place)
    assert np.abs(corners.pixels - truth[corners.ids]).max() < 0.5


def test_small_chessboard_in_a_large_picture_is_refined_in_the_picture_itself(photograph):
    board = parse_board("chessboard:9x6:0.025")
    camera = straight_camera(1440, 960)
    rotation, place = pose(board, (0.3, 0.2, 0.1), 1.1)
    corners = find_corners(photograph(camera, board, rotation, place), board)
    truth = camera.project(board.points @ rotation.T + place)
    assert np.abs(corners.pixels - truth).max() < 0.3


def test_blur_is_measured(photograph):
    board = parse_board("chessboard:9x6:0.025")
    camera = straight_camera()
    at = pose(board, (0.3, 0.2, 0.1), 0.5)
    widths = [
        find_corners(photograph(camera, board, *at, blur=blur), board).blur for blur in (0.6, 2, 4)
    ]
    # From 10 to 90 % an edge under a Gaussian blur is 2.56 standard deviations wide.
    np.testing.assert_allclose(widths[1:], [2.56 * 2, 2.56 * 4], rtol=0.15)
    assert widths[0] < 3


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(np.zeros((1, 1), np.uint8), id="one pixel"),
        pytest.param(np.full((300, 400, 3), 200, np.uint8), id="empty"),
        pytest.param(
            np.random.default_rng(1).integers(0, 255, (300, 400), dtype=np.uint8), id="noise"
        ),
    ],
)
@pytest.mark.parametrize("text", ["chessboard:9x6:0.025", "charuco:8x11:0.04:0.03"])
def test_no_board(picture, text):
    assert find_corners(picture, parse_board(text)) is None


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(np.zeros((10, 10)), id="floats"),
        pytest.param(np.zeros(10, np.uint8), id="a row"),
    ],
)
def test_what_is_no_picture(picture):
    with pytest.raises(ShapeError, match="must be"):
        find_corners(picture, parse_board("chessboard:9x6:0.025"))
