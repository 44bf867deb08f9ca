"""One person over time."""

import numpy as np
import pytest

from kinema.errors import InputError, ShapeError, SkeletonError
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17
from kinema.track import Track, people_of, tracks

NAN = np.nan
FACE = Skeleton("face", ("nose", "right_eye", "left_eye"))


def people(*ids, **more):
    """People with these ids: person i has its keypoints at (10 i + k, 100 + 10 i + k)."""
    x = 10 * np.arange(len(ids))[:, None] + np.arange(3)  # (N, 3)
    scores = np.full((len(ids), 3), 0.5)
    return Poses(FACE, np.stack([x, 100 + x], axis=2), scores, ids=ids, **more)


def track(times, **more):
    t = len(times)
    keypoints = np.arange(t * 6).reshape(t, 3, 2)
    return Track(FACE, keypoints, np.full((t, 3), 0.5), times, **more)


def test_track():
    path = track([0, 0.04, 0.1], id=4)
    assert len(path) == 3
    assert path.times.dtype == np.float64
    assert path.keypoints.dtype == path.scores.dtype == np.float32
    assert path.joint("right_eye").tolist() == [[2, 3], [8, 9], [14, 15]]
    for array in (path.times, path.keypoints, path.scores):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_track_of_no_time():
    assert len(track([])) == 0
    assert track([]).joint("nose").shape == (0, 2)


@pytest.mark.parametrize(
    "times",
    [
        pytest.param([0, 1, 1], id="twice"),
        pytest.param([1, 0, 2], id="backwards"),
        pytest.param([0, NAN, 2], id="NaN"),
    ],
)
def test_times_must_increase(times):
    with pytest.raises(InputError, match="the times of track 8 do not increase"):
        track(times, id=8)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        pytest.param({"times": [0.0]}, r"keypoints .* \(1, 3, 2\), got \(2, 3, 2\)", id="T"),
        pytest.param({"times": 0.0}, r"times .* \(0,\), got \(\)", id="one number"),
        pytest.param({"times": [[0, 1]]}, r"times .* \(1,\), got \(1, 2\)", id="two axes"),
        pytest.param({"keypoints": np.zeros((2, 3, 3))}, r"\(2, 3, 2\), got \(2, 3, 3\)", id="D"),
        pytest.param(
            {"scores": np.zeros((2, 1))}, r"scores .* \(2, 3\), got \(2, 1\)", id="scores"
        ),
        pytest.param({"space": "body"}, r"\(2, 3, 3\), got \(2, 3, 2\)", id="space"),
    ],
)
def test_track_shapes_that_do_not_fit(wrong, message):
    right = {"keypoints": np.zeros((2, 3, 2)), "scores": np.zeros((2, 3)), "times": [0, 1]}
    with pytest.raises(ShapeError, match=message):
        Track(FACE, **{**right, **wrong})


def test_tracks_follow_identities():
    stream = [
        people(5, 3, time=0.0),
        Poses.empty(FACE, time=0.1),
        people(3, time=0.2),
        people(7, 3, 5, time=0.3),
    ]
    first, second, third = tracks(stream)
    assert [first.id, second.id, third.id] == [5, 3, 7]
    assert first.times.tolist() == [0.0, 0.3]
    assert first.joint("nose")[:, 0].tolist() == [0, 20]
    assert second.times.tolist() == [0.0, 0.2, 0.3]
    assert second.joint("nose")[:, 0].tolist() == [10, 0, 10]
    assert third.scores.tolist() == [[0.5, 0.5, 0.5]]


def test_tracks_keep_the_space():
    poses = Poses(FACE, np.zeros((1, 3, 3)), np.ones((1, 3)), ids=[1], space="world")
    assert tracks([poses])[0].space == "world"


def test_tracks_take_any_iterable_once():
    stream = (people(0, time=0.04 * i) for i in range(100))
    assert len(tracks(stream)[0]) == 100


@pytest.mark.parametrize("stream", [[], [Poses.empty(FACE)]], ids=["no frames", "nobody"])
def test_no_tracks(stream):
    assert tracks(stream) == []


