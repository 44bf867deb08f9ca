from dataclasses import replace

import numpy as np
import pytest

from kinema.actions.intervals import ActionInterval, events, intervals, write_actions
from kinema.actions.live import ActionLog, LiveRecogniser, logged, still
from kinema.actions.recogniser import Recogniser, window_ends, windows_of
from kinema.actions.steady import MARGIN, NONE, Steady, steady
from kinema.errors import InputError
from kinema.poses import Action, Poses
from kinema.skeletons import COCO17
from kinema.track import Track, people_of


@pytest.fixture
def recogniser(arm_network, arm_spec):
    return Recogniser(arm_network, arm_spec)


@pytest.fixture
def raised(person) -> Track:
    """Somebody whose arms hang for two seconds and are raised for two."""
    down, up = person("stand", seconds=2), person("stand", seconds=2, start=2.0)
    points = np.concatenate([down.keypoints, up.keypoints])
    for wrist, elbow in ((9, 7), (10, 8)):
        points[60:, wrist, 1] = 2 * points[60:, elbow, 1] - points[60:, wrist, 1]
    return Track(COCO17, points, np.ones((120, 17)), np.arange(120) / 30, id=1)


def stream(*people: Track) -> list[Poses]:
    return list(people_of(people, people[0].times))


def test_each_frame_says_what_is_done(recogniser, raised):
    live = LiveRecogniser(recogniser, every=1, smooth=0.1)
    said = [live.update(poses)[0] for poses in stream(raised)]
    assert live.latency == pytest.approx(0.6)
    assert all(doing.label is None for doing in said[:22])  # three quarters of a window
    assert np.isnan(said[0].probability) and said[0].probabilities is None
    labels = [doing.label for doing in said[24:]]
    assert labels[0] == "down" and labels[-1] == "up"
    changes = [i for i in range(1, len(labels)) if labels[i] != labels[i - 1]]
    assert len(changes) <= 2  # perhaps through nothing
    assert said[-1].probabilities.sum() == pytest.approx(1)
    # Raised after 2 s: known half a window and the smoothing later.
    known = next(i for i, doing in enumerate(said) if doing.label == "up") / 30
    assert 2.3 < known < 2.0 + live.latency + 0.35


def test_between_two_looks_the_last_result_holds(arm_network, arm_spec, raised):
    looks = []

    def counted(clips):
        looks.append(len(clips))
        return arm_network(clips)

    live = LiveRecogniser(Recogniser(counted, arm_spec), every=5)
    for poses in stream(raised):
        live.update(poses)
    assert len(looks) == pytest.approx((120 - 23) / 5, abs=1)


def test_several_people_are_one_call(arm_network, arm_spec, raised):
    looks = []

    def counted(clips):
        looks.append(len(clips))
        return arm_network(clips)

    people = [replace(raised, id=i, keypoints=raised.keypoints + 50 * i) for i in range(3)]
    live = LiveRecogniser(Recogniser(counted, arm_spec), every=1)
    for poses in stream(*people):
        said = live.update(poses)
    assert set(looks) == {3}
    assert [(doing.person, doing.label) for doing in said] == [(i, "up") for i in range(3)]
    alone = LiveRecogniser(Recogniser(arm_network, arm_spec), every=1)
    for poses in stream(people[1]):
        (last,) = alone.update(poses)
    np.testing.assert_allclose(last.probabilities, said[1].probabilities, atol=1e-5)


def test_who_leaves_is_forgotten(recogniser, raised):
    live = LiveRecogniser(recogniser)
    frames = stream(raised)
    for poses in frames:
        live.update(poses)
        assert len(live._people[1].frames) <= 32  # a window of one second, and its ends
    assert len(live) == 1
    gone = Poses.empty(COCO17, time=frames[-1].time + 0.5)
    assert live.update(gone) == () and len(live) == 1
    live.update(replace(gone, time=frames[-1].time + 1.1))
    assert len(live) == 0


def test_after_a_gap_nothing_is_made_up(recogniser, raised):
    live = LiveRecogniser(recogniser, every=1)
    frames = stream(raised)
    for poses in frames[:60]:
        (before,) = live.update(poses)
    assert before.label == "down"
    for poses in frames[88:90]:  # a second out of sight
        (after,) = live.update(poses)
    assert after.label is None and np.isnan(after.probability)


