"""Text files of JSON: opened, parsed and put in place, with errors that name the file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn, TextIO

from kinema.errors import FormatError, InputError, KinemaError

JsonValue = dict[str, "JsonValue"] | list["JsonValue"] | str | int | float | bool | None


def open_to_read(path: Path) -> TextIO:
    """The file as text. Bytes that are not UTF-8 become U+FFFD, which no parser accepts as JSON.

    Raises:
        InputError: If it cannot be opened.
    """
    with file_errors("read", path):
        return path.open(encoding="utf-8-sig", errors="replace", newline="\n")


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


def parse_json(text: str) -> JsonValue:
    """Strict JSON: the tokens NaN and Infinity, which Python accepts, are refused.

    Raises:
        FormatError: If it is not JSON; the message says where.
    """
    try:
        return _DECODER.decode(text)  # type: ignore[no-any-return]
    except json.JSONDecodeError as error:
        where = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno}"
        raise FormatError(f"not JSON: {error.msg} at {where}") from error
    except (ValueError, RecursionError) as error:
        raise FormatError(f"not JSON: {error}") from error


def read_json(path: Path) -> JsonValue:
    """The one JSON document of a file.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is not JSON.
    """
    with open_to_read(path) as file, file_errors("read", path):
        text = file.read()
    if not text.strip():
        raise FormatError(f"{path} is empty")
    try:
        return parse_json(text)
    except FormatError as error:
        raise FormatError(f"{path} is {error}") from error


def encode_json(value: object) -> str:
    """Strict, compact JSON on one line.

    Raises:
        InputError: If a number is infinite or NaN.
    """
    try:
        return _ENCODER.encode(value)
    except ValueError as error:
        raise InputError(f"only finite numbers can be saved: {error}") from error


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


class StagedText:
    """A text file that appears under its name only when it is whole.

    Until `commit` the text is in a hidden file beside it, which `discard` removes.

    Attributes:
        is_open: Whether it was neither committed nor discarded.

    Raises:
        InputError: If the folder does not exist or may not be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self.is_open = True
        with file_errors("write", path):
            self._file = self._part.open("w", encoding="utf-8", newline="\n")

    def write(self, text: str) -> None:
        """Add text."""
        with file_errors("write", self._path):
            self._file.write(text)

    def commit(self) -> None:
        """Put the file in its place, over one that was there."""
        with file_errors("write", self._path):
            self._file.close()
            self._part.replace(self._path)
        self.is_open = False

    def discard(self) -> None:
        """Remove what was written; a file that was there before stays as it was."""
        if self.is_open:
            self.is_open = False
            with suppress(OSError):  # a full disk does not take what is still to be written
                self._file.close()
            self._part.unlink(missing_ok=True)


def _refuse_constant(token: str) -> NoReturn:
    raise ValueError(f"{token} is not a JSON number")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
