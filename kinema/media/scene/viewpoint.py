"""From where a scene is looked at: a viewer who goes round it, and the side to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera
from kinema.known_values import mean_of_known
from kinema.media.scene.upright import Scene
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

FIELD_OF_VIEW = 30.0
"""Degrees, over the shorter side of the picture."""
MARGIN = 0.045
"""Free space at each side of the picture, as a share of its side."""
ELEVATION = 14.0
"""Degrees from which a scene is looked down at."""
BESIDE = 25.0
"""Degrees off the exact side view, which hides one leg behind the other."""
_LEAST_WAY = 0.5
"""Metres: whoever moves less stays in place, and faces somewhere rather than goes there."""
_ALL_ROUND = 24  # directions
_HALVINGS = 30
_AIMS = 4
_ROOM = 0.15
"""Metres about every joint: for limbs, labels and shadows."""


@dataclass(frozen=True, eq=False)
class Orbit:
    """A viewer who looks at a point from a direction.

    At azimuth 0 the viewer looks along y, with x to the right; with a growing azimuth he walks
    counterclockwise, as seen from above: at 90 he looks along -x, with y to the right.

    Attributes:
        target: (3,) the point in the middle of the picture, metres.
        azimuth: Degrees.
        elevation: Degrees above the horizon, less than 90.
        distance: Metres from the target.
    """

    target: Float64Array
    azimuth: float
    elevation: float
    distance: float

    def camera(self, size: tuple[int, int]) -> Camera:
        """The viewer as a camera without distortion, with pictures of `size` pixels."""
        azimuth, elevation = np.radians([self.azimuth, self.elevation])
        right = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
        level = np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])
        ahead = np.cos(elevation) * level - np.sin(elevation) * np.array([0.0, 0.0, 1.0])
        rotation = np.stack([right, np.cross(ahead, right), ahead])
        focal = min(size) / 2 / np.tan(np.radians(FIELD_OF_VIEW / 2))
        middle = [(side - 1) / 2 for side in size]
        matrix = np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1.0]])
        centre = self.target - self.distance * ahead
        return Camera("viewer", size, matrix, np.zeros(0), rotation, -rotation @ centre)

    @classmethod
    def around(
        cls,
        scene: Scene,
        size: tuple[int, int],
        azimuth: float,
        *,
        elevation: float = ELEVATION,
        turns: bool = False,
    ) -> Orbit:
        """The nearest viewer who has all people in the picture, whenever they are anywhere.

        That may be nearer than one who has the whole floor in it, of which the parts before and
        beside the people then lie beyond the border. Who does not turn looks at the middle of what
        there is to see.

        Args:
            scene: To be looked at.
            size: Of the picture in pixels.
            azimuth: To begin with, degrees.
            elevation: Degrees.
            turns: Whether the scene must stay in the picture while the viewer goes round it.
        """
        points, reach = _outermost(scene), float(np.linalg.norm(scene.high - scene.low))
        around = np.arange(_ALL_ROUND) * (360 / _ALL_ROUND) if turns else np.zeros(1)
        orbit = cls((scene.low + scene.high) / 2, azimuth, elevation, 50 * reach)
        for _ in range(1 if turns else _AIMS):
            orbit = _nearest(orbit, points, size, (azimuth + around).tolist(), reach)
            if not turns:
                orbit = _aimed(orbit, points, size)
        return _nearest(orbit, points, size, (azimuth + around).tolist(), reach)


def _nearest(
    orbit: Orbit, points: Float64Array, size: tuple[int, int], azimuths: list[float], reach: float
) -> Orbit:
    """The orbit as near as all points stay in the picture from everywhere."""
    near, far = 0.05 * reach, 50 * reach
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        tried = replace(orbit, distance=middle)
        fits = all(_fits(replace(tried, azimuth=a), points, size) for a in azimuths)
        near, far = (near, middle) if fits else (middle, far)
    return replace(orbit, distance=far)


def _aimed(orbit: Orbit, points: Float64Array, size: tuple[int, int]) -> Orbit:
    """The orbit with its target moved sideways to where the points have their middle."""
    viewer = orbit.camera(size)
    pixels = viewer.project(points)
    off = (pixels.min(axis=0) + pixels.max(axis=0)) / 2 - viewer.matrix[:2, 2]
    move = off / viewer.matrix[0, 0] * orbit.distance
    return replace(orbit, target=orbit.target + move @ viewer.rotation[:2])


def _outermost(scene: Scene) -> Float64Array:
    """Points (P, 3) that stick out furthest of people and what is drawn about them."""
    joints = [track.keypoints[track.found].astype(np.float64) for track in scene.people]
    points = np.concatenate(joints)
    points = points[((points >= scene.low - _ROOM) & (points <= scene.high + _ROOM)).all(axis=1)]
    if len(points) == 0:
        points = np.array([scene.low, scene.high])
    farthest = points[np.unique(np.argmax(points @ _DIRECTIONS.T, axis=0))]
    below = farthest * [1, 1, 0] + [0, 0, scene.floor]
    moves = _ROOM * np.concatenate([np.eye(3), -np.eye(3)])
    return np.concatenate([(farthest[:, None] + moves).reshape(-1, 3), below])


def _sphere(count: int) -> Float64Array:
    """Directions (count, 3) evenly all round, on the spiral of the golden angle."""
    z = 1 - (2 * np.arange(count) + 1) / count
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    flat = np.sqrt(1 - z**2)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)


_DIRECTIONS = _sphere(400)


def _fits(orbit: Orbit, points: Float64Array, size: tuple[int, int]) -> bool:
    pixels = orbit.camera(size).project(points)
    edges = np.array(size) - 1
    inside = (pixels >= MARGIN * edges) & (pixels <= (1 - MARGIN) * edges)
    return bool(inside.all())  # NaN, behind the viewer, is not inside


def heading_of(camera: Camera) -> float:
    """The azimuth of a viewer who looks where a camera looks, in degrees."""
    right = camera.rotation[0]
    return float(np.degrees(np.arctan2(right[1], right[0])))


def first_azimuth(scene: Scene) -> float:
    """From where to look if nothing else says it: nearly from the side that people go along."""
    along = side_view(scene.people)
    return float(np.degrees(np.arctan2(along[1], along[0]))) + BESIDE


def side_view(tracks: Sequence[Track]) -> tuple[float, float]:
    """The horizontal direction (x, y), of length 1, that points right in a view from the side.

    It is the main direction in which people travel, and goes where they go; where all stay in
    place, it is where their hips face. One direction for all keeps people where they are.

    Args:
        tracks: People in world space.
    """
    ways = [way for track in tracks if len(way := _way(track))]
    if not ways:
        return 1.0, 0.0
    centred = np.concatenate([way - way.mean(axis=0) for way in ways])
    along = np.linalg.svd(centred, full_matrices=False)[2][0]
    if np.ptp(centred @ along) >= _LEAST_WAY:
        along = along * (np.sign(sum((way[-1] - way[0]) @ along for way in ways)) or 1.0)
    else:
        along = sum((_facing(track) for track in tracks), start=np.zeros(2))
    length = float(np.linalg.norm(along))
    return (float(along[0]) / length, float(along[1]) / length) if length > 0 else (1.0, 0.0)


def _way(track: Track) -> Float64Array:
    """Where the middle of the person is on the floor, in the frames that show it, (F, 2)."""
    centre = mean_of_known(track.keypoints[..., :2].astype(np.float64), axis=1)
    return centre[~np.isnan(centre).any(axis=1)]


def _facing(track: Track) -> Float64Array:
    """The mean direction in which the hips face, (2,); 0 if they are never seen."""
    if "left_hip" not in track.skeleton or "right_hip" not in track.skeleton:
        return np.zeros(2)
    left = (track.joint("left_hip") - track.joint("right_hip")).astype(np.float64)
    left = mean_of_known(left[..., :2], axis=0)
    return np.asarray(np.nan_to_num(np.array([left[1], -left[0]])))
