"""At which shift of one recording against another the rays of two cameras meet joint by joint.

Whatever two calibrated cameras see of one joint at one moment lies on rays that meet; at another
moment the person is elsewhere. Where movement repeats itself, as in walking, this tells apart what
its correlation does not: a step later the person is a step further.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera
from kinema.track import Track, people_of

Float64Array = npt.NDArray[np.float64]

LEAST_SCORE = 0.3  # of a joint that counts
APART = 0.1
"""Metres by which two rays miss each other and still meet to 0.61: cameras may have turned."""
SECONDS_A_STEP = 1 / 30
MOST_INSTANTS = 100  # of the second recording that are tried at each shift
FEWEST_INSTANTS = 15
FEWEST_JOINTS = 4
_PARALLEL = 0.05  # sine of the angle between rays that tell nothing


def meeting(
    cameras: tuple[Camera, Camera],
    people: tuple[Sequence[Track], Sequence[Track]],
    *,
    step: float,
    farthest: int,
) -> Float64Array:
    """How well rays meet, (2 F + 1,) in [0, 1], for shifts of -F to F steps of the second camera.

    The mean over people and instants of the second recording, of whoever fits best in the first.

    Args:
        cameras: The two.
        people: Whom each saw, in the picture, with times by its own clock.
        step: Seconds.
        farthest: F.

    Returns:
        A value for each shift, NaN where too little is seen by both.
    """
    curve = np.full(2 * farthest + 1, np.nan)
    if not all(people):
        return curve
    stride = max(round(SECONDS_A_STEP / step), 1)
    (first, one), (second, other) = (
        _rays(camera, tracks, step * stride) for camera, tracks in zip(cameras, people, strict=True)
    )
    seen = np.flatnonzero((~np.isnan(other[..., 0])).sum(axis=2).max(axis=1) >= FEWEST_JOINTS)
    seen = seen[:: max(1, -(-len(seen) // MOST_INSTANTS))]
    between = cameras[1].centre - cameras[0].centre
    low = max(-(farthest // stride), first - second - len(other) + 1)
    high = min(farthest // stride, first - second + len(one) - 1)
    shifts = np.arange(low, high + 1)
    likeness = np.full(len(shifts), np.nan)
    for n, shift in enumerate(shifts.tolist()):
        rows = seen + second + shift - first
        inside = (rows >= 0) & (rows < len(one))
        if inside.sum() >= FEWEST_INSTANTS:
            likeness[n] = _likeness(one[rows[inside]], other[seen[inside]], between)
    if not np.isnan(likeness).all():
        whole = np.arange(-farthest, farthest + 1) / stride
        curve = np.interp(whole, shifts, likeness, left=np.nan, right=np.nan)
    return curve


def _rays(camera: Camera, tracks: Sequence[Track], step: float) -> tuple[int, Float64Array]:
    """The first whole step, and unit vectors (T, N, K, 3) in the world to the joints of N people.

    NaN where a joint is not seen.
    """
    start = int(np.ceil(min(float(track.times[0]) for track in tracks) / step - 1e-6))
    end = int(np.floor(max(float(track.times[-1]) for track in tracks) / step + 1e-6))
    grid = np.arange(start, end + 1) * step
    frames = list(people_of(tracks, grid))
    most = max((len(poses) for poses in frames), default=0)
    pixels = np.full((len(grid), max(most, 1), len(tracks[0].skeleton), 2), np.nan)
    for row, poses in enumerate(frames):
        sure = poses.scores >= LEAST_SCORE
        pixels[row, : len(poses)] = np.where(sure[..., None], poses.keypoints, np.nan)
    planes = camera.plane(pixels.reshape(-1, 2)).reshape(pixels.shape)
    rays = np.concatenate([planes, np.ones((*planes.shape[:3], 1))], axis=3) @ camera.rotation
    return start, np.asarray(rays / np.linalg.norm(rays, axis=3, keepdims=True))


def _likeness(one: Float64Array, other: Float64Array, between: Float64Array) -> float:
    """How well rays (T, N, K, 3) and (T, M, K, 3) meet; NaN where that is not to be told."""
    across = np.cross(one[:, :, None], other[:, None])
    sine = np.linalg.norm(across, axis=4)
    told = sine > _PARALLEL
    miss = np.abs(across @ between) / np.where(told, sine, 1.0)
    near = np.where(told, np.exp(-0.5 * (np.where(told, miss, 0.0) / APART) ** 2), 0.0)
    joints = told.sum(axis=3)
    enough = joints >= FEWEST_JOINTS
    best = np.where(enough, near.sum(axis=3) / np.maximum(joints, 1), 0.0).max(axis=1)
    known = enough.any(axis=1)  # (T, M)
    return float(best.sum() / known.sum()) if known.sum() >= FEWEST_INSTANTS else float("nan")
