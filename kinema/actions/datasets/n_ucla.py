"""Northwestern-UCLA: 10 actions of 10 people by three Kinects of version 1 at once.

Wang, Nie, Xia, Wu, Zhu 2014, "Cross-view action modeling, learning and recognition".

Either the JSON files that are commonly passed on, `aAA_sSS_eEE_vVV.json` with `skeletons`, a list
(T, 20, 3); or, as published, folders `view_V/aAA_sSS_eEE` with a text of 20 lines a frame,
`frame_N_tc_..._skeletons.txt`, of which the first three numbers of a line are the place. Joints are
in the order of the Kinect's software, places in metres in the axes of the sensor. Actions 7 and 10
do not exist.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.actions.datasets.bodies import body_of, kinect_points
from kinema.actions.datasets.files import files_below
from kinema.actions.datasets.texts import rows_of
from kinema.actions.sequences import ActionSequence, ActionSet, People
from kinema.errors import FormatError
from kinema.formats.imported import numbers
from kinema.formats.textfile import read_json
from kinema.skeletons import KINECT20

NAME = "n-ucla"
LABELS = {
    1: "pick up with one hand",
    2: "pick up with two hands",
    3: "drop trash",
    4: "walk around",
    5: "sit down",
    6: "stand up",
    8: "donning",
    9: "doffing",
    11: "throw",
    12: "carry",
}
"""By the numbers of the actions."""

_NAME = re.compile(r"a(\d{2})_s(\d{2})_e(\d{2})_v(\d{2})")
_JSON = re.compile(_NAME.pattern + r"\.json")
_FOLDER = re.compile(r"(a\d{2}_s\d{2}_e\d{2})")
_VIEW = re.compile(r"view_(\d+)")
_FRAME = re.compile(r"frame_(\d+)_.*skeletons?\.txt")


def read_n_ucla(path: Path) -> ActionSet:
    """The recordings of a folder.

    Raises:
        InputError: If it cannot be read.
        FormatError: If it holds no recordings, or one of an unknown action.
    """
    sequences = [
        _sequence(file.stem, partial(_read_json, file), file) for file in files_below(path, _JSON)
    ]
    folders: dict[Path, list[Path]] = {}
    for file in [] if sequences else files_below(path, _FRAME):
        folders.setdefault(file.parent, []).append(file)
    for folder, files in folders.items():
        view = _VIEW.fullmatch(folder.parent.name)
        if not view or not _FOLDER.fullmatch(folder.name):
            raise FormatError(f"{folder} is not of the form view_V/aAA_sSS_eEE")
        name = f"{folder.name}_v{int(view[1]):02d}"
        sequences.append(_sequence(name, partial(_read_frames, tuple(files)), folder))
    if not sequences:
        raise FormatError(f"{path} holds no aAA_sSS_eEE_vVV.json and no view_V/aAA_sSS_eEE")
    return ActionSet(NAME, tuple(LABELS.values()), tuple(sequences))


def _sequence(name: str, read: partial[People], path: Path) -> ActionSequence:
    match = _NAME.fullmatch(name)
    action = int(match[1]) if match else -1
    if not match or action not in LABELS:
        raise FormatError(f"{path} is of action {action}; there are {', '.join(map(str, LABELS))}")
    return ActionSequence(
        name, LABELS[action], read, subject=f"s{match[2]}", view=f"v{int(match[4])}"
    )


def _read_json(path: Path) -> People:
    content = read_json(path)
    skeletons = content.get("skeletons") if isinstance(content, dict) else None
    try:
        points = numbers(skeletons, "skeletons")
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error
    if points.shape == (0,):
        return ()
    if points.shape[1:] != (20, 3):
        raise FormatError(f"{path}: skeletons must be (T, 20, 3), got the shape {points.shape}")
    return (body_of(KINECT20, kinect_points(points), space="world"),)


def _read_frames(files: tuple[Path, ...]) -> People:
    """The first person of each frame; a text may hold several, one after another."""
    found: dict[int, npt.NDArray[np.float64]] = {}
    for file in files:
        match = _FRAME.fullmatch(file.name)
        rows = [row[:3] for row in rows_of(file) if len(row) >= 3]
        if len(rows) % len(KINECT20):
            raise FormatError(f"{file}: {len(rows)} joints; they are 20 a person")
        bodies = np.array(rows, dtype=np.float64).reshape(-1, len(KINECT20), 3)
        there = [body for body in bodies if body.any()]
        if match and there:
            found[int(match[1])] = there[0]
    if not found:
        return ()
    frames = sorted(found)
    points = kinect_points(np.stack([found[frame] for frame in frames]))
    return (body_of(KINECT20, points, space="world", frames=np.array(frames)),)


def is_n_ucla(path: Path) -> bool:
    """Whether the path is a folder of such recordings."""
    return path.is_dir() and bool(
        files_below(path, _JSON, most=1) or files_below(path, _FRAME, most=1)
    )
