"""Several boxes of one person: the surest stays, its joints averaged with those of the others."""

from __future__ import annotations

import numpy as np

from kinema.poses import Float32Array
from kinema.skeletons import COCO17

SAME = 0.6
"""Similarity (OKS) from which on two poses are of one person. Between 0.5 and 0.7 the average
precision hardly changes; `benchmarks/accurate_views.py` chooses 0.5 or 0.6 on other pictures."""

BODY_SHARE = 0.53
"""Of a person's box that the body covers, as the areas of COCO's labels are: their median."""

NEAR = 0.1
"""Joints this near those of the surest, in roots of the area of its box, are averaged with them."""


def similarity(keypoints: Float32Array, boxes: Float32Array) -> Float32Array:
    """Object keypoint similarity of N people with each other, (N, N), by the smaller of two areas.

    As in COCO's evaluation: the mean of exp(-d^2 / (2 area (2 sigma)^2)) over the joints.

    Args:
        keypoints: (N, 17, 2)
        boxes: (N, 4) x1 y1 x2 y2, whose bodies give the areas.
    """
    areas = BODY_SHARE * np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), 1.0)
    smaller = np.minimum(areas[:, None], areas)  # (N, N)
    squares = np.square(keypoints[:, None] - keypoints).sum(axis=3)  # (N, N, 17)
    variances = np.square(2 * np.asarray(COCO17.sigmas))
    mean: Float32Array = np.exp(-squares / (2 * smaller[:, :, None] * variances)).mean(axis=2)
    return mean


def people_once(
    keypoints: Float32Array,
    scores: Float32Array,
    boxes: Float32Array,
    certainty: Float32Array,
    *,
    same: float = SAME,
) -> tuple[list[int], Float32Array]:
    """Which of N found people stay, the surest first, and their joints, (M, 17, 2).

    Args:
        keypoints: (N, 17, 2)
        scores: (N, 17)
        boxes: (N, 4)
        certainty: (N,)
        same: See `SAME`.
    """
    alike = similarity(keypoints, boxes) >= same
    left = np.ones(len(keypoints), dtype=bool)
    chosen: list[int] = []
    joints: list[Float32Array] = []
    for person in np.argsort(-certainty, kind="stable").tolist():
        if left[person]:
            together = left & alike[person]
            together[person] = True
            left &= ~together
            chosen.append(person)
            weights = scores * certainty[:, None]
            joints.append(_averaged(person, together, keypoints, weights, boxes))
    return chosen, np.array(joints, dtype=np.float32).reshape(-1, *keypoints.shape[1:])


def _averaged(
    person: int,
    together: np.ndarray[tuple[int], np.dtype[np.bool_]],
    keypoints: Float32Array,
    weights: Float32Array,
    boxes: Float32Array,
) -> Float32Array:
    size = np.sqrt(max(float((boxes[person, 2:] - boxes[person, :2]).prod()), 1.0))
    near = np.linalg.norm(keypoints[together] - keypoints[person], axis=2) < NEAR * size
    weights = np.maximum(weights[together], 1e-9) * near
    mean: Float32Array = (keypoints[together] * weights[:, :, None]).sum(axis=0)
    return np.asarray(mean / weights.sum(axis=0)[:, None], dtype=np.float32)
