"""Recognises what people do while their frames arrive: several at once, each with a window of time.

Latency. A window of `seconds` ends with the newest frame, so what it says is about its middle, half
a window ago; evening out the probabilities (`smooth`) adds its own time constant. `latency` is the
sum. A new person is said nothing of until three quarters of a window have been seen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from kinema.actions.bodies import LYING, Body, at_place, box_of, is_part
from kinema.actions.clips import check_space
from kinema.actions.intervals import SHORTEST, ActionInterval, intervals
from kinema.actions.recogniser import Recogniser, around, windows_of
from kinema.actions.steady import NONE, SMOOTH, Steady
from kinema.errors import InputError
from kinema.poses import Action, Float32Array, Poses
from kinema.space.lifting.joints import joints_for
from kinema.track import Track

EVERY = 3
"""Frames from one look at a person to the next."""

LEAST_HISTORY = 0.75
"""Of a window, that must have been seen of a person before anything is said."""


LONGEST_STILL = 0.5
"""Seconds of a window, up to which a recogniser is one of poses, that a picture can show."""


@dataclass(frozen=True, eq=False)
class Doing:
    """What one person is doing, as of one frame.

    Attributes:
        person: The identity.
        label: The action, None if there is none that the recogniser is sure of.
        probability: Of the action, or of the likeliest of all; NaN before anything can be said.
        probabilities: (L,) of the newest window, before smoothing; None before there is one.
    """

    person: int
    label: str | None = None
    probability: float = float("nan")
    probabilities: Float32Array | None = None


@dataclass
class _Person:
    """What is remembered of one person."""

    frames: deque[tuple[float, Float32Array, Float32Array]]
    """Time, joints (K, D) and their certainties (K,), of one window at most."""
    steady: Steady
    doing: Doing
    wait: int = 0  # frames until the next look
    body: Body | None = None  # as of the last look


class LiveRecogniser:
    """A stage with memory: tracked poses in, what each person does out. One object a recording.

    Of each person the joints of one window are kept; who has not been seen for the length of one is
    forgotten. All people who are due are recognised in one call of the network. Where it knows what
    can follow what, people count in the light of one another, as in `kinema.actions.together`.

    Args:
        recogniser: What recognises.
        every: Frames from one look at a person to the next; between, the last result holds.
        smooth: Time constant in seconds over which the probabilities are evened out, as `Steady`
            does it; 0 for none. No longer than a window counts.

    Raises:
        InputError: If `every` is below 1 or `smooth` negative, or the recogniser looks at the
            video, too.
    """

    def __init__(
        self, recogniser: Recogniser, *, every: int = EVERY, smooth: float = SMOOTH
    ) -> None:
        if every < 1 or not smooth >= 0:
            raise InputError(f"a look every {every} frames, smoothed over {smooth} s, is none")
        if recogniser.spec.flow:
            raise InputError(
                "this recogniser looks at the optical flow of the video, too; it takes whole "
                "recordings: kinema actions predict"
            )
        self.recogniser, self.every = recogniser, every
        self.smooth = min(smooth, recogniser.seconds)
        self._spec = replace(recogniser.spec, seconds=recogniser.seconds)
        self._people: dict[int, _Person] = {}
        self._time = -np.inf

    def __len__(self) -> int:
        """How many people are remembered."""
        return len(self._people)

    @property
    def latency(self) -> float:
        """By how many seconds the result of a frame is late: half a window and the smoothing."""
        return self.recogniser.seconds / 2 + self.smooth

    def update(self, poses: Poses) -> tuple[Doing, ...]:
        """What each person of the next frame is doing, in the order of the poses.

        Raises:
            InputError: If the time does not increase, several people have no ids, or the poses are
                not in a space that the recogniser takes.
        """
        if not poses.time > self._time:
            raise InputError(
                f"frame {poses.frame} is at {poses.time:g} s, the one before at {self._time:g} s; "
                "actions are recognised in frames whose times increase"
            )
        if poses.ids is None and len(poses) > 1:
            raise InputError(f"the people of frame {poses.frame} have no ids; run a tracker first")
        self._time = poses.time
        ids = [0] * len(poses) if poses.ids is None else poses.ids.tolist()
        self._remember(poses, ids)
        self._look([identity for identity in ids if self._is_due(identity)])
        self._forget()
        return self._without_contradictions(ids)

    def labelled(self, poses: Poses) -> Poses:
        """The next frame with `actions`: the label and the probability of each person's."""
        actions = [
            None if doing.label is None else Action(doing.label, doing.probability)
            for doing in self.update(poses)
        ]
        return replace(poses, actions=tuple(actions))

    def _remember(self, poses: Poses, ids: list[int]) -> None:
        if not ids:
            return
        people = Track(
            poses.skeleton,
            poses.keypoints,
            poses.scores,
            np.arange(
                len(poses), dtype=np.float64
            ),  # people in place of times: all are converted at once
            space=poses.space,
        )
        check_space(people, self._spec)
        joints, certainty = joints_for(self._spec.joints, people, partial=True)
        self._greet(poses, ids)
        for identity, points, sure in zip(ids, joints, certainty, strict=True):
            person = self._people[identity]
            person.frames.append((poses.time, points, sure))
            start = poses.time - self.recogniser.seconds
            while len(person.frames) > 1 and person.frames[1][0] <= start:
                person.frames.popleft()  # one frame before the window is kept, to interpolate from
            person.wait -= 1
        self._space = poses.space

    def _greet(self, poses: Poses, ids: list[int]) -> None:
        """Takes in who is new, in the light of who has been there."""
        new = [row for row, identity in enumerate(ids) if identity not in self._people]
        if not new:
            return
        placed = self._spec.order is not None and poses.space != "body"
        known = list(self._people.values()) if placed else []
        boxes = [box_of([points for _, points, _ in person.frames]) for person in known]
        for row in new:
            chosen = at_place(box_of(poses.keypoints[row]), boxes)
            before = None if chosen is None else known[chosen].steady
            steady = Steady(self._spec, self.smooth, before=before)
            self._people[ids[row]] = _Person(deque(), steady, Doing(ids[row]))

    def _is_due(self, identity: int) -> bool:
        person = self._people[identity]
        seen = self._time - person.frames[0][0]
        return person.wait <= 0 and seen >= LEAST_HISTORY * self.recogniser.seconds

    def _look(self, ids: list[int]) -> None:
        if not ids:
            return
        tracks = [self._track(identity) for identity in ids]
        clips = [windows_of(track, [self._time], self._spec) for track in tracks]
        chances = self.recogniser.probabilities(np.concatenate(clips))
        for track, row in zip(tracks, chances, strict=True):
            person = self._people[track.id]
            person.body = self._body(track)
            number, chance = person.steady.update(self._time, row, person.body.sureness)
            label = None if number == NONE else self._spec.labels[number]
            person.doing = Doing(track.id, label, chance, row)
            person.wait = self.every

    def _track(self, identity: int) -> Track:
        times, points, scores = zip(*self._people[identity].frames, strict=True)
        places, certainty, at = np.stack(points), np.stack(scores), np.array(times)
        return Track(self._spec.joints, places, certainty, at, identity, self._space)

    def _body(self, track: Track) -> Body:
        """Where somebody is in the middle of the window, which is when they do what is said."""
        rows = around(track.times, self._time - self.recogniser.seconds / 2)
        scores = track.scores[rows]
        return Body(box_of(track.keypoints[rows]), float(scores.mean()) if scores.size else 1.0)

    def _without_contradictions(self, ids: list[int]) -> tuple[Doing, ...]:
        """What is done, but nothing by who is likely a part of somebody who lies."""
        people = [self._people[identity] for identity in ids]
        placed = self._spec.order is not None and (not people or self._space != "body")
        lying = [one.body for one in people if placed and one.body and one.doing.label == LYING]
        return tuple(
            replace(one.doing, label=None)
            if one.body and one.doing.label not in (None, LYING) and is_part(one.body, lying)
            else one.doing
            for one in people
        )

    def _forget(self) -> None:
        oldest = self._time - self.recogniser.seconds
        for identity in [i for i, person in self._people.items() if person.frames[-1][0] < oldest]:
            del self._people[identity]


