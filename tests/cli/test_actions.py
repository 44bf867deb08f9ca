"""`kinema actions`."""

import json

import numpy as np
import pytest

import kinema as package
from kinema.formats import Header
from kinema.skeletons import COCO17

SHOULDERS, WRISTS = (5, 6), (9, 10)


def standing():
    """Somebody in a picture, (17, 2) pixels."""
    up = [170, 173, 173, 171, 171, 140, 140, 112, 112, 90, 90, 90, 90, 50, 50, 7, 7]
    side = [0, 3, -3, 7, -7, 20, -20, 25, -25, 27, -27, 12, -12, 13, -13, 14, -14]
    return np.stack([100.0 + np.array(side), 200.0 - np.array(up)], axis=1)


def write_poses(path, label, seed, frames=20):
    rng = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    header = Header(size=(200, 220), rate=20, space="image")
    with package.open_writer(path, header) as out:
        for frame in range(frames):
            joints = standing() + rng.normal(0, 1, (17, 2))
            wave = np.sin(frame / 2 + seed)
            if label == "wave":
                joints[10] = (60 + 25 * wave, 40)
            else:
                joints[:13, 1] += 20 * (1 + wave)
            poses = package.Poses(
                COCO17,
                joints[None],
                np.ones((1, 17)),
                ids=[1],
                frame=frame,
                time=frame / 20,
            )
            out.write(poses)
    return path


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """A folder of two labels by four people."""
    folder = tmp_path_factory.mktemp("examples") / "mine"
    for label in ("wave", "squat"):
        for subject in range(4):
            for take in range(2):
                place = folder / label / f"p{subject}" / f"{take}.jsonl"
                write_poses(place, label, 10 * subject + take)
    return folder


@pytest.fixture(scope="module")
def trained(examples, tmp_path_factory):
    """A folder with a recogniser of these."""
    pytest.importorskip("torch")
    pytest.importorskip("lightning")
    pytest.importorskip("onnxscript")
    from kinema.cli.main import main

    out = tmp_path_factory.mktemp("trained") / "actions"
    words = ["actions", "train", str(examples), "--model", "nearest", "--protocol", "random"]
    with pytest.raises(SystemExit) as end:
        main([*words, "-o", str(out)])
    assert end.value.code == 0
    return out


