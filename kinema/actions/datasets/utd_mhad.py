"""UTD-MHAD: 27 actions of 8 people, each four times, by a Kinect v1 (861 recordings).

Chen, Jafari, Kehtarnavaz 2015, "UTD-MHAD: a multimodal dataset for human action recognition
utilizing a depth camera and a wearable inertial sensor".

As published, a folder of `aA_sS_tT_skeleton.mat` with `d_skel` (20, 3, T) in metres; or one `.npz`
with an array (T, 20, 3) a recording, called `aA_sS_tT`.

The joints do not stand in the order of the Kinect's software, but head first. The axes are the
sensor's (`kinema.formats.kinect`). Both were checked on the recordings: the lengths of the bones
fit the order (head to shoulders 0.19 m, spine 0.34 m, upper arms 0.26 m, forearms 0.23 m, hips
0.10 m from their middle), and in "right arm swipe to the left", "right hand wave" and the other
actions of the right arm it is `right_wrist` that moves (0.75 m and more, `left_wrist` 0.05 m).
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.actions.datasets.bodies import body_of, kinect_points
from kinema.actions.datasets.files import files_below
from kinema.actions.sequences import ActionSequence, ActionSet, People
from kinema.errors import FormatError
from kinema.formats.arrays import Archive, is_archive
from kinema.formats.matlab import read_matlab
from kinema.skeletons import KINECT20

NAME = "utd-mhad"
LABELS = (
    "right arm swipe to the left",
    "right arm swipe to the right",
    "right hand wave",
    "two hand front clap",
    "right arm throw",
    "cross arms in the chest",
    "basketball shoot",
    "right hand draw x",
    "right hand draw circle (clockwise)",
    "right hand draw circle (counter clockwise)",
    "draw triangle",
    "bowling (right hand)",
    "front boxing",
    "baseball swing from right",
    "tennis right hand forehand swing",
    "arm curl (two arms)",
    "tennis serve",
    "two hand push",
    "right hand knock on door",
    "right hand catch an object",
    "right hand pick up and throw",
    "jogging in place",
    "walking in place",
    "sit to stand",
    "stand to sit",
    "forward lunge (left foot forward)",
    "squat (two arms stretch out)",
)
"""Of the actions 1 to 27, as the publishers name them."""

JOINTS = ("head", "thorax", "spine", "mid_hip", *KINECT20.keypoints[4:])
"""In the order of the files."""

_ORDER = [JOINTS.index(joint) for joint in KINECT20.keypoints]
_NAME = re.compile(r"a(\d{1,2})_s(\d{1,2})_t(\d{1,2})")
_FILE = re.compile(_NAME.pattern + r"_skeleton\.mat")


def read_utd_mhad(path: Path) -> ActionSet:
    """The recordings of a folder of `.mat` files, or of an `.npz`.

    Raises:
        InputError: If it cannot be opened.
        FormatError: If it holds no recordings, or one that is damaged.
    """
    if path.is_dir():
        files = files_below(path, _FILE)
        sequences = [
            _sequence(file.name.removesuffix("_skeleton.mat"), partial(_read_file, file), path)
            for file in files
        ]
    else:
        archive = Archive(path)
        sequences = []
        for name in archive.names:
            if _NAME.fullmatch(name):
                points = np.asarray(archive.stream(name).whole())
                people = partial(_people, points, f"{path}: {name}")
                sequences.append(_sequence(name, people, path))
        archive.close()
    if not sequences:
        raise FormatError(f"{path} holds no aA_sS_tT_skeleton.mat and no arrays aA_sS_tT")
    return ActionSet(NAME, LABELS, tuple(sorted(sequences, key=lambda s: _numbers(s.name))))


def _sequence(name: str, read: partial[People], path: Path) -> ActionSequence:
    action, subject, _ = _numbers(name)
    if not 1 <= action <= len(LABELS):
        raise FormatError(f"{path}: {name} is of action {action}; there are {len(LABELS)}")
    return ActionSequence(name, LABELS[action - 1], read, subject=f"s{subject}")


def _numbers(name: str) -> tuple[int, ...]:
    match = _NAME.match(name)
    return tuple(int(number) for number in match.groups()) if match else ()


def _read_file(path: Path) -> People:
    points = read_matlab(path, ["d_skel"])["d_skel"]
    return _people(np.moveaxis(points, 2, 0) if points.ndim == 3 else points, str(path))


def _people(points: npt.NDArray[np.generic], where: str) -> People:
    """The one person of an array (T, 20, 3)."""
    if points.dtype.kind not in "fiu" or points.shape[1:] != (20, 3):
        raise FormatError(f"{where} must be numbers (T, 20, 3), got the shape {points.shape}")
    if len(points) == 0:
        return ()
    return (body_of(KINECT20, kinect_points(points[:, _ORDER]), space="world"),)


def is_utd_mhad(path: Path) -> bool:
    """Whether the path is a folder or an `.npz` of such recordings."""
    if path.is_dir():
        return bool(files_below(path, _FILE, most=1))
    if not is_archive(path):
        return False
    archive = Archive(path)
    archive.close()
    return any(_NAME.fullmatch(name) for name in archive.names)
