"""A walker made of rigid feet, whose heel strikes and toe-offs are known to the microsecond."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy.interpolate import CubicHermiteSpline, PchipInterpolator

from kinema.curves import Event
from kinema.skeletons import BODY25
from kinema.track import Track

Array = npt.NDArray[np.float64]

FOOT = 0.20  # m, heel to the ball of the foot, where the toe keypoint is
TIP = 0.27  # m, heel to the tip of the toes, which leaves the ground last
THIGH, SHANK = 0.43, 0.43  # m
ANKLE = (0.05, 0.07)  # m, ahead of and above the heel


@dataclass(frozen=True)
class Style:
    """How somebody moves; times in seconds, lengths in metres, phases as shares of the stride."""

    stride: float = 1.1
    speed: float = 1.2
    stance: float = 0.62
    strike_deg: float = 20.0  # pitch of the foot at contact
    off_deg: float = -60.0  # pitch of the foot at toe-off
    whip_deg: float = -70.0  # the steepest pitch, soon after toe-off
    lag: float = 0.5  # of the right side behind the left one
    lift: tuple[float, float] = (0.03, 0.05)  # of the tip in early and late swing
    rise_speed: float = 0.4  # m/s upward of the tip at toe-off
    fall_speed: float = 0.4  # m/s downward of the tip at contact
    brake_speed: float = 0.4  # m/s forward of the foot at contact
    hip_height: float = 0.88
    bounce: float = 0.02  # of the pelvis; positive is high in the middle of the stance
    flat: tuple[float, float] = (0.07, 0.30)  # when the foot is flat
    width: float = 0.10


WALK = Style()
RUN = Style(
    stride=0.72,
    speed=3.0,
    stance=0.36,
    strike_deg=12.0,
    off_deg=-55.0,
    whip_deg=-80.0,
    lift=(0.25, 0.12),
    rise_speed=1.6,
    fall_speed=1.2,
    brake_speed=0.8,
    bounce=-0.04,
    flat=(0.05, 0.16),
)


def pitch_of(style: Style) -> PchipInterpolator:
    """Pitch of the foot in degrees, toes up, over the share of the stride."""
    a, b = style.flat
    off, swing = style.stance, 1 - style.stance
    knots = {
        0.0: style.strike_deg,
        0.5 * a: 0.4 * style.strike_deg,
        a: 0.0,
        b: 0.0,
        0.5 * (b + off): 0.25 * style.off_deg,
        off: style.off_deg,
        off + 0.15 * swing: style.whip_deg,
        off + 0.50 * swing: 0.2 * style.off_deg,
        off + 0.85 * swing: 1.1 * style.strike_deg,
        1.0: style.strike_deg,
    }
    return PchipInterpolator(list(knots), list(knots.values()))


def tip_of(style: Style) -> tuple[CubicHermiteSpline, CubicHermiteSpline]:
    """The way of the tip in the swing, forward and up in metres, over the share of the swing."""
    end = np.radians(style.strike_deg)
    seconds = (1 - style.stance) * style.stride
    reach = style.speed * style.stride - TIP + TIP * np.cos(end)
    forward = CubicHermiteSpline([0, 1], [0, reach], [0, style.brake_speed * seconds])
    height = TIP * np.sin(end)
    up = CubicHermiteSpline(
        [0, 0.3, 0.7, 1],
        [0, style.lift[0], style.lift[1] + 0.5 * height, height],
        [style.rise_speed * seconds, 0, 0, -style.fall_speed * seconds],
    )
    return forward, up


def foot_at(times: Array, style: Style, lag: float) -> tuple[Array, Array, Array]:
    """Heel, toe and pitch of one foot: (T, 2) forward and up, (T, 2), (T,) radians."""
    cycles = times / style.stride - lag
    number, phase = np.floor(cycles), cycles - np.floor(cycles)
    pitch = np.radians(pitch_of(style)(phase))
    along = np.stack([np.cos(pitch), np.sin(pitch)], axis=1)
    strike = (number + lag) * style.speed * style.stride  # where the heel lands
    heel = np.stack([strike, np.zeros(len(times))], axis=1)
    tip = np.where(
        (phase > style.flat[0])[:, None], heel + np.array([TIP, 0.0]), heel + TIP * along
    )
    swing = phase > style.stance
    share = (phase[swing] - style.stance) / (1 - style.stance)
    tip[swing] += np.stack([way(share) for way in tip_of(style)], axis=1)
    heel = tip - TIP * along
    return heel, heel + FOOT * along, pitch


def joints_at(times: Array, style: Style) -> dict[str, Array]:
    """All joints as (T, 3): forward, left, up, in metres."""
    joints: dict[str, Array] = {}
    middle = 0.5 * style.stance * style.stride
    for side, lag, aside in (("left", 0.0, 1), ("right", style.lag, -1)):
        heel, toe, pitch = foot_at(times, style, lag)
        turned = [
            ANKLE[0] * np.cos(pitch) - ANKLE[1] * np.sin(pitch),
            ANKLE[0] * np.sin(pitch) + ANKLE[1] * np.cos(pitch),
        ]
        ankle = heel + np.stack(turned, axis=1)
        swing = np.cos(4 * np.pi * (times - middle) / style.stride)
        # Over the standing foot in the middle of the stance, whatever the stance lasts.
        forward = style.speed * (times - middle) + 0.5 * FOOT
        hip = np.stack([forward, style.hip_height + style.bounce * swing], axis=1)
        knee = _knee(hip, ankle)
        for name, path in (
            ("heel", heel),
            ("big_toe", toe),
            ("ankle", ankle),
            ("knee", knee),
            ("hip", hip),
        ):
            y = np.full(len(times), aside * style.width * (1.0 if name == "hip" else 0.5))
            joints[f"{side}_{name}"] = np.stack([path[:, 0], y, path[:, 1]], axis=1)
    for side, aside in (("left", 1), ("right", -1)):
        joints[f"{side}_shoulder"] = joints[f"{side}_hip"] + [0, aside * 0.1, 0.5]
    return joints


def _knee(hip: Array, ankle: Array) -> Array:
    line = ankle - hip
    length = np.minimum(np.linalg.norm(line, axis=1), 0.999 * (THIGH + SHANK))
    line = line / np.linalg.norm(line, axis=1)[:, None]
    cosine = (THIGH**2 + length**2 - SHANK**2) / (2 * THIGH * length)
    aside = THIGH * np.sqrt(1 - np.clip(cosine, -1, 1) ** 2)
    ahead = np.stack([-line[:, 1], line[:, 0]], axis=1)
    return hip + line * (THIGH * cosine)[:, None] + ahead * aside[:, None]


def true_events(style: Style, start: float, end: float) -> list[Event]:
    """All heel strikes and toe-offs between two moments."""
    events = []
    for side, lag in (("left", 0.0), ("right", style.lag)):
        for number in range(-2, int(end / style.stride) + 3):
            strike = (number + lag) * style.stride
            events.append(Event("heel_strike", strike, side))
            events.append(Event("toe_off", strike + style.stance * style.stride, side))
    return sorted((e for e in events if start < e.time < end), key=lambda e: e.time)


@dataclass(frozen=True)
class Recording:
    """How the walker was recorded."""

    style: Style = WALK
    duration: float = 6.0
    rate: float = 100.0
    start: float = 0.3
    view: str = "space"  # space, side, back, front
    surface: str = "overground"
    leftward: bool = False
    heading_deg: float = 30.0  # in space
    noise: float = 0.0  # m or px
    scale: float = 400.0  # px a metre
    seed: int = 1


def record(recording: Recording) -> Track:
    """The track of the walker in this recording."""
    r = recording
    times = r.start + np.arange(round(r.duration * r.rate)) / r.rate
    joints = joints_at(times, r.style)
    shift = r.style.speed * times if r.surface == "treadmill" else np.zeros(len(times))
    dimensions = 3 if r.view == "space" else 2
    keypoints = np.full((len(times), len(BODY25), dimensions), np.nan)
    for name, path in joints.items():
        moved = path - np.stack([shift, 0 * shift, 0 * shift], axis=1)
        keypoints[:, BODY25.index(name)] = _seen(moved, r)
    keypoints += np.random.default_rng(r.seed).normal(0, r.noise or 1e-9, keypoints.shape)
    scores = np.where(np.isnan(keypoints).any(axis=2), 0, 0.9).astype(np.float32)
    space = "world" if r.view == "space" else "image"
    return Track(BODY25, keypoints.astype(np.float32), scores, times, space=space)


def _seen(path: Array, r: Recording) -> Array:
    forward, left, up = path.T
    if r.view == "space":
        angle = np.radians(r.heading_deg)
        x = forward * np.cos(angle) - left * np.sin(angle)
        return np.stack([x, forward * np.sin(angle) + left * np.cos(angle), up], axis=1)
    if r.view == "side":
        x = -forward if r.leftward else forward
        return np.stack([600 + r.scale * x, 700 - r.scale * up], axis=1)
    # The camera stands 4 m behind (or in front), 1 m above the ground; it is a pinhole.
    towards = 1 if r.view == "back" else -1
    depth = 4 + (forward if r.view == "back" else 8 - forward)
    across = -towards * left
    zoom = r.scale * 4 / depth
    return np.stack([600 + zoom * across, 500 - zoom * (up - 1.0)], axis=1)


@pytest.fixture
def walk() -> Style:
    """A walker."""
    return WALK


@pytest.fixture
def run() -> Style:
    """A runner."""
    return RUN


@pytest.fixture
def recorded() -> Callable[..., tuple[Track, list[Event]]]:
    """`recorded(style=..., rate=..., ...)` gives a track and its true events."""

    def make(**changes: object) -> tuple[Track, list[Event]]:
        recording = replace(Recording(), **changes)  # type: ignore[arg-type]
        track = record(recording)
        return track, true_events(recording.style, float(track.times[0]), float(track.times[-1]))

    return make
