"""The 1 euro filter: little jitter when slow, little delay when fast."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from kinema.errors import InputError
from kinema.poses import Float32Array, Poses
from kinema.track import Float64Array, Track
from kinema.tracking.people import PerPerson

_SIZE_MEMORY = 0.5  # seconds over which a person's size is averaged


@dataclass
class OneEuro:
    """Casiez, Roussel & Vogel 2012, for every joint and axis, while frames arrive.

    A low-pass filter of first order whose cut-off rises with speed. Speed is measured in sizes of
    the person per second, so that the same settings suit any resolution and metres as well.
    A joint that was absent starts anew when it returns. One object serves one video.

    Attributes:
        min_cutoff: Hz, at rest. Lower is calmer.
        slope: Hz more for each size of the person that a joint moves per second. Higher follows
            faster; it is what the paper calls beta.
        speed_cutoff: Hz, of the filter of the speed itself.

    Raises:
        InputError: If a cut-off is not positive or the slope negative.
    """

    min_cutoff: float = 1.5
    slope: float = 30.0
    speed_cutoff: float = 2.0
    _people: PerPerson[_State] = field(default_factory=lambda: PerPerson(_State), repr=False)

    def __post_init__(self) -> None:
        if not (self.min_cutoff > 0 and self.speed_cutoff > 0):
            raise InputError(
                "the cut-offs of a 1 euro filter must be positive, "
                f"got {self.min_cutoff} and {self.speed_cutoff} Hz"
            )
        if not self.slope >= 0:
            raise InputError(f"the slope of a 1 euro filter cannot be {self.slope}")

    def update(self, poses: Poses) -> Poses:
        """The people of the next frame, each joint smoothed by what it was before.

        Raises:
            InputError: If there are several people without ids.
        """
        keypoints = poses.keypoints.copy()
        for row, state in enumerate(self._people.states(poses)):
            keypoints[row] = self._step(state, poses.keypoints[row], poses.time)
        return replace(poses, keypoints=keypoints)

    def smooth(self, track: Track) -> Track:
        """A whole track as it would have been smoothed online."""
        track = track.regular()
        state = _State()
        keypoints = track.keypoints.copy()
        for frame, time in enumerate(track.times.tolist()):
            keypoints[frame] = self._step(state, track.keypoints[frame], time)
        return replace(track, keypoints=keypoints, sigma=None)

    def _step(self, state: _State, points: Float32Array, time: float) -> Float64Array:
        """The joints (K, D) of one person, smoothed."""
        values = points.astype(np.float64)
        step = time - state.time
        state.time = time
        if state.position is None or not step > 0:
            state.position, state.speed = values, np.zeros_like(values)
            state.see_size(values, float("inf"))
            return values
        state.see_size(values, step)
        change = (values - state.position) / step
        state.speed += _share(self.speed_cutoff, step) * (change - state.speed)
        known = np.isfinite(state.speed)
        state.speed = np.where(known, state.speed, 0)
        pace = np.sqrt((state.speed**2).sum(axis=1, keepdims=True)) / state.size
        share = _share(self.min_cutoff + self.slope * np.nan_to_num(pace), step)
        smooth = state.position + share * (values - state.position)
        state.position = np.where(known, smooth, values)
        return state.position


@dataclass
class _State:
    """What is remembered of one person."""

    time: float = float("nan")
    position: Float64Array | None = None
    speed: Float64Array = field(default_factory=lambda: np.zeros(0))
    size: float = float("nan")

    def see_size(self, values: Float64Array, step: float) -> None:
        """Average the diagonal of the box around the joints over the last half second."""
        found = values[np.isfinite(values).all(axis=1)]
        if len(found) < 2:
            return
        size = float(np.linalg.norm(found.max(axis=0) - found.min(axis=0)))
        if size > 0:
            share = min(1.0, step / _SIZE_MEMORY)
            self.size = self.size + share * (size - self.size) if self.size > 0 else size


def _share(cutoff: float | Float64Array, step: float) -> Float64Array:
    """How much of a new value counts (equation 4 of the paper)."""
    turn = 2 * np.pi * np.asarray(cutoff) * step
    return np.asarray(turn / (turn + 1))
