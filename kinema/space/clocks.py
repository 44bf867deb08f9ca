"""How far the clocks of cameras are off, from how people in space move past what each one saw.

Where a clock is late by d seconds, its camera saw each joint d times its velocity further on. So
the errors of all joints tell d, together with how far the camera has turned: one step of bundle
adjustment in which each camera has a seventh parameter (Albl et al. 2017, "On the two-view geometry
of unsynchronized cameras", CVPR, in its linear form). Taken again with frames that are paired by
the better clocks, until nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.camera import Rig
from kinema.space.adjustment import PLACE_SIGMA, TURN_SIGMA_DEG, linearised, reduced
from kinema.space.reconstruction import Reconstruction
from kinema.space.sightings import LEAST_CAMERAS, Sightings

Float64Array = npt.NDArray[np.float64]

CLOCK_SIGMA = 0.1
"""Seconds by which a clock may be off, as one standard deviation."""
_MOST_POINTS = 1500
_INDEPENDENT = 25  # points: joints of one frame, and frames after each other, err alike
_SPAN = 0.035  # seconds before and after, over which velocities are taken
_LEAST_SCALE = 2.0  # pixels
_FIXED = 1e12


@dataclass(frozen=True, eq=False)
class ClockErrors:
    """By how much clocks are off.

    Attributes:
        seconds: (C,) to be added to the offset of each camera; 0 for the first.
        sigma: (C,) standard deviation; NaN where a camera has no part in what was found.
    """

    seconds: Float64Array
    sigma: Float64Array


def clock_errors(found: Reconstruction) -> ClockErrors:
    """By how much the clocks of the cameras are off with which people were reconstructed.

    Args:
        found: People in space, and what each camera saw of them at about the same instants.
    """
    count = len(found.rig)
    nothing = ClockErrors(np.zeros(count), np.full(count, np.nan))
    if not found.people:
        return nothing
    pixels, used, points, speeds = _observations(found)
    useful = (used.sum(axis=0) >= LEAST_CAMERAS) & ~np.isnan(points + speeds).any(axis=1)
    chosen = np.flatnonzero(useful)
    chosen = chosen[:: max(1, -(-len(chosen) // _MOST_POINTS))]
    if len(chosen) == 0:
        return nothing
    used, speeds = used[:, chosen], speeds[chosen]
    sightings = Sightings.of(found.rig, pixels[:, chosen], used.astype(np.float64))
    residual, of_camera, of_point = linearised(sightings, points[chosen])
    late = of_point @ speeds[:, :, None]
    error = np.sqrt((residual**2).sum(axis=2))
    scale = max(_LEAST_SCALE, float(np.median(error[used])))
    weight = np.where(used, np.minimum(1, scale / np.maximum(error, 1e-9)), 0)
    weight = weight / scale**2 * min(1.0, _INDEPENDENT / len(chosen))
    matrix, side = reduced(residual, np.concatenate([of_camera, late], axis=3), of_point, weight)
    own = [1 / np.radians(TURN_SIGMA_DEG) ** 2] * 3 + [1 / PLACE_SIGMA**2] * 3
    prior = np.tile([*own, 1 / CLOCK_SIGMA**2], count)
    prior[6] = _FIXED
    inverse = np.linalg.inv(matrix + np.diag(prior))
    seconds, sigma = (inverse @ side)[6::7], np.sqrt(np.diag(inverse)[6::7])
    seconds[0], sigma[0] = 0, 0
    sigma[~used.any(axis=1)] = np.nan
    return ClockErrors(seconds, sigma)


def same_instants(rig: Rig, found: Reconstruction) -> Float64Array:
    """The share of what each camera saw of the people that agrees with the others, (C,)."""
    seen, used = np.zeros(len(rig)), np.zeros(len(rig))
    for person in found.people:
        seen += person.seen.sum(axis=(1, 2))
        used += person.used.sum(axis=(1, 2))
    return np.divide(used, seen, out=np.zeros(len(rig)), where=seen > 0)


def _observations(
    found: Reconstruction,
) -> tuple[Float64Array, npt.NDArray[np.bool_], Float64Array, Float64Array]:
    """Pixels (C, M, 2), what counts (C, M), points (M, 3) and their velocities (M, 3)."""
    pixels, used, points, speeds = [], [], [], []
    for person, track in zip(found.people, found.tracks, strict=True):
        c = len(person.used)
        pixels.append(person.pixels.reshape(c, -1, 2))
        used.append(person.used.reshape(c, -1))
        points.append(person.points.reshape(-1, 3))
        speeds.append(_velocities(person.points, track.times).reshape(-1, 3))
    return (
        np.concatenate(pixels, axis=1),
        np.concatenate(used, axis=1),
        np.concatenate(points),
        np.concatenate(speeds),
    )


def _velocities(points: Float64Array, times: Float64Array) -> Float64Array:
    """Metres a second (T, K, 3), over some frames before and after; NaN at ends and gaps."""
    speeds = np.full(points.shape, np.nan)
    if len(times) < 3:
        return speeds
    step = float(np.median(np.diff(times)))
    reach = min(max(round(_SPAN / step), 1), (len(times) - 1) // 2)
    span = times[2 * reach :] - times[: -2 * reach]
    whole = span < (2 * reach + 1) * step
    ahead = (points[2 * reach :] - points[: -2 * reach]) / span[:, None, None]
    speeds[reach:-reach] = np.where(whole[:, None, None], ahead, np.nan)
    return speeds
