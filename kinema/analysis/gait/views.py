"""How the camera stands to the walker, and whether the ground moves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kinema.analysis.gait.result import SIDES, Surface, View
from kinema.analysis.gait.signals import Float64Array, Signals, leg_length, low_pass, prepare
from kinema.analysis.gait.steps import standing_speed, turning_points
from kinema.curves import Side
from kinema.track import Track

_SIDEWAYS_SWING = 0.3  # leg lengths from peak to peak: less, and nobody walks across the picture
_OBLIQUE = 0.5  # shoulder width by trunk length: 0.75 from behind, 0.2 from the side
_SIZE_CHANGE = 1.2  # of the body in the picture: more, and the person comes or goes
_TRAVEL = 0.5  # of the walking speed: less, and the pelvis stays where it is
_HELD = 0.002  # metres from the origin of a pelvis that is the origin: rounding


@dataclass(frozen=True)
class Ground:
    """What is walked on.

    Attributes:
        surface: Of what kind it is.
        speed: Its forward speed in the picture or the room, in leg lengths a second.
        is_measured: Whether the way over it can be told, and with it lengths and speed.
    """

    surface: Surface
    speed: float
    is_measured: bool = True


def find_view(track: Track, view: View | None = None) -> View:
    """The view asked for, else the one that the movement shows.

    Feet that pass each other sideways are seen from the side. Else the left shoulder is on the
    right of the picture in a view from the front.
    """
    if track.space != "image":
        return "space"
    if view is not None:
        return view
    signals = prepare(track, "side")
    left, right = (signals.paths[side, "ankle"].across for side in SIDES)
    if len(turning_points(low_pass(left - right, signals.rate, 4.0), _SIDEWAYS_SWING)) >= 3:
        return "side"
    width = trunk_width(track)
    if np.isnan(width) or abs(width) < 0.5 * _OBLIQUE:
        return "side"
    return "front" if width > 0 else "back"


def trunk_width(track: Track) -> float:
    """Shoulder width by trunk length, positive where the left shoulder is on the right; or NaN.

    Without shoulders the hips tell it: their width by the leg length, times three.
    """
    left_hip, right_hip = (track.joint(f"{side}_hip").astype(float) for side in SIDES)
    if "left_shoulder" in track.skeleton and "right_shoulder" in track.skeleton:
        left, right = (track.joint(f"{side}_shoulder").astype(float) for side in SIDES)
        trunk = np.linalg.norm(0.5 * (left + right - left_hip - right_hip), axis=1)
        share = (left[:, 0] - right[:, 0]) / np.maximum(trunk, 1e-9)
        if np.isfinite(share).mean() > 0.3:
            return float(np.nanmedian(share))
    share = 3 * (left_hip[:, 0] - right_hip[:, 0]) / leg_length(track)
    return float(np.nanmedian(share)) if np.isfinite(share).any() else float("nan")


def is_oblique(track: Track) -> bool:
    """Whether a view from the side is so far from a right angle that lengths come out short."""
    width = trunk_width(track)
    return bool(np.isfinite(width) and abs(width) > _OBLIQUE)


def find_ground(signals: Signals, track: Track, surface: Surface | None = None) -> Ground:
    """The surface asked for, else the one that the movement shows, and its speed.

    Poses about the pelvis show none: whoever walks through a room looks like one on a treadmill,
    and speed and lengths would be those of the lower foot, which is mostly not flat on the floor.
    """
    if not signals.has_forward:
        return Ground(surface or _surface_from_behind(track), float("nan"))
    walking = standing_speed(signals)
    pelvis = float(np.median(signals.pelvis_speed))
    if has_held_pelvis(track):
        return Ground(surface or "unknown", pelvis - walking, surface == "treadmill")
    if surface is None:
        surface = "overground" if pelvis > _TRAVEL * walking else "treadmill"
    return Ground(surface, 0.0 if surface == "overground" else pelvis - walking)


def has_held_pelvis(track: Track) -> bool:
    """Whether the pelvis stays above the origin, as lifting to `body` or `floor` leaves it."""
    if track.space != "world":
        return track.space == "body"
    hips = [track.joint(f"{side}_hip")[:, :2].astype(float) for side in SIDES]
    middle = (hips[0] + hips[1]) / 2
    known = middle[~np.isnan(middle).any(axis=1)]
    return len(known) > 0 and bool(np.abs(known).max() < _HELD)


def exact_ground(signals: Signals, ground: Ground, flat: list[tuple[Side, float, float]]) -> Ground:
    """The ground with its speed as the feet that stand flat on it show.

    Args:
        signals: The paths of the feet.
        ground: As `find_ground` has it, where heels that rise make a belt look slow.
        flat: Side, start and end in seconds of the flat part of each stance.
    """
    if not signals.has_forward or ground.surface == "overground" or not ground.is_measured:
        return ground
    speeds = []
    for side, start, end in flat:
        inside = (signals.times >= start) & (signals.times <= end)
        if inside.any():
            speeds.append(float(signals.foot(side, "heel").along_speed[inside].mean()))
    return replace(ground, speed=float(np.median(speeds))) if speeds else ground


def _surface_from_behind(track: Track) -> Surface:
    sizes = np.array([_height_in_picture(track, side) for side in SIDES])
    size = np.nanmax(sizes, axis=0, initial=0)
    size = size[size > 0]
    if len(size) < 10:
        return "treadmill"
    parts = np.array_split(size, 5)
    medians = [float(np.median(part)) for part in parts]
    return "overground" if max(medians) > _SIZE_CHANGE * min(medians) else "treadmill"


def _height_in_picture(track: Track, side: str) -> Float64Array:
    hip, ankle = (track.joint(f"{side}_{part}").astype(float) for part in ("hip", "ankle"))
    return np.asarray(np.nan_to_num(np.abs(hip[:, 1] - ankle[:, 1])))
