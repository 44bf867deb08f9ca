"""AMC: motion of an ASF skeleton (Acclaim), as CMU's recordings come. It is read, not written.

The skeleton is in an `.asf` file in the same folder; `kinema.formats.asf` says which. Each frame
gives angles to the bones: a bone's rotation is A M A^-1 in its parent, A being its own axes and M
the turns about x, then y, then z (Lander 1998, "Working with motion capture file formats").

Units. Lengths of CMU's files (`length 0.45`) are in inches times 0.45; those of others are told by
the length of the legs (`kinema.formats.hierarchy`). y is up, as is usual, unless the person is
upright along another axis (`kinema.formats.axes`).

AMC says nothing of time: frames are counted from 1, here from 0, and the time is NaN. CMU's
recordings have 120 frames a second: `--rate 120`. There are no scores (NaN).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinema.errors import FormatError
from kinema.formats.asf import ROOT, Bone, Figure, asf_of, read_asf
from kinema.formats.axes import Up, up_axis, z_up
from kinema.formats.hierarchy import (
    CMU_UNIT,
    Float64Array,
    Joint,
    joint_positions,
    metres_in_unit,
    rotation_matrices,
)
from kinema.formats.joint_names import joints_of_asf, skeleton_of
from kinema.formats.one_person import frames_of, id_of, track_of
from kinema.formats.recording import Header, PoseStream
from kinema.formats.textfile import finite_numbers, parse_lines

_CMU_LENGTH = 0.45
_CENTIMETRE = 0.01
Values = dict[str, list[list[float]]]


def read_amc(path: Path, *, asf: Path | None = None, up: Up | None = None) -> PoseStream:
    """The frames of an AMC file. It is held in memory.

    Args:
        path: Of the file.
        asf: Of its skeleton; None finds it.
        up: The axis that points up in it; None finds out.

    Raises:
        InputError: If a file cannot be opened or there is no ASF file.
        FormatError: If one is damaged; the message names the line.
    """
    figure = read_asf(asf or asf_of(path))
    degrees, values = parse_lines(path, lambda lines: _parse(lines, figure))
    joints = joints_of_asf(list(figure.bones))
    points = _positions(figure, values, degrees)
    is_cmu = figure.length == _CMU_LENGTH
    points *= CMU_UNIT if is_cmu else metres_in_unit(joints, points) or _CENTIMETRE
    points = z_up(points, up or up_axis(joints, points, "y"))
    named = dict(zip(figure.bones, joints, strict=True))
    edges = [(named[b.parent], named[b.name]) for b in figure.bones.values() if b.name != ROOT]
    skeleton = skeleton_of(joints, "asf", edges)
    frames = np.arange(len(points))
    track = track_of(skeleton, points, frames.astype(np.float64), identity=id_of(path))
    stream = frames_of([track], frames, timeless=True)
    return PoseStream(Header(skeleton, source=path.stem, space="world"), stream)


def _positions(figure: Figure, values: Values, degrees: bool) -> Float64Array:
    """The ends of all bones, the root first, (T, J, 3), in the axes and units of the file."""
    names = list(figure.bones)
    count = len(values[ROOT])
    rotations = np.empty((count, len(names), 3, 3))
    joints, shifts = [], np.zeros((count, len(names), 3))
    for i, bone in enumerate(figure.bones.values()):
        turns = _turns(bone, figure, values, degrees)
        rotations[:, i] = bone.axes @ turns @ bone.axes.T
        # A bone is turned at its start, so its end, which is the joint, is turned with it.
        shifts[:, i] = rotations[:, i] @ bone.vector
        parent = -1 if bone.name == ROOT else names.index(bone.parent)
        joints.append(Joint(bone.name, parent, bone.vector))
    moves = [figure.root_order.index(key) for key in ("tx", "ty", "tz")]
    shifts[:, 0] = np.array(values[ROOT]).reshape(count, -1)[:, moves]
    return joint_positions(joints, rotations, shifts)


def _turns(bone: Bone, figure: Figure, values: Values, degrees: bool) -> Float64Array:
    """The turns of a bone in its own axes, (T, 3, 3)."""
    count = len(values[ROOT])
    angles = np.zeros((count, 3))
    columns, turns = list(range(len(bone.turns))), bone.turns
    if bone.name == ROOT:
        turns = (0, 1, 2)
        columns = [figure.root_order.index(key) for key in ("rx", "ry", "rz")]
    if turns and count:
        angles[:, list(turns)] = np.array(values[bone.name]).reshape(count, -1)[:, columns]
    return rotation_matrices("xyz", angles, degrees=degrees)


def _parse(lines: list[str], figure: Figure) -> tuple[bool, Values]:
    """Whether angles are in degrees, and the numbers of each bone in each frame.

    Errors begin with the number of the line, counted from 1.
    """
    needed = {name: len(bone.turns) for name, bone in figure.bones.items() if bone.turns}
    needed[ROOT] = len(figure.root_order)
    values: Values = {name: [] for name in needed}
    degrees, count = figure.degrees, 0
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if words[0].startswith(":"):
            degrees = {":degrees": True, ":radians": False}.get(words[0].lower(), degrees)
        elif len(words) == 1 and words[0].isdecimal():
            _check_frame(values, count, number)
            count += 1
        else:
            _take(words, needed, values, count, number)
    if count == 0:
        raise FormatError(f"line {max(len(lines), 1)}: the file holds no frames")
    _check_frame(values, count, len(lines))
    return degrees, values


def _check_frame(values: Values, count: int, number: int) -> None:
    missing = [name for name, rows in values.items() if len(rows) != count]
    if missing:
        raise FormatError(
            f"line {number}: frame {count} ends without {missing[0]}; was it cut off?"
        )


def _take(
    words: list[str], needed: dict[str, int], values: Values, count: int, number: int
) -> None:
    name, cells = words[0], words[1:]
    if name not in needed:
        raise FormatError(f"line {number}: the skeleton has no bone {name!r} that turns")
    if len(cells) != needed[name] or len(values[name]) != count - 1:
        raise FormatError(
            f"line {number}: {name} has {len(cells)} of {needed[name]} numbers, or is there twice"
        )
    values[name].append(finite_numbers(cells, number))


def is_amc(path: Path) -> bool:
    """Whether the path names an AMC file."""
    return path.suffix.lower() == ".amc"
