"""Every error that Kinema raises on purpose.

One tree, so that a caller can catch all of it at one door:

    KinemaError
    ├── InputError (also a ValueError): what was given cannot be used
    │   ├── ShapeError      an array of the wrong shape
    │   ├── SkeletonError   an unknown skeleton or joint, or one that does not fit
    │   └── FormatError     a file that is not what it should be
    ├── MediaError          a video, image or camera that cannot be read or written
    ├── ModelError          a model that cannot be had or run
    │   ├── UnknownModel    no model of that name
    │   ├── DownloadError   the package index did not deliver
    │   └── ChecksumError   what came is not what was promised
    └── MissingExtra        an optional part of Kinema is not installed

A message is one line that says what is wrong, where, and what to do about it. The command line
prints exactly that line; see `kinema.cli`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class KinemaError(Exception):
    """Base of all errors that Kinema raises on purpose."""


class InputError(KinemaError, ValueError):
    """What was given cannot be used: a value, an option, a file."""


class ShapeError(InputError):
    """An array does not have the shape that it should have."""


class SkeletonError(InputError):
    """An unknown skeleton or joint, or two skeletons that do not fit."""


class FormatError(InputError):
    """A file is not of the format that it should be of, or is damaged."""


class MediaError(KinemaError):
    """A video, an image or a camera cannot be read or written."""


class ModelError(KinemaError):
    """A model cannot be had, loaded or run."""


class UnknownModel(ModelError, InputError):
    """No model of that name is in the catalogue."""


class DownloadError(ModelError):
    """The package index could not be reached or does not have the file."""


class ChecksumError(ModelError):
    """A fetched file is not, byte for byte, the one that was promised."""


class MissingExtra(KinemaError):
    """An optional part of Kinema is needed that is not installed.

    Args:
        needs: The packages.
        extra: That brings them; several with commas.
        what: That needs them.
        otherwise: What else can be done.
    """

    def __init__(self, needs: str, extra: str, *, what: str = "this", otherwise: str = "") -> None:
        rest = f", {otherwise}" if otherwise else ""
        super().__init__(f"{what} needs {needs}: pip install 'kinema[{extra}]'{rest}")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint for an unknown name: the nearest known ones, else all of them.

    >>> did_you_mean("bodi25", ["coco17", "body25"])
    'did you mean body25?'
    """
    known = list(known)
    near = difflib.get_close_matches(name, known, n=3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"known are {', '.join(known)}"
