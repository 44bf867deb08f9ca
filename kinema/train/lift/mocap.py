"""Recordings of motion to train lifting with: the 17 joints of `h36m17` in metres, z up.

Read are BVH, ASF/AMC, exponential maps (`.npz` of arrays (T, 117), see `expmap`) and VideoPose3D's
`data_3d_h36m.npz`. The joints of motion files are turned into those of Human3.6M so:

- `mid_hip` is the middle of the hips, `thorax` that of the shoulders, and `spine` the middle of
  both: as they follow from what 2D models find.
- `jaw` is where the head begins. The head bone of CMU's files ends at the height of the ears, not
  at the crown; `head_top` is `CROWN` times as far from its beginning.
- The wrist is where the hand begins. CMU's forearm has two bones, for bending and for twisting; the
  wrist is at the end of the second, `lwrist`.
- The conversions of CMU's recordings to BVH have lost the second forearm bones and the upper third
  of the trunk, where a bone with several children follows (their trunks are 0.40 m from hips to
  shoulders, those of the ASF files 0.50 to 0.53 m). They are put back: the bone of the trunk as
  long as the one below it and in the direction of the neck, that of the forearm half as long as the
  first one and in its direction, as they are in the ASF files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError, InputError
from kinema.formats.amc import read_amc
from kinema.formats.arrays import Archive
from kinema.formats.bvh import read_bvh
from kinema.formats.recording import PoseReader
from kinema.poses import Float32Array
from kinema.skeletons import H36M17
from kinema.train.lift import expmap

Float64Array = npt.NDArray[np.float64]

CMU_RATE = 120.0
H36M_RATE = 50.0
CROWN = 1.9
_H36M_JOINTS = (0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27)
"""Which of Human3.6M's 32 joints move, in the order of `h36m17` (VideoPose3D's `remove_joints`)."""

_SHORTEST = 0.25  # seconds
_SPARE_FRAMES = 4
_SUBJECTS_SAID = 12  # in an error
_SAME_ANGLE = 2.0  # degrees
_ORDER = (".amc", ".bvh", ".npz")  # where a recording is there twice, the better file


@dataclass(frozen=True, eq=False)
class Motion:
    """One recording of one person.

    Attributes:
        name: Subject and recording: `02_01`.
        subject: Who moves: `02`. Recordings of one person are held out together.
        rate: Frames per second.
        points: (T, 17, 3) joints of `h36m17` in metres, z up.
    """

    name: str
    subject: str
    rate: float
    points: Float32Array

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.points) / self.rate


def read_motions(paths: Sequence[str | Path]) -> list[Motion]:
    """All recordings in files and folders, in the order of their names.

    A recording that is there as AMC, as BVH and as exponential maps is taken once, from the first
    of these: by its name or, as exponential maps tell no subject, by its motion. Five walks of the
    usual archives of exponential maps are `02_01`, `06_01`, `07_01`, `07_02` and `35_01`, and would
    otherwise be learned from where their subjects are held out.

    Raises:
        InputError: If a path does not exist, or there is nothing to read in it.
        FormatError: If a file is damaged.
    """
    motions: dict[str, Motion] = {}
    for path in _files(paths):
        for motion in _read(path):
            if motion.seconds < _SHORTEST or not np.isfinite(motion.points).all():
                continue
            if not any(same_motion(motion, other) for other in motions.values()):
                motions.setdefault(motion.name, motion)
    if not motions:
        names = ", ".join(map(str, paths))
        raise InputError(f"there is no motion to train with in {names or 'nothing'}")
    return [motions[name] for name in sorted(motions)]


def same_motion(first: Motion, second: Motion) -> bool:
    """Whether two recordings are one, perhaps on other skeletons and some frames shorter.

    Compared are the angles of elbows and knees, which no skeleton changes much.
    """
    spare = abs(len(first.points) - len(second.points))
    if spare > _SPARE_FRAMES or first.rate != second.rate:
        return False
    angles = [_bend_angles(motion.points) for motion in (first, second)]
    count = min(map(len, angles)) - _SPARE_FRAMES
    if count < 1:
        return False
    middle = angles[0][_SPARE_FRAMES // 2 :][:count]
    shifted = [angles[1][start:][:count] for start in range(_SPARE_FRAMES + 1)]
    errors = [np.abs(middle[: len(other)] - other).mean() for other in shifted]
    return bool(min(errors) < _SAME_ANGLE)


def _bend_angles(points: Float32Array) -> Float64Array:
    """The angles of elbows and knees, (T, 4), in degrees; 180 is straight."""
    columns = []
    for side in ("left", "right"):
        for chain in (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle")):
            start, bend, end = (points[:, H36M17.index(f"{side}_{joint}")] for joint in chain)
            one, two = start - bend, end - bend
            sizes = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
            cosine = (one * two).sum(axis=1) / np.maximum(sizes, 1e-9)
            columns.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return np.stack(columns, axis=1)


def split_by_subject(
    motions: Iterable[Motion], held_out: Sequence[str]
) -> tuple[list[Motion], list[Motion]]:
    """The recordings to train with, and those of the subjects held out.

    Raises:
        InputError: If a subject held out is not there, or nobody is left to train with.
    """
    motions = list(motions)
    known = sorted({motion.subject for motion in motions})
    unknown = sorted(set(held_out) - set(known))
    if unknown:
        some = ", ".join(known[:_SUBJECTS_SAID]) + (", ..." if len(known) > _SUBJECTS_SAID else "")
        raise InputError(
            f"there are no recordings of the subject {unknown[0]} to hold out, but of {some}"
        )
    kept = [motion for motion in motions if motion.subject not in held_out]
    if not kept:
        raise InputError("all subjects are held out; nobody is left to train with")
    return kept, [motion for motion in motions if motion.subject in held_out]


def _files(paths: Sequence[str | Path]) -> list[Path]:
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            found += [file for file in path.rglob("*") if file.suffix.lower() in _ORDER]
        elif path.exists():
            found.append(path)
        else:
            raise InputError(
                f"there is no {path}; give files of motion capture, or folders of them"
            )
    return sorted(found, key=lambda path: (_place(path), path.name))


def _place(path: Path) -> int:
    suffix = path.suffix.lower()
    return _ORDER.index(suffix) if suffix in _ORDER else len(_ORDER)


def _read(path: Path) -> Iterator[Motion]:
    suffix = path.suffix.lower()
    if suffix == ".bvh":
        yield _of_file(path, read_bvh(path))
    elif suffix == ".amc":
        yield _of_file(path, read_amc(path))
    elif suffix == ".npz":
        yield from _of_archive(path)
    else:
        raise InputError(f"{path} is neither BVH, AMC nor NPZ, which motion is read from")


def _of_file(path: Path, reader: PoseReader) -> Motion:
    header = reader.header
    names = header.skeleton.keypoints if header.skeleton else ()
    rows = [poses.keypoints[0] for poses in reader if len(poses)]
    points = np.array(rows, dtype=np.float64).reshape(len(rows), len(names), 3)
    named = {name: points[:, i] for i, name in enumerate(names)}
    if _lacks_bones(named):
        named = _with_bones(named)
    try:
        joints = h36m_joints(named)
    except KeyError as error:
        raise FormatError(f"{path} has no joint {error.args[0]}; a whole body is needed") from error
    subject = path.stem.partition("_")[0]
    return Motion(path.stem, subject, header.rate or CMU_RATE, joints)


def h36m_joints(named: dict[str, Float64Array]) -> Float32Array:
    """The joints of `h36m17` (T, 17, 3) from those of a motion file, each (T, 3), by name.

    Raises:
        KeyError: If one is missing.
    """
    named = dict(named)
    for side in ("left", "right"):
        named[f"{side}_wrist"] = named.get(f"{side[0]}wrist", named[f"{side}_wrist"])
    head = named["upper_neck"]
    made = {
        "mid_hip": (named["left_hip"] + named["right_hip"]) / 2,
        "thorax": (named["left_shoulder"] + named["right_shoulder"]) / 2,
        "jaw": head,
        "head_top": head + CROWN * (named["head_top"] - head),
    }
    made["spine"] = (made["mid_hip"] + made["thorax"]) / 2
    chosen = [made[joint] if joint in made else named[joint] for joint in H36M17.keypoints]
    return np.stack(chosen, axis=1).astype(np.float32)


def _lacks_bones(named: dict[str, Float64Array]) -> bool:
    """Whether it is a conversion of CMU's: neck and collars begin where the upper back ends."""
    return all(name in named for name in ("Chest", "Chest2", "lowerneck", "Neck")) and bool(
        np.allclose(named["lowerneck"], named["Chest2"], atol=1e-6)
    )


