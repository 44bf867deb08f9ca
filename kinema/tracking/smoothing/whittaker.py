"""The smoothest path that is as near to the measured one as its noise demands."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import solveh_banded
from scipy.special import comb

from kinema.errors import InputError
from kinema.track import Float64Array, Track
from kinema.tracking.noise import relative_noise
from kinema.tracking.pieces import long_gaps
from kinema.tracking.smoothing.motion_model import fit

_LEAST_WEIGHT = 1e-9  # of a frame without a measurement; keeps the equations solvable


@dataclass(frozen=True)
class Whittaker:
    """Whittaker's smoother (1923; Eilers 2003), with its strength chosen for each joint.

    It weighs squared distances to what was measured, each by its noise, against squared third
    differences of the path, which are changes of acceleration. Chosen as here, by the likeliest
    noise and agility of each joint, it is what a Kalman smoother of constant acceleration gives,
    but a system of equations with seven diagonals takes a quarter of the time. Joints of doubtful
    scores are believed less. A gap of more than 0.25 seconds splits the path, a shorter one does
    not. Joints with fewer than 4 samples stay as they are.

    Attributes:
        order: Of the differences: 3, or 2 for changes of velocity.

    Raises:
        InputError: If the order is neither.
    """

    order: int = 3

    def __post_init__(self) -> None:
        if self.order not in (2, 3):
            raise InputError(f"the order of this smoother is 2 or 3, not {self.order}")

    def smooth(self, track: Track) -> Track:
        """The track on its regular time base, smoothed; gaps stay."""
        track = track.regular()
        return self.smooth_by(track, self.strengths(track))

    def strengths(self, track: Track) -> Float64Array:
        """What the squared differences of each joint weigh, (K,); NaN for those left as they are.

        It is the ratio of two variances, of the noise and of what disturbs the movement.
        """
        strengths = np.full(len(track.skeleton), np.nan)
        joints = np.flatnonzero(track.found.sum(axis=0) > self.order)
        if len(joints):
            values = track.keypoints[:, joints].astype(np.float64)
            noise, change = fit(values, track.found[:, joints], self.order)
            strengths[joints] = noise / np.where(change > 0, change, 1.0)
        return strengths

    def smooth_by(self, track: Track, strengths: Float64Array) -> Track:
        """The track, which has equal steps of time, smoothed by given strengths, (K,)."""
        found = track.found
        weights = np.where(found, relative_noise(track.scores) ** -2.0, 0.0)
        keypoints = track.keypoints.copy()
        broken = long_gaps(track)
        for joint in np.flatnonzero(np.isfinite(strengths)).tolist():
            path = np.nan_to_num(track.keypoints[:, joint].astype(np.float64))
            strength = np.where(broken[:, joint], 0.0, strengths[joint])
            smooth = smoothest(path, weights[:, joint], strength, self.order)
            keypoints[found[:, joint], joint] = smooth[found[:, joint]]
        return replace(track, keypoints=keypoints, sigma=None)

    def cutoffs(self, strengths: Float64Array, rate: float) -> Float64Array:
        """The frequencies in Hz at which sines fall to 0.707 by given strengths, for scores of 1.

        Half the frame rate where nothing falls so far.
        """
        with np.errstate(divide="ignore"):
            sine = ((np.sqrt(2) - 1) / strengths) ** (1 / (2 * self.order)) / 2
        return np.asarray(rate / np.pi * np.arcsin(np.minimum(sine, 1)))


def smoothest(
    path: Float64Array, weights: Float64Array, strength: Float64Array, order: int
) -> Float64Array:
    """The x of the least sum of weights (x - path)^2 + strength (differences of x)^2, (n, D).

    Args:
        path: (n, D), n larger than the order; any number where the weight is 0.
        weights: (n,) not negative.
        strength: (n,) of the smoothing; a difference has the least strength of its samples.
        order: Of the differences.
    """
    bands = _roughness(strength, order)
    bands[-1] += np.maximum(weights, _LEAST_WEIGHT)
    return np.asarray(solveh_banded(bands, weights[:, None] * path))


def _roughness(strength: Float64Array, order: int) -> Float64Array:
    """D'SD for the matrix D of differences, as its upper diagonals, (order + 1, n).

    S is diagonal and holds the strength of each difference.
    """
    n = len(strength)
    row = comb(order, np.arange(order + 1)) * (-1.0) ** np.arange(order + 1)
    least = np.lib.stride_tricks.sliding_window_view(strength, order + 1).min(axis=1)
    bands = np.zeros((order + 1, n))
    for i in range(order + 1):
        for j in range(i, order + 1):
            # Every difference adds the product of two of its coefficients at distance j - i.
            bands[order - (j - i), j : n - order + j] += row[i] * row[j] * least
    return bands
