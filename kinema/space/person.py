"""One person in space, from what all cameras see of them over time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kinema.camera import Rig
from kinema.errors import InputError
from kinema.skeleton import Skeleton
from kinema.space.bones import measured_ties, tie_information, tied_step
from kinema.space.sides import exchanged_sides, with_exchanged
from kinema.space.sightings import LEAST_CAMERAS, Sightings, inverse_trace
from kinema.space.triangulation import without_outliers

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_ROUNDS = 3
_LEAST_SCALE = 2.0  # pixels: no network is more exact
_ROBUST = 0.5  # times the median error: from there on a camera counts less (pseudo-Huber)
_OUTLIER = 3.0  # times the median error: from there on it does not count
_LEAST_MAX_ERROR = 10.0  # pixels
_TOLERATED = 1.5  # times that, once the bones have been heeded


@dataclass(frozen=True, eq=False)
class PersonInSpace:
    """One person in T frames, as C cameras see them.

    Attributes:
        points: (T, K, 3) metres; NaN where fewer than two cameras agree.
        sigma: (T, K) standard deviation of a coordinate in metres.
        scores: (T, K) mean of the scores of the cameras used; 0 where there is no point.
        errors: (C, T, K) reprojection errors in pixels of all that was seen, also of what was not
            used; NaN where nothing was seen or there is no point.
        used: (C, T, K) which cameras made the point.
        seen: (C, T, K) which cameras saw the joint.
        exchanged: (C, T, K) where left and right were exchanged.
        pixels: (C, T, K, 2) what was seen, with left and right exchanged there.
    """

    points: Float64Array
    sigma: Float64Array
    scores: Float64Array
    errors: Float64Array
    used: BoolArray
    seen: BoolArray
    exchanged: BoolArray
    pixels: Float64Array

    def errors_of(self, rig: Rig, points: Float64Array) -> Float64Array:
        """Reprojection errors (C, T, K) of other points (T, K, 3), such as smoothed ones."""
        flat = points.reshape(-1, 3)
        projected = np.stack([camera.project(flat) for camera in rig]).reshape(self.pixels.shape)
        errors = np.linalg.norm(projected - self.pixels, axis=3)
        return np.where(self.seen, errors, np.nan)


@dataclass(frozen=True)
class PersonPlan:
    """How a person is put together.

    Attributes:
        max_error: In pixels: a camera that is further off does not count. None takes 3 times the
            median error, at least 10 pixels.
        repair_sides: Whether left and right are put right in cameras that mixed them up.
        keep_bones: Whether lengths of bones are kept as constant as the cameras allow.

    Raises:
        InputError: If `max_error` is not positive.
    """

    max_error: float | None = None
    repair_sides: bool = True
    keep_bones: bool = True

    def __post_init__(self) -> None:
        if self.max_error is not None and not self.max_error > 0:
            raise InputError(
                f"the largest reprojection error must be positive, got {self.max_error}"
            )


def person_in_space(
    rig: Rig,
    skeleton: Skeleton,
    pixels: Float64Array,
    weights: Float64Array,
    plan: PersonPlan | None = None,
) -> PersonInSpace:
    """A person's joints in space.

    Args:
        rig: C cameras.
        skeleton: Of K joints.
        pixels: (C, T, K, 2), NaN where a camera does not see the joint or the person.
        weights: (C, T, K) in [0, 1], such as scores; 0 counts as unseen.
        plan: How.

    Raises:
        InputError: If the rig has one camera only.
    """
    plan = plan or PersonPlan()
    shape = weights.shape
    flat = (shape[0], shape[1] * shape[2])
    sightings = Sightings.of(rig, pixels.reshape(*flat, 2), weights.reshape(flat))
    exchanged = np.zeros(shape, dtype=bool)
    if plan.repair_sides:
        exchanged = exchanged_sides(skeleton, sightings)
        if exchanged.any():
            sightings = exchange(sightings, exchanged, skeleton)
    points, used, scale, max_error = _begun(sightings, plan.max_error)
    points, normal = _refined(skeleton, sightings, points, used, scale, plan)
    errors = sightings.pixel_errors(rig, points)
    used &= errors <= _TOLERATED * max_error
    lost = used.sum(axis=0) < LEAST_CAMERAS
    points[lost], used[:, lost], errors[:, lost] = np.nan, False, np.nan
    sigma = np.sqrt(inverse_trace(normal) / 3)
    weight = np.where(used, sightings.weights, 0)
    count = np.maximum(used.sum(axis=0), 1)
    return PersonInSpace(
        points=points.reshape(*shape[1:], 3),
        sigma=np.where(lost, np.nan, sigma).reshape(shape[1:]),
        scores=np.where(lost, 0, weight.sum(axis=0) / count).reshape(shape[1:]),
        errors=np.where(sightings.visible, errors, np.nan).reshape(shape),
        used=used.reshape(shape),
        seen=sightings.visible.reshape(shape),
        exchanged=exchanged,
        pixels=sightings.pixels.reshape(*shape, 2),
    )


def exchange(sightings: Sightings, exchanged: BoolArray, skeleton: Skeleton) -> Sightings:
    """The sightings with left and right of the joints named (C, T, K) exchanged."""

    def turned(values: Float64Array) -> Float64Array:
        shaped = values.reshape(*exchanged.shape, *values.shape[2:])
        return with_exchanged(shaped, exchanged, skeleton).reshape(values.shape)

    visible = turned(sightings.visible.astype(np.float64)) > 0
    return replace(
        sightings,
        pixels=turned(sightings.pixels),
        planes=turned(sightings.planes),
        weights=turned(sightings.weights),
        moments=turned(sightings.moments),
        visible=visible,
    )


def _begun(
    sightings: Sightings, wanted: float | None
) -> tuple[Float64Array, BoolArray, float, float]:
    """Linear solutions (M, 3) without outliers, the cameras used, and two errors in pixels.

    These are the usual error, and the one from which a camera does not count.
    """
    used = sightings.visible.copy()
    points = sightings.linear(used)
    errors = sightings.errors(points)[used]
    errors = errors[np.isfinite(errors)]
    usual = max(float(np.median(errors)) if len(errors) else 0.0, _LEAST_SCALE)
    max_error = wanted or max(_OUTLIER * usual, _LEAST_MAX_ERROR)
    points, used = without_outliers(sightings, points, used, max_error)
    return points, used, usual, max_error


def _refined(
    skeleton: Skeleton,
    sightings: Sightings,
    points: Float64Array,
    used: BoolArray,
    scale: float,
    plan: PersonPlan,
) -> tuple[Float64Array, Float64Array]:
    """Points (M, 3) after robust steps, and their information matrices (M, 6) in 1 / m^2."""
    k = len(skeleton)
    ties = measured_ties(skeleton, points.reshape(-1, k, 3)) if plan.keep_bones else []
    normal = np.zeros((len(points), 6))
    for _ in range(_ROUNDS):
        normal, gradient = sightings.step(points, used, robust=_ROBUST * scale)
        normal, gradient = normal / scale**2, gradient / scale**2
        points = tied_step(
            points.reshape(-1, k, 3), normal.reshape(-1, k, 6), gradient.reshape(-1, k, 3), ties
        ).reshape(-1, 3)
    return points, normal + tie_information(points.reshape(-1, k, 3), ties).reshape(-1, 6)
