"""A signal with gaps as its pieces without gaps, which is what a filter can work on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kinema.track import Float64Array, Track

Indices = npt.NDArray[np.intp]
_LONGEST_GAP = 0.25  # seconds
PieceFilter = Callable[[Float64Array, slice, Indices], Float64Array]
"""From positions (n, J, D) without NaN, their frames and their joints (J,) to positions again."""


def runs(present: npt.NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """The unbroken runs of each column as (column, start, stop), in order of the columns.

    Args:
        present: (T, K), where there is something.

    >>> runs(np.array([[True], [True], [False], [True]]))
    [(0, 0, 2), (0, 3, 4)]
    """
    padded = np.pad(present.astype(np.int8), ((1, 1), (0, 0)))
    edges = np.diff(padded, axis=0).T  # (K, T + 1): 1 where a run starts, -1 where it has ended
    columns, starts = np.nonzero(edges == 1)
    stops = np.nonzero(edges == -1)[1]
    return list(zip(columns.tolist(), starts.tolist(), stops.tolist(), strict=True))


def longest_runs(present: npt.NDArray[np.bool_]) -> dict[int, tuple[int, int]]:
    """The longest unbroken run of each column that has one, as (start, stop).

    >>> longest_runs(np.array([[True, False], [False, False], [True, False], [True, False]]))
    {0: (2, 4)}
    """
    longest: dict[int, tuple[int, int]] = {}
    for column, start, stop in runs(present):
        best = longest.get(column, (0, 0))
        if stop - start > best[1] - best[0]:
            longest[column] = (start, stop)
    return longest


def long_gaps(track: Track) -> npt.NDArray[np.bool_]:
    """Where a joint is absent for longer than 0.25 seconds on end, (T, K).

    What is on one side of such a gap tells nothing of the other.
    """
    long = np.zeros(track.scores.shape, dtype=bool)
    if len(track) < 2:
        return long
    frames = _LONGEST_GAP * track.rate
    for joint, start, stop in runs(~track.found):
        long[start:stop, joint] = stop - start > frames
    return long


def filter_pieces(track: Track, function: PieceFilter, *, shortest: int = 1) -> Track:
    """The track with every piece without gaps filtered by itself; sigma is then unknown (None).

    Joints whose pieces begin and end together are given to `function` together.

    Args:
        track: At equal steps of time.
        function: Takes positions (n, J, D), the frames and the joints (J,) that these are.
        shortest: Pieces of fewer samples than this stay as they are.
    """
    together: dict[tuple[int, int], list[int]] = {}
    for joint, start, stop in runs(track.found):
        if stop - start >= shortest:
            together.setdefault((start, stop), []).append(joint)
    keypoints = track.keypoints.copy()
    for (start, stop), columns in together.items():
        joints = np.array(columns)
        piece = track.keypoints[start:stop, joints].astype(np.float64)
        keypoints[start:stop, joints] = function(piece, slice(start, stop), joints)
    return replace(track, keypoints=keypoints, sigma=None)


def extended(values: Float64Array, samples: int) -> Float64Array:
    """The signal with `samples` more at either end, turned about its first and last value.

    A filter then meets no jump at the ends, neither of value nor of slope. A signal too short to
    give so many is turned about again and again.
    """
    width = ((samples, samples), *((0, 0),) * (values.ndim - 1))
    return np.pad(values, width, mode="reflect", reflect_type="odd")
