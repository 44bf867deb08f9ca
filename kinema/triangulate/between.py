"""Poses between two frames, for cameras that do not take their pictures at the same instants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from kinema.poses import Poses

NEAR = 0.5
"""Of their height: who is further from where they were in the frame before is somebody else."""
_FAR = 1e6


def between(before: Poses, after: Poses, share: float) -> Poses:
    """The people at a share in [0, 1] of the way from one frame to the next, linearly.

    Who, or which joint, is in one of the two frames only is taken from the nearer one, if it is
    there.
    """
    nearer, other = (before, after) if share <= 0.5 else (after, before)
    way = min(share, 1 - share)
    keypoints = nearer.keypoints.astype(np.float64)
    scores = nearer.scores.astype(np.float64)
    for row, match in _couples(nearer, other):
        moved = keypoints[row] + way * (other.keypoints[match] - keypoints[row])
        there = ~np.isnan(moved).any(axis=1)
        keypoints[row, there] = moved[there]
        score = scores[row] + way * (other.scores[match] - scores[row])
        scores[row, there] = score[there]
    return replace(
        nearer,
        keypoints=keypoints.astype(np.float32),
        scores=scores.astype(np.float32),
        time=before.time + share * (after.time - before.time),
    )


def _couples(one: Poses, other: Poses) -> list[tuple[int, int]]:
    """Rows of the same people in two frames: by their ids, else by where they are."""
    if one.ids is not None and other.ids is not None:
        places = {identity: row for row, identity in enumerate(other.ids.tolist())}
        own = enumerate(one.ids.tolist())
        return [(row, places[identity]) for row, identity in own if identity in places]
    if len(one) == 0 or len(other) == 0:
        return []
    ways = np.linalg.norm(one.keypoints[:, None] - other.keypoints[None], axis=3)  # (N, M, K)
    known = ~np.isnan(ways)
    count = known.sum(axis=2)
    mean = np.where(known, ways, 0).sum(axis=2) / np.maximum(count, 1)
    cost = np.where(count > 0, mean / _sizes(one)[:, None], _FAR)
    rows, matches = linear_sum_assignment(np.minimum(cost, _FAR))
    chosen = zip(rows.tolist(), matches.tolist(), strict=True)
    return [(row, match) for row, match in chosen if cost[row, match] <= NEAR]


def _sizes(poses: Poses) -> npt.NDArray[np.float64]:
    """How high each person is in the picture, (N,), in pixels; at least 1."""
    heights = poses.keypoints[..., 1]
    low = np.where(np.isnan(heights), np.inf, heights).min(axis=1)
    high = np.where(np.isnan(heights), -np.inf, heights).max(axis=1)
    return np.maximum(np.where(np.isfinite(high - low), high - low, 1.0), 1.0)
