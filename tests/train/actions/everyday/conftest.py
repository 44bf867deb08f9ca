"""Recordings as of a motion capture database, made here: nobody's data."""

import numpy as np
import pytest

from kinema.skeletons import H36M17
from kinema.train.actions.everyday.body import SIDES, Body, on_floor, posed, row_of
from kinema.train.actions.everyday.keys import performed
from kinema.train.actions.everyday.movements import MOVEMENTS
from kinema.train.lift.mocap import Motion

RATE = 30.0


def striding(*, speed: float, steps: float, seconds: float, lift: float = 0.0) -> np.ndarray:
    """Legs and arms that swing against each other, (T, 17, 3), towards y, as a pendulum would."""
    times = np.arange(round(seconds * RATE)) / RATE
    phase = np.pi * steps * times
    rows = np.tile(row_of({"lean": 4.0 if speed < 2 else 10.0}), (len(times), 1))
    for side, sign in zip(SIDES, (1, -1), strict=True):
        swing = sign * np.sin(phase)
        bent = 12 + 30 * np.maximum(sign * np.cos(phase), 0) * (1 if speed < 2 else 2.2)
        angles = {
            "thigh": 8 + 24 * swing,
            "knee": bent,
            "arm": -22 * swing,
            "spread": 8 + 0 * swing,
        }
        angles["elbow"] = 15 + (0 if speed < 2 else 65) + 0 * swing
        for name, values in angles.items():
            rows += values[:, None] * row_of({side + name: 1.0})
    points = on_floor(posed(rows, Body.random(np.random.default_rng(0), spread=0.0)))
    points[..., :2] -= points[:, :1, :2]
    points[..., 1] += (speed * times)[:, None]
    points[..., 2] += (lift * np.abs(np.cos(phase)))[:, None]
    return points


def acted(name: str, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    movement = performed(MOVEMENTS[name](rng), rng)
    return on_floor(posed(movement.angles, Body.random(rng)), movement.lift)


@pytest.fixture(scope="session")
def walk() -> np.ndarray:
    return striding(speed=1.2, steps=1.8, seconds=5)


@pytest.fixture(scope="session")
def recordings(walk: np.ndarray) -> list[Motion]:
    """One of each kind that scenes are made with, at least."""
    run = striding(speed=3.2, steps=2.8, seconds=2, lift=0.1)
    made = {
        "a/walking_1": walk,
        "07_01": walk[:90],
        "a/running_1": run,
        "a/jumping_1": acted("jump", 1),
        "02_06": acted("bend_down", 2),
        "a/basketball_1": acted("reach", 3),
    }
    return [
        Motion(name, name.partition("_")[0], RATE, points.astype(np.float32))
        for name, points in made.items()
    ]


__all__ = ["H36M17", "acted", "striding"]
