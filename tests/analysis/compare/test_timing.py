"""Clocks that are apart, found by how joints move."""

from dataclasses import replace

import numpy as np
import pytest

from kinema.analysis.compare.timing import Timing, best_timing
from kinema.errors import InputError


@pytest.mark.parametrize("late", [0.0, 0.2, -0.313, 0.1234])
@pytest.mark.parametrize("rate", [50.0, 30.0, 119.88])
def test_the_offset_is_found_between_frames(walker, late, rate):
    """To a tenth of a frame of 50 Hz."""
    timing = best_timing(walker(late=late, rate=rate), walker())
    assert timing.offset == pytest.approx(late, abs=0.002)
    assert (timing.clock, timing.correlation > 0.98) == (1.0, True)


def test_no_offset_is_none(walker):
    assert best_timing(walker(), walker()).offset == 0


def test_neither_place_nor_unit_matters(walker):
    track = walker(late=0.4)
    turned = track.keypoints[..., [1, 2, 0]] * 1000 + 5
    assert best_timing(replace(track, keypoints=turned), walker()).offset == pytest.approx(
        0.4, abs=0.002
    )


def test_with_noise(walker):
    """Joints off by 30 mm, frame by frame."""
    timing = best_timing(walker(late=0.25, noise=0.03, rate=30), walker(noise=0.03, seed=1))
    assert timing.offset == pytest.approx(0.25, abs=0.005)


def test_recordings_that_overlap_in_part(walker):
    timing = best_timing(walker(start=1.5, late=1.5), walker())
    assert timing.offset == pytest.approx(1.5, abs=0.002)


def test_a_clock_that_runs_at_another_rate(walker):
    """Times that were given at 30 frames a second, of pictures taken at 29."""
    track = walker(seconds=10, rate=29)
    slow = replace(track, times=track.times * 29 / 30)
    timing = best_timing(slow, walker(seconds=10), clock=True)
    assert timing.clock == pytest.approx(30 / 29, abs=5e-4)
    np.testing.assert_allclose(timing.apply(slow.times), track.times, atol=0.003)


def test_gaps(walker):
    track = walker(late=0.3)
    keypoints = track.keypoints.copy()
    keypoints[40:70, :9] = np.nan
    keypoints[120:125] = np.nan
    assert best_timing(replace(track, keypoints=keypoints), walker()).offset == pytest.approx(
        0.3, abs=0.003
    )


def test_apply():
    np.testing.assert_allclose(Timing(0.5, 2.0).apply([0, 1]), [0.5, 2.5])


def test_what_cannot_be_aligned(walker):
    with pytest.raises(InputError, match="less than half a second"):
        best_timing(walker(seconds=0.3), walker())
    still = replace(walker(), keypoints=np.ones((200, 17, 3)))
    with pytest.raises(InputError, match="nothing moves in both"):
        best_timing(still, walker())
    with pytest.raises(InputError, match=r"do not overlap in time: 9\.00 to 12\.98 s and 0\.00"):
        best_timing(walker(late=-9), walker(), max_offset=1.0)
    rng = np.random.default_rng(0)
    steps = rng.normal(size=(200, 17, 3)).cumsum(axis=0)
    with pytest.raises(InputError, match="do not show one movement"):
        best_timing(replace(walker(), keypoints=steps), walker())
