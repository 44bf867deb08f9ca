"""Made-up movements and falls: what must hold for every random variation."""

import numpy as np
import pytest

from kinema.skeletons import H36M17
from kinema.train.actions.everyday.body import CLEARANCE, Body, on_floor, posed
from kinema.train.actions.everyday.examples import LABELS
from kinema.train.actions.everyday.falls import FALLS, fall
from kinema.train.actions.everyday.keys import (
    RATE,
    Key,
    Performance,
    minimum_jerk,
    performed,
    tipping,
)
from kinema.train.actions.everyday.movements import MOVEMENTS

J = {joint: i for i, joint in enumerate(H36M17.keypoints)}
FASTEST = 14.0  # metres a second, of any joint


def made(name: str, seed: int) -> tuple[Performance, np.ndarray, Body]:
    rng = np.random.default_rng(seed)
    body = Body.random(rng)
    movement = FALLS[name](rng) if name in FALLS else performed(MOVEMENTS[name](rng), rng)
    return movement, on_floor(posed(movement.angles, body), movement.lift), body


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", [*MOVEMENTS, *FALLS])
def test_every_movement(name: str, seed: int) -> None:
    movement, points, body = made(name, seed)
    assert len(points) == len(movement) == len(movement.labels) == len(movement.lift)
    assert set(movement.labels) <= set(LABELS)
    assert 0.5 < len(points) / RATE < 45
    assert (points[..., 2] - CLEARANCE).min() > -1e-9
    for start, end in H36M17.edges:
        lengths = np.linalg.norm(points[:, J[end]] - points[:, J[start]], axis=1)
        assert np.ptp(lengths) < 1e-9 and lengths[0] == pytest.approx(body.length(end))
    assert np.linalg.norm(np.diff(points, axis=0), axis=2).max() * RATE < FASTEST


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", FALLS)
def test_every_fall_ends_lying(name: str, seed: int) -> None:
    movement, points, _ = made(name, seed)
    labels = list(movement.labels)
    assert labels[-1] == "lying" and labels.index("falling") < labels.index("lying")
    assert 0.5 < labels.count("falling") / RATE < 3
    trunk = points[-1, J["thorax"]] - points[-1, J["mid_hip"]]
    assert abs(trunk[2]) < 0.4 * np.linalg.norm(trunk)
    assert points[-1, J["head_top"], 2] < 0.6
    hips = points[:, 0, 2]
    assert hips[labels.index("falling")] - hips[-1] > 0.15
    if labels[0] == "standing":
        assert points[0, J["head_top"], 2] > 1.2


@pytest.mark.parametrize(
    ("name", "label", "low", "high"),
    [
        pytest.param("sit_down", "sitting", 0.3, 0.75, id="pelvis of who sits"),
        pytest.param("lie_still", "lying", 0.0, 0.4, id="pelvis of who lies"),
        pytest.param("stand", "standing", 0.7, 1.1, id="pelvis of who stands"),
        pytest.param("jump", "jumping", 0.45, 1.7, id="pelvis of who jumps"),
    ],
)
def test_height_of_the_pelvis(name: str, label: str, low: float, high: float) -> None:
    for seed in range(5):
        movement, points, _ = made(name, seed)
        chosen = np.array([each == label for each in movement.labels])
        heights = points[chosen, 0, 2][2:-2]
        assert low < heights.min() and heights.max() < high


def test_who_jumps_flies_along_a_parabola() -> None:
    rng = np.random.default_rng(0)
    air = 0.4
    keys = [
        Key({}, hold=0.1),
        Key({}, air / 2, flight=(air, 0, 0.5)),
        Key({}, air / 2, flight=(air, 0.5, 1)),
    ]
    lift = performed(keys, rng, sway=0.0).lift
    assert lift.max() == pytest.approx(9.81 * air**2 / 8)
    flying = lift[4:16]
    assert np.diff(flying, 2) == pytest.approx(np.full(10, -9.81 / RATE**2), abs=1e-9)
    assert lift[-1] == pytest.approx(0)


def test_tipping_over_gains_speed() -> None:
    tilt = tipping(90.0, np.random.default_rng(3))
    assert tilt[0] == 0 and tilt[-1] == 90
    assert (np.diff(tilt[:-1], 2) > 0).all()
    assert 0.5 < len(tilt) / RATE < 2


def test_minimum_jerk_rests_at_both_ends() -> None:
    way = minimum_jerk(np.linspace(0, 1, 1001))
    assert np.diff(way)[0] < 1e-6 > np.diff(way)[-1]
    assert np.gradient(way, 1e-3).max() == pytest.approx(15 / 8, rel=1e-3)


def test_seed_decides() -> None:
    first, again, other = (fall(np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(first.angles, again.angles) and first.labels == again.labels
    assert first.angles.shape != other.angles.shape or not np.array_equal(
        first.angles, other.angles
    )


def test_labels_begin_late() -> None:
    keys = [Key({}, label="standing", hold=0.5), Key({"lean": 60}, 1.0, "bending", late=0.3)]
    labels = performed(keys, np.random.default_rng(0)).labels
    assert labels.count("standing") == 1 + 15 + 9 and labels.count("bending") == 21
