"""Figures of arrays in which NaN says that a value is not known."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def mean_of_known(
    values: npt.NDArray[np.floating[Any]], axis: int | None = None
) -> npt.NDArray[np.float64]:
    """The mean of the values that are known, along an axis or of all.

    NaN, without a warning, where none is known.

    >>> mean_of_known(np.array([[1, 3], [5, np.nan], [np.nan, np.nan]]), axis=1)
    array([ 2.,  5., nan])
    """
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    mean = np.full(count.shape, np.nan)
    np.divide(np.where(known, values, 0).sum(axis=axis), count, out=mean, where=count > 0)
    return mean
