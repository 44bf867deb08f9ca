"""What somebody can do after what."""

from dataclasses import replace

import numpy as np
import pytest

from kinema.actions.order import EVERYDAY, TAKEN_OVER, Course, Order, order_of
from kinema.actions.recogniser import Timeline
from kinema.actions.spec import ActionSpec
from kinema.actions.steady import NONE, Steady, weight_of
from kinema.errors import FormatError, InputError
from kinema.space.lifting import LIFT13

LABELS = ("standing", "standing up", "falling", "lying")
SPEC = ActionSpec(LABELS, LIFT13, dimensions=2, seconds=2.0, threshold=0.5, order="everyday")
UP_AND_DOWN = {
    "on": (Course("up", "up", 4.0),),
    "drop": (Course("up", "down", 1.0),),
    "off": (Course("down", "down", 4.0),),
}


def seen(*labels, sure=0.8):
    """What a network says of one moment after the other: (W, L)."""
    rows = np.full((len(labels), len(LABELS)), (1 - sure) / (len(LABELS) - 1))
    for row, label in enumerate(labels):
        rows[row, LABELS.index(label)] = sure
    return rows


def told(*labels, sure=0.8, sureness=None):
    """What is said of the same moments, a quarter of a second apart."""
    times = 0.25 * np.arange(len(labels))
    chances = seen(*labels, sure=sure).astype(np.float32)
    return Timeline(SPEC, times, chances, sureness=sureness).actions


def test_rates_of_three_states():
    order = Order(UP_AND_DOWN, ("on", "drop", "off"))
    assert order.usual == pytest.approx([4 / 9, 1 / 9, 4 / 9])
    # In a moment: on ends once in 4 s, and only drop can follow; after off nothing can; and once a
    # minute somebody else takes over, who drops in one of nine cases.
    moment = 0.001
    one_taken_over = moment / TAKEN_OVER / 9
    start = np.eye(3)
    assert order.later(start[0], moment)[1] == pytest.approx(moment / 4 + one_taken_over, rel=2e-3)
    expected = moment / 1 + 4 * one_taken_over
    assert order.later(start[1], moment)[2] == pytest.approx(expected, rel=2e-3)
    assert order.later(start[2], moment)[1] == pytest.approx(one_taken_over, rel=2e-3)
    assert order.later(start[2], 1000.0) == pytest.approx(order.later(start[0], 1000.0), abs=1e-6)


def test_one_look():
    order = Order(UP_AND_DOWN, ("on", "drop", "off"))
    # 4/9 * 0.5 : 1/9 * 0.4 : 4/9 * 0.1 are as 20 : 4 : 4.
    belief = order.over([0.0], [[0.5, 0.4, 0.1]], [1.0])
    assert belief == pytest.approx(np.array([[20, 4, 4]]) / 28)
    # With the weight a half the roots count, with none nothing.
    root = order.over([0.0], [[0.25, 0.16, 0.01]], [0.5])
    assert root == pytest.approx(np.array([[20, 4, 4]]) / 28)
    assert order.over([0.0], [[0.5, 0.4, 0.1]], [0.0])[0] == pytest.approx(order.usual)
    assert order.over([0.0], [[np.nan] * 3], [1.0])[0] == pytest.approx(order.usual)
    assert order.over([], np.empty((0, 3)), []).shape == (0, 3)


def test_what_comes_after_tells_what_was_before():
    order = Order(UP_AND_DOWN, ("on", "drop", "off"))
    unsure = [1 / 3] * 3
    before = order.over([0, 1], [[0.98, 0.01, 0.01], unsure], [1, 1])
    both = order.over([0, 1, 2], [[0.98, 0.01, 0.01], unsure, [0.01, 0.01, 0.98]], [1, 1, 1])
    # From up to down there is no way but to drop.
    assert before[1] == pytest.approx([0.763, 0.136, 0.102], abs=1e-3)
    assert both[1] == pytest.approx([0.291, 0.327, 0.382], abs=1e-3)


def test_nobody_who_lies_falls():
    assert told(*["lying"] * 6, *["falling"] * 4, *["lying"] * 6) == ["lying"] * 16


