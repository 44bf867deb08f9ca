"""Which method is nearest, and how sure that is."""

import numpy as np
import pytest

from kinema.analysis.compare.ranking import rank

JOINTS = ("a", "b")


def noise(mean, seed, frames=300):
    rng = np.random.default_rng(seed)
    return mean + rng.uniform(-0.5, 0.5, (frames, 2))


def test_a_clear_order():
    ranking = rank({"far": noise(5, 0), "near": noise(2, 1), "mid": noise(3, 2)}, JOINTS)
    assert [r.name for r in ranking.ranks] == ["near", "mid", "far"]
    assert [r.best for r in ranking.ranks] == [1, 0, 0]
    assert [r.is_sure for r in ranking.ranks] == [False, True, True]
    near, mid, _ = ranking.ranks
    assert near.error == pytest.approx(2, abs=0.05)
    assert near.ci[0] < near.error < near.ci[1]
    assert mid.behind == pytest.approx(mid.error - near.error)
    assert (ranking.frames, ranking.joints) == (300, JOINTS)


def test_equals_are_no_order():
    ranking = rank({"one": noise(2, 0), "two": noise(2, 1)}, JOINTS)
    assert not ranking.ranks[1].is_sure
    assert 0 < ranking.ranks[0].best < 1


def test_frames_that_hang_together_are_less_sure():
    """The same spread, in stretches of 30 frames: the interval is about sqrt(30) times as wide."""
    rng = np.random.default_rng(4)
    loose = 2 + rng.uniform(-0.5, 0.5, (900, 2))
    tied = 2 + np.repeat(rng.uniform(-0.5, 0.5, (30, 2)), 30, axis=0)
    widths = []
    for table in (loose, tied):
        ranking = rank({"x": table, "y": table + 1}, JOINTS)
        low, high = ranking.ranks[0].ci
        widths.append(high - low)
    assert 3 < widths[1] / widths[0] < 8


def test_only_what_all_have_counts():
    one, two = noise(2, 0), noise(1, 1)
    one[:100] = np.nan
    two[:, 1] = np.nan
    two[200:, 0] = 50
    ranking = rank({"one": one, "two": two}, JOINTS)
    assert (ranking.frames, ranking.joints) == (200, ("a",))
    assert ranking.ranks[0].name == "one"


def test_nothing_in_common():
    nothing = np.full((10, 2), np.nan)
    ranking = rank({"one": nothing, "two": noise(1, 0, 10)}, JOINTS)
    assert (ranking.frames, ranking.joints) == (0, ())
    assert np.isnan(ranking.ranks[0].error)


def test_the_same_seed_gives_the_same():
    table = {"one": noise(2, 0), "two": noise(2, 1)}
    assert repr(rank(table, JOINTS, seed=3)) == repr(rank(table, JOINTS, seed=3))
