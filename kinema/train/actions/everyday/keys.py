"""From key poses to movement: people start and stop smoothly, hesitate, sway, and are not alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from kinema.train.actions.everyday.body import FREEDOMS, Angles, column, row_of

Float64Array = npt.NDArray[np.float64]
Way = Literal["smooth", "falling", "landing"]

RATE = 30.0
"""Frames per second of what is made."""

_GROUPS = (("arm", "spread", "spun", "elbow"), ("thigh", "out", "spin", "knee"))
_UNEVEN = 0.18  # standard deviation of the logarithm of the power by which groups go ahead
_SWAY = {"lean": 0.8, "side": 0.7, "twist": 1.2, "nod": 2.5, "look": 4.0, "curl": 0.6}
_SWAY_LIMB = {"arm": 2.0, "spread": 1.2, "elbow": 2.5, "thigh": 0.5, "out": 0.4, "knee": 0.7}
_GRAVITY = 9.81
_SLOW = 0.5  # seconds in which sway changes


@dataclass(frozen=True)
class Key:
    """A pose that is reached.

    Attributes:
        angles: Of the pose.
        seconds: That the way to it takes; 0 for the first one.
        label: What the person does on the way.
        hold: Seconds that the pose is kept.
        held: What the person does then; None for the same.
        way: `smooth` is the minimum-jerk way (Flash & Hogan 1985), `falling` gains speed until the
            end, `landing` begins fast and comes to rest.
        late: Seconds at the beginning of the way that still count to what was done before.
        flight: Of who is in the air on the way: seconds of the whole flight, and the shares of it
            at the beginning and the end of the way.
    """

    angles: Angles
    seconds: float = 0.0
    label: str = "other"
    hold: float = 0.0
    held: str | None = None
    way: Way = "smooth"
    late: float = 0.0
    flight: tuple[float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class Performance:
    """A movement.

    Attributes:
        angles: (T, F) of the body in each frame, in degrees.
        labels: T of them: what is done.
        lift: (T,) metres above the floor.
    """

    angles: Float64Array
    labels: tuple[str, ...]
    lift: Float64Array

    def __len__(self) -> int:
        return len(self.angles)

    def then(self, other: Performance) -> Performance:
        """The one movement after the other."""
        return Performance(
            np.concatenate([self.angles, other.angles]),
            self.labels + other.labels,
            np.concatenate([self.lift, other.lift]),
        )


def minimum_jerk(share: npt.ArrayLike) -> Float64Array:
    """How far the way is done after a share of the time.

    >>> minimum_jerk([0, 0.5, 1]).tolist()
    [0.0, 0.5, 1.0]
    """
    t = np.clip(np.asarray(share, dtype=np.float64), 0, 1)
    return np.asarray(t**3 * (10 - 15 * t + 6 * t**2))


def performed(keys: Sequence[Key], rng: np.random.Generator, *, sway: float = 1.0) -> Performance:
    """Goes through some poses.

    Arms, legs and the rest go a little ahead of each other, other for each way. Who is in the air
    flies: 4.9 m/s^2 times the square of half the time is the height.

    Args:
        keys: The poses; the first one is where it begins.
        rng: Of all that is random.
        sway: How much a person moves who does nothing; 0 for not at all.
    """
    now = row_of(keys[0].angles)
    rows, labels, lifts = [now[None]], [keys[0].held or keys[0].label], [np.zeros(1)]
    for number, key in enumerate(keys):
        aim = row_of(key.angles)
        if number and key.seconds > 0:
            count = max(1, round(key.seconds * RATE))
            share = np.arange(1, count + 1)[:, None] / count
            rows.append(now + (aim - now) * _ways(share, key.way, rng))
            late = min(count - 1, round(key.late * RATE))
            labels += [labels[-1]] * late + [key.label] * (count - late)
            lifts.append(_heights(share[:, 0], key.flight))
        count = round(key.hold * RATE)
        rows.append(np.tile(aim, (count, 1)))
        labels += [key.held or key.label] * count
        lifts.append(np.zeros(count))
        now = aim
    angles = np.concatenate(rows)
    angles += sway * swaying(len(angles), rng)
    return Performance(angles, tuple(labels), np.concatenate(lifts))


def _heights(share: Float64Array, flight: tuple[float, float, float] | None) -> Float64Array:
    if flight is None:
        return np.zeros(len(share))
    seconds, start, end = flight
    passed = start + share * (end - start)
    return np.asarray(_GRAVITY / 2 * seconds**2 * passed * (1 - passed))


def _ways(share: Float64Array, way: Way, rng: np.random.Generator) -> Float64Array:
    """How far each freedom (n, F) is on its way after shares (n, 1) of the time."""
    powers = np.exp(_UNEVEN * rng.normal(size=len(_GROUPS) + 1))
    ahead = np.full(len(FREEDOMS), powers[-1])
    for i, freedom in enumerate(FREEDOMS):
        for group, names in enumerate(_GROUPS):
            if freedom.partition("_")[2] in names:
                ahead[i] = powers[group]
    times = share**ahead
    if way == "falling":
        return np.asarray(times**2)
    if way == "landing":
        return np.asarray(1 - (1 - times) ** 2)
    return minimum_jerk(times)


def swaying(count: int, rng: np.random.Generator) -> Float64Array:
    """The small movements (T, F) of someone who keeps a pose, in degrees."""
    from scipy.signal import lfilter

    sizes = np.zeros(len(FREEDOMS))
    for freedom, size in _SWAY.items():
        sizes[column(freedom)] = size
    for side in ("left_", "right_"):
        for freedom, size in _SWAY_LIMB.items():
            sizes[column(side + freedom)] = size
    keep = np.exp(-1 / (RATE * _SLOW))
    spare = round(4 * _SLOW * RATE)
    drive = rng.normal(size=(count + spare, len(sizes))) * (1 - keep) ** 1.5 * 2
    slow = lfilter([1], [1, -keep], lfilter([1], [1, -keep], drive, axis=0), axis=0)[spare:]
    return np.asarray(slow * sizes * np.exp(0.4 * rng.normal()))


def tipping(end: float, rng: np.random.Generator) -> Float64Array:
    """The tilt in degrees of an upright body that tips over, frame by frame, up to `end`.

    It is a rod that stands on its end: theta'' = 3 g / (2 l) sin(theta). It begins with a few
    degrees and a push.
    """
    length = 1.7 * float(np.exp(0.08 * rng.normal()))
    tilt, speed = float(np.radians(rng.uniform(3, 7))), float(rng.uniform(0.1, 1.0))
    start, found, fine = tilt, [0.0], 10
    while found[-1] < end and len(found) < 4 * RATE:
        for _ in range(fine):
            speed += 1.5 * _GRAVITY / length * np.sin(tilt) / RATE / fine
            tilt += speed / RATE / fine
        found.append(float(np.degrees(tilt - start)) * end / (end - float(np.degrees(start))))
    return np.asarray(np.minimum(found, end))


def mirrored_keys(keys: Sequence[Key]) -> list[Key]:
    """The same poses with left and right exchanged."""
    return [replace(key, angles=mirrored(key.angles)) for key in keys]


def mirrored(angles: Angles) -> dict[str, float]:
    """A pose with left and right exchanged."""
    other = {}
    for name, value in angles.items():
        if name.startswith("left_"):
            other["right_" + name.removeprefix("left_")] = value
        elif name.startswith("right_"):
            other["left_" + name.removeprefix("right_")] = value
        elif name in ("turn", "roll", "about", "side", "twist", "look"):
            other[name] = -value
        else:
            other[name] = value
    return other
