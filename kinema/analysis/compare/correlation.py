"""How alike the speeds of joints are in two recordings, at every shift of their clocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy.ndimage import gaussian_filter1d

from kinema.errors import InputError
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]
Complex128Array = npt.NDArray[np.complex128]

SMOOTHING_SECONDS = 0.05
"""Standard deviation of the bell that positions are smoothed with before speeds are taken."""
LEAST_OVERLAP_SECONDS = 0.5
_LEAST_RATE, _MOST_RATE = 30.0, 120.0  # of the steps at which correlations are taken
_STILL = 1e-6  # of the spread of the fastest joint: speeds that are but rounding


@dataclass(frozen=True, eq=False)
class Search:
    """Correlations at all lags: our sample i beside their sample i + lag, at `rate` a second."""

    ours: Float64Array
    theirs: Float64Array
    rate: float
    lags: npt.NDArray[np.int64]
    scores: Float64Array


def search(track: Track, reference: Track, max_offset: float | None) -> Search:
    """The correlations of two tracks of the same joints, at all shifts that leave enough overlap.

    Raises:
        InputError: If one is too short, none of the shifts is allowed, or nothing moves.
    """
    rate = float(np.clip(max(_rate(track), _rate(reference)), _LEAST_RATE, _MOST_RATE))
    ours, theirs = _path(track, rate), _path(reference, rate)
    least = round(LEAST_OVERLAP_SECONDS * rate)
    if min(len(ours), len(theirs)) < least:
        raise InputError("recordings of less than half a second cannot be aligned in time")
    overlap = max(least, min(len(ours), len(theirs)) // 2)
    lags = np.arange(-(len(ours) - overlap), len(theirs) - overlap + 1)
    shift = (reference.times[0] - track.times[0]) + lags / rate
    if max_offset is not None:
        lags = lags[np.abs(shift) <= max_offset + 0.5 / rate]
    if len(lags) == 0:
        raise InputError(
            f"the recordings do not overlap in time: {track.times[0]:.2f} to "
            f"{track.times[-1]:.2f} s and {reference.times[0]:.2f} to {reference.times[-1]:.2f} s"
        )
    scores = _correlations(_speeds(ours, rate), _speeds(theirs, rate), lags, least)
    if np.isnan(scores).all():
        raise InputError("nothing moves in both recordings, so their times cannot be aligned")
    return Search(ours, theirs, rate, lags, scores)


def _path(track: Track, rate: float) -> Float64Array:
    """The joints (T, K, D) at equal steps, a little smoothed; NaN in gaps."""
    steps = int(np.floor((track.times[-1] - track.times[0]) * rate + 1e-6)) + 1
    grid = track.times[0] + np.arange(steps) / rate
    points = track.at(np.minimum(grid, track.times[-1])).keypoints.astype(np.float64)
    return _smoothed(points, SMOOTHING_SECONDS * rate)


def _speeds(path: Float64Array, rate: float) -> Float64Array:
    """How fast each joint moves, (T, K); NaN beside gaps."""
    velocity = np.full(path.shape, np.nan)
    velocity[1:-1] = (path[2:] - path[:-2]) * rate / 2
    return np.asarray(np.linalg.norm(velocity, axis=2))


def _smoothed(points: Float64Array, width: float) -> Float64Array:
    """A bell over what is known; NaN stays NaN."""
    known = ~np.isnan(points)
    total = gaussian_filter1d(np.where(known, points, 0), width, axis=0, mode="nearest")
    weight = gaussian_filter1d(known.astype(np.float64), width, axis=0, mode="nearest")
    return np.where(known, total / np.where(weight > 0, weight, 1), np.nan)


def _correlations(
    ours: Float64Array, theirs: Float64Array, lags: npt.NDArray[np.int64], least: int
) -> Float64Array:
    """Mean over joints of Pearson's correlation, our sample i beside their sample i + lag.

    Joints count by how many samples they have in both; NaN where none has enough. All lags at once,
    the sums over what both have by Fourier transforms (Padfield 2012, "Masked object registration
    in the Fourier domain").
    """
    size = scipy.fft.next_fast_len(len(ours) + len(theirs), real=True)
    a, in_a = _transforms(ours, size)
    b, in_b = _transforms(theirs, size)

    def over_both(first: Complex128Array, second: Complex128Array) -> Float64Array:
        product = scipy.fft.irfft(np.conj(first) * second, size, axis=0)
        return np.asarray(product[lags % size])

    count = np.rint(over_both(in_a, in_b))
    safe = np.maximum(count, 1)
    sum_a, sum_b = over_both(a[0], in_b), over_both(in_a, b[0])
    of_a = over_both(a[1], in_b) - sum_a**2 / safe
    of_b = over_both(in_a, b[1]) - sum_b**2 / safe
    together = over_both(a[0], b[0]) - sum_a * sum_b / safe
    moves = (count >= max(least // 2, 3)) & (of_a > 1e-9 * safe) & (of_b > 1e-9 * safe)
    spread = np.sqrt(np.where(moves, of_a * of_b, 1))
    weight = np.where(moves, count, 0)
    total = weight.sum(axis=1)
    mean = (weight * together / spread).sum(axis=1) / np.maximum(total, 1)
    return np.where(total > 0, mean, np.nan)


def _transforms(
    speeds: Float64Array, size: int
) -> tuple[tuple[Complex128Array, Complex128Array], Complex128Array]:
    """Fourier transforms of each joint's speed, its square, and where it is known.

    Speeds are in units of their own spread, about their mean; still joints become 0.
    """
    known = ~np.isnan(speeds)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, speeds - np.where(known, speeds, 0).sum(axis=0) / count, 0)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    largest = spread.max(initial=0)
    centred = np.where(spread > _STILL * largest, centred / np.where(spread > 0, spread, 1), 0)
    powers = [scipy.fft.rfft(values, size, axis=0) for values in (centred, centred**2)]
    return (powers[0], powers[1]), scipy.fft.rfft(known.astype(np.float64), size, axis=0)


def _rate(track: Track) -> float:
    rate = track.rate
    return rate if np.isfinite(rate) else _LEAST_RATE
