"""The times of a recording's frames in a file beside it, as `kinema record` writes them.

Several cameras that were recorded together have one clock. A video file starts at 0 with its first
picture, so how much later than another it began is in this file only: `NAME.times.csv` beside
`NAME.mp4`, with the columns `frame` and `time`, in seconds from the common start.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError

COLUMNS = ("frame", "time")


def times_path(video: str | Path) -> Path:
    """Where the times of a video's frames are.

    >>> times_path("walk/cam0.mp4").name
    'cam0.times.csv'
    """
    return Path(video).with_suffix(".times.csv")


def read_times(video: str | Path) -> npt.NDArray[np.float64] | None:
    """When each frame of a video was taken, (T,) seconds of the common clock; None if unknown.

    Raises:
        FormatError: If the file of times beside it is damaged.
    """
    path = times_path(video)
    if not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        times = np.array([float(row[1]) for row in rows[1:]])
    except (OSError, ValueError, IndexError) as error:
        raise FormatError(f"{path} is damaged ({error}); remove it to do without") from error
    if not rows or tuple(rows[0][:2]) != COLUMNS:
        raise FormatError(f"{path} must begin with the columns frame,time; remove it to do without")
    if not (np.isfinite(times).all() and (np.diff(times) > 0).all()):
        raise FormatError(f"the times in {path} do not increase; remove it to do without")
    return times
