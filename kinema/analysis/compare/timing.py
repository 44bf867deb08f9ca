"""One recording laid over another in time: by how fast the joints move, then by where they are.

Speeds do not depend on where a camera or a frame of coordinates stands, nor their correlation on
the unit. Each joint's speed in one recording is correlated with its speed in the other, shifted
step by step. The shifts with the highest mean correlations are tried: that at which the poses
themselves fit best, turned, moved and scaled as a whole, is taken, and the parabola through the
misfits of its neighbours gives the part of a step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kinema.analysis.compare.correlation import LEAST_OVERLAP_SECONDS, Search, search
from kinema.analysis.compare.placement import best_similarity
from kinema.errors import InputError
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

LEAST_CORRELATION = 0.2
"""Below, the recordings do not show one movement."""
LONGEST_CLOCK_ERROR = 0.1
_DRIFT = 0.1  # seconds between neighbouring clock rates, at the end of the recording
_CLOCK_SECONDS = 60.0  # of a recording that count for the first choice of a rate
_CLOCK_ROUNDS = 3
_MOST_PEAKS = 8
_MOST_STEPS = 60
_NO_FRACTION = 0.02  # of a step: no recording tells so little from none
_ALIKE = 1e-9  # misfits below are but rounding


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
        """Times (T,) of the recording in seconds, on the clock of the reference."""
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
    find = _clock_first if clock else _timing
    timing = find(track, reference, max_offset)
    if not np.isfinite(timing.correlation) or timing.correlation < LEAST_CORRELATION:
        raise InputError(
            "the recordings do not show one movement: their joints' speeds have a correlation of "
            f"{timing.correlation:.2f} at best; compare with --time none if their clocks agree"
        )
    return timing


def _clock_first(track: Track, reference: Track, max_offset: float | None) -> Timing:
    """Tries clock rates until the recordings do not drift apart by more than a tenth of a second.

    The rate with the highest correlation is made finer by the offsets of the two halves.
    """
    seconds = float(min(np.ptp(track.times), np.ptp(reference.times), _CLOCK_SECONDS))
    count = int(np.ceil(LONGEST_CLOCK_ERROR * seconds / _DRIFT)) if seconds > 0 else 0
    ratios = 1 + LONGEST_CLOCK_ERROR * np.arange(-count, count + 1) / max(count, 1)
    heights = [
        np.nanmax(search(_at(track, ratio * track.times), reference, max_offset).scores)
        for ratio in ratios.tolist()
    ]
    best = float(ratios[int(np.argmax(heights))])
    timing = _timing(_at(track, best * track.times), reference, max_offset)
    return _finer_clock(track, reference, replace(timing, clock=best))


def _finer_clock(track: Track, reference: Track, timing: Timing) -> Timing:
    for _ in range(_CLOCK_ROUNDS):
        times = timing.apply(track.times)
        middle = (max(times[0], reference.times[0]) + min(times[-1], reference.times[-1])) / 2
        shifted = _at(track, times)
        halves = [_part(shifted, times <= middle), _part(shifted, times > middle)]
        if any(len(half) < 3 or np.ptp(half.times) < LEAST_OVERLAP_SECONDS for half in halves):
            return timing
        try:
            moves = [_timing(half, reference, 2 * _DRIFT) for half in halves]
        except InputError:  # nothing moves in one of them
            return timing
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
    found = search(track, reference, max_offset)
    step, score = _best_step(found)
    offset = reference.times[0] - track.times[0] + step / found.rate
    return Timing(float(offset), 1.0, score)


def _best_step(at: Search) -> tuple[float, float]:
    """The lag, between steps too, at which the poses fit best, and the correlation there.

    Tried are the highest peaks of the correlation: those of one movement that repeats itself are
    nearly as high as the right one, and noise may make them higher.
    """
    ours, theirs, lags = at.ours, at.theirs, at.lags
    heights = np.nan_to_num(at.scores, nan=-np.inf)
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
    return best + float(np.clip(fraction, -0.5, 0.5)), float(at.scores[best - low])


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
