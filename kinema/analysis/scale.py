"""From pixels to metres in the plane of a walk, by body height or a known distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kinema.analysis.angles.facing import facing_of
from kinema.analysis.angles.points import sources
from kinema.analysis.floor import ANKLE_HEIGHT, FloorLine, floor_line
from kinema.analysis.segments import segment_lengths
from kinema.curves import Curves
from kinema.errors import InputError
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

# In body heights (Drillis & Contini 1966): the shoulders are at 0.818, the hips at 0.530.
_SHOULDERS_TO_CROWN, _HIPS = 1 - 0.818, 0.530
# How much the shares of the body and the places of a model's joints differ from person to person:
# assumed, as a share of the height, with a keypoint on the crown and without.
_SPREAD_WITH_CROWN, _SPREAD_WITHOUT = 0.02, 0.03
# Upright: trunk within 30 degrees of vertical and each leg stretched to 90 % of its length.
_MOST_LEAN, _LEAST_STRETCH = 30.0, 0.9
_FEWEST_UPRIGHT = 5
# Frames less than this apart, in seconds, are one measurement of the height.
_INDEPENDENT = 0.5


@dataclass(frozen=True)
class Scale:
    """How pixels become metres in one upright plane: that in which the person moves.

    Attributes:
        metres_per_pixel: Upright, in the plane.
        origin: (x, y) pixels of the point on the floor that becomes (0, 0, 0).
        floor_angle: Degrees by which the floor rises to the right of the picture.
        pitch: Degrees by which the camera looks down; what stands upright is shortened by its
            cosine, what lies level across the picture is not.
        sigma: Standard deviation of `metres_per_pixel`.
        direction: 1 if the x axis of the metres points to the right of the picture, -1 to the left.

    Raises:
        InputError: If a number is out of its range.
    """

    metres_per_pixel: float
    origin: tuple[float, float] = (0.0, 0.0)
    floor_angle: float = 0.0
    pitch: float = 0.0
    sigma: float = float("nan")
    direction: int = 1

    def __post_init__(self) -> None:
        if not (np.isfinite(self.metres_per_pixel) and self.metres_per_pixel > 0):
            raise InputError(
                f"metres per pixel must be a positive number, got {self.metres_per_pixel}"
            )
        if not abs(self.pitch) < 90:
            raise InputError(f"the pitch must be less than 90 degrees, got {self.pitch}")
        if self.direction not in (1, -1):
            raise InputError(f"the direction is 1 or -1, got {self.direction}")


def scale_from_height(
    track: Track, height: float, *, floor_angle: float | None = None, pitch: float = 0.0
) -> Scale:
    """The scale from the height of the person.

    The height in pixels is summed up along the body, so that bent knees do not shorten it:
    (shank + thigh + trunk + shoulders to crown) / 0.961, as the ankle is at 0.039 of the height.
    Without a keypoint on the crown that part is 0.182 of the height. It is the median over the
    frames in which the person is upright, or over all if there are fewer than 5.

    Args:
        track: A person in the picture, whose whole way is about equally far from the camera.
        height: In metres, with the shoes that are worn.
        floor_angle: Degrees; by default found by `floor_line`.
        pitch: Degrees by which the camera looks down, see `pitch_of`.

    Raises:
        InputError: If the height is no height, the track is not in the picture, or trunk and legs
            are never seen together.
    """
    if not 0.3 <= height <= 2.8:
        raise InputError(f"a height of {height:g} m is none of a person; give it in metres")
    _in_picture(track)
    each = heights(track)["height"]
    known = each[~np.isnan(each)]
    if len(known) == 0:
        raise InputError("no frame shows shoulders, hips, a knee and an ankle: height is unknown")
    pixels = float(np.median(known))
    floor = floor_line(track, pixels)
    if floor_angle is None:
        floor_angle = floor.angle if floor else 0.0
    per_pixel = height / pixels
    return Scale(
        per_pixel,
        _origin(track, floor, floor_angle, pixels),
        floor_angle,
        pitch,
        per_pixel * _relative_sigma(track, known, pixels),
        _direction(track, pixels),
    )


def scale_from_distance(
    start: Sequence[float],
    end: Sequence[float],
    metres: float,
    *,
    track: Track | None = None,
    floor_angle: float | None = None,
    pitch: float = 0.0,
    pixel_error: float = 2.0,
) -> Scale:
    """The scale from two points on the floor, in the plane of the movement, a known way apart.

    Args:
        start: (x, y) pixels.
        end: (x, y) pixels.
        metres: Between them.
        track: The person, whose way gives the direction of the x axis; `start` is the origin.
        floor_angle: Degrees; by default that of the line between the points.
        pitch: Degrees by which the camera looks down.
        pixel_error: Standard deviation of each end, in pixels.

    Raises:
        InputError: If the points are the same or the distance is not positive.
    """
    way = np.subtract(end, start).astype(np.float64)
    pixels = float(np.hypot(*way))
    if not (pixels > 0 and np.isfinite(metres) and metres > 0):
        raise InputError("a scale needs two points and a positive distance between them")
    if floor_angle is None:
        floor_angle = float(np.degrees(np.arctan(-way[1] / way[0]))) if way[0] else 0.0
    level = metres / pixels
    upright = level / float(np.cos(np.radians(pitch)))
    direction = 1 if track is None else _direction(track, pixels)
    sigma = upright * np.sqrt(2) * pixel_error / pixels
    origin = float(start[0]), float(start[1])
    return Scale(upright, origin, floor_angle, pitch, float(sigma), direction)


def pitch_of(horizon: float, centre: float, focal_length: float) -> float:
    """Degrees by which the camera looks down, from where the horizon is.

    Args:
        horizon: Row of the horizon, pixels: above the centre when the camera looks down.
        centre: Row of the picture's centre (of the principal point), pixels.
        focal_length: In pixels.

    Raises:
        InputError: If the focal length is not positive.
    """
    if not focal_length > 0:
        raise InputError(f"a focal length must be positive, got {focal_length:g} pixels")
    return float(np.degrees(np.arctan2(centre - horizon, focal_length)))


def to_metres(track: Track, scale: Scale) -> Track:
    """The track in `"world"` space, metres, as far as one camera shows it.

    x runs along the floor in the direction of the walk, z up from the floor (z = 0), and y is 0:
    everything is put into the one upright plane of the scale. What is nearer to the camera than
    that plane comes out too large; at 4 m that is 2.5 % for 10 cm. Sigma becomes metres; the error
    of the scale itself is common to all and stays in `scale.sigma`.

    Raises:
        InputError: If the track is not in the picture.
    """
    _in_picture(track)
    along, up = _axes(scale.floor_angle)
    relative = track.keypoints.astype(np.float64) - scale.origin
    level = scale.direction * scale.metres_per_pixel * np.cos(np.radians(scale.pitch))
    x, z = level * (relative @ along), scale.metres_per_pixel * (relative @ up)
    keypoints = np.stack([x, np.where(np.isnan(x), np.nan, 0.0), z], axis=-1)
    sigma = None if track.sigma is None else track.sigma * np.float32(scale.metres_per_pixel)
    return replace(track, keypoints=keypoints.astype(np.float32), space="world", sigma=sigma)


def heights(track: Track) -> Curves:
    """The person's height along the body in each frame, curve `height`; NaN where not upright.

    If fewer than 5 frames are upright, those that are not count as well.
    """
    lengths = segment_lengths(track)
    nothing = np.full(len(track), np.nan)

    def length(name: str) -> Float64Array:
        return lengths[f"{name}_length"] if f"{name}_length" in lengths.names else nothing

    legs = np.stack([length(f"{s}_shank") + length(f"{s}_thigh") for s in ("left", "right")])
    body = np.fmax.reduce(legs, axis=0) + length("trunk")
    crown = _distance(track, "neck", "crown")
    known = (body + crown) / (1 - ANKLE_HEIGHT)
    guessed = body / (1 - ANKLE_HEIGHT - _SHOULDERS_TO_CROWN)
    each = known if np.isfinite(crown).any() else guessed
    upright = _upright(track, legs) & ~np.isnan(each)
    if upright.sum() >= _FEWEST_UPRIGHT:
        each = np.where(upright, each, np.nan)
    unit = "px" if track.space == "image" else "m"
    return Curves(("height",), (unit,), each[:, None], track.times)


def _upright(track: Track, legs: Float64Array) -> npt.NDArray[np.bool_]:
    """Where the trunk is upright and the longer seen leg stretched, (T,)."""
    trunk = _way(track, "mid_hip", "neck")
    up = -trunk[:, 1] if track.space != "world" else trunk[:, 2]
    lean = up > np.cos(np.radians(_MOST_LEAN)) * np.linalg.norm(trunk, axis=1)
    direct = np.stack([_distance(track, f"{s}_hip", f"{s}_ankle") for s in ("left", "right")])
    stretched = np.divide(direct, legs, out=np.full(legs.shape, np.nan), where=legs > 0)
    return np.asarray(lean & (np.fmax.reduce(stretched, axis=0) > _LEAST_STRETCH))


def _way(track: Track, start: str, end: str) -> Float64Array:
    a, b = sources(track.skeleton, start), sources(track.skeleton, end)
    if not a or not b:
        return np.full((len(track), track.keypoints.shape[2]), np.nan)
    points = track.keypoints.astype(np.float64)
    difference: Float64Array = points[:, b].mean(axis=1) - points[:, a].mean(axis=1)
    return difference


def _distance(track: Track, start: str, end: str) -> Float64Array:
    return np.asarray(np.linalg.norm(_way(track, start, end), axis=1))


def _relative_sigma(track: Track, known: Float64Array, pixels: float) -> float:
    low, high = np.percentile(known, [16, 84])
    duration = float(track.times[-1] - track.times[0])
    measured = max(min(len(known), duration / _INDEPENDENT), 1.0)
    scatter = (high - low) / 2 / pixels / np.sqrt(measured)
    crown = np.isfinite(_distance(track, "neck", "crown")).any()
    return float(np.hypot(scatter, _SPREAD_WITH_CROWN if crown else _SPREAD_WITHOUT))


def _origin(
    track: Track, floor: FloorLine | None, angle: float, pixels: float
) -> tuple[float, float]:
    """On the floor, below the hips of the first frame that shows them."""
    hips = sources(track.skeleton, "mid_hip")
    middle = track.keypoints[:, hips].astype(np.float64).mean(axis=1)
    first = middle[~np.isnan(middle).any(axis=1)][0]
    along, up = _axes(angle)
    if floor is None:
        # No foot stands: the floor is as far below the hips as in a standing person.
        below = first - _HIPS * pixels * up
    else:
        below = floor.point + ((first - floor.point) @ along) * along
    return float(below[0]), float(below[1])


def _axes(floor_angle: float) -> tuple[Float64Array, Float64Array]:
    """Along the floor to the right and up from it, in the picture, whose y points down."""
    tilt = np.radians(floor_angle)
    along = np.array([np.cos(tilt), -np.sin(tilt)])
    return along, np.array([-np.sin(tilt), -np.cos(tilt)])


def _direction(track: Track, pixels: float) -> int:
    """1 if the person walks or, in place, faces to the right of the picture, else -1."""
    hips = sources(track.skeleton, "mid_hip")
    x = track.keypoints[:, hips, 0].mean(axis=1) if hips else np.empty(0)
    x = x[~np.isnan(x)]
    if len(x) > 1 and abs(x[-1] - x[0]) > 0.5 * pixels:
        return 1 if x[-1] > x[0] else -1
    facing = facing_of(track)
    return -1 if (facing == "left").sum() > (facing == "right").sum() else 1


def _in_picture(track: Track) -> None:
    if track.space != "image":
        raise InputError(f"only a track in the picture is scaled; this one is in {track.space!r}")
