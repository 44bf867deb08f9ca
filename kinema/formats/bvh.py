"""BVH: a skeleton with its turning joints, as Blender, MotionBuilder, Maya and Unity read it.

Reading. Positions follow from the hierarchy and the channels, each joint's rotations being applied
in the order that the file says. Position channels stand in place of the offset. End sites are
joints, too, named after theirs with `_end`, unless they lie in the same place. Names become
Kinema's as far as `kinema.formats.joint_names` knows them. BVH names no unit: centimetres,
metres, millimetres, inches and CMU's units are told apart by the length of the legs (see
`kinema.formats.hierarchy`), and without legs it is centimetres. y is up, as is usual, unless the
person is upright along another axis (`kinema.formats.axes`). A file whose root is `mid_hip` is
Kinema's own: centimetres, y up. There are no scores (NaN).

Rates. `Frame Time` is often rounded (.0083333); where 1 / `Frame Time` is within one in 10,000 of a
whole number of frames a second, that is the rate.

Writing. See `kinema.formats.bvh_fit`: centimetres, y up, channels `Yrotation Xrotation Zrotation`
in degrees after `Xposition Yposition Zposition` of the root. Positions come back to less than 0.1
mm where each bone keeps its length; where it does not, as in poses that a network has estimated,
each joint comes to the nearest place that its bone's median length allows. BVH has no place for a
missing joint: joints that are never found are left out, and gaps are refused, as anything in their
place would be invented. Times are put on a regular grid, which begins at 0. Several people: see
`kinema.formats.one_person`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinema.formats.axes import Up, up_axis, y_up, z_up
from kinema.formats.body_tree import ROOT
from kinema.formats.bvh_fit import LINK, fit
from kinema.formats.bvh_text import Motion, parse_bvh
from kinema.formats.hierarchy import (
    Float64Array,
    joint_positions,
    metres_in_unit,
    rotation_angles,
    rotation_matrices,
)
from kinema.formats.joint_names import joints_of_bvh, skeleton_of
from kinema.formats.one_person import CollectingWriter, Recorded, frames_of, id_of, track_of
from kinema.formats.recording import Header, PoseStream
from kinema.formats.staging import replace_text
from kinema.formats.textfile import open_to_read, parse_lines

CENTIMETRE = 0.01
_WHOLE_RATE = 1e-4
_ROOT_CHANNELS = ("Xposition", "Yposition", "Zposition")
# Heading first, so that a person may turn around: the middle angle must stay off 90 degrees.
_CHANNELS = ("Yrotation", "Xrotation", "Zrotation")


def read_bvh(path: Path, *, up: Up | None = None, metres: float | None = None) -> PoseStream:
    """The frames of a BVH file. It is held in memory.

    Args:
        path: Of the file.
        up: The axis that points up in it; None finds out.
        metres: Metres in a unit of the file; None finds out.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is damaged; the message names the line.
    """
    motion = parse_lines(path, parse_bvh)
    kept = [i for i, joint in enumerate(motion.joints) if not joint.name.endswith(LINK)]
    joints = joints_of_bvh([motion.joints[i].name for i in kept])
    points = positions(motion)[:, kept]
    if joints[0] == motion.joints[0].name == ROOT:  # Kinema's own
        metres, up = metres or CENTIMETRE, up or "y"
    points = points * (metres or metres_in_unit(joints, points) or CENTIMETRE)
    points = z_up(points, up or up_axis(joints, points, "y"))
    names = dict(zip(kept, joints, strict=True))
    edges = [(_parent(motion, i, names), name) for i, name in names.items() if i != kept[0]]
    skeleton = skeleton_of(joints, "bvh", edges)
    rate = 1 / motion.frame_time
    if abs(rate - round(rate)) < _WHOLE_RATE * rate:
        rate = float(round(rate))
    frames = np.arange(len(points))
    track = track_of(skeleton, points, frames / rate, identity=id_of(path))
    header = Header(skeleton, source=path.stem, rate=rate, space="world")
    return PoseStream(header, frames_of([track], frames))


def _parent(motion: Motion, index: int, names: dict[int, str]) -> str:
    parent = motion.joints[index].parent
    while parent not in names:
        parent = motion.joints[parent].parent
    return names[parent]


def positions(motion: Motion) -> Float64Array:
    """The positions of all joints and end sites, (T, J, 3), in the axes and units of the file."""
    t, j = len(motion.values), len(motion.joints)
    rotations = np.tile(np.eye(3), (t, j, 1, 1))
    shifts = np.tile([joint.offset for joint in motion.joints], (t, 1, 1))
    column = 0
    for i, joint in enumerate(motion.joints):
        turns: list[int] = []
        for k, channel in enumerate(joint.channels):
            if channel.endswith("position"):
                shifts[:, i, "XYZ".index(channel[0])] = motion.values[:, column + k]
            else:
                turns.append(k)
        if turns:
            order = "".join(joint.channels[k][0] for k in turns)
            angles = motion.values[:, [column + k for k in turns]]
            rotations[:, i] = rotation_matrices(order, angles)
        column += len(joint.channels)
    return joint_positions(motion.joints, rotations, shifts)


def bvh_writer(path: Path, header: Header) -> CollectingWriter:
    """Begins a BVH file, or one for each person.

    Raises:
        InputError: If it cannot be written.
    """
    return CollectingWriter(path, header, name="BVH", save=_save)


def _save(people: Sequence[Recorded], path: Path) -> None:
    track = people[0].track.regular(people[0].rate)
    fitted = fit(track.skeleton, y_up(track.keypoints.astype(np.float64)) / CENTIMETRE, path)
    children = [
        [i for i, joint in enumerate(fitted.joints) if joint.parent == parent]
        for parent in range(len(fitted.joints))
    ]
    lines = ["HIERARCHY"]

    def add(index: int, depth: int) -> None:
        """Writes a joint and all that hang on it, indented by its depth."""
        joint, space = fitted.joints[index], "  " * depth
        channels = _CHANNELS if depth else _ROOT_CHANNELS + _CHANNELS
        lines.append(f"{space}{'JOINT' if depth else 'ROOT'} {joint.name}")
        lines.append(f"{space}{{")
        lines.append(f"{space}  OFFSET " + _numbers(joint.offset))
        lines.append(f"{space}  CHANNELS {len(channels)} {' '.join(channels)}")
        for child in children[index]:
            add(child, depth + 1)
        if not children[index]:
            lines.extend([f"{space}  End Site", f"{space}  {{", f"{space}    OFFSET 0 0 0"])
            lines.append(f"{space}  }}")
        lines.append(f"{space}}}")

    add(0, 0)
    lines += ["MOTION", f"Frames: {len(track)}", f"Frame Time: {1 / people[0].rate:.10f}"]
    angles = rotation_angles(fitted.rotations, "".join(channel[0] for channel in _CHANNELS))
    for place, row in zip(fitted.root, angles.reshape(len(track), -1), strict=True):
        lines.append(f"{_numbers(place)} {_numbers(row)}")
    replace_text(path, "\n".join(lines) + "\n")


def _numbers(values: Float64Array) -> str:
    return " ".join(f"{value:.6f}" for value in (np.round(values, 6) + 0.0).tolist())


def is_bvh(path: Path) -> bool:
    """Whether the path names or the file holds a BVH."""
    if path.suffix.lower() == ".bvh":
        return True
    if path.suffix.lower() not in (".txt", "") or not path.is_file():
        return False
    with open_to_read(path) as file:
        return file.read(100).split()[:2] == ["HIERARCHY", "ROOT"]
