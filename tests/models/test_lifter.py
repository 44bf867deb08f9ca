import json
from dataclasses import replace

import numpy as np
import pytest

from kinema.errors import FormatError, InputError, ModelError
from kinema.models.lifter import Lifter, load_lifter, read_card
from kinema.skeletons import COCO17, H36M17
from kinema.space.lifting import LIFT13, LiftSpec, ReceptiveField
from kinema.track import Track, people_of

WINDOWS = LiftSpec(LIFT13, ReceptiveField((3, 3, 3)), "person", 30.0, sigma=True)
SEQUENCES = LiftSpec(H36M17, ReceptiveField((3, 3), causal=True))


def write_card(path, spec, **other):
    path.write_text(
        json.dumps({"format": "kinema.lifter", "version": 1, "spec": spec.as_dict(), **other})
    )


@pytest.fixture
def exported(tmp_path):
    """Makes a small random network, saved with its card; gives both forms of it."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    from kinema.train.lift.export import save_onnx
    from kinema.train.lift.network import TemporalNetwork, as_function

    def make(spec):
        torch.manual_seed(0)
        network = TemporalNetwork(spec.inputs, spec.outputs, spec.field, channels=32).eval()
        path = tmp_path / "lifter.onnx"
        save_onnx(network, spec, path)
        write_card(path.with_suffix(".json"), spec)
        return path, as_function(network)

    return make


def person(frames=40):
    rng = np.random.default_rng(5)
    points = rng.normal([320, 240], 60, (1, 17, 2)) + rng.normal(0, 2, (frames, 17, 2))
    return Track(COCO17, points, np.full((frames, 17), 0.8), np.arange(frames) / 30)


@pytest.mark.parametrize(
    ("spec", "shapes"),
    [
        pytest.param(WINDOWS, [(1, 27, 39), (7, 27, 39), (600, 27, 39)], id="windows"),
        pytest.param(SEQUENCES, [(1, 9, 34), (1, 100, 34), (2, 31, 34)], id="sequences"),
    ],
)
def test_the_exported_network_is_the_trained_one(exported, spec, shapes):
    path, trained = exported(spec)
    lifter = load_lifter(path)
    assert lifter.spec == spec
    assert lifter.precision == "f32"
    assert load_lifter(path, precision="bf16").precision == "bf16"
    for shape in shapes:
        frames = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        assert np.abs(lifter(frames) - trained(frames)).max() < 1e-4


def test_a_track_is_lifted_live_and_whole(exported):
    path, _ = exported(WINDOWS)
    track = person()
    whole = load_lifter(path).lift(track, size=(640, 480), height=1.8, mirrored=False)
    assert (whole.skeleton, whole.space) == (H36M17, "body")
    assert whole.found.all()
    origin = H36M17.index("mid_hip")
    assert (whole.sigma[:, origin] == 0).all()
    assert (np.delete(whole.sigma, origin, axis=1) > 0).all()
    live = load_lifter(path, live=True).live(size=(640, 480), rate=30, height=1.8)
    out = [live.update(poses) for poses in people_of([track], track.times)]
    found = [poses.keypoints[0] for poses in [*out[live.latency :], *live.flush()]]
    assert live.latency == 13
    assert np.allclose(found, whole.keypoints, atol=1e-4)


def test_another_network_than_the_card_says(exported):
    path, _ = exported(SEQUENCES)
    with pytest.raises(ModelError, match="its card says 39 numbers a frame and 68"):
        Lifter(path, WINDOWS)


def test_cards_there_and_back(tmp_path):
    for spec in (WINDOWS, SEQUENCES, replace(SEQUENCES, joints=COCO17)):
        write_card(tmp_path / "a.json", spec)
        assert read_card(tmp_path / "a.json") == spec


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{", "not JSON", id="cut off"),
        pytest.param("[]", "no card", id="another thing"),
        pytest.param('{"format": "kinema.lifter", "version": 2}', "version 1", id="later version"),
        pytest.param('{"format": "kinema.lifter", "version": 1}', "damaged", id="no spec"),
    ],
)
def test_what_is_no_card(tmp_path, text, message):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(FormatError, match=message):
        read_card(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("joints", "octopus8", "octopus8"),
        ("widths", [2], "odd"),
        ("widths", "3", "widths"),
        ("screen", "wall", "wall"),
        ("rate", -1, "rate"),
    ],
)
def test_a_damaged_spec(tmp_path, name, value, message):
    card = {"format": "kinema.lifter", "version": 1, "spec": {**WINDOWS.as_dict(), name: value}}
    (tmp_path / "a.json").write_text(json.dumps(card))
    with pytest.raises(FormatError, match=message):
        read_card(tmp_path / "a.json")


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(InputError, match="no lifting network"):
        load_lifter(tmp_path / "none.onnx")
    (tmp_path / "a.onnx").write_bytes(b"")
    with pytest.raises(InputError, match="the card"):
        load_lifter(tmp_path / "a.onnx")
    write_card(tmp_path / "a.json", WINDOWS)
    with pytest.raises(ModelError, match="cannot be read as a network"):
        load_lifter(tmp_path / "a.onnx")
