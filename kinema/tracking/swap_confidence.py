"""How sure it is, frame by frame, that left and right are not mixed up."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from kinema.poses import Float32Array
from kinema.track import Float64Array
from kinema.tracking.smoothing.motion_model import bridged, predictions

_LOOK = 3  # frames in which a wrong turn shows
_PER_SECOND = 6.0  # what a stretch that is mixed up costs for each second that it lasts
_DEGREES = 2.0  # of freedom, as in `swap_paths.Costs`
_MOST = 12.0
_TEMPER = 0.7  # neighbouring frames err alike: on motion capture, so much of the evidence is true


def unit_confidence(
    apart: Float64Array, gain: Float64Array, scale: float, rate: float
) -> Float64Array:
    """The probability that one pair of joints is named rightly, in [0.5, 1], (T,).

    A frame is wrong only if the sides were mixed up at some frame before it and sorted out again at
    some frame after it. Each such turn costs what the movement that it breaks is worth; the
    cheapest two around a frame, with the time between them, tell how sure the frame is. Where the
    sides meet slowly, turns are cheap.

    Args:
        apart: (T, D) left minus right, after the repair; NaN where one is absent.
        gain: As of `motion_model.steady_gain`, for the movement of this difference.
        scale: Standard deviation of what one side differs from the expected.
        rate: Frames per second.
    """
    if not np.isfinite(apart).all(axis=1).any():
        return np.full(len(apart), 0.5)
    turn = turn_costs(apart, gain, scale)
    turn[0] = 0.0  # a stretch may be wrong from the start
    evidence = (
        _cheapest(turn, _PER_SECOND / rate)
        + _cheapest(np.append(turn[1:], 0.0)[::-1], _PER_SECOND / rate)[::-1]
    )
    return np.asarray(expit(_TEMPER * evidence))


def turn_costs(apart: Float64Array, gain: Float64Array, scale: float) -> Float64Array:
    """What it would cost if the sides of a pair changed their names from each frame on, (T,).

    The arguments are those of `unit_confidence`.
    """
    found = np.asarray(np.isfinite(apart).all(axis=1))
    path = bridged(apart[:, None], found[:, None])[:, 0]
    expected = predictions(path, gain)
    doubt = 2 * scale**2
    kept = np.log1p(((path - expected) ** 2).sum(axis=1) / doubt / _DEGREES)
    turned = np.log1p(((path + expected) ** 2).sum(axis=1) / doubt / _DEGREES)
    worth = (_DEGREES + apart.shape[1]) / 2 * (turned - kept)
    worth = np.where(found, np.clip(worth, -_MOST, _MOST), 0.0)
    worth[0] = 0.0  # nothing was expected there
    soon = np.concatenate([np.cumsum(worth), np.full(_LOOK - 1, worth.sum())])
    return np.asarray(np.maximum(soon[_LOOK - 1 :] - soon[: len(worth)] + worth, 0.0))


def _cheapest(turn: Float64Array, step: float) -> Float64Array:
    """The least, over all frames up to each, of the turn there and the time since then."""
    when = np.arange(len(turn)) * step
    return np.asarray(np.minimum.accumulate(turn - when) + when)


def confidence_of(
    positions: Float64Array,
    units: npt.NDArray[np.intp],
    gains: Float64Array,
    scale: Float64Array,
    rate: float,
) -> Float32Array:
    """The confidence of each pair of a limb, (T, P): the highest of its unit's pairs.

    Args:
        positions: (T, P, 2, D), after the repair.
        units: (P,) the unit of each pair.
        gains: (P, S).
        scale: (P,).
        rate: Frames per second.
    """
    apart = positions[:, :, 0] - positions[:, :, 1]
    single = np.stack(
        [
            unit_confidence(apart[:, pair], gains[pair], float(scale[pair]), rate)
            for pair in range(len(units))
        ],
        axis=1,
    )
    best = [single[:, units == unit].max(axis=1) for unit in units]
    return np.stack(best, axis=1).astype(np.float32)
