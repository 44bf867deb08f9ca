"""People in space as one scene in metres that stands upright: z up, with a floor under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera, Rig
from kinema.errors import InputError
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

WORLD_AXES = ("x", "y", "z")
BODY_AXES = ("right", "away", "up")
"""Of the camera that saw people in body space."""
APART = 1.2
"""Metres between people in body space, who all have their hips at the origin."""
_NEAR_FLOOR = 0.3
"""Metres: feet that are no further from z = 0 stand on it."""
_STRAY = 0.5
"""Per cent of the coordinates at either end that may lie outside the scene."""
_LEAST_SIDE = 0.5  # metres
_AROUND = 0.25  # metres of floor around everybody
_LONG_GAP = 1.5  # frame times


@dataclass(frozen=True, eq=False)
class Scene:
    """What is drawn.

    Attributes:
        people: In world space: metres, z up.
        floor: Height of the floor, in metres.
        low: (3,) metres; the corner with the least coordinates of the box around everybody and the
            floor on which they stand. Single joints that are far off do not count.
        high: (3,) the opposite corner.
        axes: What the three axes are called.
        cameras: Of the rig, where there is one.
    """

    people: tuple[Track, ...]
    floor: float
    low: Float64Array
    high: Float64Array
    axes: tuple[str, str, str] = WORLD_AXES
    cameras: tuple[Camera, ...] = ()

    @property
    def times(self) -> Float64Array:
        """(T,) seconds at which anybody has a frame, in order."""
        return np.unique(np.concatenate([track.times for track in self.people]))

    def at(self, time: float) -> list[tuple[Track, Float64Array]]:
        """Who is there at a time, with the joints (K, 3) of their nearest frame.

        A frame counts for one and a half frame times before and after.
        """
        here = []
        for track in self.people:
            row = nearest_row(track, time)
            if row is not None and track.found[row].any():
                here.append((track, track.keypoints[row].astype(np.float64)))
        return here


def scene_of(tracks: Sequence[Track], rig: Rig | None = None) -> Scene:
    """The scene of some people.

    People in body space (x right, y down, z away from the camera) are turned upright; several of
    them stand beside each other, `APART` from hips to hips. The floor is z = 0 of the world if feet
    are near it, else as high as the feet.

    Args:
        tracks: People in world or body space, all in the same.
        rig: The cameras that saw them; only with world space.

    Raises:
        InputError: If there is nobody with a joint, people are in a picture or in different
            spaces, or cameras come with body space.
    """
    spaces = {track.space for track in tracks}
    if "image" in spaces:
        raise InputError("people in a picture have no third dimension; lift or triangulate them")
    if len(spaces) > 1:
        raise InputError("people in world and in body space cannot be shown together")
    if not any(track.found.any() for track in tracks):
        raise InputError("there is nobody to show: no joint has a position")
    is_body = spaces == {"body"}
    if is_body and rig is not None:
        raise InputError("cameras can be shown only with people in world space")
    people = tuple(_turned_upright(tracks)) if is_body else tuple(tracks)
    points = np.concatenate([track.keypoints[track.found] for track in people]).astype(np.float64)
    low, high = np.percentile(points, [_STRAY, 100 - _STRAY], axis=0)
    floor = _floor(people, is_body)
    low[2], high[2] = floor, max(high[2], floor + _LEAST_SIDE)
    middle, half = (low + high) / 2, np.maximum(high - low, _LEAST_SIDE) / 2 + _AROUND
    return Scene(
        people,
        floor,
        np.append((middle - half)[:2], low[2]),
        np.append((middle + half)[:2], high[2]),
        BODY_AXES if is_body else WORLD_AXES,
        () if rig is None else rig.cameras,
    )


def _turned_upright(tracks: Sequence[Track]) -> list[Track]:
    turned = []
    for place, track in enumerate(tracks):
        right, down, away = np.moveaxis(track.keypoints, 2, 0)
        beside = APART * (place - (len(tracks) - 1) / 2)
        keypoints = np.stack([right + beside, away, -down], axis=2)
        turned.append(replace(track, keypoints=keypoints, space="world"))
    return turned


def _floor(people: Sequence[Track], is_body: bool) -> float:
    """As high as the lowest joints are in the frames in which they are lowest."""
    lowest = [
        np.where(track.found, track.keypoints[..., 2], np.inf).min(axis=1)[track.found.any(axis=1)]
        for track in people
    ]
    feet = float(np.percentile(np.concatenate(lowest), 5))
    return 0.0 if not is_body and abs(feet) <= _NEAR_FLOOR else feet


def nearest_row(track: Track, time: float) -> int | None:
    """The frame of a track at a time; None where there is none nearer than 1.5 frame times."""
    if len(track) == 0:
        return None
    after = int(np.clip(np.searchsorted(track.times, time), 1, max(len(track) - 1, 1)))
    rows = [row for row in (after - 1, after) if row < len(track)]
    row = min(rows, key=lambda row: abs(float(track.times[row]) - time))
    longest = _LONG_GAP / track.rate if len(track) > 1 else _LEAST_SIDE
    return row if abs(float(track.times[row]) - time) <= longest else None


def in_picture(tracks: Sequence[Track], camera: Camera) -> list[Track]:
    """People in world space as a camera sees them: tracks in its picture, in pixels.

    Joints behind the camera are NaN.
    """
    return [
        replace(
            track,
            keypoints=camera.project(track.keypoints).astype(np.float32),
            space="image",
            sigma=None,
        )
        for track in tracks
    ]
