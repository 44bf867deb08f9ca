"""C3D: the paths of markers, with events, as Vicon, Qualisys, Visual3D and others write them.

Reading and writing is done by `ezc3d`: `pip install 'kinema[mocap]'`.

Reading. Points are turned to metres by `POINT:UNITS` (mm where it says nothing, as in old files)
and to z up by `POINT:Y_SCREEN` where the file has it, else as `kinema.formats.axes` says, z being
usual. A point with a negative residual, and one at exactly 0, 0, 0, was not found. What is left
out: unlabelled points (`*12`), and the columns that are no positions (`POINT:ANGLES`, `FORCES`,
`MOMENTS`, `POWERS`, `SCALARS`). Labels become joint names as in `kinema.formats.joint_names`; those
that Kinema does not know stay. A prefix (`Anna:LKNE`) parts several subjects into people; `P3:` is
the id 3, other prefixes are counted from 1. There are no scores: those of joints that are there are
NaN. The frame number counts from 0, and the time is frame / rate: that of frame 0 is 0, also where
a file has been cut and begins later. Analog channels and force plates are not read.

Writing. Millimetres, float32, z up with `X_SCREEN` and `Y_SCREEN` saying so, residual -1 for joints
that were not found. All people go into one file, each with a prefix (`P3:RKnee`) if there are
several. A C3D has a rate and no times, so times are put on the grid of whole frame times first, in
between linearly where need be; see `Track.regular`.

Events. `EVENT` holds times, contexts (`Left`, `Right`) and labels; see `read_c3d_events`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from kinema.curves import Event, Side
from kinema.errors import FormatError, MissingExtra
from kinema.formats.axes import Up, up_axis, z_up
from kinema.formats.c3d_check import check_c3d
from kinema.formats.joint_names import joints_of_markers, marker_names, skeleton_of
from kinema.formats.one_person import CollectingWriter, Recorded, frames_of, id_of, track_of
from kinema.formats.recording import Header, PoseStream
from kinema.formats.staging import file_errors
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]
METRES = {"mm": 0.001, "cm": 0.01, "dm": 0.1, "m": 1.0, "in": 0.0254}
EVENT_KINDS = {"foot strike": "heel_strike", "foot off": "toe_off"}
_NO_POSITIONS = ("ANGLES", "FORCES", "MOMENTS", "POWERS", "SCALARS", "REACTIONS")
_SIDES: dict[str, Side] = {"left": "left", "right": "right"}
_BESIDE = 0.05  # frame times by which a time may lie beside the grid, as rounded ones do
_LABEL_LENGTH = 127  # a dimension of a parameter is one byte


def read_c3d(path: Path, *, up: Up | None = None) -> PoseStream:
    """The frames of a C3D file. It is held in memory.

    Args:
        path: Of the file.
        up: The axis that points up in it; None finds out.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is damaged or shorter than its header says.
        MissingExtra: If ezc3d is not installed.
    """
    content = _load(path)
    rate = _number(content, "RATE")
    if not rate > 0:
        raise FormatError(f"{path}: POINT:RATE is {rate:g}; it must be positive")
    points, labels = _positions(content, path)
    people = _people(labels, id_of(path))
    joints = tuple(dict.fromkeys(joint for person in people for joint in person.joints))
    skeleton = skeleton_of(joints, "markers")
    stacked = np.concatenate([person.points(points, joints) for person in people])
    shape = (len(people), points.shape[0], len(joints), 3)
    stacked = stacked.reshape(shape) * METRES[_units(content, path)]
    up = up or _screen(content) or up_axis(joints, stacked.reshape(-1, *shape[2:]), "z")
    frames = int(content["header"]["points"]["first_frame"]) + np.arange(points.shape[0])
    tracks = [
        track_of(skeleton, z_up(each, up), frames / rate, identity=person.id)
        for person, each in zip(people, stacked, strict=True)
    ]
    header = Header(skeleton, source=path.stem, rate=rate, space="world")
    return PoseStream(header, frames_of(tracks, frames.astype(np.int64)))


def read_c3d_events(path: Path) -> tuple[Event, ...]:
    """The events of a C3D file in order of time, on the time axis of `read_c3d`.

    `Foot Strike` is `heel_strike` and `Foot Off` is `toe_off`; other labels are given in small
    letters with `_` for spaces. The side is that of the context; a general context has none.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is damaged.
        MissingExtra: If ezc3d is not installed.
    """
    content = _load(path)
    group = content["parameters"].get("EVENT")
    if group is None or "TIMES" not in group:
        return ()
    times = np.asarray(group["TIMES"]["value"], dtype=np.float64)
    labels = [str(label).strip().lower() for label in _texts(group, "LABELS")]
    contexts = [str(context).strip().lower() for context in _texts(group, "CONTEXTS")]
    if times.size == 0:
        return ()
    if times.ndim != 2 or times.shape[0] != 2 or len(labels) < times.shape[1]:
        raise FormatError(f"{path}: its EVENT:TIMES and EVENT:LABELS do not fit each other")
    contexts += [""] * (len(labels) - len(contexts))
    seconds = 60 * times[0] + times[1]  # minutes and seconds
    events = [
        Event(EVENT_KINDS.get(label, label.replace(" ", "_")), time, _SIDES.get(context))
        for time, label, context in zip(seconds.tolist(), labels, contexts, strict=False)
    ]
    return tuple(sorted(events, key=lambda event: event.time))


def c3d_writer(path: Path, header: Header) -> CollectingWriter:
    """Begins a C3D file.

    Raises:
        InputError: If it cannot be written.
        MissingExtra: If ezc3d is not installed.
    """
    _ezc3d()
    return CollectingWriter(path, header, name="C3D", save=save_c3d, together=True)


def save_c3d(people: Sequence[Recorded], path: Path, events: Sequence[Event] = ()) -> None:
    """Writes people, and events if there are any, to one C3D file.

    Raises:
        InputError: If it cannot be written.
        MissingExtra: If ezc3d is not installed.
    """
    rate = people[0].rate
    tracks, first = _on_one_grid(people, rate)
    names = marker_names(tracks[0].skeleton)
    several = len(tracks) > 1
    labels = [f"P{t.id}:{name}" if several else name for t in tracks for name in names]
    points = np.concatenate([t.keypoints for t in tracks], axis=1).astype(np.float64) * 1000
    residuals = np.where(np.isnan(points).any(axis=2), -1.0, 0.0)  # (T, points)
    points[residuals < 0] = 0
    content = _ezc3d().c3d()
    point = content["parameters"]["POINT"]
    point["RATE"]["value"] = [rate]
    point["LABELS"]["value"] = [label[:_LABEL_LENGTH] for label in labels]
    point["UNITS"]["value"] = ["mm"]
    for key, axis in (("X_SCREEN", "+X"), ("Y_SCREEN", "+Z")):
        content.add_parameter("POINT", key, [axis])
    homogeneous = np.concatenate([points, np.ones((*points.shape[:2], 1))], axis=2)
    content["data"]["points"] = homogeneous.transpose(2, 1, 0)
    content["data"]["meta_points"]["residuals"] = residuals.T[None]
    content["header"]["points"]["first_frame"] = first
    for event in events:
        _add_event(content, event)
    part = path.with_name(f".{path.stem}.part.c3d")  # ezc3d wants this ending
    try:
        with file_errors("write", path):
            content.write(str(part))
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _on_one_grid(people: Sequence[Recorded], rate: float) -> tuple[list[Track], int]:
    """The people at the same whole numbers of frame times, and the first of these numbers."""
    start = min(float(person.track.times[0]) for person in people)
    end = max(float(person.track.times[-1]) for person in people)
    first = round(start * rate)
    times = np.arange(first, round(end * rate) + 1) / rate
    tracks = []
    for person in people:
        regular = person.track.regular(rate)
        offset = float(regular.times[0]) * rate - first
        if abs(offset - round(offset)) > _BESIDE:
            tracks.append(person.track.at(times))
            continue
        points = np.full((len(times), *regular.keypoints.shape[1:]), np.nan)
        points[round(offset) : round(offset) + len(regular)] = regular.keypoints
        tracks.append(track_of(regular.skeleton, points, times, identity=regular.id))
    return tracks, first


def _add_event(content: Any, event: Event) -> None:
    names = {kind: label.title() for label, kind in EVENT_KINDS.items()}
    minutes, seconds = divmod(event.time, 60)
    context = event.side.title() if event.side else "General"
    label = names.get(event.kind, event.kind.replace("_", " ").title())
    content.add_event([minutes, seconds], context, label)


def _ezc3d() -> Any:
    try:
        import ezc3d
    except ImportError as error:
        raise MissingExtra("ezc3d", "mocap") from error
    return ezc3d


def _load(path: Path) -> Any:
    module = _ezc3d()
    with file_errors("read", path):
        check_c3d(path)
    try:
        return module.c3d(str(path))
    except (OSError, RuntimeError, ValueError, IndexError, KeyError) as error:
        reason = str(error).split("\n")[0].removesuffix(": iostream error")
        raise FormatError(f"{path} is damaged or no C3D file: {reason}") from error


def _texts(group: Any, key: str) -> list[str]:
    return [str(text).strip() for text in group[key]["value"]] if key in group else []


def _number(content: Any, key: str) -> float:
    values = np.ravel(content["parameters"]["POINT"].get(key, {"value": [0]})["value"])
    return float(values[0]) if len(values) else 0.0


def _units(content: Any, path: Path) -> str:
    units = (_texts(content["parameters"]["POINT"], "UNITS") or ["mm"])[0].lower() or "mm"
    if units not in METRES:
        raise FormatError(f"{path}: unknown POINT:UNITS {units!r}; known are {', '.join(METRES)}")
    return units


def _screen(content: Any) -> Up | None:
    """What the file itself says is up, if it does."""
    texts = _texts(content["parameters"]["POINT"], "Y_SCREEN")
    axis = texts[0].lower().removeprefix("+") if texts else ""
    return cast("Up", axis) if axis in ("x", "y", "z", "-x", "-y", "-z") else None


def _positions(content: Any, path: Path) -> tuple[Float64Array, list[str]]:
    """The points (T, K, 3) that are positions, in the units of the file, and their labels."""
    group = content["parameters"]["POINT"]
    labels = _texts(group, "LABELS") + _texts(group, "LABELS2") + _texts(group, "LABELS3")
    points = np.asarray(content["data"]["points"], dtype=np.float64)[:3].transpose(2, 1, 0).copy()
    residuals = np.asarray(content["data"]["meta_points"]["residuals"])[0].T
    labels = labels[: points.shape[1]]
    points[residuals < 0] = np.nan
    points[(points == 0).all(axis=2)] = np.nan
    other = {label for key in _NO_POSITIONS for label in _texts(group, key)}
    kept = [
        i
        for i, label in enumerate(labels)
        if label and not label.startswith("*") and label not in other
    ]
    if not kept:
        raise FormatError(f"{path} holds no labelled points")
    names = [labels[i] for i in kept]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise FormatError(f"{path}: the point {min(twice)!r} is there twice")
    return points[:, kept], names


@dataclass(frozen=True)
class _Person:
    """The columns of one subject."""

    id: int
    columns: tuple[int, ...]
    joints: tuple[str, ...]

    def points(self, points: Float64Array, joints: tuple[str, ...]) -> Float64Array:
        """The person's points with all `joints`, (T, K, 3)."""
        result = np.full((len(points), len(joints), 3), np.nan)
        result[:, [joints.index(joint) for joint in self.joints]] = points[:, list(self.columns)]
        return result


def _people(labels: list[str], identity: int) -> list[_Person]:
    """The subjects that the prefixes of labels tell, in order of first appearance."""
    prefixes = list(dict.fromkeys(label.rpartition(":")[0] for label in labels))
    people = []
    for number, prefix in enumerate(prefixes):
        columns = [i for i, label in enumerate(labels) if label.rpartition(":")[0] == prefix]
        joints = joints_of_markers([labels[i].rpartition(":")[2] for i in columns])
        people.append(_Person(identity + number, tuple(columns), joints))
    written = [prefix[1:] for prefix in prefixes]
    if all(prefix[:1] == "P" and prefix[1:].isdecimal() for prefix in prefixes):
        people = [replace(p, id=int(w)) for p, w in zip(people, written, strict=True)]
    return people


def is_c3d(path: Path) -> bool:
    """Whether the path names a C3D file."""
    return path.suffix.lower() == ".c3d"