def test_too_few_joints_say_nothing(recogniser, raised):
    points = raised.keypoints.copy()
    points[:, 7:] = np.nan  # only head and shoulders
    live = LiveRecogniser(recogniser, every=1)
    for poses in stream(replace(raised, keypoints=points)):
        (doing,) = live.update(poses)
        assert doing.label is None
    nobody = Poses(COCO17, np.full((1, 17, 2), np.nan), np.zeros((1, 17)), ids=[5], time=9)
    assert live.update(nobody)[0].label is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time": 0.0}, "times increase"),
        ({"time": float("nan")}, "times increase"),
        ({"ids": None, "time": 1.0}, "run a tracker"),
    ],
)
def test_frames_that_cannot_be_taken(recogniser, raised, change, message):
    live = LiveRecogniser(recogniser)
    both = stream(raised, replace(raised, id=2))[0]
    live.update(both)
    with pytest.raises(InputError, match=message):
        live.update(replace(both, **change))


def test_poses_in_space_are_refused(recogniser):
    poses = Poses(COCO17, np.zeros((1, 17, 3)), np.ones((1, 17)), space="world")
    with pytest.raises(InputError, match="in space"):
        LiveRecogniser(recogniser).update(poses)


def test_a_recogniser_of_whole_recordings_gets_windows(arm_network, arm_spec, raised):
    whole = Recogniser(arm_network, replace(arm_spec, seconds=None))
    live = LiveRecogniser(whole)
    for poses in stream(raised):
        (doing,) = live.update(poses)
    assert (whole.seconds, doing.label is not None) == (2.0, True)
    assert whole.predict([raised]).labels == arm_spec.labels


def test_options_that_are_none(recogniser, arm_spec):
    for wrong in ({"every": 0}, {"smooth": -1.0}, {"smooth": float("nan")}):
        with pytest.raises(InputError):
            LiveRecogniser(recogniser, **wrong)
    flow = Recogniser(recogniser.network, replace(arm_spec, flow=True))
    with pytest.raises(InputError, match="kinema actions predict"):
        LiveRecogniser(flow)


def test_a_recording_over_time(recogniser, raised):
    timeline = recogniser.timeline(raised)
    assert timeline.times[[0, 1]] == pytest.approx([0.5, 0.625])
    assert timeline.times[-1] == pytest.approx(3.5, abs=0.13)
    down, up = timeline.intervals()
    assert (down.label, up.label) == ("down", "up")
    assert down.end == pytest.approx(2.0, abs=0.2) and up.start == pytest.approx(2.0, abs=0.2)
    assert recogniser.predict([raised]).label in (None, "up", "down")
    with pytest.raises(InputError, match="gives no windows"):
        recogniser.timeline(raised, step=0)


def test_one_frame_is_a_recording(recogniser, raised):
    one = replace(
        raised, keypoints=raised.keypoints[:1], scores=raised.scores[:1], times=raised.times[:1]
    )
    assert len(recogniser.timeline(one).times) == 1
    assert recogniser.timeline(one).intervals() == ()


def test_windows_are_empty_where_nobody_was(raised, arm_spec):
    holes = np.r_[0:60, 90:120]
    track = replace(
        raised,
        keypoints=raised.keypoints[holes],
        scores=raised.scores[holes],
        times=raised.times[holes],
    )
    (clip,) = windows_of(track, [3.0], arm_spec)
    seen = clip[2, :, 0, 0]
    assert seen[:2].all() and not seen[2:13].any() and seen[13:].all()
    assert window_ends(0, 0, 1, 0.1).tolist() == [0.5]


def test_steady_names(arm_spec):
    enter, leave = arm_spec.threshold, arm_spec.threshold - MARGIN
    down = [0.55, enter, leave + 0.01, leave - 0.01, 0.55]
    chances = np.array([[p, 0.0, 1 - p] for p in down])
    assert steady(arm_spec, range(5), chances)[0].tolist() == [NONE, 0, 0, NONE, NONE]
    # Another takes over when it is ahead by the margin, not before.
    rivals = np.array([[0.9, 0.1, 0], [0.52, 0.48, 0], [0.46, 0.54, 0], [0.38, 0.62, 0]])
    assert steady(arm_spec, range(4), rivals)[0].tolist() == [0, 0, NONE, 1]
    nothing = np.array([[0.1, 0.1, 0.8]])
    numbers, chance = steady(arm_spec, [0], nothing)
    assert (numbers.tolist(), chance.tolist()) == ([NONE], [0.8])


