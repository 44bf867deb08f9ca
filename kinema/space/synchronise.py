"""How far unsynchronised recordings of the same movement are apart in time.

Cameras see a movement from different sides, but what goes up goes up in all of them: vertical
speeds of joints in the pictures are correlated for every shift of one camera against another, and
those shifts are taken that give the highest correlations of all pairs together, to a fraction of a
frame. Cameras must stand about upright. Where they are calibrated, it counts as well how nearly
their rays meet at that shift (`meeting`): that tells steps of a walk apart, which look alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import gaussian_filter1d

from kinema.camera import Rig
from kinema.errors import InputError, ShapeError
from kinema.space.meeting import LEAST_SCORE, meeting
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

SMOOTHING_SECONDS = 0.065  # standard deviation of the Gaussian that speeds are smoothed with
FASTEST = 4.0  # times the spread of a joint's speeds; what is faster is cut off
STEPS_A_FRAME = 2  # of the grid that is correlated; a parabola finds the peak between its points
LEAST_OVERLAP = 0.25  # of the shorter recording
DOUBT = 0.25  # of a recording's whole energy, added to that in common: short overlaps count less
MOST_ROUNDS = 20
RIVAL_SECONDS = 0.25  # from the peak on which another one is a rival
LEAST_SECONDS = 0.5  # of joint movement that two recordings must share
MEETING = 2.0  # times the correlation of movements, that the meeting of rays counts


@dataclass(frozen=True, eq=False)
class Offsets:
    """When each camera's clock started, by the clock of the first.

    Attributes:
        seconds: (C,) to be added to the times of each camera to have them on the clock of the
            first, which has 0; NaN where a camera has no movement in common with the others.
        confidence: (C,) in [0, 1]: by how much the mean correlation with the other cameras exceeds
            that at any other shift of the camera. Below about 0.1 the movement repeats itself, or
            is too little, and another shift fits nearly as well.
        correlation: (C, C) of the pairs at their chosen shift; NaN where there is none. With a rig
            it is the mean of that of the movement and, counted twice, of how well rays meet.
        spread: (C,) how far the shifts of a camera's pairs are from agreeing, in seconds: root mean
            square, weighted; NaN for fewer than three cameras.
    """

    seconds: Float64Array
    confidence: Float64Array
    correlation: Float64Array
    spread: Float64Array


def offsets(
    tracks: Sequence[Track | Sequence[Track]],
    *,
    longest: float | None = None,
    rig: Rig | None = None,
) -> Offsets:
    """The time offsets of several cameras that saw the same people.

    Args:
        tracks: For each camera the person that it saw, or all of them; in the picture, with times
            by the camera's own clock. Who is who does not matter: speeds of several people are
            added up.
        longest: The largest offset that is possible, in seconds; by default as much as leaves a
            quarter of the shorter recording in common.
        rig: The cameras, in the order of the tracks, if they are calibrated.

    Raises:
        InputError: If there are fewer than two cameras, the rig has more or fewer, or tracks are
            not in the picture.
        ShapeError: If the skeletons differ.
    """
    people = [[entry] if isinstance(entry, Track) else list(entry) for entry in tracks]
    count = len(people)
    if count < 2:
        raise InputError("synchronisation needs at least two cameras")
    if rig is not None and len(rig) != count:
        raise InputError(f"{count} recordings are synchronised, the rig has {len(rig)} cameras")
    if longest is not None and not longest > 0:
        raise InputError(f"the largest offset must be positive, got {longest}")
    step = _step([track for row in people for track in row])
    signals = [_speeds(row, step) for row in people]
    farthest = sum(len(signal.values) for signal in signals) + max(
        abs(one.start - other.start) for one in signals for other in signals
    )
    farthest = farthest if longest is None else min(farthest, int(longest / step))
    curves = np.full((count, count, 2 * farthest + 1), np.nan)
    for one in range(count):
        for other in range(one + 1, count):
            curve = _curve(signals[one], signals[other], step, farthest)
            if rig is not None:
                met = meeting(
                    (list(rig)[one], list(rig)[other]),
                    (_moving(people[one]), _moving(people[other])),
                    step=step,
                    farthest=farthest,
                )
                curve = (curve + MEETING * met) / (1 + MEETING)
            curves[one, other] = curve
            curves[other, one] = curves[one, other, ::-1]
    return _offsets(curves, _agreed(curves), step)


@dataclass(frozen=True, eq=False)
class _Signal:
    """Speeds (T, K) at whole steps from `start` on; 0 where unknown, and where they are known."""

    start: int
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
    moving = _moving(people)
    if not moving:
        return _Signal(0, np.zeros((1, 1)), np.zeros((1, 1), dtype=bool))
    start = int(np.ceil(min(float(track.times[0]) for track in moving) / step - 1e-6))
    end = int(np.floor(max(float(track.times[-1]) for track in moving) / step + 1e-6))
    grid = np.arange(start, end + 1, dtype=np.float64) * step
    total = np.zeros((len(grid), len(moving[0].skeleton)))
    known = np.zeros(total.shape, dtype=bool)
    for track in moving:
        speed = _speed_of(track, grid, step)
        there = ~np.isnan(speed)
        total += np.where(there, speed, 0)
        known |= there
    return _Signal(start, total, known)


def _moving(people: Sequence[Track]) -> list[Track]:
    return [track for track in people if len(track) > 2]


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
    # Who walks towards a camera drifts down in its picture, and not in those of others.
    speed = speed - _mean(speed)
    spread = np.sqrt(_mean(speed**2))
    limit = FASTEST * np.where(spread > 0, spread, 1)
    return np.asarray(np.clip(speed, -limit, limit))


def _body_size(track: Track) -> float:
    """The median height of what is seen of a person, in pixels."""
    rows = track.keypoints[..., 1]
    rows = rows[~np.isnan(rows).all(axis=1)]
    if len(rows) == 0:
        return 1.0
    return max(float(np.median(np.nanmax(rows, axis=1) - np.nanmin(rows, axis=1))), 1.0)


def _mean(values: Float64Array) -> Float64Array:
    known = ~np.isnan(values)
    total = np.where(known, values, 0).sum(axis=0)
    return np.asarray(total / np.maximum(known.sum(axis=0), 1))


def _curve(one: _Signal, other: _Signal, step: float, farthest: int) -> Float64Array:
    """Correlations (2 F + 1,) of all joints together, for shifts of -F to F steps of the other.

    Only what both know counts, so that gaps and ends do no harm; NaN where that is too little.
    """
    curve = np.full(2 * farthest + 1, np.nan)
    if one.values.shape[1] != other.values.shape[1]:  # nobody was seen by one of them
        return curve
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
    whole = (one.values**2).sum(), (other.values**2).sum()
    norm = np.sqrt((energy_one + DOUBT * whole[0]) * (energy_other + DOUBT * whole[1]))
    joints = max(int((one.known.any(axis=0) & other.known.any(axis=0)).sum()), 1)
    least = joints * max(LEAST_OVERLAP * min(lengths), LEAST_SECONDS / step)
    enough = (products(known_one, known_other) >= least) & (norm > 0)
    scores = np.full(len(together), np.nan)
    np.divide((1 + DOUBT) * together, norm, out=scores, where=enough)
    places = np.arange(-(lengths[1] - 1), lengths[0]) + one.start - other.start + farthest
    inside = (places >= 0) & (places < len(curve))
    curve[places[inside]] = scores[inside]
    return curve


def _agreed(curves: Float64Array) -> dict[int, int]:
    """Shifts in steps, for the cameras that have movement in common with the first or each other.

    The pair that is surest is placed first, then the camera that is surest to those placed; then
    each is moved to where it fits all others best, until nothing changes.
    """
    count = len(curves)
    sure = {
        (one, other): _lead(curves[one, other])
        for one in range(count)
        for other in range(one + 1, count)
        if np.nanmax(curves[one, other], initial=-1) > 0
    }
    if not sure:
        return {}
    first = max(sure, key=lambda pair: sure[pair])[0]
    placed = {first: 0}
    while True:
        waiting = {c: _combined(curves, placed, c) for c in range(count) if c not in placed}
        waiting = {c: row for c, row in waiting.items() if np.nanmax(row, initial=-1) > 0}
        if not waiting:
            break
        surest = max(waiting, key=lambda c: _lead(waiting[c]))
        placed[surest] = int(np.nanargmax(waiting[surest])) - curves.shape[2] // 2
    for _ in range(MOST_ROUNDS):
        before = dict(placed)
        for camera in placed:
            if camera != first:
                row = _combined(curves, {c: k for c, k in placed.items() if c != camera}, camera)
                placed[camera] = int(np.nanargmax(row)) - curves.shape[2] // 2
        if placed == before:
            break
    return placed


def _combined(curves: Float64Array, placed: dict[int, int], camera: int) -> Float64Array:
    """The mean correlation of a camera with those placed, for each shift of it; NaN where none."""
    length = curves.shape[2]
    total, known = np.zeros(length), np.zeros(length)
    for other, shift in placed.items():
        moved = np.full(length, np.nan)
        here = slice(max(shift, 0), length + min(shift, 0))
        there = slice(max(-shift, 0), length - max(shift, 0))
        moved[here] = curves[other, camera][there]
        total += np.nan_to_num(moved)
        known += ~np.isnan(moved)
    return np.where(known > 0, total / len(placed), np.nan)


def _lead(curve: Float64Array, away: int = 15) -> float:
    """By how much the peak exceeds what is further away than some steps."""
    peak = int(np.nanargmax(curve))
    rivals = np.concatenate([curve[: max(peak - away, 0)], curve[peak + away + 1 :]])
    return float(curve[peak] - max(np.nanmax(rivals, initial=0.0), 0.0))


def _offsets(curves: Float64Array, placed: dict[int, int], step: float) -> Offsets:
    """From whole steps to fractions: the peaks of all pairs nearby, brought to agree."""
    count, middle = len(curves), curves.shape[2] // 2
    shift, correlation = np.full((count, count), np.nan), np.full((count, count), np.nan)
    confidence = np.zeros(count)
    away = max(int(RIVAL_SECONDS / step), 1)
    for camera in placed:
        others = {c: k for c, k in placed.items() if c != camera}
        confidence[camera] = np.clip(_lead(_combined(curves, others, camera), away), 0, 1)
        for other in others:
            found = _peak_near(curves[camera, other], placed[other] - placed[camera] + middle)
            if found is not None:
                shift[camera, other] = (found[0] - middle) * step
                correlation[camera, other] = found[1]
    seconds, spread = _joined(shift, np.nan_to_num(correlation))
    confidence[np.isnan(seconds)] = 0
    return Offsets(seconds, confidence, correlation, spread)


def _peak_near(curve: Float64Array, place: int) -> tuple[float, float] | None:
    """The highest point near a place, between the steps (by a parabola), and its height."""
    if not 1 < place < len(curve) - 2:
        return None
    near = curve[place - 1 : place + 2]
    if np.isnan(near).all():
        return None
    place += int(np.nanargmax(near)) - 1
    before, height, after = curve[place - 1 : place + 2]
    bend = before - 2 * height + after
    if not (height > 0 and bend < 0):
        return None
    return place + float(np.clip(0.5 * (before - after) / bend, -1, 1)), float(height)


def _joined(shift: Float64Array, correlation: Float64Array) -> tuple[Float64Array, Float64Array]:
    """The offsets that agree best with all pairs, weighted least squares; and how well they do.

    `shift[a, b]` is what to add to b's times to have them on a's clock, so it is the offset of b
    less that of a.
    """
    count = len(shift)
    seconds, spread = np.full(count, np.nan), np.full(count, np.nan)
    weight = np.where(np.isnan(shift), 0, correlation**2)
    linked = _linked(weight > 0)
    members = np.flatnonzero(linked)
    seconds[0] = 0
    one, other = np.array(np.nonzero(np.triu(weight)))
    use = linked[one] & linked[other]
    one, other = one[use], other[use]
    if len(one) == 0:
        return seconds, spread
    root = np.sqrt(weight[one, other])
    rows = np.zeros((len(one), count))
    rows[np.arange(len(one)), other], rows[np.arange(len(one)), one] = root, -root
    free = members[members > 0]
    values = root * shift[one, other]
    seconds[free] = np.linalg.lstsq(rows[:, free], values, rcond=None)[0]
    off = np.nan_to_num(seconds[None] - seconds[:, None] - shift)
    if len(members) > 2:
        total = (weight * off**2)[members].sum(axis=1)
        spread[members] = np.sqrt(total / weight[members].sum(axis=1))
    return seconds, spread


def _linked(pairs: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which cameras are connected with the first, directly or through others."""
    linked = np.zeros(len(pairs), dtype=bool)
    linked[0] = True
    for _ in range(len(pairs)):
        linked |= pairs[linked].any(axis=0)
    return linked
