"""Recordings of one movement, shifted by known times: the shifts must be found again."""

from dataclasses import replace

import numpy as np
import pytest

from kinema.errors import InputError, ShapeError
from kinema.skeletons import BODY25, COCO17
from kinema.space.synchronise import offsets
from kinema.track import Track


def movement(times, *, seed=1, bend=0.0):
    """Heights (T, 17) in body heights: each joint a sum of slow waves that never repeat."""
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.3, 3.0, (6, 17))
    phase = rng.uniform(0, 2 * np.pi, (6, 17))
    size = 0.05 / frequency
    waves = size * np.sin(2 * np.pi * frequency * times[:, None, None] + phase)
    return waves.sum(axis=1) + bend * times[:, None]


def seen(offset, *, rate=30.0, length=8.0, begin=0.0, noise=0.0, height=400.0, seed=0, bend=0.0):
    """What a camera saw whose clock reads t when the first one's reads t + offset."""
    rng = np.random.default_rng(seed)
    times = begin + np.arange(int(length * rate)) / rate
    level = np.linspace(0, 1, 17)
    y = height * (level - movement(times + offset, bend=bend)) + 300
    y += rng.normal(size=y.shape) * noise * height
    x = rng.uniform(0, 500, y.shape)
    points = np.stack([x, y], axis=-1).astype(np.float32)
    return Track(COCO17, points, np.ones(y.shape, np.float32), times)


@pytest.mark.parametrize(
    ("others", "tolerance"),
    [
        pytest.param([{"offset": 0.0}], 1e-3, id="together"),
        pytest.param([{"offset": 0.1234}], 2e-3, id="between frames"),
        pytest.param([{"offset": -1.7, "rate": 60.0}], 2e-3, id="twice the rate"),
        pytest.param([{"offset": 0.7, "rate": 25.0, "length": 5.0}], 3e-3, id="shorter"),
        pytest.param([{"offset": 0.4, "begin": 100.0}], 2e-3, id="far clock"),
        pytest.param([{"offset": 0.31, "height": 90.0, "noise": 0.01}], 5e-3, id="small and noisy"),
        pytest.param([{"offset": 0.31, "bend": 0.2}], 5e-3, id="walks towards the camera"),
        pytest.param(
            [{"offset": 0.6}, {"offset": -0.9}, {"offset": 0.05}], 2e-3, id="four cameras"
        ),
    ],
)
def test_offsets_are_found(others, tolerance):
    tracks, truth = [seen(0.0)], [0.0]
    for number, how in enumerate(others, start=1):
        begin = how.get("begin", 0.0)
        tracks.append(seen(**{**how, "offset": how["offset"] - begin, "seed": number}))
        truth.append(how["offset"] - begin)
    found = offsets(tracks)
    np.testing.assert_allclose(found.seconds, truth, atol=tolerance)
    assert (found.confidence > 0.3).all()
    assert np.isnan(found.spread).all() == (len(tracks) == 2)


def test_times_with_the_offset_are_those_of_the_first_camera():
    """A foot that comes down at 4 s by the first clock and at 3.5 s by the second: +0.5 s."""
    found = offsets([seen(0.0), seen(0.5)])
    assert found.seconds[1] == pytest.approx(0.5, abs=2e-3)


def test_gaps_do_no_harm():
    one, other = seen(0.0), seen(0.37, seed=2)
    points = other.keypoints.copy()
    points[60:110] = np.nan
    points[:, 5:9] = np.nan
    found = offsets([one, replace(other, keypoints=points)])
    assert found.seconds[1] == pytest.approx(0.37, abs=3e-3)


def test_joints_with_low_scores_do_not_count():
    one, other = seen(0.0), seen(0.37, seed=2)
    points, scores = other.keypoints.copy(), other.scores.copy()
    points[:, :8] = np.random.default_rng(0).uniform(0, 900, points[:, :8].shape)
    scores[:, :8] = 0.1
    found = offsets([one, replace(other, keypoints=points, scores=scores)])
    assert found.seconds[1] == pytest.approx(0.37, abs=3e-3)


def test_several_people_whoever_is_who():
    first = [seen(0.0), seen(5.0)]
    second = [replace(seen(5.25), id=1), replace(seen(0.25), id=2)]
    assert offsets([first, second]).seconds[1] == pytest.approx(0.25, abs=3e-3)


def test_a_movement_that_repeats_itself_is_told_by_its_confidence():
    times = np.arange(300) / 30
    wave = 300 + 40 * np.sin(2 * np.pi * times)
    points = np.tile(np.stack([wave, wave], axis=-1)[:, None], (1, 17, 1))
    points[:, :, 1] += np.linspace(0, 300, 17)
    track = Track(COCO17, points, np.ones((300, 17)), times)
    assert offsets([track, track]).confidence[1] < 0.2
    assert offsets([seen(0.0), seen(0.0, seed=1)]).confidence[1] > 0.5


def test_the_largest_offset_can_be_limited():
    found = offsets([seen(0.0), seen(2.0)], longest=0.5)
    assert abs(found.seconds[1]) <= 0.55
    assert found.confidence[1] < 0.2


@pytest.mark.parametrize(
    "second",
    [
        pytest.param([], id="nobody"),
        pytest.param([seen(0.0, length=0.04)], id="one frame"),
        pytest.param(
            [replace(seen(0.0), keypoints=np.full((240, 17, 2), np.nan))], id="never found"
        ),
        pytest.param([replace(seen(0.0), keypoints=np.ones((240, 17, 2)))], id="stands still"),
    ],
)
def test_no_movement_no_offset(second):
    found = offsets([seen(0.0), second, seen(0.2, seed=3)])
    assert np.isnan(found.seconds[1])
    assert found.confidence[1] == 0
    assert found.seconds[2] == pytest.approx(0.2, abs=3e-3)


@pytest.mark.parametrize(
    ("tracks", "error", "complaint"),
    [
        pytest.param([seen(0.0)], InputError, "at least two cameras", id="one camera"),
        pytest.param(
            [
                seen(0.0),
                Track(BODY25, np.zeros((9, 25, 2)), np.ones((9, 25)), np.arange(9.0)),
            ],
            ShapeError,
            "skeleton",
            id="two skeletons",
        ),
        pytest.param(
            [
                seen(0.0),
                Track(
                    COCO17, np.zeros((9, 17, 3)), np.ones((9, 17)), np.arange(9.0), space="world"
                ),
            ],
            InputError,
            "in pictures",
            id="in space",
        ),
    ],
)
def test_what_cannot_be_synchronised(tracks, error, complaint):
    with pytest.raises(error, match=complaint):
        offsets(tracks)


def test_longest_must_be_positive():
    with pytest.raises(InputError, match="largest offset"):
        offsets([seen(0.0), seen(0.0)], longest=0.0)
