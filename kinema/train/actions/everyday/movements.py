"""Everyday movements, made up in space: each function gives the key poses of one random variation.

`MOVEMENTS` names them. They begin standing, or as their name says; several are put together by
`kinema.train.actions.everyday.scenes`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kinema.train.actions.everyday import poses
from kinema.train.actions.everyday.keys import Key, mirrored_keys
from kinema.train.actions.everyday.poses import Maker, Pose, Rng

Movement = Callable[[Rng], list[Key]]


def _time(rng: Rng, least: float, most: float) -> float:
    return float(np.exp(rng.uniform(np.log(least), np.log(most))))


def _either(keys: list[Key], rng: Rng) -> list[Key]:
    return mirrored_keys(keys) if rng.random() < 0.5 else keys


def stand(rng: Rng) -> list[Key]:
    """Stands still, shifts the weight, puts the arms elsewhere, turns the head or the trunk."""
    keys = [Key(poses.standing(rng), label="standing", hold=_time(rng, 0.5, 3))]
    now = dict(keys[0].angles)
    for _ in range(rng.integers(0, 4)):
        change = rng.random()
        if change < 0.4:
            now = {**now, **poses.arms(rng)}
        elif change < 0.6:
            now = {**now, "look": rng.normal(0, 35), "twist": rng.normal(0, 12)}
        elif change < 0.8:
            now = {**now, **poses.gesturing(rng)}
        else:
            now = poses.standing(rng)
        keys.append(Key(now, _time(rng, 0.4, 1.2), "standing", _time(rng, 0.2, 2)))
    return keys


def sit_down(rng: Rng) -> list[Key]:
    """Sits down on a chair, at times in a hurry, and stays."""
    start, seat = poses.standing(rng), poses.sitting(rng)
    quick = rng.random() < 0.25
    seconds = _time(rng, 0.6, 1.0) if quick else _time(rng, 1.0, 2.4)
    halfway = _halfway(start, seat, rng.uniform(15, 45), rng)
    keys = [Key(start, label="standing", hold=_time(rng, 0.2, 1.5))]
    if rng.random() < 0.7:
        upright = {**seat, "lean": rng.normal(8, 6), "curl": 8.0}
        keys += [
            Key(halfway, 0.55 * seconds, "sitting down", late=0.1),
            Key(upright, 0.45 * seconds, "sitting down", way="landing"),
            Key(seat, _time(rng, 0.4, 1.2), "sitting"),
        ]
    else:
        keys.append(Key(seat, seconds, "sitting down", late=0.1))
    return [*keys, *sit_still(rng, seat)]


def sit_still(rng: Rng, seat: Pose | None = None) -> list[Key]:
    """Sits, and moves the arms, the head, the legs now and then."""
    now = poses.sitting(rng) if seat is None else seat
    keys = [Key(now, label="sitting", hold=_time(rng, 0.5, 3))]
    for _ in range(rng.integers(0, 4)):
        change = rng.random()
        if change < 0.35:
            now = {**now, **poses.lap(rng)}
        elif change < 0.55:
            now = {**now, **poses.gesturing(rng)}
        elif change < 0.75:
            now = {**now, "look": rng.normal(0, 30), "lean": now["lean"] + rng.normal(0, 8)}
        else:
            other = poses.sitting(rng)
            now = {**other, "left_thigh": now["left_thigh"], "right_thigh": now["right_thigh"]}
        keys.append(Key(now, _time(rng, 0.4, 1.5), "sitting", _time(rng, 0.3, 2.5)))
    return keys


def stand_up(rng: Rng) -> list[Key]:
    """Gets up from a chair."""
    seat, end = poses.sitting(rng), poses.standing(rng)
    seconds = _time(rng, 0.9, 2.4)
    halfway = _halfway(end, seat, rng.uniform(20, 50), rng)
    forward = {
        **seat,
        "lean": rng.uniform(25, 50),
        **(poses.lap(rng) if rng.random() < 0.5 else {}),
    }
    return [
        Key(seat, label="sitting", hold=_time(rng, 0.3, 2)),
        Key(forward, 0.35 * seconds, "standing up", late=0.15),
        Key(halfway, 0.3 * seconds, "standing up"),
        Key(end, 0.35 * seconds, "standing up", _time(rng, 0.2, 1.5), held="standing"),
    ]


def _halfway(upright: Pose, seat: Pose, lean: float, rng: Rng) -> Pose:
    """Between standing and sitting, with the trunk before the feet."""
    share = rng.uniform(0.4, 0.6)
    names = {*upright, *seat}
    between = {n: (1 - share) * upright.get(n, 0) + share * seat.get(n, 0) for n in names}
    arms = {n: v for n, v in poses.reaching(rng).items()} if rng.random() < 0.15 else {}
    low = {n: min(v, 70) if n.endswith("arm") else v for n, v in arms.items()}
    return {**between, "lean": lean, "nod": rng.normal(5, 10), **low}


def bend_down(rng: Rng) -> list[Key]:
    """Bends down, picks something up or ties a shoe, and rises."""
    start, low, end = poses.standing(rng), poses.bent(rng), poses.standing(rng)
    down, up = _time(rng, 0.6, 1.6), _time(rng, 0.6, 1.6)
    keys = [
        Key(start, label="standing", hold=_time(rng, 0.2, 1)),
        Key(low, down, "bending", rng.uniform(0.0, 0.8), late=0.15 * down),
    ]
    if rng.random() < 0.5:  # works on something low
        for _ in range(rng.integers(1, 4)):
            swing = {n: low.get(n, 0) + rng.normal(0, 15) for n in _hands("arm", "elbow")}
            other = {**low, **swing, "lean": low["lean"] + rng.normal(0, 6)}
            keys.append(Key(other, _time(rng, 0.3, 0.9), "bending", rng.uniform(0, 0.5)))
    if rng.random() < 0.5:
        end = {**end, **poses.gesturing(rng)}
    # The last part of rising is standing.
    rising = {n: 0.25 * low.get(n, 0) + 0.75 * end.get(n, 0) for n in {*low, *end}}
    keys.append(Key(rising, 0.7 * up, "bending"))
    return [*keys, Key(end, 0.4 * up, "standing", _time(rng, 0.2, 1), way="landing")]


def _hands(*names: str) -> list[str]:
    return [side + name for side in ("left_", "right_") for name in names]


def wave(rng: Rng, base: Maker = poses.standing) -> list[Key]:
    """Waves: a hand goes from side to side beside the head or above it, or both hands do."""
    start = base(rng)
    rest = "sitting" if base is poses.sitting else "standing"
    style = rng.integers(4)
    if style == 0:  # the forearm, beside the head
        up = {"arm": rng.normal(10, 10), "spread": rng.normal(75, 18), "spun": rng.normal(82, 10)}
        up, swing = {**up, "elbow": rng.normal(75, 15)}, {"elbow": rng.uniform(15, 35)}
    elif style == 1:  # before the body, with a raised forearm
        up = {"arm": rng.normal(45, 15), "spread": rng.normal(15, 8), "spun": 0.0}
        up = {**up, "elbow": rng.normal(110, 12)}
        swing = {"spun": rng.uniform(14, 35), "spread": rng.uniform(0, 8)}
    elif style == 2:  # the whole arm above the head
        up = {"arm": rng.normal(10, 10), "spread": rng.normal(150, 12), "spun": 60.0}
        up = {**up, "elbow": abs(rng.normal(20, 12))}
        swing = {"spread": rng.uniform(12, 30), "elbow": rng.uniform(0, 20)}
    else:  # the arm forwards and up
        up = {"arm": rng.normal(135, 15), "spread": 10.0, "elbow": abs(rng.normal(30, 15))}
        swing = {"spread": rng.uniform(12, 30), "spun": rng.uniform(0, 25)}
    sides = ("left_", "right_") if rng.random() < 0.2 else ("right_",)
    each = 0.5 / rng.uniform(1.0, 3.0)
    raised = _time(rng, 0.35, 0.9)
    keys = [Key(start, label=rest, hold=_time(rng, 0.1, 1.0))]
    for number in range(rng.integers(5, 16)):
        sign = 1 if number % 2 else -1
        size = float(np.exp(rng.normal(0, 0.2)))
        arm = {name: up.get(name, 0) + sign * size * by for name, by in swing.items()}
        pose = start | {side + name: v for side in sides for name, v in {**up, **arm}.items()}
        seconds = raised if number == 0 else each
        keys.append(Key(pose, seconds, "waving", late=0.5 * raised if number == 0 else 0))
    keys.append(Key(start, raised, rest, _time(rng, 0.1, 0.8)))
    return _either(keys, rng)


def wave_sitting(rng: Rng) -> list[Key]:
    """Waves from a chair."""
    return wave(rng, poses.sitting)


def crouch(rng: Rng) -> list[Key]:
    """Squats or kneels down, stays, and rises."""
    low = (poses.squatting if rng.random() < 0.5 else poses.kneeling)(rng)
    start, end = poses.standing(rng), poses.standing(rng)
    keys = [
        Key(start, label="standing", hold=_time(rng, 0.2, 1)),
        Key(low, _time(rng, 0.7, 1.6), "other", _time(rng, 0.4, 2.5), late=0.15),
    ]
    for _ in range(rng.integers(0, 3)):
        other = {**low, **poses.gesturing(rng)}
        keys.append(Key(other, _time(rng, 0.4, 1), "other", _time(rng, 0.2, 1)))
    return [*keys, Key(end, _time(rng, 0.7, 1.6), "other", _time(rng, 0.2, 1), held="standing")]


def squats(rng: Rng) -> list[Key]:
    """Knee bends, as in exercise: nobody sits down."""
    start = poses.standing(rng)
    deep = poses.half_squatting(rng) if rng.random() < 0.3 else poses.squatting(rng)
    hands = poses.both({"arm": rng.normal(70, 25), "spread": 5, "elbow": abs(rng.normal(30, 30))})
    each = _time(rng, 0.5, 1.3)
    keys = [Key({**start, **hands}, label="standing", hold=_time(rng, 0.2, 0.8))]
    for _ in range(rng.integers(2, 5)):
        keys += [
            Key({**deep, **hands}, each, "other", rng.uniform(0, 0.3)),
            Key({**start, **hands}, each, "other", rng.uniform(0, 0.3)),
        ]
    return keys


def reach(rng: Rng) -> list[Key]:
    """Reaches for something, lifts, punches, stretches: arms that do not wave."""
    start = poses.standing(rng)
    keys = [Key(start, label="standing", hold=_time(rng, 0.1, 1))]
    for _ in range(rng.integers(1, 5)):
        now = {
            **start,
            **poses.reaching(rng),
            "lean": rng.normal(6, 10),
            "twist": rng.normal(0, 15),
        }
        now["side"] = rng.normal(0, 8)
        keys.append(Key(now, _time(rng, 0.25, 1.2), "other", rng.uniform(0, 1)))
    return [*keys, Key(start, _time(rng, 0.5, 1), "other", _time(rng, 0.1, 0.6), held="standing")]


def lie_still(rng: Rng) -> list[Key]:
    """Lies, moves an arm or a leg now and then, turns over seldom."""
    maker = poses.LYING[rng.integers(3)]
    now = maker(rng)
    keys = [Key(now, label="lying", hold=_time(rng, 0.6, 4))]
    for _ in range(rng.integers(0, 4)):
        other = maker(rng)
        change = rng.random()
        limbs = [] if change > 0.5 else _hands("arm", "spread", "spun", "elbow")
        limbs += [] if change < 0.4 else _hands("thigh", "knee", "out", "spin")
        # Whole poses are mirrored at random; a roll to the other side would be another matter.
        now = {**now, **{name: other.get(name, now.get(name, 0)) for name in limbs}}
        keys.append(Key(now, _time(rng, 0.5, 2), "lying", _time(rng, 0.4, 3)))
    return keys


def lie_down(rng: Rng) -> list[Key]:
    """Lies down as one wants to: slowly, by way of sitting or kneeling."""
    end = poses.LYING[rng.integers(3)](rng)
    over = poses.sitting_on_floor(rng) if end.get("pitch", 0) <= 0 else poses.on_all_fours(rng)
    down = _time(rng, 1.2, 2.5)
    return [
        Key(poses.standing(rng), label="standing", hold=_time(rng, 0.2, 1)),
        Key(poses.squatting(rng), 0.5 * down, "other", late=0.15),
        Key(over, 0.5 * down, "other", _time(rng, 0.2, 2)),
        Key(end, _time(rng, 0.9, 2.2), "other", _time(rng, 0.6, 2), held="lying"),
    ]


def lie_down_on_bed(rng: Rng) -> list[Key]:
    """From sitting on the edge of a bed to lying on it, legs last."""
    seat, end = poses.sitting(rng), (poses.supine if rng.random() < 0.6 else poses.on_side)(rng)
    half = {n: 0.5 * seat.get(n, 0) + 0.5 * end.get(n, 0) for n in {*seat, *end}}
    return [
        Key(seat, label="sitting", hold=_time(rng, 0.3, 1.5)),
        Key(half, _time(rng, 0.6, 1.2), "other"),
        Key(end, _time(rng, 0.6, 1.4), "other", _time(rng, 0.5, 2), held="lying"),
    ]


def get_up(rng: Rng) -> list[Key]:
    """Gets up from lying, by way of sitting or kneeling."""
    start = poses.LYING[rng.integers(3)](rng)
    over = poses.sitting_on_floor(rng) if start.get("pitch", 0) <= 0 else poses.on_all_fours(rng)
    low = poses.kneeling(rng) if rng.random() < 0.6 else poses.squatting(rng)
    what = "standing up"
    return [
        Key(start, label="lying", hold=_time(rng, 0.5, 2)),
        Key(over, _time(rng, 0.7, 1.8), "other", rng.uniform(0, 0.8), late=0.2),
        Key(low, _time(rng, 0.5, 1.3), what, rng.uniform(0, 0.4)),
        Key(poses.standing(rng), _time(rng, 0.6, 1.4), what, _time(rng, 0.2, 1), held="standing"),
    ]


def sit_on_floor(rng: Rng) -> list[Key]:
    """Sits on the floor and moves a little."""
    now = poses.sitting_on_floor(rng)
    keys = [Key(now, label="sitting", hold=_time(rng, 0.8, 3))]
    for _ in range(rng.integers(0, 3)):
        now = {**now, **poses.lap(rng), "look": rng.normal(0, 25)}
        keys.append(Key(now, _time(rng, 0.5, 1.5), "sitting", _time(rng, 0.5, 2)))
    return keys


def stay_low(rng: Rng) -> list[Key]:
    """On hands and knees, or kneeling: neither sitting nor lying."""
    maker = poses.on_all_fours if rng.random() < 0.5 else poses.kneeling
    now = maker(rng)
    keys = [Key(now, label="other", hold=_time(rng, 0.5, 2))]
    for _ in range(rng.integers(1, 4)):
        now = {**now, **{n: v + rng.normal(0, 10) for n, v in now.items() if n in _hands("arm")}}
        keys.append(Key(now, _time(rng, 0.4, 1.2), "other", _time(rng, 0.2, 1)))
    return keys


def jump(rng: Rng) -> list[Key]:
    """Jumps on the spot, once or several times, with a pause or without."""
    start, deep = poses.standing(rng), poses.half_squatting(rng)
    air = 2 * float(np.sqrt(2 * rng.uniform(0.06, 0.45) / 9.81))
    arms = poses.both({"arm": rng.uniform(-10, 150), "spread": 10.0, "elbow": 20.0})
    if rng.random() < 0.4:
        arms = {name: start.get(name, 0) for name in arms}
    flat = {**start, **arms, "lean": rng.normal(3, 4)}
    top = {**flat, **poses.both({"thigh": rng.uniform(0, 40), "knee": rng.uniform(0, 60)})}
    quick = rng.random() < 0.4
    dip = float(rng.uniform(0.12, 0.2) if quick else rng.uniform(0.25, 0.5))
    pause = 0.0 if quick else float(rng.uniform(0.05, 0.5))
    push = {**flat, **{name: 0.4 * value for name, value in arms.items()}}
    give = {**flat, **{name: 0.5 * value for name, value in deep.items() if name not in arms}}
    low = {**deep, **(arms if quick else {})}
    keys = [Key(start, label="standing", hold=_time(rng, 0.1, 0.8))]
    for number in range(rng.integers(1, 9)):
        keys += [
            Key(low, dip, "jumping", late=0.0 if number else 0.05),
            Key(flat if quick else push, 0.15, "jumping", way="falling"),
            *_flight(top, flat, air),
            Key(give, 0.12, "jumping", way="landing"),
        ]
        if pause:
            keys.append(Key(flat, 0.2, "jumping", pause))
    return [*keys, Key(start, 0.3, "standing", _time(rng, 0.2, 0.8))]


def _flight(top: Pose, end: Pose, air: float) -> list[Key]:
    """Into the air and down again, in so many seconds."""
    return [
        Key(top, air / 2, "jumping", flight=(air, 0.0, 0.5)),
        Key(end, air / 2, "jumping", flight=(air, 0.5, 1.0)),
    ]


def jumping_jacks(rng: Rng) -> list[Key]:
    """Jumps with legs and arms out, and together again."""
    start = poses.standing(rng)
    air = 2 * float(np.sqrt(2 * rng.uniform(0.06, 0.2) / 9.81))
    legs = poses.both({"thigh": rng.uniform(8, 20), "knee": rng.uniform(15, 40)})
    shut = {**start, **poses.both({"arm": 0.0, "spread": 12.0, "elbow": 10.0})}
    spread = {"out": rng.uniform(15, 26), "spread": rng.uniform(90, 150), "elbow": 15.0}
    wide = {**shut, **poses.both(spread)}
    keys = [Key(start, label="standing", hold=_time(rng, 0.1, 0.6))]
    before = shut
    for number in range(rng.integers(4, 12)):
        after = wide if number % 2 == 0 else shut
        middle = {n: 0.5 * (before.get(n, 0) + after.get(n, 0)) for n in {*before, *after}}
        keys += [
            Key({**before, **legs}, 0.12, "jumping"),
            *_flight(middle, after, air),
            Key({**after, **legs}, 0.12, "jumping", way="landing"),
        ]
        before = after
    return [*keys, Key(start, 0.4, "standing", _time(rng, 0.2, 0.6))]


MOVEMENTS: dict[str, Movement] = {
    each.__name__: each
    for each in (
        stand,
        sit_down,
        sit_still,
        stand_up,
        bend_down,
        wave,
        wave_sitting,
        crouch,
        squats,
        reach,
        lie_still,
        lie_down,
        lie_down_on_bed,
        get_up,
        sit_on_floor,
        stay_low,
        jump,
        jumping_jacks,
    )
}
"""By name; falls are in `kinema.train.actions.everyday.falls`."""
