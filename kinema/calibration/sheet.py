"""A board on paper, at true scale: PDF (exact lines) or PNG (300 dots an inch)."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from kinema.errors import InputError
from kinema.space.calibration.board import Board

UInt8Array = npt.NDArray[np.uint8]
Rectangle = tuple[float, float, float, float]

PAPERS = {"A4": (0.210, 0.297), "A3": (0.297, 0.420), "A2": (0.420, 0.594), "A1": (0.594, 0.841)}
MARGIN = 0.012  # metres of white paper around the board, at least; printers need about 5 mm
DOTS_PER_METRE = round(300 / 0.0254)
MOST_DOTS = 20_000  # a side
POINT = 0.0254 / 72  # PDF's unit


@dataclass(frozen=True)
class Sheet:
    """Paper with a board in its middle.

    Attributes:
        paper: Name of the size, or "" for one made to measure.
        size: Width and height in metres.
        origin: Where the board's top-left corner is, from that of the paper.
    """

    paper: str
    size: tuple[float, float]
    origin: tuple[float, float]


def sheet_for(board: Board) -> Sheet:
    """The smallest usual paper, upright or lying, that the board fits on, else one of its own."""
    width, height = board.size
    for name, sides in PAPERS.items():
        for paper in (sides, sides[::-1]):
            if width + 2 * MARGIN <= paper[0] and height + 2 * MARGIN <= paper[1]:
                return Sheet(name, paper, ((paper[0] - width) / 2, (paper[1] - height) / 2))
    size = (width + 2 * MARGIN, height + 2 * MARGIN)
    return Sheet("", size, (MARGIN, MARGIN))


def write_board(path: str | Path, board: Board) -> Sheet:
    """Writes a board to print; the suffix says how: .pdf or .png.

    Returns:
        The paper that it is laid out for.

    Raises:
        InputError: If the suffix is another one, or the file cannot be written.
    """
    place = Path(path)
    writers = {".pdf": _pdf, ".png": _png}
    if place.suffix.lower() not in writers:
        raise InputError(f"cannot write the board to {place}: let its name end in .pdf or .png")
    sheet = sheet_for(board)
    data = writers[place.suffix.lower()](board, sheet)
    try:
        place.write_bytes(data)
    except OSError as error:
        raise InputError(f"cannot write {place}: {error.strerror}") from error
    return sheet


def dark_rectangles(board: Board) -> list[Rectangle]:
    """What is black on a board: x, y, width and height in metres from its top-left corner."""
    side = board.square
    dark = [
        (column * side, row * side, side, side)
        for row in range(board.rows + 1)
        for column in range(board.columns + 1)
        if (row + column) % 2 == 0
    ]
    return dark + (_marker_rectangles(board) if board.is_charuco else [])


def _marker_rectangles(board: Board) -> list[Rectangle]:
    """The black bits of the markers, those next to each other in a row as one."""
    dictionary = board.pattern.getDictionary()
    cells = dictionary.markerSize + 2
    step = board.marker / cells
    found = []
    numbers = np.asarray(board.pattern.getIds()).ravel()
    for number, corners in zip(numbers, board.pattern.getObjPoints(), strict=True):
        bits = np.asarray(dictionary.generateImageMarker(int(number), cells)) == 0
        left, top = (float(value) for value in np.asarray(corners)[0, :2])
        for row, line in enumerate(bits):
            edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(int)))
            found += [
                (left + start * step, top + row * step, (end - start) * step, step)
                for start, end in edges.reshape(-1, 2).tolist()
            ]
    return found


def _caption(board: Board) -> str:
    return f"kinema {board}   print at 100 %: a square is {board.square * 1000:g} mm wide"


def _pdf(board: Board, sheet: Sheet) -> bytes:
    """One page with rectangles and a line of text, after ISO 32000-1, sections 7.5 and 8.5."""
    width, height = (side / POINT for side in sheet.size)
    left, top = sheet.origin
    lines = [
        f"{(left + x) / POINT:.4f} {height - (top + y + h) / POINT:.4f} "
        f"{w / POINT:.4f} {h / POINT:.4f} re"
        for x, y, w, h in dark_rectangles(board)
    ]
    text = _caption(board).replace("(", "[").replace(")", "]")
    lines += ["f", f"BT /F1 7 Tf {left / POINT:.2f} {0.006 / POINT:.2f} Td ({text}) Tj ET"]
    content = "\n".join(lines).encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.3f} {height:.3f}] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def board_picture(board: Board, dots_per_metre: float = DOTS_PER_METRE) -> UInt8Array:
    """The sheet as a grey picture.

    Raises:
        InputError: If it would be too large.
    """
    sheet = sheet_for(board)
    width, height = (round(side * dots_per_metre) for side in sheet.size)
    if max(width, height) > MOST_DOTS:
        raise InputError(f"the board {board} is too large for a picture; write a .pdf")
    picture = np.full((height, width), 255, dtype=np.uint8)
    left, top = sheet.origin
    for x, y, w, h in dark_rectangles(board):
        columns = [round((left + value) * dots_per_metre) for value in (x, x + w)]
        rows = [round((top + value) * dots_per_metre) for value in (y, y + h)]
        picture[rows[0] : rows[1], columns[0] : columns[1]] = 0
    return picture


def _png(board: Board, sheet: Sheet) -> bytes:
    picture = board_picture(board)
    place = (round(sheet.origin[0] * DOTS_PER_METRE), len(picture) - round(0.006 * DOTS_PER_METRE))
    cv2.putText(picture, _caption(board), place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2, cv2.LINE_AA)
    _, data = cv2.imencode(".png", picture)
    # The resolution, which OpenCV does not write, goes after the header: PNG 1.2, section 4.2.4.2.
    body = b"pHYs" + struct.pack(">IIB", DOTS_PER_METRE, DOTS_PER_METRE, 1)
    chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
    header = 8 + 25
    whole = data.tobytes()
    return whole[:header] + chunk + whole[header:]
