"""Makes training material of motion: other bodies, other cameras, and what they would see.

Each view is a piece of a recording at a rate and pace of its own, of a body with other proportions,
sometimes mirrored, with the limbs of another recording or with limbs turned away, seen by a camera
at a random place. `kinema.train.lift.bodies` does what concerns the body.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.poses import Float32Array
from kinema.skeletons import H36M17
from kinema.space.lifting import LIFT13
from kinema.space.lifting.rays import ray_rotations
from kinema.space.lifting.screen import body_heights
from kinema.train.lift.bodies import (
    LENGTHS,
    tilted,
    with_limbs,
    with_proportions,
    with_turned_limbs,
)
from kinema.train.lift.mocap import Motion
from kinema.train.lift.noise import with_noise
from kinema.train.lift.plan import RATE, LiftPlan

Float64Array = npt.NDArray[np.float64]

WIDTH = 1000
"""Pixels of a picture, which is square."""

LONGEST = 8.0  # seconds of a view
_PACE = (0.75, 1.3)  # of motion, and of the rate of the video
_FOCAL = (0.65, 1.6)  # over the width
_DISTANCE = (2.2, 9.0)  # metres
_EYE = (0.4, 3.2)  # metres above the floor: from beside a treadmill to below a ceiling
_NEAREST = 1.0  # metres, of the pelvis before the camera
_AIM = 0.35  # metres that the camera aims beside the middle of the motion
_ROLL = 3.0  # degrees
_PROPORTION = 0.06  # standard deviation of the logarithm of each length
_SIZE = (0.85, 1.12)

_I = {joint: i for i, joint in enumerate(H36M17.keypoints)}
_HEAD = (_I["jaw"], _I["head_top"])  # whose middle is the head of lift13
_ROOT = _I["mid_hip"]
_LIFT13_ROWS = [_I.get(joint, -1) for joint in LIFT13.keypoints]


@dataclass(frozen=True, eq=False)
class Views:
    """Frames of many views, one view after the other.

    Attributes:
        pixels: (M, K, 2) the joints that the network takes, with noise; NaN where not found.
        certainty: (M, K).
        targets: (M, 17, 3), from the pelvis: in body heights in the axes of a camera that looks at
            it, for networks of the kind `person`; in metres in the axes of the camera, else.
        roots: (M, 3) where the pelvis is, in the axes of the camera, metres.
        focal: (M,) of the camera, in pixels; its middle is that of the picture.
        first, last: (M,) the first and the last frame of the view that a frame belongs to.
    """

    pixels: Float32Array
    certainty: Float32Array
    targets: Float32Array
    roots: Float32Array
    focal: Float32Array
    first: npt.NDArray[np.intp]
    last: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.pixels)

    def windows(
        self, chosen: npt.NDArray[np.intp], offsets: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.intp]:
        """The frames (N, F) about the chosen ones (N,), those at the edge of a view repeated."""
        wanted = chosen[:, None] + offsets
        return np.asarray(np.clip(wanted, self.first[chosen, None], self.last[chosen, None]))


def make_views(
    motions: Sequence[Motion], plan: LiftPlan, rng: np.random.Generator, *, views: int | None = None
) -> Views:
    """New views of all recordings: as many of each second as `plan.views` or `views` says."""
    views = plan.views if views is None else views
    pieces = []
    for motion in motions:
        for _ in range(views * max(1, round(motion.seconds / LONGEST))):
            other = motions[int(rng.integers(len(motions)))] if rng.random() < plan.mix else None
            pieces.append(_view(motion, other, plan, rng))
    lengths = np.array([len(piece[0]) for piece in pieces], dtype=np.intp)
    stops = np.cumsum(lengths)
    pixels, certainty, targets, roots, focal = (
        np.concatenate([np.asarray(piece[i], dtype=np.float32) for piece in pieces])
        for i in range(5)
    )
    first = np.repeat(stops - lengths, lengths)
    last = np.repeat(stops - 1, lengths)
    return Views(pixels, certainty, targets, roots, focal, first, last)


def _view(
    motion: Motion, other: Motion | None, plan: LiftPlan, rng: np.random.Generator
) -> tuple[npt.NDArray[np.floating], ...]:
    points = _piece(motion, rng)
    if other is not None:
        limbs = str(rng.choice(["arms", "legs"]))
        points = with_limbs(points, _piece(other, rng), limbs)
    if rng.random() < plan.bend:
        points = with_turned_limbs(points, rng)
    points = with_proportions(points, np.exp(rng.normal(0, _PROPORTION, len(LENGTHS))))
    points = points * rng.uniform(*_SIZE)
    if rng.random() < plan.tilt:
        points = tilted(points, rng)
    if rng.random() < 0.5:
        points = (points * (-1, 1, 1))[:, H36M17.mirror_order]
    inside = before_camera(points, rng)
    focal = (rng.uniform(*_FOCAL) if plan.focal is None else plan.focal) * WIDTH
    roots = inside[:, _ROOT]
    targets = inside - roots[:, None]
    behind = targets[..., 2]
    joints = inside
    if plan.screen == "person":
        height = float(np.mean(body_heights(_lift13(inside))))
        turns = ray_rotations(roots[:, :2] / roots[:, 2:])
        targets = targets @ turns / height  # each row times R is R^T times it
        joints, behind = _lift13(inside), _lift13(behind[..., None])[..., 0] / height
    else:
        behind = behind / float(np.mean(body_heights(_lift13(inside))))
    pixels = joints[..., :2] / joints[..., 2:] * focal + (WIDTH - 1) / 2
    seen = body_heights(pixels if plan.screen == "person" else _lift13(pixels))
    found, certainty = with_noise(
        pixels.astype(np.float32),
        behind.astype(np.float32),
        plan.spec.joints,
        height=float(np.mean(seen)),
        rate=RATE,
        rng=rng,
        strength=plan.noise,
    )
    return found, certainty, targets, roots, np.full(len(found), focal)


def _lift13(points: npt.NDArray[np.floating]) -> Float64Array:
    """The joints of `lift13` (..., 13, D) of those of `h36m17`."""
    chosen = points[..., _LIFT13_ROWS, :].astype(np.float64)
    chosen[..., LIFT13.index("head"), :] = points[..., _HEAD, :].mean(axis=-2)
    return chosen


def _piece(motion: Motion, rng: np.random.Generator) -> Float64Array:
    """A piece of a recording at the network's rate, or at one a little off it."""
    step = motion.rate / RATE * rng.uniform(*_PACE)
    count = int(min(motion.seconds, LONGEST) * motion.rate / step)
    spare = len(motion.points) - 1 - (count - 1) * step
    times = rng.uniform(0, max(spare, 0)) + step * np.arange(max(count, 1))
    times = np.clip(times, 0, len(motion.points) - 1)
    before = np.minimum(times.astype(np.intp), max(len(motion.points) - 2, 0))
    after = np.minimum(before + 1, len(motion.points) - 1)
    share = (times - before)[:, None, None]
    return np.asarray((1 - share) * motion.points[before] + share * motion.points[after])


