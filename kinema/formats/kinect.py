"""Kinect recordings as text: joints of version 1 (20) or 2 (25) with a time axis, in metres.

    Frame<TAB>Time<TAB>Person<TAB>HipCenter_X<TAB>HipCenter_Y<TAB>HipCenter_Z<TAB>HipCenter_State...
    0<TAB>0.0<TAB>0<TAB>0.01234<TAB>0.20011<TAB>2.50431<TAB>2<TAB>...

One row a frame and person, with the SDK's names of the joints; tabs in `.kinect.txt` and `.txt`,
commas in `.kinect.csv`. `Time` is in seconds, `State` the SDK's: 2 tracked, 1 inferred, 0 not
tracked, whose cells are empty. `Person` is the id, empty where there is none. A frame without
people is a row with frame and time only.

Axes. The sensor's own ("camera space"): x to the sensor's left, y up, z away from it. When read
they become "world": x to the sensor's right, y away from it, z up, the sensor in the origin.
"body" poses (x right, y down, z away) are written too, with the pelvis in the place of the sensor,
and come back as "world".

Writing. Poses of other skeletons become `kinect20`, joined by name. Scores become states.

Joints beside those of Human3.6M, as VideoPose3D and our lifter give them (`h36m17`):

| Kinect v1 | Kinect v2 | here | Human3.6M |
|---|---|---|---|
| HipCenter | SpineBase | `mid_hip` | hip, which is another place |
| Spine | SpineMid | `spine` | spine |
| ShoulderCenter | SpineShoulder | `thorax` | thorax |
| - | Neck | `mid_neck` | - |
| - | - | `jaw` | neck/nose |
| Head | Head | `head` | derived: between neck/nose and head |
| - | - | `head_top` | head, which is its top |
| Hip, Knee, Ankle Left | the same | `left_hip`, `_knee`, `_ankle` | the same |
| Shoulder, Elbow, Wrist Left | the same | `left_shoulder`, `_elbow`, `_wrist` | the same |
| Hand, Foot Left | the same | `left_hand`, `left_foot` | - |
| - | HandTip, Thumb Left | `left_hand_tip`, `left_thumb_tip` | - |

and likewise on the right. The Kinect's hip centre is the lower end of its spine, above the line
between the hips; Human3.6M's is the middle of the hips. A Kinect has no jaw. Joints without a
counterpart are empty, with state 0; `kinema convert` names them and says what else differs.

Reading. Joints may be called `HipCenter.X`, `HipCenterX`, `hipcenter_x`, ...; a state that is
missing is a score that is not known, tracked is 1 and inferred 0.5. Rows of numbers without a
header are understood where they hold 20 or 25 joints, after nothing, the time, or the frame and
the time.
Times in a column whose name ends in `ms`, or that are whole numbers 10 and more apart, are
milliseconds. Where there is no time, `--rate` gives it; the sensor runs at 30 frames a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError, SkeletonError
from kinema.formats.csv_wide import line_of
from kinema.formats.delimited import Table, first_cells
from kinema.formats.encoding import METRE_DECIMALS, TIME_DECIMALS
from kinema.formats.growing import GrowingText
from kinema.formats.recording import Header, PoseStream, PoseWriter, require_metres
from kinema.formats.rows import Row, frames_of
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import KINECT20, KINECT25

_ARMS_AND_LEGS = """ShoulderLeft ElbowLeft WristLeft HandLeft
    ShoulderRight ElbowRight WristRight HandRight
    HipLeft KneeLeft AnkleLeft FootLeft HipRight KneeRight AnkleRight FootRight"""
_HANDS = "SpineShoulder HandTipLeft ThumbLeft HandTipRight ThumbRight"
JOINTS: dict[str, tuple[str, ...]] = {
    "kinect20": tuple(f"HipCenter Spine ShoulderCenter Head {_ARMS_AND_LEGS}".split()),
    "kinect25": tuple(f"SpineBase SpineMid Neck Head {_ARMS_AND_LEGS} {_HANDS}".split()),
}
"""The SDK's names (`JointType`), in the order of our skeletons."""

TRACKED, INFERRED = 2, 1
STATE_SCORES = np.array([np.nan, 0.5, 1.0])
"""Of the states 0, 1 and 2."""

