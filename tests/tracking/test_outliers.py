from dataclasses import replace

import numpy as np
import pytest

from kinema.tracking.outliers import find_outliers


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_jumps_that_return(walk, frames, noise):
    track = walk(noise=noise)
    keypoints = track.keypoints.copy()
    column = track.skeleton.index("left_wrist")
    keypoints[40 : 40 + frames, column] += [90, -70]
    outliers = find_outliers(replace(track, keypoints=keypoints))
    assert np.flatnonzero(outliers[:, column]).tolist() == list(range(40, 40 + frames))
    assert outliers.sum() == frames


@pytest.mark.parametrize("rate", [30.0, 60.0, 120.0])
@pytest.mark.parametrize("noise", [0.0, 1.0, 3.0])
def test_walking_and_running_have_none(walk, rate, noise):
    for cadence in (1.0, 1.6):
        track = walk(rate=rate, noise=noise, cadence=cadence)
        assert find_outliers(track).mean() < 0.001


def test_noise_alone_is_not_made_of_outliers(walk):
    assert find_outliers(walk(seconds=20, noise=8.0)).mean() < 0.005


@pytest.mark.parametrize("frames", [0, 1, 2, 3, 5])
def test_short_tracks(walk, frames):
    assert not find_outliers(walk(seconds=frames / 30)).any()


def test_absent_joints(walk):
    track = walk()
    keypoints = track.keypoints.copy()
    keypoints[:, 3] = np.nan
    keypoints[::2, 4] = np.nan
    assert not find_outliers(replace(track, keypoints=keypoints)).any()
