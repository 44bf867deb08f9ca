from collections.abc import Callable

import numpy as np
import pytest

from kinema.analysis.gait import methods
from kinema.analysis.gait.consensus import weighted_median
from kinema.analysis.gait.signals import prepare
from kinema.curves import Event
from kinema.track import Track


def test_peak_lies_between_samples() -> None:
    places = np.arange(20.0)
    assert methods.peak(-((places - 7.3) ** 2), (0, 20)) == pytest.approx(7.3)


@pytest.mark.parametrize(
    "window", [pytest.param((0, 5), id="before it"), pytest.param((3, 4), id="too short")]
)
def test_no_peak_in_the_window(window: tuple[int, int]) -> None:
    assert np.isnan(methods.peak(-((np.arange(20.0) - 7.3) ** 2), window))


def test_crossings_first_and_last_falling_and_rising() -> None:
    values = np.array([1.0, -1.0, -1.0, 3.0, 1.0, -3.0])
    window = (0, 6)
    assert methods.crossing(values, window, last=False, falling=True) == 0.5
    assert methods.crossing(values, window, last=True, falling=True) == 4.25
    assert methods.crossing(values, window, last=False, falling=False) == 2.25
    assert np.isnan(methods.crossing(values, (3, 5), last=True, falling=True))


def test_weighted_median() -> None:
    values = np.array([5.0, 1.0, 2.0])
    assert weighted_median(values, np.ones(3)) == 2.0
    # Middles of the weights in order 1, 2, 5 lie at 0.5, 1.5 and 7 of 12; the half is at 6.
    weights = np.array([10.0, 1.0, 1.0])
    assert weighted_median(values, weights) == pytest.approx(2 + 3 * 4.5 / 5.5)


@pytest.mark.parametrize(
    ("find", "kind", "expected"),
    [
        pytest.param(methods.zeni_strike, "heel_strike", -0.020, id="Zeni is early at the strike"),
        pytest.param(methods.ghoussayni_strike, "heel_strike", -0.003, id="Ghoussayni is near it"),
        pytest.param(methods.oconnor_strike, "heel_strike", 0.015, id="O'Connor is late at it"),
        pytest.param(methods.hreljac_off, "toe_off", 0.028, id="Hreljac is late at toe-off"),
        pytest.param(methods.desailly_off, "toe_off", 0.029, id="Desailly is late at toe-off"),
    ],
)
def test_methods_are_as_late_on_a_model_as_on_people(
    recorded: Callable[..., tuple[Track, list[Event]]],
    find: methods.Finder,
    kind: str,
    expected: float,
) -> None:
    track, truth = recorded()
    signals = prepare(track, "space")
    strides = methods.prepare_strides(signals, 1.1, 0.0)
    event = next(e for e in truth if e.kind == kind and e.side == "left" and e.time > 2)
    index = (event.time - signals.times[0]) * signals.rate
    window = (int(index - 0.08 * signals.rate), int(index + 0.11 * signals.rate))
    assert (find(strides, "left", window) - index) / signals.rate == pytest.approx(
        expected, abs=0.02
    )
