"""One person over time."""

import numpy as np
import pytest

from kinema.errors import InputError, ShapeError, SkeletonError
from kinema.poses import Poses, Track, tracks
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17

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
