"""What a BVH file says, word by word. Errors begin with the number of the line, counted from 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kinema.errors import FormatError
from kinema.formats.hierarchy import Float64Array, Joint
from kinema.formats.textfile import finite_numbers

_CHANNELS = {
    f"{axis}{kind}": f"{axis.upper()}{kind}" for axis in "xyz" for kind in ("position", "rotation")
}
END = "_end"


@dataclass(frozen=True, eq=False)
class Motion:
    """A hierarchy and its motion.

    Attributes:
        joints: Parents before children. End sites that lie apart from their joint are joints
            without channels.
        frame_time: Seconds.
        values: (T, channels of all joints in their order).
    """

    joints: tuple[Joint, ...]
    frame_time: float
    values: Float64Array


def parse_bvh(lines: list[str]) -> Motion:
    """The hierarchy and the motion of a file.

    Raises:
        FormatError: If it is damaged.
    """
    start = next((i for i, line in enumerate(lines) if line.strip().upper() == "MOTION"), None)
    words = _Words(lines[: len(lines) if start is None else start])
    words.expect("HIERARCHY")
    joints: list[Joint] = []
    words.expect("ROOT")
    _joint(words, joints, -1)
    if start is None:
        raise FormatError(f"line {len(lines)}: the file ends without MOTION; was it cut off?")
    names = [joint.name for joint in joints]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise FormatError(f"line {start + 1}: the joint {min(twice)!r} is there twice")
    frame_time, values = _motion(lines, start, sum(len(joint.channels) for joint in joints))
    return Motion(tuple(joints), frame_time, values)


class _Words:
    """The words of the hierarchy, each with its line."""

    def __init__(self, lines: list[str]) -> None:
        self._words: Iterator[tuple[int, str]] = (
            (number, word) for number, line in enumerate(lines, 1) for word in line.split()
        )
        self.line = max(len(lines), 1)

    def next(self) -> str:
        word = next(self._words, None)
        if word is None:
            raise FormatError(f"line {self.line}: the hierarchy ends too early; was it cut off?")
        self.line = word[0]
        return word[1]

    def expect(self, *choices: str) -> str:
        """The next word, in capitals, which must be one of these.

        Raises:
            FormatError: If it is another.
        """
        word = self.next()
        if word.upper() not in (choice.upper() for choice in choices):
            raise FormatError(f"line {self.line}: {word!r} where {' or '.join(choices)} should be")
        return word.upper()

    def number(self) -> float:
        """The next word as a number.

        Raises:
            FormatError: If it is none, or not a finite one.
        """
        word = self.next()
        try:
            value = float(word)
        except ValueError as error:
            raise FormatError(f"line {self.line}: {word!r} is not a number") from error
        if not np.isfinite(value):
            raise FormatError(f"line {self.line}: {word!r} is not a finite number")
        return value


def _joint(words: _Words, joints: list[Joint], root: int) -> None:
    """Reads the joint whose keyword has been read, and all that hang on it."""
    open_joints = [root]
    pending = _head(words)
    while True:
        name, parent = pending, open_joints[-1]
        words.expect("OFFSET")
        offset = np.array([words.number() for _ in range(3)])
        joints.append(Joint(name, parent, offset, _channels(words)))
        open_joints.append(len(joints) - 1)
        word = words.expect("JOINT", "End", "}")
        while word != "JOINT":
            if word == "END":
                _end_site(words, joints, open_joints[-1])
            else:
                open_joints.pop()
                if len(open_joints) == 1:
                    return
            word = words.expect("JOINT", "End", "}")
        pending = _head(words)


def _head(words: _Words) -> str:
    """The name, which may have spaces in it, up to the bracket."""
    parts = [words.next()]
    while (word := words.next()) != "{":
        parts.append(word)
        if len(parts) > 10:
            raise FormatError(f"line {words.line}: no {{ after the name of a joint")
    return " ".join(parts)


def _channels(words: _Words) -> tuple[str, ...]:
    words.expect("CHANNELS")
    count = words.number()
    names = []
    for _ in range(int(count)):
        word = words.next()
        if word.lower() not in _CHANNELS:
            raise FormatError(f"line {words.line}: {word!r} is no channel")
        names.append(_CHANNELS[word.lower()])
    return tuple(names)


def _end_site(words: _Words, joints: list[Joint], parent: int) -> None:
    words.expect("Site")
    words.expect("{")
    words.expect("OFFSET")
    offset = np.array([words.number() for _ in range(3)])
    words.expect("}")
    if offset.any():
        joints.append(Joint(joints[parent].name + END, parent, offset))


def _motion(lines: list[str], start: int, channels: int) -> tuple[float, Float64Array]:
    body = [(number, line) for number, line in enumerate(lines, 1) if number > start + 1]
    body = [(number, line) for number, line in body if line.strip()]
    if len(body) < 2:
        raise FormatError(f"line {len(lines)}: the file ends after MOTION; was it cut off?")
    count = _value(*body[0], "Frames:")
    frame_time = _value(*body[1], "Frame Time:")
    if not frame_time > 0:
        raise FormatError(f"line {body[1][0]}: the frame time must be more than 0 seconds")
    rows = [_row(number, line, channels) for number, line in body[2:]]
    if len(rows) != count:
        raise FormatError(
            f"line {len(lines)}: the file ends after {len(rows)} of {count:g} frames; "
            "was it cut off?"
        )
    return frame_time, np.array(rows, dtype=np.float64).reshape(-1, channels)


def _value(number: int, line: str, key: str) -> float:
    text = " ".join(line.split())
    try:
        if not text.lower().startswith(key.lower()):
            raise ValueError(text)
        return float(text[len(key) :])
    except ValueError as error:
        raise FormatError(f"line {number}: {text!r} where {key!r} should be") from error


def _row(number: int, line: str, channels: int) -> list[float]:
    cells = line.split()
    if len(cells) != channels:
        raise FormatError(
            f"line {number}: {len(cells)} numbers, but the joints have {channels} channels; "
            "was it cut off?"
        )
    return finite_numbers(cells, number)
