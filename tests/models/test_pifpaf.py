"""OpenPifPaf: from the fields of people whose joints are known back to the people."""

import math

import numpy as np
import pytest

from kinema.errors import InputError, ModelError
from kinema.media.frame import Frame
from kinema.models.card import ModelCard
from kinema.models.model import run
from kinema.models.options import Options
from kinema.models.pifpaf import (
    TIE_ENDS,
    Joint,
    find_people,
    find_seeds,
    follow,
    load_model,
    person_score,
    remove_doubles,
    sharp_maps,
)
from kinema.skeletons import BODY25, COCO17

STRIDE = 8
CELLS = (25, 33)  # rows, columns: an input of 257 x 193
SIZE = 1.2  # of a joint, in cells


def standing(x, y, height=130.0):
    shape = (
        *((0, 0), (0.05, -0.05), (-0.05, -0.05), (0.1, -0.03), (-0.1, -0.03)),
        *((0.16, 0.15), (-0.16, 0.15), (0.22, 0.35), (-0.22, 0.35), (0.26, 0.5), (-0.26, 0.5)),
        *((0.1, 0.55), (-0.1, 0.55), (0.11, 0.8), (-0.11, 0.8), (0.12, 1.05), (-0.12, 1.05)),
    )
    return np.array(shape) * height + (x, y)


def ideal(people, score=0.9, without=()):
    """What a perfect network gives: 4 x 4 cells point to a joint, 3 x 3 to a pair."""
    cif = np.zeros((17, 5, *CELLS), np.float32)
    caf = np.zeros((19, 8, *CELLS), np.float32)
    for person in people:
        cells = person / STRIDE
        for joint, (x, y) in enumerate(cells):
            if joint in without:
                continue
            for row in range(int(y) - 1, int(y) + 3):
                for column in range(int(x) - 1, int(x) + 3):
                    if 0 <= row < CELLS[0] and 0 <= column < CELLS[1]:
                        cif[joint, :, row, column] = 0, score, x, y, SIZE
        for field, (a, b) in zip(caf, TIE_ENDS, strict=True):
            if a in without or b in without:
                continue
            column, row = ((cells[a] + cells[b]) / 2).astype(int)
            field[:, row - 1 : row + 2, column - 1 : column + 2] = np.array(
                [0, score, *cells[a], *cells[b], SIZE, SIZE]
            )[:, None, None]
    return cif, caf


@pytest.mark.parametrize(
    "people",
    [
        pytest.param([standing(80, 40)], id="one"),
        pytest.param([standing(60.3, 40.7), standing(170, 45.2)], id="two"),
        pytest.param([standing(100, 40), standing(125, 44)], id="close together"),
    ],
)
def test_known_people_are_found(people):
    found = find_people(*ideal(people), STRIDE)
    assert len(found) == len(people)
    found.sort(key=lambda person: person[0].x)
    for person, expected in zip(found, people, strict=True):
        places = [(person[j].x, person[j].y) for j in range(17)]
        np.testing.assert_allclose(places, expected, atol=0.01)
        assert min(joint.score for joint in person.values()) > 0.6


def test_the_ties_are_numbered_as_in_coco():
    # `skeleton` of COCO's annotation files, which counts from 1.
    coco = "16-14 14-12 17-15 15-13 12-13 6-12 7-13 6-7 6-8 7-9 8-10 9-11 2-3 1-2 1-3 2-4 3-5 4-6"
    assert [f"{a + 1}-{b + 1}" for a, b in TIE_ENDS] == [*coco.split(), "5-7"]


def test_a_joint_that_nothing_points_to_is_absent():
    (person,) = find_people(*ideal([standing(80, 40)], without=(9, 15)), STRIDE)
    assert sorted(set(range(17)) - set(person)) == [9, 15]


@pytest.mark.parametrize("score", [0.0, 0.19])
def test_nobody(score):
    assert find_people(*ideal([standing(80, 40)], score=score), STRIDE) == []


def test_sharp_maps_and_seeds():
    cif = np.zeros((17, 5, 5, 6), np.float32)
    # Three cells of stride 8 point to pixel (20, 12), with a standard deviation of 4 pixels.
    for row, column in ((1, 2), (1, 3), (2, 2)):
        cif[4, :, row, column] = 0, 0.8, 2.5, 1.5, 1.0
    cif[5, :, 0, 0] = 0, 0.25, 0, 0, 1  # too faint for the maps
    maps = sharp_maps(cif, 8)
    assert maps.shape == (17, 33, 41)
    assert maps[4, 12, 20] == pytest.approx(3 * 0.8 / 16)
    assert maps[4, 12, 23] == pytest.approx(3 * 0.8 / 16 * math.exp(-0.5 * 9 / 16))
    assert maps[4, 12, 25] == 0  # beyond one standard deviation
    assert maps.sum() == pytest.approx(maps[4].sum())
    # 0.9 * 0.15 + 0.1 * 0.8 = 0.215, just above the threshold; 0.1 * 0.25 is not.
    seeds = find_seeds(cif, maps, 8)
    assert [joint for joint, _ in seeds] == [4, 4, 4]
    assert seeds[0][1] == Joint(pytest.approx(0.215), 20, 12, 8)


