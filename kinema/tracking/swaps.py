"""Left and right mixed up: found and undone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from kinema.poses import Float32Array
from kinema.track import Float64Array, Track
from kinema.tracking.limbs import Limb, limbs
from kinema.tracking.noise import body_size, nan_median, relative_noise
from kinema.tracking.pieces import runs
from kinema.tracking.smoothing.motion_model import bridged, fit, predictions, steady_gain
from kinema.tracking.swap_confidence import confidence_of, turn_costs
from kinema.tracking.swap_paths import Costs, Sight, likeliest_swaps

Mask = npt.NDArray[np.bool_]
_STRETCH, _OVERLAP = 10.0, 2.0  # seconds that are examined at once, and with their neighbours
_PATIENCE = 0.5  # seconds
_ORDER = 2  # constant velocity
_ENOUGH = 4  # frames of a joint
_TAIL = 0.8  # share of frames in which a joint differs less from the expected
_LEAST_RATIO = 0.01  # of disturbance and noise: even who stands may start to walk
# Of the person's size: sides seen nearer than the first were put in one place by the model if
# they were expected further apart than the second.
_TOGETHER, _DISTINCT = 0.02, 0.06
_LEAST_SCALE = 0.01  # of the person's size
_APART = 0.03  # of the person's size: sides as far apart as this vote fully


@dataclass(frozen=True, eq=False)
class Repair:
    """A track whose left and right were sorted out.

    Attributes:
        track: The repaired track, on its regular time base.
        swapped: (T, K), where a joint was exchanged with that of the other side.
        doubled: (T, K), where a joint lies on that of the other side although it should not.
        confidence: (T, K) float32 in [0.5, 1], how sure the decision is, whichever it was.
    """

    track: Track
    swapped: Mask
    doubled: Mask
    confidence: Float32Array


def repair_swaps(track: Track, *, costs: Costs | None = None) -> Repair:
    """Undo what a model mixed up: legs, arms, the head, or single joints of a limb.

    Args:
        track: Any; the result is on its regular time base.
        costs: How readily swaps are believed.
    """
    track = track.regular()
    swapped = np.zeros(track.scores.shape, dtype=bool)
    doubled = swapped.copy()
    confidence = np.ones(track.scores.shape, dtype=np.float32)
    if len(track) >= 3:
        still = _stabilised(track)
        for limb in limbs(track.skeleton):
            found = _repair_limb(still, limb, costs or Costs())
            swapped[:, limb.pairs] = found.units[:, limb.units, None]
            doubled[:, limb.pairs] = found.doubled
            confidence[:, limb.pairs] = found.confidence[..., None]
    swapped &= track.found | track.found[:, track.skeleton.mirror_order]
    return Repair(exchanged(track, swapped), swapped, doubled, confidence)


def exchanged(track: Track, swapped: Mask) -> Track:
    """The track with left and right exchanged where it says so, (T, K), for both of a pair."""
    order = track.skeleton.mirror_order
    keypoints = np.where(swapped[..., None], track.keypoints[:, order], track.keypoints)
    scores = np.where(swapped, track.scores[:, order], track.scores)
    sigma = track.sigma
    if sigma is not None:
        sigma = np.where(swapped, sigma[:, order], sigma)
    return replace(track, keypoints=keypoints, scores=scores, sigma=sigma)


def _stabilised(track: Track) -> Track:
    """The track without what all joints do together: the way of the person, a camera that shakes.

    Every frame is moved back by the sum of the median steps of all joints until then.
    """
    steps = nan_median(np.diff(track.keypoints.astype(np.float64), axis=0).swapaxes(0, 1))
    way = np.cumsum(np.nan_to_num(steps), axis=0)
    keypoints = track.keypoints.copy()
    keypoints[1:] -= way[:, None]
    return replace(track, keypoints=keypoints)


@dataclass(frozen=True, eq=False)
class _LimbRepair:
    """Of one limb: swapped units (T, U), doubled sides (T, P, 2), confidence of pairs (T, P)."""

    units: Mask
    doubled: Mask
    confidence: Float32Array


def _repair_limb(track: Track, limb: Limb, costs: Costs) -> _LimbRepair:
    movement = _movement(track, limb)
    course, doubled = _limb_swaps(track, limb, movement, costs)
    units = _by_majority(course, limb, track)
    _drop_needless(units, track, limb, movement, costs)
    turned = (units != course)[:, limb.units, None]
    doubled = np.where(turned, doubled[..., ::-1], doubled)
    positions = _exchanged_pairs(track, limb, units)
    sure = confidence_of(positions, limb.units, movement.gains, movement.scale, track.rate)
    return _LimbRepair(units, doubled, sure)


def _drop_needless(
    units: Mask, track: Track, limb: Limb, movement: _Movement, costs: Costs
) -> None:
    """Undo, in place, swaps of a unit by itself that hardly any movement speaks for.

    They arise where a unit whose sides were together was taken along by the rest of the limb,
    before the majority told that the rest was right.
    """
    pairs = _exchanged_pairs(track, limb, units)
    apart = pairs[:, :, 0] - pairs[:, :, 1]
    for unit, start, stop in runs(units):
        others = np.delete(units[start:stop], unit, axis=1)
        if others.any(axis=1).mean() > 0.5:
            continue
        ends = [frame for frame in (start, stop) if 0 < frame < len(track)]
        evidence = sum(
            limb.weights[pair]
            * turn_costs(apart[:, pair], movement.gains[pair], movement.scale[pair])[ends].sum()
            for pair in np.flatnonzero(limb.units == unit)
        )
        prior = costs.swapped * (stop - start) / track.rate + costs.change * len(ends)
        if evidence < prior:
            units[start:stop, unit] = False


def _exchanged_pairs(track: Track, limb: Limb, units: Mask) -> Float64Array:
    """The positions of the limb's pairs after these swaps are undone, (T, P, 2, D)."""
    positions = track.keypoints[:, limb.pairs].astype(np.float64)
    return np.where(units[:, limb.units, None, None], positions[:, :, ::-1], positions)


