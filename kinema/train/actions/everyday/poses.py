"""Key poses of everyday life, each time a little different: who stands, sits, kneels, bends, lies.

Each function gives angles (`kinema.train.actions.everyday.body`) of one random variation. They are
made up; pictures of people were looked at, but nothing was measured.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kinema.train.actions.everyday.keys import mirrored

Pose = dict[str, float]
Rng = np.random.Generator
Maker = Callable[[Rng], Pose]


def _n(rng: Rng, mean: float, spread: float) -> float:
    return float(rng.normal(mean, spread))


def both(arm_or_leg: Pose) -> Pose:
    """The angles of one side, for both sides."""
    return {
        side + name: value for side in ("left_", "right_") for name, value in arm_or_leg.items()
    }


def uneven(pose: Pose, rng: Rng, spread: float = 4.0) -> Pose:
    """A pose whose angles are each a little off."""
    return {name: value + _n(rng, 0, spread) for name, value in pose.items()}


def either(pose: Pose, rng: Rng) -> Pose:
    """A pose or its mirror image."""
    return mirrored(pose) if rng.random() < 0.5 else pose


# Arms

_ARMS: dict[str, Pose] = {
    "hanging": both({"arm": 2, "spread": 7, "elbow": 14}),
    "pockets": both({"arm": -14, "spread": 16, "elbow": 40, "spun": -25}),
    "crossed": both({"arm": 34, "spread": -2, "elbow": 98, "spun": -62}),
    "hips": both({"arm": -18, "spread": 42, "elbow": 92, "spun": -62}),
    "clasped": both({"arm": 12, "spread": 8, "elbow": 42, "spun": -38}),
    "back": both({"arm": -22, "spread": 12, "elbow": 40, "spun": -75}),
    "phone": {
        **both({"arm": 6, "spread": 8, "elbow": 18}),
        "right_arm": 26,
        "right_elbow": 105,
        "right_spun": -25,
    },
    "both up": both({"arm": 28, "spread": 8, "elbow": 95, "spun": -22}),
    "ear": {
        **both({"arm": 4, "spread": 8, "elbow": 16}),
        "right_arm": 40,
        "right_spread": 30,
        "right_elbow": 145,
        "right_spun": -5,
    },
    "head": {
        **both({"arm": 4, "spread": 8, "elbow": 16}),
        "right_arm": 45,
        "right_spread": 55,
        "right_elbow": 130,
        "right_spun": 50,
    },
}
_OFTEN = np.array([6.0, 1, 1.2, 1, 1.2, 0.6, 1.2, 0.8, 0.8, 1.2])


def arms(rng: Rng) -> Pose:
    """Arms of someone who stands and does nothing with them."""
    style = str(rng.choice(list(_ARMS), p=_OFTEN / _OFTEN.sum()))
    return either(uneven(_ARMS[style], rng, 5), rng)


def lap(rng: Rng) -> Pose:
    """Arms of someone who sits."""
    style = rng.integers(5)
    if style == 0:  # hands on the thighs
        found = both({"arm": 22, "spread": 8, "elbow": 48, "spun": -12})
    elif style == 1:  # in the lap
        found = both({"arm": 20, "spread": 10, "elbow": 62, "spun": -40})
    elif style == 2:  # at a table
        found = both({"arm": 36, "spread": 14, "elbow": 74, "spun": -22})
    elif style == 3:  # hanging, or on the seat
        found = both({"arm": -8, "spread": 16, "elbow": 22})
    else:
        found = arms(rng)
    return either(uneven(found, rng, 7), rng)


# On the feet


def standing(rng: Rng) -> Pose:
    """Upright, the weight on both feet or one."""
    pose = {
        "lean": _n(rng, 2, 3),
        "curl": _n(rng, 4, 4),
        "side": _n(rng, 0, 2),
        "nod": _n(rng, 8, 10),
        "look": _n(rng, 0, 15),
        **uneven(both({"thigh": 3.0, "out": 3.0, "knee": 5.0}), rng, 2),
    }
    if rng.random() < 0.3:
        pose |= {"left_knee": 22 + _n(rng, 0, 6), "left_thigh": 16 + _n(rng, 0, 4)}
    if rng.random() < 0.3:
        pose |= {"left_out": _n(rng, 9, 4), "right_out": _n(rng, 9, 4)}
    if rng.random() < 0.2:  # one foot before the other
        pose |= {"left_thigh": _n(rng, 13, 4), "right_thigh": _n(rng, -9, 4)}
    return either({**pose, **arms(rng)}, rng)


def bent(rng: Rng) -> Pose:
    """Bent down to something low: with the back, with the knees, or in a step."""
    style = rng.random()
    reach = rng.uniform(0.55, 1.0)
    if style < 0.55:
        lean = reach * _n(rng, 88, 12)
        pose = both({"thigh": 14 + _n(rng, 0, 4), "knee": abs(_n(rng, 14, 10)), "out": 4})
        pose |= {"lean": lean, "curl": _n(rng, 25, 10), "nod": _n(rng, -5, 15)}
        pose |= both({"arm": 0.9 * lean + 10, "spread": 4, "elbow": 12})
    elif style < 0.8:
        pose = both({"thigh": 92, "knee": 104, "out": 10})
        pose |= {"lean": _n(rng, 38, 8), "curl": _n(rng, 20, 6), "nod": _n(rng, -5, 15)}
        pose |= both({"arm": 48, "spread": 5, "elbow": 14})
    else:
        pose = {"lean": _n(rng, 55, 10), "curl": _n(rng, 25, 8), "nod": _n(rng, -5, 15)}
        pose |= {"left_thigh": 78, "left_knee": 82, "right_thigh": -4, "right_knee": 48}
        pose |= both({"arm": 68, "spread": 5, "elbow": 12})
    if rng.random() < 0.5:  # one hand holds on to a knee, or balances
        pose |= {"left_arm": _n(rng, 45, 20), "left_elbow": abs(_n(rng, 35, 20))}
    pose |= {"twist": _n(rng, 0, 8), "side": _n(rng, 0, 5)}
    return either(uneven(pose, rng, 4), rng)


def squatting(rng: Rng) -> Pose:
    """Squatting, heels or toes on the floor."""
    pose = both({"thigh": 112, "knee": 132, "out": 14})
    pose |= {"lean": _n(rng, 32, 8), "curl": _n(rng, 18, 6), "nod": _n(rng, -10, 12)}
    pose |= both({"arm": 62, "spread": 8, "elbow": 35, "spun": -20})
    return uneven(pose, rng, 6)


def half_squatting(rng: Rng) -> Pose:
    """Knees bent as before a jump."""
    deep = rng.uniform(0.35, 1)
    pose = both({"thigh": 55 * deep, "knee": 80 * deep, "out": 4, "arm": -35 * deep, "elbow": 20})
    return uneven({**pose, "lean": 38 * deep, "curl": 8}, rng, 4)


def kneeling(rng: Rng) -> Pose:
    """On one knee or both, upright or sitting on the heels."""
    style = rng.integers(3)
    if style == 0:
        legs = {"left_thigh": 88.0, "left_knee": 92.0, "right_thigh": 2.0, "right_knee": 92.0}
    elif style == 1:
        legs = both({"thigh": 4, "knee": 95, "out": 6})
    else:
        legs = both({"thigh": 62, "knee": 148, "out": 8})
    pose = {**legs, "lean": _n(rng, 12, 12), "curl": _n(rng, 8, 6), "nod": _n(rng, 10, 12)}
    return either(uneven({**pose, **lap(rng)}, rng, 5), rng)


def on_all_fours(rng: Rng) -> Pose:
    """Hands and knees on the floor."""
    pose = both({"thigh": 6, "knee": 95, "out": 5, "arm": 84, "spread": 8, "elbow": 8})
    return uneven({**pose, "lean": 84, "curl": 4, "nod": -25}, rng, 6)


# On a seat, on the floor


def sitting(rng: Rng) -> Pose:
    """On a chair, a sofa or a stool: upright, leaning back or forwards."""
    thigh, knee = _n(rng, 86, 9), _n(rng, 86, 12)
    legs = both({"thigh": thigh, "knee": knee, "out": _n(rng, 8, 6)})
    style = rng.random()
    if style < 0.15:  # one leg over the other
        legs |= {"left_thigh": thigh + 16, "left_out": -16, "left_knee": _n(rng, 80, 12)}
    elif style < 0.3:  # stretched out
        legs |= both({"knee": _n(rng, 45, 15), "thigh": thigh - 6})
    elif style < 0.4:  # a high stool
        legs = both({"thigh": _n(rng, 58, 8), "knee": _n(rng, 72, 10), "out": 9})
    back = rng.random()
    lean = _n(rng, -12, 6) if back < 0.4 else _n(rng, 4, 5) if back < 0.75 else _n(rng, 30, 10)
    pose = {**legs, "lean": lean, "curl": _n(rng, 10, 7), "nod": _n(rng, 8, 12)}
    pose |= {"look": _n(rng, 0, 18), "twist": _n(rng, 0, 6), "side": _n(rng, 0, 4)}
    return either(uneven({**pose, **lap(rng)}, rng, 3), rng)


def sitting_on_floor(rng: Rng) -> Pose:
    """On the floor, legs stretched, drawn up or crossed."""
    style = rng.integers(4)
    if style == 0:
        legs = both({"thigh": 84, "knee": 8, "out": 8})
    elif style == 1:
        legs = both({"thigh": 125, "knee": 95, "out": 8})
    elif style == 2:
        legs = both({"thigh": 88, "knee": 118, "out": 55, "spin": 72})
    else:
        legs = {"left_thigh": 126.0, "left_knee": 100.0, "right_thigh": 84.0, "right_knee": 12.0}
    back = rng.random() < 0.4
    lean = _n(rng, -28, 8) if back else _n(rng, 12, 10)
    hands = both({"arm": -32, "spread": 18, "elbow": 8}) if back else lap(rng)
    pose = {**legs, "lean": lean, "curl": _n(rng, 16, 8), "nod": _n(rng, 8, 10)}
    return either(uneven({**pose, **hands}, rng, 5), rng)


# Lying


def _lying_arms(rng: Rng, *, on_belly: bool = False) -> Pose:
    styles = (
        both({"arm": 2, "spread": 12, "elbow": 6}),
        both({"arm": 0, "spread": 60, "elbow": 18, "spun": 80}),
        both({"arm": 0, "spread": 125, "elbow": 65, "spun": 85}),
        both({"arm": 0, "spread": 88, "elbow": 75, "spun": 85}),
        both({"arm": 12, "spread": 12, "elbow": 80, "spun": -42}),
    )
    first, second = rng.integers(len(styles) - on_belly, size=2)
    found = {n: v for n, v in styles[first].items() if n.startswith("left_")}
    other = second if rng.random() < 0.4 else first
    return found | {n: v for n, v in styles[other].items() if n.startswith("right_")}


def supine(rng: Rng) -> Pose:
    """On the back."""
    legs = uneven(both({"thigh": 1, "knee": 3, "out": 8}), rng, 1.5)
    style = rng.random()
    if style < 0.2:
        legs |= both({"thigh": 48, "knee": 92 + _n(rng, 0, 8)})
    elif style < 0.4:
        legs |= {"left_thigh": 48, "left_knee": 92}
    pose = {"pitch": -90.0, "lean": abs(_n(rng, 0, 3)), "nod": abs(_n(rng, 8, 10))}
    pose |= {"look": _n(rng, 0, 25), "side": _n(rng, 0, 5), "about": _n(rng, 0, 6)}
    return either({**pose, **legs, **uneven(_lying_arms(rng), rng, 4)}, rng)


def prone(rng: Rng) -> Pose:
    """On the front."""
    legs = uneven(both({"thigh": 0, "knee": 3, "out": 8}), rng, 1.5)
    if rng.random() < 0.3:
        legs |= {"left_thigh": 20, "left_out": 50, "left_knee": 60, "left_spin": 70}
    hands = _lying_arms(rng, on_belly=True)
    pose = {
        "pitch": 90.0,
        "lean": -abs(_n(rng, 0, 3)),
        "look": _n(rng, 0, 50),
        "nod": _n(rng, -8, 8),
    }
    pose |= {"side": _n(rng, 0, 6), "about": _n(rng, 0, 8)}
    return either({**pose, **legs, **uneven(hands, rng, 4)}, rng)


def on_side(rng: Rng) -> Pose:
    """On the right side, or the left one, more or less drawn up."""
    drawn = rng.uniform(0, 1)
    legs = both({"thigh": 15 + 65 * drawn, "knee": 20 + 70 * drawn})
    legs |= {"left_thigh": legs["left_thigh"] + _n(rng, 8, 10)}
    pose = {"roll": 90.0, "about": _n(rng, 0, 5), "curl": 22 * drawn, "lean": 14 * drawn}
    hands = both({"arm": 30 + 50 * drawn, "spread": 4, "elbow": 40 + 50 * drawn, "spun": -10})
    if rng.random() < 0.3:
        hands |= {"right_arm": 150, "right_elbow": abs(_n(rng, 40, 30))}
    pose |= {**uneven(legs, rng, 2), **uneven(hands, rng, 3), "nod": _n(rng, 8, 10)}
    return either(pose, rng)


LYING: tuple[Maker, ...] = (supine, prone, on_side)


# Arms that do something


def reaching(rng: Rng) -> Pose:
    """The arms of someone who reaches up or out, with one hand or both."""
    up = both({"arm": _n(rng, 115, 35), "spread": _n(rng, 15, 12), "elbow": abs(_n(rng, 25, 18))})
    if rng.random() < 0.6:
        up |= {"left_arm": _n(rng, 5, 8), "left_spread": 8, "left_elbow": abs(_n(rng, 20, 12))}
    return either(up, rng)


def gesturing(rng: Rng) -> Pose:
    """Arms of someone who talks, points or handles something before the body."""
    found: Pose = {}
    for side in ("left_", "right_"):
        found |= {
            side + "arm": _n(rng, 28, 18),
            side + "spread": abs(_n(rng, 14, 10)),
            side + "spun": _n(rng, -18, 22),
            side + "elbow": abs(_n(rng, 75, 25)),
        }
    if rng.random() < 0.4:
        found |= {"left_arm": _n(rng, 3, 6), "left_spread": 8, "left_elbow": 16, "left_spun": 0}
    return either(found, rng)