_LONGEST_SECONDS = 10.0  # a step of time as long as this is one of milliseconds
_CELL = re.compile(r"([A-Za-z]+?)[ ._\-:]*(X|Y|Z|State|TrackingState)", re.IGNORECASE)
_HEAD = {
    "frame": ("frame", "framenumber", "frameno"),
    "time": ("time", "timestamp", "times", "timems", "timestampms"),
    "person": ("person", "body", "bodyid", "skeleton", "trackingid", "id"),
}


def kinect_skeleton(skeleton: Skeleton) -> Skeleton:
    """The skeleton that is written for poses of `skeleton`."""
    return skeleton if skeleton == KINECT25 else KINECT20


class KinectWriter(PoseWriter):
    """Writes a table, each row at once.

    Raises:
        InputError: If the file cannot be written.
    """

    readable_when_cut = True

    def __init__(self, path: Path, header: Header) -> None:
        self.started = False
        self._file = GrowingText(path)
        self._mark = "," if path.suffix.lower() == ".csv" else "\t"
        self._skeleton = kinect_skeleton(header.skeleton or KINECT20)

    def write(self, poses: Poses) -> None:
        """Add one frame.

        Raises:
            InputError: If it is in an image.
            SkeletonError: If it needs another version of the sensor than the first frame.
        """
        require_metres(poses, "Kinect text")
        if not self.started:
            self._start(kinect_skeleton(poses.skeleton))
        if kinect_skeleton(poses.skeleton) != self._skeleton:
            raise SkeletonError(f"frame {poses.frame} is {poses.skeleton.name}, the first was not")
        time = None if np.isnan(poses.time) else round(float(poses.time), TIME_DECIMALS)
        if len(poses) == 0:
            self._write([poses.frame, time, None, *[None] * 4 * len(self._skeleton)])
        poses = poses.to(self._skeleton)
        ids = [None] * len(poses) if poses.ids is None else poses.ids.tolist()
        for identity, points, scores in zip(ids, _to_sensor(poses), poses.scores, strict=True):
            cells: list[object] = [poses.frame, time, identity]
            for point, score in zip(points, scores, strict=True):
                if np.isnan(point).any():
                    cells += [None, None, None, 0]
                else:
                    inferred = score < (INFERRED + 0.5) / TRACKED  # False for NaN
                    cells += [*point.tolist(), INFERRED if inferred else TRACKED]
            self._write(cells)

    def close(self) -> None:
        """Finish; a recording without frames gets its header now."""
        if self._file.is_open and not self.started:
            self._start(self._skeleton)
        self._file.close()

    def discard(self) -> None:
        """Remove the file."""
        self._file.discard()

    def _start(self, skeleton: Skeleton) -> None:
        self._skeleton = skeleton
        names = [
            f"{joint}_{what}"
            for joint in JOINTS[skeleton.name]
            for what in ("X", "Y", "Z", "State")
        ]
        self._write(["Frame", "Time", "Person", *names])
        self.started = True

    def _write(self, cells: list[object]) -> None:
        self._file.write(line_of(cells).replace(",", self._mark))


