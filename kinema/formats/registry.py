"""Which format a name or a path means, of those in `kinema.formats.known`."""

from __future__ import annotations

import os
from pathlib import Path

from kinema.errors import FormatError, InputError, did_you_mean
from kinema.formats.card import Format
from kinema.formats.known import FORMATS


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


def is_poses(source: str) -> bool:
    """Whether a source is a file or folder of poses, and no video or picture."""
    try:
        format_to_read(source)
    except (FormatError, InputError):
        return False
    return True
