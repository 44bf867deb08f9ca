"""How far 3D poses are from the truth: the errors that the literature on lifting reports.

All take predictions and truth as arrays (..., K, 3) of one unit, usually metres, and give the error
in that unit. A joint that is NaN in either array does not count; where no joint counts the error is
NaN. Names follow Pavllo et al. 2019 ("3D human pose estimation in video with temporal convolutions
and semi-supervised training", CVPR, section 5.1):

- `mpjpe`, protocol 1: mean distance, joint by joint.
- `p_mpjpe`, protocol 2: after the similarity that fits each pose to the truth best.
- `n_mpjpe`, protocol 3: after the best scale alone (Rhodin et al. 2018).
- `velocity_error`: mean distance of the differences between successive frames.
- `weighted_mpjpe`: the mean with a weight for each pose, such as 1 / depth (section 4).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, ShapeError

Float64Array = npt.NDArray[np.float64]


def joint_errors(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> Float64Array:
    """The distance of each joint from its true place, (..., K); NaN where either is unknown.

    Raises:
        ShapeError: If the two differ in shape, or are not (..., K, 3).
    """
    predicted, truth = _pair(predicted, truth)
    return np.asarray(np.linalg.norm(predicted - truth, axis=-1))


def mpjpe(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Mean distance over all joints and poses.

    >>> mpjpe([[[0, 0, 0], [3, 4, 0]]], [[[0, 0, 0], [0, 0, 0]]])
    2.5

    Raises:
        ShapeError: If the two differ in shape, or are not (..., K, 3).
    """
    return _mean(joint_errors(predicted, truth))


def n_mpjpe(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Mean distance after each predicted pose has been scaled to fit the truth best.

    The scale minimises the squared distances; poses should have one origin, such as the pelvis.

    Raises:
        ShapeError: If the two differ in shape, or are not (..., K, 3).
    """
    predicted, truth = _pair(predicted, truth)
    known = _known(predicted, truth)
    p, t = np.where(known, predicted, 0), np.where(known, truth, 0)
    square = (p * p).sum(axis=(-2, -1), keepdims=True)
    product = (p * t).sum(axis=(-2, -1), keepdims=True)
    scale = np.divide(product, square, out=np.ones_like(square), where=square > 0)
    return _mean(joint_errors(scale * predicted, truth))


def p_mpjpe(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Mean distance after the best similarity of each pose: turned, moved and scaled.

    Raises:
        ShapeError: If the two differ in shape, or are not (..., K, 3).
    """
    return _mean(joint_errors(fitted(predicted, truth), truth))


def velocity_error(
    predicted: npt.ArrayLike, truth: npt.ArrayLike, *, rate: float | None = None
) -> float:
    """Mean distance between the two velocities of each joint.

    Args:
        predicted: (T, K, 3), frames in order.
        truth: (T, K, 3).
        rate: Frames per second, for a unit per second; None for one per frame, as in the paper.

    Raises:
        ShapeError: If the two differ in shape, or are not (T, K, 3).
    """
    predicted, truth = _pair(predicted, truth)
    if predicted.ndim != 3:
        raise ShapeError(f"velocities need poses (T, K, 3), got {predicted.shape}")
    error = _mean(joint_errors(np.diff(predicted, axis=0), np.diff(truth, axis=0)))
    return error if rate is None else error * rate


def weighted_mpjpe(predicted: npt.ArrayLike, truth: npt.ArrayLike, weights: npt.ArrayLike) -> float:
    """Mean over all poses and joints of weight times distance, as the loss of the paper has it.

    The weights are not divided out: with a weight of 2 everywhere it is twice `mpjpe`.

    Args:
        predicted: (..., K, 3).
        truth: (..., K, 3).
        weights: One for each pose, (...), such as 1 / depth of the root.

    Raises:
        ShapeError: If the shapes do not fit.
        InputError: If a weight is negative.
    """
    errors = joint_errors(predicted, truth)
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != errors.shape[:-1]:
        raise ShapeError(f"weights must be {errors.shape[:-1]}, they are {weights.shape}")
    if (weights < 0).any():
        raise InputError("a weight cannot be negative")
    return _mean(errors * weights[..., None])


def fitted(predicted: npt.ArrayLike, truth: npt.ArrayLike, *, scale: bool = True) -> Float64Array:
    """Each predicted pose as the similarity that fits it to the truth best moves it, (..., K, 3).

    Least squares without reflections (Umeyama 1991, IEEE PAMI 13(4), equations 39 to 42) over the
    joints known in both; with fewer than three, or all in one place, NaN.

    Args:
        predicted: (..., K, 3).
        truth: (..., K, 3).
        scale: False to turn and move only.

    Raises:
        ShapeError: If the two differ in shape, or are not (..., K, 3).
    """
    predicted, truth = _pair(predicted, truth)
    known = _known(predicted, truth)
    count = known.sum(axis=-2, keepdims=True)
    p_mean, p = _centred(predicted, known, count)
    t_mean, t = _centred(truth, known, count)
    covariance = np.swapaxes(t, -1, -2) @ p  # (..., 3, 3), sum of t p^T
    u, singular, v = np.linalg.svd(covariance)
    sign = np.ones(singular.shape)
    sign[..., 2] = np.where(np.linalg.det(u) * np.linalg.det(v) < 0, -1.0, 1.0)
    turn = (u * sign[..., None, :]) @ v
    spread = (p * p).sum(axis=(-2, -1))
    enough = (count[..., 0, 0] >= 3) & (spread > 0)
    size = np.full(spread.shape, np.nan)
    np.divide((singular * sign).sum(axis=-1), spread, out=size, where=enough)
    size = size if scale else np.where(enough, 1.0, np.nan)
    moved = (predicted - p_mean) @ np.swapaxes(turn, -1, -2)
    return np.asarray(size[..., None, None] * moved + t_mean)


def _known(predicted: Float64Array, truth: Float64Array) -> npt.NDArray[np.bool_]:
    """Which joints are there in both, (..., K, 1)."""
    return np.asarray(~np.isnan(predicted + truth).any(axis=-1, keepdims=True))


def _centred(
    points: Float64Array, known: npt.NDArray[np.bool_], count: npt.NDArray[np.int64]
) -> tuple[Float64Array, Float64Array]:
    """The mean of the known joints (..., 1, 3), and the joints about it, 0 for the others."""
    total = np.where(known, points, 0).sum(axis=-2, keepdims=True)
    mean = total / np.maximum(count, 1)
    return mean, np.where(known, points - mean, 0)


def _pair(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[Float64Array, Float64Array]:
    first = np.asarray(predicted, dtype=np.float64)
    second = np.asarray(truth, dtype=np.float64)
    if first.shape != second.shape or first.ndim < 2 or first.shape[-1] != 3:
        raise ShapeError(
            f"two arrays (..., K, 3) of one shape are compared, got {first.shape} "
            f"and {second.shape}"
        )
    return first, second


def _mean(errors: Float64Array) -> float:
    known = errors[~np.isnan(errors)]
    return float(known.mean()) if len(known) else float("nan")
