"""What somebody can do after what: nobody who lies falls without having got up first.

A hidden Markov model in continuous time (Rabiner 1989): what is hidden is what somebody does and in
which posture it begins and ends, what is seen is what a network says of one window after the other.
Its probabilities come from no recording but from three sentences:

- What somebody does lasts as long as people usually take (`Course.seconds`), and may end at any
  moment.
- Then comes something else that begins in the posture in which it ended, whatever can with the same
  chance.
- Once in a minute (`TAKEN_OVER`) the poses of a person become those of somebody else, since
  trackers err. Of the new one nothing is known but how long things last.

So `falling` after `lying` needs that somebody gets up in between, which takes seconds in which it
would be seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm

from kinema.errors import InputError

Floats = npt.NDArray[np.float64]
Posture = Literal["up", "seated", "down"]

TAKEN_OVER = 60.0
"""Seconds after which, on the mean, the poses of a person are those of somebody else."""

LEAST_CHANCE = 1e-3
"""No network is surer than this that something is not done."""

_REMEMBERED = 256  # lengths of time, whose changes are kept


@dataclass(frozen=True)
class Course:
    """One way in which something is done.

    Attributes:
        before: The posture in which it begins.
        after: The posture in which it ends.
        seconds: How long it lasts on the mean.
    """

    before: Posture
    after: Posture
    seconds: float


def _staying(seconds: float, *postures: Posture) -> tuple[Course, ...]:
    return tuple(Course(posture, posture, seconds) for posture in postures)


EVERYDAY: Mapping[str, tuple[Course, ...]] = {
    "standing": _staying(10, "up"),
    "walking": _staying(10, "up"),
    "running": _staying(5, "up"),
    "jumping": _staying(2, "up"),
    "bending": _staying(2, "up"),
    "waving": _staying(3, "up", "seated"),
    "sitting down": (Course("up", "seated", 2),),
    "sitting": _staying(10, "seated"),
    "standing up": (Course("seated", "up", 2), Course("down", "up", 3)),
    "falling": (Course("up", "down", 1), Course("seated", "down", 1)),
    "lying": _staying(10, "down"),
    "other": (
        *_staying(5, "up", "seated", "down"),
        Course("up", "down", 3),
        Course("seated", "down", 3),
        Course("down", "up", 3),
        Course("down", "seated", 3),
    ),
}
"""Of everyday movements, with lying down, sitting up and the like among what is `other`."""

ORDERS: Mapping[str, Mapping[str, tuple[Course, ...]]] = {"everyday": EVERYDAY}


class Order:
    """What somebody does, given what a network says of one moment after the other.

    A belief is the probability of each of S states, which are the courses of all labels.

    Args:
        courses: Of each label the ways in which it is done.
        labels: L of them, as the network gives them.

    Raises:
        InputError: If nothing is said of a label.
    """

    def __init__(self, courses: Mapping[str, Sequence[Course]], labels: Sequence[str]) -> None:
        unknown = [label for label in labels if label not in courses]
        if unknown:
            raise InputError(f"nothing is known of what comes before and after {unknown[0]!r}")
        states = [(number, c) for number, label in enumerate(labels) for c in courses[label]]
        self._label = np.array([number for number, _ in states])
        seconds = np.array([course.seconds for _, course in states])
        self.usual: Floats = seconds / seconds.sum()
        """(S,) the belief where nothing is known: things are done as often as they last."""
        rates = _rates(states, len(labels)) + self.usual / TAKEN_OVER
        np.fill_diagonal(rates, 0)
        np.fill_diagonal(rates, -rates.sum(axis=1))

        def change(milliseconds: int) -> Floats:
            return np.asarray(expm(rates * (milliseconds / 1000)))

        self._change = lru_cache(_REMEMBERED)(change)

    def later(self, belief: Floats, seconds: float) -> Floats:
        """A belief (S,) after some time in which nothing was seen."""
        return np.asarray(belief @ self._change(round(1000 * seconds)))

    def evidence(self, chances: npt.ArrayLike, weight: float = 1.0) -> Floats:
        """By how much each state (S,) is likelier for what a network says, (L,).

        Args:
            chances: Probabilities; NaN where the network says nothing.
            weight: Of a look: 1 for one that stands for itself, less for one that repeats another.
        """
        values = np.asarray(chances, dtype=np.float64)
        if np.isnan(values).any():
            return np.ones(len(self._label))
        return np.asarray(np.maximum(values, LEAST_CHANCE)[self._label] ** weight)

    def chances(self, beliefs: Floats, labels: int) -> Floats:
        """The probabilities of the labels (..., L) in beliefs (..., S)."""
        every = np.zeros((*beliefs.shape[:-1], labels))
        for state, label in enumerate(self._label.tolist()):
            every[..., label] += beliefs[..., state]
        return every

    def over(
        self,
        times: Sequence[float],
        chances: npt.ArrayLike,
        weights: Sequence[float],
        first: Floats | None = None,
    ) -> Floats:
        """The beliefs (W, S) of a whole recording, each from all that is seen before and after.

        Args:
            times: W seconds, increasing.
            chances: (W, L) of a network.
            weights: W, of each look.
            first: (S,) before the first look; None for the usual.
        """
        rows = np.asarray(chances, dtype=np.float64)
        looks = [self.evidence(row, weight) for row, weight in zip(rows, weights, strict=True)]
        beliefs = np.empty((len(looks), len(self.usual)))
        belief = self.usual if first is None else first
        for n, look in enumerate(looks):
            belief = normal((self.later(belief, times[n] - times[n - 1]) if n else belief) * look)
            beliefs[n] = belief
        after = np.ones_like(self.usual)
        for n in range(len(looks) - 2, -1, -1):
            seconds = times[n + 1] - times[n]
            after = normal(self._change(round(1000 * seconds)) @ (looks[n + 1] * after))
            beliefs[n] = normal(beliefs[n] * after)
        return beliefs


def normal(belief: Floats) -> Floats:
    """The same with a sum of 1."""
    return np.asarray(belief / belief.sum())


@lru_cache(16)
def order_of(name: str, labels: tuple[str, ...]) -> Order:
    """The order of that name for these labels, made once.

    Raises:
        InputError: If there is none, or nothing is said of a label.
    """
    if name not in ORDERS:
        raise InputError(f"there is no order of actions {name!r}; known are {', '.join(ORDERS)}")
    return Order(ORDERS[name], labels)


def _rates(states: Sequence[tuple[int, Course]], labels: int) -> Floats:
    """How often a second each state (S,) changes to each other one (S,)."""
    rates = np.zeros((len(states), len(states)))
    for now, (label, course) in enumerate(states):
        can = [n for n, (other, c) in enumerate(states) if c.before == course.after]
        can = [n for n in can if states[n][0] != label]
        ways = np.bincount([states[n][0] for n in can], minlength=labels)
        for n in can:
            rates[now, n] = 1 / (course.seconds * (ways > 0).sum() * ways[states[n][0]])
    return rates
