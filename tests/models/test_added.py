import json
import re

import pytest

from kinema.errors import InputError, ModelError, SkeletonError
from kinema.models.added import (
    add_model,
    added_models,
    check_network_file,
    data_folder,
    network_files,
)
from kinema.skeletons import BODY25, OPENPOSE18

TERMS = {"family": "openpose", "skeleton": "openpose18", "licence": "MIT"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where the user's models are: nothing there yet."""
    monkeypatch.setenv("KINEMA_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "models"


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "My Network.pb"
    path.write_bytes(b"a network")
    return path


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_nothing_was_added(folder):
    assert added_models() == []
    assert not folder.exists()


def test_an_added_model_is_a_copy_and_a_card(network, folder):
    card = add_model(network, name="mine", **TERMS)
    network.unlink()
    assert (card.name, card.family, card.licence) == ("mine", "openpose", "MIT")
    assert card.skeleton == OPENPOSE18
    assert card.weights[0] == folder / "mine.pb"
    assert card.weights[0].read_bytes() == b"a network"
    assert card.origin == f"file {folder / 'mine.pb'}"
    assert added_models() == [card]
    assert names_in(folder) == ["mine.json", "mine.pb"]


def test_models_are_listed_by_name(network):
    for name in ("walk", "fast-2", "1st_try.v3"):
        add_model(network, name=name, **TERMS)
    assert [card.name for card in added_models()] == ["1st_try.v3", "fast-2", "walk"]


def test_openvino_s_two_files_are_both_copied(tmp_path, folder):
    graph = tmp_path / "net.xml"
    graph.write_bytes(b"<net/>")
    graph.with_suffix(".bin").write_bytes(b"weights")
    add_model(graph, name="two.parts", **TERMS)
    assert names_in(folder) == ["two.parts.bin", "two.parts.json", "two.parts.xml"]
    assert (folder / "two.parts.bin").read_bytes() == b"weights"


@pytest.fixture
def caffe(tmp_path):
    """Where the two files of a network of Caffe are."""
    home = tmp_path / "body_25"
    home.mkdir()
    for name in ("pose_deploy.prototxt", "pose_iter.caffemodel"):
        (home / name).write_text(name)
    return home


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["pose_deploy.prototxt", "pose_iter.caffemodel"], id="both"),
        pytest.param(["pose_iter.caffemodel", "pose_deploy.prototxt"], id="the other way round"),
        pytest.param(["pose_iter.caffemodel"], id="weights"),
        pytest.param(["pose_deploy.prototxt"], id="layers"),
    ],
)
def test_caffe_s_two_files_are_both_copied(caffe, folder, names):
    card = add_model(*(caffe / name for name in names), name="mine", **TERMS)
    assert card.weights == (folder / "mine.prototxt", folder / "mine.caffemodel")
    assert [path.read_text() for path in card.weights] == [
        "pose_deploy.prototxt",
        "pose_iter.caffemodel",
    ]
    assert names_in(folder) == ["mine.caffemodel", "mine.json", "mine.prototxt"]
    assert added_models() == [card]


def test_of_caffe_s_files_the_same_name_belongs_together(caffe):
    (caffe / "pose_iter.prototxt").write_text("x")
    found = network_files(caffe / "pose_iter.caffemodel")
    assert [path.name for path in found] == ["pose_iter.prototxt", "pose_iter.caffemodel"]


def test_a_network_of_caffe_and_one_file_take_each_other_s_place(caffe, network, folder):
    add_model(caffe / "pose_iter.caffemodel", name="mine", **TERMS)
    add_model(network, name="mine", **TERMS)
    assert names_in(folder) == ["mine.json", "mine.pb"]
    add_model(caffe / "pose_iter.caffemodel", name="mine", **TERMS)
    assert names_in(folder) == ["mine.caffemodel", "mine.json", "mine.prototxt"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            ["a.caffemodel"],
            "a.caffemodel needs its .prototxt: give one of b.prototxt, c.prototxt too",
            id="which of two",
        ),
        pytest.param(["b.prototxt", "z.caffemodel"], "z.caffemodel is no file", id="missing"),
        pytest.param(
            ["b.prototxt", "c.prototxt"], "is one .prototxt and one .caff", id="two alike"
        ),
        pytest.param(["b.prototxt", "n.pb"], "is one .prototxt and one .caffemodel", id="mixed"),
        pytest.param(["n.pb", "n.pb"], "are not one network; add each alone", id="two networks"),
        pytest.param(["alone/d.prototxt"], "needs its .caffemodel: give that file too", id="half"),
    ],
)
def test_files_that_are_not_one_network(tmp_path, given, message):
    (tmp_path / "alone").mkdir()
    for name in ("a.caffemodel", "b.prototxt", "c.prototxt", "n.pb", "alone/d.prototxt"):
        (tmp_path / name).write_text("x")
    with pytest.raises(InputError, match=re.escape(message)):
        network_files(*(tmp_path / name for name in given))


