"""Data sets of actions, of whatever kind, from a path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kinema.actions.datasets.folder import is_folder, read_folder
from kinema.actions.datasets.kinetics import is_kinetics, read_kinetics
from kinema.actions.datasets.mmaction import is_mmaction, read_mmaction
from kinema.actions.datasets.msr_action3d import is_msr_action3d, read_msr_action3d
from kinema.actions.datasets.n_ucla import is_n_ucla, read_n_ucla
from kinema.actions.datasets.ntu_rgbd import is_ntu_rgbd, read_ntu_rgbd
from kinema.actions.datasets.penn_action import is_penn_action, read_penn_action
from kinema.actions.datasets.utd_mhad import is_utd_mhad, read_utd_mhad
from kinema.actions.datasets.utkinect import is_utkinect, read_utkinect
from kinema.actions.sequences import ActionSet
from kinema.errors import FormatError, InputError, did_you_mean


@dataclass(frozen=True)
class Kind:
    """A kind of data set.

    Attributes:
        name: As on the command line.
        description: One line for lists and help.
        read: Gives the examples of a path.
        recognise: Whether a path that is there looks like it.
    """

    name: str
    description: str
    read: Callable[[Path], ActionSet]
    recognise: Callable[[Path], bool]


FOLDER = "folder"

KINDS: tuple[Kind, ...] = (
    Kind(
        "utd-mhad",
        "UTD-MHAD: folder of aA_sS_tT_skeleton.mat, or one .npz",
        read_utd_mhad,
        is_utd_mhad,
    ),
    Kind(
        "penn-action",
        "Penn Action: folder of labels/NNNN.mat, or one .npz with its .json",
        read_penn_action,
        is_penn_action,
    ),
    Kind(
        "ntu",
        "NTU RGB+D 60 and 120: folder of SsssCcccPpppRrrrAaaa.skeleton",
        read_ntu_rgbd,
        is_ntu_rgbd,
    ),
    Kind(
        "n-ucla",
        "Northwestern-UCLA: folder of aAA_sSS_eEE_vVV.json, or view_V/aAA_sSS_eEE",
        read_n_ucla,
        is_n_ucla,
    ),
    Kind(
        "msr-action3d",
        "MSR-Action3D: folder of aAA_sSS_eEE_skeleton3D.txt or _skeleton.txt",
        read_msr_action3d,
        is_msr_action3d,
    ),
    Kind(
        "utkinect",
        "UTKinect-Action3D: folder with joints_sSS_eEE.txt and actionLabel.txt",
        read_utkinect,
        is_utkinect,
    ),
    Kind(
        "kinetics-skeleton",
        "Kinetics-skeleton: folder of JSON files with their _label.json",
        read_kinetics,
        is_kinetics,
    ),
    Kind(
        "mmaction",
        "MMAction2 and PYSKL: a pickle of annotations",
        read_mmaction,
        is_mmaction,
    ),
    Kind(
        FOLDER,
        "one's own: a folder a label, LABEL/*, of files of poses",
        read_folder,
        is_folder,
    ),
)
"""All kinds; the first one that recognises a path reads it."""


def read_actions(path: str | Path, kind: str | None = None) -> ActionSet:
    """The examples of a data set. Their poses are read when they are needed.

    Args:
        path: A file or a folder.
        kind: Which of `KINDS` it is; None finds out.

    Raises:
        InputError: If there is nothing of that name, the kind is unknown or holds no examples.
        FormatError: If it is not of that kind, or damaged.
    """
    return find_kind(path, kind).read(Path(path))


def find_kind(path: str | Path, name: str | None = None) -> Kind:
    """The kind of data set of a path.

    Raises:
        InputError: If there is nothing of that name, or no kind of the name given.
        FormatError: If no kind recognises it, or several do.
    """
    place = Path(path)
    names = [known.name for known in KINDS]
    if name is not None and name not in names:
        raise InputError(f"unknown kind of data set {name!r}; {did_you_mean(name, names)}")
    if not place.exists():
        raise InputError(f"cannot read {path}: no such file or folder")
    for known in KINDS:
        if known.name == name or (name is None and known.recognise(place)):
            return known
    raise FormatError(
        f"cannot tell the kind of data set of {path}; name it (--kind), known are "
        f"{', '.join(names)}"
    )
