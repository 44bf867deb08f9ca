"""Left and right mixed up on purpose, as pose models do it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kinema.skeleton import Skeleton
from kinema.track import Track

Mask = npt.NDArray[np.bool_]
KINDS = {
    "leg": ("hip", "knee", "ankle", "heel", "toe"),
    "lower leg": ("knee", "ankle", "heel", "toe"),
    "knee": ("knee",),
    "ankle": ("ankle", "heel", "toe"),
    "arm": ("shoulder", "elbow", "wrist"),
    "forearm": ("elbow", "wrist"),
    "body": ("",),
}
LENGTHS = {
    "1 frame": (1, 1),
    "2-5 frames": (2, 5),
    "6-15 frames": (6, 15),
    "16-25 frames": (16, 25),
}
_APART = 0.6  # seconds between swaps


@dataclass(frozen=True)
class Swap:
    """One swap that was put in."""

    kind: str
    length: str
    start: int
    stop: int


def inject(
    track: Track, rng: np.random.Generator, *, at_crossings: bool, every: float = 1.5
) -> tuple[Track, Mask, list[Swap]]:
    """The track with swaps of all kinds, where they are (T, K), and a list of them.

    Args:
        track: Without swaps.
        rng: Chooses.
        at_crossings: Start where left and right are nearest to each other, as most real ones do.
        every: Seconds between the starts of two swaps, about.
    """
    order = track.skeleton.mirror_order
    wrong = np.zeros(track.scores.shape, dtype=bool)
    swaps: list[Swap] = []
    frame = int(rng.integers(5, max(6, round(every * track.rate))))
    while frame < len(track) - 5:
        kind = str(rng.choice(list(KINDS)))
        length = str(rng.choice(list(LENGTHS)))
        joints = members(track.skeleton, kind)
        frames = int(rng.integers(LENGTHS[length][0], LENGTHS[length][1] + 1))
        start = _crossing(track, joints, frame) if at_crossings else frame
        stop = min(start + frames, len(track))
        if start >= (swaps[-1].stop if swaps else 0) + 3:
            wrong[start:stop, joints] = True
            swaps.append(Swap(kind, length, start, stop))
        frame = stop + round(_APART * track.rate) + int(rng.integers(0, round(every * track.rate)))
    keypoints = np.where(wrong[..., None], track.keypoints[:, order], track.keypoints)
    scores = np.where(wrong, track.scores[:, order], track.scores)
    return replace(track, keypoints=keypoints, scores=scores), wrong, swaps


def members(skeleton: Skeleton, kind: str) -> list[int]:
    """The joints of a kind, of both sides."""
    paired = [joint for pair in skeleton.mirror for joint in pair]
    return [skeleton.index(joint) for joint in paired if any(word in joint for word in KINDS[kind])]


def _crossing(track: Track, joints: list[int], frame: int) -> int:
    """The frame within the next second where the sides of these joints are nearest."""
    order = track.skeleton.mirror_order
    ahead = slice(frame, frame + round(track.rate))
    apart = track.keypoints[ahead][:, joints] - track.keypoints[ahead][:, order[joints]]
    distance = np.nan_to_num(np.linalg.norm(apart, axis=2), nan=1e6)
    return frame + int(distance[:, distance.max(axis=0) == distance.max()].mean(axis=1).argmin())
