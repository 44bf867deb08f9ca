import numpy as np
import pytest

from kinema.errors import InputError
from kinema.space.calibration.board import parse_board


def test_chessboard_counts_inner_corners():
    board = parse_board("chessboard:9x6:0.025")
    assert (board.columns, board.rows, board.is_charuco) == (9, 6, False)
    assert board.size == pytest.approx((0.25, 0.175))
    assert board.points.shape == (54, 3)
    np.testing.assert_allclose(board.points[10], [0.025, 0.025, 0])


def test_charuco_counts_squares():
    board = parse_board("charuco:8x11:0.04:0.03")
    assert (board.columns, board.rows, board.dictionary) == (7, 10, "DICT_5X5_50")
    corners = np.asarray(board.pattern.getChessboardCorners())
    np.testing.assert_allclose(corners - corners[0], board.points, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("charuco:8x11:0.04:0.03:4X4_50", "DICT_4X4_50", id="short"),
        pytest.param("charuco:8x11:0.04:0.03:dict_4x4_50", "DICT_4X4_50", id="small letters"),
        pytest.param("charuco:12x11:0.04:0.03", "DICT_5X5_100", id="more markers"),
    ],
)
def test_sets_of_markers(text, name):
    assert parse_board(text).dictionary == name


@pytest.mark.parametrize("text", ["chessboard:9x6:0.025", "charuco:8x11:0.04:0.03:5X5_50"])
def test_text_of_a_board_is_read_back(text):
    assert str(parse_board(text)) == text


@pytest.mark.parametrize(
    ("text", "symmetric"),
    [
        pytest.param("chessboard:9x6:0.025", False, id="odd and even"),
        pytest.param("chessboard:9x7:0.025", True, id="both odd"),
        pytest.param("charuco:9x7:0.04:0.03", False, id="markers"),
    ],
)
def test_boards_that_look_the_same_upside_down(text, symmetric):
    assert parse_board(text).is_symmetric == symmetric


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("chesboard:9x6:0.025", "did you mean chessboard", id="kind"),
        pytest.param("chessboard:9x6", "a board is", id="no size"),
        pytest.param("chessboard:9:0.025", "two numbers such as 9x6", id="one side"),
        pytest.param("chessboard:9x6:25mm", "length in metres", id="unit"),
        pytest.param("chessboard:9x6:25", "length in metres", id="millimetres"),
        pytest.param("chessboard:9x6:nan", "length in metres", id="nan"),
        pytest.param("chessboard:2x6:0.025", "3 to 100 a side", id="too few"),
        pytest.param("charuco:8x11:0.03:0.04", "smaller than its squares", id="large markers"),
        pytest.param("charuco:8x11:0.04:0.03:5X5_55", "no set of markers", id="unknown set"),
        pytest.param("charuco:20x20:0.04:0.03:4X4_50", "needs 200 markers", id="too few markers"),
    ],
)
def test_what_is_no_board(text, complaint):
    with pytest.raises(InputError, match=complaint):
        parse_board(text)
