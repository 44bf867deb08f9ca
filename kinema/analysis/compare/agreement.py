"""How well two measurements of one quantity agree: Bland and Altman, and correlations.

Neighbouring frames of a recording are not independent: a hundred frames of a still person are one
measurement, not a hundred. Intervals therefore count `effective_samples`, not frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from kinema.errors import ShapeError

Float64Array = npt.NDArray[np.float64]
Interval = tuple[float, float]
_NOWHERE: Interval = (float("nan"), float("nan"))


@dataclass(frozen=True)
class BlandAltman:
    """Bias and limits of agreement (Bland & Altman 1999, Stat. Methods in Medical Research 8(2)).

    Attributes:
        n: Pairs.
        n_effective: Independent pairs that they are worth.
        bias: Mean of the differences, measured less reference.
        sd: Standard deviation of the differences.
        lower: Lower limit of agreement, bias - 1.96 sd: 95 of 100 differences lie between both.
        upper: Upper limit.
        bias_ci: 95 % confidence interval of the bias.
        lower_ci: Of the lower limit.
        upper_ci: Of the upper limit.
    """

    n: int
    n_effective: float
    bias: float
    sd: float
    lower: float
    upper: float
    bias_ci: Interval
    lower_ci: Interval
    upper_ci: Interval


@dataclass(frozen=True)
class Agreement:
    """All that is said of two measurements of one quantity.

    Attributes:
        limits: Bias and limits of agreement.
        rmse: Root mean square difference.
        r: Pearson's correlation; NaN where one of the two never changes.
        r_ci: Its 95 % interval (Fisher's z).
        icc: Intraclass correlation for absolute agreement of single measurements, ICC(A,1) of
            McGraw & Wong 1996, which is ICC(2,1) of Shrout & Fleiss 1979.
    """

    limits: BlandAltman
    rmse: float
    r: float
    r_ci: Interval
    icc: float


def agreement(measured: npt.ArrayLike, reference: npt.ArrayLike) -> Agreement:
    """Compares two series (T,) of one quantity; times where either is NaN do not count.

    Raises:
        ShapeError: If they are not two series of one length.
    """
    a, b = _pairs(measured, reference)
    n = effective_samples(_pairs_with_gaps(measured, reference))
    r = _pearson(a, b)
    return Agreement(
        limits=bland_altman(a, b, n_effective=n),
        rmse=float(np.sqrt(np.mean((a - b) ** 2))) if len(a) else float("nan"),
        r=r,
        r_ci=_fisher(r, n),
        icc=intraclass(a, b),
    )


def bland_altman(
    measured: npt.ArrayLike, reference: npt.ArrayLike, *, n_effective: float | None = None
) -> BlandAltman:
    """Bias and limits of agreement of two series (T,).

    The standard error of the bias is sd / sqrt(n), that of a limit sd sqrt(1 / n +
    1.96^2 / (2 (n - 1))); intervals are of Student's t with n - 1 degrees of freedom.

    >>> found = bland_altman([1.0, 2.0, 3.0, 6.0], [1.0, 1.0, 3.0, 3.0])  # differ by 0 1 0 3
    >>> found.bias, round(found.sd, 4), round(found.lower, 4), round(found.upper, 4)
    (1.0, 1.4142, -1.7719, 3.7719)

    Args:
        measured: By the method that is judged.
        reference: By the other.
        n_effective: What the pairs are worth; all of them by default.

    Raises:
        ShapeError: If they are not two series of one length.
    """
    a, b = _pairs(measured, reference)
    differences = a - b
    count = len(differences)
    n = float(count if n_effective is None else n_effective)
    bias = float(differences.mean()) if count else float("nan")
    sd = float(differences.std(ddof=1)) if count > 1 else float("nan")
    lower, upper = bias - 1.96 * sd, bias + 1.96 * sd
    if n <= 1 or np.isnan(sd):
        return BlandAltman(count, n, bias, sd, lower, upper, _NOWHERE, _NOWHERE, _NOWHERE)
    t = float(stats.t.ppf(0.975, n - 1))
    of_bias = t * sd / np.sqrt(n)
    of_limit = t * sd * np.sqrt(1 / n + 1.96**2 / (2 * (n - 1)))
    return BlandAltman(
        n=count,
        n_effective=n,
        bias=bias,
        sd=sd,
        lower=lower,
        upper=upper,
        bias_ci=(float(bias - of_bias), float(bias + of_bias)),
        lower_ci=(float(lower - of_limit), float(lower + of_limit)),
        upper_ci=(float(upper - of_limit), float(upper + of_limit)),
    )


def intraclass(measured: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """ICC(A,1): the share of the variance that is not disagreement; 1 for equal series.

    From the mean squares of a two-way table of n subjects and 2 methods (McGraw & Wong 1996):
    (MSR - MSE) / (MSR + MSE + 2 (MSC - MSE) / n). NaN for fewer than two pairs, or no variance.

    Raises:
        ShapeError: If they are not two series of one length.
    """
    a, b = _pairs(measured, reference)
    n = len(a)
    if n < 2:
        return float("nan")
    table = np.stack([a, b], axis=1)
    grand = table.mean()
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    msr = 2 * ((rows - grand) ** 2).sum() / (n - 1)
    msc = n * ((columns - grand) ** 2).sum()
    rest = table - rows[:, None] - columns[None] + grand
    mse = (rest**2).sum() / (n - 1)
    bottom = msr + mse + 2 * (msc - mse) / n
    return float((msr - mse) / bottom) if bottom > 0 else float("nan")


def effective_samples(series: npt.ArrayLike) -> float:
    """How many independent samples a series (T,) at equal steps is worth, 1 to T.

    T / (1 + 2 sum of its autocorrelations), summed while pairs of them are positive (Geyer 1992,
    Statistical Science 7(4)). NaN are gaps. A series that never changes is worth all its samples,
    as no noise hangs together in it.
    """
    values = np.asarray(series, dtype=np.float64)
    known = ~np.isnan(values)
    n = int(known.sum())
    if n < 4:
        return float(n)
    centred = np.where(known, values - values[known].mean(), 0.0)
    variance = (centred**2).sum() / n
    if variance <= 1e-20 * max(np.abs(values[known]).max() ** 2, 1e-300):
        return float(n)
    size = 1 << (2 * len(values) - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(centred, size)) ** 2
    rho = np.fft.irfft(spectrum, size)[: len(values)] / (n * variance)
    pairs = rho[: 2 * (len(rho) // 2)].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs <= 0)
    last = negative[0] if len(negative) else len(pairs)
    time = max(2 * float(pairs[:last].sum()) - 1, 1.0)
    return max(n / time, 1.0)


def _pairs(measured: npt.ArrayLike, reference: npt.ArrayLike) -> tuple[Float64Array, Float64Array]:
    a, b = np.asarray(measured, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ShapeError(f"two series of one length are compared, got {a.shape} and {b.shape}")
    known = ~np.isnan(a + b)
    return a[known], b[known]


def _pairs_with_gaps(measured: npt.ArrayLike, reference: npt.ArrayLike) -> Float64Array:
    return np.asarray(measured, dtype=np.float64) - np.asarray(reference, dtype=np.float64)


def _pearson(a: Float64Array, b: Float64Array) -> float:
    if len(a) < 2:
        return float("nan")
    a, b = a - a.mean(), b - b.mean()
    bottom = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / bottom) if bottom > 0 else float("nan")


def _fisher(r: float, n: float) -> Interval:
    if not (n > 3 and abs(r) < 1):
        return (r, r) if abs(r) == 1 else _NOWHERE
    half = 1.96 / np.sqrt(n - 3)
    z = np.arctanh(r)
    return float(np.tanh(z - half)), float(np.tanh(z + half))