@dataclass
class ActionLog:
    """Collects what people do in the frames of a recording, and makes intervals of it at the end.

    Attributes:
        latency: Seconds by which the results are late, and which are taken off the times; see
            `LiveRecogniser.latency`.
    """

    latency: float = 0.0
    _moments: dict[int, list[tuple[float, str | None, float]]] = field(
        default_factory=dict, repr=False
    )

    def add(self, poses: Poses) -> None:
        """Takes the next frame, which `LiveRecogniser.labelled` has given."""
        if poses.actions is None:
            return
        ids = range(len(poses)) if poses.ids is None else poses.ids.tolist()
        for identity, action in zip(ids, poses.actions, strict=True):
            label, chance = (None, 0.0) if action is None else action
            self._moments.setdefault(identity, []).append((poses.time, label, chance))

    def intervals(self, *, shortest: float = SHORTEST) -> tuple[ActionInterval, ...]:
        """The actions of all people, by their starts.

        None begins before its person was seen; what holds in the last frame, holds to the end.
        """
        found: list[ActionInterval] = []
        for person, moments in self._moments.items():
            times, labels, chances = zip(*moments, strict=True)
            first, last = float(times[0]), float(times[-1])
            for action in intervals(times, labels, chances, person=person, shortest=shortest):
                start = max(action.start - self.latency, first)
                end = last if action.end >= last else max(action.end - self.latency, first)
                found.append(replace(action, start=start, end=end))
        return tuple(sorted(found, key=lambda action: (action.start, action.person)))


def still(recogniser: Recogniser, poses: Poses) -> Poses:
    """A single picture with what each person in it does, by a recogniser of poses.

    One of movements says nothing of it: a picture does not move.
    """
    actions: list[Action | None] = [None] * len(poses)
    if recogniser.seconds <= LONGEST_STILL:
        for row in range(len(poses)):
            one = slice(row, row + 1)
            person = Track(
                poses.skeleton,
                poses.keypoints[one],
                poses.scores[one],
                np.zeros(1),
                space=poses.space,
            )
            scores = recogniser.predict([person])
            if scores.label is not None:
                actions[row] = Action(scores.label, scores.probability)
    return replace(poses, actions=tuple(actions))


def logged(poses: Iterable[Poses], latency: float) -> tuple[ActionInterval, ...]:
    """The actions in the frames of a recording that has been labelled live."""
    log = ActionLog(latency)
    for frame in poses:
        log.add(frame)
    return log.intervals()
