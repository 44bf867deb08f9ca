"""One recording laid over another in time: by how fast the joints move, then by where they are.

Speeds do not depend on where a camera or a frame of coordinates stands, nor their correlation on
the unit. Each joint's speed in one recording is correlated with its speed in the other, shifted
step by step. The shifts with the highest mean correlations are tried: that at which the poses
themselves fit best, turned, moved and scaled as a whole, is taken, and the parabola through the
misfits of its neighbours gives the part of a step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy.ndimage import gaussian_filter1d

from kinema.analysis.compare.placement import best_similarity
from kinema.errors import InputError
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]
Complex128Array = npt.NDArray[np.complex128]

SMOOTHING_SECONDS = 0.05
"""Standard deviation of the bell that positions are smoothed with before speeds are taken."""
LEAST_OVERLAP_SECONDS = 0.5
LEAST_CORRELATION = 0.2
"""Below, the recordings do not show one movement."""
LONGEST_CLOCK_ERROR = 0.1
_LEAST_RATE, _MOST_RATE = 30.0, 120.0  # of the steps at which correlations are taken
_MOST_PEAKS = 8
_MOST_STEPS = 60
_NO_FRACTION = 0.02  # of a step: no recording tells so little from none
_ALIKE = 1e-9  # misfits below are but rounding
_STILL = 1e-6  # of the spread of the fastest joint: speeds that are but rounding


@dataclass(frozen=True)
class Timing:
    """How the clock of one recording runs beside that of the reference.

    Attributes:
        offset: Seconds: a moment at t in the recording is at clock * t + offset in the reference.
        clock: Seconds of the reference that one second of the recording lasts.
        correlation: Mean correlation of the joints' speeds at that offset; NaN where the times
            were taken as they are.
    """

    offset: float = 0.0
    clock: float = 1.0
    correlation: float = float("nan")

    def apply(self, times: npt.ArrayLike) -> Float64Array:
        """Times of the recording, on the clock of the reference."""
        return np.asarray(self.clock * np.asarray(times, dtype=np.float64) + self.offset)


def best_timing(
    track: Track, reference: Track, *, max_offset: float | None = None, clock: bool = False
) -> Timing:
    """How `track` lies in the time of `reference`, both of the same joints.

    Args:
        track: The recording whose times are to be mapped.
        reference: The one whose clock counts.
        max_offset: Seconds; None allows any offset with which the two overlap by half of the
            shorter.
        clock: Whether its clock may run at another rate, up to 10 percent, as where a rate was
            assumed; found from the offsets of its first and its second half.

    Raises:
        InputError: If the two do not overlap by half a second with any offset, nothing moves, or
            they do not show one movement.
    """
    timing = _timing(track, reference, max_offset)
    if not np.isfinite(timing.correlation) or timing.correlation < LEAST_CORRELATION:
        raise InputError(
            "the recordings do not show one movement: their joints' speeds have a correlation of "
            f"{timing.correlation:.2f} at best; compare with --time none if their clocks agree"
        )
    return _with_clock(track, reference, timing) if clock else timing


def _with_clock(track: Track, reference: Track, timing: Timing) -> Timing:
    """Adds the rate of the clock, in two rounds."""
    for _ in range(2):
        times = timing.apply(track.times)
        middle = (max(times[0], reference.times[0]) + min(times[-1], reference.times[-1])) / 2
        shifted = _at(track, times)
        halves = [_part(shifted, times <= middle), _part(shifted, times > middle)]
        if min(len(half) for half in halves) < 3:
            return timing
        moves = [_timing(half, reference, 1.0) for half in halves]
        if any(not move.correlation > LEAST_CORRELATION for move in moves):
            return timing
        centres = [float(half.times.mean()) for half in halves]
        ratio = 1 + (moves[1].offset - moves[0].offset) / (centres[1] - centres[0])
        if abs(ratio * timing.clock - 1) > LONGEST_CLOCK_ERROR:
            return timing
        start = centres[0] + moves[0].offset - ratio * centres[0]
        timing = Timing(
            ratio * timing.offset + start,
            ratio * timing.clock,
            float(np.mean([move.correlation for move in moves])),
        )
    return timing


def _timing(track: Track, reference: Track, max_offset: float | None) -> Timing:
    rate = float(np.clip(max(_rate(track), _rate(reference)), _LEAST_RATE, _MOST_RATE))
    ours, theirs = _path(track, rate), _path(reference, rate)
    least = round(LEAST_OVERLAP_SECONDS * rate)
    if min(len(ours), len(theirs)) < least:
        raise InputError("recordings of less than half a second cannot be aligned in time")
    # lag: our sample i stands beside their sample i + lag
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
    step, score = _best_step(ours, theirs, lags, scores)
    offset = reference.times[0] - track.times[0] + step / rate
    return Timing(float(offset), 1.0, score)


def _best_step(
    ours: Float64Array, theirs: Float64Array, lags: npt.NDArray[np.int64], scores: Float64Array
) -> tuple[float, float]:
    """The lag, between steps too, at which the poses fit best, and the correlation there.

    Tried are the highest peaks of the correlation: those of one movement that repeats itself are
    nearly as high as the right one, and noise may make them higher.
    """
    heights = np.nan_to_num(scores, nan=-np.inf)
    around = np.pad(heights, 1, constant_values=-np.inf)
    peaks = np.flatnonzero((heights >= around[:-2]) & (heights >= around[2:]) & (heights > -np.inf))
    peaks = peaks[np.argsort(-heights[peaks], kind="stable")][:_MOST_PEAKS]
    found: dict[int, float] = {}

    def misfit(lag: int) -> float:
        if lag not in found:
            found[lag] = _misfit(ours, theirs, lag)
        return found[lag]

    low, high = int(lags[0]), int(lags[-1])

    def evidence(lag: int) -> float:
        """Log-likelihood of normal errors, beside taking the mean pose of the reference."""
        shared = min(len(ours), len(theirs) - lag) - max(0, -lag)
        return shared * -math.log(max(misfit(lag), _ALIKE))

    best = max((int(lags[peak]) for peak in peaks), key=evidence)
    for _ in range(_MOST_STEPS):  # downhill to the least misfit beside the peak
        beside = [lag for lag in (best - 1, best + 1) if low <= lag <= high]
        nearer = min(beside, key=misfit, default=best)
        if not misfit(nearer) < misfit(best):
            break
        best = nearer
    before, here, after = misfit(best - 1), misfit(best), misfit(best + 1)
    bend = before - 2 * here + after
    fraction = 0.5 * (before - after) / bend if 0 < bend < np.inf else 0.0
    if abs(fraction) < _NO_FRACTION:
        fraction = 0.0
    return best + float(np.clip(fraction, -0.5, 0.5)), float(scores[best - low])


def _misfit(ours: Float64Array, theirs: Float64Array, lag: int) -> float:
    """Mean squared distance at a lag after the best similarity, as a share of their spread."""
    start, end = max(0, -lag), min(len(ours), len(theirs) - lag)
    d = ours.shape[2]
    if end - start < 2:
        return float("inf")
    a = ours[start:end].reshape(-1, d)
    b = theirs[start + lag : end + lag].reshape(-1, d)
    known = ~np.isnan(a + b).any(axis=1)
    if known.sum() < d:
        return float("inf")
    a, b = a[known], b[known]
    spread = float(((b - b.mean(axis=0)) ** 2).sum())
    placed = best_similarity(a, b).apply(a)
    return float(((placed - b) ** 2).sum()) / spread if spread > 0 else float("inf")


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


def _at(track: Track, times: Float64Array) -> Track:
    return Track(track.skeleton, track.keypoints, track.scores, times, track.id, track.space)


def _part(track: Track, rows: npt.NDArray[np.bool_]) -> Track:
    return Track(
        track.skeleton,
        track.keypoints[rows],
        track.scores[rows],
        track.times[rows],
        track.id,
        track.space,
    )
