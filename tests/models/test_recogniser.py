import json
from dataclasses import replace

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from kinema.actions.spec import ActionSpec
from kinema.errors import FormatError, InputError, ModelError
from kinema.models.recogniser import load_recogniser, read_card
from kinema.models.runtime import Network
from kinema.skeletons import COCO17
from kinema.space.lifting import LIFT13
from kinema.track import Track

SPEC = ActionSpec(("left", "right"), LIFT13, 2, frames=8, seconds=1.0, threshold=0.6)


def write_card(path, spec=SPEC, **other):
    card = {"format": "kinema.actions", "version": 1, "spec": spec.as_dict(), **other}
    path.write_text(json.dumps(card))


@pytest.fixture
def saved(tmp_path):
    """A network whose logits are the sum of x of each clip, minus and plus, with its card."""

    def make(spec=SPEC, count=-1):
        entry = ops.parameter([count, *spec.shape], ov.Type.f32, name="clips")
        across = ops.gather(entry, np.array([0]), 1)
        total = ops.reduce_sum(across, np.array([2, 3, 4]))  # (N, 1)
        model = ov.Model([ops.concat([ops.negative(total), total], 1)], [entry])
        path = tmp_path / "actions.xml"
        ov.save_model(model, path, compress_to_fp16=False)
        write_card(path.with_suffix(".json"), spec)
        return path

    return make


@pytest.mark.parametrize("count", [-1, 1])
def test_a_network_with_its_card(saved, count):
    recogniser = load_recogniser(saved(count=count), live=True)
    assert recogniser.spec == SPEC
    clips = np.zeros((3, *SPEC.shape), np.float32)
    clips[:, 2] = 1
    clips[0, 0, 0, 0] = 1
    clips[1, 0, 0, 0] = -1
    chances = recogniser.probabilities(clips)
    expected = 1 / (1 + np.exp(2))
    np.testing.assert_allclose(
        chances, [[expected, 1 - expected], [1 - expected, expected], [0.5, 0.5]], atol=1e-5
    )
    clips[2, 2] = 0  # nobody
    assert np.isnan(recogniser.probabilities(clips)[2]).all()
    assert recogniser.probabilities(clips[:0]).shape == (0, 2)


@pytest.mark.parametrize("said", [None, "f32", "auto"])
def test_the_arithmetic_is_what_the_card_says_or_what_is_asked_for(saved, said):
    path = saved()
    if said:
        write_card(path.with_suffix(".json"), precision=said)
    fast = Network(path).precision  # bf16 where the processor has it
    usual = fast if said == "auto" else "f32"
    assert load_recogniser(path).network.precision == usual
    assert load_recogniser(path, precision="f32").network.precision == "f32"
    assert load_recogniser(path, precision="bf16").network.precision == "bf16"


def test_people_are_told(saved):
    points = np.random.default_rng(0).normal(200, 50, (60, 17, 2))
    track = Track(COCO17, points, np.ones((60, 17)), np.arange(60) / 30)
    scores = load_recogniser(saved()).predict([track])
    assert scores.probabilities.sum() == pytest.approx(1)
    assert [label for label, _ in scores.best()] in (["left", "right"], ["right", "left"])


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"joints": COCO17}, id="skeleton"),
        pytest.param({"frames": 9}, id="frames"),
        pytest.param({"dimensions": 3}, id="space"),
        pytest.param({"people": 2}, id="people"),
        pytest.param({"labels": ("a", "b", "c")}, id="labels"),
    ],
)
def test_a_card_of_another_network(saved, other):
    path = saved()
    write_card(path.with_suffix(".json"), replace(SPEC, **other))
    with pytest.raises(ModelError, match=r"actions.xml .* but its card says"):
        load_recogniser(path)


def test_files_that_are_not_there_or_broken(tmp_path):
    with pytest.raises(InputError, match="no recogniser"):
        load_recogniser(tmp_path / "none.onnx")
    (tmp_path / "a.onnx").write_bytes(b"broken")
    with pytest.raises(InputError, match="the card"):
        load_recogniser(tmp_path / "a.onnx")
    write_card(tmp_path / "a.json")
    with pytest.raises(ModelError, match="cannot be read as a network"):
        load_recogniser(tmp_path / "a.onnx")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{", "not JSON", id="cut off"),
        pytest.param("[]", "no card", id="another thing"),
        pytest.param('{"format": "kinema.actions", "version": 2}', "version 1", id="later version"),
        pytest.param('{"format": "kinema.actions", "version": 1}', "no object", id="no spec"),
    ],
)
def test_what_is_no_card(tmp_path, text, message):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(FormatError, match=message):
        read_card(tmp_path / "a.json")
