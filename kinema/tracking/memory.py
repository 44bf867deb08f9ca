"""Who is found, who is known, where each was last, how they move, and where they should be now.

Everything is in arrays with one row a person, so that a frame costs the same few NumPy calls for
one person and for twenty.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt

from kinema.tracking import motion
from kinema.tracking.similarity import sizes_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Number = TypeVar("Number", np.float64, np.int64)

JOINT_DRIFT = 0.6
"""How fast a joint that is not seen moves away from where the body takes it, in sizes / s."""

LARGEST_DRIFT = 0.4
"""Where that ends, in sizes: arms and legs are only so long."""

JOINT_MEMORY = 1.0
"""Seconds for which a joint that is no longer seen is remembered; people turn around."""

HABIT_SECONDS = 0.3
"""A model that mixes up two people may turn one into the other within a few frames; the pose of
the last moments does not turn that fast."""


@dataclass(frozen=True, eq=False)
class Found:
    """The people found in one frame.

    Attributes:
        points: (N, K, D) of the joints that count; NaN where not found.
        weights: (N, K) scores, 0 where not found.
        boxes: (N, 2, D) around them.
        scores: (N,) of each person.
    """

    points: Floats
    weights: Floats
    boxes: Floats
    scores: Floats

    def __getitem__(self, rows: npt.NDArray[np.intp]) -> Found:
        return Found(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True, eq=False)
class Expectation:
    """Where the people of a memory should be at some time.

    Attributes:
        points: (M, K, D); NaN for joints that are not remembered.
        habit: (M, K, D) the same if the pose were that of the last moments.
        variances: (M, K), in squares of the unit of the points.
        floor: (M, K), what the variances would be for people seen a moment ago.
        last: (M, K, D), where they were when they were seen last.
        states: (M, D + 1, 2), predicted; see `motion`.
        covariances: (M, D + 1, 2, 2), predicted.
        seconds: (M,) since each was last seen.
    """

    points: Floats
    habit: Floats
    variances: Floats
    floor: Floats
    last: Floats
    states: Floats
    covariances: Floats
    seconds: Floats

    def __getitem__(self, rows: npt.NDArray[np.intp]) -> Expectation:
        return Expectation(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True, eq=False)
class Memory:
    """The M people that a tracker knows.

    Attributes:
        numbers: (M,) a number of each, never used again; in order of appearance.
        hits: (M,) in how many frames each was seen.
        seen: (M,) seconds, when each was seen last.
        points: (M, K, D) where the joints were last, moved on with the body; NaN if not remembered.
        habit: (M, K, D) the same, averaged over the last moments.
        joints_seen: (M, K) seconds, when each joint was seen last.
        sizes: (M,) in the unit of the points; see `similarity.SIZE_PER_SPREAD`.
        states: (M, D + 1, 2) for each coordinate, and for the logarithm of the size: how far the
            filter's position is from the one measured last, and the velocity.
        covariances: (M, D + 1, 2, 2), coordinates in sizes.
    """

    numbers: Integers
    hits: Integers
    seen: Floats
    points: Floats
    habit: Floats
    joints_seen: Floats
    sizes: Floats
    states: Floats
    covariances: Floats

    @classmethod
    def of_new(cls, points: Floats, numbers: Integers, time: float, least_size: float) -> Self:
        """People seen for the first time, (M, K, D)."""
        people, _, dimensions = points.shape
        return cls(
            numbers=numbers,
            hits=np.ones(people, dtype=np.int64),
            seen=np.full(people, time),
            points=points,
            habit=points,
            joints_seen=np.full(points.shape[:2], time),
            sizes=sizes_of(points, least_size),
            states=np.zeros((people, dimensions + 1, 2)),
            covariances=motion.first_covariances(people, dimensions),
        )

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Memory:
        return Memory(*(getattr(self, field.name)[rows] for field in fields(self)))

    def __add__(self, other: Memory) -> Memory:
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Memory(*(np.concatenate(pair) for pair in pairs))

    def expect(self, time: float, tolerances: Floats) -> Expectation:
        """Where everybody should be.

        Args:
            time: In seconds, not before the last time that anybody was seen.
            tolerances: (K,) in sizes; see `similarity.tolerances`.
        """
        seconds = time - self.seen
        states, covariances = motion.predict(self.states, self.covariances, seconds)
        # From where they were seen last, not from where the filter has them: a smooth place lags.
        moved = (states - self.states)[:, None, :-1, 0]
        points, habit = self.points + moved, self.habit + moved
        sizes = self.sizes[:, None]
        floor = (sizes * tolerances) ** 2
        drift = np.minimum(JOINT_DRIFT * (time - self.joints_seen), LARGEST_DRIFT)
        variances = floor + sizes**2 * (covariances[:, :1, 0, 0] + drift**2)
        return Expectation(
            points, habit, variances, floor, self.points, states, covariances, seconds
        )

    def updated(
        self,
        rows: npt.NDArray[np.intp],
        points: Floats,
        weights: Floats,
        expected: Expectation,
        time: float,
        trust: Floats,
        least_size: float,
    ) -> Memory:
        """After some people were seen.

        Args:
            rows: (R,) who was seen.
            points: (R, K, D) the joints seen, NaN where not.
            weights: (R, K) of the joints, for how the body moves.
            expected: Of all people, for this time.
            time: In seconds.
            trust: (R,) in (0, 1], how much the places are to be believed.
            least_size: Of a person, in the unit of the points.
        """
        joints = self.points[rows]
        moved, growth, known = _fit(joints, points, weights)
        share = known / np.maximum(weights.sum(axis=1), 1e-9)
        measured = np.concatenate([moved, growth[:, None]], axis=1)  # (R, D + 1)
        states, covariances = motion.correct(
            _in_sizes(expected.states[rows], 1 / self.sizes[rows]),
            expected.covariances[rows],
            _in_sizes(measured, 1 / self.sizes[rows]),
            np.clip(trust * share, 0.01, 1),
        )
        states = _in_sizes(states, self.sizes[rows])
        states[..., 0] -= measured  # from now on relative to the place measured now
        carried = joints + moved[:, None]
        unseen = np.isnan(points)
        joints_seen = np.where(unseen[..., 0], self.joints_seen[rows], time)
        carried[time - joints_seen > JOINT_MEMORY] = np.nan
        filled = np.where(unseen, carried, points)
        lag = np.exp(np.clip(states[:, -1, 0], -0.5, 0.5))
        old = self.habit[rows] + moved[:, None]
        share = 1 - np.exp(-(time - self.seen[rows]) / HABIT_SECONDS)
        habit = np.where(np.isnan(old), filled, old + share[:, None, None] * (filled - old))
        return replace(
            self,
            hits=_put(self.hits, rows, self.hits[rows] + 1),
            seen=_put(self.seen, rows, time),
            points=_put(self.points, rows, filled),
            habit=_put(self.habit, rows, habit),
            joints_seen=_put(self.joints_seen, rows, joints_seen),
            sizes=_put(self.sizes, rows, sizes_of(filled, least_size) * lag),
            states=_put(self.states, rows, states),
            covariances=_put(self.covariances, rows, covariances),
        )


def _put(
    array: npt.NDArray[Number], rows: npt.NDArray[np.intp], values: npt.ArrayLike
) -> npt.NDArray[Number]:
    changed = array.copy()
    changed[rows] = np.asarray(values, dtype=array.dtype)
    return changed


def _in_sizes(values: Floats, factor: Floats) -> Floats:
    """Coordinates times a factor for each person; the logarithm of the size, last, as it is."""
    scaled = values * factor.reshape(-1, *[1] * (values.ndim - 1))
    scaled[:, -1] = values[:, -1]
    return scaled


def _fit(before: Floats, after: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """How bodies moved from (R, K, D) to (R, K, D): by (R, D), growing by exp of (R,).

    Also the sum of the weights of the joints that both have, (R,). Where that is 0 nothing moved.
    The growth is NaN-free and 0 unless there are three joints at least.
    """
    both = ~np.isnan((before + after)[..., 0])  # (R, K)
    weight = np.where(both, weights, 0.0)
    total = weight.sum(axis=1)
    share = (weight / np.maximum(total, 1e-9)[:, None])[..., None]
    before, after = np.where(both[..., None], before, 0.0), np.where(both[..., None], after, 0.0)
    centre, new_centre = (share * before).sum(axis=1), (share * after).sum(axis=1)
    squares = (share * (before - centre[:, None]) ** 2).sum(axis=(1, 2))
    new_squares = (share * (after - new_centre[:, None]) ** 2).sum(axis=(1, 2))
    usable = (both.sum(axis=1) >= 3) & (squares > 0) & (new_squares > 0)
    ratio = np.where(usable, new_squares, 1.0) / np.where(usable, squares, 1.0)
    return new_centre - centre, np.clip(np.log(ratio) / 2, -0.5, 0.5), total
