"""Smoothing splines whose smoothness is chosen by generalised cross-validation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.interpolate import make_smoothing_spline

from kinema.errors import InputError
from kinema.track import Float64Array, Track
from kinema.tracking.pieces import Indices, filter_pieces, longest_runs

_SHORTEST = 5  # samples, as scipy needs them
_EXAMINED = 200  # frames from which a penalty is chosen
_PENALTIES = np.logspace(-4, 6, 41)  # from hardly anything to a straight line


@dataclass(frozen=True)
class Spline:
    """Cubic smoothing splines (Woltring 1986 brought them to biomechanics).

    How smooth, is chosen for each joint and axis such that the curve predicts best what it was not
    fitted to (generalised cross-validation over 200 frames in the middle of its longest piece).
    That supposes noise which differs from frame to frame; noise that lasts is taken for movement.
    Pieces of fewer than 5 samples stay as they are.

    Attributes:
        penalty: Weight of the squared second derivative, in frames; None chooses.

    Raises:
        InputError: If the penalty is negative.
    """

    penalty: float | None = None

    def __post_init__(self) -> None:
        if self.penalty is not None and not self.penalty >= 0:
            raise InputError(f"the penalty of a spline cannot be {self.penalty}")

    def smooth(self, track: Track) -> Track:
        """The track on its regular time base, as values of the splines."""
        track = track.regular()
        penalties = self._penalties(track)

        def filtered(values: Float64Array, frames: slice, joints: Indices) -> Float64Array:
            times = np.arange(len(values), dtype=np.float64)
            result = np.empty_like(values)
            for column, joint in enumerate(joints.tolist()):
                for axis, penalty in enumerate(penalties[joint]):
                    path = values[:, column, axis]
                    result[:, column, axis] = make_smoothing_spline(times, path, lam=penalty)(times)
            return result

        return filter_pieces(track, filtered, shortest=_SHORTEST)

    def _penalties(self, track: Track) -> dict[int, list[float]]:
        """The penalty of each axis of each joint that has a piece long enough."""
        axes = track.keypoints.shape[2]
        chosen: dict[int, list[float]] = {}
        for joint, (start, stop) in longest_runs(track.found).items():
            if stop - start < _SHORTEST:
                continue
            if self.penalty is not None:
                chosen[joint] = [self.penalty] * axes
                continue
            middle = max(start, (start + stop - _EXAMINED) // 2)
            piece = track.keypoints[middle : min(stop, middle + _EXAMINED), joint]
            chosen[joint] = [_best_penalty(path) for path in piece.T.astype(np.float64)]
        return chosen


def _best_penalty(path: Float64Array) -> float:
    """The penalty of least generalised cross-validation (Craven & Wahba 1979)."""
    n = len(path)
    stiffness, modes = _modes(n)
    coefficients = modes.T @ path
    kept = 1 / (1 + _PENALTIES[:, None] * np.maximum(stiffness, 0))
    rest = ((1 - kept) * coefficients) ** 2
    score = rest.sum(axis=1) / (n - kept.sum(axis=1)) ** 2
    return float(_PENALTIES[score.argmin()])


@lru_cache(maxsize=8)
def _modes(n: int) -> tuple[Float64Array, Float64Array]:
    """The courses of n samples that the penalty tells apart, and how stiff each is."""
    second = np.diff(np.eye(n), n=2, axis=0)
    stiffness, modes = np.linalg.eigh(second.T @ second)
    return stiffness, modes
