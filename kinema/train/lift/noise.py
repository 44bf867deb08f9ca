"""How 2D models err: the noise that projected joints get, so that training is like use.

Sizes are in the unit of object keypoint similarity, sigma times the root of the person's area, so
that they fit persons of any size and joints that are easy or hard to place. COCO's published sigmas
are to annotators what is needed here for models; `benchmarks/pose_noise.py` says that they suit
models, too: with MoveNet Thunder on labelled pictures the middle half of the errors is 0.5 to 0.7
sigmas for every joint. The numbers of `NoiseModel` are measured by it, where they say so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.poses import Float32Array
from kinema.skeleton import Skeleton

BoolArray = npt.NDArray[np.bool_]

SIGMAS = {
    "head": 0.035,
    "shoulder": 0.079,
    "elbow": 0.072,
    "wrist": 0.062,
    "hip": 0.107,
    "knee": 0.087,
    "ankle": 0.089,
    "jaw": 0.035,
    "head_top": 0.035,
    "thorax": 0.056,
    "spine": 0.07,
    "mid_hip": 0.076,
}
"""COCO's sigmas; the head is its ears, and middles of two joints have theirs over root 2."""

AREA_ROOT = 0.43
"""The root of a standing person's area over its height: 0.35 wide, of which 0.53 are covered."""

_PARTS = {"arms": ("elbow", "wrist"), "legs": ("knee", "ankle")}


@dataclass(frozen=True)
class NoiseModel:
    """Numbers of the noise.

    Attributes:
        size: Root mean square error of a joint in its sigmas, but for leaps: the median over
            recordings. Measured: 0.74 (MoveNet) and 1.11 (OpenPose) on four videos of one person,
            1.2 on COCO's pictures.
        spread: Standard deviation of its logarithm from one recording to another. Measured on
            COCO, from person to person: 0.63.
        constant: Share of the variance that stays for a whole recording, as models mean somewhat
            different places. Measured: 0.67 and 0.41.
        slow: Share of the variance that changes slowly. Measured: three quarters of the rest.
        slow_seconds: Time in which it does. Measured: 0.1.
        hidden: How much larger it is for a joint that lies behind the body. Assumed.
        outlier_rate, outlier_seconds, outlier_size: Of leaps: how often a joint begins one, in a
            second; how long it lasts; how far it goes, in body heights. Measured: 2.7 % (MoveNet)
            and 11 % (OpenPose) of all joints are four times as far off as usual; how long and how
            far is assumed.
        gap_rate, gap_seconds: Of joints that are not found. Measured: none (MoveNet) and 7.5 %
            (OpenPose) of all joints; how long is assumed.
        swap_rate, swap_seconds: Of limbs whose sides are exchanged. Assumed.
        cut: Share of recordings that lack a part of the body throughout. Assumed.
    """

    size: float = 0.9
    spread: float = 0.5
    constant: float = 0.5
    slow: float = 0.37
    slow_seconds: float = 0.1
    hidden: float = 1.0
    outlier_rate: float = 0.25
    outlier_seconds: float = 0.12
    outlier_size: float = 0.12
    gap_rate: float = 0.15
    gap_seconds: float = 0.25
    swap_rate: float = 0.06
    swap_seconds: float = 0.2
    cut: float = 0.15


NOISE = NoiseModel()


def with_noise(
    pixels: Float32Array,
    behind: Float32Array,
    skeleton: Skeleton,
    *,
    height: float,
    rate: float,
    rng: np.random.Generator,
    model: NoiseModel = NOISE,
    strength: float = 1.0,
) -> tuple[Float32Array, Float32Array]:
    """Joints as a model would have found them, and how certain it would be.

    Args:
        pixels: (T, K, 2) true places.
        behind: (T, K) how far each joint lies behind the pelvis, in body heights.
        skeleton: Names the K joints.
        height: Of the person, in pixels.
        rate: Frames per second.
        rng: Of all that is random.
        model: The numbers.
        strength: Multiplies sizes and rates; with 0 nothing changes.

    Returns:
        (T, K, 2), NaN where a joint is not found; (T, K) certainties in [0, 1], 0 there.
    """
    if strength == 0:
        return pixels, np.ones(pixels.shape[:2], dtype=np.float32)
    t, k = pixels.shape[:2]
    sigma = np.array([SIGMAS[_kind(joint)] for joint in skeleton.keypoints]) * AREA_ROOT * height
    size = strength * model.size * np.exp(model.spread * rng.normal())
    each = size * sigma * (1 + model.hidden * np.clip(behind / 0.1, 0, 1))
    noise = _coloured(t, k, rate, model, rng) * each[..., None] / np.sqrt(2)  # an axis
    leaps = _events(t, k, strength * model.outlier_rate, model.outlier_seconds, rate, rng)
    far = rng.normal(0, model.outlier_size * height, (max(int(leaps.max()), 0) + 1, 2))
    noise += np.where(leaps[..., None] > 0, far[leaps], 0)
    found = _swapped(pixels, skeleton, strength, rate, model, rng) + noise
    distance = np.linalg.norm(found - pixels, axis=2)
    certainty = _certainty(distance / (2 * sigma), rng)
    lost = _events(t, k, strength * model.gap_rate, model.gap_seconds, rate, rng) > 0
    lost |= _cut(skeleton, min(1.0, strength * model.cut), rng)
    found[lost], certainty[lost] = np.nan, 0
    return found.astype(np.float32), certainty.astype(np.float32)


