"""UTKinect-Action3D: 10 actions of 10 people, twice each, by a Kinect v1 (199 examples).

Xia, Chen, Aggarwal 2012, "View invariant human action recognition using histograms of 3D joints".

A folder with `joints_sSS_eEE.txt`, one line a frame with its number and x y z of 20 joints in the
order of the Kinect's software, in metres in the axes of the sensor; and `actionLabel.txt`, which
says for each of these recordings from which frame to which an action lasts:

    s01_e01
    walk: 252 390
    sitDown: 572 686

`NaN NaN` is an action that is missing. Frames are numbered at 30 a second; some stand twice, of
which the first counts.
"""

from __future__ import annotations

import re
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.actions.datasets.bodies import body_of, kinect_points
from kinema.actions.datasets.files import files_below
from kinema.actions.datasets.texts import rows_of
from kinema.actions.sequences import ActionSequence, ActionSet, People
from kinema.errors import FormatError
from kinema.formats.staging import file_errors
from kinema.formats.textfile import open_to_read
from kinema.skeletons import KINECT20

NAME = "utkinect"
LABELS = {
    "walk": "walk",
    "sitDown": "sit down",
    "standUp": "stand up",
    "pickUp": "pick up",
    "carry": "carry",
    "throw": "throw",
    "push": "push",
    "pull": "pull",
    "waveHands": "wave hands",
    "clapHands": "clap hands",
}
"""By the words of `actionLabel.txt`."""

_INDEX = re.compile(r"actionLabels?\.txt", re.IGNORECASE)
_RECORDING = re.compile(r"s(\d{2})_e(\d{2})")
_STRETCH = re.compile(r"(\w+)\s*:\s*(\S+)\s+(\S+)")
_COLUMNS = 1 + 3 * len(KINECT20)


def read_utkinect(path: Path) -> ActionSet:
    """The examples of a folder.

    Raises:
        InputError: If it cannot be read.
        FormatError: If a file is missing, or damaged, or an action is unknown.
    """
    indices = files_below(path, _INDEX, most=1)
    if not indices:
        raise FormatError(f"{path} holds no actionLabel.txt")
    files = {
        file.stem.removeprefix("joints_"): _Recording(file)
        for file in files_below(path, re.compile(rf"joints_{_RECORDING.pattern}\.txt"))
    }
    sequences = []
    for recording, word, first, last in _stretches(indices[0]):
        if recording not in files:
            raise FormatError(f"{path} lacks joints_{recording}.txt, which {indices[0]} names")
        name = f"{recording}_{word}"
        read = partial(files[recording].stretch, first, last)
        subject = recording.partition("_")[0]
        sequences.append(ActionSequence(name, LABELS[word], read, subject=subject))
    if not sequences:
        raise FormatError(f"{indices[0]} names no actions")
    return ActionSet(NAME, tuple(LABELS.values()), tuple(sequences))


def _stretches(index: Path) -> list[tuple[str, str, int, int]]:
    """Recording, action, first and last frame of each example."""
    found = []
    recording = ""
    with open_to_read(index) as file, file_errors("read", index):
        lines = file.read().splitlines()
    for number, line in enumerate(lines, 1):
        text = line.strip()
        where = f"{index}, line {number}"
        match = _STRETCH.fullmatch(text)
        if _RECORDING.fullmatch(text):
            recording = text
        elif match and recording:
            if match[1] not in LABELS:
                raise FormatError(f"{where}: the unknown action {match[1]!r}")
            if "nan" in (match[2].lower(), match[3].lower()):
                continue
            if not (match[2].isdecimal() and match[3].isdecimal()):
                raise FormatError(f"{where}: expected two numbers of frames, got {text!r}")
            found.append((recording, match[1], int(match[2]), int(match[3])))
        elif text:
            raise FormatError(f"{where}: expected sSS_eEE or an action, got {text[:40]!r}")
    return found


class _Recording:
    """A text, which is read once for all its examples."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def stretch(self, first: int, last: int) -> People:
        """The one person from a frame to another."""
        frames, points = self._content
        chosen = (frames >= first) & (frames <= last)
        if not chosen.any():
            return ()
        return (body_of(KINECT20, points[chosen], space="world", frames=frames[chosen] - first),)

    @cached_property
    def _content(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Numbers (T,) of the frames, increasing, and points (T, 20, 3)."""
        rows = rows_of(self._path)
        for number, row in enumerate(rows, 1):
            if len(row) != _COLUMNS:
                raise FormatError(f"{self._path}, row {number}: {len(row)} numbers, not {_COLUMNS}")
        values = np.array(rows, dtype=np.float64).reshape(-1, _COLUMNS)
        if not np.isfinite(values[:, 0]).all():
            raise FormatError(f"{self._path}: a frame has no number")
        frames, first = np.unique(values[:, 0].astype(np.int64), return_index=True)
        return frames, kinect_points(values[first, 1:].reshape(-1, len(KINECT20), 3))


def is_utkinect(path: Path) -> bool:
    """Whether the path is a folder with `actionLabel.txt`."""
    return path.is_dir() and bool(files_below(path, _INDEX, most=1))
