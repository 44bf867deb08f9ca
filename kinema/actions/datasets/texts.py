"""Tables of numbers in text, as older data sets hold them."""

from __future__ import annotations

import re
from pathlib import Path

from kinema.errors import FormatError
from kinema.formats.staging import file_errors
from kinema.formats.textfile import open_to_read

_BETWEEN = re.compile(r"[\s,;]+")


def rows_of(path: Path) -> list[list[float]]:
    """The numbers of each line that is not empty, between spaces or commas.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If something is no number; the message names the line.
    """
    rows = []
    with open_to_read(path) as file, file_errors("read", path):
        for number, line in enumerate(file, 1):
            cells = [cell for cell in _BETWEEN.split(line) if cell]
            try:
                row = [float(cell) for cell in cells]
            except ValueError as error:
                raise FormatError(
                    f"{path}, line {number}: expected numbers, got {line.strip()[:40]!r}"
                ) from error
            if row:
                rows.append(row)
    return rows