@dataclass(frozen=True, eq=False)
class _Movement:
    """How the joints of a limb's pairs move: what `Sight` calls so."""

    scale: Float64Array
    gains: Float64Array


def _movement(track: Track, limb: Limb) -> _Movement:
    """Fitted to what is seen of both sides; swaps are few enough not to matter."""
    pairs = len(limb.pairs)
    joints = limb.pairs.T.ravel()  # all left ones, then all right ones
    found = track.found[:, joints]
    scale, ratio = np.zeros(2 * pairs), np.full(2 * pairs, _LEAST_RATIO)
    usable = np.flatnonzero(found.sum(axis=0) >= _ENOUGH)
    if len(usable):
        positions = track.keypoints[:, joints[usable]].astype(np.float64)
        noise, change = fit(positions, found[:, usable], _ORDER)
        for column, r, q in zip(usable.tolist(), noise, change, strict=True):
            ratio[column] = max(float(q / r) if r > 0 else 1.0, _LEAST_RATIO)
            gain = steady_gain(_ORDER, ratio[column])[0]
            scale[column] = _usual_surprise(track.keypoints[:, joints[column]], gain)
    livelier = ratio.reshape(2, pairs).max(axis=0)
    gains = np.stack([steady_gain(_ORDER, float(one))[0] for one in livelier])
    least = max(_LEAST_SCALE * _size(track), 1e-9)
    return _Movement(np.maximum(scale.reshape(2, pairs).max(axis=0), least), gains)


def _usual_surprise(path: Float32Array, gain: Float64Array) -> float:
    """The standard deviation of what is not as expected, from the largest but a few.

    A joint that often jumps is expected to jump; the median would not show that.
    """
    here = np.asarray(np.isfinite(path).all(axis=1))
    way = bridged(path[:, None].astype(np.float64), here[:, None])[:, 0]
    wrong = np.abs(way - predictions(way, gain))[here][_ORDER:]
    return float(np.sqrt((np.quantile(wrong, _TAIL, axis=0) ** 2).mean()) / ndtri((1 + _TAIL) / 2))


def _size(track: Track) -> float:
    return float(np.nan_to_num(body_size(track)))


def _limb_swaps(track: Track, limb: Limb, movement: _Movement, costs: Costs) -> tuple[Mask, Mask]:
    """Which units of a limb are swapped, (T, U), and which sides doubled, (T, P, 2)."""
    positions = track.keypoints[:, limb.pairs].astype(np.float64)
    spread = relative_noise(track.scores[:, limb.pairs]).max(axis=2)  # (T, P)
    index = _stretches(len(track), track.rate)
    seen = np.where((index >= 0)[..., None, None, None], positions[index], np.nan)
    sight = Sight(
        positions=seen,
        spread=spread[index],
        scale=movement.scale,
        gains=movement.gains,
        units=limb.units,
        weights=limb.weights,
        rate=track.rate,
        patience=max(2, round(_PATIENCE * track.rate)),
        together=_TOGETHER * _size(track),
        distinct=_DISTINCT * _size(track),
    )
    return _joined(*_both_ways(sight, costs), index, limb, len(track))