def test_tracks_need_ids():
    with pytest.raises(InputError, match="the people of frame 6 have no ids; run a tracker first"):
        tracks([Poses(FACE, np.zeros((1, 3, 2)), np.ones((1, 3)), frame=6)])


def test_tracks_need_one_skeleton():
    other = Poses(COCO17, np.zeros((1, 17, 2)), np.ones((1, 17)), ids=[1], frame=9, time=1.0)
    with pytest.raises(SkeletonError, match="frame 9 has skeleton coco17, before it was face"):
        tracks([people(1), other])


def test_one_identity_cannot_be_twice_in_a_frame():
    with pytest.raises(InputError, match="the times of track 1 do not increase"):
        tracks([people(1, 1)])


def test_rate_of_rounded_times_with_a_gap():
    times = np.round(np.arange(300) / 30, 3)  # milliseconds: 0.033, 0.067, 0.1, ...
    kept = np.delete(times, slice(100, 150))
    assert track(kept).rate == pytest.approx(30, abs=0.01)
    assert np.isnan(track([1.0]).rate)


def test_regular_opens_gaps_and_keeps_what_was_there():
    path = track([0, 0.1, 0.2, 0.5, 0.6])
    even = path.regular()
    np.testing.assert_allclose(even.times, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    np.testing.assert_array_equal(even.keypoints[[0, 1, 2, 5, 6]], path.keypoints)
    assert np.isnan(even.keypoints[3:5]).all()
    assert (even.scores[3:5] == 0).all()


def test_regular_at_another_rate_lies_between():
    path = track([0, 0.1, 0.2])  # joint 0 at x = 0, 6, 12
    even = path.regular(20)
    np.testing.assert_allclose(even.joint("nose")[:, 0], [0, 3, 6, 9, 12], rtol=1e-6)
    with pytest.raises(InputError, match="positive number of frames"):
        path.regular(-1)
    assert track([1.0]).regular() is not None


def test_regular_does_not_smooth_times_that_shake():
    times = np.arange(10) / 10 + np.tile([0, 0.004], 5)
    path = track(times)
    np.testing.assert_array_equal(path.regular().keypoints, path.keypoints)


def test_at_gives_nothing_outside():
    path = track([0, 0.1, 0.2])
    found = path.at([-0.01, 0.05, 0.21])
    assert found.found.tolist() == [[False] * 3, [True] * 3, [False] * 3]
    assert found.joint("nose")[1].tolist() == [3, 4]
    assert track([]).at([0.0, 1.0]).found.tolist() == [[False] * 3] * 2


def test_at_carries_sigma():
    path = Track(FACE, np.zeros((2, 3, 2)), np.ones((2, 3)), [0, 1], sigma=[[1, 2, 3], [3, 2, 1]])
    assert path.at([0.5]).sigma.tolist() == [[2, 2, 2]]


def test_track_to_another_skeleton():
    t, k = 2, len(COCO17)
    path = Track(COCO17, np.ones((t, k, 2)), np.full((t, k), 0.5), [0, 1], sigma=np.ones((t, k)))
    hips = path.to(Skeleton("hips", ("mid_hip", "left_hip", "tail")))
    assert hips.keypoints[0, :2].tolist() == [[1, 1], [1, 1]]
    assert hips.sigma[0, :2].tolist() == pytest.approx([np.sqrt(0.5), 1])
    assert np.isnan(hips.keypoints[0, 2]).all()
    assert hips.scores[0].tolist() == [0.5, 0.5, 0]


def test_people_of_and_back():
    first = track([0, 0.1, 0.2], id=3)
    second = track([0.1, 0.2, 0.3], id=1)
    frames = list(people_of([first, second], [0, 0.1, 0.2, 0.3]))
    assert [frame.ids.tolist() for frame in frames] == [[3], [3, 1], [3, 1], [1]]
    again = tracks(frames)
    for before, after in zip([first, second], again, strict=True):
        np.testing.assert_array_equal(before.keypoints, after.keypoints)
        np.testing.assert_array_equal(before.times, after.times)
    assert list(people_of([], [0.0])) == []
    with pytest.raises(SkeletonError, match="track 0 has skeleton"):
        list(people_of([first, Track(COCO17, np.zeros((0, 17, 2)), np.zeros((0, 17)), [])], [0]))
