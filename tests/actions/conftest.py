"""People of sticks who stand, squat, raise their arms and wave."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinema.actions.examples import Example
from kinema.actions.spec import ActionSpec
from kinema.skeletons import COCO17
from kinema.space.lifting import LIFT13
from kinema.track import Track

RATE = 30.0


def figure(times: np.ndarray, *, arms: np.ndarray, knees: np.ndarray) -> np.ndarray:
    """COCO's joints (T, 17, 2) in pixels of somebody 400 px tall, seen from the front, y down.

    `arms` is the angle of both arms from hanging, `knees` how far the hips sink, in pixels.
    """
    t = len(times)
    points = np.zeros((t, 17, 2))
    hips = 600 + knees
    for left, side in ((1, 1.0), (0, -1.0)):
        shoulder = np.stack([np.full(t, 300 + 45 * side), hips - 115], axis=1)
        reach = np.stack([side * np.sin(arms), np.cos(arms)], axis=1)
        row = 6 - left  # left_shoulder is 5, right_shoulder 6
        points[:, row] = shoulder
        points[:, row + 2] = shoulder + 75 * reach
        points[:, row + 4] = shoulder + 133 * reach
        points[:, row + 6] = np.stack([np.full(t, 300 + 30 * side), hips], axis=1)
        points[:, row + 8] = np.stack([300 + (32 + 0.4 * knees) * side, 700 + 0.4 * knees], axis=1)
        points[:, row + 10] = np.stack([np.full(t, 300 + 34 * side), np.full(t, 798.0)], axis=1)
    head = np.stack([np.full(t, 300.0), hips - 170], axis=1)
    for row, away in enumerate([(0, 0), (8, -8), (-8, -8), (16, 0), (-16, 0)]):
        points[:, row] = head + away
    return points


MOVES: dict[str, Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "stand": lambda t: (0.1 + 0 * t, 0 * t),
    "cross": lambda t: (np.pi / 2 + 0 * t, 0 * t),
    "squat": lambda t: (0.1 + 0 * t, 90 + 0 * t),
    "flap": lambda t: (0.8 + 0.7 * np.sin(2 * np.pi * t), 0 * t),
    "flutter": lambda t: (0.8 + 0.7 * np.sin(4 * np.pi * t), 0 * t),
    "bob": lambda t: (0.1 + 0 * t, 45 - 45 * np.cos(2 * np.pi * t)),
}


@pytest.fixture(scope="session")
def person() -> Callable[..., Track]:
    """Makes a person who does one of `MOVES`, with noise of some pixels."""

    def make(
        what: str, *, seconds: float = 4.0, seed: int = 0, start: float = 0.0, noise: float = 2.0
    ) -> Track:
        rng = np.random.default_rng(seed)
        times = start + np.arange(round(seconds * RATE)) / RATE
        arms, knees = MOVES[what](times + rng.uniform(0, 1))
        points = figure(times, arms=arms, knees=knees)
        points = points * rng.uniform(0.8, 1.2) + rng.uniform(-100, 100, 2)
        points += rng.normal(0, noise, points.shape)
        return Track(COCO17, points, np.full(points.shape[:2], 0.9), times, id=1)

    return make


@pytest.fixture(scope="session")
def examples(person) -> Callable[..., list[Example]]:
    """Examples of some of `MOVES`, several recordings each."""

    def make(*moves: str, count: int = 2, seconds: float = 4.0) -> list[Example]:
        return [
            Example(what, person(what, seconds=seconds, seed=10 * n + i), f"{what}{n}.mp4")
            for i, what in enumerate(moves)
            for n in range(count)
        ]

    return make


@pytest.fixture(scope="session")
def arm_spec() -> ActionSpec:
    """A recogniser of windows of one second, with a background and a threshold."""
    return ActionSpec(
        ("down", "up", "nothing"),
        LIFT13,
        2,
        frames=16,
        seconds=1.0,
        background="nothing",
        threshold=0.6,
    )


@pytest.fixture(scope="session")
def arm_network() -> Callable[[np.ndarray], np.ndarray]:
    """A network that tells by the wrists: logits (N, 3) from how high they are above the elbows."""
    elbow, wrist = LIFT13.index("left_elbow"), LIFT13.index("left_wrist")

    def network(clips: np.ndarray) -> np.ndarray:
        height = (clips[:, 1, :, elbow, 0] - clips[:, 1, :, wrist, 0]).mean(axis=1)
        return np.stack([-40 * height, 40 * height, 0 * height], axis=1).astype(np.float32)

    return network
