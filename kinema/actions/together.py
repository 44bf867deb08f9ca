"""What the people of one recording do, each in the light of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinema.actions.bodies import LYING, Body, Floats, at_place, box_of, is_part
from kinema.actions.order import order_of
from kinema.actions.recogniser import NEAR, Recogniser, Timeline, around
from kinema.actions.steady import handed_on
from kinema.track import Track


@dataclass(frozen=True, eq=False)
class _Seen:
    """One person and what is recognised of them."""

    track: Track
    timeline: Timeline

    def body(self, window: int) -> Body:
        """Where they are around a window, and how surely they are seen."""
        rows = around(self.track.times, float(self.timeline.times[window]))
        sure = np.nan if self.timeline.sureness is None else float(self.timeline.sureness[window])
        return Body(box_of(self.track.keypoints[rows]), 1.0 if np.isnan(sure) else sure)

    def window_near(self, time: float) -> int:
        """The window whose middle is nearest to a time; -1 if none is within `NEAR`."""
        times = self.timeline.times
        after = int(np.searchsorted(times, time))
        nearest = min(
            range(max(after - 1, 0), min(after + 1, len(times))),
            key=lambda window: abs(float(times[window]) - time),
        )
        return nearest if abs(float(times[nearest]) - time) <= NEAR else -1


def timelines(
    people: Sequence[Track], recogniser: Recogniser, *, step: float | None = None
) -> list[Timeline]:
    """What each person of a recording does over time, in the order of the people.

    Where the recogniser knows an order of actions, who appears where somebody was may be the same
    one and goes on from what they did; and likely parts of a body that lies do nothing of their
    own. People relative to their own bodies have no place, and are seen each by themselves.

    Args:
        people: Of one recording, with their ids.
        recogniser: One that looks at windows of one person.
        step: Seconds from one window to the next; None for an eighth of a window.

    Raises:
        InputError: As `Recogniser.timeline`.
    """
    alone = [recogniser.timeline(track, step=step) for track in people]
    if recogniser.spec.order is None or any(track.space == "body" for track in people):
        return alone
    found: dict[int, _Seen] = {}
    for number in sorted(range(len(people)), key=lambda n: float(people[n].times[0])):
        before = list(found.values())
        first = _handed_on(people[number], alone[number], before, recogniser)
        found[number] = _Seen(people[number], replace(alone[number], first=first))
    return _without_contradictions([found[number] for number in range(len(people))])


def _handed_on(
    track: Track, timeline: Timeline, before: Sequence[_Seen], recogniser: Recogniser
) -> Floats | None:
    """What is believed of somebody at first, if they appear where somebody else is or was."""
    start, newcomer = float(track.times[0]), box_of(track.keypoints[:1])
    since = start - recogniser.seconds
    near, boxes = [], []
    for seen in before:
        if seen.track.times[-1] < since:
            continue
        rows = slice(*np.searchsorted(seen.track.times, [since, start]).tolist())
        box = box_of(seen.track.keypoints[rows])
        if not np.isnan(box).any():
            near.append(seen.timeline)
            boxes.append(box)
    chosen = at_place(newcomer, boxes)
    beliefs = None if chosen is None else near[chosen].beliefs
    if chosen is None or beliefs is None or recogniser.spec.order is None:
        return None
    times, begins = near[chosen].times, float(timeline.times[0])
    last = int(np.abs(times - begins).argmin())
    order = order_of(recogniser.spec.order, recogniser.spec.labels)
    return handed_on(order, beliefs[last], begins - float(times[last]))


def _without_contradictions(found: Sequence[_Seen]) -> list[Timeline]:
    """The timelines in which nobody who is likely a part of one who lies does anything else."""
    actions = [seen.timeline.actions for seen in found]
    liers = [number for number, said in enumerate(actions) if LYING in said]
    quiet = []
    for one, seen in enumerate(found):
        others = [number for number in liers if number != one]
        silent = np.zeros(len(actions[one]), dtype=bool)
        for window, action in enumerate(actions[one]):
            if action is not None and action != LYING:
                time = float(seen.timeline.times[window])
                near = [(n, found[n].window_near(time)) for n in others]
                lying = [found[n].body(w) for n, w in near if w >= 0 and actions[n][w] == LYING]
                silent[window] = is_part(seen.body(window), lying)
        quiet.append(replace(seen.timeline, silent=silent))
    return quiet
