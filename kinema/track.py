"""One person over time (`Track`), and how tracks come from a stream of poses and go back to one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, SkeletonError
from kinema.poses import (
    Float32Array,
    Poses,
    Space,
    check_scores,
    check_shape,
    frozen_array,
    space_dimensions,
)
from kinema.skeleton import Skeleton

Float64Array = npt.NDArray[np.float64]

# Two samples belong together, with no frame missing between them, up to this many frame times.
_LONGEST_STEP = 1.5


@dataclass(frozen=True, eq=False)
class Track:
    """One person over time.

    Attributes:
        skeleton: Names the K keypoints.
        keypoints: (T, K, D) float32; rows of NaN are gaps.
        scores: (T, K) float32 in [0, 1] or NaN, as in `Poses`.
        times: (T,) float64 seconds, strictly increasing.
        id: The identity that the tracker gave.
        space: As in `Poses`.
        sigma: (T, K) float32, the standard deviation of each coordinate of a joint, in the units of
            the space, as far as it is known (else NaN); or None.

    Raises:
        ShapeError: If the shapes do not fit each other and the skeleton.
        InputError: If the times do not increase, a score lies outside [0, 1] or `space` is unknown.
    """

    skeleton: Skeleton
    keypoints: Float32Array
    scores: Float32Array
    times: Float64Array
    id: int = 0
    space: Space = "image"
    sigma: Float32Array | None = None

    def __post_init__(self) -> None:
        d = space_dimensions(self.space)
        times = frozen_array(self.times, np.float64)
        keypoints = frozen_array(self.keypoints, np.float32)
        scores = frozen_array(self.scores, np.float32)
        t, k = len(times) if times.ndim else 0, len(self.skeleton)
        check_shape("times", times, (t,))
        check_shape("keypoints", keypoints, (t, k, d))
        check_shape("scores", scores, (t, k))
        check_scores(scores)
        if not np.all(np.diff(times) > 0):
            raise InputError(f"the times of track {self.id} do not increase")
        for name, value in (("times", times), ("keypoints", keypoints), ("scores", scores)):
            object.__setattr__(self, name, value)
        if self.sigma is not None:
            object.__setattr__(self, "sigma", frozen_array(self.sigma, np.float32))
            check_shape("sigma", self.sigma, (t, k))

    def __len__(self) -> int:
        return len(self.times)

    def joint(self, name: str) -> Float32Array:
        """The path of one joint, (T, D)."""
        return self.keypoints[:, self.skeleton.index(name)]

    @property
    def found(self) -> npt.NDArray[np.bool_]:
        """Where each joint has a position, (T, K)."""
        return np.asarray(~np.isnan(self.keypoints).any(axis=2))

    @property
    def rate(self) -> float:
        """Frames per second while the person is there; NaN for fewer than two frames.

        A step of about n usual steps counts as n frames, so that neither gaps nor times that were
        rounded to milliseconds shift it.
        """
        if len(self) < 2:
            return float("nan")
        steps = np.diff(self.times)
        single = steps[steps <= _LONGEST_STEP * np.median(steps)].mean()
        frames = np.round(steps / single).clip(1)
        return float(frames.sum() / (self.times[-1] - self.times[0]))

    def to(self, skeleton: Skeleton) -> Track:
        """The same person with the joints of another skeleton, by the rules of `Poses.to`.

        A derived joint is a mean of others; its sigma is that of the mean of independent errors.
        """
        if skeleton == self.skeleton:
            return self
        t, d = len(self), self.keypoints.shape[2]
        keypoints = np.full((t, len(skeleton), d), np.nan, dtype=np.float32)
        scores = np.zeros((t, len(skeleton)), dtype=np.float32)
        sigma = np.full((t, len(skeleton)), np.nan, dtype=np.float32)
        for i, sources in enumerate(self.skeleton.recipe(skeleton)):
            if sources:
                keypoints[:, i] = self.keypoints[:, sources].mean(axis=1)
                scores[:, i] = self.scores[:, sources].min(axis=1)
                if self.sigma is not None:
                    sigma[:, i] = np.sqrt((self.sigma[:, sources] ** 2).sum(axis=1)) / len(sources)
        scores[np.isnan(keypoints).any(axis=2)] = 0
        return replace(
            self,
            skeleton=skeleton,
            keypoints=keypoints,
            scores=scores,
            sigma=None if self.sigma is None else sigma,
        )

    def at(self, times: npt.ArrayLike) -> Track:
        """The same person at other times, linearly between the frames on both sides.

        NaN where a joint is absent on either side, where the two frames lie further apart than
        1.5 frame times (a gap is not filled here), and outside the track.
        """
        wanted = np.asarray(times, dtype=np.float64)
        if len(self) == 0:
            shape = (len(wanted), len(self.skeleton))
            empty = np.full((*shape, self.keypoints.shape[2]), np.nan, dtype=np.float32)
            return replace(
                self, times=wanted, keypoints=empty, scores=np.zeros(shape, np.float32), sigma=None
            )
        before, after, share = _neighbours(self.times, wanted)
        scores = np.minimum(self.scores[before], self.scores[after])
        keypoints = _between(self.keypoints, before, after, share[:, None, None])
        scores = np.where(np.isnan(keypoints).any(axis=2), 0, scores).astype(np.float32)
        sigma = self.sigma
        if sigma is not None:
            sigma = _between(sigma, before, after, share[:, None])
        return replace(self, times=wanted, keypoints=keypoints, scores=scores, sigma=sigma)

    def regular(self, rate: float | None = None) -> Track:
        """The same person at equal steps of time, as filters need it, with rows of NaN in gaps.

        Args:
            rate: Frames per second; the track's own by default.

        Raises:
            InputError: If the rate is not a positive number.
        """
        if len(self) < 2:
            return self
        rate = self.rate if rate is None else rate
        if not (np.isfinite(rate) and rate > 0):
            raise InputError(f"the rate must be a positive number of frames a second, got {rate}")
        steps = int(np.floor((self.times[-1] - self.times[0]) * rate + 0.5))
        grid = self.times[0] + np.arange(steps + 1) / rate
        # Times that are written with few digits lie a little beside the grid. Up to a quarter of a
        # frame they are taken as they are, for interpolation would smooth what it was not asked to.
        nearest = _nearest(self.times, grid)
        grid = np.where(
            np.abs(self.times[nearest] - grid) * rate <= 0.25, self.times[nearest], grid
        )
        resampled = self.at(grid)
        return replace(resampled, times=self.times[0] + np.arange(steps + 1) / rate)


def tracks(stream: Iterable[Poses]) -> list[Track]:
    """One `Track` for each identity in a stream of tracked poses, in order of first appearance.

    Frames without the person are not rows of NaN but simply missing from its `times`.

    Raises:
        InputError: If there are people without ids.
        SkeletonError: If the skeleton changes within the stream.
    """
    rows: dict[int, list[tuple[Poses, int]]] = {}
    skeleton: Skeleton | None = None
    for poses in stream:
        if len(poses) == 0:
            continue
        if poses.ids is None:
            raise InputError(f"the people of frame {poses.frame} have no ids; run a tracker first")
        skeleton = skeleton or poses.skeleton
        if poses.skeleton != skeleton:
            raise SkeletonError(
                f"frame {poses.frame} has skeleton {poses.skeleton.name}, "
                f"before it was {skeleton.name}"
            )
        for row, identity in enumerate(poses.ids.tolist()):
            rows.setdefault(identity, []).append((poses, row))
    return [_track(identity, parts) for identity, parts in rows.items()]


def people_of(people: Sequence[Track], times: npt.ArrayLike) -> Iterator[Poses]:
    """The stream of poses that these people make, with their ids, at the given times.

    A person is in a frame where at least one joint has a position. Frames count from 0.

    Raises:
        SkeletonError: If the people have different skeletons.
    """
    wanted = np.asarray(times, dtype=np.float64)
    if not people:
        return
    first = people[0]
    for track in people:
        if track.skeleton != first.skeleton:
            raise SkeletonError(
                f"track {track.id} has skeleton {track.skeleton.name}, "
                f"track {first.id} has {first.skeleton.name}"
            )
    resampled = [track.at(wanted) for track in people]
    for frame, time in enumerate(wanted.tolist()):
        here = [track for track in resampled if track.found[frame].any()]
        shape = (0, len(first.skeleton), first.keypoints.shape[2])
        yield Poses(
            first.skeleton,
            np.array([track.keypoints[frame] for track in here]).reshape(-1, *shape[1:]),
            np.array([track.scores[frame] for track in here]).reshape(-1, shape[1]),
            ids=np.array([track.id for track in here], dtype=np.int64),
            frame=frame,
            time=time,
            space=first.space,
        )


def _track(identity: int, parts: list[tuple[Poses, int]]) -> Track:
    first = parts[0][0]
    return Track(
        first.skeleton,
        np.stack([poses.keypoints[row] for poses, row in parts]),
        np.stack([poses.scores[row] for poses, row in parts]),
        np.array([poses.time for poses, _ in parts]),
        id=identity,
        space=first.space,
    )


def _nearest(times: Float64Array, wanted: Float64Array) -> npt.NDArray[np.intp]:
    """For each wanted time the index of the nearest of `times`, which increase."""
    after = np.clip(np.searchsorted(times, wanted), 1, len(times) - 1)
    closer_before = wanted - times[after - 1] <= times[after] - wanted
    return np.where(closer_before, after - 1, after)


def _neighbours(
    times: Float64Array, wanted: Float64Array
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Float64Array]:
    """Indices of the frames before and after each wanted time, and the way between them.

    The way is in [0, 1), and NaN where there is nothing to interpolate between.
    """
    before = np.clip(np.searchsorted(times, wanted, side="right") - 1, 0, len(times) - 1)
    exact = times[before] == wanted
    after = np.where(exact, before, np.minimum(before + 1, len(times) - 1))
    step = times[after] - times[before]
    share = np.divide(wanted - times[before], step, out=np.zeros(len(wanted)), where=step > 0)
    longest = _LONGEST_STEP * np.median(np.diff(times)) if len(times) > 1 else 0.0
    outside = (wanted < times[0]) | (wanted > times[-1])
    return before, after, np.where(outside | (step > longest), np.nan, share)


def _between(
    values: Float32Array,
    before: npt.NDArray[np.intp],
    after: npt.NDArray[np.intp],
    share: Float64Array,
) -> Float32Array:
    return (values[before] + (values[after] - values[before]) * share).astype(np.float32)
