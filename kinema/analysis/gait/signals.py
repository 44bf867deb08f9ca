"""From a track to the paths of the feet: smoothed, on a fine grid of time, along the way walked.

Lengths are in leg lengths (hip to knee to ankle) from here on, so that thresholds hold for
children and adults, metres and pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from scipy.signal import butter, sosfiltfilt

from kinema.analysis.gait.result import SIDES, View
from kinema.curves import Side
from kinema.errors import InputError
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

PARTS = ("heel", "toe", "ankle", "knee", "hip")
_JOINTS = {
    "heel": ("heel",),
    "toe": ("big_toe", "small_toe", "foot_index"),
    "ankle": ("ankle",),
    "knee": ("knee",),
    "hip": ("hip",),
}
SHORTEST = 1.0
"""Seconds that a recording must last: less holds no stride that could be recognised as one."""

SLOWEST_RATE = 10.0
"""Frames per second below which there are too few frames in a step to time it."""

_FINE_RATE = 240.0  # Hz: between two samples a parabola is then exact enough
_CUTOFF = {"space": 14.0, "image": 7.0}  # Hz; Nyquist permitting
_LONGEST_GAP = 0.12  # s: shorter ones are bridged, events in longer ones are not believed
_FLAT = 1e-6  # leg lengths: joints in space that lie in one plane come from a side view
_HEADING_CUTOFF = 0.7  # Hz: below the stride frequency, above that of a turn


@dataclass(frozen=True, eq=False)
class Path:
    """One joint of one side over the fine grid, in leg lengths.

    `forward` is measured from the pelvis and `along` from a fixed point, both in the direction
    that the person faces; NaN in front and back view, where that is the direction of sight.

    Attributes:
        forward: (T,) forward of the pelvis.
        forward_speed: (T,) its derivative.
        along_speed: (T,) forward speed against the picture or the room.
        along_push: (T,) forward acceleration.
        up: (T,) upward, from an arbitrary level.
        up_speed: (T,) its derivative.
        up_push: (T,) its second derivative.
        across: (T,) to the left of the person (in space), else to the right of the picture.
    """

    forward: Float64Array
    forward_speed: Float64Array
    along_speed: Float64Array
    along_push: Float64Array
    up: Float64Array
    up_speed: Float64Array
    up_push: Float64Array
    across: Float64Array


@dataclass(frozen=True, eq=False)
class Signals:
    """The paths of all joints of the legs, ready for finding events.

    Attributes:
        times: (T,) fine grid in seconds.
        rate: Of the fine grid, in Hz.
        frame_rate: Of the recording, in Hz.
        view: How the camera stands.
        paths: By side and part of `PARTS`; a joint that the skeleton lacks is not in it.
        seen: By side, (T,) where the foot was really seen, not bridged.
        facing: (T,) how clearly the direction is known, from 0 (turning round) to 1.
        pelvis_up: (T,) height of the pelvis.
        pelvis_speed: (T,) forward speed of the pelvis; 0 in front and back view.
        leg: Leg length in the units of the track (metres or pixels).
    """

    times: Float64Array
    rate: float
    frame_rate: float
    view: View
    paths: dict[tuple[Side, str], Path]
    seen: dict[Side, BoolArray]
    facing: Float64Array
    pelvis_up: Float64Array
    pelvis_speed: Float64Array
    leg: float

    @property
    def has_forward(self) -> bool:
        """Whether forward and backward can be told."""
        return self.view in ("side", "space")

    @property
    def has_across(self) -> bool:
        """Whether left and right can be told: not from the side, nor in what was flat before."""
        apart = (np.abs(path.across).max() for path in self.paths.values())
        return self.view != "side" and max(apart) > _FLAT

    def foot(self, side: Side, part: str) -> Path:
        """The path of `heel` or `toe`, or of the ankle where the skeleton lacks it."""
        path = self.paths.get((side, part))
        return self.paths[side, "ankle"] if path is None else path

    def has_part(self, part: str) -> bool:
        """Whether both sides have this part."""
        return all((side, part) in self.paths for side in SIDES)


def check_track(track: Track) -> None:
    """Refuse what holds no walk for reasons that can be told at once.

    Raises:
        InputError: If there are too few frames, or the legs were never found.
    """
    duration = float(track.times[-1] - track.times[0]) if len(track) else 0.0
    if duration < SHORTEST:
        raise InputError(
            f"gait needs a recording of at least {SHORTEST:g} s; "
            f"the person is there for {len(track)} frame(s), {duration:.2f} s"
        )
    if track.rate < SLOWEST_RATE - 0.5:
        raise InputError(
            f"gait needs at least {SLOWEST_RATE:g} frames a second; this has {track.rate:.3g}"
        )
    for joint in ("hip", "knee", "ankle"):
        for side in SIDES:
            name = f"{side}_{joint}"
            if name not in track.skeleton:
                raise InputError(
                    f"gait needs hips, knees and ankles; {track.skeleton.name} has no {name}"
                )
            if np.isfinite(track.joint(name)).all(axis=1).sum() < SHORTEST * track.rate / 2:
                raise InputError(
                    f"gait needs hips, knees and ankles; the {name} was hardly ever found"
                )


def leg_length(track: Track) -> float:
    """Hip to knee to ankle in the units of the track: the upper quartile over time, both legs.

    The upper quartile and not the mean, because a leg seen at an angle looks shorter.
    """
    lengths = []
    for side in SIDES:
        hip, knee, ankle = (
            track.joint(f"{side}_{j}").astype(float) for j in ("hip", "knee", "ankle")
        )
        lengths.append(np.linalg.norm(hip - knee, axis=1) + np.linalg.norm(knee - ankle, axis=1))
    return float(np.nanpercentile(np.concatenate(lengths), 75))


def prepare(track: Track, view: View, *, cutoff: float | None = None) -> Signals:
    """The paths of the feet of a checked track seen in this view.

    `cutoff` is that of the low-pass, in Hz; None for the usual one of pictures or of space.

    Raises:
        InputError: If hips, knees or ankles cannot be followed.
    """
    regular = track.regular()
    frame_rate = regular.rate
    factor = max(1, int(np.ceil(_FINE_RATE / frame_rate)))
    times = regular.times[0] + np.arange((len(regular) - 1) * factor + 1) / (frame_rate * factor)
    limit = cutoff or _CUTOFF["space" if track.space == "world" else "image"]
    leg = leg_length(regular)
    joints = {(side, part): _part(regular, side, part) for side in SIDES for part in PARTS}
    known = {key: xyz for key, xyz in joints.items() if _enough(xyz)}
    size = _size(regular, leg) if view in ("front", "back") else np.full(len(regular), leg)
    splines = {
        key: _spline(regular.times, xyz / size[:, None], frame_rate, limit)
        for key, xyz in known.items()
    }
    points = {key: spline(times) for key, spline in splines.items()}
    missing = [f"{s}_{p}" for s in SIDES for p in ("hip", "knee", "ankle") if (s, p) not in points]
    if missing:
        raise InputError(
            f"gait needs hips, knees and ankles; {', '.join(missing)} cannot be followed, with "
            f"gaps of more than {_LONGEST_GAP:g} s"
        )
    heading = _heading(points, frame_rate * factor, view)
    pelvis = [
        0.5 * (splines["left", "hip"](times, n) + splines["right", "hip"](times, n)) for n in (0, 1)
    ]
    seen = {
        side: np.interp(times, regular.times, _believable(joints[side, "ankle"], frame_rate)) > 0.99
        for side in SIDES
    }
    unit, facing = _unit(heading)
    if view == "space":
        unit = _progress(unit, splines, times, pelvis[1], frame_rate * factor)
    if view in ("front", "back"):
        unit, facing = np.full_like(unit, np.nan), np.ones(len(times))
    paths = {
        key: _path(spline, times, unit, pelvis, is_picture=view != "space")
        for key, spline in splines.items()
    }
    speed = np.sum(pelvis[1][:, :2] * unit, axis=1)
    return Signals(
        times=times,
        rate=frame_rate * factor,
        frame_rate=frame_rate,
        view=view,
        paths=paths,
        seen=seen,
        facing=facing,
        pelvis_up=pelvis[0][:, 2],
        pelvis_speed=np.zeros(len(times)) if view in ("front", "back") else speed,
        leg=leg,
    )


def low_pass(values: Float64Array, rate: float, cutoff: float) -> Float64Array:
    """Zero-phase Butterworth of fourth order (twice second) of values (T, ...) over time.

    Args:
        values: (T, ...)
        rate: Of the values, in Hz.
        cutoff: In Hz; from 0.45 of the rate on, the values stay as they are.
    """
    if cutoff >= 0.45 * rate:
        return values
    sos = butter(2, cutoff, fs=rate, output="sos")
    pad = min(len(values) - 1, int(rate / cutoff) + 9)
    return np.asarray(sosfiltfilt(sos, values, axis=0, padlen=pad))


def _part(track: Track, side: Side, part: str) -> Float64Array:
    """The joints of a part, averaged, as (T, 3): two horizontal axes and up."""
    names = [f"{side}_{name}" for name in _JOINTS[part] if f"{side}_{name}" in track.skeleton]
    if not names:
        return np.full((len(track), 3), np.nan)
    stack = np.array([track.joint(name) for name in names], dtype=np.float64)
    found = np.count_nonzero(np.isfinite(stack).all(axis=2), axis=1)
    # Points that are lost now and then would make the mean jump; the best seen one is enough.
    xyz = stack[found >= 0.98 * found.max()].mean(axis=0)
    if track.space == "world":
        return np.asarray(xyz)
    if track.space == "body":  # x right, y down, z away
        return np.stack([xyz[:, 0], xyz[:, 2], -xyz[:, 1]], axis=1)
    return np.stack([xyz[:, 0], np.zeros(len(xyz)), -xyz[:, 1]], axis=1)


def _enough(xyz: Float64Array) -> bool:
    return bool(np.isfinite(xyz).all(axis=1).mean() > 0.3)


def _size(track: Track, leg: float) -> Float64Array:
    """The apparent leg length over time, for people who walk towards the camera or away.

    Legs foreshorten with each step, so it is smoothed over two seconds.
    """
    lengths = []
    for side in SIDES:
        hip, knee, ankle = (
            track.joint(f"{side}_{j}").astype(float) for j in ("hip", "knee", "ankle")
        )
        lengths.append(np.linalg.norm(hip - knee, axis=1) + np.linalg.norm(knee - ankle, axis=1))
    size = np.fmax(*lengths)
    if not np.isfinite(size).all():
        size = _bridged(size[:, None])[:, 0]
    smooth = low_pass(size, track.rate, 0.5)
    return np.asarray(np.clip(smooth, 0.2 * leg, 5 * leg))


def _bridged(values: Float64Array) -> Float64Array:
    """Gaps filled in a straight line, ends held, so that a filter can run."""
    filled = values.copy()
    index = np.arange(len(values))
    for column in filled.T:
        known = np.isfinite(column)
        column[~known] = np.interp(index[~known], index[known], column[known])
    return filled


def _believable(xyz: Float64Array, rate: float) -> Float64Array:
    """1 where a joint was found or lies in a gap short enough to bridge, else 0."""
    found: BoolArray = np.asarray(np.isfinite(xyz).all(axis=1))
    edges = np.flatnonzero(np.diff(np.concatenate([[True], found, [True]]).astype(int)))
    believable = np.ones(found.shape)
    for start, stop in edges.reshape(-1, 2):
        if (stop - start) / rate > _LONGEST_GAP or start == 0 or stop == found.size:
            believable[start:stop] = 0
    return believable


def _spline(times: Float64Array, values: Float64Array, rate: float, cutoff: float) -> CubicSpline:
    return CubicSpline(times, low_pass(_bridged(values), rate, cutoff))


def _heading(points: dict[tuple[Side, str], Float64Array], rate: float, view: View) -> Float64Array:
    """Where the person faces over time, (T, 2) on the floor; its length says how clearly.

    The feet point forward, and so does the knee from the line between hip and ankle. In space the
    line between the hips adds to it, which a leg that swings outward does not disturb.
    """
    total = np.zeros((len(next(iter(points.values()))), 2))
    for side in SIDES:
        hip, knee, ankle = (points[side, part] for part in ("hip", "knee", "ankle"))
        total += 2.0 * (knee - 0.5 * (hip + ankle))[:, :2]
        if (side, "heel") in points and (side, "toe") in points:
            total += 2.0 * (points[side, "toe"] - points[side, "heel"])[:, :2]
    if view == "space":
        left = (points["left", "hip"] - points["right", "hip"])[:, :2]
        ahead = np.stack([left[:, 1], -left[:, 0]], axis=1)
        ahead *= np.sign(np.sum(ahead * total, axis=1).mean() or 1.0)
        total += 2.0 * ahead
    return low_pass(total, rate, _HEADING_CUTOFF)


def _unit(heading: Float64Array) -> tuple[Float64Array, Float64Array]:
    length = np.linalg.norm(heading, axis=1)
    usual = float(np.median(length)) or 1.0
    unit = heading / np.maximum(length, 1e-9)[:, None]
    return unit, np.clip(length / usual, 0, 1)


def _progress(
    facing: Float64Array,
    splines: dict[tuple[Side, str], CubicSpline],
    times: Float64Array,
    pelvis_speed: Float64Array,
    rate: float,
) -> Float64Array:
    """The way walked, as unit vectors: where the lower foot is left behind by the pelvis.

    Feet that point outward and a pelvis that is turned make facing wrong by some degrees, which
    adds part of the step length to the step width. Where nobody moves, facing it stays.
    """
    up = [splines[side, "ankle"](times)[:, 2] for side in SIDES]
    speed = [splines[side, "ankle"](times, 1) for side in SIDES]
    lower = np.where((up[0] < up[1])[:, None], speed[0], speed[1])
    way = low_pass((pelvis_speed - lower)[:, :2], rate, _HEADING_CUTOFF)
    pace = np.linalg.norm(way, axis=1)
    way /= np.maximum(pace, 1e-9)[:, None]
    share = np.clip((pace - 0.2) / 0.3, 0, 1) * (np.sum(way * facing, axis=1) > 0.7)
    mixed = low_pass(share[:, None] * way + (1 - share[:, None]) * facing, rate, _HEADING_CUTOFF)
    return np.asarray(mixed / np.maximum(np.linalg.norm(mixed, axis=1), 1e-9)[:, None])


def _path(
    spline: CubicSpline,
    times: Float64Array,
    unit: Float64Array,
    pelvis: list[Float64Array],
    *,
    is_picture: bool,
) -> Path:
    place, speed, push = spline(times), spline(times, 1), spline(times, 2)

    def ahead(vectors: Float64Array) -> Float64Array:
        return np.asarray(np.sum(vectors[:, :2] * unit, axis=1))

    relative = place - pelvis[0]
    sideways = np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    across = relative[:, 0] if is_picture else np.sum(relative[:, :2] * sideways, axis=1)
    return Path(
        forward=ahead(relative),
        forward_speed=ahead(speed - pelvis[1]),
        along_speed=ahead(speed),
        along_push=ahead(push),
        up=place[:, 2],
        up_speed=speed[:, 2],
        up_push=push[:, 2],
        across=across,
    )