def test_smoothing_is_a_running_mean(arm_spec):
    stage = Steady(arm_spec, smooth=1.0)
    stage.update(0.0, [1, 0, 0])
    _, chance = stage.update(np.log(2), [0, 1, 0])
    assert chance == pytest.approx(0.5)
    assert stage.update(1.0, [np.nan] * 3)[0] == NONE
    assert stage.update(1.1, [0, 1, 0]) == (1, 1.0)  # begins anew
    assert Steady(arm_spec).update(0, [0.2, 0.2, 0.6])[0] == NONE


def test_intervals():
    found = intervals(
        [0, 1, 2, 3, 10, 11, 12],
        ["a", "a", None, "b", "b", "b", "a"],
        [0.8, 0.6, 0.1, 0.9, 0.7, 0.5, 1.0],
        person=3,
    )
    assert found == (
        ActionInterval("a", -0.5, 1.5, pytest.approx(0.7), 3),
        ActionInterval("b", 2.5, 3.5, 0.9, 3),
        ActionInterval("b", 9.5, 11.5, pytest.approx(0.6), 3),
        ActionInterval("a", 11.5, 12.5, 1.0, 3),
    )
    assert intervals([], [], []) == ()
    assert intervals([0.0], ["a"], [0.5]) == ()  # no time at all
    assert intervals([1.0], ["a"], [0.5], single=1.2) == (ActionInterval("a", 0.4, 1.6, 0.5),)
    assert intervals([1.0], [None], [0.5], single=1.2) == ()
    kinds = [event.kind for event in events(found[:2])]
    assert kinds == ["a begins", "a ends", "b begins", "b ends"]
    with pytest.raises(InputError, match="do not increase"):
        intervals([1, 1], ["a", "a"], [1, 1])


def test_the_log_takes_the_delay_off():
    def frame(i, label):
        actions = (None if label is None else Action(label, 0.5),)
        return Poses(
            COCO17, np.zeros((1, 17, 2)), np.ones((1, 17)), ids=[4], time=i, actions=actions
        )

    labels = [None, None, "a", "a", "b", "b"]
    frames = [frame(i, label) for i, label in enumerate(labels)]
    first, last = logged(frames, latency=1.0)
    assert (first.label, first.start, first.end, first.person) == ("a", 0.5, 2.5, 4)
    assert (last.label, last.start, last.end) == ("b", 2.5, 5.0)  # holds to the end
    log = ActionLog()
    log.add(replace(frames[0], actions=None))
    assert log.intervals() == ()


ACTIONS = (
    ActionInterval("sit, down", 0.5, 61.25, 0.91234, 2),
    ActionInterval("a<b", 0.0, 1.0, 1.0, 1),
)


def test_files(tmp_path):
    for ending in ("csv", "json", "vtt"):
        write_actions(tmp_path / f"a.{ending}", ACTIONS)
    assert (tmp_path / "a.csv").read_text() == (
        'person,action,start,end,probability\n1,a<b,0.0,1.0,1.0\n2,"sit, down",0.5,61.25,0.9123\n'
    )
    assert '"action":"sit, down","start":0.5' in (tmp_path / "a.json").read_text()
    assert (tmp_path / "a.vtt").read_text() == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n1: a&lt;b\n\n"
        "00:00:00.500 --> 00:01:01.250\n2: sit, down\n"
    )
    write_actions(tmp_path / "none.json", ())
    assert (tmp_path / "none.json").read_text() == '{"actions":[]}\n'
    with pytest.raises(InputError, match=r"known are .csv, .json, .vtt"):
        write_actions(tmp_path / "a.txt", ACTIONS)


def test_a_still_picture(arm_network, arm_spec, person):
    poses = Recogniser(arm_network, replace(arm_spec, seconds=0.3))
    track = person("stand")
    picture = Poses(track.skeleton, track.keypoints[:2], np.ones((2, 17)))
    told = still(poses, picture)
    assert [action.label for action in told.actions] == ["down", "down"]
    assert still(Recogniser(arm_network, arm_spec), picture).actions == (None, None)
    assert still(poses, picture[[]]).actions == ()
