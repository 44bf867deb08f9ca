from dataclasses import replace

import numpy as np
import pytest

from kinema.errors import InputError
from kinema.skeletons import find_skeleton
from kinema.track import Track
from kinema.tracking.cleaning import clean, clean_already
from kinema.tracking.smoothing import SMOOTHERS


def spoilt(track):
    """With an outlier, a short gap, a long gap and the lower legs exchanged for five frames."""
    index = track.skeleton.index
    keypoints, scores = track.keypoints.copy(), track.scores.copy()
    keypoints[60, index("left_wrist")] += 120
    keypoints[20:25, index("right_elbow")] = np.nan
    keypoints[70:90, index("nose")] = np.nan
    for joint in ("hip", "knee", "ankle"):
        pair = [index(f"left_{joint}"), index(f"right_{joint}")]
        keypoints[38:43, pair] = keypoints[38:43, pair[::-1]]
    scores[np.isnan(keypoints[..., 0])] = 0
    return replace(track, keypoints=keypoints, scores=scores)


def test_all_at_once(walk):
    truth, index = walk(), walk().skeleton.index
    cleaned = clean(spoilt(walk(noise=1.5)))
    assert np.flatnonzero(cleaned.outliers[:, index("left_wrist")]).tolist() == [60]
    assert np.flatnonzero(cleaned.filled[:, index("right_elbow")]).tolist() == [20, 21, 22, 23, 24]
    assert cleaned.filled[60, index("left_wrist")]
    assert cleaned.swapped[38:43, index("left_ankle")].all()
    assert cleaned.swapped[:, index("left_ankle")].sum() == 5
    gone = ~cleaned.track.found
    assert np.flatnonzero(gone[:, index("nose")]).tolist() == list(range(70, 90))
    assert gone.sum() == 20
    error = cleaned.track.keypoints - truth.keypoints
    assert np.sqrt(np.nanmean(error**2)) < 1.5
    assert np.nanmax(np.abs(error)) < 12
    assert cleaned.cutoffs.shape == (17,)
    assert (cleaned.cutoffs > 0.5).all()


def test_sigma_is_that_of_the_errors(walk):
    truth = walk(seconds=30)
    cleaned = clean(walk(seconds=30, noise=3.0), smooth="none")
    error = np.abs(cleaned.track.keypoints - truth.keypoints)
    assert cleaned.track.sigma.shape == truth.scores.shape
    smooth = clean(walk(seconds=30, noise=3.0))
    ratio = (smooth.track.keypoints - truth.keypoints) / smooth.track.sigma[..., None]
    assert 0.68 < np.mean(np.abs(ratio) < 1) <= 1  # white noise: less is left than is said
    assert np.isfinite(error).all()


def test_what_was_not_smoothed_has_the_sigma_that_it_brought_and_never_none_at_all(walk):
    track = spoilt(walk(noise=1.5))
    assert np.isnan(clean(track, smooth="none").track.sigma).all()
    known = replace(track, sigma=np.full(track.scores.shape, 2.5))
    cleaned = clean(known, smooth="none")
    kept = cleaned.track.found & ~cleaned.filled
    assert (cleaned.track.sigma[kept] == 2.5).all()
    assert np.isnan(cleaned.track.sigma[~kept]).all()


def test_a_track_that_is_clean_already_stays_as_it_is(walk):
    track = replace(spoilt(walk(noise=1.5)), sigma=np.full((120, 17), 2.5))
    cleaned = clean_already(track)
    assert cleaned.is_untouched
    assert not clean(track).is_untouched
    np.testing.assert_array_equal(cleaned.track.keypoints, track.keypoints)
    np.testing.assert_array_equal(cleaned.track.sigma, track.sigma)
    assert not (cleaned.swapped | cleaned.outliers | cleaned.filled).any()


def test_what_is_filled_is_less_sure(walk):
    cleaned = clean(spoilt(walk(noise=1.5)))
    elbow = cleaned.track.sigma[:, cleaned.track.skeleton.index("right_elbow")]
    assert elbow[22] > elbow[20] > 2 * elbow[18]
    assert np.isnan(cleaned.track.sigma[80, cleaned.track.skeleton.index("nose")])


def test_everything_can_be_left_out(walk):
    track = spoilt(walk())
    cleaned = clean(track, smooth="none", max_gap=0, repair_swaps=False, remove_outliers=False)
    np.testing.assert_array_equal(cleaned.track.keypoints, track.keypoints)
    np.testing.assert_array_equal(cleaned.raw.keypoints, track.keypoints)
    for mask in (cleaned.swapped, cleaned.outliers, cleaned.filled):
        assert not mask.any()
    assert np.isnan(cleaned.cutoffs).all()
    assert (cleaned.confidence == 1).all()


@pytest.mark.parametrize("name", SMOOTHERS)
@pytest.mark.parametrize("frames", [0, 1, 2, 3, 5, 12])
def test_short_tracks_with_every_smoother(walk, name, frames):
    cleaned = clean(walk(seconds=frames / 30), smooth=name)
    assert cleaned.track.keypoints.shape == (frames, 17, 2)
    assert cleaned.track.found.all()


@pytest.mark.parametrize("name", SMOOTHERS)
def test_nothing_there(walk, name):
    track = walk(seconds=1)
    nothing = np.full(track.keypoints.shape, np.nan)
    cleaned = clean(Track(track.skeleton, nothing, np.zeros((30, 17)), track.times), smooth=name)
    assert not cleaned.track.found.any()
    assert np.isnan(cleaned.track.sigma).all()


def test_unknown_scores_and_a_joint_that_is_never_there(walk):
    track = walk(noise=1.0)
    keypoints = track.keypoints.copy()
    keypoints[:, 9] = np.nan
    cleaned = clean(replace(track, keypoints=keypoints, scores=np.full((120, 17), np.nan)))
    assert np.isnan(cleaned.cutoffs[9])
    assert np.isfinite(np.delete(cleaned.track.sigma, 9, axis=1)).all()


def test_missing_frames_become_gaps(walk):
    track = walk()
    there = np.delete(np.arange(120), [50, 51, 52])
    cleaned = clean(
        Track(track.skeleton, track.keypoints[there], track.scores[there], track.times[there])
    )
    assert len(cleaned.raw) == len(cleaned.track) == 120
    assert cleaned.filled[50:53].all()
    assert np.isnan(cleaned.raw.keypoints[50:53]).all()


def test_metres(walk):
    flat = walk(noise=1.0)
    keypoints = np.zeros((*flat.scores.shape, 3))
    keypoints[..., 0] = flat.keypoints[..., 0] / 300
    keypoints[..., 2] = (500 - flat.keypoints[..., 1]) / 300
    track = Track(flat.skeleton, keypoints, flat.scores, flat.times, space="world")
    cleaned = clean(track)
    assert cleaned.track.space == "world"
    assert np.abs(cleaned.track.keypoints - keypoints).max() < 0.03
    assert not cleaned.swapped.any()


def test_a_hand_has_no_sides_to_swap():
    skeleton = find_skeleton("hand21")
    keypoints = np.random.default_rng(0).normal(size=(40, 21, 2)) + 100
    track = Track(skeleton, keypoints, np.ones((40, 21)), np.arange(40) / 30)
    assert clean(track).track.found.all()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        pytest.param(
            {"smooth": "kalmann"}, "there is no smoother 'kalmann'; did you mean", id="name"
        ),
        pytest.param({"max_gap": -0.1}, "cannot be -0.1 seconds", id="gap"),
    ],
)
def test_bad_settings(walk, options, match):
    with pytest.raises(InputError, match=match):
        clean(walk(), **options)
