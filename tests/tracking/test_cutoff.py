import numpy as np
import pytest

from kinema.errors import InputError
from kinema.skeletons import find_skeleton
from kinema.track import Track
from kinema.tracking.cutoff import USUAL_CUTOFF, residual_cutoffs, zero_phase_response
from kinema.tracking.smoothing.butterworth import zero_phase

COCO = find_skeleton("coco17")


def moving(frequency, noise, rate=60.0, seconds=20, seed=0):
    times = np.arange(round(seconds * rate)) / rate
    rng = np.random.default_rng(seed)
    keypoints = rng.normal(scale=noise, size=(len(times), 17, 2)) if noise else 0.0
    keypoints = keypoints + 100 * np.sin(2 * np.pi * frequency * times)[:, None, None]
    keypoints = np.broadcast_to(keypoints, (len(times), 17, 2))
    return Track(COCO, keypoints, np.ones((len(times), 17)), times)


@pytest.mark.parametrize("method", ["winter", "challis"])
def test_faster_movement_and_less_noise_raise_the_cutoff(method):
    slow, fast, loud = [
        float(np.median(residual_cutoffs(moving(frequency, noise), method=method)))
        for frequency, noise in ((0.5, 2.0), (2.0, 2.0), (2.0, 10.0))
    ]
    assert 0.9 < slow < loud < fast < 12


@pytest.mark.parametrize(("method", "worse"), [("winter", 1.5), ("challis", 1.2)])
def test_the_cutoff_found_is_nearly_the_best(method, worse):
    track, truth = moving(1.2, 4.0), moving(1.2, 0.0).keypoints[:, 0, 0]
    noisy = track.keypoints[:, 0, 0].astype(float)
    tried = np.arange(1.5, 15, 0.25)
    errors = [np.std(zero_phase(noisy, cutoff, 60.0) - truth) for cutoff in tried]
    found = residual_cutoffs(track, method=method)[0]
    assert np.std(zero_phase(noisy, found, 60.0) - truth) < worse * min(errors)


def test_response_is_that_of_the_filter():
    times = np.arange(2400) / 60
    for frequency in (2.0, 5.0, 9.0):
        sine = np.sin(2 * np.pi * frequency * times)
        left = np.std(zero_phase(sine, 5.0, 60.0)[600:1800]) / np.std(sine[600:1800])
        response = zero_phase_response(np.array([frequency]), np.array([5.0]), 60.0)[0, 0]
        assert left == pytest.approx(response, abs=1e-3)
    assert zero_phase_response(np.array([5.0]), np.array([5.0]), 60.0)[0, 0] == pytest.approx(
        2**-0.5
    )


def test_too_short_or_absent():
    track = moving(1.0, 1.0)
    keypoints = track.keypoints.copy()
    keypoints[:, 3] = np.nan
    keypoints[::10, 4] = np.nan
    cutoffs = residual_cutoffs(Track(COCO, keypoints, track.scores, track.times))
    assert np.isnan(cutoffs[3])
    assert cutoffs[4] == USUAL_CUTOFF
    assert residual_cutoffs(moving(1.0, 1.0, seconds=0.1), usual=8.0).tolist() == [8.0] * 17


def test_unknown_method():
    with pytest.raises(InputError, match="there is no method 'wintre'; did you mean winter"):
        residual_cutoffs(moving(1.0, 1.0), method="wintre")
