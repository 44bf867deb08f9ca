"""Algebra of many vectors at once, (..., 3); what has no length gives NaN."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float64Array = npt.NDArray[np.float64]


def dot(a: Float64Array, b: Float64Array) -> Float64Array:
    """Inner products."""
    product: Float64Array = np.einsum("...i,...i->...", a, b)
    return product


def cross(a: Float64Array, b: Float64Array) -> Float64Array:
    """Cross products; several times as fast on few vectors as `numpy.cross`."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)


def unit(a: Float64Array) -> Float64Array:
    """Of length 1; NaN where there is none to keep."""
    length = np.sqrt(dot(a, a))
    return np.asarray(a / np.where(length > 0, length, np.nan)[..., None])


def across(a: Float64Array, axis: Float64Array) -> Float64Array:
    """What of `a` lies across an axis of length 1."""
    return np.asarray(a - dot(a, axis)[..., None] * axis)


def above(a: Float64Array) -> Float64Array:
    """As seen from above: without z."""
    return np.asarray(a * (1.0, 1.0, 0.0))


def angle_between(a: Float64Array, b: Float64Array) -> Float64Array:
    """Radians, 0 to pi, exact also for small angles; NaN where one has no length."""
    a, b = unit(a), unit(b)
    normal = cross(a, b)
    return np.asarray(np.arctan2(np.sqrt(dot(normal, normal)), dot(a, b)))
