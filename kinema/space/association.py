"""Who is who in several cameras: the same people found in all views, and from frame to frame.

Whoever was known in the frame before is projected into every camera and takes the detections that
lie nearest, at most one a camera (assignment of least cost). Cameras whose detection does not fit
the others are let go. From what is left over, new people are made: of two detections in different
cameras whose rays meet joint by joint (which is the epipolar constraint), and then of those of
further cameras that fit. All distances are in metres beside a ray at the depth of the point, so
that neither the resolution nor the distance of a camera matters; they are means over joints, by
score, and no joint counts for more than `FAR_OFF`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from kinema.space.sightings import LEAST_CAMERAS, solve_symmetric

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]

FAR_OFF = 0.4
"""Metres: a joint that is further off counts as this far."""
AGREE = 0.12
"""Metres by which the rays of one person may miss each other, on average over joints."""
NEAR = 0.25
"""Metres that a person may be beside where they were in the frame before, on average."""
SPEED = 2.0
"""Metres a second by which `NEAR` grows while somebody is not seen."""
MEMORY = 1.0
"""Seconds after which somebody who is not seen any more is forgotten."""
_FEWEST_JOINTS = 4
_SMALLEST, _LARGEST = 0.1, 1.5  # metres: root mean square extent of a body
_UNLIKELY = 1e6
_FULL = np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])  # where a triangle's numbers are in the matrix


@dataclass(frozen=True, eq=False)
class Views:
    """One frame as C cameras see it: up to N people each, K joints.

    Attributes:
        planes: (C, N, K, 2) on the planes z = 1 before the cameras.
        weights: (C, N, K), 0 where nothing was seen.
        moments: (C, N, K, 9), as in `kinema.space.sightings.Sightings`.
    """

    planes: Float64Array
    weights: Float64Array
    moments: Float64Array


@dataclass
class _Known:
    """Somebody who was seen: identity, joints (K, 3) where they were last, and when."""

    identity: int
    points: Float64Array
    time: float


class Matcher:
    """Matches the detections of one frame after the other.

    Args:
        extrinsics: (C, 3, 4) matrices [R | t] of the cameras.
    """

    def __init__(self, extrinsics: Float64Array) -> None:
        self._rotation, self._translation = extrinsics[..., :3], extrinsics[..., 3]
        self._known: list[_Known] = []
        self._next = 0

    def match(self, views: Views, time: float) -> IntArray:
        """The identity of each detection, (C, N); -1 where it is nobody's."""
        identities = np.full(views.weights.shape[:2], -1, dtype=np.intp)
        free = (views.weights > 0).sum(axis=2) >= _FEWEST_JOINTS
        self._known = [known for known in self._known if time - known.time <= MEMORY]
        self._follow(views, time, identities, free)
        if (free.any(axis=1)).sum() >= LEAST_CAMERAS:
            self._find_new(views, time, identities, free)
        return identities

    def _follow(self, views: Views, time: float, identities: IntArray, free: BoolArray) -> None:
        """Gives the detections to those who are known already."""
        if not self._known:
            return
        places = np.stack([known.points for known in self._known])
        cost = self._cost(places, views)  # (C, P, N)
        late = np.array([time - known.time for known in self._known])
        cost[~np.broadcast_to(free[:, None], cost.shape)] = _UNLIKELY
        cost[cost > (NEAR + SPEED * late)[None, :, None]] = _UNLIKELY
        taken = np.full(cost.shape[:2], -1, dtype=np.intp)  # (C, P) numbers of detections
        for camera, costs in enumerate(cost):
            if len(costs) == 1:
                chosen = int(costs[0].argmin())
                rows, columns = np.array([0]), np.array([chosen])
            else:
                rows, columns = linear_sum_assignment(costs)
            likely = costs[rows, columns] < _UNLIKELY
            taken[camera, rows[likely]] = columns[likely]
        for person, known in enumerate(self._known):
            points = self._agreeing(views, taken[:, person], cost[:, person])
            if points is not None:
                known.points = np.where(np.isnan(points), known.points, points)
                known.time = time
            cameras = np.flatnonzero(taken[:, person] >= 0)
            identities[cameras, taken[cameras, person]] = known.identity
            free[cameras, taken[cameras, person]] = False

    def _agreeing(self, views: Views, taken: IntArray, cost: Float64Array) -> Float64Array | None:
        """Joints (K, 3) of one person; lets go of cameras in `taken` (C,) that do not fit."""
        while True:
            cameras = np.flatnonzero(taken >= 0)
            if len(cameras) < LEAST_CAMERAS:
                return None
            points = _points(views, cameras, taken[cameras])
            errors = self._misses(points, views, cameras, taken[cameras])
            if errors.max() <= AGREE:
                return points
            if len(cameras) == LEAST_CAMERAS:  # which of the two is wrong, the frame before says
                worst = cameras[np.argmax(cost[cameras, taken[cameras]])]
            else:
                worst = cameras[np.argmax(errors)]
            taken[worst] = -1

    def _find_new(self, views: Views, time: float, identities: IntArray, free: BoolArray) -> None:
        """Makes people of what is left over."""
        while True:
            pair = self._best_pair(views, free)
            if pair is None:
                return
            taken, points = self._joined(views, free, *pair)
            cameras = np.flatnonzero(taken >= 0)
            free[cameras, taken[cameras]] = False
            same = self._same_place(points)
            if same is None:
                same = _Known(self._next, points, time)
                self._next += 1
                self._known.append(same)
            elif (identities == same.identity).any():
                continue  # a second detection of somebody who is matched already
            same.points, same.time = np.where(np.isnan(points), same.points, points), time
            identities[cameras, taken[cameras]] = same.identity

    def _best_pair(self, views: Views, free: BoolArray) -> tuple[IntArray, IntArray] | None:
        """The two cameras and their detections whose rays meet best, if well enough."""
        camera, number = np.nonzero(free)
        first, second = np.triu_indices(len(camera), k=1)
        different = camera[first] != camera[second]
        first, second = first[different], second[different]
        if len(first) == 0:
            return None
        cameras = np.stack([camera[first], camera[second]])  # (2, pairs)
        numbers = np.stack([number[first], number[second]])
        weights = views.weights[cameras, numbers]  # (2, pairs, K)
        both = (weights > 0).all(axis=0)
        moments = views.moments[cameras, numbers].sum(axis=0)
        points = solve_symmetric(moments[..., :6], moments[..., 6:])  # (pairs, K, 3)
        points[~both] = np.nan
        misses = self._beside(points, cameras, views.planes[cameras, numbers])
        cost = _mean(misses, np.where(both, weights, 0)).max(axis=0)
        centre = _centre(points)
        extent = np.sqrt(_centre((points - centre[:, None]) ** 2).sum(axis=1))
        cost[
            (both.sum(axis=1) < _FEWEST_JOINTS) | ~((extent > _SMALLEST) & (extent < _LARGEST))
        ] = np.inf
        best = int(cost.argmin())
        return (cameras[:, best], numbers[:, best]) if cost[best] < AGREE else None

    def _joined(
        self, views: Views, free: BoolArray, cameras: IntArray, numbers: IntArray
    ) -> tuple[IntArray, Float64Array]:
        """A person (C,) begun by two cameras, with those of other cameras that fit; and joints."""
        taken = np.full(len(free), -1, dtype=np.intp)
        taken[cameras] = numbers
        points = _points(views, cameras, numbers)
        cost = self._cost(points[None], views)[:, 0]
        cost[~free] = np.inf
        cost[cameras] = np.inf
        for camera in np.argsort(cost.min(axis=1)):
            chosen = int(cost[camera].argmin())
            if cost[camera, chosen] > NEAR:
                break
            taken[camera] = chosen
            with_it = np.flatnonzero(taken >= 0)
            tried = _points(views, with_it, taken[with_it])
            if self._misses(tried, views, with_it, taken[with_it]).max() > AGREE:
                taken[camera] = -1
            else:
                points = tried
        return taken, points

    def _same_place(self, points: Float64Array) -> _Known | None:
        """Who of those known is where these joints are."""
        for known in self._known:
            ways = np.linalg.norm(known.points - points, axis=1)
            if np.nanmedian(np.append(ways, np.inf)) < NEAR:
                return known
        return None

    def _cost(self, places: Float64Array, views: Views) -> Float64Array:
        """How far people (P, K, 3) are from detections, (C, P, N), in metres."""
        inside = places @ self._rotation[:, None].swapaxes(2, 3) + self._translation[:, None, None]
        inside = inside[:, :, None]  # (C, P, 1, K, 3)
        misses = _miss(views.planes[:, None], inside)
        weights = np.broadcast_to(views.weights[:, None], misses.shape)
        return _mean(misses, np.where(np.isnan(misses), 0, weights))

    def _misses(
        self, points: Float64Array, views: Views, cameras: IntArray, numbers: IntArray
    ) -> Float64Array:
        """How far joints (K, 3) are from the detections of these cameras, (cameras,)."""
        misses = self._beside(
            points[None], cameras[:, None], views.planes[cameras, numbers][:, None]
        )
        weights = views.weights[cameras, numbers][:, None]
        return _mean(misses, np.where(np.isnan(misses), 0, weights))[:, 0]

    def _beside(
        self, points: Float64Array, cameras: IntArray, planes: Float64Array
    ) -> Float64Array:
        """Metres (V, M, K) of points (M, K, 3) beside the rays (V, M, K, 2) of cameras (V, M)."""
        rotation, translation = self._rotation[cameras], self._translation[cameras]
        return _miss(planes, points @ rotation.swapaxes(-1, -2) + translation[..., None, :])


