"""Falls, made up in space: people tip over like rods, or collapse, hit the floor and lie.

A body that tips over turns about its feet as a rod that stands on its end, `keys.tipping`; knees
and hips give way meanwhile, hands go ahead, and after the impact it comes to rest. A body that
collapses goes straight down, faster and faster, and then over.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from kinema.train.actions.everyday import poses
from kinema.train.actions.everyday.body import FREEDOMS, row_of
from kinema.train.actions.everyday.keys import (
    RATE,
    Key,
    Performance,
    minimum_jerk,
    performed,
    swaying,
    tipping,
)
from kinema.train.actions.everyday.poses import Pose, Rng, both

Float64Array = npt.NDArray[np.float64]
_REST = 0.25  # seconds after the impact that still count to the fall
_START = 0.12  # of the tilt, before which nobody sees a fall


def tip_over(rng: Rng, start: Pose | None = None) -> Performance:
    """Tips over in any direction, with knees that give way more or less, and lies."""
    start = poses.standing(rng) if start is None else start
    way = str(rng.choice(["forwards", "backwards", "sideways"], p=[0.4, 0.3, 0.3]))
    end, between = {
        "forwards": (poses.prone, _hands_first),
        "backwards": (poses.supine, _seat_first),
        "sideways": (poses.on_side, _hip_first),
    }[way]
    last, mid = end(rng), between(rng)
    if last.get("roll", 0) < 0:
        mid = {**mid, "side": -mid.get("side", 0)}
    tilt = tipping(90.0, rng) / 90
    first, aim, middle = row_of(start), row_of(last), row_of(mid)
    tilts = [i for i, name in enumerate(FREEDOMS) if name in ("pitch", "roll", "about")]
    # The posture goes to the middle one until halfway down, and then to that on the floor.
    early = minimum_jerk(np.clip(tilt / rng.uniform(0.3, 0.6), 0, 1))[:, None]
    late = np.clip((tilt - 0.6) / 0.4, 0, 1)[:, None] ** 1.5 * rng.uniform(0.2, 0.7)
    rows = first + (middle - first) * early
    rows += (aim - rows) * late
    rows[:, tilts] = first[tilts] + (aim - first)[tilts] * tilt[:, None]
    rest = round(rng.uniform(0.25, 0.7) * RATE)
    settle = 1 - (1 - np.arange(1, rest + 1)[:, None] / rest) ** 2
    down = rows[-1] + (aim - rows[-1]) * settle
    lying = _lying(last, rng).angles
    still = round(float(rng.uniform(0.1, 1.2)) * RATE)
    before = np.tile(first, (still, 1))
    angles = np.concatenate([before, rows, down, lying])
    begins = still + int(np.argmax(tilt > _START))
    impact = still + len(rows) + round(_REST * RATE)
    labels = ["standing"] * begins + ["falling"] * (impact - begins)
    labels += ["lying"] * (len(angles) - impact)
    angles += 0.7 * swaying(len(angles), rng)
    return Performance(angles, tuple(labels), np.zeros(len(angles)))


def _hands_first(rng: Rng) -> Pose:
    give = rng.uniform(0, 1)
    legs = both({"thigh": 38 * give, "knee": 70 * give, "out": 5})
    if rng.random() < 0.4:  # a step that comes too late
        legs |= {"left_thigh": rng.uniform(25, 60), "left_knee": rng.uniform(20, 60)}
    reach = rng.uniform(0.2, 1)
    hands = both({"arm": 85 * reach, "spread": 12, "elbow": rng.uniform(15, 60)})
    return poses.uneven({**legs, **hands, "lean": 30 * give, "nod": rng.normal(-10, 12)}, rng, 6)


def _seat_first(rng: Rng) -> Pose:
    give = rng.uniform(0.1, 1)
    legs = both({"thigh": 85 * give, "knee": 60 * give, "out": 6})
    hands = both({"arm": rng.uniform(-50, 60), "spread": rng.uniform(10, 60), "elbow": 20})
    return poses.uneven({**legs, **hands, "lean": 45 * give, "nod": 15}, rng, 7)


def _hip_first(rng: Rng) -> Pose:
    give = rng.uniform(0.1, 1)
    legs = both({"thigh": 45 * give, "knee": 75 * give, "out": 4})
    hands = both({"arm": 30, "spread": rng.uniform(10, 80), "elbow": rng.uniform(10, 60)})
    return poses.uneven({**legs, **hands, "lean": 15 * give, "side": -12.0}, rng, 7)


def _lying(pose: Pose, rng: Rng) -> Performance:
    """Lies still after a fall, perhaps with one more movement."""
    keys = [Key(pose, label="lying", hold=float(rng.uniform(0.6, 2.5)))]
    if rng.random() < 0.4:
        names = {name for name in poses.both({"arm": 0, "elbow": 0, "thigh": 0, "knee": 0})}
        near = {n: v + rng.normal(0, 12) if n in names else v for n, v in pose.items()}
        keys.append(Key(near, float(rng.uniform(0.4, 1.2)), "lying", float(rng.uniform(0.5, 2))))
    return performed(keys, rng, sway=0.0)


def _collapse(keys: list[Key], end: Pose, rng: Rng) -> Performance:
    keys = [*keys, Key(end, float(rng.uniform(0.3, 0.6)), "falling", _REST, way="landing")]
    return performed(keys, rng, sway=0.7).then(_lying(end, rng))


def _tilted(pose: Pose, end: Pose, share: float) -> Pose:
    """A pose that has tipped over in part as far as the one at the end."""
    return {**pose, **{n: share * end.get(n, 0) for n in ("pitch", "roll", "about")}}


def on_knees(rng: Rng) -> Performance:
    """Falls on the knees, then forwards on the hands and the belly."""
    end = poses.prone(rng)
    knees = both({"thigh": rng.normal(15, 8), "knee": rng.normal(100, 8), "out": 5})
    hands = both({"arm": rng.uniform(20, 80), "spread": 12, "elbow": rng.uniform(15, 60)})
    low = poses.uneven({**knees, "lean": rng.uniform(0, 35), **hands}, rng, 5)
    down = {**_tilted(low, end, 0.6), **both({"arm": rng.uniform(70, 110)}), "lean": 10.0}
    pause = float(rng.uniform(0, 0.35))
    return _collapse(
        [
            Key(poses.standing(rng), label="standing", hold=float(rng.uniform(0.1, 1.2))),
            Key(low, float(rng.uniform(0.35, 0.6)), "falling", pause, way="falling", late=0.1),
            Key(down, float(rng.uniform(0.25, 0.5)), "falling", way="falling"),
        ],
        end,
        rng,
    )


def beside_chair(rng: Rng) -> Performance:
    """Begins to sit down where no chair is, lands on the seat and falls on the back."""
    end = poses.supine(rng) if rng.random() < 0.75 else poses.on_side(rng)
    seat = poses.sitting(rng)
    low = both({"thigh": 120, "knee": rng.uniform(70, 110), "out": 8})
    low |= both({"arm": rng.uniform(-30, 60), "spread": 25, "elbow": 20})
    seconds = float(rng.uniform(0.35, 0.8))
    sitting = {**seat, "lean": rng.uniform(10, 40)}
    keys = [
        Key(poses.standing(rng), label="standing", hold=float(rng.uniform(0.1, 1))),
        Key(sitting, seconds, "falling", way="falling", late=0.6 * seconds),
        Key({**low, "lean": 10.0, "pitch": -10.0}, float(rng.uniform(0.18, 0.32)), "falling"),
    ]
    legs = both({"thigh": rng.uniform(30, 80), "knee": rng.uniform(10, 60)})
    back = {**_tilted({**low, **legs}, end, 0.85), "lean": 5.0}
    keys.append(Key(back, float(rng.uniform(0.25, 0.5)), "falling", way="falling"))
    return _collapse(keys, end, rng)


def faint(rng: Rng) -> Performance:
    """Collapses: knees and hips give way, the body sinks down and topples over."""
    end = poses.LYING[rng.integers(3)](rng)
    low = poses.uneven(
        {
            **both({"thigh": 95, "knee": 125, "out": 10, "arm": 15, "spread": 10, "elbow": 20}),
            "lean": rng.uniform(5, 35),
            "curl": 20.0,
            "nod": rng.uniform(10, 40),
        },
        rng,
        8,
    )
    first = _tilted(low, end, rng.uniform(0.0, 0.25))
    over = _tilted({**low, **both({"thigh": 60, "knee": 80})}, end, 0.9)
    return _collapse(
        [
            Key(poses.standing(rng), label="standing", hold=float(rng.uniform(0.1, 1))),
            Key(first, float(rng.uniform(0.45, 0.8)), "falling", way="falling", late=0.15),
            Key(over, float(rng.uniform(0.25, 0.5)), "falling", way="falling"),
        ],
        end,
        rng,
    )


def off_chair(rng: Rng) -> Performance:
    """Falls from a chair to a side or forwards."""
    seat = poses.sitting(rng)
    end = (poses.on_side if rng.random() < 0.6 else poses.prone)(rng)
    over = _tilted({**seat, "lean": rng.uniform(10, 50)}, end, rng.uniform(0.3, 0.5))
    down = _tilted({**both({"thigh": 70, "knee": 85, "arm": 40, "spread": 20})}, end, 0.9)
    return _collapse(
        [
            Key(seat, label="sitting", hold=float(rng.uniform(0.2, 1.2))),
            Key(over, float(rng.uniform(0.4, 0.7)), "falling", way="falling", late=0.2),
            Key(down, float(rng.uniform(0.25, 0.45)), "falling", way="falling"),
        ],
        end,
        rng,
    )


FALLS: dict[str, Callable[[Rng], Performance]] = {
    each.__name__: each for each in (tip_over, on_knees, beside_chair, faint, off_chair)
}
_OFTEN = np.array([0.5, 0.15, 0.15, 0.12, 0.08])


def fall(rng: Rng) -> Performance:
    """A fall of any kind."""
    name = str(rng.choice(list(FALLS), p=_OFTEN / _OFTEN.sum()))
    return FALLS[name](rng)
