"""NTU RGB+D's `.skeleton` files: bodies with the 25 joints of a Kinect v2, in metres.

    103                                      frames
    1                                        bodies of the frame
    72057594037931101 0 1 1 1 1 0 0.02 -0.2 2  id and nine numbers more of the body
    25                                       joints
    0.218 0.172 3.786 277.4 191.8 1036.2 519.1 -0.2 0.05 0.98 -0.003 2
    ...                                      x y z, seven more numbers, two more, state

Of a joint's twelve numbers the first three are its place in the axes of the sensor, and the last is
its state: 2 tracked, 1 inferred, 0 not tracked, which is absent. They become "world" and scores as
in `kinema.formats.kinect`. Bodies get the ids 1, 2, ... in the order in which they appear, as the
sensor's have 17 digits. Files have no times; the sensor gives 30 frames a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np

from kinema.errors import FormatError
from kinema.formats.kinect import STATE_SCORES, from_sensor
from kinema.formats.recording import Header, PoseStream
from kinema.formats.rows import Row, frames_of
from kinema.formats.staging import file_errors
from kinema.formats.textfile import open_to_read
from kinema.skeletons import KINECT25

RATE = 30.0
_MOST = 1_000_000  # frames, bodies; beyond it a count is damage
_VALUES = (4, 12)  # numbers of a joint: places and state, or all of them


def read_ntu(path: Path) -> PoseStream:
    """The frames of a file, one after the other.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it does not begin with a count; while reading, if a line is damaged or the
            file is cut off. The message names the line.
    """
    lines = _Lines(path)
    try:
        count = lines.count("frames")
    except ValueError:
        lines.close()
        raise
    frames = frames_of(_rows(lines, count), KINECT25, "world", path)
    return PoseStream(Header(KINECT25, rate=RATE, space="world"), frames, lines.close)


class _Lines:
    """The lines of a file and the number of the last one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO = open_to_read(path)
        self.number = 0

    def close(self) -> None:
        self._file.close()

    def cells(self) -> list[float]:
        """The numbers of the next line."""
        with file_errors("read", self._path):
            line = self._file.readline()
        self.number += 1
        if not line:
            raise FormatError(f"{self._path} is cut off after line {self.number - 1}")
        try:
            return [float(cell) for cell in line.split()]
        except ValueError as error:
            raise self.damaged(f"expected numbers, got {line.strip()[:40]!r}") from error

    def count(self, what: str) -> int:
        """The one whole number of the next line."""
        cells = self.cells()
        if len(cells) != 1 or not 0 <= cells[0] <= _MOST or cells[0] != int(cells[0]):
            raise self.damaged(f"expected the number of {what}")
        return int(cells[0])

    def damaged(self, reason: str) -> FormatError:
        return FormatError(f"{self._path}, line {self.number}: {reason}")


def _rows(lines: _Lines, frames: int) -> Iterator[Row]:
    ids: dict[float, int] = {}
    for frame in range(frames):
        time = frame / RATE
        bodies = lines.count("bodies")
        if bodies == 0:
            yield Row(lines.number, frame, time, None, np.zeros(len(KINECT25)))
        for _ in range(bodies):
            about = lines.cells()
            if not about:
                raise lines.damaged("expected the id of a body")
            yield _row(lines, frame, time, ids.setdefault(about[0], len(ids) + 1))


def _row(lines: _Lines, frame: int, time: float, identity: int) -> Row:
    first = lines.number
    count = lines.count("joints")
    if count != len(KINECT25):
        raise lines.damaged(f"a body has {len(KINECT25)} joints, not {count}")
    joints = []
    for _ in range(count):
        cells = lines.cells()
        if len(cells) not in _VALUES:
            raise lines.damaged(f"a joint has {_VALUES[-1]} numbers, not {len(cells)}")
        joints.append([*cells[:3], cells[-1]])
    values = np.array(joints)
    points, states = values[:, :3], values[:, 3]
    points[(states == 0) | ~np.isfinite(points).all(axis=1)] = np.nan
    found = ~np.isnan(points).any(axis=1)
    known = np.clip(np.nan_to_num(states), 0, len(STATE_SCORES) - 1).astype(np.int64)
    scores = np.where(found, STATE_SCORES[known], 0.0)
    return Row(first, frame, time, from_sensor(points), scores, id=identity)


def is_ntu(path: Path) -> bool:
    """Whether the path is such a file, by its name."""
    return path.suffix.lower() == ".skeleton" and path.is_file()