def before_camera(points: Float64Array, rng: np.random.Generator) -> Float64Array:
    """World points (T, 17, 3), z up, in the axes of a random camera: x right, y down, z forwards.

    The camera stands all around, between knee and reach above the floor, looks about at the middle
    of the motion, and is moved back until the pelvis is never nearer than a metre.
    """
    roots = points[:, _ROOT]
    middle = (roots.min(axis=0) + roots.max(axis=0)) / 2
    angle = rng.uniform(0, 2 * np.pi)
    distance = np.exp(rng.uniform(*np.log(_DISTANCE)))
    eye = middle + distance * np.array([np.cos(angle), np.sin(angle), 0])
    eye[2] = points[..., 2].min() + rng.uniform(*_EYE)
    axes = _looking(eye, middle + rng.normal(0, _AIM, 3), np.radians(rng.normal(0, _ROLL)))
    inside = (points - eye) @ axes.T
    inside[..., 2] += max(0.0, _NEAREST - float(inside[:, _ROOT, 2].min()))
    # A hand may still be behind the camera of someone who stands a metre before it.
    inside[..., 2] = np.maximum(inside[..., 2], 0.3)
    return np.asarray(inside)


def _looking(eye: Float64Array, aim: Float64Array, roll: float) -> Float64Array:
    """The axes of a camera as rows: right, down, forwards."""
    forward = (aim - eye) / np.linalg.norm(aim - eye)
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    cosine, sine = np.cos(roll), np.sin(roll)
    return np.stack([cosine * right + sine * down, cosine * down - sine * right, forward])
