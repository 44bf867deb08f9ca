"""A text file that grows line by line and can be read at any time."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from kinema.formats.staging import file_errors


class GrowingText:
    """A text file that is opened, and one of that name overwritten, with its first line.

    Attributes:
        started: Whether something was written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._closed = False
        self.started = False

    def write(self, text: str) -> None:
        """Add text, and hand it to the file system at once.

        Raises:
            InputError: If the file cannot be written.
        """
        with file_errors("write", self._path):
            if self._file is None:
                self._file = self._path.open("w", encoding="utf-8", newline="\n")
                self.started = True
            self._file.write(text)
            self._file.flush()

    @property
    def is_open(self) -> bool:
        """Whether it was neither closed nor discarded."""
        return not self._closed

    def close(self) -> None:
        """Finish. Doing it twice is harmless."""
        self._closed = True
        if self._file is not None:
            with file_errors("write", self._path):
                self._file.close()

    def discard(self) -> None:
        """Remove the file. After `close` it does nothing."""
        if self._closed:
            return
        self.close()
        if self.started:
            self._path.unlink(missing_ok=True)
