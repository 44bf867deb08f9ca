"""Where a board is in a picture: its corners, to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from kinema.errors import ShapeError
from kinema.space.calibration.board import Board

Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]
UInt8Array = npt.NDArray[np.uint8]

FEWEST_SEEN = 6  # corners of a board of which parts may be hidden; a plane's pose needs 4
SEARCH_SIDES = (480, 960, 1920)  # pixels of copies in which a chessboard is looked for, in turn
CORNER_WINDOW = 0.25  # of a square: what is looked at around a corner, to either side
MARKER_GAP = 0.95  # of the way from a corner to the markers near it, for the same
LEAST_WINDOW, MOST_WINDOW = 2, 20  # pixels
EDGE_WIDTH_LIMIT = 10.0  # pixels over which a blurred edge is followed at most
LEAST_CONTRAST = 20.0  # grey levels between dark and light squares


@dataclass(frozen=True, eq=False)
class Corners:
    """The corners of a board that were found in a picture.

    Attributes:
        ids: (n,) their numbers in the board, increasing.
        pixels: (n, 2) where they are; (0, 0) is the centre of the top-left pixel.
        blur: Width in pixels over which edges of squares go from dark to light; about 1.5 to 3 in a
            sharp picture.
        side: Median length in pixels of the sides of squares.
    """

    ids: Int64Array
    pixels: Float64Array
    blur: float
    side: float

    def __len__(self) -> int:
        return len(self.ids)


def find_corners(image: UInt8Array, board: Board, *, thorough: bool = True) -> Corners | None:
    """The corners of a board in a picture, or None where it is not found.

    A chessboard must be seen as a whole; of a board with markers six corners suffice.

    Args:
        image: (H, W, 3) RGB or (H, W) grey.
        board: What to look for.
        thorough: Look for chessboards with small squares, too, which takes four times as long where
            there is none.

    Raises:
        ShapeError: If the picture has another shape or type.
    """
    if image.dtype != np.uint8 or image.ndim not in (2, 3):
        raise ShapeError(f"a picture must be (H, W, 3) or (H, W) uint8, got {image.shape}")
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    grey = np.ascontiguousarray(grey, dtype=np.uint8)
    found = _charuco(grey, board) if board.is_charuco else _chessboard(grey, board, thorough)
    if found is None:
        return None
    ids, rough = found
    pixels = _refined(grey, board, ids, rough)
    sides = [float(np.hypot(*(other - one))) for one, other in _edges(board, ids, pixels)]
    return Corners(ids, pixels, _blur(grey, board, ids, pixels), float(np.median(sides)))


def _charuco(grey: UInt8Array, board: Board) -> tuple[Int64Array, Float64Array] | None:
    detector = cv2.aruco.CharucoDetector(board.pattern)
    pixels, ids, _, _ = detector.detectBoard(grey)
    if ids is None or len(ids) < FEWEST_SEEN:
        return None
    numbers = np.asarray(ids, dtype=np.int64).reshape(-1)
    order = np.argsort(numbers)
    places = np.asarray(pixels, dtype=np.float64).reshape(-1, 2)
    rows, columns = np.divmod(numbers, board.columns)
    if len(np.unique(rows)) < 2 or len(np.unique(columns)) < 2:  # a line has no pose
        return None
    return numbers[order], places[order]


def _chessboard(
    grey: UInt8Array, board: Board, thorough: bool
) -> tuple[Int64Array, Float64Array] | None:
    for side in SEARCH_SIDES if thorough else SEARCH_SIDES[:-1]:
        scale = min(side / max(grey.shape), 1.0)
        copy = grey
        if scale < 1:
            small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            copy = np.asarray(small, dtype=np.uint8)
        flags = cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_EXHAUSTIVE
        size = (board.columns, board.rows)
        found, corners = cv2.findChessboardCornersSB(copy, size, flags=flags)
        if found and corners is not None and len(corners) == len(board.points):
            places = np.asarray(corners, dtype=np.float64).reshape(-1, 2)
            ordered = _in_order(grey, (places + 0.5) / scale - 0.5, board)
            return np.arange(len(ordered)), ordered
        if scale == 1:
            break
    return None


def _refined(grey: UInt8Array, board: Board, ids: Int64Array, pixels: Float64Array) -> Float64Array:
    """The corners where grey levels have their saddles (Foerstner's method, as OpenCV has it).

    The window reaches as far as nothing but the four squares is in it: in the renderings of the
    tests errors become a third of those of the detectors.
    """
    share = CORNER_WINDOW
    if board.is_charuco:
        share = MARKER_GAP * (board.square - board.marker) / (2 * board.square)
    spacing = [float(np.hypot(*(other - one))) for one, other in _edges(board, ids, pixels)]
    window = int(np.clip(share * min(spacing, default=0.0), LEAST_WINDOW, MOST_WINDOW))
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 40, 1e-3)
    start = np.ascontiguousarray(pixels[:, None], dtype=np.float32)
    refined = cv2.cornerSubPix(grey, start, (window, window), (-1, -1), stop)
    return np.asarray(refined, dtype=np.float64).reshape(-1, 2)


def _edges(
    board: Board, ids: Int64Array, pixels: Float64Array
) -> list[tuple[Float64Array, Float64Array]]:
    """The two ends of each edge of a square that were found."""
    known = {int(number): place for number, place in zip(ids, pixels, strict=True)}
    edges = []
    for number, place in known.items():
        if number % board.columns < board.columns - 1 and number + 1 in known:
            edges.append((place, known[number + 1]))
        if number + board.columns in known:
            edges.append((place, known[number + board.columns]))
    return edges


def _in_order(grey: UInt8Array, pixels: Float64Array, board: Board) -> Float64Array:
    """The corners from the dark end of the board, right-handed: rows go to the right, then down."""
    grid = pixels.reshape(board.rows, board.columns, 2)
    (right_x, right_y), (down_x, down_y) = grid[0, -1] - grid[0, 0], grid[-1, 0] - grid[0, 0]
    if right_x * down_y - right_y * down_x < 0:
        grid = grid[::-1]
    if not board.is_symmetric:
        first = (grid[:2, :2].mean(axis=(0, 1)), grid[-2:, -2:].mean(axis=(0, 1)))
        levels = [_level(grey, place) for place in first]
        if levels[0] > levels[1]:  # the square in the corner of the board is dark
            grid = grid[::-1, ::-1]
    return np.ascontiguousarray(grid.reshape(-1, 2))


def _level(grey: UInt8Array, place: Float64Array) -> float:
    column, row = np.rint(place).astype(int)
    return float(grey[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].mean())


def _blur(grey: UInt8Array, board: Board, ids: Int64Array, pixels: Float64Array) -> float:
    """The median width of edges between neighbouring corners, from 10 to 90 % of the contrast."""
    reach = 0.3
    if board.is_charuco:
        reach = MARKER_GAP * (board.square - board.marker) / (2 * board.square)
    widths = [_edge_width(grey, one, other, reach) for one, other in _edges(board, ids, pixels)]
    known = [width for width in widths if np.isfinite(width)]
    return float(np.median(known)) if known else float("nan")


def _edge_width(grey: UInt8Array, one: Float64Array, other: Float64Array, reach: float) -> float:
    """Across the middle of the edge between two corners; NaN where there is no contrast."""
    along = other - one
    length = float(np.hypot(*along))
    far = min(reach * length, EDGE_WIDTH_LIMIT)
    if far < 1:
        return float("nan")
    across = np.array([-along[1], along[0]]) / length
    steps = np.linspace(-far, far, 41)
    track = (one + along / 2 + steps[:, None] * across).astype(np.float32)
    x, y = np.ascontiguousarray(track.T)[:, None]
    profile = cv2.remap(grey, x, y, cv2.INTER_LINEAR)[0].astype(np.float64)
    ends = np.sort([profile[:3].mean(), profile[-3:].mean()])
    if ends[1] - ends[0] < LEAST_CONTRAST:
        return float("nan")
    share = (profile - ends[0]) / (ends[1] - ends[0])
    return float(((share > 0.1) & (share < 0.9)).sum() * (steps[1] - steps[0]))
