"""People whose identities were exchanged in a recording, as by a mistake in an editor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from kinema.track import Track

LEAST_JUMP = 0.5
"""Of the person's size: nobody moves as far from one frame to the next."""
LONGEST_STEP = 1.5
"""Frame times; after longer, somebody may be anywhere."""
LEAST_GAIN = 4.0
"""How many times less both would have moved with their identities the other way round."""


@dataclass(frozen=True)
class Exchange:
    """Two people who take each other's place from one frame to the next.

    Attributes:
        time: Seconds, of the frame in which they have done so.
        first: The one identity.
        second: The other.
    """

    time: float
    first: int
    second: int


def exchanges(people: Sequence[Track]) -> list[Exchange]:
    """Where two people jump to each other's place, in order of time.

    Both are seen in two frames on end, each jumps by more than half its size, and with identities
    the other way round they would have moved a quarter as far or less.

    Args:
        people: The tracks of one recording, as they came.
    """
    found = []
    for first, second in combinations(people, 2):
        times, a, b = np.intersect1d(first.times, second.times, return_indices=True)
        if len(a) < 2:
            continue
        on_end = (np.diff(a) == 1) & (np.diff(b) == 1)
        on_end &= np.diff(times) <= LONGEST_STEP / first.rate
        p, q = first.keypoints[a], second.keypoints[b]  # (T, K, D)
        own = np.fmax(_moved(p, p), _moved(q, q))
        least = np.fmin(_moved(p, p), _moved(q, q))
        other = np.fmax(_moved(p, q), _moved(q, p))
        size = np.fmin(_size(p), _size(q))[1:]
        with np.errstate(invalid="ignore"):  # joints that are absent
            jumps = on_end & (least > LEAST_JUMP * size) & (own > LEAST_GAIN * other)
        for frame in np.flatnonzero(jumps):
            found.append(Exchange(float(first.times[a[frame + 1]]), first.id, second.id))
    return sorted(found, key=lambda exchange: exchange.time)


def _moved(
    before: npt.NDArray[np.float32], after: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Median distance of the joints from each frame of one to the next frame of the other."""
    steps = np.linalg.norm(after[1:].astype(np.float64) - before[:-1], axis=2)
    return _median(steps)


def _size(keypoints: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The longest side of the box around the joints found, in each frame; NaN for nobody."""
    known = np.asarray(~np.isnan(keypoints).any(axis=2))[..., None]
    low = np.where(known, keypoints, np.inf).min(axis=1)
    high = np.where(known, keypoints, -np.inf).max(axis=1)
    span = np.where(known.any(axis=1), high - low, np.nan)
    return np.asarray(span.max(axis=1), dtype=np.float64)


def _median(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The median of each row over what is known, NaN without a warning where nothing is."""
    ordered = np.sort(values, axis=1)  # NaN comes last
    count = (~np.isnan(values)).sum(axis=1)
    middle = np.maximum(count - 1, 0) // 2
    return np.asarray(np.take_along_axis(ordered, middle[:, None], axis=1)[:, 0])
