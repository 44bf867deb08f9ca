"""The likeliest course of swaps of one limb: Viterbi's algorithm over motions.

The hidden state of a frame says which units of a limb (hip, knee, foot) are swapped. Every state
keeps the best history that leads to it, and with that history where each side's joints are and how
they move; what it expects of the next frame is compared with what is seen there, as it is and
swapped. Such is the approximate Viterbi algorithm for switching linear systems (Pavlovic, Rehg &
MacCormick 2000). So at a crossing both continuations, legs that pass and legs that turn back, live
on until the movement after it has decided between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.track import Float64Array

Mask = npt.NDArray[np.bool_]
_LEAST_TRUST = 0.5  # what a joint counts that is not where it was expected
_JUMP = 10.0  # standard deviations: a joint further off is not followed ...
_BELIEVED = 3  # ... before it has been there, or nowhere, for so many frames
_SLOWING = 0.9  # per frame: who is unseen is not expected to go on for ever
_GROWTH = 1.5  # of the doubt where a joint is, as a power of the frames that it is unseen
_JUST_SEEN = 2.0  # frames by which a joint that appears is less sure to be where it is expected


@dataclass(frozen=True)
class Costs:
    """Negative logarithms of probabilities.

    Attributes:
        change: One unit, or all of them together, changes between swapped and not.
        unit: Each further unit that changes by itself.
        swapped: Per second and limb, to be swapped at all; models are right more often than not.
        apart: Per second, for neighbouring units of which one is swapped and one is not.
        degrees: Of freedom of Student's distribution of what differs from the expected.
        most: That a single joint may cost in a frame, whatever it does.
    """

    change: float = 5.0
    unit: float = 3.0
    swapped: float = 15.0
    apart: float = 3.0
    degrees: float = 2.0
    most: float = 12.0


@dataclass(frozen=True, eq=False)
class Sight:
    """What is seen of P pairs of joints in B stretches of T frames.

    Attributes:
        positions: (T, B, P, 2, D) left and right; NaN where absent.
        spread: (T, B, P) how much larger than usual errors are.
        scale: (P,) usual standard deviation of what differs from the expected.
        gains: (P, S) of filters of S derivatives from 0 on, per frame.
        units: (P,) and weights (P,) as in `Limb`.
        rate: Frames per second.
        patience: Frames after which a joint unseen is no longer expected anywhere.
        together: Sides nearer to each other than this were put in one place ...
        distinct: ... if they were expected further apart than this.
    """

    positions: Float64Array
    spread: Float64Array
    scale: Float64Array
    gains: Float64Array
    units: npt.NDArray[np.intp]
    weights: Float64Array
    rate: float
    patience: int
    together: float
    distinct: float


@dataclass(frozen=True, eq=False)
class Course:
    """What happened in B stretches, most likely.

    Attributes:
        units: (T, B, U), which units are swapped.
        doubled: (T, B, P, 2) sides that were not seen, since the model put both joints of a pair on
            the other one; named as they are after the swaps are undone.
        cost: (B,).
    """

    units: Mask
    doubled: Mask
    cost: Float64Array


def likeliest_swaps(sight: Sight, costs: Costs) -> Course:
    """The likeliest course of the swaps of one limb."""
    states = _states(int(sight.units.max()) + 1)  # (S, U)
    signs = states[:, sight.units].astype(np.intp)  # (S, P): 0 as seen, 1 swapped
    moving, standing = _transition_costs(states, costs), _state_costs(states, costs) / sight.rate
    t, b = sight.positions.shape[:2]
    history = _History.start(sight, len(states))
    total = np.tile(standing, (b, 1))
    came_from = np.zeros((t, b, len(states)), dtype=np.intp)
    doubled = np.zeros((t, b, len(states), *signs.shape[1:], 2), dtype=bool)
    for frame in range(t):
        history.predict()
        surprise = history.surprise(frame, costs)  # (B, S, P, 2)
        # The cost of each new state after each old one: the pairs' costs for its signs.
        seen = sum(surprise[:, :, p, :][:, :, signs[:, p]] for p in range(signs.shape[1]))
        options = total[:, :, None] + moving + seen + standing
        came_from[frame] = options.argmin(axis=1)
        total = options.min(axis=1)
        doubled[frame] = history.follow(came_from[frame], signs, frame, costs)
    path = _back(total.argmin(axis=1), came_from)  # (T, B)
    chosen = doubled[np.arange(t)[:, None], np.arange(b), path]
    return Course(states[path], chosen, total.min(axis=1))


def _states(units: int) -> Mask:
    """All combinations of units that are swapped, none first, (2^U, U)."""
    return np.asarray((np.arange(2**units)[:, None] >> np.arange(units)) % 2 == 1)


def _transition_costs(states: Mask, costs: Costs) -> Float64Array:
    changes = (states[:, None] != states[None, :]).sum(axis=2)
    units = states.shape[1]
    single = costs.change + costs.unit * (changes - 1)
    moving = np.where(changes == 0, 0.0, single)
    return np.where((changes == units) & (units > 0), costs.change, moving)


def _state_costs(states: Mask, costs: Costs) -> Float64Array:
    apart = (states[:, 1:] != states[:, :-1]).sum(axis=1)
    return np.asarray(costs.swapped * states.any(axis=1) + costs.apart * apart)


def _back(last: npt.NDArray[np.intp], came_from: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    path = np.empty(came_from.shape[:2], dtype=np.intp)
    stretches = np.arange(len(last))
    for frame in range(len(came_from) - 1, -1, -1):
        path[frame] = last
        last = came_from[frame, stretches, last]
    return path


@dataclass(eq=False)
class _History:
    """For each stretch and state, where the joints are by the best history of that state.

    Attributes:
        sight: What is seen.
        motion: S arrays (B, states, P, 2, D): position, velocity, ...; NaN where nothing is known.
        missed: (B, states, P, 2) frames since the joint was last seen.
    """

    sight: Sight
    motion: list[Float64Array]
    missed: Float64Array

    @classmethod
    def start(cls, sight: Sight, states: int) -> _History:
        _, b, p, _, d = sight.positions.shape
        motion = [np.full((b, states, p, 2, d), np.nan)]
        motion += [np.zeros_like(motion[0]) for _ in range(sight.gains.shape[1] - 1)]
        return cls(sight, motion, np.zeros((b, states, p, 2)))

    def predict(self) -> None:
        if len(self.motion) > 2:
            self.motion[0] = self.motion[0] + self.motion[1] + self.motion[2] / 2
            self.motion[1] = self.motion[1] + self.motion[2]
        else:
            self.motion[0] = self.motion[0] + self.motion[1]

    def surprise(self, frame: int, costs: Costs) -> Float64Array:
        """What it costs to take the pairs of a frame as they are, and swapped, (B, states, P, 2).

        Each side by itself: when a model puts a joint on the other leg for some frames, the leg
        that it did not move says which is which.
        """
        seen = self.sight.positions[frame][:, None, :, None]  # (B, 1, P, 1, 2, D)
        ways = np.concatenate([seen, seen[..., ::-1, :]], axis=3)
        wrong = ways - self.motion[0][:, :, :, None]  # (B, states, P, 2 ways, 2 sides, D)
        square = np.einsum("...d,...d", wrong, wrong)
        doubt = self.sight.scale * self.sight.spread[frame]  # (B, P)
        doubt = doubt[:, None, :, None] * (1 + self.missed) ** _GROWTH  # (B, states, P, 2 sides)
        unlikely = np.log1p(square / doubt[:, :, :, None] ** 2 / costs.degrees)
        cost = (costs.degrees + seen.shape[-1]) / 2 * np.nan_to_num(unlikely)
        cost = np.minimum(cost, costs.most).sum(axis=-1)
        return np.asarray(cost * self.sight.weights[:, None])

    def follow(
        self, came_from: npt.NDArray[np.intp], signs: npt.NDArray[np.intp], frame: int, costs: Costs
    ) -> Mask:
        """Each state goes on from its best predecessor, with what it takes the frame to show.

        Returns:
            Which sides were doubled, (B, states, P, 2).
        """
        stretches = np.arange(len(came_from))[:, None]
        self.motion = [part[stretches, came_from] for part in self.motion]
        self.missed = self.missed[stretches, came_from]
        seen = self.sight.positions[frame][:, None]  # (B, 1, P, 2, D)
        swapped = signs[None, :, :, None, None] == 1
        seen = np.where(swapped, seen[..., ::-1, :], seen)  # (B, states, P, 2, D)
        wrong = seen - self.motion[0]
        square = np.einsum("...d,...d", wrong, wrong)
        doubled = self._doubled(seen, square)
        doubt = (self.sight.scale * self.sight.spread[frame])[:, None, :, None] * (
            1 + self.missed
        ) ** _GROWTH
        surprise = square / doubt**2
        jumped = surprise > _JUMP**2
        anew = np.isfinite(seen[..., 0]) & np.isnan(self.motion[0][..., 0])
        anew |= jumped & ~doubled & (self.missed >= _BELIEVED)
        here = np.isfinite(square) & ~doubled & ~jumped
        trust = np.clip((costs.degrees + 1) / (costs.degrees + surprise), _LEAST_TRUST, 1)
        share = np.where(here, trust, 0.0)
        correction = np.where(here[..., None], wrong, 0.0)
        for i, part in enumerate(self.motion):
            part += (self.sight.gains[:, i][:, None] * share)[..., None] * correction
            part[anew] = seen[anew] if i == 0 else 0.0
            if i > 0:
                part[~here] *= _SLOWING
        self.missed = np.where(here, np.maximum(self.missed - 1, 0), self.missed + 1)
        self.missed[anew] = _JUST_SEEN
        self.motion[0][self.missed > self.sight.patience] = np.nan
        return doubled

    def _doubled(self, seen: Float64Array, square: Float64Array) -> Mask:
        """Sides that are seen where the other one is, and were expected elsewhere."""
        between = seen[..., 0, :] - seen[..., 1, :]
        expected = self.motion[0][..., 0, :] - self.motion[0][..., 1, :]
        doubled = (np.einsum("...d,...d", between, between) < self.sight.together**2) & (
            np.einsum("...d,...d", expected, expected) > self.sight.distinct**2
        )
        further = square > square[..., ::-1]
        recent = self.missed < self.sight.patience / 2  # later, what is expected means little
        return np.asarray(doubled[..., None] & further & recent)
