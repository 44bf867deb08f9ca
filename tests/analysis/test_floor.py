"""The floor in the picture."""

import numpy as np
import pytest

from kinema.analysis.floor import floor_line
from kinema.skeletons import BODY25, COCO17, HAND21
from kinema.track import Track

HEIGHT = 300.0  # pixels


def walk(skeleton=BODY25, *, slope=0.0, apart=0.0, steps=6, stride=150.0, noise=0.0, still=False):
    """Feet that stand 0.6 s and swing 0.4 s in turns along a floor that rises by `slope`."""
    rate, rng = 30.0, np.random.default_rng(0)
    times = np.arange(int(steps * rate)) / rate
    points = np.full((len(times), len(skeleton), 2), np.nan)
    for side, shift in (("left", 0.0), ("right", 0.5)):
        phase = times + shift
        part = phase % 1.0
        swing = np.clip((part - 0.6) / 0.4, 0, 1)
        x = 100 + stride * (np.floor(phase) + (1 - np.cos(np.pi * swing)) / 2 - shift)
        x = np.full(len(times), 100.0) if still else x
        lift = 0.0 if still else 40 * np.sin(np.pi * swing)
        level = 800 + (apart if side == "left" else -apart) / 2
        for joint, ahead, above in (("big_toe", 40, 0), ("heel", 0, 0), ("ankle", 10, 0.039)):
            if f"{side}_{joint}" in skeleton:
                y = level - slope * (x + ahead - 500) - lift - above * HEIGHT
                points[:, skeleton.index(f"{side}_{joint}")] = np.stack([x + ahead, y], axis=1)
    points += rng.normal(size=points.shape) * noise
    return Track(skeleton, points, np.ones(points.shape[:2]), times)


@pytest.mark.parametrize("skeleton", [BODY25, COCO17], ids=["toes and heels", "ankles"])
@pytest.mark.parametrize("degrees", [0.0, 3.0, -2.0])
def test_the_slope_and_the_level(skeleton, degrees):
    slope = np.tan(np.radians(degrees))
    found = floor_line(walk(skeleton, slope=slope, apart=12.0), HEIGHT)
    assert found is not None
    assert found.angle == pytest.approx(degrees, abs=0.05)
    x, y = found.point
    assert y == pytest.approx(800 - slope * (x - 500), abs=0.5)


def test_its_uncertainty_covers_its_error():
    found = floor_line(walk(slope=0.02, noise=2.0), HEIGHT)
    assert found is not None
    assert 0.02 < found.sigma < 1
    assert found.angle == pytest.approx(np.degrees(np.arctan(0.02)), abs=3 * found.sigma)


def test_who_stays_in_one_place_shows_no_slope():
    found = floor_line(walk(slope=0.1, still=True), HEIGHT)
    assert found is not None
    assert found.angle == 0
    assert np.isnan(found.sigma)
    assert found.point[1] == pytest.approx(840, abs=3)


def test_a_wall_is_no_floor():
    found = floor_line(walk(slope=0.7), HEIGHT)
    assert found is not None
    assert found.angle == 0
    assert np.isnan(found.sigma)


@pytest.mark.parametrize(
    "track",
    [
        pytest.param(walk(HAND21), id="no feet"),
        pytest.param(walk(steps=0), id="no frames"),
        pytest.param(walk(steps=0.1), id="too few frames"),
        pytest.param(walk(stride=8000.0), id="never still"),
    ],
)
def test_none_where_no_foot_stands(track):
    found = floor_line(track, HEIGHT)
    assert found is None or found.contacts > 6