def test_help(kinema):
    done = kinema("actions", "--help")
    assert (done.code, done.err) == (0, "")
    for verb in ("train", "evaluate", "predict"):
        assert f"\n  {verb} " in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["missing"], "cannot read missing", id="no data"),
        pytest.param([".", "--model", "gruu"], "did you mean gru?", id="model"),
        pytest.param([".", "--streams", "joints"], "there is no stream", id="stream"),
        pytest.param([".", "--set", "rate"], "--set takes NAME=VALUE", id="setting"),
        pytest.param([".", "--set", "rates=1"], "did you mean rate or", id="unknown setting"),
        pytest.param(["mine", "--protocol", "x"], "has no protocol 'x'", id="protocol"),
        pytest.param(["mine", "--model", "two-stream"], "has no video", id="no video"),
        pytest.param(["mine", "--kind", "ntuu"], "did you mean ntu", id="kind"),
        pytest.param(["mine", "--joints", "coco71"], "did you mean coco17?", id="joints"),
    ],
)
def test_bad_input_is_one_line(kinema, examples, monkeypatch, words, message):
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    monkeypatch.chdir(examples.parent)
    done = kinema("actions", "train", *words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_a_network_from_examples(kinema, examples, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("lightning")
    pytest.importorskip("onnxscript")
    pytest.importorskip("jinja2")
    words = ["actions", "train", str(examples), "--protocol", "random", "--model", "encoding"]
    words += ["--channels", "16", "--epochs", "2", "--frames", "12", "--validate", "--seed", "3"]
    words += ["--set", "rate=0.01", "--set", "layers=1", "-o", str(tmp_path)]
    done = kinema(*words, "--json")
    assert done.code == 0
    card = json.loads(done.out)
    assert card == json.loads((tmp_path / "actions.json").read_text())
    assert card["plan"]["rate"] == 0.01
    protocol = card["protocol"]
    assert (protocol["name"], protocol["measured_on"]) == ("random", "validation")
    assert (protocol["train"], protocol["test"]) == (12, 4)
    assert protocol["fitting"] + protocol["validation"] == 12
    assert card["measured"]["recordings"] == protocol["validation"] > 0
    assert card["accuracy"] == card["measured"]["accuracy"]
    assert [line.split()[:2] for line in done.err.splitlines()] == [["epoch", "1"], ["epoch", "2"]]
    page = (tmp_path / "report.html").read_text()
    assert "the test part was not looked at" in page
    for said in (words, [*words[:3], "--validate", "-o", str(tmp_path)]):
        again = kinema(*said, "--resume", "--no-report")
        assert (again.code, again.err) == (0, "")
        assert "accuracy" in again.out
    other = ["--model", "gru", "--seed", "0", "--epochs", "2", "--set", "rate=0.1"]
    refused = kinema(*words[:3], *other, "-o", str(tmp_path), "--resume")
    assert refused.code == 2
    for both in ("model encoding, not gru", "rate 0.01, not 0.1", "seed 3, not 0"):
        assert both in refused.complaint
    assert "epochs" not in refused.complaint


def test_a_protocol_of_several_parts(kinema, examples, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    words = ["actions", "train", str(examples), "--model", "nearest", "--json"]
    done = kinema(*words, "--protocol", "leave-one-subject-out", "-o", str(tmp_path))
    card = json.loads(done.out)
    assert card["protocol"]["name"] == "leave-one-subject-out"
    assert card["measured"]["recordings"] == card["protocol"]["test"] == 16
    assert len(card["folds"]) == 4
    assert (tmp_path / "p0" / "actions.onnx").exists()
    assert (tmp_path / "folds.json").exists()


def test_a_recogniser_is_measured(kinema, examples, trained, tmp_path):
    card = json.loads((trained / "actions.json").read_text())
    words = ["actions", "evaluate", str(trained / "actions.onnx"), str(examples)]
    part = json.loads(kinema(*words, "--protocol", "random", "--json").out)
    assert part["accuracy"] == card["accuracy"]
    assert part["protocol"]["test"] == card["protocol"]["test"] == 4
    page = tmp_path / "page.html"
    done = kinema(*words, "--report", str(page))
    assert (done.code, done.err) == (0, "")
    assert "16 recordings (all part)" in done.out
    assert page.exists()


def test_what_people_do_is_predicted(kinema, trained, tmp_path):
    one = write_poses(tmp_path / "one.jsonl", "wave", 99, frames=60)
    other = write_poses(tmp_path / "other.jsonl", "squat", 98, frames=60)
    words = ["actions", "predict", str(one), str(other), "--model", str(trained / "actions.onnx")]
    done = kinema(*words, "--save", "csv,vtt", "-o", str(tmp_path), "--json")
    assert done.code == 0
    first, second = json.loads(done.out)["results"]
    assert [first["people"][0]["action"], second["people"][0]["action"]] == ["wave", "squat"]
    assert first["people"][0]["best"][0][0] == "wave"
    assert {each["action"] for each in first["people"][0]["intervals"]} == {"wave"}
    lines = (tmp_path / "one.predicted.csv").read_text().splitlines()
    assert lines[0] == "person,action,start,end,probability"
    assert lines[1].startswith("1,wave,")
    assert (tmp_path / "other.predicted.vtt").read_text().startswith("WEBVTT")
    text = kinema(*words, "-o", str(tmp_path)).out
    assert "person 1 (0.0 to 3.0 s): wave" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["missing.mp4"], "there is no file missing.mp4", id="source"),
        pytest.param(["one.jsonl", "--model", "missing.onnx"], "no recogniser", id="model"),
        pytest.param(["one.jsonl", "--save", "xls"], "--save takes csv, json, vtt", id="save"),
        pytest.param(["nobody.jsonl"], "nobody.jsonl: there is nobody", id="nobody"),
    ],
)
def test_predictions_that_cannot_be(kinema, trained, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    write_poses(tmp_path / "one.jsonl", "wave", 1)
    write_poses(tmp_path / "nobody.jsonl", "wave", 1, frames=0)
    model = [] if "--model" in words else ["--model", str(trained / "actions.onnx")]
    done = kinema("actions", "predict", *words, *model)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1
