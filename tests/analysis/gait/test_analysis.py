import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kinema.analysis.gait import Gait, analyse_gait
from kinema.analysis.gait.parameters import find_strides, gait_table
from kinema.analysis.gait.signals import prepare
from kinema.analysis.gait.views import Ground
from kinema.analysis.scale import scale_from_distance, to_metres
from kinema.curves import Event
from kinema.errors import InputError
from kinema.skeletons import BODY25, COCO17
from kinema.track import Track

Recorded = Callable[..., tuple[Track, list[Event]]]


def errors(gait: Gait, truth: list[Event], kind: str) -> np.ndarray:
    """Of each true event the error in seconds of its nearest found one; infinite without one."""
    found = [event for event in gait.events if event.kind == kind]
    return np.array(
        [
            min((e.time - t.time for e in found if e.side == t.side), key=abs, default=np.inf)
            for t in truth
            if t.kind == kind
        ]
    )


RECORDINGS = [
    pytest.param({"rate": 100.0}, 0.020, id="markers at 100 Hz"),
    pytest.param({"rate": 100.0, "noise": 0.003}, 0.022, id="markers with 3 mm of noise"),
    pytest.param({"rate": 100.0, "heading_deg": 250.0}, 0.020, id="markers, another way"),
    pytest.param({"rate": 100.0, "surface": "treadmill"}, 0.020, id="markers on a treadmill"),
    pytest.param({"view": "side", "rate": 30.0}, 0.033, id="side at 30 Hz"),
    pytest.param({"view": "side", "rate": 60.0}, 0.025, id="side at 60 Hz"),
    pytest.param({"view": "side", "rate": 60.0, "leftward": True}, 0.025, id="side, to the left"),
    pytest.param(
        {"view": "side", "rate": 60.0, "surface": "treadmill", "noise": 2.0},
        0.025,
        id="side on a treadmill with 2 px of noise",
    ),
]


@pytest.mark.parametrize(("recording", "limit"), RECORDINGS)
def test_walkers_events_are_all_found_and_none_invented(
    recorded: Recorded, recording: dict[str, object], limit: float
) -> None:
    track, truth = recorded(**recording)
    gait = analyse_gait(track)
    assert gait.mode == "walking"
    for kind in ("heel_strike", "toe_off"):
        wrong = errors(gait, truth, kind)
        assert np.abs(wrong).max() < 0.06
        assert np.abs(wrong).mean() < limit
    assert len(gait.events) <= len(truth) + 1  # one more may lie just outside of the recording
    assert [event.time for event in gait.events] == sorted(event.time for event in gait.events)


def test_from_behind_on_a_treadmill(recorded: Recorded) -> None:
    track, truth = recorded(view="back", rate=60.0, surface="treadmill", duration=8.0)
    gait = analyse_gait(track)
    assert (gait.view, gait.surface, gait.mode) == ("back", "treadmill", "walking")
    inner = [event for event in truth if 1.0 < event.time < 7.5]
    for kind in ("heel_strike", "toe_off"):
        assert np.abs(errors(gait, inner, kind)).max() < 0.05
    assert gait.row("step_length") is None
    width = gait.row("step_width")
    assert width is not None
    assert width.unit == "leg lengths"
    assert width.mean == pytest.approx(0.1 / 0.86, abs=0.02)


@pytest.mark.parametrize(
    "recording",
    [
        pytest.param({"rate": 100.0}, id="markers"),
        pytest.param({"rate": 60.0, "view": "side", "surface": "treadmill"}, id="side, treadmill"),
    ],
)
def test_runners(recorded: Recorded, run: object, recording: dict[str, object]) -> None:
    track, truth = recorded(style=run, **recording)
    gait = analyse_gait(track)
    assert gait.mode == "running"
    inner = [e for e in truth if track.times[0] + 0.4 < e.time < track.times[-1] - 0.4]
    for kind in ("heel_strike", "toe_off"):
        assert np.abs(errors(gait, inner, kind)).max() < 0.033
    duty, flight = gait.row("duty_factor"), gait.row("flight_time")
    assert duty is not None
    assert flight is not None
    assert duty.mean == pytest.approx(0.36, abs=0.05)
    assert flight.mean == pytest.approx(0.14 * 0.72, abs=0.035)
    assert gait.row("double_support") is None


