"""Reading text files, line by line or as JSON, with errors that name file and place."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path
from typing import NoReturn, TextIO, TypeVar, cast

from kinema.errors import FormatError, InputError
from kinema.formats.staging import file_errors

Parsed = TypeVar("Parsed")
JsonValue = dict[str, "JsonValue"] | list["JsonValue"] | str | int | float | bool | None
JsonObject = dict[str, JsonValue]


def open_to_read(path: Path) -> TextIO:
    """The file as text. Bytes that are not UTF-8 become U+FFFD, which no parser accepts as JSON.

    Raises:
        InputError: If it cannot be opened.
    """
    with file_errors("read", path):
        return path.open(encoding="utf-8-sig", errors="replace", newline="\n")


def parse_lines(path: Path, parse: Callable[[list[str]], Parsed]) -> Parsed:
    """What `parse` makes of all lines of a file; its errors, `line 3: ...`, then name the file too.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If `parse` raises one.
    """
    with open_to_read(path) as file, file_errors("read", path):
        lines = file.read().splitlines()
    try:
        return parse(lines)
    except FormatError as error:
        raise FormatError(f"{path}, {error}") from error


def finite_numbers(cells: Sequence[str], line: int) -> list[float]:
    """The numbers in the cells of a line.

    >>> finite_numbers(["1", "-2.5"], line=7)
    [1.0, -2.5]

    Raises:
        FormatError: If one is no number, or not finite; the message names the line.
    """
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError as error:
        raise FormatError(f"line {line}: {error}") from error
    if not all(map(isfinite, numbers)):
        raise FormatError(f"line {line}: a number is not finite")
    return numbers


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


def json_objects(value: JsonValue, what: str) -> list[JsonObject]:
    """The value, if it is a list of objects.

    Raises:
        FormatError: If it is not.
    """
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise FormatError(f"{what} must be a list of objects")
    return cast("list[JsonObject]", value)


def encode_json(value: object) -> str:
    """Strict, compact JSON on one line.

    Raises:
        InputError: If a number is infinite or NaN.
    """
    try:
        return _ENCODER.encode(value)
    except ValueError as error:
        raise InputError(f"only finite numbers can be saved: {error}") from error


def _refuse_constant(token: str) -> NoReturn:
    raise ValueError(f"{token} is not a JSON number")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
