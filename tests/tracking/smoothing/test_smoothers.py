import numpy as np
import pytest

from kinema.errors import InputError
from kinema.skeletons import find_skeleton
from kinema.track import Track
from kinema.tracking.smoothing import (
    SMOOTHERS,
    Butterworth,
    Gaussian,
    Kalman,
    Median,
    OneEuro,
    SavitzkyGolay,
    Spline,
    Whittaker,
    find_smoother,
)
from kinema.tracking.smoothing.whittaker import smoothest

COCO = find_skeleton("coco17")
NAMES = [pytest.param(name, id=name) for name in SMOOTHERS]


def track_of(path, rate=60.0):
    """A track all of whose joints follow `path` (T,) in x and its negative in y."""
    path = np.asarray(path, dtype=np.float64)
    keypoints = np.stack([path, -path], axis=1)[:, None].repeat(17, axis=1)
    times = np.arange(len(path)) / rate
    return Track(COCO, keypoints, np.ones(keypoints.shape[:2]), times)


def gain(smoother, frequency, rate=60.0):
    """What is left of a sine, over 20 seconds without the ends."""
    times = np.arange(round(20 * rate)) / rate
    path = 100 * np.sin(2 * np.pi * frequency * times)
    inner = slice(round(5 * rate), round(15 * rate))
    smooth = smoother.smooth(track_of(path, rate)).keypoints[inner, 0, 0]
    return np.std(smooth) / np.std(path[inner])


@pytest.mark.parametrize("order", [2, 4, 8])
@pytest.mark.parametrize("rate", [30.0, 240.0])
def test_butterworth_takes_3_db_at_the_cutoff_of_the_whole(order, rate):
    assert gain(Butterworth(5.0, order=order), 5.0, rate) == pytest.approx(2**-0.5, abs=1e-3)


def test_butterworth_between_the_bands():
    assert gain(Butterworth(5.0), 1.0) == pytest.approx(1, abs=2e-3)
    # Two passes of order 2 whose own cut-off is 5 Hz / 0.802: 1 / (1 + 0.414 (15 / 5)^4), and a
    # little less, since frequencies near half the frame rate are squeezed.
    assert 0.3 / (1 + 0.4142 * 81) < gain(Butterworth(5.0), 15.0) < 1 / (1 + 0.4142 * 81)


def test_gaussian_takes_3_db_at_its_cutoff():
    assert gain(Gaussian(5.0), 5.0) == pytest.approx(2**-0.5, abs=1e-3)


def test_whittaker_takes_3_db_where_it_says():
    strengths = np.full(17, 50.0)
    cutoff = Whittaker().cutoffs(strengths, 60.0)[0]
    times = np.arange(1200) / 60
    track = track_of(np.sin(2 * np.pi * cutoff * times))
    smooth = Whittaker().smooth_by(track, strengths)
    inner = slice(300, 900)
    left = np.std(smooth.keypoints[inner, 0, 0]) / np.std(track.keypoints[inner, 0, 0])
    assert left == pytest.approx(2**-0.5, abs=2e-3)