def _points(views: Views, cameras: IntArray, numbers: IntArray) -> Float64Array:
    """The joints (K, 3) that one detection in each of the cameras makes."""
    moments = views.moments[cameras, numbers].sum(axis=0)
    points = _solved(moments)
    points[(views.weights[cameras, numbers] > 0).sum(axis=0) < LEAST_CAMERAS] = np.nan
    return points


def _solved(moments: Float64Array) -> Float64Array:
    """As `solve_symmetric`, faster for the few joints of one person."""
    try:
        solved = np.linalg.solve(moments[:, _FULL], moments[:, 6:, None])[..., 0]
        return np.asarray(solved, dtype=np.float64)
    except np.linalg.LinAlgError:  # a joint that nobody sees
        return solve_symmetric(moments[:, :6], moments[:, 6:])


def _miss(planes: Float64Array, inside: Float64Array) -> Float64Array:
    """Metres beside the rays of points before cameras (..., 3); `FAR_OFF` behind them."""
    depth = inside[..., 2]
    offset = planes * depth[..., None] - inside[..., :2]
    miss = np.minimum(np.sqrt((offset**2).sum(axis=-1)), FAR_OFF)
    return np.asarray(np.where(depth <= 0, FAR_OFF, miss))


def _mean(misses: Float64Array, weights: Float64Array) -> Float64Array:
    """Weighted mean over joints, the last axis; infinite if there are too few."""
    enough = (weights > 0).sum(axis=-1) >= _FEWEST_JOINTS
    total = (np.where(weights > 0, misses, 0) * weights).sum(axis=-1)
    return np.where(enough, total / np.maximum(weights.sum(axis=-1), 1e-9), _UNLIKELY)


def _centre(points: Float64Array) -> Float64Array:
    """Means (M, 3) of points (M, K, 3), those that are NaN left out."""
    known = ~np.isnan(points)
    return np.asarray(np.where(known, points, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))