@pytest.mark.parametrize("surface", ["overground", "treadmill"])
def test_parameters_of_a_known_walker(recorded: Recorded, surface: str) -> None:
    track, _ = recorded(duration=10.0, surface=surface)
    gait = analyse_gait(track)
    assert gait.surface == surface
    assert gait.length_unit == "m"
    expected = {
        "stride_time": (1.1, 0.005),
        "step_time": (0.55, 0.005),
        "cadence": (60 / 0.55, 0.6),
        "stance": (62.0, 2.5),
        "swing": (38.0, 2.5),
        "single_support": (38.0, 2.5),
        "double_support": (24.0, 5.0),
        "stride_length": (1.32, 0.02),
        "step_length": (0.66, 0.03),
        "speed": (1.2, 0.02),
        "step_width": (0.10, 0.005),
        "walk_ratio": (0.66 / (60 / 0.55), 0.0005),
    }
    for name, (value, tolerance) in expected.items():
        row = gait.row(name)
        assert row is not None, name
        assert row.mean == pytest.approx(value, abs=tolerance), name
        if name != "walk_ratio":
            assert abs(row.symmetry) < 3
            assert row.sd < 0.02 * abs(row.mean)


def about_the_pelvis(track: Track, space: str) -> Track:
    """As lifting to `body` or `floor` leaves it: the pelvis, or what is below it, is the origin."""
    hips = (track.joint("left_hip") + track.joint("right_hip")) / 2
    points = track.keypoints - (hips if space == "body" else hips * [1, 1, 0])[:, None]
    if space == "body":  # x right, y down, z away
        points = points[..., [0, 2, 1]] * [1, -1, 1]
    return replace(track, keypoints=points.astype(np.float32), space=space)  # type: ignore[arg-type]


@pytest.mark.parametrize("space", ["body", "world"])
def test_poses_about_the_pelvis_show_no_way(recorded: Recorded, space: str) -> None:
    walker = about_the_pelvis(recorded(duration=10.0)[0], space)
    gait = analyse_gait(walker)
    assert gait.surface == "unknown"
    names = {row.name for row in gait.table}
    assert {"cadence", "stance", "step_width"} <= names
    assert not {"speed", "step_length", "stride_length", "walk_ratio"} & names
    assert any("--place room" in warning for warning in gait.warnings)
    assert gait.row("stride_time").mean == pytest.approx(1.1, abs=0.005)
    asked = analyse_gait(walker, surface="treadmill")
    assert asked.surface == "treadmill"
    assert asked.row("speed").mean == pytest.approx(1.2, abs=0.05)
    over = analyse_gait(walker, surface="overground")
    assert (over.surface, over.row("speed")) == ("overground", None)


def test_double_support_has_the_errors_of_four_events(recorded: Recorded) -> None:
    signals = prepare(recorded(duration=4.0)[0], "space")
    kinds = {"heel_strike": (("left", 1.0), ("right", 1.5), ("left", 2.0)),
             "toe_off": (("right", 1.1), ("left", 1.6))}  # fmt: skip
    events = [Event(k, t, side, 0.01) for k, each in kinds.items() for side, t in each]
    strides = find_strides(tuple(sorted(events, key=lambda e: e.time)), signals)
    rows = {
        row.name: row
        for row in gait_table(strides, signals, Ground("overground", 0.0), "walking", None)
    }
    assert rows["double_support"].mean == pytest.approx(20.0)
    assert rows["double_support"].error == pytest.approx(
        200 * 0.01 * 2**0.5
    )  # % of 1 s: twice 14 ms
    assert rows["single_support"].error == pytest.approx(np.sqrt(2))


