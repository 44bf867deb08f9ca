"""Boards for calibration: chessboards, and chessboards with markers in them (ChArUco)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, did_you_mean

Float64Array = npt.NDArray[np.float64]

FEWEST_CORNERS = 3  # a side; with fewer a board hardly differs from its surroundings
MOST_SQUARES = 100  # a side
USUAL_DICTIONARIES = ("DICT_5X5_50", "DICT_5X5_100", "DICT_5X5_250", "DICT_5X5_1000")
_FORMS = "chessboard:9x6:0.025 (inner corners, metres) or charuco:8x11:0.04:0.03[:DICTIONARY]"


@dataclass(frozen=True)
class Board:
    """A flat board with squares of known size; made by `parse_board`.

    Its corners are those where four squares meet. They are numbered row by row. In the board's own
    axes corner 0 is the origin, x points right along a row, y down and z into the board, as one
    looks at the printed side.

    Attributes:
        columns: Of corners, one less than of squares.
        rows: Of corners, one less than of squares.
        square: Side of a square in metres.
        marker: Side of a marker in metres; 0 for a chessboard.
        dictionary: OpenCV's name of the set of markers, such as `DICT_5X5_50`; "" for a chessboard.
    """

    columns: int
    rows: int
    square: float
    marker: float = 0.0
    dictionary: str = ""

    @property
    def is_charuco(self) -> bool:
        """Whether it has markers, so that parts of it can be recognised."""
        return self.dictionary != ""

    @property
    def is_symmetric(self) -> bool:
        """Whether it looks the same upside down, so that its corners cannot be told apart."""
        return not self.is_charuco and (self.columns + self.rows) % 2 == 0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in metres, without a border."""
        return (self.columns + 1) * self.square, (self.rows + 1) * self.square

    @cached_property
    def points(self) -> Float64Array:
        """(N, 3) places of the corners in metres."""
        row, column = np.divmod(np.arange(self.columns * self.rows), self.columns)
        return np.stack([column, row, np.zeros(len(row))], axis=1) * self.square

    @cached_property
    def pattern(self) -> cv2.aruco.CharucoBoard:
        """OpenCV's form of a board with markers."""
        number = getattr(cv2.aruco, self.dictionary)
        return cv2.aruco.CharucoBoard(
            (self.columns + 1, self.rows + 1),
            self.square,
            self.marker,
            cv2.aruco.getPredefinedDictionary(number),
        )

    def __str__(self) -> str:
        """As `parse_board` reads it."""
        if not self.is_charuco:
            return f"chessboard:{self.columns}x{self.rows}:{self.square:g}"
        sides = f"{self.columns + 1}x{self.rows + 1}:{self.square:g}:{self.marker:g}"
        return f"charuco:{sides}:{self.dictionary.removeprefix('DICT_')}"


def parse_board(text: str) -> Board:
    """The board that a text describes, as on the command line.

    `chessboard:9x6:0.025` has 9 x 6 inner corners (10 x 7 squares) of 25 mm, as OpenCV counts.
    `charuco:8x11:0.04:0.03` has 8 x 11 squares of 40 mm with markers of 30 mm; the set of markers
    may follow (`:DICT_5X5_100` or `:5X5_100`), else it is the smallest of 5 x 5 bits that suffices.

    >>> parse_board("charuco:8x11:0.04:0.03").dictionary
    'DICT_5X5_50'

    Raises:
        InputError: If it describes none.
    """
    kind, *parts = text.strip().split(":")
    kinds = {"chessboard": (2,), "charuco": (3, 4)}
    if kind not in kinds:
        raise InputError(f"a board is {_FORMS}, not {text!r}; {did_you_mean(kind, kinds)}")
    if len(parts) not in kinds[kind]:
        raise InputError(f"a board is {_FORMS}, not {text!r}")
    columns, rows = _sides(parts[0], text)
    square = _metres(parts[1], text)
    if kind == "chessboard":
        return _checked(Board(columns, rows, square), text)
    marker = _metres(parts[2], text)
    if marker >= square:
        raise InputError(f"the markers of {text} must be smaller than its squares")
    board = Board(columns - 1, rows - 1, square, marker, _dictionary(parts[3:], columns * rows))
    return _checked(board, text)


def _checked(board: Board, text: str) -> Board:
    sides = (board.columns, board.rows)
    if min(sides) < FEWEST_CORNERS or max(sides) > MOST_SQUARES:
        raise InputError(
            f"the board {text} has {board.columns} x {board.rows} inner corners; "
            f"{FEWEST_CORNERS} to {MOST_SQUARES} a side are possible"
        )
    return board


def _sides(text: str, board: str) -> tuple[int, int]:
    first, times, second = text.lower().partition("x")
    if not (times and first.isdecimal() and second.isdecimal()):
        raise InputError(
            f"{text!r} in {board} must be two numbers such as 9x6; a board is {_FORMS}"
        )
    return int(first), int(second)


def _metres(text: str, board: str) -> float:
    try:
        length = float(text)
    except ValueError:
        length = float("nan")
    if not 0 < length < 10:
        raise InputError(f"{text!r} in {board} must be a length in metres, such as 0.025")
    return length


def _dictionary(given: list[str], squares: int) -> str:
    """The set of markers, which fill every second square."""
    needed = squares // 2
    known = [name for name in dir(cv2.aruco) if name.startswith("DICT_")]
    names = list(USUAL_DICTIONARIES)
    if given:
        name = given[0] if given[0].upper().startswith("DICT_") else f"DICT_{given[0]}"
        same = [other for other in known if other.upper() == name.upper()]
        if not same:
            raise InputError(f"no set of markers {given[0]!r}; {did_you_mean(name, known)}")
        names = same[:1]
    for name in names:
        number = getattr(cv2.aruco, name)
        if len(cv2.aruco.getPredefinedDictionary(number).bytesList) >= needed:
            return name
    raise InputError(
        f"the board needs {needed} markers, {names[-1]} has fewer; choose a larger set"
    )
