"""Kalman filters while frames arrive, and their smoother for whole tracks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError
from kinema.poses import Float32Array, Poses
from kinema.track import Float64Array, Track
from kinema.tracking.noise import relative_noise
from kinema.tracking.people import PerPerson
from kinema.tracking.pieces import long_gaps
from kinema.tracking.smoothing.motion_model import disturbance, fit, transition
from kinema.tracking.smoothing.rts import smooth_joints

Mask = npt.NDArray[np.bool_]
_SHORTEST = 4  # samples of a joint
_COAST = 0.25  # seconds for which an absent joint is expected to go on as it went
_LEAST = 1e-10  # variance of a measurement without noise, over the square of the path's extent
_UNKNOWN_SPEED = 10.0  # sizes of the person per second, and per second each further derivative


@dataclass
class Kalman:
    """Position, velocity and perhaps acceleration, estimated together; noise by the scores.

    Offline (`smooth`), the noise and the agility of each joint are those under which its path is
    likeliest, every frame is estimated from all frames, and sigma is the filter's own. A gap of
    more than 0.25 seconds splits the path, a shorter one does not. Joints with fewer than 4 samples
    stay as they are. Online (`update`), noise and agility are given, in terms of the size of the
    person. One object serves one video.

    Attributes:
        order: 2 for constant velocity, 3 for constant acceleration.
        noise: Online: standard deviation of a joint with score 1, over the person's size.
        agility: Online: standard deviation of the change of the highest derivative in a second,
            over the person's size; None takes what suits the order.

    Raises:
        InputError: If the order is neither 2 nor 3, or a number is not positive.
    """

    order: int = 2
    noise: float = 0.006
    agility: float | None = None
    _people: PerPerson[_State] = field(default_factory=lambda: PerPerson(_State), repr=False)

    def __post_init__(self) -> None:
        if self.order not in _AGILITY:
            raise InputError(f"the order of a Kalman filter is 2 or 3, not {self.order}")
        if self.agility is None:
            self.agility = _AGILITY[self.order]
        if not (self.noise > 0 and self.agility > 0):
            raise InputError(
                f"noise and agility must be positive, got {self.noise} and {self.agility}"
            )

    def update(self, poses: Poses) -> Poses:
        """The people of the next frame, each joint estimated from what it was until now.

        Raises:
            InputError: If there are several people without ids.
        """
        keypoints = poses.keypoints.copy()
        for row, state in enumerate(self._people.states(poses)):
            spread = relative_noise(poses.scores[row])
            keypoints[row] = self._step(state, poses.keypoints[row], spread, poses.time)
        return replace(poses, keypoints=keypoints)

    def smooth(self, track: Track) -> Track:
        """The track on its regular time base, smoothed with past and future, with its sigma."""
        track = track.regular()
        found = track.found
        joints = np.flatnonzero(found.sum(axis=0) >= _SHORTEST)
        if len(joints) == 0:
            return replace(track, sigma=None)
        values = track.keypoints[:, joints].astype(np.float64)
        here = found[:, joints]
        noise, change = fit(values, here, self.order)
        least = _LEAST * (np.nanmax(values) - np.nanmin(values) + 1) ** 2
        variance = np.maximum(noise * relative_noise(track.scores[:, joints]) ** 2, least)
        noise = np.where(here, variance, np.inf)
        broken = long_gaps(track)[:, joints]
        smooth, deviation = smooth_joints(values, noise, change, broken, self.order)
        keypoints = track.keypoints.copy()
        keypoints[:, joints] = np.where(here[..., None], smooth, np.nan)
        sigma = np.full(found.shape, np.nan, dtype=np.float32)
        sigma[:, joints] = np.where(here, deviation, np.nan)
        return replace(track, keypoints=keypoints, sigma=sigma)

    def _step(
        self, state: _State, points: Float32Array, spread: Float64Array, time: float
    ) -> Float64Array:
        """The joints (K, D) of one person, estimated; NaN where they are absent now."""
        values = points.astype(np.float64)
        here = np.asarray(np.isfinite(values).all(axis=1))
        state.see_size(values[here])
        size = state.size if state.size > 0 else 1.0
        noise = (self.noise * size * spread) ** 2
        if state.mean.shape[0] != len(values):
            state.forget(len(values), self.order, values.shape[1])
        state.predict(time, (self.agility or 0) ** 2 * size**2)
        anew = here & ~(time - state.seen <= _COAST)
        state.start(anew, values, noise, size)
        state.correct(here & ~anew, values, noise)
        state.seen[here] = time
        return np.where(here[:, None], state.mean[:, 0], np.nan)


# Measured on mocap of walking, running and playing: the least error of position, online.
_AGILITY = {2: 2.0, 3: 50.0}


@dataclass
class _State:
    """What is remembered of one person: K joints, S derivatives from 0 on, D axes."""

    time: float = float("nan")
    size: float = float("nan")
    mean: Float64Array = field(default_factory=lambda: np.zeros((0, 0, 0)))  # (K, S, D)
    covariance: Float64Array = field(default_factory=lambda: np.zeros((0, 0, 0)))  # (K, S, S)
    seen: Float64Array = field(default_factory=lambda: np.zeros(0))  # (K,) time of the last sight

    def see_size(self, found: Float64Array) -> None:
        """Keep the diagonal of the box around the joints; slowly, for it is a unit only."""
        if len(found) < 2:
            return
        size = float(np.linalg.norm(found.max(axis=0) - found.min(axis=0)))
        if size > 0:
            self.size = 0.95 * self.size + 0.05 * size if self.size > 0 else size

    def forget(self, joints: int, order: int, axes: int) -> None:
        self.mean = np.zeros((joints, order, axes))
        self.covariance = np.tile(np.eye(order), (joints, 1, 1))
        self.seen = np.full(joints, -np.inf)

    def predict(self, time: float, change: float) -> None:
        order = self.mean.shape[1]
        step = max(time - self.time, 0.0) if self.time == self.time else 0.0
        self.time = time
        forward = transition(order, step)
        self.mean = forward @ self.mean
        grown = change * disturbance(order, step) if step > 0 else 0.0
        self.covariance = forward @ self.covariance @ forward.T + grown

    def start(self, chosen: Mask, values: Float64Array, noise: Float64Array, size: float) -> None:
        """Joints that appear: they are where they are seen, and move somehow."""
        order = self.mean.shape[1]
        self.mean[chosen] = 0
        self.mean[chosen, 0] = values[chosen]
        unknown = (size * _UNKNOWN_SPEED ** np.arange(order)) ** 2
        self.covariance[chosen] = np.diag(unknown)
        self.covariance[chosen, 0, 0] = noise[chosen]

    def correct(self, chosen: Mask, values: Float64Array, noise: Float64Array) -> None:
        mean, covariance = self.mean[chosen], self.covariance[chosen]
        gain = covariance[:, :, 0] / (covariance[:, 0, 0] + noise[chosen])[:, None]
        mean += gain[:, :, None] * (values[chosen] - mean[:, 0])[:, None, :]
        covariance -= gain[:, :, None] * covariance[:, :1, :].copy()
        self.mean[chosen], self.covariance[chosen] = mean, covariance
