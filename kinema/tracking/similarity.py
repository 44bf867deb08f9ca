"""How alike two poses are: object keypoint similarity (OKS) and overlap of boxes, many at a time.

OKS is COCO's: exp(-d^2 / (2 s^2 k^2)) averaged over joints, with k = 2 sigma of the joint and s the
size of the person. Here the tolerance (s k)^2 is a number for each joint of each person, so that it
can grow with the time for which a joint has not been seen.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.skeleton import Skeleton

Floats = npt.NDArray[np.float64]

USUAL_SIGMA = 0.08
"""For joints without a published sigma: about that of knees and feet."""

SIZE_PER_SPREAD = 1.5
"""OKS takes the root of the person's area in the picture for the size. For standing people of COCO
this is about 1.5 times the root mean square distance of the joints from their centre."""

STEADY_JOINTS = ("shoulder", "hip", "neck", "thorax", "chest", "spine", "pelvis", "nose", "head")
UNSTEADY_WEIGHT = 0.3
"""Limbs swing; the torso and the head tell better how the whole person moves."""

HEAD_JOINTS = ("nose", "eye", "inner", "outer", "ear", "mouth", "jaw")
HEAD_WEIGHT = 0.3
"""Five joints of a head lie in one place, and together they count as one and a half."""

PRIOR_WEIGHT = 0.1
"""Of a joint that does not agree, added to those that are compared: few joints prove little."""

FINE_PARTS = ("face_", "left_hand_", "right_hand_")
"""Points of hands and faces are left out where there is a body: 110 of them would outvote it."""


def counted_joints(skeleton: Skeleton) -> npt.NDArray[np.intp]:
    """The indices of the joints that identity goes by: the body's, or all if there is no body."""
    names = skeleton.keypoints
    body = [i for i, name in enumerate(names) if not name.startswith(FINE_PARTS)]
    return np.array(body or range(len(names)), dtype=np.intp)


def tolerances(skeleton: Skeleton) -> Floats:
    """COCO's k = 2 sigma of each joint (K,), with a usual value where none is published."""
    sigmas = np.asarray(skeleton.sigmas, dtype=np.float64)
    return np.asarray(2 * np.where(np.isnan(sigmas), USUAL_SIGMA, sigmas))


def steadiness(skeleton: Skeleton) -> Floats:
    """The weight of each joint (K,) in how the whole person moves."""
    steady = [name.endswith(STEADY_JOINTS) for name in skeleton.keypoints]
    return np.where(steady, 1.0, UNSTEADY_WEIGHT)


def influence(skeleton: Skeleton) -> Floats:
    """The weight of each joint (K,) in how alike two poses are."""
    head = [name.endswith(HEAD_JOINTS) for name in skeleton.keypoints]
    return np.where(head, HEAD_WEIGHT, 1.0)


def sizes_of(points: Floats, least: float) -> Floats:
    """The size of each person (N, K, D), and `least` for those in one point or nowhere: (N,)."""
    found = ~np.isnan(points[:, :, :1])  # (N, K, 1)
    count = np.maximum(found.sum(axis=1), 1)  # (N, 1)
    centre = np.where(found, points, 0.0).sum(axis=1) / count
    square = np.where(found, (points - centre[:, None]) ** 2, 0.0).sum(axis=(1, 2)) / count[:, 0]
    return np.asarray(np.maximum(SIZE_PER_SPREAD * np.sqrt(square), least))


def joint_likeness(expected: Floats, variances: Floats, points: Floats) -> Floats:
    """How near each joint is to where it is expected: (M, N, K) in [0, 1], NaN where either lacks.

    Args:
        expected: (M, K, D).
        variances: (M, K) of the expectation, in squares of the unit of the points.
        points: (N, K, D).
    """
    square = ((points[None] - expected[:, None]) ** 2).sum(axis=3)  # (M, N, K)
    return np.asarray(np.exp(square / (-2 * variances[:, None])))


def weighted_mean(values: Floats, weights: Floats) -> Floats:
    """Means over the last axis, entries that are NaN left out; small where little is left.

    A single joint of weight 1 that agrees gives 0.91, and all of a body 0.99.
    """
    known = ~np.isnan(values)
    weight = known * weights
    total = weight.sum(axis=-1)
    mean: Floats = np.where(known, values, 0.0)
    mean = (mean * weight).sum(axis=-1)
    return np.asarray(mean / (total + PRIOR_WEIGHT))


def bounds(points: Floats) -> Floats:
    """The boxes around the joints found: (N, 2, D), lowest and highest; NaN for nobody."""
    low = np.fmin.reduce(points, axis=1)
    high = np.fmax.reduce(points, axis=1)
    return np.stack([low, high], axis=1)


def overlap(boxes: Floats, others: Floats) -> Floats:
    """Intersection over union of boxes (M, 2, D) with others (N, 2, D): (M, N), 0 for NaN."""
    low = np.maximum(boxes[:, None, 0], others[None, :, 0])
    high = np.minimum(boxes[:, None, 1], others[None, :, 1])
    common = np.clip(high - low, 0, None).prod(axis=2)
    volumes = (boxes[:, 1] - boxes[:, 0]).prod(axis=1)
    other_volumes = (others[:, 1] - others[:, 0]).prod(axis=1)
    union = volumes[:, None] + other_volumes - common
    return np.where(union > 0, common / np.where(union > 0, union, 1.0), 0.0)
