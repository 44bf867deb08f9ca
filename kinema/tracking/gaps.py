"""Gaps, and how short ones are filled."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.interpolate import Akima1DInterpolator, CubicSpline, PchipInterpolator

from kinema.errors import InputError, did_you_mean
from kinema.poses import Float32Array
from kinema.track import Float64Array, Track
from kinema.tracking.pieces import runs

INTERPOLATORS = {"pchip": PchipInterpolator, "akima": Akima1DInterpolator, "cubic": CubicSpline}
"""Ways through known samples: without overshoot, nearly without, and smoothest."""


@dataclass(frozen=True, eq=False)
class Filled:
    """A track whose short gaps are filled.

    Attributes:
        track: Its regular time base; what is filled has the lower of the two neighbours' scores.
        filled: (T, K), where a position was made up.
        distance: (T, K) float32 seconds to the nearest sample that was known; 0 for those
            themselves, NaN in gaps that stayed.
    """

    track: Track
    filled: npt.NDArray[np.bool_]
    distance: Float32Array


def fill_gaps(track: Track, *, max_gap: float = 0.25, method: str = "pchip") -> Filled:
    """Fill gaps by curves through what is known around them; never before or after all of it.

    Args:
        track: Any; the result is on its regular time base.
        max_gap: Seconds that a gap may last: its missing frames over the frame rate.
        method: One of `INTERPOLATORS`.

    Raises:
        InputError: If the longest gap is negative or the method unknown.
    """
    if method not in INTERPOLATORS:
        hint = did_you_mean(method, INTERPOLATORS)
        raise InputError(f"gaps cannot be filled by {method!r}; {hint}")
    if not max_gap >= 0:
        raise InputError(f"the longest gap to fill cannot be {max_gap} seconds")
    track = track.regular()
    found = track.found
    keypoints, scores = track.keypoints.copy(), track.scores.copy()
    filled = np.zeros(found.shape, dtype=bool)
    distance = np.where(found, 0.0, np.nan).astype(np.float32)
    step = 1 / track.rate if len(track) > 1 else 0.0
    longest = int(np.floor(max_gap / step + 1e-6)) if step > 0 else 0
    for joint, start, stop in runs(~found):
        if start > 0 and stop < len(track) and stop - start <= longest:
            filled[start:stop, joint] = True
            inside = np.arange(1, stop - start + 1)
            distance[start:stop, joint] = np.minimum(inside, inside[::-1]) * step
            lower = np.fmin(scores[start - 1, joint], scores[stop, joint])
            scores[start:stop, joint] = lower
    for joint in np.flatnonzero(filled.any(axis=0)).tolist():
        values = track.keypoints[:, joint].astype(np.float64)
        rows = filled[:, joint]
        keypoints[rows, joint] = _through(values, found[:, joint], rows, method)
    return Filled(replace(track, keypoints=keypoints, scores=scores), filled, distance)


def _through(
    values: Float64Array, known: npt.NDArray[np.bool_], wanted: npt.NDArray[np.bool_], method: str
) -> Float64Array:
    frames = np.arange(len(values), dtype=np.float64)
    if known.sum() < 3:  # what all of the methods make of two samples
        ends = frames[known], values[known]
        columns = [np.interp(frames[wanted], ends[0], y) for y in ends[1].T]
        return np.stack(columns, axis=1)
    curve = INTERPOLATORS[method](frames[known], values[known], axis=0)
    return np.asarray(curve(frames[wanted]))
