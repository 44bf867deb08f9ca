from __future__ import annotations

from fractions import Fraction

import pytest

from kinema.media.damage import Promise, Tally, describe

INTERVAL = Fraction(1, 25)


def promise(frames=None, end=None, end_of_all=None) -> Promise:
    return Promise(frames, end and Fraction(end), end_of_all and Fraction(end_of_all), INTERVAL)


@pytest.mark.parametrize(
    ("promised", "tally", "told"),
    [
        pytest.param(promise(100, 4), Tally(100, 0, 100, end=Fraction(4)), None, id="whole"),
        pytest.param(
            promise(100, 4),
            Tally(60, 0, 60, end=Fraction(60, 25)),
            "40 of 100 frames could not be read",
            id="cut off",
        ),
        pytest.param(
            promise(100, 4), Tally(75, 0, 75, end=Fraction(4)), None, id="edit list leaves some out"
        ),
        pytest.param(
            promise(100, 8), Tally(100, 0, 100, end=Fraction(4)), None, id="all there, shorter"
        ),
        pytest.param(
            promise(100, 4),
            Tally(100, 4, 96, end=Fraction(4)),
            "4 of 100 frames could not be read",
            id="some undecodable",
        ),
        pytest.param(
            promise(None, 4),
            Tally(50, 0, 50, end=Fraction(2)),
            "it breaks off after 2.0 of 4.0 seconds",
            id="cut off, not counted",
        ),
        pytest.param(
            promise(None, 4),
            Tally(90, 0, 90, end=Fraction("3.6")),
            None,
            id="a last frame that is held",
        ),
        pytest.param(
            promise(None, None, 8),
            Tally(100, 0, 100, end=Fraction(4), end_of_all=Fraction(8)),
            None,
            id="sound goes on after the pictures",
        ),
        pytest.param(
            promise(None, None, 8),
            Tally(50, 0, 50, end=Fraction(2), end_of_all=Fraction("2.1")),
            "it breaks off after 2.0 of 8.0 seconds",
            id="cut off, with sound",
        ),
        pytest.param(
            promise(100, 4),
            Tally(100, 0, 100, 1, end=Fraction(4)),
            "1 of 100 frames is spoiled",
            id="one patched up",
        ),
        pytest.param(
            promise(),
            Tally(10, 1, 9, 2, stopped="Input/output error"),
            "1 of 10 frames could not be read; 2 of 10 frames are spoiled; "
            "reading stopped: Input/output error",
            id="everything at once",
        ),
        pytest.param(promise(), Tally(), None, id="nothing promised, nothing there"),
    ],
)
def test_one_line_says_what_was_lost(promised, tally, told):
    expected = told and f"clip.mp4 is damaged: {told}"
    assert describe("clip.mp4", promised, tally) == expected