def test_whittaker_solves_its_equations():
    rng = np.random.default_rng(0)
    path, weights = rng.normal(size=(9, 2)), rng.uniform(0.5, 1, 9)
    differences = np.diff(np.eye(9), n=3, axis=0)
    dense = np.linalg.solve(
        np.diag(weights) + 7 * differences.T @ differences, weights[:, None] * path
    )
    np.testing.assert_allclose(smoothest(path, weights, np.full(9, 7.0), 3), dense, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_a_resting_person_stays(name):
    smooth = find_smoother(name).smooth(track_of(np.full(60, 7.0)))
    np.testing.assert_allclose(smooth.keypoints[..., 0], 7, atol=1e-4)


@pytest.mark.parametrize(
    "smoother",
    [
        pytest.param(Butterworth(6.0), id="butterworth"),
        pytest.param(Gaussian(6.0), id="gaussian"),
        pytest.param(Kalman(), id="kalman"),
        pytest.param(Kalman(order=3), id="kalman of acceleration"),
        pytest.param(Median(), id="median"),
        pytest.param(SavitzkyGolay(), id="savitzky-golay"),
        pytest.param(Spline(), id="spline"),
        pytest.param(Whittaker(), id="whittaker"),
    ],
)
def test_constant_velocity_passes_exactly(smoother):
    path = 10 + 3.0 * np.arange(90)
    smooth = smoother.smooth(track_of(path)).keypoints[:, 0, 0]
    np.testing.assert_allclose(smooth, path, atol=0.01)


@pytest.mark.parametrize(
    "name", [name for name in SMOOTHERS if name not in ("none", "one-euro", "median")]
)
def test_noise_becomes_less(name):
    rng = np.random.default_rng(1)
    path = 100 * np.sin(2 * np.pi * 0.8 * np.arange(300) / 60)
    noisy = track_of(path + rng.normal(scale=3, size=300))
    smooth = find_smoother(name).smooth(noisy).keypoints[:, 0, 0]
    assert np.std(smooth - path) < 0.62 * 3


def test_median_removes_a_single_wrong_frame():
    path = np.arange(30.0)
    spoilt = path.copy()
    spoilt[12] = 500
    smooth = Median().smooth(track_of(spoilt)).keypoints[:, 0, 0]
    np.testing.assert_allclose(smooth[10:15], path[10:15], atol=1.01)


@pytest.mark.parametrize("name", NAMES)
def test_gaps_stay_and_nothing_crosses_them_wrongly(name):
    path = np.full(80, 5.0)
    path[40:] = 300.0
    track = track_of(path)
    keypoints = track.keypoints.copy()
    keypoints[20:40, 3] = np.nan  # joint 3: 5 before the gap, 300 after it
    gone = Track(COCO, keypoints, track.scores, track.times)
    smooth = find_smoother(name).smooth(gone)
    np.testing.assert_array_equal(smooth.found, gone.found)
    np.testing.assert_allclose(smooth.keypoints[:15, 3, 0], 5, atol=4)
    np.testing.assert_allclose(smooth.keypoints[45:, 3, 0], 300, atol=4)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("frames", [0, 1, 2, 3, 5])
def test_short_tracks(name, frames):
    track = track_of(np.arange(float(frames)))
    smooth = find_smoother(name).smooth(track)
    assert smooth.keypoints.shape == (frames, 17, 2)
    assert np.isfinite(smooth.keypoints).all()


@pytest.mark.parametrize("name", NAMES)
def test_absent_joints_and_unknown_scores(name):
    track = track_of(np.sin(np.arange(50) / 9))
    keypoints, scores = track.keypoints.copy(), np.full((50, 17), np.nan)
    keypoints[:, 5] = np.nan
    keypoints[1::2, 6] = np.nan  # pieces of one frame only
    smooth = find_smoother(name).smooth(Track(COCO, keypoints, scores, track.times))
    np.testing.assert_array_equal(smooth.found, np.isfinite(keypoints[..., 0]))


@pytest.mark.parametrize("name", NAMES)
def test_metres_in_three_dimensions(name):
    path = np.linspace(0, 1, 60)
    keypoints = np.stack([path, path**2, -path], axis=1)[:, None].repeat(17, axis=1)
    track = Track(COCO, keypoints, np.ones((60, 17)), np.arange(60) / 60, space="world")
    smooth = find_smoother(name).smooth(track)
    assert smooth.space == "world"
    # No size is known of somebody all of whose joints are in one place, so one-euro is slow.
    assert np.abs(smooth.keypoints - keypoints).max() < (0.3 if name == "one-euro" else 0.005)


def test_kalman_knows_how_sure_it_is():
    rng = np.random.default_rng(3)
    path = 200 * np.sin(2 * np.pi * 0.5 * np.arange(600) / 60)
    smooth = Kalman(order=3).smooth(track_of(path + rng.normal(scale=2, size=600)))
    error = smooth.keypoints[:, 0, 0] - path
    assert smooth.sigma[300, 0] == pytest.approx(np.std(error), rel=0.35)
    assert smooth.sigma[0, 0] > 1.5 * smooth.sigma[300, 0]  # one side only


@pytest.mark.parametrize(
    ("make", "match"),
    [
        pytest.param(lambda: find_smoother("buterworth"), "did you mean butterworth", id="name"),
        pytest.param(lambda: Butterworth(0.0), "must be a positive number of Hz", id="cut-off"),
        pytest.param(lambda: Butterworth(6.0, order=3), "2, 4, 6", id="odd order"),
        pytest.param(lambda: Gaussian(-1.0), "must be a positive number of Hz", id="gaussian"),
        pytest.param(lambda: Kalman(order=1), "is 2 or 3, not 1", id="kalman's order"),
        pytest.param(lambda: Kalman(noise=0.0), "must be positive", id="no noise"),
        pytest.param(lambda: Median(0.0), "positive number of seconds", id="median"),
        pytest.param(lambda: OneEuro(min_cutoff=0.0), "must be positive", id="1 euro"),
        pytest.param(lambda: OneEuro(slope=-1.0), "cannot be -1", id="slope"),
        pytest.param(lambda: SavitzkyGolay(-1.0), "positive number of seconds", id="window"),
        pytest.param(lambda: SavitzkyGolay(degree=-1), "cannot be -1", id="degree"),
        pytest.param(lambda: Spline(-1.0), "cannot be -1", id="penalty"),
        pytest.param(lambda: Whittaker(order=4), "2 or 3, not 4", id="whittaker"),
    ],
)
def test_bad_settings(make, match):
    with pytest.raises(InputError, match=match):
        make()
