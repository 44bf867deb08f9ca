"""Names that do not flicker: probabilities over time become one action at a time, or none.

An action begins when its probability reaches the recogniser's threshold. Another takes over only
when it is ahead by a margin, and it ends when its probability falls below the threshold by the same
margin (hysteresis), so that noise about either line changes nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.actions.spec import ActionSpec

MARGIN = 0.1
"""By which an action must be ahead of the one before, or fall short of the threshold, to count."""

NONE = -1
"""The number that stands for no action."""

_RESTART = 5.0  # time constants without a result, after which what was before does not count


class Steady:
    """Chooses the action of one person, one moment after the other.

    Args:
        spec: Of the recogniser.
        smooth: Time constant in seconds of the running mean of the probabilities; 0 for none.
    """

    def __init__(self, spec: ActionSpec, smooth: float = 0.0) -> None:
        self._background = NONE if spec.background is None else spec.labels.index(spec.background)
        self._enter, self._leave = spec.threshold, max(spec.threshold - MARGIN, 0.0)
        self._smooth = smooth
        self._mean: npt.NDArray[np.float64] | None = None
        self._time = -np.inf
        self._current = NONE

    def update(self, time: float, chances: npt.ArrayLike) -> tuple[int, float]:
        """The number of the action at a time, or `NONE`, and its probability.

        Args:
            time: Seconds, later than before.
            chances: (L,) probabilities; NaN where nothing can be said, which ends the action.
        """
        values = np.asarray(chances, dtype=np.float64)
        if np.isnan(values).any():
            self._mean, self._current = None, NONE
            return NONE, float("nan")
        passed = time - self._time
        if self._mean is None or self._smooth <= 0 or passed > _RESTART * self._smooth:
            self._mean = values
        else:
            self._mean = self._mean + (1 - np.exp(-passed / self._smooth)) * (values - self._mean)
        self._time = time
        self._current = self._chosen(self._mean)
        shown = self._current if self._current != NONE else int(self._mean.argmax())
        chosen = NONE if self._current == self._background else self._current
        return chosen, float(self._mean[shown])

    def _chosen(self, mean: npt.NDArray[np.float64]) -> int:
        best, now = int(mean.argmax()), self._current
        if now != NONE and mean[now] >= self._leave and mean[best] < mean[now] + MARGIN:
            return now
        return best if mean[best] >= self._enter else NONE


def steady(
    spec: ActionSpec, times: npt.ArrayLike, chances: npt.ArrayLike
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The actions (W,) of a whole recording and their probabilities (W,), from (W,) and (W, L)."""
    stage = Steady(spec)
    seen = np.asarray(times, dtype=np.float64).tolist()
    rows = np.asarray(chances, dtype=np.float64)
    pairs = [stage.update(time, row) for time, row in zip(seen, rows, strict=True)]
    numbers = np.array([number for number, _ in pairs], dtype=np.int64)
    return numbers, np.array([chance for _, chance in pairs], dtype=np.float64)
