"""Bland and Altman and correlations, by hand."""

import numpy as np
import pytest
from scipy import stats

from kinema.analysis.compare.agreement import (
    agreement,
    bland_altman,
    effective_samples,
    intraclass,
)
from kinema.errors import ShapeError

# Differences 2 -1 0 3 1: mean 1, deviations 1 -2 -1 2 0, squares 10, SD sqrt(10 / 4) = 1.5811.
MEASURED, REFERENCE = [12.0, 13, 20, 28, 36], [10.0, 14, 20, 25, 35]
SD = np.sqrt(2.5)
T4 = 2.7764451  # Student's t, 4 degrees of freedom, 97.5 %


def test_bland_altman_by_hand():
    found = bland_altman(MEASURED, REFERENCE)
    assert (found.n, found.bias, found.sd) == (5, 1.0, pytest.approx(SD))
    assert (found.lower, found.upper) == (
        pytest.approx(1 - 1.96 * SD),
        pytest.approx(1 + 1.96 * SD),
    )
    half = T4 * SD / np.sqrt(5)
    assert found.bias_ci == (pytest.approx(1 - half), pytest.approx(1 + half))
    half = T4 * SD * np.sqrt(1 / 5 + 1.96**2 / 8)
    assert found.upper_ci[1] - found.upper == pytest.approx(half)
    assert found.lower - found.lower_ci[0] == pytest.approx(half)


def test_fewer_independent_samples_widen_the_intervals():
    sure, unsure = (bland_altman(MEASURED, REFERENCE, n_effective=n) for n in (5, 2.5))
    assert unsure.bias == sure.bias
    assert unsure.bias_ci[1] > sure.bias_ci[1]
    assert unsure.n_effective == 2.5
    assert np.isnan(bland_altman(MEASURED, REFERENCE, n_effective=1).bias_ci).all()


def test_the_intervals_hold_what_they_promise():
    """Of 400 samples of 30, the interval of the bias holds the true one 95 times of 100."""
    rng = np.random.default_rng(0)
    found = [bland_altman(row, np.zeros(30)) for row in rng.normal(2, 3, (400, 30))]
    bias = np.mean([f.bias_ci[0] < 2 < f.bias_ci[1] for f in found])
    limit = np.mean([f.upper_ci[0] < 2 + 1.96 * 3 < f.upper_ci[1] for f in found])
    assert bias == pytest.approx(0.95, abs=0.03)
    assert limit == pytest.approx(0.95, abs=0.04)


def test_correlations():
    found = agreement(MEASURED, REFERENCE)
    assert found.r == pytest.approx(stats.pearsonr(MEASURED, REFERENCE).statistic)
    assert found.rmse == pytest.approx(np.sqrt(15 / 5))
    assert found.r_ci[0] < found.r < found.r_ci[1]


def test_intraclass_by_hand():
    """Shrout and Fleiss's formula on 2 x 2: pairs (1, 3) and (5, 7).

    Rows have means 2 and 6: MSR = 2 (4 + 4) / 1 = 16. Columns have means 3 and 5: MSC = 2 (1 + 1) =
    4. Nothing is left: MSE = 0. ICC = 16 / (16 + 2 x 4 / 2) = 0.8.
    """
    assert intraclass([1, 5], [3, 7]) == pytest.approx(0.8)
    assert intraclass([1, 2, 3], [1, 2, 3]) == 1
    assert np.isnan(intraclass([1.0], [1.0]))
    assert np.isnan(intraclass([1.0, 1], [1.0, 1]))


def test_a_constant_offset_lowers_icc_but_not_r():
    a = np.arange(10.0)
    found = agreement(a + 5, a)
    assert (found.r, found.limits.bias, found.limits.sd) == (pytest.approx(1), 5, 0)
    assert found.icc < 0.5


def test_independent_samples():
    rng = np.random.default_rng(1)
    assert effective_samples(rng.normal(size=2000)) == pytest.approx(2000, rel=0.15)
    # Each value ten times over: 2000 values, 200 of them independent; the sum of the triangle of
    # autocorrelations is 10.
    assert effective_samples(np.repeat(rng.normal(size=200), 10)) == pytest.approx(200, rel=0.3)
    assert effective_samples(np.ones(50)) == 50
    assert effective_samples([np.nan, 1.0]) == 1


def test_gaps_do_not_count():
    found = agreement([np.nan, *MEASURED, 3], [1, *REFERENCE, np.nan])
    assert (found.limits.n, found.limits.bias) == (5, 1.0)


def test_nothing():
    found = agreement([], [])
    assert found.limits.n == 0
    assert np.isnan([found.rmse, found.r, found.icc, found.limits.bias]).all()
    still = agreement(np.ones(8), np.arange(8.0))
    assert np.isnan(still.r)
    with pytest.raises(ShapeError, match="two series of one length"):
        agreement([1.0], [1.0, 2.0])
