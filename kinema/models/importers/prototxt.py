"""Reads the text format of protocol buffers, in which Caffe describes networks (`.prototxt`).

    name: "conv1_1"
    convolution_param { num_output: 64  pad: 1  kernel_size: 3 }  # a comment

Every field may repeat, so a field is a list of values: text, numbers and messages. The grammar is
protobuf's "Text Format Language Specification"; what Caffe has no use for (extensions, `Any`) is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kinema.errors import ModelError

MAX_DEPTH = 32
"""Messages within messages; Caffe's own go four deep."""

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\f\v]+|\#[^\n]*)
    |(?P<line>\n)
    |(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<word>[A-Za-z_][A-Za-z0-9_.]*)
    |(?P<number>[-+]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?f?))
    |(?P<mark>[{}<>\[\]:;,])""",
    re.VERBOSE,
)
_CLOSING = {"{": "}", "<": ">"}


class Message:
    """A message: its fields by name, in the order of the file.

    The methods give what a field says, or what holds where the message does not have it.

    Raises:
        ModelError: By all of them, if a field is not of the kind that is asked for.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self._fields: dict[str, list[str | float | Message]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def add(self, name: str, value: str | float | Message) -> None:
        """Adds one value to a field."""
        self._fields.setdefault(name, []).append(value)

    def texts(self, name: str) -> list[str]:
        """All texts (and enumerated values, and true and false) of a field."""
        values = self._fields.get(name, [])
        texts = [value for value in values if isinstance(value, str)]
        self._require(len(texts) == len(values), name, "text")
        return texts

    def text(self, name: str, default: str = "") -> str:
        """The last text of a field, which is the one that counts."""
        return (self.texts(name) or [default])[-1]

    def flag(self, name: str, *, default: bool) -> bool:
        """A field that is true or false."""
        values = self._fields.get(name)
        if not values:
            return default
        known = {"true": True, "True": True, "t": True, 1: True}
        known |= {"false": False, "False": False, "f": False, 0: False}
        value = values[-1]
        self._require(not isinstance(value, Message) and value in known, name, "true or false")
        assert not isinstance(value, Message)
        return known[value]

    def numbers(self, name: str) -> list[float]:
        """All numbers of a field."""
        values = self._fields.get(name, [])
        numbers = [value for value in values if isinstance(value, float)]
        self._require(len(numbers) == len(values), name, "a number")
        return numbers

    def number(self, name: str, default: float) -> float:
        """The last number of a field."""
        return (self.numbers(name) or [default])[-1]

    def counts(self, name: str) -> list[int]:
        """All whole numbers from 0 to 2^31 of a field."""
        numbers = self.numbers(name)
        whole = all(number.is_integer() and 0 <= number < 2**31 for number in numbers)
        self._require(whole, name, "a whole number")
        return [int(number) for number in numbers]

    def count(self, name: str, default: int) -> int:
        """The last whole number of a field."""
        return (self.counts(name) or [default])[-1]

    def messages(self, name: str) -> list[Message]:
        """All messages of a field."""
        values = self._fields.get(name, [])
        messages = [value for value in values if isinstance(value, Message)]
        self._require(len(messages) == len(values), name, "a message in braces")
        return messages

    def message(self, name: str) -> Message:
        """The last message of a field, or an empty one."""
        return (self.messages(name) or [Message(self.place)])[-1]

    def _require(self, fits: bool, name: str, kind: str) -> None:
        if not fits:
            raise ModelError(f"{self.place}: {name} must be {kind}")


def read_prototxt(path: Path) -> Message:
    """The message in a file.

    Raises:
        ModelError: If the file cannot be read or is not such text; the message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{path} is no text; is it the .caffemodel?") from error
    parser = _Parser(path, list(_tokens(path, text)))
    return parser.message("", 0)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def _tokens(path: Path, text: str) -> Iterator[_Token]:
    position, line = 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ModelError(f"{path}, line {line}: {text[position]!r} cannot stand there")
        position = match.end()
        kind = match.lastgroup or ""
        if kind == "line":
            line += 1
        elif kind != "space":
            yield _Token(kind, match.group(), line)
    yield _Token("end", "the end of the file", line)


class _Parser:
    """Goes through the tokens once; `_next` is the first that is not used yet."""

    def __init__(self, path: Path, tokens: list[_Token]) -> None:
        self._path = path
        self._tokens = iter(tokens)
        self._next = next(self._tokens)

    def message(self, closing: str, depth: int) -> Message:
        """Fields up to the closing brace, which is used up; with no brace, up to the end."""
        message = Message(f"{self._path}, line {self._next.line}")
        if depth > MAX_DEPTH:
            raise self._wrong("no more messages within messages")
        while self._next.text != closing or self._next.kind != "mark":
            if not closing and self._next.kind == "end":
                return message
            self._field(message, depth)
        self._take()
        return message

    def _field(self, message: Message, depth: int) -> None:
        if self._next.kind != "word":
            raise self._wrong("the name of a field")
        name = self._take().text
        colon = self._skip(":")
        if self._next.text in _CLOSING:
            message.add(name, self.message(_CLOSING[self._take().text], depth + 1))
        elif not colon:
            raise self._wrong(f"a colon after {name}")
        elif self._skip("["):
            while not self._skip("]"):
                message.add(name, self._value(depth))
                self._skip(",")
        else:
            message.add(name, self._value(depth))
        _ = self._skip(",") or self._skip(";")

    def _value(self, depth: int) -> str | float | Message:
        if self._next.text in _CLOSING:
            return self.message(_CLOSING[self._take().text], depth + 1)
        if self._next.kind == "word":
            return self._take().text
        if self._next.kind == "number":
            text = self._take().text
            return float(int(text, 16)) if "x" in text.lower() else float(text.rstrip("f"))
        if self._next.kind != "text":
            raise self._wrong("a value")
        value = ""
        while self._next.kind == "text":  # texts in a row are one text
            value += re.sub(r"\\(.)", r"\1", self._take().text[1:-1])
        return value

    def _take(self) -> _Token:
        token = self._next
        self._next = next(self._tokens, token)
        return token

    def _skip(self, mark: str) -> bool:
        if self._next.kind != "mark" or self._next.text != mark:
            return False
        self._take()
        return True

    def _wrong(self, expected: str) -> ModelError:
        found = self._next.text if len(self._next.text) < 40 else f"{self._next.text[:40]}..."
        return ModelError(
            f"{self._path}, line {self._next.line}: expected {expected}, found {found}"
        )