def test_a_picture_put_into_metres_shows_nothing_sideways(recorded: Recorded) -> None:
    picture, _ = recorded(view="side", rate=60.0, duration=8.0)
    scale = scale_from_distance((600.0, 700.0), (1000.0, 700.0), 1.0)  # 400 px a metre
    gait = analyse_gait(to_metres(picture, scale))
    step = gait.row("step_length")
    assert step is not None
    assert step.mean == pytest.approx(0.66, abs=0.03)
    assert gait.row("step_width") is None
    assert set(gait.pronation.kind.values()) == {"not measurable"}
    assert gait.shoe.kind == "none"


def test_a_limp_shows_in_step_times_and_not_in_stride_times(
    recorded: Recorded, walk: object
) -> None:
    track, _ = recorded(style=replace(walk, lag=0.45), duration=10.0)  # type: ignore[type-var]
    gait = analyse_gait(track)
    step, stride = gait.row("step_time"), gait.row("stride_time")
    assert step is not None
    assert stride is not None
    # The right foot strikes 0.45 of a stride after the left one.
    assert step.right == pytest.approx(0.45 * 1.1, abs=0.005)
    assert step.left == pytest.approx(0.55 * 1.1, abs=0.005)
    assert step.symmetry == pytest.approx(200 * (0.45 - 0.55), abs=1.5)
    assert abs(stride.symmetry) < 0.5


def test_lengths_of_a_picture_are_in_leg_lengths_or_in_metres_by_height_or_scale(
    recorded: Recorded,
) -> None:
    track, _ = recorded(view="side", rate=60.0, duration=8.0)

    def speed(**scale: float) -> tuple[float, str]:
        row = analyse_gait(track, **scale).row("speed")  # type: ignore[arg-type]
        assert row is not None
        return row.mean, row.unit

    value, unit = speed()
    assert unit == "leg lengths/s"
    assert value == pytest.approx(1.2 / 0.86, rel=0.02)
    assert speed(scale=1 / 400) == (pytest.approx(1.2, rel=0.02), "m/s")
    assert speed(height=0.86 / 0.491) == (pytest.approx(1.2, rel=0.02), "m/s")


def test_somebody_who_turns_back_is_followed_both_ways(recorded: Recorded) -> None:
    there, truth = recorded(view="side", rate=60.0, duration=5.0)
    back, later = recorded(view="side", rate=60.0, duration=5.0, leftward=True)
    pause = there.times[-1] + 1.0 - back.times[0]
    shift = there.joint("left_hip")[-1, 0] - back.joint("left_hip")[0, 0]
    moved = back.keypoints + np.array([shift, 0], dtype=np.float32)
    track = Track(
        BODY25,
        np.concatenate([there.keypoints, moved]),
        np.concatenate([there.scores, back.scores]),
        np.concatenate([there.times, back.times + pause]),
    )
    truth = truth + [replace(event, time=event.time + pause) for event in later]
    gait = analyse_gait(track)
    turn = (there.times[-1] - 0.8, back.times[0] + pause + 0.8)
    away = [event for event in truth if not turn[0] < event.time < turn[1]]
    for kind in ("heel_strike", "toe_off"):
        assert np.abs(errors(gait, away, kind)).max() < 0.04
    inside = [e for e in gait.events if there.times[-1] < e.time < back.times[0] + pause]
    assert inside == []


def test_ankles_alone_do_and_say_that_they_are_less_sure(recorded: Recorded) -> None:
    track, truth = recorded(view="side", rate=60.0)
    full, ankles = analyse_gait(track), analyse_gait(track.to(COCO17))
    assert np.abs(errors(ankles, truth, "heel_strike")).max() < 0.06
    assert len(ankles.events) >= len(truth) - 1
    surer = np.mean([event.uncertainty for event in full.events])
    assert np.mean([event.uncertainty for event in ankles.events]) > 1.5 * surer
    assert any("no heels and toes" in line for line in ankles.warnings)
    assert ankles.foot_strike.n == {"left": 0, "right": 0}
    assert "heels and toes are needed" in ankles.foot_strike.reason