def _kind(joint: str) -> str:
    return joint.removeprefix("left_").removeprefix("right_")


def _coloured(
    t: int, k: int, rate: float, model: NoiseModel, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Noise (T, K, 2) of variance 1: constant, slow (an autoregressive process) and quick."""
    from scipy.signal import lfilter

    keep = np.exp(-1 / (rate * model.slow_seconds))
    drive = rng.normal(size=(t, k, 2)) * np.sqrt(1 - keep**2)
    drive[0] = rng.normal(size=(k, 2))
    slow = lfilter([1], [1, -keep], drive, axis=0)
    quick = max(0.0, 1 - model.constant - model.slow)
    return np.asarray(
        np.sqrt(model.constant) * rng.normal(size=(1, k, 2))
        + np.sqrt(model.slow) * slow
        + np.sqrt(quick) * rng.normal(size=(t, k, 2))
    )


def _events(
    t: int, k: int, rate_of: float, seconds: float, rate: float, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Which event (from 1) holds each joint in each frame, (T, K); 0 for none."""
    starts = np.argwhere(rng.random((t, k)) < rate_of / rate)
    lengths = np.ceil(rng.exponential(seconds * rate, len(starts))).astype(np.intp)
    held = np.zeros((t, k), dtype=np.intp)
    for number, ((start, joint), length) in enumerate(zip(starts, lengths, strict=True), 1):
        held[start : start + length, joint] = number
    return held


def _swapped(
    pixels: Float32Array,
    skeleton: Skeleton,
    strength: float,
    rate: float,
    model: NoiseModel,
    rng: np.random.Generator,
) -> npt.NDArray[np.float64]:
    found = pixels.astype(np.float64)
    for ends in _PARTS.values():
        joints = [
            skeleton.index(f"{side}_{joint}")
            for joint in ends
            for side in ("left", "right")
            if f"{side}_{joint}" in skeleton
        ]
        swap = _events(len(found), 1, strength * model.swap_rate, model.swap_seconds, rate, rng)
        rows = np.flatnonzero(swap[:, 0])
        others = skeleton.mirror_order[joints]
        found[rows[:, None], joints] = pixels[rows[:, None], others]
    return found


def _certainty(error: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """What a model would say of errors in units of 2 sigma. Models differ in their scales."""
    if rng.random() < 0.2:  # some say nothing
        return np.ones_like(error)
    power = rng.uniform(0.1, 0.8)
    said = np.exp(-power * error**2) * rng.uniform(0.75, 1, error.shape)
    return np.asarray(np.clip(said, 0.02, 1))


def _cut(skeleton: Skeleton, share: float, rng: np.random.Generator) -> BoolArray:
    """Which joints a whole recording lacks, as at the edge of the picture or behind a table."""
    lost = np.zeros(len(skeleton), dtype=bool)
    if rng.random() >= share:
        return lost
    side = str(rng.choice(["left_", "right_"]))
    parts: tuple[tuple[str, ...], ...] = (
        ("left_ankle", "right_ankle"),
        _PARTS["legs"],
        (side + "wrist",),
        tuple(side + joint for joint in _PARTS["arms"]),
        (side + "ankle",),
        ("head",),
    )
    chosen = parts[rng.integers(len(parts))]
    for i, joint in enumerate(skeleton.keypoints):
        lost[i] = joint in chosen or _kind(joint) in chosen
    return lost