def test_who_gets_up_can_fall_again():
    said = told(
        *["lying"] * 6, *["standing up"] * 8, *["standing"] * 6, *["falling"] * 4, *["lying"] * 6
    )
    assert said[8] == "standing up" and said[16] == "standing"
    assert said[20:24] == ["falling"] * 4 and said[-1] == "lying"


@pytest.mark.parametrize("looks", [2, 3, 4])
def test_who_stands_falls(looks):
    said = told(*["standing"] * 6, *["falling"] * looks, *["lying"] * 6)
    assert said.count("falling") >= looks - 1
    assert said[:5] == ["standing"] * 5 and said[-5:] == ["lying"] * 5


def test_two_falls_need_something_between():
    said = told(*["standing"] * 6, *["falling"] * 3, *["lying"] * 4, *["falling"] * 3)
    assert "falling" in said[5:10] and "falling" not in said[10:]


def test_looks_at_somebody_who_is_hardly_seen_count_for_less():
    lies, hardly = [*["lying"] * 6, *["falling"] * 6], np.repeat([0.9, 0.1], 6)
    clear, faint = told(*lies, sure=0.97), told(*lies, sure=0.97, sureness=hardly)
    assert clear[-1] == "falling"  # somebody else has taken over, after all
    assert "falling" not in faint


def test_weights():
    assert weight_of(0.1, 1.0, smooth=0.2) == 0.5
    assert weight_of(9.0, 0.1) == pytest.approx(0.2)
    assert weight_of(np.inf, float("nan")) == 1.0
    assert weight_of(0.1, 1.0, smooth=0.0) == 1.0


def test_moments_without_anybody_are_none():
    chances = seen("lying", "lying", "lying", "lying").astype(np.float32)
    chances[1:3] = np.nan
    timeline = Timeline(SPEC, np.arange(4) / 4, chances)
    assert timeline.actions == ["lying", None, None, "lying"]
    assert np.isnan(timeline.chances[1:3]).all()


def test_as_moments_come():
    stage = Steady(SPEC, smooth=0.3)
    rows = seen(*["standing"] * 6, *["falling"] * 3, *["lying"] * 6, *["falling"] * 3)
    said = [stage.update(0.25 * n, row)[0] for n, row in enumerate(rows)]
    names = [None if number == NONE else LABELS[number] for number in said]
    assert names[5] == "standing" and names[8] == "falling"
    assert names[14:] == ["lying"] * 4
    # Over a time in which nobody is seen, it is remembered that somebody lay.
    stage.update(5.0, [np.nan] * 4)
    assert LABELS[stage.update(6.0, seen("falling", sure=0.6)[0])[0]] == "lying"


def test_who_appears_where_somebody_lay():
    lay = Steady(SPEC, smooth=0.3)
    for n in range(8):
        lay.update(0.25 * n, seen("lying")[0])
    unsure = [0.2, 0.05, 0.45, 0.3]
    alone, there = Steady(SPEC, smooth=0.3), Steady(SPEC, smooth=0.3, before=lay)
    falls, goes_on = alone.update(2.0, unsure), there.update(2.0, unsure)
    assert LABELS[goes_on[0]] == "lying" and goes_on[1] > falls[1] - 0.1
    # Before a first look at who was there nothing is known of them.
    nothing = Steady(SPEC, before=Steady(SPEC)).update(2.0, unsure)
    assert nothing == Steady(SPEC).update(2.0, unsure)


def test_every_action_can_be_begun_and_ended():
    order = order_of("everyday", tuple(EVERYDAY))
    after = order.later(np.eye(len(order.usual))[0], 30.0)
    assert (after > 0).all() and after.sum() == pytest.approx(1)


def test_orders_that_cannot_be():
    with pytest.raises(InputError, match="no order of actions 'none'; known are everyday"):
        replace(SPEC, order="none")
    with pytest.raises(InputError, match="nothing is known of what comes before and after 'dive'"):
        ActionSpec(("falling", "dive"), LIFT13, order="everyday")
    with pytest.raises(FormatError, match="damaged"):
        ActionSpec.of_dict({**SPEC.as_dict(), "order": ["everyday"]})
    assert ActionSpec.of_dict(SPEC.as_dict()) == SPEC
