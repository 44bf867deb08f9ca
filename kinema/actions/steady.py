"""Names that do not flicker: probabilities over time become one action at a time, or none.

Probabilities of single moments are evened out by a running mean; or, where it is known what can
follow what (`ActionSpec.order`), by what that leaves possible.
An action begins when its probability reaches the recogniser's threshold. Another takes over only
when it is ahead by a margin, and it ends when its probability falls below the threshold by the same
margin (hysteresis), so that noise about either line changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kinema.actions.bodies import SAME_AGAIN
from kinema.actions.order import Floats, Order, normal, order_of
from kinema.actions.spec import ActionSpec

SMOOTH = 0.3
"""Time constant in seconds over which probabilities are evened out."""

FULLY_SEEN = 0.5
"""Mean score of the joints from which on a look at somebody counts fully. Where a model is less
sure than half, what seems to be done is told by its guesses."""

MARGIN = 0.1
"""By which an action must be ahead of the one before, or fall short of the threshold, to count."""

NONE = -1
"""The number that stands for no action."""

_RESTART = 5.0  # time constants without a result, after which what was before does not count


class Steady:
    """Chooses the action of one person, one moment after the other.

    Args:
        spec: Of the recogniser.
        smooth: Time constant in seconds of the running mean of the probabilities; 0 for none. Where
            an order of actions is known, looks that follow one another sooner count for less.
        before: Of somebody who was where this person appears, and may be the same.
    """

    def __init__(
        self, spec: ActionSpec, smooth: float = 0.0, *, before: Steady | None = None
    ) -> None:
        self._background = NONE if spec.background is None else spec.labels.index(spec.background)
        self._enter, self._leave = spec.threshold, max(spec.threshold - MARGIN, 0.0)
        self._smooth = smooth
        self._mean: Floats | None = None
        self._time = -np.inf
        self._current = NONE
        self._order = None if spec.order is None else order_of(spec.order, spec.labels)
        self._belief: Floats | None = None
        self._before = before

    def update(
        self, time: float, chances: npt.ArrayLike, sureness: float = 1.0
    ) -> tuple[int, float]:
        """The number of the action at a time, or `NONE`, and its probability.

        Args:
            time: Seconds, later than before.
            chances: (L,) probabilities; NaN where nothing can be said, which ends the action.
            sureness: Mean score of the joints; it counts where an order of actions is known.
        """
        values = np.asarray(chances, dtype=np.float64)
        if np.isnan(values).any():
            self._mean, self._current = None, NONE
            return NONE, float("nan")
        self._mean = self._evened(time, values, sureness)
        self._time = time
        self._current = self._chosen(self._mean)
        shown = self._current if self._current != NONE else int(self._mean.argmax())
        chosen = NONE if self._current == self._background else self._current
        return chosen, float(self._mean[shown])

    def _evened(self, time: float, values: Floats, sureness: float) -> Floats:
        passed = time - self._time
        if self._order is not None:
            weight = weight_of(passed, sureness, self._smooth)
            look = self._order.evidence(values, weight)
            self._belief = normal(self._expected(self._order, time) * look)
            return self._order.chances(self._belief, len(values))
        if self._mean is None or self._smooth <= 0 or passed > _RESTART * self._smooth:
            return values
        share = 1 - np.exp(-passed / self._smooth)
        return np.asarray(self._mean + share * (values - self._mean))

    def _expected(self, order: Order, time: float) -> Floats:
        """The belief at a time before it is looked."""
        if self._belief is not None:
            return order.later(self._belief, time - self._time)
        before, self._before = self._before, None
        if before is None or before._belief is None:
            return order.usual
        return handed_on(order, before._belief, time - before._time)

    def _chosen(self, mean: Floats) -> int:
        best, now = int(mean.argmax()), self._current
        if now != NONE and mean[now] >= self._leave and mean[best] < mean[now] + MARGIN:
            return now
        return best if mean[best] >= self._enter else NONE


def weight_of(passed: float, sureness: float, smooth: float = SMOOTH) -> float:
    """How much a look at somebody counts, from 0 to 1.

    Windows overlap: what follows a look sooner than the time constant repeats it in part.

    >>> weight_of(0.15, 0.25), weight_of(2.0, 0.9)
    (0.25, 1.0)

    Args:
        passed: Seconds since the look before.
        sureness: Mean score of the joints; NaN if it is not known.
        smooth: The time constant in seconds; 0 for none.
    """
    new = min(passed / smooth, 1.0) if smooth > 0 else 1.0
    return new * (1.0 if np.isnan(sureness) else min(sureness / FULLY_SEEN, 1.0))


def handed_on(order: Order, belief: Floats, seconds: float) -> Floats:
    """What is to be believed of who appears where somebody was, of whom that (S,) was believed."""
    later = order.later(belief, max(seconds, 0.0))
    return SAME_AGAIN * later + (1 - SAME_AGAIN) * order.usual


def steady(
    spec: ActionSpec, times: npt.ArrayLike, chances: npt.ArrayLike
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The actions (W,) of a whole recording and their probabilities (W,), from (W,) and (W, L).

    No order of actions is applied, as `Timeline` has done so before.
    """
    stage = Steady(replace(spec, order=None))
    seen = np.asarray(times, dtype=np.float64).tolist()
    rows = np.asarray(chances, dtype=np.float64)
    pairs = [stage.update(time, row) for time, row in zip(seen, rows, strict=True)]
    numbers = np.array([number for number, _ in pairs], dtype=np.int64)
    return numbers, np.array([chance for _, chance in pairs], dtype=np.float64)
