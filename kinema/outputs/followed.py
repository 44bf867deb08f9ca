"""The jobs of a model with their people, who have ids and are no more than asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal, get_args

import numpy as np

from kinema.media.frame import Frame
from kinema.models.model import Job
from kinema.poses import Poses
from kinema.tracking.flow import FlowTracker
from kinema.tracking.smoothing import find_online_smoother
from kinema.tracking.tracker import Tracker

TrackerName = Literal["oks", "flow"]
TRACKERS: tuple[TrackerName, ...] = get_args(TrackerName)


class Followed:
    """Gives the people of one recording ids, and chooses among them.

    Args:
        tracker: Which; None for no ids.
        people: At most so many people a frame; None is all.
        smooth: The filter of their joints, as `find_online_smoother` knows it.
    """

    def __init__(
        self, tracker: TrackerName | None, people: int | None, smooth: str = "none"
    ) -> None:
        self._tracker = tracker
        self._smoother = find_online_smoother(smooth)
        self._people = people
        self._totals: dict[int, float] = {}  # of scores, by id

    def people(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Poses]]:
        """Each job with the people who are left, in the order of the jobs.

        A frame may have to wait until it is known whether somebody new in it is a person.
        """
        waiting: deque[Job] = deque()

        def pairs() -> Iterator[tuple[Frame, Poses]]:
            for job in jobs:
                poses = job.poses()
                waiting.append(job)
                yield job.frame, poses

        for poses in self._followed(pairs()):
            best = self._best(poses)
            yield waiting.popleft(), self._smoother.update(best) if self._smoother else best

    def _followed(self, pairs: Iterator[tuple[Frame, Poses]]) -> Iterator[Poses]:
        if self._tracker == "flow":
            return FlowTracker().follow(pairs)
        stream = (poses for _, poses in pairs)
        return Tracker().follow(stream) if self._tracker else stream

    def _best(self, poses: Poses) -> Poses:
        """The people with the highest scores, in the order that they had."""
        if self._people is None:
            return poses
        scores = np.nan_to_num(poses.person_scores, nan=1.0)
        if poses.ids is not None:
            for identity, score in zip(poses.ids.tolist(), scores.tolist(), strict=True):
                self._totals[identity] = self._totals.get(identity, 0.0) + score
            scores = np.array([self._totals[identity] for identity in poses.ids.tolist()])
        if len(poses) <= self._people:
            return poses
        return poses[np.sort(np.argsort(-scores, kind="stable")[: self._people])]
