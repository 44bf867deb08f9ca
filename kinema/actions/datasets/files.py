"""The files of a data set, found in its folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from kinema.formats.staging import file_errors

DEEPEST = 4
"""How many folders deep data sets are looked for."""


def files_below(
    folder: Path, pattern: re.Pattern[str], *, most: int | None = None, deepest: int = DEEPEST
) -> list[Path]:
    """The files of a folder and of those in it whose names match, sorted by path.

    Args:
        folder: Where to look.
        pattern: Of the whole name, without its folder.
        most: Stop after so many.
        deepest: How many folders deep.

    Raises:
        InputError: If the folder cannot be read.
    """
    found: list[Path] = []
    with file_errors("read", folder):
        for path in _walk(folder, deepest):
            if pattern.fullmatch(path.name):
                found.append(path)
                if len(found) == most:
                    break
    return sorted(found)


def _walk(folder: Path, deepest: int) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if entry.is_file():
            yield Path(entry.path)
    for entry in ordered:
        if deepest > 0 and entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), deepest - 1)
