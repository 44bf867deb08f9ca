"""Files of bytes that appear under their name only when they are whole."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from kinema.formats.textfile import file_errors


class StagedBytes:
    """A binary file, hidden beside its place until `commit`.

    Attributes:
        stream: Takes the bytes.
        is_open: Whether it was neither committed nor discarded.

    Raises:
        InputError: If the folder does not exist or may not be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self.is_open = True
        with file_errors("write", path):
            self.stream: BinaryIO = self._part.open("w+b")

    def commit(self) -> None:
        """Put the file in its place, over one that was there."""
        with file_errors("write", self._path):
            self.stream.close()
            self._part.replace(self._path)
        self.is_open = False

    def discard(self) -> None:
        """Remove what was written; a file that was there before stays as it was."""
        if self.is_open:
            self.is_open = False
            with suppress(OSError):  # a full disk does not take what is still to be written
                self.stream.close()
            self._part.unlink(missing_ok=True)
