"""Errors as pose models make them, put on known tracks.

The sizes are those of the default model on a walking person filmed by four calibrated cameras at
60 frames a second (the demonstration of the package pose2sim), against the joints triangulated
from all four: of the person's height, 0.3 % differ from frame to frame, and 0.6 % last for about
0.1 seconds. Constant differences are not simulated: no filter could take them away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kinema.track import Track

Array = npt.NDArray[np.float64]
WHITE, LASTING, MEMORY = 0.003, 0.006, 0.1  # of the height, of the height, seconds
_OFTEN_WORSE, _WORSE = 0.04, 4.0  # share of frames whose white error is so many times as large


@dataclass(frozen=True)
class Noise:
    """How much error.

    Attributes:
        times: The usual one.
        lost: Share of joints that are not found.
        gross: Share of joints that are anywhere.
        doubled: Times a second that a lower leg is put on the other one, for 2 to 8 frames, when
            the legs are less than a quarter of the height apart.
    """

    times: float = 1.0
    lost: float = 0.003
    gross: float = 0.002
    doubled: float = 0.1


def person_height(track: Track) -> float:
    """The median height of the box around a person, in pixels."""
    y = track.keypoints[..., 1]
    there = ~np.isnan(y).all(axis=1)
    return float(np.median(np.nanmax(y[there], axis=1) - np.nanmin(y[there], axis=1)))


def add_noise(track: Track, rng: np.random.Generator, noise: Noise | None = None) -> Track:
    """The track as a model might find it."""
    noise = noise or Noise()
    shape = track.keypoints.shape
    height = person_height(track) * noise.times
    quality = np.exp(0.4 * _slow(rng, shape[:2], 0.5, track.rate))  # some stretches are worse
    white = rng.normal(size=shape)
    white *= np.where(rng.random(shape[:2]) < _OFTEN_WORSE, _WORSE, 1.0)[..., None]
    error = WHITE * white + LASTING * _slow(rng, shape, MEMORY, track.rate)
    keypoints = track.keypoints + height * quality[..., None] * error
    gross = rng.random(shape[:2]) < noise.gross
    keypoints[gross] += rng.normal(scale=0.15 * height, size=shape)[gross]
    scores = np.clip(0.8 / quality + rng.normal(scale=0.08, size=shape[:2]), 0.1, 1.0)
    _double(keypoints, track, rng, noise.doubled)
    lost = _stretches(rng, shape[:2], noise.lost)
    keypoints[lost], scores[lost] = np.nan, 0
    return replace(track, keypoints=keypoints, scores=scores)


def _double(keypoints: Array, track: Track, rng: np.random.Generator, often: float) -> None:
    """Put one lower leg on the other for some frames, with the small errors of a place of its own.

    Which pairs are, the ankle with the foot or the knee too, is by chance.
    """
    names = track.skeleton.keypoints
    for start in np.flatnonzero(rng.random(len(keypoints)) < often / track.rate).tolist():
        words = ("ankle", "heel", "toe", "knee")[: int(rng.integers(3, 5))]
        side, other = ("left", "right") if rng.random() < 0.5 else ("right", "left")
        stop = start + int(rng.integers(2, 9))
        for name in [n for n in names if n.startswith(side) and any(w in n for w in words)]:
            wrong = track.skeleton.index(name)
            right = track.skeleton.index(name.replace(side, other))
            apart = np.linalg.norm(keypoints[start, wrong] - keypoints[start, right])
            if apart < 0.25 * person_height(track):
                place = keypoints[start:stop, right]
                small = rng.normal(scale=0.004 * person_height(track), size=place.shape)
                keypoints[start:stop, wrong] = place + small


def _slow(rng: np.random.Generator, shape: tuple[int, ...], memory: float, rate: float) -> Array:
    """Noise of variance 1 that forgets itself within `memory` seconds."""
    keep = np.exp(-1 / (memory * rate))
    values = rng.normal(size=shape)
    for t in range(1, shape[0]):
        values[t] = keep * values[t - 1] + np.sqrt(1 - keep**2) * values[t]
    return values


def _stretches(
    rng: np.random.Generator, shape: tuple[int, ...], share: float
) -> npt.NDArray[np.bool_]:
    """Random runs of 1 to 6 frames that make up about this share of all frames."""
    lost = np.zeros(shape, dtype=bool)
    for start, joint in np.argwhere(rng.random(shape) < share / 3.5):
        lost[start : start + rng.integers(1, 7), joint] = True
    return lost
