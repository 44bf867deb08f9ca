"""One person: from a clean track in the picture to one in space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from kinema.analysis.floor import ANKLE_HEIGHT
from kinema.camera import Camera
from kinema.errors import InputError, did_you_mean
from kinema.models.lifter import Lifter
from kinema.skeletons import H36M17
from kinema.space.lifting.joints import joints_for
from kinema.space.lifting.offline import USUAL_HEIGHT
from kinema.space.lifting.place import level_camera, level_rotation, pelvis_at, pelvis_places
from kinema.track import Float64Array, Track
from kinema.tracking.smoothing.butterworth import zero_phase

Place = Literal["body", "floor", "room"]
PLACES: tuple[Place, ...] = get_args(Place)

STEEPEST = 89.0
"""Degrees by which a camera may look up or down."""
_DISTANCE_CUTOFF = 1.0  # Hz; people's distance changes slowly, its error with every step
_SIGMA_OF_RAYS = 0.01  # of the body: what joints in the picture are off by
_LIMBS = [
    H36M17.index(f"{side}_{joint}")
    for side in ("left", "right")
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
]


def camera_for(
    size: tuple[int, int],
    *,
    focal: float | None = None,
    tilt: float = 0.0,
    calibrated: Camera | None = None,
) -> Camera:
    """The camera that a recording was made with, as far as it is known.

    Args:
        size: Width and height of the picture in pixels.
        focal: Focal length in pixels; None for the usual one, the longer side of the picture.
        tilt: Degrees by which the camera looks down; it is taken to be level sideways.
        calibrated: From a calibration, for pictures of this size. Where it does not say how the
            camera stands in the room, `tilt` does.

    Raises:
        InputError: If a number is none that can be meant, or something is given twice.
    """
    if not abs(tilt) <= STEEPEST:
        raise InputError(f"a camera cannot look down by {tilt:g} degrees")
    if focal is not None and not (np.isfinite(focal) and focal > 0):
        raise InputError(f"a focal length must be a positive number of pixels, got {focal:g}")
    if calibrated is None:
        return level_camera(size, focal=focal, tilt=tilt)
    if focal is not None:
        raise InputError("the calibration has the focal length; give one of the two")
    if stands_somewhere(calibrated):
        if tilt:
            raise InputError("the calibration says how the camera stands; leave out the tilt")
        return calibrated
    return replace(calibrated, rotation=level_rotation(tilt), translation=np.zeros(3))


def stands_somewhere(camera: Camera) -> bool:
    """Whether a calibrated camera has a place in the room, not only a lens."""
    return bool(camera.translation.any())


def lifted(
    track: Track,
    lifter: Lifter,
    camera: Camera,
    *,
    height: float | None = None,
    place: Place = "body",
    mirrored: bool = True,
    all_joints: bool = False,
) -> Track:
    """A person in space; of several, see `lifted_together`.

    Args:
        track: Clean, in a picture.
        lifter: As `load_lifter` gives it.
        camera: As `camera_for` gives it, of the size of the picture.
        height: Of the body, in metres; None for 1.7.
        place: Where the person is:
            `body`: the pelvis is the origin, and the axes are those of the camera.
            `floor`: upright, in "world" space, with the pelvis above the origin and the lowest
            joint of each frame on the floor; somebody who jumps stays on it.
            `room`: in "world" space where the camera sees the person. Of a camera with a place in
            the room it is that room; of others it is one with the camera above the origin, y
            pointing where it looks, and the floor where the lower foot mostly is.
        mirrored: Look at the mirrored person, too, and take the mean: twice the work.
        all_joints: Give also the joints of a person that the picture did not show.

    Returns:
        A track of `h36m17` in metres. Its sigma is that of the pose about the pelvis, not that of
        its place.

    Raises:
        InputError: If the track is not in a picture, or the height or the place is none.
        SkeletonError: If its skeleton lacks what the network needs.
    """
    people, _ = lifted_together(
        [track],
        lifter,
        camera,
        height=height,
        place=place,
        mirrored=mirrored,
        all_joints=all_joints,
    )
    return people[0]


def lifted_together(
    people: Sequence[Track],
    lifter: Lifter,
    camera: Camera,
    *,
    height: float | None = None,
    place: Place = "body",
    mirrored: bool = True,
    all_joints: bool = False,
) -> tuple[list[Track], Camera]:
    """As `lifted`, for the people of one recording.

    Returns:
        The people; and the camera, which in a `room` stands where it saw them from. If the floor of
        the room is not known it is that of the person who stands lowest.

    Raises:
        InputError: If a track is not in a picture, or the height or the place is none.
        SkeletonError: If a skeleton lacks what the network needs.
    """
    if place not in PLACES:
        raise InputError(f"no place {place!r}; {did_you_mean(place, PLACES)}")
    result = []
    for track in people:
        seen = _without_lens(track, camera)
        whole = lifter.lift(
            seen,
            size=camera.size,
            focal=float(camera.matrix[0, 0]),
            height=height,
            mirrored=mirrored,
            guess_missing=True,
        )
        points = whole.keypoints.astype(np.float64)
        if place == "floor":
            whole = _in_world(whole, _on_floor(points @ camera.rotation, height))
        elif place == "room":
            inside = points + _pelvis(whole, seen, camera)[0][:, None]
            whole = _in_world(whole, (inside - camera.translation) @ camera.rotation)
        result.append(whole)
    if place == "room" and not stands_somewhere(camera):
        shift = np.array([0, 0, _sole(height) - _lowest(result)])
        result = [_in_world(track, track.keypoints + shift) for track in result]
        camera = replace(camera, translation=camera.translation - camera.rotation @ shift)
    return (result if all_joints else [_only_seen(track) for track in result]), camera


def distances(track: Track, seen: Track, camera: Camera) -> tuple[Float64Array, Float64Array]:
    """Of a lifted track and the one that it came from: how far away the person is.

    Returns:
        (T,) metres along the axis of the camera, and the share of it by which it may be off by how
        well body and picture fit; NaN where it is not known, or the pelvis was not seen.
    """
    points = track.keypoints - track.joint("mid_hip")[:, None]
    if track.space == "world":
        points = points @ camera.rotation.T
    body = replace(track, keypoints=points.astype(np.float32), space="body")
    places, spread = _pelvis(body, _without_lens(seen, camera), camera)
    return places[:, 2], spread


def _without_lens(track: Track, camera: Camera) -> Track:
    """The track in the picture of a camera without distortion, looking at its middle."""
    if track.space != "image":
        raise InputError(f"poses in a picture are lifted; these are in {track.space} space")
    middle = np.array([(side - 1) / 2 for side in camera.size])
    pixels = camera.plane(track.keypoints) * camera.matrix[0, 0] + middle
    return replace(track, keypoints=pixels.astype(np.float32))


def _pelvis(lifted: Track, seen: Track, camera: Camera) -> tuple[Float64Array, Float64Array]:
    """Where the pelvis is in the axes of the camera, (T, 3), and how sure its distance is, (T,)."""
    pixels, certainty = joints_for(H36M17, seen)
    middle = np.array([(side - 1) / 2 for side in camera.size])
    plane = (pixels[:, _LIMBS] - middle) / camera.matrix[0, 0]
    points = lifted.keypoints[:, _LIMBS]
    sigma = 0.0 if lifted.sigma is None else np.nan_to_num(lifted.sigma[:, _LIMBS], nan=1.0)
    weights = certainty[:, _LIMBS] / (_SIGMA_OF_RAYS**2 + np.square(sigma))
    places, spread = pelvis_places(points, plane, weights)
    known = ~np.isnan(places[:, 2])
    if not known.any():
        return places, spread
    depth = _smooth(np.log(places[:, 2]), lifted.times, lifted.rate)
    return np.where(
        known[:, None], pelvis_at(points, plane, weights, np.exp(depth)), np.nan
    ), spread


def _smooth(values: Float64Array, times: Float64Array, rate: float) -> Float64Array:
    """Values (T,) without what is faster than people walk, and without gaps."""
    known = ~np.isnan(values)
    filled = np.interp(times, times[known], values[known])
    if not (np.isfinite(rate) and rate > 2 * _DISTANCE_CUTOFF):
        return np.asarray(filled)
    return zero_phase(filled[:, None], _DISTANCE_CUTOFF, rate)[:, 0]


def _in_world(track: Track, points: Float64Array) -> Track:
    return replace(track, keypoints=points.astype(np.float32), space="world")


def _lowest(people: Sequence[Track]) -> float:
    """How high the lowest joint of the person is who stands lowest; 0 if nobody is anywhere.

    Somebody who stands, walks or runs has a foot on the floor in most frames or near to it, so that
    it is taken from the median over frames: a leap does not count, nor does noise.
    """
    heights = [track.keypoints[..., 2].min(axis=1) for track in people]
    known = [height[~np.isnan(height)] for height in heights]
    return min((float(np.median(height)) for height in known if len(height)), default=0.0)


def _on_floor(points: Float64Array, height: float | None) -> Float64Array:
    """Upright points (T, K, 3) from the pelvis, raised so that the lowest is on the floor."""
    raised = points.copy()
    raised[..., 2] += (_sole(height) - points[..., 2].min(axis=1))[:, None]
    return raised


def _sole(height: float | None) -> float:
    """How high an ankle on the floor is, in metres."""
    return ANKLE_HEIGHT * (USUAL_HEIGHT if height is None else height)


def _only_seen(track: Track) -> Track:
    """Without the joints that the picture did not show, whose scores are 0."""
    known = track.scores > 0
    return replace(
        track,
        keypoints=np.where(known[..., None], track.keypoints, np.nan),
        sigma=None if track.sigma is None else np.where(known, track.sigma, np.nan),
    )
