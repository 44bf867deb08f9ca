"""Who is who: worked examples, bad input, and what must hold whatever comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from kinema.errors import InputError, SkeletonError
from kinema.evaluation.crossings import Flaws, crossing
from kinema.poses import Poses
from kinema.skeletons import BODY25, COCO17, FACE68, H36M17
from kinema.tracking.tracker import Tracker

RATE = 30.0
# Head, shoulders, elbows, wrists, hips, knees, ankles of somebody 200 pixels tall, around (0, 0).
STANDING = np.array(
    """0,-90 4,-94 -4,-94 8,-92 -8,-92 22,-65 -22,-65 28,-35 -28,-35 30,-5 -30,-5
    14,0 -14,0 15,50 -15,50 15,98 -15,98""".replace(",", " ").split(),
    dtype=np.float32,
).reshape(17, 2)


def frame(number: int, *places: tuple[float, float], rate: float = RATE) -> Poses:
    """People who stand at these places, in this order."""
    keypoints = np.array([STANDING + place for place in places]).reshape(-1, 17, 2)
    scores = np.full((len(places), 17), 0.9)
    return Poses(COCO17, keypoints, scores, frame=number, time=number / rate)


def ids(stream: Iterable[Poses]) -> list[list[int]]:
    return [[] if poses.ids is None else poses.ids.tolist() for poses in stream]


def test_two_people_keep_their_ids_whatever_their_order():
    frames = [frame(0, (100, 300), (400, 300)), frame(1, (402, 300), (103, 300))]
    frames += [frame(2, (106, 300), (404, 300)), frame(3, (406, 300), (109, 300))]
    assert ids(Tracker().follow(frames)) == [[1, 2], [2, 1], [1, 2], [2, 1]]


def test_update_leaves_out_who_is_not_confirmed_yet():
    tracker = Tracker()
    assert ids(map(tracker.update, [frame(n, (100, 300)) for n in range(4)])) == [[], [], [1], [1]]


def test_follow_waits_and_gives_the_id_from_the_first_frame_on():
    frames = [frame(n, (100, 300)) for n in range(3)]
    frames += [frame(n, (100, 300), (400, 300)) for n in range(3, 7)]
    assert ids(Tracker().follow(frames)) == [[1]] * 3 + [[1, 2]] * 4


def test_follow_waits_no_longer_than_it_must():
    taken: list[int] = []

    def stream() -> Iterable[Poses]:
        for number in range(9):
            taken.append(number)
            yield frame(number, (100, 300))

    given = Tracker().follow(stream())
    ahead = [len(taken) - n for n, _ in enumerate(given)]
    assert ahead == [3, 2, 1, 1, 1, 1, 1, 1, 1]


def test_a_find_of_one_frame_is_nobody():
    frames = [frame(n, (100, 300), *([(600, 200)] if n == 5 else [])) for n in range(10)]
    assert ids(Tracker().follow(frames)) == [[1]] * 10
    assert ids(Tracker(confirm=1).follow(frames))[5] == [1, 2]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        pytest.param([2], [[1, 2]], id="one frame"),
        pytest.param([1, 1], [[1], [1]], id="two frames"),
        pytest.param([0, 0, 0], [[], [], []], id="nobody"),
        pytest.param([], [], id="no frames"),
        pytest.param([1, 1, 1, 1, 2], [[1]] * 5, id="somebody in the last frame only"),
    ],
)
def test_short_recordings(people, expected):
    places = [(100, 300), (500, 300)]
    frames = [frame(n, *places[:count]) for n, count in enumerate(people)]
    assert ids(Tracker().follow(frames)) == expected


def test_what_is_not_the_id_stays_as_it_is():
    poses = replace(
        frame(0, (100, 300), (400, 300)),
        boxes=np.array([[60, 200, 140, 400], [360, 200, 440, 400]]),
        certainty=np.array([0.5, 0.25]),
    )
    tracked = next(Tracker(confirm=1).follow([poses]))
    for name in ("keypoints", "scores", "boxes", "certainty", "frame", "time", "skeleton"):
        np.testing.assert_array_equal(getattr(tracked, name), getattr(poses, name))
    assert tracked.ids is not None
    assert tracked.ids.dtype == np.int64


@pytest.mark.parametrize(
    ("seconds", "same"),
    [
        pytest.param(0.2, True, id="a moment"),
        pytest.param(1.5, True, id="out of sight"),
        pytest.param(2.9, True, id="just within the memory"),
        pytest.param(3.2, False, id="forgotten"),
    ],
)
def test_who_was_lost_is_found_again_where_the_velocity_leads(seconds, same):
    speed = 40.0  # pixels a second: 0.4 sizes
    walk = [frame(n, (100 + speed * n / RATE, 300)) for n in range(30)]
    later = [29 + round(seconds * RATE) + n for n in range(4)]
    back = [frame(n, (100 + speed * n / RATE, 300)) for n in later]
    assert ids(Tracker().follow(walk + back))[-1] == ([1] if same else [2])


def test_a_stranger_far_from_where_somebody_was_lost_is_new():
    frames = [frame(n, (100, 300)) for n in range(10)]
    frames += [frame(n, (900, 300)) for n in range(20, 24)]
    assert ids(Tracker().follow(frames))[-1] == [2]


def test_two_people_pass_through_each_other():
    """They meet in frame 40 at the same place; for ten frames the one behind is not found."""
    frames = []
    for n in range(80):
        right, left = (100 + 5 * n, 300), (500 - 5 * n, 310)
        frames.append(frame(n, right, left) if abs(n - 40) > 5 else frame(n, right))
    followed = list(Tracker().follow(frames))
    last = followed[-1]
    assert last.ids is not None
    assert dict(zip(last.ids.tolist(), last.keypoints[:, 0, 0].tolist(), strict=True)) == {
        1: pytest.approx(495),
        2: pytest.approx(105),
    }
    assert ids(followed)[40] == [1]


def test_a_second_find_of_the_same_person_is_left_out():
    frames = [frame(n, (100 + n, 300), (103 + n, 298), (500, 300)) for n in range(20)]
    assert {len(poses) for poses in Tracker().follow(frames)} == {2}


def test_half_a_person_found_beside_the_whole_is_nobody_new():
    frames = []
    for n in range(20):
        poses = frame(n, (100, 300), *([(100, 300)] if n >= 5 else []))
        keypoints = poses.keypoints.copy()
        if n >= 5:  # the upper and the lower half, found as two
            keypoints[0, 11:], keypoints[1, :11] = np.nan, np.nan
        frames.append(replace(poses, keypoints=keypoints))
    assert {tuple(found) for found in ids(Tracker().follow(frames))} == {(1,)}


def test_left_and_right_that_are_mixed_up_change_nobody():
    frames = [frame(n, (100 + n, 300), (400, 300)) for n in range(20)]
    for n in range(5, 20, 3):
        swapped = frames[n].keypoints[:, COCO17.mirror_order]
        frames[n] = replace(frames[n], keypoints=swapped)
    assert ids(Tracker().follow(frames)) == [[1, 2]] * 20


def test_time_counts_and_not_the_number_of_frames():
    """At 5 frames a second somebody who runs moves by half a body from frame to frame."""
    slow = [frame(n, (100 + 60 * n, 300), (700, 320), rate=5) for n in range(8)]
    assert ids(Tracker().follow(slow)) == [[1, 2]] * 8
    dropped = [frame(n, (100 + 4 * n, 300)) for n in (0, 1, 2, 3, 7, 8, 15, 16, 30)]
    assert ids(Tracker().follow(dropped)) == [[1]] * 9


def test_ids_are_never_used_again():
    frames = [frame(n, (100, 300)) for n in range(5)]
    frames += [frame(n, (100, 300)) for n in range(300, 305)]  # nine seconds later
    frames += [frame(n, (100, 300)) for n in range(600, 605)]
    assert ids(Tracker().follow(frames)) == [[1]] * 5 + [[2]] * 5 + [[3]] * 5


def test_renewed_knows_nobody_and_keeps_its_settings():
    tracker = Tracker(confirm=1, memory=0.5)
    tracker.update(frame(50, (100, 300)))
    again = tracker.renewed()
    assert ids([again.update(frame(0, (700, 300)))]) == [[1]]
    assert ids([tracker.update(frame(51, (700, 300)))]) == [[2]]


@pytest.mark.parametrize("skeleton", [COCO17, BODY25, FACE68], ids=lambda s: s.name)
def test_joints_may_be_missing_altogether(skeleton):
    k = len(skeleton)
    nobody = np.full((2, k, 2), np.nan)
    frames = [Poses(skeleton, nobody, np.zeros((2, k)), frame=n, time=n / RATE) for n in range(5)]
    assert ids(Tracker().follow(frames)) == [[]] * 5
    one_joint = nobody.copy()
    one_joint[:, 0] = [(10, 10), (300, 10)]
    scores = np.where(np.isnan(one_joint[..., 0]), 0, 0.5)
    frames = [replace(poses, keypoints=one_joint, scores=scores) for poses in frames]
    assert ids(Tracker().follow(frames)) == [[1, 2]] * 5


def test_scores_that_are_not_known_are_no_hindrance():
    frames = [frame(n, (100 + n, 300), (400, 300)) for n in range(5)]
    frames = [replace(poses, scores=np.full((2, 17), np.nan)) for poses in frames]
    assert ids(Tracker().follow(frames)) == [[1, 2]] * 5


def test_people_in_a_room():
    body = np.concatenate([STANDING / 118, np.zeros((17, 1))], axis=1)
    frames = []
    for n in range(40):
        moved = np.array([(0.03 * n, 0, 0), (1.2 - 0.03 * n, 0, 0.4)])
        keypoints = body + moved[:, None]
        order = [1, 0] if n % 2 else [0, 1]
        frames.append(
            Poses(H36M17, keypoints[order], np.ones((2, 17)), frame=n, time=n / 30, space="world")
        )
    found = ids(Tracker().follow(frames))
    assert found == [[2, 1] if n % 2 else [1, 2] for n in range(40)]


def times(*values: float) -> Sequence[Poses]:
    return [replace(frame(n, (100, 300)), time=time) for n, time in enumerate(values)]


@pytest.mark.parametrize(
    ("stream", "error", "message"),
    [
        pytest.param(
            times(0, 1, 0.5),
            InputError,
            "frame 2 is at 0.5 s, the frame before it at 1 s",
            id="back",
        ),
        pytest.param(
            times(0, 0), InputError, "frame 1 is at 0 s, the .* before it at 0 s", id="same"
        ),
        pytest.param(times(0, float("nan")), InputError, "frame 1 has no time", id="no time"),
        pytest.param(
            [frame(0, (9, 9)), replace(frame(1, (9, 9)), skeleton=H36M17)],
            SkeletonError,
            "frame 1 has skeleton h36m17, before it was coco17",
            id="another skeleton",
        ),
        pytest.param(
            [Poses.empty(COCO17, space="body")], InputError, "body space have no place", id="body"
        ),
    ],
)
def test_what_cannot_be_tracked(stream, error, message):
    tracker = Tracker()
    with pytest.raises(error, match=message):
        for poses in stream:
            tracker.update(poses)


def test_an_error_midway_gives_the_frames_before_it_first():
    given = []
    with pytest.raises(InputError, match="frame 3"):
        given.extend(Tracker().follow(times(0, 0.1, 0.2, 0.1)))
    for poses in Tracker().follow(times(0, 0.1)):
        given.append(poses)
    followed = Tracker().follow(times(0, 0.1, 0.2, 0.1))
    assert ids([next(followed), next(followed), next(followed)]) == [[1], [1], [1]]


def test_times_may_begin_anywhere():
    assert ids(Tracker().follow(times(-5, -4.9, -4.8))) == [[1]] * 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"confirm": 0}, "confirm must be at least 1 frame, got 0", id="confirm"),
        pytest.param({"memory": 0}, "memory must be a positive number of seconds", id="memory"),
        pytest.param({"memory": float("inf")}, "memory must be a positive", id="for ever"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(InputError, match=message):
        Tracker(**settings)


def test_update_and_follow_agree():
    """Whom both give, they give the same id."""
    _, found = crossing(4, seed=5, seconds=5)
    tracker = Tracker()
    for online, offline in zip(map(tracker.update, found), Tracker().follow(found), strict=True):
        known = dict(zip(map(bytes, offline.keypoints), offline.ids.tolist(), strict=True))
        for points, identity in zip(online.keypoints, online.ids.tolist(), strict=True):
            assert known[bytes(points)] == identity


@pytest.mark.parametrize("seed", range(4))
def test_two_people_cross_without_a_switch(seed):
    from kinema.evaluation.tracking import evaluate_tracking

    pytest.importorskip("motrics")
    truth, found = crossing(2, seed=seed)
    report = evaluate_tracking(truth, Tracker().follow(found))
    assert report.switches == 0
    assert report.idf1 > 0.93


def test_perfect_finds_of_people_apart_are_tracked_perfectly():
    from kinema.evaluation.tracking import evaluate_tracking

    pytest.importorskip("motrics")
    flaws = Flaws(jitter=0, missed=0, doubled=0, invented=0, misplaced=0)
    truth, found = crossing(1, seed=2, flaws=flaws)
    report = evaluate_tracking(truth, Tracker().follow(found))
    assert (report.ids, report.switches, report.idf1) == (1, 0, pytest.approx(1, abs=0.03))
