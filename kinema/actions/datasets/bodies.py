"""Arrays of joints as data sets hold them, made into people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.formats.kinect import from_sensor
from kinema.poses import Space
from kinema.skeleton import Skeleton
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

KINECT_RATE = 30.0
"""Frames a second of a Kinect of either version."""


def body_of(
    skeleton: Skeleton,
    points: npt.ArrayLike,
    *,
    space: Space,
    rate: float = KINECT_RATE,
    scores: npt.ArrayLike | None = None,
    frames: npt.ArrayLike | None = None,
    number: int = 0,
) -> Track:
    """One person.

    Args:
        skeleton: Names the K joints.
        points: (T, K, D) in the space; a joint with a number that is not finite is absent.
        space: As in `Track`.
        rate: Frames per second.
        scores: (T, K) in [0, 1]; None where none are known.
        frames: (T,) numbers of the frames, increasing; None for 0 to T - 1.
        number: The identity.
    """
    places = np.array(points, dtype=np.float64)
    found = np.isfinite(places).all(axis=2)
    places[~found] = np.nan
    known = np.full(found.shape, np.nan) if scores is None else np.asarray(scores, np.float64)
    numbers = np.arange(len(places)) if frames is None else np.asarray(frames)
    return Track(
        skeleton,
        places.astype(np.float32),
        np.where(found, known, 0.0).astype(np.float32),
        numbers / rate,
        id=number,
        space=space,
    )


def kinect_points(points: npt.ArrayLike) -> Float64Array:
    """Points (..., 3) of a Kinect in its own axes, as points in "world" space, z up.

    (0, 0, 0), the sensor itself, is what its software writes for a joint that it does not know.
    """
    places = np.array(points, dtype=np.float64)
    places[(places == 0).all(axis=-1)] = np.nan
    return from_sensor(places)
