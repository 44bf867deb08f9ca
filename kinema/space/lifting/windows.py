"""Runs a lifting network over the joints of one person, frame by frame or window by window."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, ModelError
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton
from kinema.space.lifting.screen import person_windows, picture_coordinates
from kinema.space.lifting.spec import OUTPUT, LiftingNetwork, LiftSpec

WINDOWS_AT_ONCE = 512
FRAMES_AT_ONCE = 4096
_MIRROR = np.array([-1, 1, 1], dtype=np.float32)


def lifted_windows(
    network: LiftingNetwork,
    spec: LiftSpec,
    points: Float32Array,
    certainty: Float32Array,
    *,
    mirrored: bool,
) -> tuple[Float32Array, Float32Array]:
    """What a network of the kind `person` makes of windows of frames.

    Args:
        network: The network.
        spec: What it takes and gives.
        points: (N, F, K, 2) pixels of its joints, NaN where absent.
        certainty: (N, F, K).
        mirrored: Whether to look at the mirrored person, too, and take the mean.

    Returns:
        (N, 17, 3) in body heights and their sigma (N, 17); NaN where there is no person.

    Raises:
        ModelError: If the network gives another shape than `spec` says.
    """
    windows, usable = person_windows(points, certainty, spec.field.before)
    output = np.concatenate(
        [
            _called(network, spec, windows[start : start + WINDOWS_AT_ONCE], mirrored=mirrored)
            for start in range(0, max(len(windows), 1), WINDOWS_AT_ONCE)
        ]
    )
    places, sigma = spec.split(output[:, 0])
    places[~usable], sigma[~usable] = np.nan, np.nan
    return places, sigma


def lifted_sequence(
    network: LiftingNetwork,
    spec: LiftSpec,
    points: Float32Array,
    size: tuple[int, int],
    *,
    mirrored: bool,
) -> tuple[Float32Array, Float32Array]:
    """What a network of the kind `picture` makes of the frames of one person.

    Each layer sees the whole sequence, so that frames share what it computes. Long sequences are
    cut into overlapping pieces, which give the same.

    Args:
        network: The network.
        spec: What it takes and gives.
        points: (T, K, 2) pixels of its joints, without gaps; see `without_gaps`.
        size: Width and height of the picture.
        mirrored: As in `lifted_windows`.

    Returns:
        (T, 17, 3) in metres, from the pelvis, and their sigma (T, 17).

    Raises:
        ModelError: If the network gives another shape than `spec` says.
    """
    flat = picture_coordinates(points, size).reshape(len(points), -1)
    padded = spec.field.padded(flat)
    overlap = spec.field.frames - 1
    pieces = [
        _called(network, spec, padded[None, start : start + FRAMES_AT_ONCE + overlap], mirrored)
        for start in range(0, len(points), FRAMES_AT_ONCE)
    ]
    places, sigma = spec.split(np.concatenate(pieces, axis=1)[0])
    return places - places[:, :1], sigma


def without_gaps(points: Float32Array, skeleton: Skeleton) -> Float32Array:
    """The points (T, K, 2) with every gap filled in a straight line, at its ends by what is next.

    Networks of the kind `picture` have no number for "absent".

    Raises:
        InputError: If a joint is never there.
    """
    filled = points.copy()
    frames = np.arange(len(points))
    for joint, name in enumerate(skeleton.keypoints):
        known = ~np.isnan(points[:, joint]).any(axis=1)
        if not known.any():
            raise InputError(f"{name} is never found, and the lifting network needs all joints")
        for axis in range(2):
            filled[:, joint, axis] = np.interp(frames, frames[known], points[known, joint, axis])
    return filled


def gathered(array: Float32Array, indices: npt.NDArray[np.intp]) -> Float32Array:
    """Rows (T, ...) as windows (N, F, ...)."""
    return np.asarray(array[indices])


def _called(
    network: LiftingNetwork, spec: LiftSpec, inputs: Float32Array, mirrored: bool
) -> Float32Array:
    output = _checked(network(inputs), spec, inputs)
    if not mirrored:
        return output
    shape = (*inputs.shape[:2], len(spec.joints), spec.channels)
    other = (inputs.reshape(shape) * _MIRROR[: spec.channels])[:, :, spec.joints.mirror_order]
    flipped = _checked(network(other.reshape(inputs.shape)), spec, inputs)
    k = len(OUTPUT)
    places = flipped[..., : 3 * k].reshape(*flipped.shape[:2], k, 3) * _MIRROR
    places = places[:, :, OUTPUT.mirror_order].reshape(*flipped.shape[:2], 3 * k)
    rest = flipped[..., 3 * k :]
    if spec.sigma:
        rest = rest[..., OUTPUT.mirror_order]
    return np.asarray((output + np.concatenate([places, rest], axis=-1)) / 2)


def _checked(output: Float32Array, spec: LiftSpec, inputs: Float32Array) -> Float32Array:
    wanted = (len(inputs), inputs.shape[1] - spec.field.frames + 1, spec.outputs)
    if output.shape != wanted:
        raise ModelError(
            f"the lifting network gave {output.shape} for {inputs.shape}, not {wanted}; "
            "it is another one than its description says"
        )
    return output
