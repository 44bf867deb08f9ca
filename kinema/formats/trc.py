"""TRC: the paths of markers, as OpenSim, Pose2Sim and Sports2D read and write them.

    PathFileType  4         (X/Y/Z)    walk.trc
    DataRate      CameraRate  NumFrames  NumMarkers  Units  OrigDataRate  OrigDataStartFrame  ...
    60.0          60.0        230        26          m      60.0          1                   ...
    Frame#        Time      Nose                     LEye                    ...
                            X1       Y1       Z1     X2     Y2     Z2
    1             0.000000  0.15530  1.54840  -1.2
    ...

Cells are parted by tabs. An empty cell, `nan` and a marker at exactly 0, 0, 0 are a joint that was
not found; `nan` is what is written, as OpenSim refuses a row that ends in an empty cell. There are
no scores: those of joints that are there are NaN.

Axes and units. OpenSim's files are in metres or millimetres, right-handed, y up; files of other
programs have other axes. `kinema.formats.axes` says how that is found out, and how axes are turned.
Written are metres with y up, in 5 decimals, and `by Kinema, y up` in the first line, which is
believed when the file is read. Poses in a picture are written as by Sports2D: pixels, x right and
y down, third number 0; `Units` is `px`, or the name of the file has `_px` in it.

Names. Joints are written as Pose2Sim's models for OpenSim call them (`RKnee`) and read as Kinema's
own: `kinema.formats.joint_names`. Markers that Kinema does not know keep their names.

`Frame#` counts from 1 (files that count from 0 are read as such), and `Time` is in seconds; frames
before a person's first and after their last one are left out. Several people: see
`kinema.formats.one_person`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError
from kinema.formats.axes import Up, up_axis, y_up, z_up
from kinema.formats.joint_names import joints_of_markers, marker_names, skeleton_of
from kinema.formats.one_person import CollectingWriter, Recorded, frames_of, id_of, track_of
from kinema.formats.recording import Header, PoseStream
from kinema.formats.staging import replace_text
from kinema.formats.textfile import open_to_read, parse_lines
from kinema.poses import Space

UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "px": 1.0}
MARK = "by Kinema, y up"
"""In the first line of Kinema's files: a person who lies down is not taken for one who stands."""
_HEAD_LINES = 5
_PIXEL_NAME = re.compile(r"_px(?=[_.]|$)")


def read_trc(path: Path, *, up: Up | None = None) -> PoseStream:
    """The frames of a TRC file. It is held in memory.

    Args:
        path: Of the file.
        up: The axis that points up in it; None finds out.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is damaged; the message names the line.
    """
    table = parse_lines(path, _parse)
    joints = joints_of_markers(table.markers)
    points = table.points * UNITS[table.units]
    if table.units == "px" or _PIXEL_NAME.search(path.stem):
        space: Space = "image"
        points = table.points[..., :2]
    else:
        space = "world"
        points = z_up(points, up or ("y" if table.is_ours else up_axis(joints, points, "y")))
    skeleton = skeleton_of(joints, "markers")
    header = Header(skeleton, source=path.stem, rate=table.rate, space=space)
    track = track_of(skeleton, points, table.times, identity=id_of(path), space=space)
    first = int(table.frames[0]) if len(table.frames) else 1
    return PoseStream(header, frames_of([track], table.frames - min(1, first)))


def trc_writer(path: Path, header: Header) -> CollectingWriter:
    """Begins a TRC file, or one for each person.

    Raises:
        InputError: If it cannot be written.
    """
    return CollectingWriter(path, header, name="TRC", save=_save, pixels=True)


def _save(people: Sequence[Recorded], path: Path) -> None:
    person = people[0]
    track = person.track
    points = track.keypoints.astype(np.float64)
    if track.space == "image":
        depth = np.where(np.isnan(points[..., :1]), np.nan, 0.0)
        points = np.concatenate([points, depth], axis=2)
    else:
        points = y_up(points)
    markers = marker_names(track.skeleton)
    k, t = len(markers), len(track)
    rate, start = f"{person.rate:.10g}", int(person.frames[0]) + 1
    units, decimals = ("px", 3) if track.space == "image" else ("m", 5)
    values = (rate, rate, t, k, units, rate, start, t)
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}\t{MARK}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\t"
        "OrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        "\t".join(map(str, values)),
        "Frame#\tTime\t" + "".join(f"{name}\t\t\t" for name in markers),
        "\t\t" + "".join(f"X{i}\tY{i}\tZ{i}\t" for i in range(1, k + 1)),
    ]
    table = np.round(points, decimals).reshape(t, 3 * k) + 0.0  # turns -0.0 into 0.0
    for frame, time, row in zip(person.frames.tolist(), track.times, table.tolist(), strict=True):
        cells = (f"{value:.{decimals}f}" for value in row)
        lines.append(f"{frame + 1}\t{time:.6f}\t" + "\t".join(cells))
    replace_text(path, "\n".join(lines) + "\n")