def _with_bones(named: dict[str, Float64Array]) -> dict[str, Float64Array]:
    """The joints with the three bones that the conversion has lost."""
    length = np.linalg.norm(named["Chest2"] - named["Chest"], axis=1, keepdims=True)
    neck = named["Neck"] - named["Chest2"]
    lift = neck / np.linalg.norm(neck, axis=1, keepdims=True) * length
    upper = {"upper_neck", "head_top"} | {
        f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist")
    }
    full = {name: value + lift if name in upper else value for name, value in named.items()}
    for side in ("left", "right"):
        elbow, twist = full[f"{side}_elbow"], full[f"{side}_wrist"]
        full[f"{side}_wrist"] = twist + (twist - elbow) / 2
    return full


def _of_archive(path: Path) -> Iterator[Motion]:
    archive = Archive(path)
    try:
        if "positions_3d" in archive.names:
            yield from _human36m(archive.objects("positions_3d"), path)
            return
        for name in archive.names:
            stream = archive.stream(name)
            if stream.shape[1:] != (expmap.COLUMNS,):
                raise FormatError(
                    f"{path}: {name} is {stream.shape}; exponential maps are (T, {expmap.COLUMNS})"
                )
            points = expmap.joint_places(stream.whole())[..., (0, 2, 1)] * (1, -1, 1)
            named = {joint: points[:, i] for i, joint in enumerate(expmap.JOINTS)}
            # As in motion files, the head's end is called its top.
            named |= {"upper_neck": named["head"], "head_top": named["head_end"]}
            joints = h36m_joints(named)
            yield Motion(f"{path.stem}/{name}", path.stem, CMU_RATE, joints)
    finally:
        archive.close()


def _human36m(positions: object, path: Path) -> Iterator[Motion]:
    if not isinstance(positions, dict):
        raise FormatError(f"{path}: positions_3d is no dictionary of subjects")
    for subject, actions in positions.items():
        for action, points in actions.items() if isinstance(actions, dict) else []:
            shape = getattr(points, "shape", ())
            if shape[1:] not in ((17, 3), (32, 3)):
                raise FormatError(f"{path}: {subject} {action} is not (T, 32, 3) or (T, 17, 3)")
            moving = points[:, list(_H36M_JOINTS)] if shape[1:] == (32, 3) else points
            motion = Motion(f"{subject} {action}", str(subject), H36M_RATE, np.asarray(moving))
            yield replace(motion, points=motion.points.astype(np.float32))
