"""Tables as text: comma-separated values and their relatives, with errors that name the line.

The separator is a comma, a semicolon or a tab, as the first line shows. Spreadsheets of some
languages write semicolons and decimal commas; both are understood.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator
from pathlib import Path

from kinema.errors import FormatError
from kinema.formats.staging import file_errors
from kinema.formats.textfile import open_to_read

_SEPARATORS = ("\t", ";", ",")

_log = logging.getLogger(__name__)


class Table:
    """A text file of rows of cells.

    Attributes:
        path: The file.
        header: The cells of its first line.
        line: Number of the line that was read last, from 1.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is empty.
    """

    def __init__(self, path: Path, separator: str | None = None) -> None:
        self.path = path
        self._file = open_to_read(path)
        with file_errors("read", path):
            first = self._file.readline()
            self._file.seek(0)
        if not first.strip():
            self.close()
            raise FormatError(f"{path} is empty")
        found = (mark for mark in _SEPARATORS if mark in first)
        self._separator = separator or next(found, ",")
        self._rows = csv.reader(self._file, delimiter=self._separator)
        self.header = [cell.strip() for cell in self._next() or []]

    @property
    def line(self) -> int:
        """Number of the line that was read last, from 1."""
        return self._rows.line_num

    @property
    def separator(self) -> str:
        """What stands between two cells."""
        return self._separator

    def next_row(self) -> list[str]:
        """One more line of the header, for tables with several.

        Raises:
            FormatError: If the file ends.
        """
        row = self._next()
        if row is None:
            raise FormatError(f"{self.path} ends in its header, after line {self.line}")
        return [cell.strip() for cell in row]

    def rows(self, width: int | None = None) -> Iterator[list[str]]:
        """The rows after the header, each with as many cells as the header; empty ones left out.

        A last line that was cut off is left out, with a logged warning.

        Args:
            width: How many cells a row has, where the header does not tell.

        Raises:
            FormatError: If a row has more or fewer cells.
        """
        expected = width or len(self.header)
        while (row := self._next()) is not None:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) > expected and not any(cell.strip() for cell in row[expected:]):
                row = row[:expected]
            if len(row) == expected:
                yield row
                continue
            line = self.line
            if len(row) < expected and self._next() is None:
                _log.warning("%s is cut off: its last line, %d, is left out", self.path, line)
                return
            raise FormatError(f"{self.path}, line {line}: {len(row)} cells instead of {expected}")

    def number(self, cell: str, column: str) -> float:
        """The number in a cell; NaN if it is empty.

        Raises:
            FormatError: If it is not a finite number.
        """
        text = cell.strip()
        if self._separator != "," and "," in text:
            text = text.replace(",", ".")
        if not text or text.lower() in _MISSING:
            return float("nan")
        try:
            value = float(text)
        except ValueError:
            value = float("inf")
        if value in (float("inf"), float("-inf")):
            raise self.error(f"{cell.strip()!r} in the column {column} is not a number")
        return value

    def whole(self, cell: str, column: str) -> int | None:
        """The whole number in a cell; None if it is empty.

        Raises:
            FormatError: If it is not one.
        """
        text = cell.strip()
        try:
            return int(text)
        except ValueError:
            value = self.number(cell, column)
        if value != value:  # NaN
            return None
        if not value.is_integer():
            raise self.error(f"{text!r} in the column {column} is not a whole number")
        return int(value)

    def error(self, what: str) -> FormatError:
        """An error that names the file and the line read last."""
        return FormatError(f"{self.path}, line {self.line}: {what}")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _next(self) -> list[str] | None:
        with file_errors("read", self.path):
            try:
                return next(self._rows, None)
            except csv.Error as error:
                raise self.error(f"not a line of a table: {error}") from error


_MISSING = frozenset(("nan", "na", "n/a", "null", "none"))


def first_cells(path: Path) -> list[str]:
    """The first line of a text file as cells, for recognising it; empty where it is not text."""
    if not path.is_file():
        return []
    with open_to_read(path) as file, file_errors("read", path):
        line = file.readline(1 << 20)
    if "\0" in line or "\ufffd" in line:
        return []
    separator = next((mark for mark in _SEPARATORS if mark in line), ",")
    return [cell.strip().strip('"') for cell in line.strip().split(separator)]
