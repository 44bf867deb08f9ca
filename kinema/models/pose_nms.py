"""Parametric pose NMS: of several poses of one person, keep the best and merge what agrees.

Fang, Xie, Tai and Lu, "RMPE: Regional Multi-Person Pose Estimation", ICCV 2017, section "Parametric
Pose NMS": two poses are the same if their joints are near each other and both are sure of them
(K_sim), or if they are near altogether (H_sim). The constants are those that AlphaPose, the
authors' code, uses for COCO.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinema.poses import Float32Array, Poses

SIGMA_1 = 1.0  # softness of K_sim in the scores
SIGMA_2 = 2.65  # softness of H_sim in the distance
LAMBDA = 1.7  # weight of H_sim
ETA = 22.48  # similarity of 17 joints above which poses are the same
JOINTS_OF_ETA = 17
NEAR = 0.1  # of the longer side of the box: within that, joints are near
SAME_JOINTS = 5  # so many joints at almost the same place are enough, too
ALMOST = 7.0  # pixels, at most
MERGED_WITHIN = 15.0  # pixels, at most
BEST_WEIGHT = 1.25  # of the best joint in the score of a person


def pose_nms(poses: Poses) -> Poses:
    """The people left when poses of the same person have become one.

    The joints of those that became one are averaged, weighted by their scores, where they are near
    those of the surest. The certainty of a person is AlphaPose's: the sum of the mean score, 1.25
    times the best score and the certainty it had, brought to [0, 1].

    Args:
        poses: N people in an image, with or without boxes.
    """
    if len(poses) == 0:
        return poses
    near = _near(poses)
    certainty = np.nan_to_num(poses.person_scores)
    left = np.ones(len(poses), dtype=bool)
    keypoints, scores = poses.keypoints.copy(), poses.scores.copy()
    chosen: list[int] = []
    for person in np.argsort(-certainty, kind="stable").tolist():
        if not left[person]:
            continue
        same = alike(poses, person) & left
        same[person] = True
        left[same] = False
        keypoints[person], scores[person] = _merged(poses, person, same, float(near[person]))
        chosen.append(person)
    best = np.array(chosen)
    sure = np.nan_to_num(scores[best])
    total = sure.mean(axis=1) + BEST_WEIGHT * sure.max(axis=1) + certainty[best]
    return replace(
        poses[best],
        keypoints=keypoints[best],
        scores=scores[best],
        certainty=np.clip(total / (2 + BEST_WEIGHT), 0, 1),
    )


def _near(poses: Poses) -> Float32Array:
    """Within how many pixels joints of each person are near, (N,)."""
    boxes = poses.bounds() if poses.boxes is None else poses.boxes
    sides = np.nan_to_num(boxes[:, 2:] - boxes[:, :2])
    return np.asarray(NEAR * np.maximum(sides.max(axis=1), 1.0), dtype=np.float32)


def alike(poses: Poses, person: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which of N poses are the same person as one of them, (N,), by their joints."""
    near = float(_near(poses)[person])
    offset = poses.keypoints - poses.keypoints[person]
    distance = np.linalg.norm(offset, axis=2)  # (N, K), NaN where either has not found the joint
    found = ~np.isnan(distance)
    distance = np.where(found, distance, np.inf)
    sure = np.tanh(np.nan_to_num(poses.scores) / SIGMA_1)
    k_sim = (sure * sure[person] * (distance <= near)).sum(axis=1)
    h_sim = np.exp(-distance / near / SIGMA_2).sum(axis=1)
    eta = ETA * distance.shape[1] / JOINTS_OF_ETA
    matches = (distance <= min(near, ALMOST)).sum(axis=1)
    same: np.ndarray[tuple[int], np.dtype[np.bool_]] = (k_sim + LAMBDA * h_sim > eta) | (
        matches >= SAME_JOINTS
    )
    return same


def _merged(
    poses: Poses,
    person: int,
    same: np.ndarray[tuple[int], np.dtype[np.bool_]],
    near: float,
) -> tuple[Float32Array, Float32Array]:
    """One person out of several poses: keypoints (K, 2) and scores (K,)."""
    keypoints, scores = poses.keypoints[same], np.nan_to_num(poses.scores[same])
    reference = poses.keypoints[person]
    distance = np.linalg.norm(keypoints - reference, axis=2)
    # A joint that the surest has not found is taken from the others as it is.
    near_enough = (distance <= min(near, MERGED_WITHIN)) | np.isnan(reference).any(axis=1)
    weights = np.where(near_enough & ~np.isnan(keypoints).any(axis=2), scores, 0)  # (S, K)
    total = weights.sum(axis=0)
    merged = (np.nan_to_num(keypoints) * weights[:, :, None]).sum(axis=0)
    points = np.divide(
        merged, total[:, None], out=reference.copy(), where=(total > 0)[:, None]
    ).astype(np.float32)
    mean = np.divide(
        (weights**2).sum(axis=0), total, out=np.zeros_like(total), where=total > 0
    ).astype(np.float32)
    return points, np.where(np.isnan(points).any(axis=1), 0, mean).astype(np.float32)
