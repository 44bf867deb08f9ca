"""Taking models off this machine: fetched weights, and what the user has added."""

from __future__ import annotations

import json

import pytest

from kinema.errors import InputError, UnknownModel
from kinema.models.added import add_model, added_models
from kinema.models.catalogue import CARDS
from kinema.models.loading import add_checked_model
from kinema.models.removing import remove_model
from kinema.models.store import cache_folder
from kinema.models.store.cache import place_of

BY_NAME = {card.name: card for card in CARDS}


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEMA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KINEMA_DATA", str(tmp_path / "data"))


def put(name: str, *, size: int = 10) -> list:
    """Files at the places of a model's weights, 10 bytes each."""
    places = [place_of(weights) for weights in BY_NAME[name].weights]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"x" * size)
    return places


def test_fetched_weights():
    (place,) = put("openpose")
    removal = remove_model("openpose")
    assert (removal.files, removal.size, removal.kept, removal.added) == ((place,), 10, {}, False)
    assert not place.exists()


def test_what_was_made_of_them_goes_too():
    graph, weights = put("movenet-thunder")
    made = graph.with_name(f"{graph.stem}.v2.pb")
    made.write_bytes(b"xyz")
    other = graph.with_name("0123456789ab-another.v2.pb")
    other.write_bytes(b"x")
    removal = remove_model("movenet-thunder")
    assert (set(removal.files), removal.size) == ({graph, weights, made}, 23)
    assert [path for path in cache_folder().rglob("*") if path.is_file()] == [other]


def test_what_another_model_needs_stays():
    *own, detector = put("blazepose-heavy")
    full, same_detector = put("blazepose-full")
    assert detector == same_detector
    removal = remove_model("blazepose-heavy")
    assert (set(removal.files), removal.kept) == (set(own), {detector: ("blazepose-full",)})
    assert detector.exists() and full.exists()
    # Now nobody else needs it.
    assert set(remove_model("blazepose-full").files) == {full, detector}


def test_half_of_another_model_needs_nothing():
    *_, detector = put("blazepose-heavy")
    put("blazepose-full")[0].unlink()
    assert detector in remove_model("blazepose-heavy").files


def test_a_damaged_download_goes_too():
    (place,) = put("openpose", size=3)
    assert remove_model("openpose").files == (place,)


def added(tmp_path, name="mine"):
    source = tmp_path / "net.onnx"
    source.write_bytes(b"12345")
    return add_model(source, name=name, family="simcc", skeleton="coco17", licence="MIT")


def test_an_added_model(tmp_path):
    card = added(tmp_path)
    folder = card.weights[0].parent
    added(tmp_path, "mine-too")
    removal = remove_model("mine")
    assert {path.name for path in removal.files} == {"mine.json", "mine.onnx"}
    assert removal.added and removal.size > 5
    assert [left.name for left in added_models()] == ["mine-too"]
    assert sorted(path.name for path in folder.iterdir()) == ["mine-too.json", "mine-too.onnx"]


def test_an_added_model_with_a_damaged_card(tmp_path):
    card = added(tmp_path)
    card.weights[0].with_suffix(".json").write_text("{")
    assert len(remove_model("mine").files) == 2
    assert added_models() == []


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        pytest.param("openpose", InputError, "nothing of openpose is on this", id="not here"),
        pytest.param("opnpose", UnknownModel, "did you mean openpose", id="unknown"),
        pytest.param("rtmpose-m", UnknownModel, "is in no package index", id="elsewhere"),
        pytest.param("../data/models/mine", UnknownModel, "no model is called", id="a path out"),
        pytest.param("", UnknownModel, "no model is called ''", id="empty"),
    ],
)
def test_bad_names(name, error, words):
    with pytest.raises(error, match=words):
        remove_model(name)


def test_a_file_of_the_user_is_left_alone(tmp_path):
    file = tmp_path / "net.pb"
    file.write_bytes(b"x")
    with pytest.raises(InputError, match="is a file of yours, no added model"):
        remove_model(str(file))
    assert file.exists()


def test_only_the_shared_file_is_here():
    detector = put("blazepose-full")[1]
    with pytest.raises(InputError, match="stays for blazepose-full"):
        remove_model("blazepose-heavy")
    assert detector.exists()


def test_an_added_model_is_not_overwritten_by_chance(tmp_path, weights):
    words = {"family": "openpose", "skeleton": "openpose18"}
    add_checked_model(weights, name="mine", licence="MIT", **words)
    with pytest.raises(InputError, match="'mine' is a model of yours already"):
        add_checked_model(weights, name="mine", licence="ISC", **words)
    card = json.loads((tmp_path / "data" / "models" / "mine.json").read_text())
    assert card["licence"] == "MIT"
    add_checked_model(weights, name="mine", licence="ISC", replace=True, **words)
    (card,) = added_models()
    assert card.licence == "ISC"