def test_a_card_of_an_earlier_version(network, folder):
    card = add_model(network, name="mine", **TERMS)
    (folder / "mine.json").write_text(json.dumps(CARD))
    assert added_models() == [card]


@pytest.mark.parametrize("suffix", [".pb", ".onnx", ".xml"])
def test_adding_again_takes_the_place_of_the_old_one(tmp_path, network, folder, suffix):
    old = tmp_path / f"old{suffix}"
    old.write_bytes(b"old")
    old.with_suffix(".bin").write_bytes(b"old")
    add_model(old, name="mine", **TERMS)
    card = add_model(network, name="mine", **(TERMS | {"skeleton": "body25"}))
    assert added_models() == [card]
    assert card.skeleton == BODY25
    assert card.weights[0].read_bytes() == b"a network"
    assert names_in(folder) == ["mine.json", "mine.pb"]


def test_the_copy_itself_may_be_added_again(network, folder):
    copy = add_model(network, name="mine", **TERMS).weights[0]
    card = add_model(copy, name="mine", **(TERMS | {"licence": "BSD-3-Clause"}))
    assert (card.licence, card.weights[0].read_bytes()) == ("BSD-3-Clause", b"a network")
    assert names_in(folder) == ["mine.json", "mine.pb"]


@pytest.mark.parametrize(
    "name", ["", ".hidden", "-x", "Upper", "a b", "a/b", "..", "größe", "a\n", "../up", "a\\b"]
)
def test_names_that_cannot_be(network, folder, name):
    with pytest.raises(InputError, match="may hold only a-z, 0-9"):
        add_model(network, name=name, **TERMS)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        pytest.param("none.pb", "is no file", id="missing"),
        pytest.param("folder.pb", "is no file", id="a folder"),
        pytest.param("net.txt", "is no network file; known are .pb, .onnx", id="another kind"),
        pytest.param("net", "is no network file", id="no suffix"),
        pytest.param("net.xml", "needs its weights net.bin beside it", id="half of two files"),
    ],
)
def test_files_that_cannot_be(tmp_path, folder, file, message):
    (tmp_path / "folder.pb").mkdir()
    for name in ("net.txt", "net", "net.xml"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError, match=message) as error:
        check_network_file(tmp_path / file)
    assert str(tmp_path / file) in str(error.value)
    with pytest.raises(InputError, match=message):
        add_model(tmp_path / file, name="mine", **TERMS)
    assert not folder.exists()


def test_a_skeleton_that_nobody_knows(network, folder):
    with pytest.raises(SkeletonError, match="body25"):
        add_model(network, name="mine", **(TERMS | {"skeleton": "bodi25"}))
    assert not folder.exists()


CARD = {"name": "mine", "file": "mine.pb", **TERMS}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="cut"),
        pytest.param("[]", id="a list"),
        pytest.param("null", id="nothing"),
        pytest.param(json.dumps(CARD | {"skeleton": "none"}), id="skeleton"),
        pytest.param(json.dumps(CARD | {"file": 3}), id="file"),
        pytest.param(json.dumps({"name": "mine"}), id="parts missing"),
        pytest.param("\0\0", id="zeros"),
    ],
)
def test_a_damaged_card(network, folder, text):
    add_model(network, name="mine", **TERMS)
    (folder / "mine.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"damaged .*; delete it and add the model again") as error:
        added_models()
    assert str(folder / "mine.json") in str(error.value)
    assert "\n" not in str(error.value)


def test_a_card_that_is_no_text(network, folder):
    add_model(network, name="mine", **TERMS)
    (folder / "mine.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="damaged"):
        added_models()


def test_a_folder_that_cannot_be_written(network, folder):
    folder.parent.mkdir()
    folder.write_text("a file in its place")
    with pytest.raises(ModelError, match="cannot be written"):
        add_model(network, name="mine", **TERMS)


def test_a_copy_that_fails_leaves_nothing(network, folder):
    folder.mkdir(parents=True)
    (folder / "mine.pb").mkdir()  # a folder in its place
    with pytest.raises(ModelError, match="cannot be written"):
        add_model(network, name="mine", **TERMS)
    assert names_in(folder) == ["mine.pb"]


def test_the_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("KINEMA_DATA", "~/here")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert data_folder() == tmp_path / "here"
    monkeypatch.setenv("KINEMA_DATA", "")
    assert data_folder().is_absolute()
    assert "kinema" in data_folder().parts