@dataclass(frozen=True)
class _Table:
    """What a file says: points (T, K, 3) in its own axes and units, frame numbers as written.

    `is_ours`: written by Kinema, so that up is y.
    """

    markers: list[str]
    units: str
    rate: float
    frames: npt.NDArray[np.int64]
    times: npt.NDArray[np.float64]
    points: npt.NDArray[np.float64]
    is_ours: bool


def _parse(lines: list[str]) -> _Table:
    """Errors begin with the number of the line, counted from 1."""
    if not lines or not lines[0].startswith("PathFileType"):
        raise FormatError('line 1: not a TRC file, which begins with "PathFileType"')
    if len(lines) < _HEAD_LINES:
        raise FormatError(f"line {len(lines)}: the file ends within its head")
    head = dict(zip(lines[1].split(), lines[2].split(), strict=False))
    markers = _markers(lines[3])
    units = head.get("Units", "").lower()
    if units not in UNITS:
        raise FormatError(f"line 3: unknown units {units!r}; known are {', '.join(UNITS)}")
    rate, count, named = (_head_number(head, k) for k in ("DataRate", "NumFrames", "NumMarkers"))
    if named != len(markers):
        raise FormatError(f"line 4: it names {len(markers)} markers, but NumMarkers is {named:g}")
    rows = [_row(i, line, markers) for i, line in _data(lines)]
    if len(rows) != count:
        what = "was it cut off?" if len(rows) < count else "which is it?"
        raise FormatError(
            f"line {len(lines)}: the file ends after {len(rows)} frames, but NumFrames is "
            f"{count:g}; {what}"
        )
    values = np.array(rows, dtype=np.float64).reshape(-1, 2 + 3 * len(markers))
    _check_times(lines, values[:, 1])
    points = values[:, 2:].reshape(-1, len(markers), 3)
    points[(points == 0).all(axis=2)] = np.nan
    frames, is_ours = values[:, 0].astype(np.int64), MARK in lines[0]
    return _Table(markers, units, rate, frames, values[:, 1], points, is_ours)


def _data(lines: list[str]) -> list[tuple[int, str]]:
    """The lines of frames with their numbers."""
    rest = enumerate(lines[_HEAD_LINES:], start=_HEAD_LINES + 1)
    return [(number, line) for number, line in rest if line.strip()]


def _markers(line: str) -> list[str]:
    cells = line.rstrip().split("\t")
    markers = [cell.strip() for cell in cells[2:] if cell.strip()]
    if cells[0].strip() != "Frame#" or not markers:
        raise FormatError('line 4: it should be "Frame#", "Time" and the names of the markers')
    twice = {name for name in markers if markers.count(name) > 1}
    if twice:
        raise FormatError(f"line 4: the marker {min(twice)!r} is named twice")
    return markers


def _head_number(head: dict[str, str], key: str) -> float:
    try:
        number = float(head[key])
    except (KeyError, ValueError) as error:
        raise FormatError(f"line 3: {key} must be a number, got {head.get(key)!r}") from error
    if not (np.isfinite(number) and number >= 0):
        raise FormatError(f"line 3: {key} must be a number, got {head[key]!r}")
    return number


def _row(number: int, line: str, markers: list[str]) -> list[float]:
    cells, needed = line.split("\t"), 2 + 3 * len(markers)
    if len(cells) < needed or any(cell.strip() for cell in cells[needed:]):
        raise FormatError(
            f"line {number}: {len(cells)} cells, but frame, time and {len(markers)} markers are "
            f"{needed}; was it cut off?"
        )
    try:
        row = [float(cell) if cell and not cell.isspace() else np.nan for cell in cells[:needed]]
    except ValueError as error:
        wrong = next(cell for cell in cells if not _is_number(cell))
        raise FormatError(f"line {number}: {wrong.strip()!r} is not a number") from error
    if not (np.isfinite(row[:2]).all() and not np.isinf(row).any()):
        raise FormatError(f"line {number}: no frame number, no time or an infinite number")
    return row


def _is_number(cell: str) -> bool:
    try:
        float(cell or "nan")
    except ValueError:
        return not cell.strip()
    return True


def _check_times(lines: list[str], times: npt.NDArray[np.float64]) -> None:
    wrong = np.flatnonzero(np.diff(times) <= 0)
    if len(wrong):
        number = _data(lines)[wrong[0] + 1][0]
        raise FormatError(f"line {number}: the time does not come after that of the line before")


def is_trc(path: Path) -> bool:
    """Whether the path names or the file holds marker paths."""
    if path.suffix.lower() == ".trc":
        return True
    if path.suffix.lower() not in (".txt", "") or not path.is_file():
        return False
    with open_to_read(path) as file:
        return file.read(12) == "PathFileType"
