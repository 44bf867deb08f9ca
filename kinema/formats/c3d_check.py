"""Whether a C3D file is whole, before it is read.

Programs read what is missing of a file that has been cut off as zeros, and go round in circles
where its parameters are damaged. The layout is that of the C3D file format's user guide.
"""

from __future__ import annotations

import struct
from pathlib import Path

from kinema.errors import FormatError

BLOCK = 512
_MAGIC = 0x50
_BYTE_ORDERS = {84: "<", 85: "<", 86: ">"}  # Intel, DEC, MIPS
_DEC = 85  # its floats are of its own kind, so that the scale is not known here


def check_c3d(path: Path) -> None:
    """Refuse a C3D file that has been cut off or whose parameters lead nowhere.

    Raises:
        FormatError: If it is no C3D file, damaged or too short; the message says by how much.
        OSError: If it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(BLOCK)
        if len(header) < BLOCK or header[1] != _MAGIC or header[0] < 2:
            raise FormatError(f"{path} is not a C3D file")
        file.seek((header[0] - 1) * BLOCK)
        start = file.read(4)
        if len(start) < 4:
            raise FormatError(f"{path} ends within its parameters: it was cut off")
        order = _BYTE_ORDERS.get(start[3])
        if order is None:
            raise FormatError(f"{path} is damaged: unknown kind of numbers {start[3]}")
        parameters = file.read(start[2] * BLOCK - 4)
    if len(parameters) < start[2] * BLOCK - 4:
        raise FormatError(f"{path} ends within its parameters: it was cut off")
    if not _is_chain(parameters, order):
        raise FormatError(f"{path} is damaged: its parameters lead nowhere")
    if start[3] != _DEC:
        _check_frames(path, size, header, order)


def _is_chain(parameters: bytes, order: str) -> bool:
    """Whether each parameter leads to one after it, up to the end.

    "The parameter section": a record is the length of its name (negative where it is locked), the
    number of its group, the name and the way from there to the next record, 0 after the last one.
    """
    at = 0
    while at + 2 <= len(parameters):
        length = abs(struct.unpack_from("b", parameters, at)[0])
        if length == 0:
            return True
        at += 2 + length
        if at + 2 > len(parameters):
            return False
        (way,) = struct.unpack_from(f"{order}h", parameters, at)
        if way == 0:
            return True
        if way < 2:
            return False
        at += way
    return at <= len(parameters)


def _check_frames(path: Path, size: int, header: bytes, order: str) -> None:
    """Refuse a file with fewer frames than its header says.

    "The header section": words 2 and 3 count points and analog values a frame, words 4 and 5 are
    the first and last frame, words 7 and 8 the scale (negative where numbers are floats), word 9
    the block where the data begins.
    """
    points, analog, first, last = struct.unpack(f"{order}4H", header[2:10])
    scale, data_block = struct.unpack(f"{order}fH", header[12:18])
    frame = (4 * points + analog) * (4 if scale < 0 else 2)
    begin, frames = (data_block - 1) * BLOCK, last - first + 1
    if size < begin:
        raise FormatError(f"{path} ends within its parameters: it was cut off")
    there = (size - begin) // frame if frame else frames
    # The header counts to 65,535 at most; longer files are longer than it says.
    if there < frames:
        raise FormatError(f"{path} holds {there} of {frames} frames: it was cut off")
