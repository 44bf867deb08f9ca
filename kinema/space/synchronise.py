"""How far unsynchronised recordings of the same movement are apart in time.

Cameras see a movement from different sides, but what goes up goes up in all of them: vertical
speeds of joints in the pictures are correlated for every shift of one camera against another, and
the shift with the highest correlation is taken, to a fraction of a frame. Cameras must stand about
upright.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import gaussian_filter1d

from kinema.errors import InputError, ShapeError
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

LEAST_SCORE = 0.3  # of a joint that counts
SMOOTHING_SECONDS = 0.05  # standard deviation of the Gaussian that speeds are smoothed with
FASTEST = 4.0  # times the spread of a joint's speeds; what is faster is cut off
STEPS_A_FRAME = 2  # of the grid that is correlated; a parabola finds the peak between its points
LEAST_OVERLAP = 0.25  # of the shorter recording
RIVAL_SECONDS = 0.25  # from the peak on which another one is a rival
LEAST_SECONDS = 0.5  # of joint movement that two recordings must share


@dataclass(frozen=True, eq=False)
class Offsets:
    """When each camera's clock started, by the clock of the first.

    Attributes:
        seconds: (C,) to be added to the times of each camera to have them on the clock of the
            first, which has 0; NaN where a camera has no movement in common with the others.
        confidence: (C,) in [0, 1]: by how much the correlation at the chosen shift exceeds that at
            any other, for the best pair that a camera is in. Below about 0.1 the movement repeats
            itself (or hardly moves) and another shift fits nearly as well.
        correlation: (C, C) of the pairs at their chosen shift; NaN where there is none.
        spread: (C,) how far the shifts of a camera's pairs are from agreeing, in seconds: root mean
            square, weighted; NaN for fewer than three cameras.
    """

    seconds: Float64Array
    confidence: Float64Array
    correlation: Float64Array
    spread: Float64Array


def offsets(tracks: Sequence[Track | Sequence[Track]], *, longest: float | None = None) -> Offsets:
    """The time offsets of several cameras that saw the same people.

    Args:
        tracks: For each camera the person that it saw, or all of them; in the picture, with times
            by the camera's own clock. Who is who does not matter: speeds of several people are
            added up.
        longest: The largest offset that is possible, in seconds; by default as much as leaves a
            quarter of the shorter recording in common.

    Raises:
        InputError: If there are fewer than two cameras, or tracks are not in the picture.
        ShapeError: If the skeletons differ.
    """
    people = [[entry] if isinstance(entry, Track) else list(entry) for entry in tracks]
    count = len(people)
    if count < 2:
        raise InputError("synchronisation needs at least two cameras")
    if longest is not None and not longest > 0:
        raise InputError(f"the largest offset must be positive, got {longest}")
    step = _step([track for row in people for track in row])
    signals = [_speeds(row, step) for row in people]
    shift = np.full((count, count), np.nan)
    correlation, confidence = np.full((count, count), np.nan), np.zeros((count, count))
    for one in range(count):
        for other in range(one + 1, count):
            found = _best_shift(signals[one], signals[other], step, longest)
            if found is not None:
                shift[one, other], correlation[one, other], confidence[one, other] = found
                shift[other, one] = -found[0]
                correlation[other, one], confidence[other, one] = found[1:]
    seconds, spread = _joined(shift, confidence)
    best = confidence.max(axis=1)
    best[np.isnan(seconds)] = 0
    return Offsets(seconds, best, correlation, spread)


@dataclass(frozen=True, eq=False)
class _Signal:
    """Speeds (T, K) at equal steps from `start`; 0 where unknown, and where they are known."""

    start: float
    values: Float64Array
    known: npt.NDArray[np.bool_]


def _step(every: Sequence[Track]) -> float:
    moving = [track for track in every if len(track) > 1]
    if not moving:
        return 1 / 30
    first = moving[0].skeleton
    for track in every:
        if track.space != "image":
            raise InputError("offsets are found in pictures, not from poses in space")
        if track.skeleton != first:
            raise ShapeError(
                f"one camera has the skeleton {first.name}, another {track.skeleton.name}; turn "
                "them into the same"
            )
    return 1 / (STEPS_A_FRAME * max(track.rate for track in moving))


def _speeds(people: Sequence[Track], step: float) -> _Signal:
    """Vertical speeds of all people together, in their heights a second."""
    moving = [track for track in people if len(track) > 2]
    if not moving:
        return _Signal(0.0, np.zeros((1, 1)), np.zeros((1, 1), dtype=bool))
    start = min(float(track.times[0]) for track in moving)
    end = max(float(track.times[-1]) for track in moving)
    grid = start + np.arange(int((end - start) / step) + 1) * step
    total = np.zeros((len(grid), len(moving[0].skeleton)))
    known = np.zeros(total.shape, dtype=bool)
    for track in moving:
        speed = _speed_of(track, grid, step)
        there = ~np.isnan(speed)
        total += np.where(there, speed, 0)
        known |= there
    return _Signal(start, total, known)


def _speed_of(track: Track, grid: Float64Array, step: float) -> Float64Array:
    """(T, K) upward speeds of a person, cut off where they cannot be; NaN where unknown."""
    placed = track.at(grid)
    height = np.array(placed.keypoints[..., 1], dtype=np.float64)
    height[placed.scores < LEAST_SCORE] = np.nan
    size = _body_size(track)
    known = ~np.isnan(height)
    # Smoothing with weights: gaps neither pull nor spread.
    width = SMOOTHING_SECONDS / step
    weight = gaussian_filter1d(known.astype(float), width, axis=0, mode="constant")
    smooth = gaussian_filter1d(np.where(known, height, 0), width, axis=0, mode="constant")
    smooth = np.divide(smooth, weight, out=np.full(height.shape, np.nan), where=weight > 0.5)
    smooth[~known] = np.nan
    speed = -np.gradient(smooth, step, axis=0) / size if len(grid) > 1 else smooth * np.nan
    spread = np.sqrt(_mean_square(speed))
    limit = FASTEST * np.where(spread > 0, spread, 1)
    return np.asarray(np.clip(speed, -limit, limit))


def _body_size(track: Track) -> float:
    """The median height of what is seen of a person, in pixels."""
    rows = track.keypoints[..., 1]
    rows = rows[~np.isnan(rows).all(axis=1)]
    if len(rows) == 0:
        return 1.0
    return max(float(np.median(np.nanmax(rows, axis=1) - np.nanmin(rows, axis=1))), 1.0)


def _mean_square(values: Float64Array) -> Float64Array:
    known = ~np.isnan(values)
    total = np.where(known, values**2, 0).sum(axis=0)
    return np.asarray(total / np.maximum(known.sum(axis=0), 1))


def _best_shift(
    one: _Signal, other: _Signal, step: float, longest: float | None
) -> tuple[float, float, float] | None:
    """What to add to the other's times, the correlation there, and its lead over other shifts."""
    if one.values.shape[1] != other.values.shape[1]:
        return None
    lags, scores = _correlations(one, other, step)
    shifts = lags * step + one.start - other.start
    if longest is not None:
        scores[np.abs(shifts) > longest] = np.nan
    if np.isnan(scores).all():
        return None
    peak = int(np.nanargmax(scores))
    height = float(scores[peak])
    if height <= 0:
        return None
    rivals = scores[np.abs(shifts - shifts[peak]) > RIVAL_SECONDS]
    rival = float(np.nanmax(rivals)) if np.isfinite(rivals).any() else 0.0
    between = 0.0
    if 0 < peak < len(scores) - 1 and np.isfinite(scores[[peak - 1, peak + 1]]).all():
        before, after = scores[peak - 1], scores[peak + 1]
        bend = before - 2 * height + after
        between = float(0.5 * (before - after) / bend) if bend < 0 else 0.0
    lead = height - max(rival, 0.0)
    return float(shifts[peak] + between * step), height, float(np.clip(lead, 0, 1))


