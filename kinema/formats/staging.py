"""Files that appear under their name only when they are whole, with errors that name the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, AnyStr, Generic

from kinema.errors import InputError, KinemaError


@contextmanager
def file_errors(verb: str, path: Path) -> Iterator[None]:
    """Turn the errors of the file system into ours: `cannot read walk.jsonl: ...`."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
        raise InputError(f"cannot {verb} {path}: {_reason(error)}") from error
    except OSError as error:  # a full disk, a lost network drive
        raise KinemaError(f"cannot {verb} {path}: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def made_folder(path: Path) -> list[Path]:
    """Makes a folder with all above it, if need be; those that were made, the lowest first.

    Raises:
        InputError: If that cannot be done.
    """
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "a file is in the way" if path.is_file() else error.strerror
        raise InputError(f"the folder {path} cannot be made: {reason}; choose another") from error
    return made


def replace_text(path: Path, text: str) -> None:
    """Put a whole text file in place at once, over one that was there.

    Raises:
        InputError: If the folder does not exist or may not be written.
    """
    file = StagedText(path)
    try:
        file.write(text)
        file.commit()
    except KinemaError:
        file.discard()
        raise


class Staged(Generic[AnyStr]):
    """A file that is hidden beside its place until `commit`; `discard` removes it.

    Attributes:
        stream: The hidden file.
        is_open: Whether it was neither committed nor discarded.
    """

    stream: IO[AnyStr]

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self.is_open = True

    def commit(self) -> None:
        """Put the file in its place, over one that was there.

        Raises:
            KinemaError: If it cannot be written.
        """
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


class StagedBytes(Staged[bytes]):
    """A binary file that appears when it is whole; `stream` takes the bytes.

    Raises:
        InputError: If the folder does not exist or may not be written.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with file_errors("write", path):
            self.stream = self._part.open("w+b")


class StagedText(Staged[str]):
    """A text file, in UTF-8, that appears when it is whole.

    Raises:
        InputError: If the folder does not exist or may not be written.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with file_errors("write", path):
            self.stream = self._part.open("w", encoding="utf-8", newline="\n")

    def write(self, text: str) -> None:
        """Add text.

        Raises:
            KinemaError: If it cannot be written.
        """
        with file_errors("write", self._path):
            self.stream.write(text)
