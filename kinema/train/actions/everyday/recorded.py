"""What people do in recordings of motion, frame by frame, as far as it can be told safely.

The files of the CMU Graphics Lab Motion Capture Database are known by what their names say: walks,
runs, jumps, and others. How fast the pelvis goes, whether both feet are off the floor and how the
trunk is held tells the rest. Frames of which it is not clear what they show have no label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.skeletons import H36M17
from kinema.train.actions.everyday.keys import RATE
from kinema.train.lift.mocap import Motion

Float64Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_J = {joint: i for i, joint in enumerate(H36M17.keypoints)}
_RUNS, _JUMPS = ("running", "02_03"), ("jumping",)
_OTHERS = ("basketball", "soccer", "directing", "washwindow", "02_05", "02_07", "02_08", "02_09")
_BENDS = ("02_06", "02_10")
_SPEED_SECONDS = 0.5
_STILL, _SLOW, _GOING = 0.1, 0.6, 0.45  # metres a second
_STRAIGHT = 0.96  # of the height of the pelvis
_BUSY = 0.5  # metres a second, of a hand
_OFF = 0.07  # metres, of both ankles above where they are on the floor
_ABOUT = 0.35  # seconds before and after a flight that are part of a jump
_BENT, _UPRIGHT = 50.0, 25.0  # degrees of the trunk


@dataclass(frozen=True, eq=False)
class Piece:
    """Some seconds of movement.

    Attributes:
        points: (T, 17, 3) joints of `h36m17` in metres, z up, at `RATE` frames a second.
        labels: What is done in each frame; empty where it is not clear.
    """

    points: Float64Array
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.points)

    def part(self, start: int, stop: int) -> Piece:
        """Some frames of it."""
        return Piece(self.points[start:stop], self.labels[start:stop])


def labelled(motion: Motion) -> Piece:
    """A recording at `RATE` frames a second and what is done in it."""
    points = _at_rate(motion)
    kind = motion.name.rpartition("/")[2]
    speed = _speed(points)
    tilt = _trunk_tilt(points)
    flying = _flying(points)
    labels = np.full(len(points), "", dtype="<U12")
    if kind.startswith(_RUNS):
        labels[speed > 2.0] = "running"
    elif kind.startswith(_JUMPS):
        labels[(speed < _STILL) & (tilt < _UPRIGHT) & _tall(points)] = "standing"
        labels[_grown(flying, _ABOUT)] = "jumping"
    elif kind.startswith(_OTHERS):
        labels[(speed < _SLOW) & (tilt < _BENT) & ~_grown(flying, _ABOUT)] = "other"
        labels[(speed < _SLOW) & (tilt < _UPRIGHT) & _idle(points)] = ""
        if kind.startswith("directing"):
            labels[_raised(points)] = ""
    elif kind.startswith(_BENDS):
        labels[(speed < _SLOW) & (tilt > _BENT)] = "bending"
        labels[(speed < _SLOW) & (tilt < _UPRIGHT)] = "other"
    elif not kind.startswith(("01_", "02_", "basketball")) or kind in ("02_01", "02_02"):
        labels[(speed > _GOING) & (speed < 2.3) & (tilt < _UPRIGHT)] = "walking"
        labels[(speed < _STILL) & (tilt < _UPRIGHT) & ~_raised(points)] = "standing"
    return Piece(points, tuple(labels.tolist()))


def looped(piece: Piece, seconds: float, rng: np.random.Generator) -> Piece:
    """A walk or a run that goes on: its best cycle again and again, as long as is wanted."""
    period, start = _cycle(piece.points)
    if period is None:
        return piece
    step = piece.points[start + period, 0] - piece.points[start, 0]
    step[2] = 0
    cycle = piece.points[start : start + period + 1].copy()
    share = np.linspace(0, 1, period + 1)[:, None, None]
    cycle -= share * (cycle[-1] - cycle[0] - step)
    times = max(1, int(np.ceil(seconds * RATE / period)) + 1)
    points = np.concatenate([cycle[:-1] + number * step for number in range(times)])
    first = int(rng.integers(period))
    points = points[first : first + round(seconds * RATE)]
    label = max(set(piece.labels), key=piece.labels.count)
    return Piece(points, (label,) * len(points))


def _cycle(points: Float64Array) -> tuple[int | None, int]:
    """The period of a walk in frames, and where the cycle begins that closes best."""
    body = (points - points[:, :1]).reshape(len(points), -1)
    best: tuple[float, int | None, int] = (0.12, None, 0)  # metres, root mean square of a joint
    for period in range(round(0.55 * RATE), round(1.6 * RATE)):
        if period >= len(points):
            break
        error = np.sqrt(((body[period:] - body[:-period]) ** 2).sum(axis=1) / len(_J))
        place = int(error.argmin())
        # Of two periods the shorter one, unless the longer one is much better.
        if error[place] < 0.8 * best[0]:
            best = (float(error[place]), period, place)
    return best[1], best[2]


def _at_rate(motion: Motion) -> Float64Array:
    times = np.arange(0, len(motion.points) - 1, motion.rate / RATE)
    before = times.astype(np.intp)
    share = (times - before)[:, None, None]
    return np.asarray((1 - share) * motion.points[before] + share * motion.points[before + 1])


def _speed(points: Float64Array) -> Float64Array:
    """Of the pelvis over the ground, metres a second, over half a second."""
    half = round(_SPEED_SECONDS / 2 * RATE)
    index = np.arange(len(points))
    after, before = np.minimum(index + half, len(points) - 1), np.maximum(index - half, 0)
    way = np.linalg.norm(points[after, 0, :2] - points[before, 0, :2], axis=1)
    return np.asarray(way * RATE / np.maximum(after - before, 1))


def _trunk_tilt(points: Float64Array) -> Float64Array:
    trunk = points[:, _J["thorax"]] - points[:, _J["mid_hip"]]
    cosine = trunk[:, 2] / np.linalg.norm(trunk, axis=1)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _flying(points: Float64Array) -> Bools:
    lower = points[:, [_J["left_ankle"], _J["right_ankle"]], 2].min(axis=1)
    return np.asarray(lower > np.percentile(lower, 5) + _OFF)


def _tall(points: Float64Array) -> Bools:
    """Whether the pelvis is about as high as it is at its highest on the floor."""
    height = points[:, 0, 2]
    return np.asarray(height > _STRAIGHT * np.percentile(height, 80))


def _raised(points: Float64Array) -> Bools:
    """Whether a hand is above its shoulder."""
    hands = [points[:, _J[f"{side}_wrist"], 2] for side in ("left", "right")]
    shoulders = [points[:, _J[f"{side}_shoulder"], 2] for side in ("left", "right")]
    return np.asarray((np.stack(hands) > np.stack(shoulders)).any(axis=0))


def _idle(points: Float64Array) -> Bools:
    """Whether both hands are low and do nothing."""
    hands = points[:, [_J["left_wrist"], _J["right_wrist"]]] - points[:, :1]
    speed = np.linalg.norm(np.gradient(hands, axis=0), axis=2).max(axis=1) * RATE
    return ~_raised(points) & ~_grown(speed > _BUSY, 0.4)


def _grown(chosen: Bools, seconds: float) -> Bools:
    width = 2 * round(seconds * RATE) + 1
    return np.asarray(np.convolve(chosen, np.ones(width), mode="same") > 0.5)
