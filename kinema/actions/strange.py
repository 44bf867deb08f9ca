"""Tells what is unlike every example, by the distances to them.

What is taken for a label is as strange as it is far from the nearest example of that label, in
units of how far the label's own examples are from each other, times how much nearer it is to that
one than to the nearest example of any other label. Of the ways that were compared on poses of
classes that had not been taught (distances plain, within classes whitened, and by ratio; the
highest probability; the sum of the powers of the logits) this product left the fewest of them
undetected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Float64Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

USUAL = 0.9
"""Of the examples of a label, so many lie within its reach."""

ACCEPTED = 0.97
"""Of what was held out and rightly told, so much is like the examples."""

_OWN = 0.7  # of a label's own reach; the rest is that of the usual label
_WIDTH = 0.2  # of the border, in natural logarithms
_APART = 0.5  # of the distance to another label: the reach of labels that cannot be measured


@dataclass(frozen=True, eq=False)
class Border:
    """The border of what is like the examples.

    Attributes:
        reach: (L,) how far examples of a label are from the nearest other one of it.
        limit: The strangeness at which something is as likely as not unlike all examples.
    """

    reach: Float64Array
    limit: float = 1.0

    def unlike(self, away: Float64Array, told: Integers) -> Float64Array:
        """How likely (N,) it is that something is unlike all examples.

        Args:
            away: (N, L) distances from the nearest example of each label.
            told: (N,) what they are taken for.
        """
        strange = np.maximum(_strangeness(away, told, self.reach), 1e-12)
        return np.asarray(expit(np.clip(np.log(strange / self.limit) / _WIDTH, -30, 30)))


def border_of(away: Float64Array, told: Integers, truth: Integers, apart: Float64Array) -> Border:
    """The border, from what was held out.

    Args:
        away: (N, L) distances from the nearest example of each label; N may be 0.
        told: (N,) what each is taken for.
        truth: (N,) what each is.
        apart: (L,) how far the examples of each label are from the nearest of another one.
    """
    reach = np.full(len(apart), np.nan)
    for label in range(len(apart)):
        own = away[truth == label, label]
        own = own[np.isfinite(own)]
        if len(own):
            reach[label] = np.quantile(own, USUAL)
    known = ~np.isnan(reach)
    usual = float(np.median(reach[known])) if known.any() else float("nan")
    reach = np.where(known, _OWN * reach + (1 - _OWN) * usual, np.fmin(_APART * apart, usual))
    reach = np.where(np.isfinite(reach) & (reach > 0), reach, 1.0)
    right = told == truth
    if not right.any():
        return Border(reach)
    strange = _strangeness(away[right], told[right], reach)
    limit = float(np.quantile(strange, ACCEPTED))
    return Border(reach, limit if np.isfinite(limit) and limit > 0 else 1.0)


def _strangeness(away: Float64Array, told: Integers, reach: Float64Array) -> Float64Array:
    rows = np.arange(len(told))
    own = away[rows, told]
    others = away.copy()
    others[rows, told] = np.inf
    other = others.min(axis=1)
    ratio = np.divide(own, other, out=np.ones(len(own)), where=np.isfinite(own) & (other > 0))
    return np.asarray(own / reach[told] * ratio)
