"""Left and right that single cameras mixed up, found by what the other cameras see.

A network that sees somebody from the side or from behind often takes the left leg for the right
one. In one picture that cannot be known; with several cameras it can: rays of different legs do not
meet. For each frame and limb every choice of cameras whose sides are exchanged is tried, and the
one whose rays meet best is kept, if it is clearly better than what was seen. That leaves open
whether the chosen cameras or all others are wrong; fewer exchanges and a smooth path decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from kinema.skeleton import Skeleton
from kinema.space.sightings import LEAST_CAMERAS, Sightings, solve_symmetric

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]

FAR_OFF = 0.06
"""Metres beside a ray from which a sighting counts as wrong altogether, which costs 1."""
_SUSPECT = 0.2  # of cost in one camera: pairs that are seen better are left alone
_HARDLY = 0.05
_CLEARLY = 0.7  # of the cost as seen must be all that remains
_LEAST_GAIN = 0.2  # of cost a pair
_MOST_TRIED = 5  # cameras of which every choice is tried; of more, one after the other
_STEP = 0.1  # metres from one frame to the next that cost as much as exchanging all cameras

_LIMBS = (
    ("shoulder", "elbow", "wrist", "pinky", "index", "thumb", "hand"),
    ("hip", "knee", "ankle", "heel", "big_toe", "small_toe", "foot_index"),
    ("eye", "ear", "mouth"),
)


def limbs_of(skeleton: Skeleton) -> list[IntArray]:
    """Pairs (n, 2) of left and right joints that are mixed up together: arms, legs and the face."""
    limbs: list[list[tuple[int, int]]] = [[] for _ in _LIMBS]
    for left, right in skeleton.mirror:
        for limb, words in zip(limbs, _LIMBS, strict=True):
            if any(word in left for word in words):
                limb.append((skeleton.index(left), skeleton.index(right)))
                break
    return [np.array(limb, dtype=np.intp) for limb in limbs if limb]


def exchanged_sides(skeleton: Skeleton, sightings: Sightings) -> BoolArray:
    """Which joints of which cameras have to be exchanged with their mirror images, (C, T, K).

    Args:
        skeleton: Of K joints.
        sightings: Of T * K points: one person in T frames, joint by joint within a frame.
    """
    k = len(skeleton)
    c, m = sightings.visible.shape
    exchanged = np.zeros((c, m // k, k), dtype=bool)
    if c < LEAST_CAMERAS or m == 0:
        return exchanged
    limbs = limbs_of(skeleton)
    every = _Limb.of(sightings, exchanged, np.concatenate([*limbs, np.empty((0, 2), np.intp)]))
    suspect = every.suspect_pairs()  # (T, pairs)
    done = 0
    for limb in limbs:
        own = suspect[:, done : done + len(limb)]
        done += len(limb)
        _exchange(sightings, exchanged, limb, np.asarray(own.any(axis=1)))
        for pair, frames in zip(limb, own.T, strict=True):
            if len(limb) > 1:
                _exchange(sightings, exchanged, pair[None], frames)
    return exchanged


def with_exchanged(
    values: npt.NDArray[np.float64], exchanged: BoolArray, skeleton: Skeleton
) -> Float64Array:
    """Values (C, T, K, ...) with those of exchanged joints taken from their mirror images."""
    mask = exchanged.reshape(*exchanged.shape, *[1] * (values.ndim - 3))
    return np.where(mask, values[:, :, skeleton.mirror_order], values)


def _exchange(
    sightings: Sightings, exchanged: BoolArray, limb: IntArray, suspect: BoolArray
) -> None:
    """Adds to `exchanged` what is found of one limb, pairs (n, 2), in suspect frames (T,)."""
    frames = np.flatnonzero(suspect)
    if len(frames) == 0:
        return
    view = _Limb.of(sightings, exchanged, limb).at(frames)
    none = np.zeros((len(exchanged), len(frames)), dtype=bool)
    choice, points = _best_choice(view, none, margin=_LEAST_GAIN * len(limb))
    choice ^= _all_cameras(frames, points, choice, view.weight)
    cameras, rows = np.nonzero(choice)
    for joint in limb.ravel().tolist():
        exchanged[cameras, frames[rows], joint] ^= True


def _best_choice(view: _Limb, none: BoolArray, *, margin: float) -> tuple[BoolArray, Float64Array]:
    """The exchanges (C, T) whose rays meet best, and the points (2, T, n, 3) where they do."""
    count = len(none)
    best, lowest = none.copy(), view.cost(none)
    as_seen = lowest.copy()
    if count <= _MOST_TRIED:
        choices = [np.array([False, *rest]) for rest in product([False, True], repeat=count - 1)]
        for choice in choices[1:]:
            tried = np.broadcast_to(choice[:, None], none.shape)
            cost = view.cost(tried)
            best = np.where(cost < lowest, tried, best)
            lowest = np.minimum(cost, lowest)
    else:
        for _ in range(count // 2):
            tries = [best ^ (np.arange(count) == camera)[:, None] for camera in range(count)]
            costs = np.stack([view.cost(tried) for tried in tries])
            chosen, row = costs.argmin(axis=0), np.arange(none.shape[1])
            better = costs[chosen, row] < lowest
            if not better.any():
                break
            best = np.where(better, np.stack(tries)[chosen, :, row].T, best)
            lowest = np.where(better, costs[chosen, row], lowest)
    clear = (lowest < _CLEARLY * as_seen) & (as_seen - lowest > margin)
    best = best & clear
    return best, view.points(best)


def _all_cameras(
    frames: IntArray, points: Float64Array, choice: BoolArray, weight: Float64Array
) -> BoolArray:
    """In which frames (T,) all cameras are to be exchanged on top of the choice (C, T).

    The cheapest path through the two possibilities of each frame (Viterbi's algorithm): exchanging
    most cameras costs, and so does a jump of the limb to the other side from one frame to the next.
    """
    total = np.maximum(weight.sum(axis=0), 1e-9)
    share = (weight * choice).sum(axis=0) / total
    own = np.stack([share, 1 - share], axis=1)  # (T, 2)
    same = _distance(points[:, 1:], points[:, :-1])
    other = _distance(points[:, 1:], points[::-1, :-1])
    apart = np.diff(frames) > 1
    same, other = (np.where(apart, 0, np.minimum(way / _STEP, 1)) for way in (same, other))
    cost = own[0].copy()
    came_from = np.zeros((len(frames), 2), dtype=np.intp)
    for t in range(1, len(frames)):
        ways = cost[:, None] + np.array([[same[t - 1], other[t - 1]], [other[t - 1], same[t - 1]]])
        came_from[t] = ways.argmin(axis=0)
        cost = ways.min(axis=0) + own[t]
    state = int(cost.argmin())
    turned = np.zeros(len(frames), dtype=bool)
    for t in range(len(frames) - 1, -1, -1):
        turned[t] = state
        state = int(came_from[t, state])
    return turned


def _distance(a: Float64Array, b: Float64Array) -> Float64Array:
    """Mean distance (T,) of points (2, T, n, 3), those that are NaN left out; 0 for none."""
    ways = np.linalg.norm(a - b, axis=3)
    known = ~np.isnan(ways)
    return np.asarray(np.where(known, ways, 0).sum(axis=(0, 2)) / np.maximum(known.sum((0, 2)), 1))


@dataclass(frozen=True, eq=False)
class _Limb:
    """The sightings of n pairs of joints by C cameras in T frames, left side first.

    Attributes:
        moments: (2, C, T, n, 9), as in `Sightings`.
        planes: (2, C, T, n, 2).
        weights: (2, C, T, n).
        sightings: Where they come from, for the cameras.
    """

    moments: Float64Array
    planes: Float64Array
    weights: Float64Array
    sightings: Sightings

    @classmethod
    def of(cls, sightings: Sightings, exchanged: BoolArray, limb: IntArray) -> _Limb:
        """With the exchanges that are known already."""
        left, right = limb.T
        mask = exchanged[:, :, left]

        def sides(values: Float64Array) -> Float64Array:
            shaped = values.reshape(*exchanged.shape, *values.shape[2:])
            a, b = shaped[:, :, left], shaped[:, :, right]
            turned = mask.reshape(*mask.shape, *[1] * (a.ndim - 3))
            return np.stack([np.where(turned, b, a), np.where(turned, a, b)])

        return cls(
            sides(sightings.moments),
            sides(sightings.planes),
            sides(sightings.weights),
            sightings,
        )

    @property
    def weight(self) -> Float64Array:
        """(C, T), of all joints together."""
        return np.asarray(self.weights.sum(axis=(0, 3)))

    def at(self, frames: IntArray) -> _Limb:
        """Some of the frames."""
        return _Limb(
            self.moments[:, :, frames],
            self.planes[:, :, frames],
            self.weights[:, :, frames],
            self.sightings,
        )

    def points(self, choice: BoolArray) -> Float64Array:
        """Where the rays meet (2, T, n, 3) with the cameras of the choice (C, T) exchanged."""
        moments = _chosen(self.moments, choice).sum(axis=1)
        points = solve_symmetric(moments[..., :6], moments[..., 6:])
        cameras = (_chosen(self.weights, choice) > 0).sum(axis=1)
        return np.where((cameras >= LEAST_CAMERAS)[..., None], points, np.nan)

    def suspect_pairs(self) -> BoolArray:
        """Pairs (T, n) that a camera sees badly, and with its sides exchanged hardly worse."""
        as_seen = np.zeros(self.weights.shape[1:3], dtype=bool)
        points = self.points(as_seen)
        own, other = self._misses(points, as_seen), self._misses(points, ~as_seen)
        return np.asarray(((own > _SUSPECT) & (other < own + _HARDLY)).any(axis=0))

    def cost(self, choice: BoolArray) -> Float64Array:
        """How badly the rays meet, (T,): 1 for each sighting that is wrong altogether."""
        return np.asarray(self._misses(self.points(choice), choice).sum(axis=(0, 2)))

    def _misses(self, points: Float64Array, choice: BoolArray) -> Float64Array:
        """How far points (2, T, n, 3) are from what was seen, both sides together, (C, T, n)."""
        camera = self.sightings.extrinsics[:, None]  # (C, 1, 3, 4)
        inside = points[:, None] @ camera[..., :3].swapaxes(2, 3) + camera[..., None, :, 3]
        depth = inside[..., 2]
        seen = _chosen(self.planes, choice)
        # Metres beside the ray at the depth of the point.
        beside = ((seen * depth[..., None] - inside[..., :2]) ** 2).sum(axis=4)
        share = np.minimum(beside / FAR_OFF**2, 1.0)
        share = np.where(depth > 0, share, 1.0)
        share = np.where(np.isnan(beside), 0.0, share)
        return np.asarray((share * _chosen(self.weights, choice)).sum(axis=0))


def _chosen(values: Float64Array, choice: BoolArray) -> Float64Array:
    """Values (2, C, T, n, ...) with the sides of the chosen cameras and frames exchanged."""
    mask = choice.reshape(*choice.shape, *[1] * (values.ndim - 3))
    return np.where(mask, values[::-1], values)
