"""Who comes back: people out of sight for long, or in an unexpected pose, by place and size."""

from __future__ import annotations

import numpy as np

from kinema.tracking.memory import Expectation, Found
from kinema.tracking.similarity import Floats, sizes_of, weighted_mean

STEP_AT_ONCE = 1.0
"""How far from the expected place somebody may turn up in any case, in sizes."""

STEP_PER_SECOND = 1.5
"""How far beside the expected place people may get while nobody sees them, in sizes / s."""

LARGEST_STEP = 3.0
"""Where that ends, in sizes; about 2.2 m."""

SIZE_RATIO = 2.0
"""By how much the size may have changed: who crouches and stands up grows by 1.6."""

NEAR_WEIGHT = 0.7
SIZE_WEIGHT = 0.5
"""How much less likely the farthest and the least fitting person is than the nearest."""

LEAST_JOINTS = 3
"""In common, to compare places and sizes by."""


def returns(expected: Expectation, sizes: Floats, found: Found) -> Floats:
    """How well people found could be those who were lost: (M, N), above 0 where possible.

    Args:
        expected: M people.
        sizes: (M,) theirs.
        found: N people.
    """
    shift, count = _shift(expected.points, found)
    reach = np.minimum(STEP_AT_ONCE + STEP_PER_SECOND * expected.seconds, LARGEST_STEP)
    far = np.linalg.norm(shift, axis=2) / (sizes * reach)[:, None]
    proportions, ratio = _compare(expected, shift, found)
    growth = np.abs(np.log(np.maximum(ratio, 1e-9))) / np.log(SIZE_RATIO)
    possible = (far <= 1) & (growth <= 1) & (count >= LEAST_JOINTS)
    near = (1 - NEAR_WEIGHT * far) * (1 - SIZE_WEIGHT * growth)
    return np.where(possible, near * (0.2 + proportions), 0.0)


def _shift(points: Floats, found: Found) -> tuple[Floats, Floats]:
    """From expected to found (M, N, D), by the mean of the common joints, and how many (M, N)."""
    difference = found.points[None] - points[:, None]
    both = ~np.isnan(difference[..., 0])
    count = both.sum(axis=2)
    total = np.where(both[..., None], difference, 0.0).sum(axis=2)
    return total / np.maximum(count, 1)[..., None], count


def _compare(expected: Expectation, shift: Floats, found: Found) -> tuple[Floats, Floats]:
    """Likeness of the poses once they are in the same place (M, N), and found / expected size."""
    aligned = found.points[None] - shift[:, :, None]
    square = ((aligned - expected.points[:, None]) ** 2).sum(axis=3)
    alike = weighted_mean(np.exp(square / (-2 * expected.variances[:, None])), found.weights)
    both = ~np.isnan(square)[..., None]
    sizes = []
    for points in (found.points[None], expected.points[:, None]):
        common = np.where(both, points, np.nan)
        people = common.reshape(-1, *common.shape[2:])
        sizes.append(sizes_of(people, 1e-9).reshape(common.shape[:2]))
    return alike, sizes[0] / sizes[1]
