"""NTU RGB+D: 60 or 120 actions by a Kinect v2, one or two people, from three cameras.

Shahroudy, Liu, Ng, Wang 2016, "NTU RGB+D: a large scale dataset for 3D human activity analysis"
(56,880 recordings); Liu et al. 2020, "NTU RGB+D 120" (114,480).

A folder of `SsssCcccPpppRrrrAaaa.skeleton`: setup, camera, person, repetition, action, in the
format `kinema.formats.ntu`. A recording without people has none here; nothing is left out.

The sensor takes chairs and shadows for bodies now and then. Bodies of fewer than 11 frames are
dropped where there are longer ones (Zhang et al. 2020 do so, "Semantics-guided neural networks"),
and those who move most come first: by the sum over their coordinates of the standard deviation,
times the frames in which they are there.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import numpy as np

from kinema.actions.datasets.files import files_below
from kinema.actions.datasets.ntu_labels import NTU60, NTU_LABELS
from kinema.actions.sequences import ActionSequence, ActionSet, People
from kinema.errors import FormatError
from kinema.formats.ntu import read_ntu
from kinema.track import Track, tracks

NTU_NAME = re.compile(r"S(\d{3})C(\d{3})P(\d{3})R(\d{3})A(\d{3})")
_FILE = re.compile(NTU_NAME.pattern + r"\.skeleton")
_SHORTEST = 11  # frames


def read_ntu_rgbd(path: Path) -> ActionSet:
    """The recordings of a folder; of 120 classes if one of them is of a later one than 60.

    Raises:
        InputError: If it cannot be read.
        FormatError: If it holds no recordings, or one of an unknown action.
    """
    files = [path] if path.is_file() else files_below(path, _FILE)
    if not files:
        raise FormatError(f"{path} holds no SsssCcccPpppRrrrAaaa.skeleton")
    sequences = [_sequence(file) for file in files]
    few = all(NTU_LABELS.index(sequence.label) < NTU60 for sequence in sequences)
    labels = NTU_LABELS[: NTU60 if few else None]
    return ActionSet(f"ntu{len(labels)}", labels, tuple(sequences))


def _sequence(file: Path) -> ActionSequence:
    match = NTU_NAME.fullmatch(file.stem)
    action = int(match[5]) if match else 0
    if not match or not 1 <= action <= len(NTU_LABELS):
        raise FormatError(f"{file} is of action {action}; they are 1 to {len(NTU_LABELS)}")
    return ActionSequence(
        file.stem,
        NTU_LABELS[action - 1],
        partial(_read_file, file),
        subject=f"P{match[3]}",
        view=f"C{match[2]}",
        setup=f"S{match[1]}",
    )


def _read_file(path: Path) -> People:
    with read_ntu(path) as recording:
        people = tracks(recording)
    long = [track for track in people if len(track) >= _SHORTEST]
    return most_moving(long or people)


def most_moving(people: list[Track]) -> People:
    """The people who move most first."""
    return tuple(sorted(people, key=_movement, reverse=True))


def _movement(track: Track) -> float:
    points = track.keypoints.astype(np.float64)
    known = points[~np.isnan(points).any(axis=(1, 2))]
    return float(known.std(axis=0).sum() * len(known)) if len(known) else 0.0


def is_ntu_rgbd(path: Path) -> bool:
    """Whether the path is a folder of such recordings, or one of them."""
    if path.is_dir():
        return bool(files_below(path, _FILE, most=1))
    return _FILE.fullmatch(path.name) is not None