def _correlations(
    one: _Signal, other: _Signal, step: float
) -> tuple[npt.NDArray[np.int64], Float64Array]:
    """Normalised correlations of all joints together at each lag of the other, in steps.

    Only what both know counts, so that gaps and ends do no harm; NaN where that is too little.
    """
    lengths = len(one.values), len(other.values)
    size = next_fast_len(sum(lengths))

    def products(first: Float64Array, second: Float64Array) -> Float64Array:
        spectra = rfft(first, size, axis=0) * np.conj(rfft(second, size, axis=0))
        row = irfft(spectra.sum(axis=1), size)
        return np.concatenate([row[size - lengths[1] + 1 :], row[: lengths[0]]])

    known_one, known_other = one.known.astype(float), other.known.astype(float)
    together = products(one.values, other.values)
    energy_one = np.maximum(products(one.values**2, known_other), 0)
    energy_other = np.maximum(products(known_one, other.values**2), 0)
    shared = products(known_one, known_other)
    joints = max(int((one.known.any(axis=0) & other.known.any(axis=0)).sum()), 1)
    least = joints * max(LEAST_OVERLAP * min(lengths), LEAST_SECONDS / step)
    norm = np.sqrt(energy_one * energy_other)
    floor = 1e-9 * max(float(norm.max()), 1e-300)
    scores = np.full(len(together), np.nan)
    np.divide(together, norm, out=scores, where=(shared >= least) & (norm > floor))
    return np.arange(-(lengths[1] - 1), lengths[0]), scores


def _joined(shift: Float64Array, confidence: Float64Array) -> tuple[Float64Array, Float64Array]:
    """The offsets that agree best with all pairs, weighted least squares; and how well they do.

    `shift[a, b]` is what to add to b's times to have them on a's clock, so it is the offset of b
    less that of a.
    """
    count = len(shift)
    seconds, spread = np.full(count, np.nan), np.full(count, np.nan)
    weight = np.where(np.isnan(shift), 0, np.maximum(confidence, 1e-3) ** 2)
    linked = _linked(weight > 0)
    members = np.flatnonzero(linked)
    rows, values = [], []
    for one in members:
        for other in members[members > one]:
            if weight[one, other] > 0:
                row = np.zeros(count)
                row[other], row[one] = 1, -1
                root = np.sqrt(weight[one, other])
                rows.append(root * row)
                values.append(root * shift[one, other])
    seconds[0] = 0
    if not rows:
        return seconds, spread
    free = members[members > 0]
    seconds[free] = np.linalg.lstsq(np.array(rows)[:, free], np.array(values), rcond=None)[0]
    off = seconds[None] - seconds[:, None] - shift
    for member in members if len(members) > 2 else ():
        w = np.where(np.isnan(off[member]), 0, weight[member])
        spread[member] = np.sqrt((w * np.nan_to_num(off[member]) ** 2).sum() / w.sum())
    return seconds, spread


def _linked(pairs: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which cameras are connected with the first, directly or through others."""
    linked = np.zeros(len(pairs), dtype=bool)
    linked[0] = True
    for _ in range(len(pairs)):
        linked |= pairs[linked].any(axis=0)
    return linked