@pytest.mark.parametrize(
    ("ties", "expected"),
    [
        pytest.param([], None, id="none"),
        pytest.param([(0.8, 30, 10, 50, 60, 4)], None, id="none near"),
        pytest.param([(0.8, 10, 10, 50, 60, 4)], (0.4, 50, 60, 4), id="one: half"),
        # (10 + 1, 10): exp(-0.5 * 1 / (0.25 * 64)) = 0.9692
        pytest.param([(0.8, 11, 10, 50, 60, 4)], (0.4 * 0.96923, 50, 60, 4), id="a pixel beside"),
        pytest.param(
            [(0.8, 10, 10, 50, 60, 4), (0.4, 10, 10, 51, 60, 1)],
            (0.6, 50 + 1 / 3, 60, 3),
            id="two that agree",
        ),
        pytest.param(
            [(0.8, 10, 10, 50, 60, 4), (0.4, 10, 10, 53, 60, 1)], (0.4, 50, 60, 4), id="apart"
        ),
        pytest.param(
            [(0.8, 10, 10, 50, 60, 4), (0.3, 10, 10, 50, 60, 4)], (0.4, 50, 60, 4), id="faint"
        ),
    ],
)
def test_follow(ties, expected):
    rows = np.array(ties, np.float32).reshape(-1, 6)
    found = follow(rows, Joint(0.9, 10, 10, 8))
    if expected is None:
        assert found is None
    else:
        assert (found.score, found.x, found.y, found.size) == pytest.approx(expected, rel=1e-4)


def test_scores_of_people():
    person = {number: Joint(0.5, 0, 0, 1) for number in range(17)}
    assert person_score(person) == pytest.approx(0.5)
    person[0] = Joint(1.0, 0, 0, 1)  # counts three of the 23 weights
    assert person_score(person) == pytest.approx(0.5 + 0.5 * 3 / 23)
    assert person_score({3: Joint(1.0, 0, 0, 1)}) == pytest.approx(3 / 23)


def test_doubles_go():
    better = {number: Joint(0.9, 10 * number, 0, 6) for number in range(17)}
    worse = {number: Joint(0.5, 10 * number + 3, 2, 6) for number in range(17)}
    other = {number: Joint(0.5, 10 * number, 40, 6) for number in range(17)}
    assert remove_doubles([worse, other, better]) == [better, other]
    assert remove_doubles([]) == []


def loaded(path, skeleton=COCO17, **options):
    card = ModelCard("mine", "pifpaf", skeleton, (path,), "AGPL-3.0", "")
    return load_model(card, (path,), Options(precision="f32", **options))


PICTURE = (1, 3, 193, 257)


@pytest.mark.parametrize("caf_first", [False, True])
def test_a_frame(network, caf_first):
    cif, caf = (field[None] for field in ideal([standing(80, 40)], without=(9,)))
    path = network(*((caf, cif) if caf_first else (cif, caf)), picture=PICTURE)
    frame = Frame(np.zeros((386, 514, 3), np.uint8), index=1, time=0.2)
    (poses,) = run(loaded(path), [frame])
    expected = standing(80, 40) * 2
    expected[9] = np.nan
    np.testing.assert_allclose(poses.keypoints[0], expected, atol=0.02)
    assert poses.scores[0, 9] == 0 and poses.boxes is None
    assert poses.certainty[0] == pytest.approx(person_score(find_people(cif[0], caf[0], 8)[0]))
    nobody = network(cif * 0, caf * 0, picture=PICTURE)
    (poses,) = run(loaded(nobody), [frame])
    assert poses.keypoints.shape == (0, 17, 2)


def test_what_does_not_fit(network):
    cif, caf = (field[None] for field in ideal([]))
    for outputs in ((cif,), (cif, caf[:, :18]), (cif[0], caf[0]), (cif, caf, caf)):
        with pytest.raises(ModelError, match=r"reads fields \(1, 17, 5, h, w\) and \(1, 19, 8"):
            loaded(network(*outputs, picture=PICTURE))
    path = network(cif, caf, picture=PICTURE)
    with pytest.raises(InputError, match="has coco17, not body25"):
        loaded(path, skeleton=BODY25)
    with pytest.raises(InputError, match="no use for --mirror"):
        loaded(path, mirror=True)
