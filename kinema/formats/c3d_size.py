"""Whether a C3D file is as long as its header says: programs read what is missing as zeros."""

from __future__ import annotations

import struct
from pathlib import Path

from kinema.errors import FormatError

BLOCK = 512
_MAGIC = 0x50
_BYTE_ORDERS = {84: "<", 86: ">"}  # Intel and MIPS; DEC (85) has floats of its own


def check_size(path: Path) -> None:
    """Refuse a C3D file that has been cut off.

    The layout is that of the C3D file format's user guide, "The header section": the second byte
    is 80, words 2 and 3 count points and analog values a frame, words 4 and 5 are the first and
    last frame, words 7 and 8 the scale (negative where numbers are floats), word 9 the block where
    the data begins.

    Raises:
        FormatError: If it is no C3D file or too short; the message says by how much.
        OSError: If it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(BLOCK)
        if len(header) < BLOCK or header[1] != _MAGIC:
            raise FormatError(f"{path} is not a C3D file")
        file.seek((header[0] - 1) * BLOCK)
        start = file.read(4)
    order = _BYTE_ORDERS.get(start[3]) if len(start) == 4 else None
    if len(start) < 4:
        raise FormatError(f"{path} ends within its parameters: it was cut off")
    if order is None:
        return
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
