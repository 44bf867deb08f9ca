"""What a file format is: how it is read and written, and what it keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from kinema.errors import FormatError
from kinema.formats.recording import Header, PoseReader, PoseWriter
from kinema.poses import Space
from kinema.skeleton import Skeleton

Kept = Literal[
    "times",
    "frame numbers",
    "ids",
    "boxes",
    "scores",
    "certainty",
    "empty frames",
    "people without joints",
    "body space",
    "picture size",
    "actions",
]
ACTIONS: frozenset[Kept] = frozenset(("actions",))
"""What people do, which Kinema's own format alone keeps."""

EVERYTHING: frozenset[Kept] = frozenset(get_args(Kept)) - ACTIONS
"""All that poses are made of."""

ALL_SPACES: frozenset[Space] = frozenset(get_args(Space))
IMAGE_ONLY: frozenset[Space] = frozenset(("image",))
METRES_ONLY: frozenset[Space] = frozenset(("body", "world"))

Size = tuple[int, int]
"""Width and height in pixels."""


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
        spaces: The spaces that can be written; the writer refuses others in one line.
        one_person: Whether a file holds one person; of more, the writer makes a file each, or it
            refuses them.
        sized_reader: In place of `reader`, for files whose coordinates are shares of the picture:
            takes the size of the picture too, or None where the user does not say it.
        extra: The optional part of Kinema that it needs, or None.
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
    spaces: frozenset[Space] = ALL_SPACES
    one_person: bool = False
    sized_reader: Callable[[Path, Size | None], PoseReader] | None = None
    extra: str | None = None

    @property
    def can_read(self) -> bool:
        """Whether recordings of this format can be read."""
        return self.reader is not None or self.sized_reader is not None

    @property
    def can_write(self) -> bool:
        """Whether recordings of this format can be written."""
        return self.writer is not None

    def open(self, path: Path, size: Size | None = None) -> PoseReader:
        """A reader of the recording at `path`; `size` is that of the picture, where it is known.

        Raises:
            FormatError: If the format cannot be read, or the file is not of this format.
            InputError: If the file cannot be opened, or needs a size.
        """
        if self.sized_reader is not None:
            return self.sized_reader(path, size)
        if self.reader is None:
            raise FormatError(f"{self.name} files can be written, but not read")
        return self.reader(path)
