"""Reads MATLAB files, with errors that name the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError, InputError


def read_matlab(path: Path, variable: str) -> object:
    """One variable of a MATLAB file: arrays, and structs as objects with attributes.

    Axes of length 1 are gone; an empty array stands for what a struct leaves empty.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is no MATLAB file, or has no such variable.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        with path.open("rb") as file:
            content = loadmat(file, squeeze_me=True, struct_as_record=False)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"cannot read {path}: {reason}") from error
    except (MatReadError, ValueError, TypeError, NotImplementedError) as error:
        raise FormatError(f"{path} is no MATLAB file that can be read ({error})") from error
    if variable not in content:
        raise FormatError(f"{path} has no variable {variable}")
    return cast("object", content[variable])


def members(value: object) -> list[object]:
    """The elements of an array of structs, of one struct, or of nothing."""
    return [] if is_empty(value) else list(np.atleast_1d(cast("npt.NDArray[Any]", value)))


def member(value: object, name: str) -> object | None:
    """A field of a struct; None if there is none or it is empty."""
    found = getattr(value, name, None)
    return None if is_empty(found) else cast("object", found)


def is_empty(value: object) -> bool:
    """Whether MATLAB had nothing there."""
    return value is None or (isinstance(value, np.ndarray) and value.size == 0)
