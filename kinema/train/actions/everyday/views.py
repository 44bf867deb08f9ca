"""What cameras see of scenes: tracks in the picture, as models of poses would give them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.poses import Float32Array
from kinema.skeletons import H36M17
from kinema.space.lifting import LIFT13
from kinema.space.lifting.screen import body_heights
from kinema.track import Track
from kinema.train.actions.everyday.keys import RATE
from kinema.train.actions.everyday.recorded import Piece
from kinema.train.lift.noise import NOISE, with_noise

Float64Array = npt.NDArray[np.float64]
Rng = np.random.Generator

_RATES = (12.5, 15.0, 18.0, 20.0, 25.0, 30.0)
_FOCAL = (0.6, 1.6)  # over the width of the picture
_DISTANCE = (1.8, 9.0)  # metres
_EYE = (0.4, 3.0)  # metres above the floor
_ROLL = 3.0  # degrees
_NEAREST = 0.6  # metres before the camera
_PAN = 0.2  # share of the cameras that follow the person
_EDGE = 0.4  # share of the views in which the picture cuts something off
_GUESSED = 0.5  # share of these in which the model guesses where the lost joints are
_LOW = (0.8, 3.5)  # times as much noise on people who lie, whom models know less well
_HALVED = 0.55  # share of the views in which models see a half of people who lie as a whole person
_LOST = 0.06  # of a second's frames of people who are low, that begin a time without a person
_LOST_SECONDS = 0.3

_I = {joint: i for i, joint in enumerate(H36M17.keypoints)}
_ROWS = [_I.get(joint, _I["head_top"]) for joint in LIFT13.keypoints]
_HEAD = LIFT13.index("head")
_HIPS = [LIFT13.index("left_hip"), LIFT13.index("right_hip")]


@dataclass(frozen=True, eq=False)
class View:
    """One person in one camera's picture.

    Attributes:
        track: Joints of `lift13` in pixels; frames without the person are NaN.
        labels: What is done in each frame; empty where it is not clear.
    """

    track: Track
    labels: tuple[str, ...]


def seen(scene: Piece, rng: Rng, *, noise: float = 1.0) -> View:
    """The scene as a random camera sees it.

    Args:
        scene: In space.
        rng: Of all that is random: the camera, the frame rate, the errors.
        noise: Multiplies the errors; 0 is none.
    """
    rate = float(rng.choice(_RATES))
    times = np.arange(0, (len(scene) - 1) / RATE, 1 / rate)
    frames = times * RATE
    before = np.minimum(frames.astype(np.intp), len(scene) - 2)
    share = (frames - before)[:, None, None]
    points = (1 - share) * scene.points[before] + share * scene.points[before + 1]
    labels = tuple(scene.labels[i] for i in np.rint(frames).astype(np.intp).tolist())
    pixels, behind = projected(points, rng)
    height = float(np.quantile(body_heights(pixels), 0.9))
    found = pixels.astype(np.float32)
    if noise > 0:
        found = _with_errors(pixels, behind, points, height, rate, rng, noise)
    scores = np.where(np.isnan(found[..., 0]), 0, 1).astype(np.float32)
    return View(Track(LIFT13, found, scores, times), labels)


def clutter(scene: Piece, rng: Rng) -> View:
    """What models take for a person that is none, such as a coat: joints anywhere, that tremble.

    Args:
        scene: Somebody; one of their poses is distorted.
        rng: Of all that is random.
    """
    rate = float(rng.choice(_RATES))
    count = round(rng.uniform(2.5, 6) * rate)
    pose = projected(scene.points[[int(rng.integers(len(scene)))]], rng)[0][0]
    pose = (pose - pose.mean(axis=0)) * np.exp(rng.normal(0, 0.3, 2))
    height = float(body_heights(pose))
    pose += rng.normal(0, rng.uniform(0.05, 0.2) * height, pose.shape)
    pixels, behind = np.repeat(pose[None], count, axis=0), np.zeros((count, len(pose)))
    found = with_noise(
        pixels.astype(np.float32),
        behind.astype(np.float32),
        LIFT13,
        height=height,
        rate=rate,
        rng=rng,
        strength=float(rng.uniform(0.5, 4)),
    )[0]
    scores = np.where(np.isnan(found[..., 0]), 0, 1).astype(np.float32)
    track = Track(LIFT13, found, scores, np.arange(count) / rate)
    return View(track, ("other",) * count)


def projected(points: Float64Array, rng: Rng) -> tuple[Float64Array, Float64Array]:
    """Joints of `lift13` (T, 13, 2) in units of the picture's width, y down, by a random camera.

    Also gives how far each lies behind the pelvis, (T, 13), in body heights.
    """
    eye, axes = _camera(points, rng)
    inside = (points - eye) @ axes.T
    inside[..., 2] += max(0.0, _NEAREST - float(inside[..., 2].min()))
    joints = inside[:, _ROWS]
    joints[:, _HEAD] = inside[:, [_I["jaw"], _I["head_top"]]].mean(axis=1)
    behind = (joints[..., 2] - inside[:, :1, 2]) / float(np.mean(body_heights(joints)))
    pixels = joints[..., :2] / joints[..., 2:] * rng.uniform(*_FOCAL)
    if rng.random() < _PAN:
        middle = inside[:, 0, :2] / inside[:, 0, 2:]
        pixels = pixels - np.stack([middle[:, 0], np.zeros(len(middle))], axis=1)[:, None]
    return pixels, behind


def _camera(points: Float64Array, rng: Rng) -> tuple[Float64Array, Float64Array]:
    """Where a camera stands that looks about at the middle of the scene, and its axes as rows."""
    roots = points[:, 0]
    middle = (roots.min(axis=0) + roots.max(axis=0)) / 2
    angle, distance = rng.uniform(0, 2 * np.pi), np.exp(rng.uniform(*np.log(_DISTANCE)))
    eye = middle + distance * np.array([np.cos(angle), np.sin(angle), 0])
    eye[2] = rng.uniform(*_EYE)
    aim = np.array([*middle[:2], rng.uniform(0.5, 1.1)]) + rng.normal(0, 0.4, 3) * (1, 1, 0.5)
    forward = (aim - eye) / np.linalg.norm(aim - eye)
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    roll = np.radians(rng.normal(0, _ROLL))
    cosine, sine = np.cos(roll), np.sin(roll)
    axes = np.stack([cosine * right + sine * down, cosine * down - sine * right, forward])
    return eye, axes


def _with_errors(
    pixels: Float64Array,
    behind: Float64Array,
    points: Float64Array,
    height: float,
    rate: float,
    rng: Rng,
    strength: float,
) -> Float32Array:
    """The joints as a model would find them; those of people who lie with larger errors."""
    upright, low = (
        with_noise(
            pixels.astype(np.float32),
            behind.astype(np.float32),
            LIFT13,
            height=height,
            rate=rate,
            rng=rng,
            model=NOISE,
            strength=strength * factor,
        )[0]
        for factor in (1.0, float(rng.uniform(*_LOW)))
    )
    trunk = points[:, _I["thorax"]] - points[:, _I["mid_hip"]]
    flat = np.abs(trunk[:, 2]) < 0.6 * np.linalg.norm(trunk, axis=1)
    if rng.random() < _HALVED * strength:
        half = _halved(low, height, rng)
        low = np.where(_now_and_then(len(low), rate, rng)[:, None, None], half, low)
    found = np.where(flat[:, None, None], low, upright)
    if rng.random() < _EDGE * strength:
        found = _cut_off(found, height, rng)
    starts = np.flatnonzero(flat & (rng.random(len(flat)) < strength * _LOST * 30 / rate / 2))
    for start in starts.tolist():
        found[start : start + 1 + round(rng.exponential(_LOST_SECONDS) * rate)] = np.nan
    return found.astype(np.float32)


def _now_and_then(count: int, rate: float, rng: Rng) -> npt.NDArray[np.bool_]:
    """Frames (T,) that are chosen: all, or stretches of about half a second and of all lengths."""
    if rng.random() < 0.4:
        return np.ones(count, dtype=bool)
    changes = rng.random(count) < 1 / (rng.uniform(0.2, 1.5) * rate)
    return np.asarray((np.cumsum(changes) + rng.integers(2)) % 2 == 0)


def _halved(found: Float32Array, height: float, rng: Rng) -> Float32Array:
    """Joints as of a model that takes the upper or the lower half of the body for all of it.

    Those of the other half are guessed to be where the half ends that is seen.
    """
    hips, head = found[:, _HIPS].mean(axis=1), found[:, _HEAD]
    way = head - hips
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
    along = ((found - hips[:, None]) * way[:, None]).sum(axis=2)
    edge = rng.uniform(-0.2, 0.05) * height
    out = along < edge if rng.random() < 0.6 else along > edge
    guess = edge + rng.normal(0, 0.04 * height, out.shape)
    moved = found + (guess - along)[..., None] * way[:, None]
    return np.where(out[..., None], moved, found).astype(np.float32)


def _cut_off(found: Float32Array, height: float, rng: Rng) -> Float32Array:
    """The joints in a picture whose edge cuts some of them off: absent, or guessed at the edge."""
    cut = found.copy()
    side = str(rng.choice(["bottom", "bottom", "left", "right"]))
    axis = 1 if side == "bottom" else 0
    values = found[..., axis]
    if side == "left":
        edge = np.nanquantile(values, 0.02) + rng.uniform(0, 0.4) * height
        out = values < edge
    else:
        edge = np.nanquantile(values, 0.98) - rng.uniform(0, 0.45) * height
        out = values > edge
    if rng.random() < _GUESSED:
        guess = edge + (1 if side == "left" else -1) * np.abs(
            rng.normal(0, 0.03 * height, out.shape)
        )
        cut[..., axis] = np.where(out, guess, values)
    else:
        cut[out] = np.nan
    return cut
