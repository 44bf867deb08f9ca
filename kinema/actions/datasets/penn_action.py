"""Penn Action: 2,326 videos of 15 sports actions, with 13 joints in the picture in every frame.

Zhang, Zhu, Derpanis 2013, "From actemes to action: a strongly-supervised representation for
detailed action understanding".

As published, a folder `labels` of `NNNN.mat` with `x`, `y`, `visibility` (T, 13), `action`, `train`
(1, else -1) and `dimensions` (height, width, T), beside a folder `frames` with the pictures of each
video in `NNNN`; or one `..._kpts.npz` with an array (T, 13, 3) of x, y and visibility a video,
beside a `..._meta.json` with `action`, `train` and `dims`.

Sides. The second joint is called left by the publishers, but it is the person's right: in videos
from the front it is on the left of the picture (530 of 556), in videos from the back on the right
(442 of 586), and the hand that bowls, serves, pitches or strums is mostly the one called left (498
of 669). Here joints have the names of the person's sides.

Visibility. A joint that is not visible has a position all the same, placed by hand where it must
be (their limbs are as long as visible ones, half of them to within 30 %), or, for 40 % of them, in
the corner of the picture, pixel (1, 1), where no visible joint is: nobody placed it. So those in
the corner are absent, and the others are kept with a score of 0.5, as inferred joints of a Kinect
are; visible ones have 1.

Coordinates in the files count pixels from 1. The rate of the videos is not known; times are as if
it were 30 frames a second.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.actions.datasets.bodies import body_of
from kinema.actions.datasets.files import files_below
from kinema.actions.sequences import ActionSequence, ActionSet, People
from kinema.errors import FormatError
from kinema.formats.arrays import Archive, is_archive
from kinema.formats.matlab import read_matlab
from kinema.formats.textfile import JsonValue, read_json
from kinema.space.lifting import LIFT13

NAME = "penn-action"
LABELS = (
    "baseball_pitch",
    "baseball_swing",
    "bench_press",
    "bowl",
    "clean_and_jerk",
    "golf_swing",
    "jump_rope",
    "jumping_jacks",
    "pullup",
    "pushup",
    "situp",
    "squat",
    "strum_guitar",
    "tennis_forehand",
    "tennis_serve",
)
RATE = 30.0
JOINTS = (
    "head",
    *(
        f"{side}_{joint}"
        for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        for side in ("right", "left")
    ),
)
"""In the order of the files, by the sides of the person."""

INFERRED = 0.5
_CORNER = 2.5  # pixels from 1; of joints that nobody placed
_ORDER = [JOINTS.index(joint) for joint in LIFT13.keypoints]
_PARTS = {1: "train", -1: "test", 0: "test"}
_NUMBER = re.compile(r"\d{4}")
_FILE = re.compile(r"\d{4}\.mat")


def read_penn_action(path: Path, *, hidden: bool = True) -> ActionSet:
    """The videos of a folder of `.mat` files, or of an `.npz` with its `.json`.

    Args:
        path: The folder `labels`, one above it, or the `.npz`.
        hidden: Keep joints that are not visible where somebody placed them.

    Raises:
        InputError: If it cannot be opened.
        FormatError: If it holds no videos, or one that is damaged or of an unknown action.
    """
    if path.is_dir():
        files = files_below(path, _FILE)
        sequences = [_of_file(file, hidden) for file in files]
    else:
        sequences = _of_archive(path, hidden)
    if not sequences:
        raise FormatError(f"{path} holds no labels/NNNN.mat and no arrays NNNN")
    return ActionSet(NAME, LABELS, tuple(sequences))


def _of_file(path: Path, hidden: bool) -> ActionSequence:
    about = read_matlab(path, ["action", "train"])
    train = about["train"].ravel()
    if train.size != 1 or train.dtype.kind not in "iufb":
        raise FormatError(f"{path}: train must be 1 or -1")
    action = "".join(str(part) for part in about["action"].ravel().tolist())
    read = partial(_read_file, path, hidden)
    return _sequence(path.stem, action, int(train[0]), read, path)


def _of_archive(path: Path, hidden: bool) -> list[ActionSequence]:
    meta_path = _meta_of(path)
    meta = read_json(meta_path)
    if not isinstance(meta, dict):
        raise FormatError(f"{meta_path} must be an object with the numbers of the videos")
    archive = Archive(path)
    sequences = []
    for name in sorted(name for name in archive.names if _NUMBER.fullmatch(name)):
        action, train = _about(meta.get(name), f"{meta_path}: {name}")
        points = np.asarray(archive.stream(name).whole())
        read = partial(_people, points, hidden, f"{path}: {name}")
        sequences.append(_sequence(name, action, train, read, meta_path))
    archive.close()
    return sequences


def _about(entry: JsonValue, where: str) -> tuple[str, int]:
    action = entry.get("action") if isinstance(entry, dict) else None
    train = entry.get("train") if isinstance(entry, dict) else None
    if not isinstance(action, str) or not isinstance(train, int):
        raise FormatError(f"{where} has no action and train")
    return action, train


def _sequence(
    name: str, action: str, train: int, read: partial[People], path: Path
) -> ActionSequence:
    if action not in LABELS:
        raise FormatError(f"{path}: {name} is of the unknown action {action!r}")
    if train not in _PARTS:
        raise FormatError(f"{path}: train of {name} must be 1 or -1, got {train}")
    frames = path.parent.parent / "frames" / name
    video = str(frames) if frames.is_dir() else ""
    return ActionSequence(name, action, read, part=_PARTS[train], video=video)


def _meta_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".npz").removesuffix("_kpts") + "_meta.json")


def _read_file(path: Path, hidden: bool) -> People:
    arrays = read_matlab(path, ["x", "y", "visibility"])
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) != 1:
        raise FormatError(f"{path}: x, y and visibility have different shapes")
    columns = [arrays[name].astype(np.float64) for name in ("x", "y", "visibility")]
    return _people(np.stack(columns, axis=-1), hidden, str(path))


def _people(points: npt.NDArray[np.generic], hidden: bool, where: str) -> People:
    """The one person of an array (T, 13, 3) of x, y from 1, and visibility."""
    if points.dtype.kind not in "fiub" or points.shape[1:] != (13, 3):
        raise FormatError(f"{where} must be numbers (T, 13, 3), got the shape {points.shape}")
    if len(points) == 0:
        return ()
    values = points[:, _ORDER].astype(np.float64)
    places, visible = values[..., :2], values[..., 2] > 0
    placed = visible | (hidden & ~(places <= _CORNER).all(axis=2))
    places = np.where(placed[..., None], places - 1, np.nan)
    scores = np.where(visible, 1.0, INFERRED)
    return (body_of(LIFT13, places, space="image", rate=RATE, scores=scores),)


def is_penn_action(path: Path) -> bool:
    """Whether the path is a folder of such labels, or an `.npz` with its `.json`."""
    if path.is_dir():
        return bool(files_below(path, _FILE, most=1))
    if not is_archive(path) or not _meta_of(path).is_file():
        return False
    archive = Archive(path)
    archive.close()
    return any(_NUMBER.fullmatch(name) for name in archive.names)
