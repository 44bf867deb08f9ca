"""MATLAB's files (`.mat` up to version 7), as data sets come in them.

Only what is named is read. What such a file holds is data: nothing in it is run.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError
from kinema.formats.staging import file_errors

_DAMAGE = (
    *(ValueError, TypeError, LookupError, AttributeError, EOFError, MemoryError, OverflowError),
    *(struct.error, zlib.error, NotImplementedError),
)


def read_matlab(path: Path, names: Iterable[str]) -> dict[str, npt.NDArray[np.generic]]:
    """The arrays of these names, as MATLAB has them: with two axes or more.

    Args:
        path: The file.
        names: All of which must be there.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is damaged, of version 7.3, or lacks one of the names.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    wanted = list(names)
    with file_errors("read", path), path.open("rb") as file:
        if file.read(1) == b"":
            raise FormatError(f"{path} is empty")
        file.seek(0)
        try:
            content = loadmat(file, variable_names=wanted)
        except (MatReadError, *_DAMAGE) as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise FormatError(f"{path} is no MATLAB file, or is damaged: {reason}") from error
    for name in wanted:
        if name not in content:
            raise FormatError(f"{path} has no variable {name}")
    return {name: np.asarray(content[name]) for name in wanted}
