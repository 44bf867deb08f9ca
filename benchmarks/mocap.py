"""Motion capture of the CMU database as tracks with known truth, for the benchmarks here.

Reads the files of its BVH version (from folders and zip archives) and the arrays of exponential
maps of "Convolutional Sequence to Sequence Model for Human Dynamics" (Li et al. 2018), which have
the joints of the same BVH skeleton.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from kinema.skeletons import find_skeleton
from kinema.track import Track

Array = npt.NDArray[np.float64]
SKELETON = find_skeleton("body25")
METRES = 0.0254 / 0.45  # of a unit of the database's files
RATE = 120.0
FOCAL, DISTANCE, CENTRE = 1500.0, 6.0, (960.0, 540.0)  # pixels, metres, pixels: a tripod in a room
VIEWS = {"side": 90.0, "oblique": 45.0, "front": 0.0, "back": 180.0}  # degrees from straight ahead

_NAMES = {
    "nose": "Head", "neck": "lowerneck", "mid_hip": "Hips",
    "left_shoulder": "LeftShoulder", "left_elbow": "LeftElbow", "left_wrist": "LeftWrist",
    "right_shoulder": "RightShoulder", "right_elbow": "RightElbow", "right_wrist": "RightWrist",
    "left_hip": "LeftHip", "left_knee": "LeftKnee", "left_ankle": "LeftAnkle",
    "right_hip": "RightHip", "right_knee": "RightKnee", "right_ankle": "RightAnkle",
    "left_big_toe": "LeftToe", "right_big_toe": "RightToe",
}  # fmt: skip
# Points that the database lacks, in metres in the frame of a joint: x left, y up, z ahead.
_FIXED = {
    "nose": ("Head", (0.0, 0.05, 0.12)),
    "left_eye": ("Head", (0.035, 0.08, 0.09)),
    "right_eye": ("Head", (-0.035, 0.08, 0.09)),
    "left_ear": ("Head", (0.075, 0.06, 0.0)),
    "right_ear": ("Head", (-0.075, 0.06, 0.0)),
    "left_heel": ("LeftAnkle", (0.0, -0.05, -0.05)),
    "right_heel": ("RightAnkle", (0.0, -0.05, -0.05)),
    "left_small_toe": ("LeftToe", (0.05, 0.0, 0.0)),
    "right_small_toe": ("RightToe", (-0.05, 0.0, 0.0)),
}


@dataclass(frozen=True)
class Motion:
    """One recording: name, subject, (T, 25, 3) metres of `body25`, y up, and the facing."""

    name: str
    subject: str
    joints: Array
    ahead: float  # radians about y, the way that the person faces on the whole


@dataclass(frozen=True)
class Hierarchy:
    """Joints of a BVH file, parents before children; -1 is nobody's child."""

    names: list[str]
    parents: list[int]
    offsets: Array
    orders: list[str]

    def place(self, root: Array, turns: dict[int, Rotation]) -> tuple[Array, dict[int, Rotation]]:
        """Positions (T, J, 3) and the global rotations of the joints that turn."""
        places = np.zeros((len(root), len(self.names), 3))
        whole: dict[int, Rotation] = {}
        for j, parent in enumerate(self.parents):
            turn = turns.get(j, Rotation.identity())
            if parent < 0:
                places[:, j], whole[j] = root, turn
                continue
            places[:, j] = places[:, parent] + whole[parent].apply(self.offsets[j])
            whole[j] = whole[parent] * turn
        return places, whole


def read_motions(sources: list[Path]) -> Iterator[Motion]:
    """All recordings of these files and folders: .bvh, .zip of .bvh, .npz (after a .bvh)."""
    hierarchy: Hierarchy | None = None
    for name, text in _bvh_texts(sources):
        hierarchy, root, turns = _parse_bvh(text)
        yield _motion(name, name.split("_")[0], *hierarchy.place(root, turns), hierarchy)
    for path in [path for path in sources if path.suffix == ".npz"]:
        if hierarchy is None:
            raise SystemExit("name a BVH file of the database too: the arrays need its skeleton")
        hierarchy = _arms_out(hierarchy)
        with np.load(path) as arrays:
            for name in arrays.files:
                root, turns = _parse_maps(arrays[name].astype(np.float64), hierarchy)
                places = hierarchy.place(root, turns)
                yield _motion(f"{path.stem}/{name}", path.stem, *places, hierarchy)


