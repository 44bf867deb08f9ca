"""The line of the floor in the picture, from where feet stand still."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.analysis.angles.points import sources
from kinema.analysis.derivatives import rate_of_change
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

ANKLE_HEIGHT = 0.039
"""Height of the ankle above the sole, in body heights (Drillis & Contini 1966)."""

# A foot stands while it moves by less than this many body heights a second: 0.5 m/s for an adult,
# where a swinging foot reaches 3 to 5 and Sports2D takes 1.
_STANDING = 0.3
# Over less than this many body heights the slope would be noise; the floor is taken as level.
_SHORTEST = 0.5
_FEWEST = 6
# Nobody holds a camera like that: a steeper line is one of leaps and errors, not of the floor.
_STEEPEST = 15.0
_ROUNDS = 20
_HUBER = 1.345  # 95 % as efficient as least squares where errors are normal


@dataclass(frozen=True)
class FloorLine:
    """Where the floor is in the picture.

    Attributes:
        angle: Degrees by which it rises to the right of the picture; 0 where the person did not
            move far enough to tell, and where it would be steeper than 15.
        point: (x, y) pixels of a point on it.
        sigma: Standard deviation of the angle in degrees; NaN where it could not be told.
        contacts: How many positions of standing feet it is from.
    """

    angle: float
    point: tuple[float, float]
    sigma: float
    contacts: int


def floor_line(track: Track, height: float) -> FloorLine | None:
    """The floor from the places where toes, heels or ankles stand still; None if none does.

    Both feet have one slope, but each its own level: seen from above, the far foot stands higher in
    the picture. The line runs in the middle between them. By Huber's robust regression.

    Args:
        track: A person in the picture.
        height: Of the person, in pixels.
    """
    feet = [_contacts(track, side, height) for side in ("left", "right")]
    x, y = (np.concatenate([foot[:, axis] for foot in feet]) for axis in (0, 1))
    if len(x) < _FEWEST:
        return None
    left = np.arange(len(x)) < len(feet[0])
    middle = float(np.median(x))
    tells = np.ptp(x) >= _SHORTEST * height
    columns = [level for level in (left, ~left) if level.any()]
    design = np.stack([*columns, *([x - middle] if tells else [])], axis=1).astype(np.float64)
    solution, covariance = _robust_fit(design, y)
    if tells and abs(np.degrees(np.arctan(solution[-1]))) > _STEEPEST:
        tells = False
        solution, covariance = _robust_fit(design[:, : len(columns)], y)
    level = float(solution[: len(columns)].mean())
    angle, sigma = 0.0, float("nan")
    if tells:
        slope = float(solution[-1])
        angle = float(-np.degrees(np.arctan(slope)))  # y points down
        # Contacts of one step are nearly one measurement: one for each half body height of way.
        steps = max(np.ptp(x) / (_SHORTEST * height), 2.0)
        spread = np.sqrt(covariance[-1, -1] * max(len(x) / steps, 1.0))
        sigma = float(np.degrees(spread / (1 + slope**2)))
    return FloorLine(angle, (middle, level), sigma, len(x))


def _contacts(track: Track, side: str, height: float) -> Float64Array:
    """Where points of one foot stand still, (C, 2) pixels, at the height of the sole."""
    low = [sources(track.skeleton, f"{side}_{point}") for point in ("toe", "heel")]
    rows, down = [row for joints in low for row in joints], 0.0
    if not rows:
        rows, down = list(sources(track.skeleton, f"{side}_ankle")), ANKLE_HEIGHT * height
    found = [np.empty((0, 2))]
    for row in rows:
        place = track.keypoints[:, row].astype(np.float64)
        rate, _ = rate_of_change(place, track.times)
        speed = np.hypot(rate[:, 0], rate[:, 1])
        found.append(place[speed < _STANDING * height] + (0.0, down))  # NaN is not less
    return np.concatenate(found)


def _robust_fit(design: Float64Array, y: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Solution and covariance by iterated least squares with Huber's weights."""
    weight: Float64Array = np.ones(len(y))
    solution: Float64Array = np.zeros(design.shape[1])
    scale = 1.0
    error: Float64Array
    for _ in range(_ROUNDS):
        root = np.sqrt(weight)
        fit = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
        solution = np.asarray(fit, np.float64)
        error = np.asarray(np.abs(y - design @ solution), np.float64)
        scale = max(float(np.median(error)) / 0.6745, 1e-6)  # of a normal distribution
        weight = np.asarray(np.minimum(1.0, _HUBER * scale / np.maximum(error, 1e-9)), np.float64)
    information = design.T @ (design * weight[:, None])
    return solution, np.asarray(np.linalg.pinv(information) * scale**2, np.float64)
