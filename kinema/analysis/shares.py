"""How sure a share is that was counted: three right of three are not 100 %."""

from __future__ import annotations

from scipy import stats

CONFIDENCE = 0.95


def share_interval(count: int, whole: int) -> tuple[float, float]:
    """Between which shares the true one lies, with 95 % confidence.

    Wilson's interval for a binomial share (Wilson 1927, Journal of the American Statistical
    Association 22, 209-212), which holds for few and for extreme counts (Brown, Cai and DasGupta
    2001). It takes the cases as independent of each other.

    Args:
        count: Of the cases that are meant.
        whole: Of all cases, at least 1.

    >>> [round(100 * end, 1) for end in share_interval(3, 3)]
    [43.9, 100.0]
    """
    found = stats.binomtest(count, whole).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)
