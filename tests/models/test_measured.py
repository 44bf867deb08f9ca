"""What was measured: the file of results, and the words that cards make of it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from kinema.models.catalogue import CARDS, DEFAULT_MODEL
from kinema.models.measured import Measured, all_measured, measured, read_measured
from kinema.models.pipelines import measured_pipelines, pipeline_card

ENTRY = Measured(
    entry="openpose:mirror,scales=0.5/1",
    of="keypoints",
    AP=0.25,
    AP50=0.5,
    APm=0.2,
    APl=None,
    AR=0.3,
    not_given=(),
    images=130,
    people=402,
    frames_per_second=17.25,
    others=0.01,
    megabytes=7.8,
    licence="Apache-2.0",
    digests=("ab" * 32,),
    processor="AMD EPYC",
    cores=2,
    runtime="OpenVINO 2026.4.1",
)


def test_an_entry_in_words():
    assert ENTRY.name == "openpose"
    assert ENTRY.arguments == "openpose --mirror --scales 0.5,1"
    assert ENTRY.accuracy == "AP 0.250 (keypoints of 402 people in 130 pictures)"
    assert ENTRY.speed == "17.2 frames/s (2 cores of AMD EPYC, OpenVINO 2026.4.1)"
    assert ENTRY.command.endswith("--models openpose:mirror,scales=0.5/1")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"AP": None}, "not measured: no labels", id="no labels"),
        pytest.param({"of": "boxes"}, "AP 0.250 (boxes of 402 people in 130 pictures)", id="boxes"),
        pytest.param(
            {"not_given": ("nose", "left_eye")},
            "AP 0.250 (keypoints of 402 people in 130 pictures); "
            "it does not give 2 of COCO's 17 joints",
            id="joints missing",
        ),
        pytest.param({"AP": 0.0}, "AP 0.000 (keypoints of 402 people in 130 pictures)", id="zero"),
    ],
)
def test_accuracy_in_words(changes, words):
    assert replace(ENTRY, **changes).accuracy == words


@pytest.mark.parametrize(
    ("entry", "arguments"),
    [
        ("openpose", "openpose"),
        ("nanodet+movenet-thunder:mirror", "nanodet+movenet-thunder --mirror"),
        ("openpose:size=480,precision=f32", "openpose --size 480 --precision f32"),
    ],
)
def test_an_entry_as_the_command_line_takes_it(entry, arguments):
    assert replace(ENTRY, entry=entry).arguments == arguments


def test_written_then_read_is_equal(tmp_path):
    path = tmp_path / "measured.json"
    path.write_text(json.dumps({"entries": [asdict(ENTRY)]}))
    assert read_measured(path) == (ENTRY,)


def test_a_file_of_an_earlier_version_is_refused(tmp_path):
    values = asdict(ENTRY)
    del values["others"]
    (tmp_path / "measured.json").write_text(json.dumps({"entries": [values]}))
    with pytest.raises(KeyError, match="others"):
        read_measured(tmp_path / "measured.json")


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_every_card_was_measured_with_its_own_weights(card):
    plain, *with_options = card.measured
    assert plain.arguments == card.name
    assert plain.licence == card.licence
    assert plain.megabytes == pytest.approx(sum(w.size for w in card.weights) / 1e6)
    assert 0 < plain.frames_per_second < 2000
    # Hands and faces have no labels here; all else has.
    assert (plain.AP is None) == card.name.startswith("mediapipe-")
    assert (plain.of == "boxes") == (card.skeleton is None)
    assert plain.AP is None or 0 < plain.AP < 1
    assert all(":" in result.entry for result in with_options)


def test_numbers_of_other_weights_are_not_ours():
    card = CARDS[0]
    assert replace(card, weights=(Path("mine.pb"),)).measured == ()
    assert replace(card, weights=card.weights * 2).measured == ()
    assert replace(card, name="another").measured == ()
    assert measured("openpose", ["00" * 32]) == ()


def test_entries_are_named_once_and_by_models_that_there_are():
    names = {card.name for card in CARDS}
    entries = [result.entry for result in all_measured()]
    assert len(set(entries)) == len(entries)
    assert {part for result in all_measured() for part in result.name.split("+")} <= names


def test_pairs_that_were_measured():
    pairs = measured_pipelines()
    assert pairs[0].name == DEFAULT_MODEL  # the most accurate first
    precisions = [pair.measured[0].AP for pair in pairs]
    assert precisions == sorted(precisions, reverse=True)
    assert pairs[0].measured[0].arguments == DEFAULT_MODEL


def test_the_card_of_a_pair():
    cards = {card.name: card for card in CARDS}
    nanodet, thunder = cards["nanodet"], cards["movenet-thunder"]
    card = pipeline_card(nanodet, thunder)
    assert (card.name, card.people) == ("nanodet+movenet-thunder", "many")
    assert card.skeleton == thunder.skeleton
    assert card.weights == (*nanodet.weights, *thunder.weights)
    assert card.licence == "Apache-2.0"
    assert pipeline_card(nanodet, replace(thunder, licence="MIT")).licence == "Apache-2.0 + MIT"
