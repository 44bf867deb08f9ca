"""The list of formats, and which one a name or a path means.

A new format is one file and one row of `FORMATS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from kinema.errors import FormatError, InputError, did_you_mean
from kinema.formats.coco import CocoResultsWriter, is_coco, read_coco, result_skeleton
from kinema.formats.coco_annotations import CocoAnnotationsWriter
from kinema.formats.jsonl import JsonLinesWriter, is_jsonl, read_jsonl
from kinema.formats.openpose import OpenPoseWriter, is_openpose, read_openpose
from kinema.formats.openpose_frame import openpose_skeleton
from kinema.formats.recording import Header, PoseReader, PoseWriter
from kinema.skeleton import Skeleton

Kept = Literal["times", "ids", "boxes", "scores", "empty frames", "people without joints"]
EVERYTHING: frozenset[Kept] = frozenset(get_args(Kept))


def same_skeleton(skeleton: Skeleton) -> Skeleton:
    """For formats that can hold any skeleton."""
    return skeleton


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes:
        name: As on the command line.
        description: One line for lists and help.
        suffixes: Endings of file names that mean this format, with their dots; lower case.
        reader: Opens a path, or None if the format can only be written.
        writer: Begins a file, or None if the format can only be read.
        recognise: Whether a path that is there to be read looks like this format.
        is_folder: Whether a recording is a folder.
        stores: What skeleton is written for poses of a given one.
        keeps: What survives writing and reading, other than the positions.
    """

    name: str
    description: str
    suffixes: tuple[str, ...]
    reader: Callable[[Path], PoseReader] | None
    writer: Callable[[Path, Header], PoseWriter] | None
    recognise: Callable[[Path], bool]
    is_folder: bool = False
    stores: Callable[[Skeleton], Skeleton] = same_skeleton
    keeps: frozenset[Kept] = EVERYTHING

    @property
    def can_read(self) -> bool:
        """Whether recordings of this format can be read."""
        return self.reader is not None

    @property
    def can_write(self) -> bool:
        """Whether recordings of this format can be written."""
        return self.writer is not None


def _by_name_only(path: Path) -> bool:
    return False


FORMATS: tuple[Format, ...] = (
    Format(
        name="kinema",
        description="JSON lines, Kinema's own: one line a frame, nothing is lost",
        suffixes=(".jsonl",),
        reader=read_jsonl,
        writer=JsonLinesWriter,
        recognise=is_jsonl,
    ),
    Format(
        name="openpose",
        description="OpenPose JSON: a folder with one file a frame",
        suffixes=(".openpose",),
        reader=read_openpose,
        writer=OpenPoseWriter,
        recognise=is_openpose,
        is_folder=True,
        stores=openpose_skeleton,
        keeps=frozenset(("ids", "scores", "empty frames", "people without joints")),
    ),
    Format(
        name="coco",
        description="COCO keypoint results; reads annotation files too",
        suffixes=(".coco.json",),
        reader=read_coco,
        writer=CocoResultsWriter,
        recognise=is_coco,
        stores=result_skeleton,
        keeps=frozenset(("ids", "boxes", "scores")),
    ),
    Format(
        name="coco-annotations",
        description="COCO annotations: labelled people in pictures",
        suffixes=(),
        reader=read_coco,
        writer=CocoAnnotationsWriter,
        recognise=_by_name_only,
        keeps=frozenset(("ids", "boxes", "empty frames", "people without joints")),
    ),
)
"""All formats; the first one that recognises a file reads it."""


def find_format(name: str) -> Format:
    """The format of that name.

    Raises:
        FormatError: If there is none; the message names near ones.
    """
    for known in FORMATS:
        if known.name == name.lower():
            return known
    names = [known.name for known in FORMATS]
    raise FormatError(f"unknown format {name!r}; {did_you_mean(name, names)}")


def format_to_read(path: str | Path) -> Format:
    """The format of a recording, by the ending of its name or else by its content.

    Raises:
        InputError: If there is nothing of that name.
        FormatError: If no format recognises it.
    """
    place = Path(path)
    if place != Path("-") and not place.exists():
        raise InputError(f"cannot read {path}: no such file or folder")
    for known in FORMATS:
        if known.can_read and known.recognise(place):
            return known
    what = "the folder" if place.is_dir() else "the file"
    raise FormatError(
        f"cannot tell the format of {what} {path}; name it (--from), "
        f"known are {', '.join(known.name for known in FORMATS if known.can_read)}"
    )


def format_to_write(path: str | Path) -> Format:
    """The format that the ending of a path means; one that ends in `/` means a folder.

    Raises:
        FormatError: If it means none.
    """
    text = str(path)
    if text == "-":
        return find_format("kinema")
    name = Path(path).name.lower()
    matches = [
        (len(suffix), known)
        for known in FORMATS
        if known.can_write
        for suffix in known.suffixes
        if name.endswith(suffix)
    ]
    if matches:
        return max(matches, key=lambda match: match[0])[1]
    is_folder = text.endswith(("/", os.sep)) or Path(path).is_dir()
    folders = [known for known in FORMATS if known.can_write and known.is_folder]
    if is_folder and folders:
        return folders[0]
    endings = [suffix for known in FORMATS if known.can_write for suffix in known.suffixes]
    raise FormatError(
        f"cannot tell the format to write from {text!r}; name it (--to), or let the path end in "
        f"{', '.join(endings)}"
    )
