"""Rates of change: exact for parabolas, at true times, gaps stay gaps, uncertainty."""

import numpy as np
import pytest

from kinema.analysis.derivatives import differentiate, rate_of_change
from kinema.curves import Curves
from kinema.errors import InputError


def curve(values, times, sigma=None):
    sigma = None if sigma is None else np.asarray(sigma, float)[:, None]
    return Curves(("a",), ("deg",), np.asarray(values, float)[:, None], times, sigma)


EVEN = np.arange(20) / 10
UNEVEN = np.cumsum([0, 0.1, 0.12, 0.09, 0.1, 0.11, 0.1, 0.08, 0.1])


@pytest.mark.parametrize(
    ("times", "window"),
    [
        pytest.param(EVEN, None, id="central differences"),
        pytest.param(UNEVEN, None, id="uneven times"),
        pytest.param(EVEN, 0.5, id="window"),
    ],
)
def test_parabolas_are_exact(times, window):
    values = 3 + 2 * times - 5 * times**2
    speed = differentiate(curve(values, times), 1, window=window)["a"]
    acceleration = differentiate(curve(values, times), 2, window=window)["a"]
    inner = slice(2, -2)
    assert speed[inner] == pytest.approx((2 - 10 * times)[inner])
    assert acceleration[inner] == pytest.approx(np.full(len(times), -10.0)[inner])
    edge = 1 if window is None else 2
    assert np.isnan(speed[:edge]).all()
    assert np.isnan(speed[-edge:]).all()


def test_units():
    made = differentiate(curve(EVEN, EVEN), 1), differentiate(curve(EVEN, EVEN), 2)
    assert [one.units for one in made] == [("deg/s",), ("deg/s²",)]


@pytest.mark.parametrize("window", [None, 0.3], ids=["central", "window"])
def test_gaps_stay_gaps(window):
    missing = EVEN.copy()
    missing[8] = np.nan
    speed = differentiate(curve(missing, EVEN), window=window)["a"]
    assert np.flatnonzero(np.isnan(speed)).tolist() == [0, 7, 8, 9, 19] or window is None
    if window is None:
        # The middle of three has weight 0, but what is not there has no speed.
        assert np.flatnonzero(np.isnan(speed)).tolist() == [0, 7, 8, 9, 19]
    times = np.delete(EVEN, 8)  # no frame at all
    speed = differentiate(curve(times, times), window=window)["a"]
    assert np.flatnonzero(np.isnan(speed)).tolist() == [0, 7, 8, 18]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("window", [None, 0.7], ids=["central", "window"])
def test_sigma_is_that_of_many_noisy_curves(order, window):
    noise = np.random.default_rng(0).normal(size=(20, 5000)) * 0.5
    rate, _ = rate_of_change(noise, EVEN, order, window=window)
    _, sigma = rate_of_change(noise, EVEN, order, sigma=np.full(noise.shape, 0.5), window=window)
    assert sigma is not None
    assert rate[10].std() == pytest.approx(sigma[10, 0], rel=0.04)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_samples_have_no_rate(count):
    made = differentiate(curve(EVEN[:count], EVEN[:count]))
    assert np.isnan(made.values).all()
    assert len(made) == count


@pytest.mark.parametrize(
    ("times", "options", "message"),
    [
        pytest.param(EVEN, {"order": 3}, "order 1 or 2, got 3", id="order"),
        pytest.param(UNEVEN, {"window": 0.5}, "equal steps", id="uneven"),
        pytest.param(EVEN, {"window": 0.1}, "fewer than three", id="short"),
        pytest.param(EVEN, {"window": -1.0}, "fewer than three", id="negative"),
    ],
)
def test_what_cannot_be(times, options, message):
    with pytest.raises(InputError, match=message):
        differentiate(curve(times, times), **options)
