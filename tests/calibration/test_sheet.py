import struct

import cv2
import numpy as np
import pytest

from kinema.calibration.sheet import (
    DOTS_PER_METRE,
    board_picture,
    dark_rectangles,
    sheet_for,
    write_board,
)
from kinema.errors import InputError
from kinema.space.calibration.board import parse_board
from kinema.space.calibration.detection import find_corners


@pytest.mark.parametrize(
    ("text", "paper", "size"),
    [
        pytest.param("chessboard:9x6:0.025", "A4", (0.297, 0.210), id="A4 lying"),
        pytest.param("charuco:8x11:0.02:0.015", "A4", (0.210, 0.297), id="A4 upright"),
        pytest.param("charuco:5x7:0.04:0.03", "A3", (0.297, 0.420), id="A3"),
        pytest.param("chessboard:9x6:0.1", "", (1.024, 0.724), id="larger than paper"),
    ],
)
def test_paper(text, paper, size):
    sheet = sheet_for(parse_board(text))
    assert sheet.paper == paper
    assert sheet.size == pytest.approx(size)


def test_dark_squares_of_a_chessboard():
    """10 x 7 squares: 35 of them are dark, the first in the corner."""
    squares = dark_rectangles(parse_board("chessboard:9x6:0.025"))
    assert len(squares) == 35
    assert squares[0] == (0, 0, 0.025, 0.025)


@pytest.mark.parametrize("text", ["chessboard:9x6:0.02", "charuco:8x11:0.02:0.015"])
def test_png_has_the_board_at_true_scale(text, tmp_path):
    board = parse_board(text)
    write_board(tmp_path / "board.png", board)
    data = (tmp_path / "board.png").read_bytes()
    assert data[37:41] == b"pHYs"
    assert struct.unpack(">IIB", data[41:50]) == (DOTS_PER_METRE, DOTS_PER_METRE, 1)
    picture = cv2.imread(str(tmp_path / "board.png"), cv2.IMREAD_GRAYSCALE)
    corners = find_corners(picture, board)
    assert len(corners) == len(board.points)
    metres = (corners.pixels + 0.5) / DOTS_PER_METRE
    truth = board.points[:, :2] + board.square + sheet_for(board).origin
    assert np.abs(metres - truth).max() < 0.0001


def test_markers_are_those_of_opencv():
    """The picture is OpenCV's own, but for rounding at the edges of squares and bits."""
    board = parse_board("charuco:5x7:0.04:0.03")
    side = 280  # pixels: markers of 210, with bits of 30
    theirs = board.pattern.generateImage((5 * side, 7 * side))
    ours = board_picture(board, side / 0.04)
    left, top = (round(value * side / 0.04) for value in sheet_for(board).origin)
    part = ours[top : top + 7 * side, left : left + 5 * side]
    assert (part != theirs).mean() < 0.02


def test_pdf_is_whole_and_of_the_right_size(tmp_path):
    write_board(tmp_path / "board.pdf", parse_board("chessboard:9x6:0.025"))
    data = (tmp_path / "board.pdf").read_bytes()
    assert data.startswith(b"%PDF-1.7")
    assert data.endswith(b"%%EOF\n")
    # A4 lying: 297 x 210 mm in points of 1/72 inch.
    assert b"/MediaBox [0 0 841.890 595.276]" in data
    # A square of 25 mm is 70.866 points wide.
    assert data.count(b" 70.8661 70.8661 re") == 35
    table = data.index(b"xref\n")
    assert f"startxref\n{table}\n".encode() in data
    first = int(data[table:].split(b"\n")[3][:10])
    assert data[first:].startswith(b"1 0 obj")


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        pytest.param("board.jpg", "chessboard:9x6:0.025", ".pdf or .png", id="suffix"),
        pytest.param("none/board.pdf", "chessboard:9x6:0.025", "cannot write", id="no folder"),
        pytest.param("board.png", "chessboard:30x20:0.1", "too large for a picture", id="large"),
    ],
)
def test_what_cannot_be_written(name, text, complaint, tmp_path):
    with pytest.raises(InputError, match=complaint):
        write_board(tmp_path / name, parse_board(text))
