"""What people do in a recording."""

from dataclasses import replace

import av
import numpy as np
import pytest

from kinema.actions.flow import FLOW_SHAPE
from kinema.actions.recognised import recognise_people
from kinema.actions.recogniser import Recogniser
from kinema.actions.spec import ActionSpec
from kinema.errors import InputError
from kinema.space.lifting import LIFT13
from kinema.track import Track

LABELS = ("low", "high")
WRIST = LIFT13.index("right_wrist")


def height_of_the_wrist(clips):
    """`high` where the right wrist is above the origin, in the picture."""
    up = -clips[:, 1, :, WRIST, 0].mean(axis=1)
    return np.stack([-up, up], axis=1) * 40


def person(high, *, frames=100, number=1, space="image"):
    points = np.random.default_rng(0).uniform(0, 100, (1, 13, 2)).repeat(frames, axis=0)
    points[:, WRIST, 1] = np.where(np.asarray(high), -80, 180)
    if space != "image":
        points = np.concatenate([points, points[..., :1]], axis=2)
    return Track(LIFT13, points, np.ones((frames, 13)), np.arange(frames) / 25, number, space)


def recogniser(**changes):
    spec = ActionSpec(LABELS, LIFT13, dimensions=2, frames=10, seconds=1.0)
    return Recogniser(height_of_the_wrist, replace(spec, **changes))


def test_each_person_has_an_action_and_intervals():
    half = np.arange(100) >= 50
    found = recognise_people([person(np.ones(100)), person(half, number=2)], recogniser())
    assert [each.track.id for each in found] == [1, 2]
    assert found[0].whole.label == "high"
    assert [each.label for each in found[0].intervals] == ["high"]
    assert [each.label for each in found[1].intervals] == ["low", "high"]
    assert found[1].intervals[1].start == pytest.approx(2.0, abs=0.3)


def test_who_is_seen_in_one_frame_only_is_passed_over():
    short = person(np.ones(1), frames=1, number=2)
    both = recognise_people([person(np.ones(100)), short], recogniser())
    assert [each.track.id for each in both] == [1]
    alone = recognise_people([short], recogniser(seconds=None))
    assert [each.track.id for each in alone] == [2]


def test_who_is_seen_for_less_than_a_window_has_one_interval():
    (found,) = recognise_people([person(np.ones(20), frames=20)], recogniser())
    (interval,) = found.intervals
    assert (interval.label, interval.start, interval.end) == ("high", 0.0, pytest.approx(0.76))


def test_several_people_at_once_give_one_result():
    people = [person(np.zeros(50), frames=50), person(np.ones(100), number=2)]
    found = recognise_people(people, recogniser(people=2, seconds=None))
    assert len(found) == 1
    assert found[0].track.id == 2


@pytest.mark.parametrize(
    ("seconds", "clips", "intervals"),
    [pytest.param(None, 1, 0, id="whole"), pytest.param(1.0, 9, 1, id="windows")],
)
def test_flow_is_taken_from_the_video(tmp_path, seconds, clips, intervals):
    taken = []

    def network(people, flow):
        taken.append((people.shape, flow.shape))
        return height_of_the_wrist(people)

    video = tmp_path / "still.mp4"
    with av.open(str(video), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 120, 160, "yuv420p"
        for _ in range(51):
            picture = av.VideoFrame.from_ndarray(np.zeros((120, 160, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    looks = recogniser(flow=True, seconds=seconds)
    people = [person(np.ones(51), frames=51)]
    found = recognise_people(people, Recogniser(network, looks.spec), video=str(video))[0]
    assert found.whole.label == "high"
    assert len(found.intervals) == intervals
    assert taken == [((clips, 3, 10, 13, 1), (clips, *FLOW_SHAPE))]


def test_flow_needs_a_video():
    with pytest.raises(InputError, match="give it the video"):
        recognise_people([person(np.ones(100))], recogniser(flow=True))


@pytest.mark.parametrize(
    ("people", "message"),
    [
        pytest.param([], "nobody", id="nobody"),
        pytest.param([person(np.ones(0), frames=0)], "nobody", id="no frames"),
        pytest.param([person(np.ones(9), frames=9, space="world")], "in space", id="space"),
    ],
)
def test_people_whose_actions_cannot_be_told(people, message):
    with pytest.raises(InputError, match=message):
        recognise_people(people, recogniser())
