"""Numbers that tell poses and short movements apart, from the clips of `kinema.actions.clips`.

Of a pose: where each joint is from the middle of the hips, in body heights; the directions of the
limbs; the angles of elbows, knees, shoulders and hips. Of a movement: the mean, the spread, the
speed and the slow part of the spectrum of each of these over the clip, which do not ask when in the
clip the movement begins, and the means of its quarters, which do. What is not seen is NaN.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from kinema.poses import Float32Array
from kinema.skeleton import Skeleton

Float64Array = npt.NDArray[np.float64]

BENDS = (
    ("shoulder", "elbow", "wrist"),
    ("hip", "knee", "ankle"),
    ("elbow", "shoulder", "hip"),
    ("shoulder", "hip", "knee"),
)
"""The joints of one side at which an angle is, in the middle, and the two that it is between."""

_QUARTERS = 4
_WAVES = 4  # of the spectrum: the movement's slowest waves, without its mean
_SPEED = 10.0  # a body height a clip of 24 frames is about 0.04 a frame
_HIPS = ("left_hip", "right_hip")


def pose_features(clips: Float32Array, joints: Skeleton) -> Float64Array:
    """Of the mean pose of the first person of each clip: (N, D + 1, T, K, P) to (N, F)."""
    return _numbers(_mean(_points(clips), axis=1), joints)


def movement_features(clips: Float32Array, joints: Skeleton) -> Float64Array:
    """Of the movement of the first person of each clip: (N, D + 1, T, K, P) to (N, F)."""
    points = _points(clips)
    n, t = points.shape[:2]
    flat = points.reshape(n * t, *points.shape[2:])
    frames = np.concatenate([_numbers(flat, joints), _middle(flat, joints)], axis=1)
    frames = frames.reshape(n, t, -1)
    mean = _mean(frames, axis=1)
    away = frames - mean[:, None]
    spread = np.sqrt(_mean(away**2, axis=1))
    speed = _SPEED * _mean(np.abs(np.diff(frames, axis=1)), axis=1)
    waves = np.abs(np.fft.rfft(np.nan_to_num(away), axis=1))[:, 1 : 1 + _WAVES] * (2 / t)
    waves = np.where(np.isnan(mean)[:, None], np.nan, waves).reshape(n, -1)
    quarters = [_mean(part, axis=1) for part in np.array_split(frames, _QUARTERS, axis=1)]
    return np.concatenate([mean, spread, speed, waves, *quarters], axis=1)


def mirrored_clips(clips: Float32Array, joints: Skeleton) -> Float32Array:
    """The clips (N, C, T, K, P) as a mirror shows them; left and right change names.

    Twice is as it was.
    """
    turned = clips[:, :, :, joints.mirror_order].copy()
    turned[:, 0] *= -1
    return turned


def _points(clips: Float32Array) -> Float64Array:
    """The joints (N, T, K, D) of the first person; NaN where one is not there."""
    person = clips[..., 0].astype(np.float64)
    points = np.where(person[:, -1:] > 0, person[:, :-1], np.nan)
    return points.transpose(0, 2, 3, 1)


def _numbers(points: Float64Array, joints: Skeleton) -> Float64Array:
    """Places, directions and angles (M, F) of poses (M, K, D)."""
    places = points - _middle(points, joints, or_zero=True)[:, None]
    starts, ends = joints.edge_indices.T
    parts = [places, _direction(points[:, ends] - points[:, starts])]
    chains = _chains(joints)
    if len(chains):
        first, middle, last = (points[:, chain] for chain in chains.T)
        parts.append(_bend(first, middle, last))
    return np.concatenate([part.reshape(len(points), -1) for part in parts], axis=1)


@cache
def _chains(joints: Skeleton) -> npt.NDArray[np.intp]:
    """The joints (C, 3) of the angles that a skeleton has."""
    named = [[f"{side}_{name}" for name in bend] for side in ("left", "right") for bend in BENDS]
    chains = [
        [joints.index(name) for name in names]
        for names in named
        if all(name in joints for name in names)
    ]
    return np.array(chains, dtype=np.intp).reshape(-1, 3)


def _middle(points: Float64Array, joints: Skeleton, *, or_zero: bool = False) -> Float64Array:
    """The middle of the hips (M, D)."""
    if all(name in joints for name in _HIPS):
        middle = points[:, [joints.index(name) for name in _HIPS]].mean(axis=1)
    else:
        middle = np.full((len(points), points.shape[2]), np.nan)
    return np.where(np.isnan(middle), 0.0, middle) if or_zero else middle


def _direction(vectors: Float64Array) -> Float64Array:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1))


def _bend(start: Float64Array, middle: Float64Array, end: Float64Array) -> Float64Array:
    """Cosine and sine (M, C, 2) of the angles at `middle`; in the picture the sine has a sign."""
    one, other = _direction(start - middle), _direction(end - middle)
    cosine = (one * other).sum(axis=-1)
    if one.shape[-1] == 2:
        sine = one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
    else:
        sine = np.linalg.norm(np.cross(one, other), axis=-1)
    return np.stack([cosine, sine], axis=-1)


def _mean(values: Float64Array, *, axis: int) -> Float64Array:
    """The mean of what is known; NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0).sum(axis=axis)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))
