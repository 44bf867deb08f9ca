import shlex

import pytest

from kinema.models.catalogue import CARDS
from kinema.models.elsewhere import ELSEWHERE
from kinema.models.families import FAMILIES
from kinema.skeletons import find_skeleton


def test_names_are_used_once():
    names = [release.name for release in ELSEWHERE]
    assert len({*names, *(card.name for card in CARDS)}) == len(names) + len(CARDS)


@pytest.mark.parametrize("release", ELSEWHERE, ids=lambda release: release.name)
def test_a_release_says_how_to_add_it(release):
    words = shlex.split(release.command)
    options = dict(zip(words[4::2], words[5::2], strict=True))
    assert words[:3] == ["kinema", "models", "add"] and words[3].endswith(".onnx")
    assert options["--family"] == release.family in FAMILIES
    assert options["--name"] == release.name
    family = FAMILIES[release.family]
    if release.skeleton:
        assert find_skeleton(options["--skeleton"]) == release.skeleton
        assert family.model_loader() or family.person_loader()
    else:
        assert "--skeleton" not in options and family.detector_loader()
    assert release.file.endswith(".onnx") != bool(release.preparation)
    assert release.address.startswith("https://")