def from_sensor(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Points (..., 3) in the axes of the sensor as points in "world" space.

    >>> from_sensor(np.array([1.0, 2.0, 3.0])).tolist()
    [-1.0, 3.0, 2.0]
    """
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([-x, z, y], axis=-1)


def _to_sensor(poses: Poses) -> npt.NDArray[np.float64]:
    """The keypoints (N, K, 3) in the axes of the sensor."""
    x, y, z = np.moveaxis(poses.keypoints.astype(np.float64), 2, 0)
    turned = (-x, z, y) if poses.space == "world" else (-x, -y, z)
    return np.round(np.stack(turned, axis=2), METRE_DECIMALS) + 0.0


@dataclass(frozen=True)
class _Layout:
    """Where things stand: columns of x, y, z (K, 3) and states (K,), -1 where there is none."""

    skeleton: Skeleton
    places: npt.NDArray[np.int64]
    states: npt.NDArray[np.int64]
    head: dict[str, int]
    has_header: bool
    is_ms: bool = False


def read_kinect(path: Path) -> PoseStream:
    """The frames of a recording, row by row.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it does not hold the joints of a Kinect; while reading, if a cell is
            damaged, or frames or times go back. The message names the line.
    """
    table = Table(path)
    try:
        layout = _layout(table)
    except ValueError:
        table.close()
        raise
    rows = table.rows()
    if not layout.has_header:
        rows = chain([table.header], rows)
    frames = frames_of(_rows(table, rows, layout), layout.skeleton, "world", path)
    return PoseStream(Header(layout.skeleton, space="world"), frames, table.close)


def _layout(table: Table) -> _Layout:
    if _is_number(table.header[0]):
        return _headless(table)
    names = [re.sub(r"[ _()\[\]]", "", name).lower() for name in table.header]
    head = {
        what: names.index(word) for what, words in _HEAD.items() for word in words if word in names
    }
    cells: dict[tuple[str, str], int] = {}
    for number, name in enumerate(table.header):
        match = _CELL.fullmatch(name)
        if match:
            what = "state" if match[2].lower().endswith("state") else match[2].lower()
            cells[match[1].lower(), what] = number
    skeleton = KINECT25 if any(joint == "spinebase" for joint, _ in cells) else KINECT20
    joints = [joint.lower() for joint in JOINTS[skeleton.name]]
    for joint in joints:
        for axis in "xyz":
            if (joint, axis) not in cells:
                official = JOINTS[skeleton.name][joints.index(joint)]
                raise FormatError(f"{table.path}: the column {official}_{axis.upper()} is missing")
    places = np.array([[cells[joint, axis] for axis in "xyz"] for joint in joints])
    states = np.array([cells.get((joint, "state"), -1) for joint in joints])
    is_ms = "time" in head and names[head["time"]].endswith("ms")
    return _Layout(skeleton, places, states, head, has_header=True, is_ms=is_ms)


def _headless(table: Table) -> _Layout:
    width = len(table.header)
    for skeleton in (KINECT20, KINECT25):
        k = len(skeleton)
        before = width - 3 * k
        if before in (0, 1, 2):
            head = {name: i for i, name in enumerate(("frame", "time")[2 - before :])}
            places = np.arange(before, width).reshape(k, 3)
            return _Layout(skeleton, places, np.full(k, -1), head, has_header=False)
    raise FormatError(
        f"{table.path}: {width} numbers in a line; Kinect recordings have 60 (20 joints) or 75 "
        "(25 joints), after nothing, the time, or the frame and the time"
    )


def _rows(table: Table, rows: Iterator[list[str]], layout: _Layout) -> Iterator[Row]:
    first = [(table.line, cells) for cells in islice(rows, 2)]
    scale = _time_scale(table, [cells for _, cells in first], layout)
    later = ((table.line, cells) for cells in rows)
    for index, (line, cells) in enumerate(chain(first, later)):
        numbers = [table.number(cell, str(i + 1)) for i, cell in enumerate(cells)]
        values = np.array([*numbers, np.nan])
        points = values[layout.places]
        states = values[layout.states]
        points[np.isnan(points).any(axis=1) | (states == 0)] = np.nan
        known = np.where(np.isnan(states), 0, np.clip(states, 0, TRACKED)).astype(np.int64)
        empty = bool(np.isnan(points).all() and np.isnan(states).all())
        found = ~np.isnan(points).any(axis=1)
        person = values[layout.head["person"]] if "person" in layout.head else np.nan
        frame = values[layout.head["frame"]] if "frame" in layout.head else np.nan
        has_frame = not np.isnan(frame)
        yield Row(
            line=line,
            frame=int(frame) if has_frame else None if "time" in layout.head else index,
            time=float(values[layout.head["time"]]) * scale if "time" in layout.head else np.nan,
            keypoints=None if empty else from_sensor(points),
            scores=np.where(found, STATE_SCORES[known], 0.0),
            id=None if np.isnan(person) else int(person),
        )


def _time_scale(table: Table, first: list[list[str]], layout: _Layout) -> float:
    """Seconds in a unit of the time column."""
    if "time" not in layout.head:
        return 1.0
    times = [table.number(cells[layout.head["time"]], "time") for cells in first]
    whole = all(time.is_integer() for time in times)
    far = len(times) == 2 and times[1] - times[0] >= _LONGEST_SECONDS
    return 1e-3 if layout.is_ms or (whole and far) else 1.0


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def is_kinect(path: Path) -> bool:
    """Whether the path is a table with the joints of a Kinect, by their names."""
    if path.name.lower().endswith((".kinect.txt", ".kinect.csv")):
        return path.is_file()
    if path.suffix.lower() not in (".txt", ".csv", ".tsv"):
        return False
    matches = [_CELL.fullmatch(cell) for cell in first_cells(path)]
    joints = {match[1].lower() for match in matches if match}
    return {"ankleleft", "ankleright", "handleft", "hipright"} <= joints
