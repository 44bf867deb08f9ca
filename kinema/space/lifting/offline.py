"""Lifts a whole track: from one person's joints in the picture to poses in space."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError
from kinema.poses import Float32Array
from kinema.space.lifting.joints import LIFT13, joints_for
from kinema.space.lifting.rays import ray_rotations, usual_focal
from kinema.space.lifting.screen import body_heights
from kinema.space.lifting.spec import OUTPUT, LiftingNetwork, LiftSpec
from kinema.space.lifting.windows import gathered, lifted_sequence, lifted_windows, without_gaps
from kinema.track import Track

USUAL_HEIGHT = 1.7
"""Body height in metres where none is given: about the mean of adults."""

FEWEST_JOINTS = 5
"""With fewer joints of the network's input in a frame nobody is there."""

_LEAST_RATE_SHARE = 0.7  # of the network's rate; below, frames are interpolated


def lift(
    track: Track,
    network: LiftingNetwork,
    spec: LiftSpec,
    *,
    size: tuple[int, int],
    focal: float | None = None,
    height: float | None = None,
    mirrored: bool = True,
    guess_missing: bool = False,
) -> Track:
    """The person's pose in space in every frame.

    Args:
        track: In the picture, of a skeleton that `joints_for` can turn into the network's.
        network: Such as `kinema.models.lifter` loads; `spec` says what it takes and gives.
        spec: Of the network.
        size: Width and height of the picture in pixels.
        focal: Of the camera, in pixels; None for the usual one (`rays.USUAL_FOCAL`). Networks of
            the kind `picture` have no use for it.
        height: Of the body, in metres; None for 1.7 m, or for what a network of the kind `picture`
            itself gives in metres.
        mirrored: Look at the mirrored person, too, and take the mean: twice the work.
        guess_missing: Give also the joints of a person that the picture did not show.

    Returns:
        A track of `h36m17` in "body" space, metres from the pelvis, in the axes of the camera. NaN
        where fewer than 5 joints were found, and at joints that were not, unless they are to be
        guessed. Its scores are those of the joints in the picture; its sigma is the network's own,
        0 of the pelvis.

    Raises:
        InputError: If the track is not in a picture, or the height or focal length is none.
        SkeletonError: If its skeleton lacks what the network needs.
        ModelError: If the network is another one than `spec` says.
    """
    check_lifting(track, focal=focal, height=height)
    even = _at_rate(track, spec)
    points, certainty = joints_for(spec.joints, even)
    there = (~np.isnan(points).any(axis=2)).sum(axis=1) >= FEWEST_JOINTS
    if not there.any():
        return _nobody(track)
    if spec.screen == "person":
        windows = spec.field.indices(len(even), spec.step(even.rate))
        places, sigma = _person(network, spec, points, certainty, windows, mirrored=mirrored)
        turns = view_rotations(points, size, focal)
        places = np.einsum("tij,tkj->tki", turns, places).astype(np.float32)
        factor = height or USUAL_HEIGHT
    else:
        filled = without_gaps(points, spec.joints)
        places, sigma = lifted_sequence(network, spec, filled, size, mirrored=mirrored)
        factor = 1.0 if height is None else height / predicted_height(places)
    places, sigma = places * np.float32(factor), sigma * np.float32(factor)
    sigma[:, OUTPUT.index("mid_hip")] = 0  # the origin; what networks say of it means nothing
    lifted = _shown(even, places, sigma if spec.sigma else None, there, guess_missing)
    return lifted if np.array_equal(even.times, track.times) else lifted.at(track.times)


def check_lifting(track: Track, *, focal: float | None, height: float | None) -> None:
    """Checks what a user gives.

    Raises:
        InputError: If the track is not in a picture, or the height or focal length is none.
    """
    if track.space != "image":
        raise InputError(f"poses in a picture are lifted; these are in {track.space} space")
    check_sizes(focal=focal, height=height)


def check_sizes(*, focal: float | None, height: float | None) -> None:
    """Checks the numbers alone.

    Raises:
        InputError: If the height or focal length is none.
    """
    if focal is not None and not (np.isfinite(focal) and focal > 0):
        raise InputError(f"a focal length must be a positive number of pixels, got {focal}")
    if height is not None and not 0.3 <= height <= 2.8:
        raise InputError(f"a height of {height:g} m is none of a person; give it in metres")


def predicted_height(places: Float32Array) -> float:
    """The body height that the limbs of lifted poses (T, 17, 3) have, as the median over frames."""
    heights = body_heights(places[:, _LIMBS_IN_OUTPUT])
    return float(np.nanmedian(heights))


def view_rotations(
    points: Float32Array, size: tuple[int, int], focal: float | None
) -> npt.NDArray[np.float64]:
    """From the axes of a camera that looks at the person to those of the camera, (T, 3, 3).

    Args:
        points: (T, 13, 2) `lift13` joints in pixels. The person is where the middle of the joints
            found is, as in training.
        size: Of the picture.
        focal: In pixels, or None.
    """
    middle = np.array([(size[0] - 1) / 2, (size[1] - 1) / 2])
    hips = points[:, [LIFT13.index("left_hip"), LIFT13.index("right_hip")]].mean(axis=1)
    plane = (hips - middle) / (focal or usual_focal(size))
    return ray_rotations(np.where(np.isnan(plane), 0, plane))


def _person(
    network: LiftingNetwork,
    spec: LiftSpec,
    points: Float32Array,
    certainty: Float32Array,
    windows: npt.NDArray[np.intp],
    *,
    mirrored: bool,
) -> tuple[Float32Array, Float32Array]:
    """Lifts windows in blocks, so that a long track needs no more memory than a short one."""
    block = 4096
    pieces = [
        lifted_windows(
            network,
            spec,
            gathered(points, windows[start : start + block]),
            gathered(certainty, windows[start : start + block]),
            mirrored=mirrored,
        )
        for start in range(0, len(windows), block)
    ]
    return np.concatenate([p for p, _ in pieces]), np.concatenate([s for _, s in pieces])


def _at_rate(track: Track, spec: LiftSpec) -> Track:
    """The track at even times, and at more of them where it is slower than the network."""
    even = track.regular()
    if spec.rate is None or len(even) < 2 or even.rate >= _LEAST_RATE_SHARE * spec.rate:
        return even
    return track.regular(even.rate * int(np.ceil(spec.rate / even.rate)))


def _shown(
    track: Track,
    places: Float32Array,
    sigma: Float32Array | None,
    there: npt.NDArray[np.bool_],
    guess_missing: bool,
) -> Track:
    """The lifted track, without what the picture does not show, with the picture's certainty."""
    points, scores = joints_for(OUTPUT, track)
    known = there[:, None] & ~np.isnan(places).any(axis=2)
    known &= ~np.isnan(points).any(axis=2) | guess_missing
    return replace(
        track,
        skeleton=OUTPUT,
        keypoints=np.where(known[..., None], places, np.nan),
        scores=np.where(known, scores, 0),
        space="body",
        sigma=None if sigma is None else np.where(known, sigma, np.nan),
    )


def _nobody(track: Track) -> Track:
    shape = (len(track), len(OUTPUT))
    return replace(
        track,
        skeleton=OUTPUT,
        keypoints=np.full((*shape, 3), np.nan, dtype=np.float32),
        scores=np.zeros(shape, dtype=np.float32),
        space="body",
        sigma=None,
    )


_LIMBS_IN_OUTPUT = [
    OUTPUT.index("jaw") if joint == "head" else OUTPUT.index(joint) for joint in LIFT13.keypoints
]
