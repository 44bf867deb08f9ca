from __future__ import annotations

from fractions import Fraction

import pytest

from kinema.media.clock import FrameClock


@pytest.mark.parametrize(
    ("stamps", "times"),
    [
        pytest.param([0, 100, 200], [0, 0.1, 0.2], id="even"),
        pytest.param([5000, 5040, 5900], [0, 0.04, 0.9], id="variable, does not begin at 0"),
        pytest.param([-80, 20, 120], [0, 0.1, 0.2], id="begins before 0"),
        pytest.param([None, None, None], [0, 0.1, 0.2], id="none at all"),
        pytest.param([0, None, 200], [0, 0.1, 0.2], id="one missing"),
        pytest.param([None, 700, 900], [0, 0.1, 0.3], id="first missing"),
        pytest.param([0, 100, 100, 200], [0, 0.1, 0.11, 0.2], id="one twice"),
        pytest.param([0, 300, 200, 400], [0, 0.3, 0.31, 0.4], id="one too early"),
        pytest.param([0, 5000, 0, 100], [0, 5, 5.1, 5.2], id="begins anew"),
    ],
)
def test_times_from_milliseconds_at_ten_frames_a_second(stamps, times):
    clock = FrameClock(Fraction(1, 10))
    given = [None if stamp is None else Fraction(stamp, 1000) for stamp in stamps]
    assert [clock.seconds(stamp) for stamp in given] == pytest.approx(times, abs=1e-12)


def test_many_missing_stamps_do_not_drift():
    clock = FrameClock(Fraction(1001, 30000))
    times = [clock.seconds(None) for _ in range(30001)]
    assert times[-1] == 1001.0
