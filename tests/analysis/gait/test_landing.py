from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kinema.analysis.gait import FootStrike, Pronation, analyse_gait
from kinema.analysis.gait.rearfoot import eversion
from kinema.analysis.gait.shoe import recommend_shoe
from kinema.analysis.gait.signals import prepare
from kinema.curves import Event, Side
from kinema.skeletons import BODY25
from kinema.track import Track

Recorded = Callable[..., tuple[Track, list[Event]]]
NAN = float("nan")


@pytest.mark.parametrize(
    ("angle", "part"),
    [
        pytest.param(15.0, "rearfoot", id="heel first"),
        pytest.param(3.0, "midfoot", id="flat"),
        pytest.param(-10.0, "forefoot", id="ball first"),
    ],
)
def test_the_angle_at_contact_tells_the_part(
    recorded: Recorded, run: object, angle: float, part: str
) -> None:
    style = replace(run, strike_deg=angle)  # type: ignore[type-var]
    feet = analyse_gait(recorded(style=style, duration=8.0)[0]).foot_strike
    for side in ("left", "right"):
        assert feet.shares[side][part] > 0.8
        assert feet.angle_deg[side] == pytest.approx(angle, abs=6)
        assert feet.error_deg[side] > 0
        assert feet.n[side] >= 8


def test_from_behind_the_angle_of_the_foot_is_not_seen(recorded: Recorded) -> None:
    gait = analyse_gait(recorded(view="back", rate=60.0, surface="treadmill")[0])
    assert np.isnan(gait.foot_strike.angle_deg["left"])
    assert "not from behind" in gait.foot_strike.reason
    side = analyse_gait(recorded(view="side", rate=60.0)[0])
    assert side.pronation.kind == {"left": "not measurable", "right": "not measurable"}
    assert "seen from behind" in side.pronation.reason
    assert side.shoe.kind == "none"


@pytest.mark.parametrize("everted", [0.0, 10.0, -5.0])
def test_eversion_is_the_lean_of_the_heel_against_the_shank(
    recorded: Recorded, everted: float
) -> None:
    track, _ = recorded(view="back", rate=60.0, surface="treadmill")
    keypoints = np.full((len(track), 25, 2), np.nan, dtype=np.float32)
    # A leg of 400 px; the shank upright, the heel 30 px below the ankle and outward.
    for side, outward in (("left", -1), ("right", 1)):
        x = 600 + 50 * outward
        heel = 30 * np.tan(np.radians(everted)) * outward
        for name, place in {
            "hip": (x, 300), "knee": (x, 500), "ankle": (x, 700), "heel": (x + heel, 730),
        }.items():  # fmt: skip
            keypoints[:, BODY25.index(f"{side}_{name}")] = place
    scores = np.where(np.isnan(keypoints).any(axis=2), 0, 1).astype(np.float32)
    signals = prepare(replace(track, keypoints=keypoints, scores=scores), "back")
    for side in ("left", "right"):
        np.testing.assert_allclose(eversion(signals, side), everted, atol=0.01)


def rear(left: float, right: float, n: int = 5) -> Pronation:
    kinds = {}
    for side, angle in (("left", left), ("right", right)):
        kinds[side] = "pronation" if angle > 13 else "supination" if angle < 3 else "neutral"
    return Pronation(
        {"left": left, "right": right},
        {"left": 1.0, "right": 1.0},
        kinds,  # type: ignore[arg-type]
        {"left": n, "right": n},
    )


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        pytest.param(8.0, 9.0, "neutral", id="both neutral"),
        pytest.param(8.0, 18.0, "stability", id="one foot pronates"),
        pytest.param(-2.0, 8.0, "cushioned", id="one foot supinates"),
        pytest.param(-2.0, 18.0, "stability", id="one of each: support first"),
    ],
)
def test_shoes(left: float, right: float, kind: str) -> None:
    sides: tuple[Side, Side] = ("left", "right")
    feet = FootStrike(
        dict.fromkeys(sides, NAN), dict.fromkeys(sides, NAN), {s: {} for s in sides},
        dict.fromkeys(sides, 0),
    )  # fmt: skip
    shoe = recommend_shoe(feet, rear(left, right))
    assert shoe.kind == kind
    assert any(f"{right:.1f}° ± 1.0°" in reason for reason in shoe.reasons)
    assert shoe.evidence.startswith("The evidence is weak")
