import numpy as np
import pytest

from kinema.errors import InputError
from kinema.poses import Poses
from kinema.skeletons import find_skeleton
from kinema.track import Track
from kinema.tracking.smoothing import Kalman, OneEuro

COCO = find_skeleton("coco17")
ONLINE = [
    pytest.param(OneEuro, id="one-euro"),
    pytest.param(Kalman, id="kalman"),
    pytest.param(lambda: Kalman(order=3), id="kalman of acceleration"),
]


def person(x, joints=None):
    """Somebody of size 500 at x; the joints named absent are."""
    points = np.stack([np.full(17, x), np.linspace(0, 500, 17)], axis=1)
    points[joints or []] = np.nan
    return points


def frame(people, number, ids=None, rate=30.0):
    keypoints = np.array(people).reshape(-1, 17, 2)
    scores = np.where(np.isnan(keypoints[..., 0]), 0, 0.9)
    return Poses(COCO, keypoints, scores, ids=ids, frame=number, time=number / rate)


@pytest.mark.parametrize("make", ONLINE)
def test_the_first_frame_passes(make):
    poses = frame([person(100.0)], 0)
    np.testing.assert_allclose(make().update(poses).keypoints, poses.keypoints)


@pytest.mark.parametrize("make", ONLINE)
def test_jitter_becomes_less_and_movement_is_followed(make):
    rng = np.random.default_rng(0)
    true = 100 + 4.0 * np.arange(90)
    smoother, out = make(), []
    for number, x in enumerate(true + rng.normal(scale=3, size=90)):
        out.append(smoother.update(frame([person(x)], number)).keypoints[0, 0, 0])
    error = np.array(out)[30:] - true[30:]
    assert np.std(error) < 0.97 * 3
    assert abs(error.mean()) < 8  # delay: two frames of movement at most


@pytest.mark.parametrize("make", ONLINE)
def test_only_the_past_counts(make):
    path = np.random.default_rng(1).normal(scale=20, size=40)
    full, half = make(), make()
    whole = [full.update(frame([person(x)], n)).keypoints for n, x in enumerate(path)]
    part = [half.update(frame([person(x)], n)).keypoints for n, x in enumerate(path[:20])]
    np.testing.assert_array_equal(whole[:20], part)


@pytest.mark.parametrize("make", ONLINE)
def test_people_are_told_apart_by_id_not_by_row(make):
    smoother = make()
    for number in range(20):
        left, right = person(100.0), person(900.0)
        rows, ids = ([left, right], [7, 8]) if number % 2 else ([right, left], [8, 7])
        result = smoother.update(frame(rows, number, ids=ids))
        np.testing.assert_allclose(result.keypoints, np.array(rows), atol=1e-3)


@pytest.mark.parametrize("make", ONLINE)
def test_an_absent_joint_is_absent_and_returns_afresh(make):
    smoother = make()
    for number in range(10):
        smoother.update(frame([person(100.0)], number))
    gone = smoother.update(frame([person(100.0, [3])], 10))
    np.testing.assert_array_equal(np.isnan(gone.keypoints[0, :, 0]), np.arange(17) == 3)
    for number in range(11, 25):
        smoother.update(frame([person(100.0, [3])], number))
    back = smoother.update(frame([person(400.0)], 25))
    assert back.keypoints[0, 3, 0] == pytest.approx(400)


@pytest.mark.parametrize("make", ONLINE)
def test_nobody(make):
    smoother = make()
    smoother.update(frame([person(1.0)], 0))
    assert len(smoother.update(frame([], 1))) == 0


@pytest.mark.parametrize("make", ONLINE)
def test_several_people_need_ids(make):
    with pytest.raises(InputError, match="people of frame 4 have no ids; run a tracker first"):
        make().update(frame([person(1.0), person(2.0)], 4))


@pytest.mark.parametrize("make", ONLINE)
def test_who_is_gone_for_long_is_forgotten(make):
    smoother = make()
    for number in range(0, 3000, 100):
        smoother.update(frame([person(1.0)], number, ids=[number]))
    assert len(smoother._people._known) == 1


def test_one_euro_is_the_same_offline():
    path = np.cumsum(np.random.default_rng(2).normal(scale=5, size=50))
    smoother = OneEuro()
    online = [smoother.update(frame([person(x)], n)).keypoints[0] for n, x in enumerate(path)]
    track = Track(
        COCO, np.array([person(x) for x in path]), np.full((50, 17), 0.9), np.arange(50) / 30
    )
    np.testing.assert_allclose(OneEuro().smooth(track).keypoints, online, atol=1e-2)
