"""The training of the recogniser that ships, on a handful of examples."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")

from kinema.errors import InputError
from kinema.models.recogniser import load_recogniser
from kinema.train.actions.everyday.examples import LABELS
from kinema.train.actions.everyday.training import everyday_plan, stocks_of, train_everyday
from kinema.train.lift.mocap import Motion


def test_people_are_divided(walk: np.ndarray) -> None:
    motions = [
        Motion(f"{who:02d}_{number}", f"{who:02d}", 30.0, walk.astype(np.float32))
        for who in range(6, 18)
        for number in (1, 2)
    ]
    learned, held_out, tested = stocks_of(motions)
    assert (len(learned.walks), len(held_out.walks), len(tested.walks)) == (16, 4, 4)
    assert learned.lacking == ("runs", "jumps", "bends", "others")


def test_trains_and_says_what_on(recordings: list[Motion], tmp_path: Path) -> None:
    plan = everyday_plan(epochs=1)
    scenes = []
    trained = train_everyday(
        recordings, plan, tmp_path, each=2, on_scene=lambda: scenes.append(1), threads=1
    )
    card = json.loads((tmp_path / "actions.json").read_text(encoding="utf-8"))
    assert card == trained.card and scenes
    assert card["protocol"]["fitting"] == 2 * len(LABELS)
    assert card["sources"]["recorded"]["recordings"] == [motion.name for motion in recordings]
    assert "tip_over" in card["sources"]["made_up"]
    spec = load_recogniser(tmp_path / "actions.onnx").spec
    assert spec.labels == LABELS and spec.seconds == 2.0 and spec.background == "other"


def test_no_examples(recordings: list[Motion], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="an example of each label"):
        train_everyday(recordings, everyday_plan(), tmp_path, each=0)
