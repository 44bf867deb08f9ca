"""People of one recording, each in the light of the others."""

from dataclasses import replace

import numpy as np
import pytest

from kinema.actions.live import LiveRecogniser
from kinema.actions.recogniser import Recogniser
from kinema.actions.spec import ActionSpec
from kinema.actions.together import timelines
from kinema.poses import Poses
from kinema.space.lifting import LIFT13
from kinema.track import Track

LABELS = ("standing", "falling", "lying")
SPEC = ActionSpec(
    LABELS, LIFT13, dimensions=2, frames=8, seconds=1.0, threshold=0.5, order="everyday"
)
RATE = 20


def by_head(clips):
    """What is done as the head says: on high standing, at the hips lying, below them falling."""
    height = -clips[:, 1, :, 0, 0].mean(axis=1)
    told = np.where(height > 0.2, 0, np.where(height > -0.2, 2, 1))
    return np.log(np.full((len(told), 3), 0.05) + 0.85 * np.eye(3)[told])


def body(head, *, at=(300.0, 400.0), start=0.0, seconds=4.0, score=0.9, number=1):
    """Somebody of one pose; `head` is -1 for standing, 0 for lying, 1 for falling."""
    points = np.zeros((13, 2))
    for row, name in enumerate(LIFT13.keypoints):
        side = -1 if name.startswith("left") else 1
        points[row] = side * 10.0, 20.0 * (row // 2) - 90.0
        if name.endswith("hip"):
            points[row] = side * 8.0, 0.0
    points[0] = 0.0, 120.0 * head
    times = start + np.arange(round(seconds * RATE)) / RATE
    keypoints = np.repeat((points + np.array(at))[None], len(times), axis=0)
    scores = np.full(keypoints.shape[:2], score)
    return Track(LIFT13, keypoints, scores, times, number)


RECOGNISER = Recogniser(by_head, SPEC)


@pytest.mark.parametrize(("head", "label"), [(-1, "standing"), (0, "lying"), (1, "falling")])
def test_alone_as_the_network_says(head, label):
    (timeline,) = timelines([body(head)], RECOGNISER)
    assert set(timeline.actions) == {label}


def test_a_part_of_one_who_lies_does_nothing_of_its_own():
    lies, part = body(0), body(1, at=(340, 410), score=0.3, number=2)
    away = body(1, at=(900, 410), score=0.3, number=3)
    surer = body(-1, at=(260, 400), score=0.95, number=4)
    found = timelines([part, lies, away, surer], RECOGNISER)
    assert [timeline.person for timeline in found] == [2, 1, 3, 4]
    assert [set(t.actions) for t in found] == [{None}, {"lying"}, {"falling"}, {"standing"}]
    assert found[0].intervals() == ()


def test_who_appears_where_somebody_lay_goes_on_lying():
    lies = body(0, seconds=3.0)
    again = body(1, start=3.2, seconds=1.4, score=0.1, number=2)
    elsewhere = body(1, start=3.2, seconds=1.4, at=(900, 400), score=0.1, number=3)
    found = timelines([lies, again, elsewhere], RECOGNISER)
    assert set(found[1].actions) == {"lying"}
    assert "lying" not in found[2].actions


def test_without_an_order_and_without_a_place_each_is_alone():
    people = [body(0), body(1, at=(340, 410), score=0.3, number=2)]
    plain = Recogniser(by_head, replace(SPEC, order=None))
    assert [set(t.actions) for t in timelines(people, plain)] == [{"lying"}, {"falling"}]
    assert timelines([], RECOGNISER) == []


def test_live_as_on_the_whole():
    people = [body(0), body(1, at=(340, 410), score=0.3, number=2), body(-1, at=(900, 0), number=3)]
    stage = LiveRecogniser(RECOGNISER)
    for frame, time in enumerate(people[0].times.tolist()):
        points = np.stack([track.keypoints[frame] for track in people])
        scores = np.stack([track.scores[frame] for track in people])
        done = stage.update(Poses(LIFT13, points, scores, ids=[1, 2, 3], time=time))
    assert [doing.label for doing in done] == ["lying", None, "standing"]


def test_live_who_appears_where_somebody_lay():
    lies, again = body(0, seconds=3.0), body(1, start=3.0, seconds=1.2, score=0.1, number=2)
    stage, said = LiveRecogniser(RECOGNISER), []
    for track in (lies, again):
        for points, scores, time in zip(track.keypoints, track.scores, track.times, strict=True):
            frame = Poses(LIFT13, points[None], scores[None], ids=[track.id], time=float(time))
            said.append(stage.update(frame)[0].label)
    assert said[len(lies) - 1] == "lying" and said[-1] == "lying"
    assert set(said[len(lies) :]) == {None, "lying"}