def _both_ways(sight: Sight, costs: Costs) -> tuple[Mask, Mask]:
    """The likelier course of those found forwards and backwards in time, for each stretch.

    A swap is found best by who has followed the legs for a while before: at the beginning of a
    recording that is who comes from its end.
    """
    positions = np.concatenate([sight.positions, sight.positions[::-1]], axis=1)
    spread = np.concatenate([sight.spread, sight.spread[::-1]], axis=1)
    found = likeliest_swaps(replace(sight, positions=positions, spread=spread), costs)
    forwards, backwards = np.split(found.cost, 2)
    first = forwards <= backwards  # (B,)
    courses = np.split(found.units, 2, axis=1)
    doubled = np.split(found.doubled, 2, axis=1)
    return (
        np.where(first[:, None], courses[0], courses[1][::-1]),
        np.where(first[:, None, None], doubled[0], doubled[1][::-1]),
    )


def _by_majority(units: Mask, limb: Limb, track: Track) -> Mask:
    """The same swaps, or all others: a model is right about left and right more often than not.

    Each unit is decided by itself between times when no joint of the limb is seen for long. Only
    frames count whose sides are apart, for where they are not, either name is right.
    """
    positions = track.keypoints[:, limb.pairs]
    apart = np.nan_to_num(np.linalg.norm(positions[:, :, 0] - positions[:, :, 1], axis=2))
    votes = np.minimum(apart / max(_APART * np.nan_to_num(body_size(track)), 1e-9), 1.0)
    seen = np.flatnonzero(track.found[:, limb.pairs].any(axis=(1, 2)))
    result = units.copy()
    if len(seen) == 0:
        return result
    breaks = np.flatnonzero(np.diff(seen) > _PATIENCE * track.rate)
    for part in np.split(seen, breaks + 1):
        rows = slice(part[0], part[-1] + 1)
        for unit in range(units.shape[1]):
            weight = votes[rows][:, limb.units == unit].sum(axis=1)
            if (weight * units[rows, unit]).sum() > weight.sum() / 2:
                result[rows, unit] = ~units[rows, unit]
    return result


def _stretches(frames: int, rate: float) -> npt.NDArray[np.intp]:
    """The frames of each stretch, (longest, B); -1 beyond the end of one."""
    core, overlap = max(1, round(_STRETCH * rate)), max(1, round(_OVERLAP * rate))
    starts = list(range(0, max(frames - core // 2, 1), core))
    bounds = [
        (max(0, start - overlap), min(frames, stop + overlap))
        for start, stop in zip(starts, [*starts[1:], frames], strict=True)
    ]
    longest = max(stop - start for start, stop in bounds)
    index = np.full((longest, len(bounds)), -1)
    for b, (start, stop) in enumerate(bounds):
        index[: stop - start, b] = np.arange(start, stop)
    return index


def _joined(
    swapped: Mask, doubled: Mask, index: npt.NDArray[np.intp], limb: Limb, frames: int
) -> tuple[Mask, Mask]:
    """One course of all stretches, each turned over where it contradicts the one before."""
    course = np.zeros((frames, swapped.shape[2]), dtype=bool)
    twice = np.zeros((frames, *doubled.shape[2:]), dtype=bool)
    done = 0
    for b in range(swapped.shape[1]):
        rows = index[:, b][index[:, b] >= 0]
        common = rows < done
        here = np.asarray(swapped[: len(rows), b])
        turned = np.zeros(here.shape[1], dtype=bool)
        if common.any():
            turned = (here[common] != course[rows[common]]).mean(axis=0) > 0.5
        later = rows >= ((rows[0] + done) // 2 if common.any() else 0)
        course[rows[later]] = (here ^ turned)[later]
        sides = doubled[: len(rows), b]
        sides = np.where(turned[limb.units][:, None], sides[..., ::-1], sides)
        twice[rows[later]] = sides[later]
        done = rows[-1] + 1
    return course, twice
