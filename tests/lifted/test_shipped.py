"""The networks that ship with the package."""

import json

import pytest

from kinema.models.lifter import load_lifter
from kinema.space.lifting import LIFT13


@pytest.mark.parametrize("causal", [False, True])
def test_they_are_small_and_say_what_they_are(causal):
    lifter = load_lifter(causal=causal)
    assert lifter.spec.joints == LIFT13
    assert (lifter.spec.screen, lifter.spec.rate, lifter.spec.sigma) == ("person", 30, True)
    assert lifter.spec.field.causal == causal
    assert lifter.path.stat().st_size < 5_000_000
    card = json.loads(lifter.path.with_suffix(".json").read_text("utf-8"))
    assert card["errors_held_out_mm"]["mpjpe"] > card["errors_held_out_mm"]["p_mpjpe"] > 0


def test_the_causal_one_is_for_live_use():
    assert load_lifter(live=True).path == load_lifter(causal=True).path