def test_a_foot_that_is_not_seen_has_no_events_then(recorded: Recorded) -> None:
    track, _ = recorded(duration=8.0)
    keypoints, scores = track.keypoints.copy(), track.scores.copy()
    hidden = (track.times > 3.0) & (track.times < 5.0)
    for index, name in enumerate(BODY25.keypoints):
        if name in ("left_ankle", "left_heel", "left_big_toe"):
            keypoints[hidden, index], scores[hidden, index] = np.nan, 0
    gait = analyse_gait(replace(track, keypoints=keypoints, scores=scores))
    lost = [e for e in gait.events if e.side == "left" and 3.05 < e.time < 4.95]
    assert lost == []
    assert any("the left ankle is lost in" in line for line in gait.warnings)


def test_nobody_walks(recorded: Recorded) -> None:
    track, _ = recorded(view="side", rate=30.0)
    still = np.repeat(track.keypoints[:1], len(track), axis=0)
    still = still + np.random.default_rng(3).normal(0, 2, still.shape)
    times = track.times[:, None, None]
    jumping = still - np.array([0, 120]) * np.abs(np.sin(4 * times))
    for keypoints in (still, jumping):
        gait = analyse_gait(replace(track, keypoints=keypoints.astype(np.float32)))
        assert gait.events == ()
        assert gait.table == ()
        assert gait.mode is None
        assert gait.shoe.kind == "none"
        assert gait.warnings[0].startswith("no steps found")


def test_ten_frames_a_second_are_few_and_five_too_few(recorded: Recorded) -> None:
    gait = analyse_gait(recorded(view="side", rate=10.0, duration=8.0)[0])
    assert any("10 frames/s are few" in line for line in gait.warnings)
    with pytest.raises(InputError, match="at least 10 frames a second; this has 5"):
        analyse_gait(recorded(view="side", rate=5.0, duration=8.0)[0])


def test_refused_input(recorded: Recorded) -> None:
    track, _ = recorded()
    one = Track(BODY25, track.keypoints[:1], track.scores[:1], track.times[:1], space="world")
    with pytest.raises(InputError, match=r"at least 1 s; the person is there for 1 frame\(s\)"):
        analyse_gait(one)
    lost = replace(track, keypoints=np.full_like(track.keypoints, np.nan))
    with pytest.raises(InputError, match="the left_hip was hardly ever found"):
        analyse_gait(lost)
    with pytest.raises(InputError, match="view must be one of auto, side, back, front, not 'top'"):
        analyse_gait(track, view="top")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"such as 1\.75, got 175"):
        analyse_gait(track, height=175)
    with pytest.raises(InputError, match="positive number of metres a pixel, got -1"):
        analyse_gait(track, scale=-1)


def test_results_are_plain_json(recorded: Recorded) -> None:
    track, _ = recorded()
    plain = json.loads(json.dumps(analyse_gait(track).to_json(), allow_nan=False))
    assert set(plain["events"][0]) == {"side", "kind", "time", "uncertainty"}
    assert {"name", "unit", "left", "right", "mean", "sd", "symmetry", "n"} <= set(
        plain["table"][0]
    )


def test_the_treadmill_protocol(recorded: Recorded) -> None:
    good = analyse_gait(recorded(view="side", rate=60.0, duration=26.0, surface="treadmill")[0])
    assert [check.met for check in good.protocol] == [True] * 6
    assert good.interval[1] - good.interval[0] == pytest.approx(20.0)
    short = analyse_gait(recorded(view="side", rate=60.0, duration=6.0)[0])
    missed = {check.name for check in short.protocol if not check.met}
    assert missed == {"surface", "duration", "strides"}