def film(motion: Motion, view: str, rate: float) -> Track:
    """The motion as a camera sees it that stands at `view` and follows nobody; no noise yet."""
    angle = motion.ahead + np.radians(VIEWS[view])
    backwards = np.array([np.sin(angle), 0.0, np.cos(angle)])  # from the person to the camera
    right = np.array([np.cos(angle), 0.0, -np.sin(angle)])
    frames = np.arange(0, len(motion.joints) - 1, RATE / rate)
    joints = _between(motion.joints, frames)
    middle = np.median(joints.reshape(-1, 3), axis=0)
    seen = joints - middle
    depth = np.maximum(DISTANCE - seen @ backwards, 1.0)
    x = CENTRE[0] + FOCAL * (seen @ right) / depth
    y = CENTRE[1] - FOCAL * seen[..., 1] / depth
    keypoints = np.stack([x, y], axis=-1)
    return Track(SKELETON, keypoints, np.ones(x.shape), np.arange(len(frames)) / rate)


def _between(values: Array, frames: Array) -> Array:
    low = frames.astype(int)
    share = (frames - low)[:, None, None]
    return np.asarray(values[low] * (1 - share) + values[low + 1] * share)


def _bvh_texts(sources: list[Path]) -> Iterator[tuple[str, str]]:
    for source in sources:
        if source.is_dir():
            yield from ((path.stem, path.read_text()) for path in sorted(source.rglob("*.bvh")))
        elif source.suffix == ".bvh":
            yield source.stem, source.read_text()
        elif source.suffix == ".zip":
            with zipfile.ZipFile(source) as archive:
                for name in sorted(n for n in archive.namelist() if n.endswith(".bvh")):
                    yield Path(name).stem, archive.read(name).decode()


def _parse_bvh(text: str) -> tuple[Hierarchy, Array, dict[int, Rotation]]:
    head, _, tail = text.partition("MOTION")
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    orders: list[str] = []
    open_joints: list[int] = []
    for line in head.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] in ("ROOT", "JOINT", "End"):
            names.append(words[1] if words[0] != "End" else f"{names[-1]} end")
            parents.append(open_joints[-1] if open_joints else -1)
            orders.append("")
            open_joints.append(len(names) - 1)
        elif words[0] == "OFFSET":
            offsets.append([float(word) for word in words[1:]])
        elif words[0] == "CHANNELS":
            orders[-1] = "".join(word[0] for word in words[2:] if word.endswith("rotation"))
        elif words[0] == "}":
            open_joints.pop()
    hierarchy = Hierarchy(names, parents, np.array(offsets), orders)
    numbers = np.loadtxt(tail.splitlines()[3:])
    turning = [j for j, order in enumerate(orders) if order]
    angles = numbers[:, 3:].reshape(len(numbers), len(turning), 3)
    turns = {
        j: Rotation.from_euler(orders[j], angles[:, i], degrees=True)
        for i, j in enumerate(turning)
    }  # fmt: skip
    return hierarchy, numbers[:, :3], turns


def _parse_maps(numbers: Array, hierarchy: Hierarchy) -> tuple[Array, dict[int, Rotation]]:
    maps = numbers[:, 3:].reshape(len(numbers), -1, 3)
    if maps.shape[1] != len(hierarchy.names):
        raise SystemExit(f"{maps.shape[1]} joints in the array, {len(hierarchy.names)} in the BVH")
    # Their authors multiply row vectors from the left, which is the inverse rotation here.
    turns = {j: Rotation.from_rotvec(-maps[:, j]) for j in range(maps.shape[1])}
    return numbers[:, :3], turns


def _arms_out(hierarchy: Hierarchy) -> Hierarchy:
    """The same with arms that hang to the sides when nothing turns, as in the arrays."""
    offsets = hierarchy.offsets.copy()
    for j, name in enumerate(hierarchy.names):
        side = {"L": 1.0, "R": -1.0}.get(name[0].upper(), 0.0)
        if any(part in name for part in ("Elbow", "Wrist", "Fingers")) and "end" not in name:
            offsets[j] = [side * np.linalg.norm(offsets[j]), 0.0, 0.0]
    return replace(hierarchy, offsets=offsets)


def _motion(
    name: str, subject: str, places: Array, whole: dict[int, Rotation], hierarchy: Hierarchy
) -> Motion:
    joints = np.full((len(places), len(SKELETON), 3), np.nan)
    for joint, theirs in _NAMES.items():
        joints[:, SKELETON.index(joint)] = places[:, hierarchy.names.index(theirs)]
    for joint, (theirs, offset) in _FIXED.items():
        j = hierarchy.names.index(theirs)
        put = places[:, j] + whole[j].apply(np.array(offset) / METRES)
        joints[:, SKELETON.index(joint)] = put
    way = joints[-1, SKELETON.index("mid_hip")] - joints[0, SKELETON.index("mid_hip")]
    if np.linalg.norm(way[[0, 2]]) * METRES < 1.0:  # stays on the spot: where the chest points
        left = joints[:, SKELETON.index("left_shoulder")]
        across = (left - joints[:, SKELETON.index("right_shoulder")]).mean(axis=0)
        way = np.cross(across, [0, 1, 0])
    return Motion(name, subject, joints * METRES, float(np.arctan2(way[0], way[2])))
