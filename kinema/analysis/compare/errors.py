"""How far one recording is from another, joint by joint and axis by axis.

The measures of the literature on poses in space (Pavllo et al. 2019, section 5.1), here for two
dimensions as well: MPJPE, the mean distance of a joint; P-MPJPE, the same after the similarity that
fits each pose best; and the mean distance of velocities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.analysis.compare.placement import frame_by_frame

Float64Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class JointError:
    """The error of one joint, in the unit of the recordings.

    Attributes:
        joint: Its name.
        n: Frames in which both recordings have it.
        mean: Mean distance.
        median: Median distance.
        p95: Distance that 95 of 100 frames do not exceed.
        rmse: Root mean square distance.
        bias: Mean difference on each axis, measured less reference.
        spread: Standard deviation of the difference on each axis.
        r: Pearson's correlation of the path on each axis; NaN where it does not move.
    """

    joint: str
    n: int
    mean: float
    median: float
    p95: float
    rmse: float
    bias: tuple[float, ...]
    spread: tuple[float, ...]
    r: tuple[float, ...]


@dataclass(frozen=True)
class Errors:
    """The errors of a recording as a whole.

    Attributes:
        joints: Of each joint.
        mpjpe: Mean distance over all joints and frames.
        p_mpjpe: The same after each pose has been turned, moved and scaled to fit best.
        velocity: Mean distance of the velocities, per second.
        rmse: On each axis, over all joints and frames.
        coverage: Share of what the reference has that the recording has too: a method that leaves
            out what is hard has small errors of the rest.
    """

    joints: tuple[JointError, ...]
    mpjpe: float
    p_mpjpe: float
    velocity: float
    rmse: tuple[float, ...]
    coverage: float


def errors_of(
    measured: Float64Array,
    reference: Float64Array,
    times: Float64Array,
    joints: tuple[str, ...],
) -> Errors:
    """The errors of `measured` (T, K, D) beside `reference` (T, K, D) at the same times (T,).

    NaN in either does not count. Velocities are differences of successive frames; those across a
    gap, of more than one and a half usual frames, do not count.
    """
    difference = measured - reference
    distance = np.linalg.norm(difference, axis=2)
    axes = tuple(float(_rms(difference[..., axis])) for axis in range(difference.shape[2]))
    return Errors(
        joints=tuple(
            _joint_error(name, measured[:, k], reference[:, k]) for k, name in enumerate(joints)
        ),
        mpjpe=_mean(distance),
        p_mpjpe=_mean(np.linalg.norm(frame_by_frame(measured, reference) - reference, axis=2)),
        velocity=_velocity(difference, times),
        rmse=axes,
        coverage=_coverage(distance, reference),
    )


def _joint_error(joint: str, measured: Float64Array, reference: Float64Array) -> JointError:
    known = ~np.isnan(measured + reference).any(axis=1)
    a, b = measured[known], reference[known]
    n, d = a.shape
    if n == 0:
        unknown = (float("nan"),) * d
        return JointError(joint, 0, *(float("nan"),) * 4, unknown, unknown, unknown)
    difference = a - b
    distance = np.linalg.norm(difference, axis=1)
    return JointError(
        joint=joint,
        n=n,
        mean=float(distance.mean()),
        median=float(np.median(distance)),
        p95=float(np.percentile(distance, 95)),
        rmse=float(np.sqrt((distance**2).mean())),
        bias=tuple(difference.mean(axis=0).tolist()),
        spread=tuple(difference.std(axis=0, ddof=1).tolist()) if n > 1 else (float("nan"),) * d,
        r=tuple(_pearson(a[:, axis], b[:, axis]) for axis in range(d)),
    )


def _coverage(distance: Float64Array, reference: Float64Array) -> float:
    there = ~np.isnan(reference).any(axis=2)
    return float((~np.isnan(distance)).sum() / there.sum()) if there.any() else float("nan")


def _velocity(difference: Float64Array, times: Float64Array) -> float:
    steps = np.diff(times)
    if len(steps) == 0:
        return float("nan")
    near = steps <= 1.5 * np.median(steps)
    change = np.linalg.norm(np.diff(difference, axis=0), axis=2)[near] / steps[near, None]
    return _mean(change)


def _pearson(a: Float64Array, b: Float64Array) -> float:
    a, b = a - a.mean(), b - b.mean()
    bottom = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / bottom) if bottom > 1e-12 else float("nan")


def _rms(values: Float64Array) -> float:
    return float(np.sqrt(_mean(values**2)))


def _mean(values: Float64Array) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
