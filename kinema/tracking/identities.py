"""What `Tracker` and `FlowTracker` share: everybody known, frame after frame, and their ids."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, SkeletonError
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.tracking.association import Traits, new_people, pair
from kinema.tracking.memory import Expectation, Found, Memory
from kinema.tracking.similarity import bounds, counted_joints, influence, steadiness, tolerances

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CONFIRM_FRAMES = 3
MEMORY_SECONDS = 3.0

DOUBT_SECONDS = 0.12
"""Somebody not yet confirmed who is unseen for longer was nobody."""

LEAST_SIZE = {"image": 10.0, "world": 0.1}
"""Pixels and metres; for people of whom a single joint is seen."""

NOBODY = 0
"""In place of the number of a person: a second find of somebody, or no joints at all."""

Place = Callable[[Expectation], Expectation]
"""Puts the people expected to where something else, such as optical flow, says that they are."""


class Identities:
    """The people of one recording. Frames come in order.

    Args:
        confirm: Frames in which a person must have been seen to get an id.
        memory: Seconds for which a lost person is remembered.

    Raises:
        InputError: If `confirm` is below 1 or `memory` is not a positive number.
    """

    def __init__(self, confirm: int, memory: float) -> None:
        if confirm < 1:
            raise InputError(f"confirm must be at least 1 frame, got {confirm}")
        if not (np.isfinite(memory) and memory > 0):
            raise InputError(f"memory must be a positive number of seconds, got {memory}")
        self.confirm = confirm
        self.memory_seconds = memory
        self.people: Memory | None = None
        self._skeleton: Skeleton | None = None
        self._time = -np.inf
        self._frames = 0
        self._people_so_far = 0
        self._ids_so_far = 0
        self._ids: dict[int, int] = {}  # of those confirmed and remembered, by number

    def step(self, poses: Poses, place: Place = lambda expected: expected) -> Integers:
        """Takes one frame: the number of each of its people (N,), `NOBODY` for second finds.

        A number is never used again; `ids` says which id belongs to it.

        Raises:
            InputError: If the time does not increase or is no number, or the poses have no place.
            SkeletonError: If the skeleton changes.
        """
        self._check(poses)
        time = self._time = float(poses.time)
        self._frames += 1
        found = self._found(poses)
        if self.people is None:
            empty = np.empty((0, *found.points.shape[1:]))
            self.people = Memory.of_new(empty, np.empty(0, dtype=np.int64), time, 1.0)
        least = self._traits.least_size
        numbers = np.full(len(poses), NOBODY, dtype=np.int64)
        people = self._without_forgotten(self.people, time)
        expected = place(people.expect(time, self._traits.tolerances))
        pairs = pair(people, expected, found, self._traits, self.confirm)
        numbers[pairs.found] = people.numbers[pairs.known]
        seen = found.points[pairs.found]
        weights = found.weights[pairs.found] * self._steadiness
        people = people.updated(pairs.known, seen, weights, expected, time, pairs.trust, least)
        new = new_people(people, pairs, found, self._traits)
        if new.any():
            numbers[new] = self._people_so_far + 1 + np.arange(int(new.sum()))
            self._people_so_far += int(new.sum())
            people += Memory.of_new(found.points[new], numbers[new], time, least)
        self._confirm(people)
        self.people = self._without_doubtful(people, time)
        return numbers

    def ids(self, numbers: Integers) -> Integers:
        """The id for each number (N,); 0 where there is none, or none yet."""
        return np.array([self._ids.get(n, 0) for n in numbers.tolist()], dtype=np.int64)

    def undecided(self, numbers: Integers) -> bool:
        """Whether some of the numbers may get an id yet."""
        if self.people is None:
            return False
        waiting = self.people.numbers[self.people.hits < self.confirm]
        return bool(np.isin(numbers, waiting).any())

    def named(self, poses: Poses, ids: Integers) -> Poses:
        """The people who have an id, with it."""
        if len(ids) and (ids > 0).all():
            return replace(poses, ids=ids)
        return replace(poses, ids=ids)[ids > 0]

    def finish(self) -> None:
        """The recording is over: if it was shorter than it takes to confirm, those there count."""
        if self.people is not None and self._frames < self.confirm:
            for number in self.people.numbers[self.people.seen == self._time].tolist():
                self._give_id(number)

    def _check(self, poses: Poses) -> None:
        if poses.space == "body":
            raise InputError("people in body space have no place in the room to track them by")
        if not np.isfinite(poses.time):
            raise InputError(f"frame {poses.frame} has no time; a tracker needs one")
        if poses.time <= self._time:
            raise InputError(
                f"frame {poses.frame} is at {poses.time:g} s, the frame before it at "
                f"{self._time:g} s; give a tracker frames in order, and each recording its own"
            )
        if self._skeleton is None:
            self._skeleton = poses.skeleton
            self._joints = counted_joints(poses.skeleton)
            self._traits = _traits(poses, self._joints)
            self._influence = influence(poses.skeleton)[self._joints]
            self._steadiness = steadiness(poses.skeleton)[self._joints]
        if poses.skeleton != self._skeleton:
            raise SkeletonError(
                f"frame {poses.frame} has skeleton {poses.skeleton.name}, "
                f"before it was {self._skeleton.name}"
            )

    def _found(self, poses: Poses) -> Found:
        points = poses.keypoints[:, self._joints].astype(np.float64)
        scores = np.nan_to_num(poses.scores[:, self._joints].astype(np.float64), nan=1.0)
        # A place that a model gives with score 0 is still a place.
        weights = np.where(np.isnan(points[..., 0]), 0.0, np.maximum(scores, 0.01))
        weights = weights * self._influence
        return Found(points, weights, bounds(points), np.nan_to_num(poses.person_scores, nan=1.0))

    def _without_forgotten(self, people: Memory, time: float) -> Memory:
        return self._keep(people, time - people.seen <= self.memory_seconds)

    def _without_doubtful(self, people: Memory, time: float) -> Memory:
        unseen = time - people.seen
        return self._keep(people, (people.hits >= self.confirm) | (unseen <= DOUBT_SECONDS))

    def _keep(self, people: Memory, kept: npt.NDArray[np.bool_]) -> Memory:
        if kept.all():
            return people
        for number in people.numbers[~kept].tolist():
            self._ids.pop(number, None)
        return people[kept]

    def _confirm(self, people: Memory) -> None:
        for number in people.numbers[people.hits >= self.confirm].tolist():
            if number not in self._ids:
                self._give_id(number)

    def _give_id(self, number: int) -> None:
        self._ids_so_far += 1
        self._ids[number] = self._ids_so_far


def _traits(poses: Poses, joints: npt.NDArray[np.intp]) -> Traits:
    """Of the joints that count."""
    place = np.full(len(poses.skeleton), -1)
    place[joints] = np.arange(len(joints))
    mirror = place[poses.skeleton.mirror_order[joints]]
    return Traits(
        tolerances=tolerances(poses.skeleton)[joints],
        mirror=np.where(mirror < 0, np.arange(len(joints)), mirror),
        least_size=LEAST_SIZE[poses.space],
    )


def follow(steps: Iterable[tuple[Poses, Integers]], identities: Identities) -> Iterator[Poses]:
    """The frames of a recording, each once it is decided who of its people gets an id.

    Args:
        steps: Each frame and what `Identities.step` gave for it, made as they are asked for.
        identities: That gave it.
    """
    waiting: deque[tuple[Poses, Integers, Integers]] = deque()  # with the ids known so far
    try:
        for poses, numbers in steps:
            waiting.append((poses, numbers, identities.ids(numbers)))
            if len(waiting) > 1:
                _fill_in(waiting, identities)
            while waiting and not identities.undecided(waiting[0][1]):
                yield identities.named(waiting[0][0], waiting.popleft()[2])
    except Exception:
        yield from _rest(waiting, identities)  # the frames before the one that failed
        raise
    yield from _rest(waiting, identities)


def _rest(
    waiting: deque[tuple[Poses, Integers, Integers]], identities: Identities
) -> Iterator[Poses]:
    identities.finish()
    _fill_in(waiting, identities)
    for poses, _, ids in waiting:
        yield identities.named(poses, ids)


def _fill_in(waiting: deque[tuple[Poses, Integers, Integers]], identities: Identities) -> None:
    """Ids that were given since a frame came, before their owners may be forgotten again."""
    for _, numbers, ids in waiting:
        new = identities.ids(numbers)
        np.copyto(ids, new, where=new > 0)
