"""PoseNet: from the maps of people whose joints are known back to the people."""

import numpy as np
import pytest

from kinema.errors import InputError, ModelError
from kinema.media.frame import Frame
from kinema.models.card import ModelCard
from kinema.models.model import run
from kinema.models.options import Options
from kinema.models.posenet import (
    EDGES,
    MAX_PEOPLE,
    PICTURES,
    PoseMaps,
    find_one,
    find_people,
    input_size,
    load_model,
)
from kinema.models.runtime import Network
from kinema.skeletons import BODY25, COCO17

CELLS = (13, 17)  # rows, columns: an input of 257 x 193 at stride 16
STRIDE = 16
DISC = 32  # pixels around a joint that know of it: R of PersonLab, section 3.1


def standing(x, y, height=120.0):
    """A person (17, 2) that faces us; the nose is at x, y."""
    shape = (
        *((0, 0), (0.03, -0.03), (-0.03, -0.03), (0.07, -0.02), (-0.07, -0.02)),
        *((0.14, 0.15), (-0.14, 0.15), (0.2, 0.35), (-0.2, 0.35), (0.24, 0.5), (-0.24, 0.5)),
        *((0.1, 0.55), (-0.1, 0.55), (0.11, 0.8), (-0.11, 0.8), (0.12, 1.05), (-0.12, 1.05)),
    )
    return np.array(shape) * height + (x, y)


def ideal(people, certainty=0.9):
    """The maps that a perfect network gives: of each cell, what the nearest person's joint says."""
    rows, columns = np.mgrid[: CELLS[0], : CELLS[1]] * STRIDE
    cells = np.stack([columns, rows])  # (2, h, w) x, y
    people = np.array(people, dtype=float).reshape(-1, 17, 2)
    scores = np.full((17, *CELLS), 0.01)
    offsets = np.zeros((34, *CELLS))
    displacements = np.zeros((2, 32, *CELLS))
    for joint in range(17):
        if len(people) == 0:
            continue
        away = people[:, joint, :, None, None] - cells  # (N, 2, h, w)
        distance = np.linalg.norm(away, axis=1)
        owner = distance.argmin(axis=0)
        near = distance.min(axis=0) <= DISC
        nearness = certainty * (1 - distance.min(axis=0) / 1000)
        scores[joint] = np.where(near, nearness, scores[joint])
        vector = np.take_along_axis(away, owner[None, None], axis=0)[0]
        offsets[17 + joint], offsets[joint] = vector * near
        for edge, ends in enumerate(EDGES):
            for direction in (0, 1):
                if ends[direction] == joint:
                    way = (people[:, ends[1 - direction]] - people[:, joint])[owner]
                    displacements[direction, 16 + edge] = way[..., 0] * near
                    displacements[direction, edge] = way[..., 1] * near
    arrays = (scores, offsets, *displacements)
    return PoseMaps(*(array.astype(np.float32) for array in arrays), stride=STRIDE)


def original_people(maps, most):
    """The decoder of the release, as its comments define it, in plain numbers."""
    found = []
    for _, k, y, x in sorted(queue_of(maps)):
        if len(found) == most:
            break
        root = coordinates(maps, k, y, x)
        if any(distance(person[k][0], root) <= 20 for person, _ in found):
            continue
        person = {k: (root, float(maps.scores[k, y, x]))}
        for edge in range(15, -1, -1):
            parent, child = EDGES[edge]
            if child in person and parent not in person:
                person[parent] = traverse(maps, edge, person[child][0], parent, maps.backwards)
        for edge in range(16):
            parent, child = EDGES[edge]
            if parent in person and child not in person:
                person[child] = traverse(maps, edge, person[parent][0], child, maps.forwards)
        own = [
            score
            for joint, (place, score) in person.items()
            if not any(distance(other[joint][0], place) <= 20 for other, _ in found)
        ]
        found.append((person, sum(own) / 17))
    return found


def queue_of(maps):
    """The joints that may begin a person, as (-score, joint, row, column)."""
    scores = maps.scores.tolist()
    h, w = maps.scores.shape[1:]
    for k, y, x in np.ndindex(17, h, w):
        window = [
            scores[k][j][i]
            for j in range(max(y - 1, 0), min(y + 2, h))
            for i in range(max(x - 1, 0), min(x + 2, w))
        ]
        if scores[k][y][x] >= 0.5 and scores[k][y][x] == max(window):
            yield -scores[k][y][x], k, y, x


def coordinates(maps, k, y, x):
    return x * 16 + float(maps.offsets[k + 17, y, x]), y * 16 + float(maps.offsets[k, y, x])


def distance(a, b):
    return float(np.hypot(a[0] - b[0], a[1] - b[1]))


def nearest(maps, place):
    h, w = maps.scores.shape[1:]
    x, y = (int(np.floor(value / 16 + 0.5)) for value in place)
    return min(max(y, 0), h - 1), min(max(x, 0), w - 1)


def traverse(maps, edge, source, target, displacements):
    y, x = nearest(maps, source)
    place = source[0] + displacements[16 + edge, y, x], source[1] + displacements[edge, y, x]
    for _ in range(2):
        y, x = nearest(maps, place)
        place = coordinates(maps, target, y, x)
    y, x = nearest(maps, place)
    return place, float(maps.scores[target, y, x])


@pytest.mark.parametrize(
    "people",
    [
        pytest.param([standing(60, 40)], id="one"),
        pytest.param([standing(60.3, 40.7), standing(150, 50.5), standing(210, 60)], id="three"),
        pytest.param([standing(100, 40), standing(148, 45)], id="close together"),
    ],
)
def test_known_people_are_found(people):
    keypoints, scores, certainty = find_people(ideal(people))
    assert len(keypoints) == len(people)
    order = np.argsort(keypoints[:, 0, 0])
    np.testing.assert_allclose(keypoints[order], people, atol=0.01)
    assert scores.min() > 0.85 and certainty == pytest.approx(scores.mean(axis=1))


@pytest.mark.parametrize("seed", range(6))
def test_decoding_is_that_of_the_release(seed):
    rng = np.random.default_rng(seed)
    maps = ideal([standing(60, 40), standing(120, 45), standing(190, 50)])
    noisy = PoseMaps(
        np.clip(maps.scores + rng.normal(0, 0.25, maps.scores.shape), 0, 1).astype(np.float32),
        (maps.offsets + rng.normal(0, 8, maps.offsets.shape)).astype(np.float32),
        (maps.forwards + rng.normal(0, 15, maps.forwards.shape)).astype(np.float32),
        (maps.backwards + rng.normal(0, 15, maps.backwards.shape)).astype(np.float32),
        stride=STRIDE,
    )
    expected = original_people(noisy, MAX_PEOPLE)
    expected = [(person, certainty) for person, certainty in expected if certainty >= 0.1]
    keypoints, scores, certainties = find_people(noisy)
    assert len(keypoints) == len(expected) > 3
    for row, (person, certainty) in enumerate(expected):
        np.testing.assert_allclose(keypoints[row], [person[j][0] for j in range(17)], rtol=1e-4)
        np.testing.assert_allclose(scores[row], [person[j][1] for j in range(17)], rtol=1e-6)
        assert certainties[row] == pytest.approx(certainty)


def test_one_person_by_the_best_places():
    person = standing(60.3, 40.7)
    keypoints, scores = find_one(ideal([person]))
    np.testing.assert_allclose(keypoints, person, atol=0.01)
    assert scores.shape == (17,)


def test_nobody():
    keypoints, scores, certainty = find_people(ideal([]))
    assert (keypoints.shape, scores.shape, certainty.shape) == ((0, 17, 2), (0, 17), (0,))


def test_maps_of_one_cell_and_of_nothing_but_nan():
    one = PoseMaps(*(np.ones((n, 1, 1), np.float32) for n in (17, 34, 32, 32)), stride=16)
    assert len(find_people(one)[0]) == 1
    nothing = PoseMaps(*(np.full((n, 3, 3), np.nan, np.float32) for n in (17, 34, 32, 32)), 16)
    assert len(find_people(nothing)[0]) == 0


NAMES = ("heatmap", "offset", "displacement_fwd", "displacement_bwd")


def outputs(maps):
    """As the network gives them: pixels of channels, heatmaps before the sigmoid."""
    logits = np.log(maps.scores / (1 - maps.scores))
    arrays = (logits, maps.offsets, maps.forwards, maps.backwards)
    return [array.transpose(1, 2, 0)[None] for array in arrays]


def loaded(path, family="posenet", skeleton=COCO17, **options):
    card = ModelCard("mine", family, skeleton, (path,), "Apache-2.0", "")
    return load_model(card, (path,), Options(precision="f32", **options))


@pytest.mark.parametrize("single_person", [False, True])
def test_a_frame(network, single_person):
    people = [standing(60.3, 40.7), standing(170, 50.5)][: 1 if single_person else 2]
    path = network(*outputs(ideal(people)), names=NAMES, picture=(1, 193, 257, 3))
    model = loaded(path, size=193, single_person=single_person)
    frame = Frame(np.zeros((386, 514, 3), np.uint8), index=3, time=1.5)
    (poses,) = run(model, [frame])
    assert (poses.frame, poses.time, poses.skeleton, model.name) == (3, 1.5, COCO17, "mine")
    found = poses.keypoints[np.argsort(poses.keypoints[:, 0, 0])]
    # Twice as large: the centre of pixel u of the input is at 2 u + 0.5.
    np.testing.assert_allclose(found, np.array(people) * 2 + 0.5, atol=0.02)
    assert (poses.certainty is None) == single_person


@pytest.mark.parametrize(
    ("family", "expected"),
    [("posenet", (-0.2157, 0.1765, 0.5686)), ("posenet-resnet", (-23.15, 34.10, 96.94))],
)
def test_what_the_networks_are_given(network, family, expected):
    given = Network(network.echo("NHWC", (33, 33)), picture=PICTURES[family], precision="f32")
    pixels = np.zeros((65, 97, 3), np.uint8) + np.array([100, 150, 200], np.uint8)
    (output,) = given.start(pixels).result()
    assert output.shape == (1, 65, 97, 3)
    assert output[0, 5, 5] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("picture", "height", "size"),
    [((640, 480), 513, (673, 513)), ((480, 640), 257, (193, 257)), ((5000, 10), 257, (1025, 65))],
)
def test_input_size(picture, height, size):
    assert input_size(picture, height) == size


def test_networks_that_do_not_fit(network):
    arrays = outputs(ideal([]))
    for path in (
        network(*arrays, picture=(1, 193, 257, 3)),  # without names
        network(*arrays[:3], names=NAMES, picture=(1, 193, 257, 3)),
        network(arrays[0][..., :16], *arrays[1:], names=NAMES, picture=(1, 193, 257, 3)),
    ):
        with pytest.raises(ModelError, match=r"reads heatmap \(1, h, w, 17\), offset") as error:
            loaded(path)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"size": 100}, "between 129 and 2049"),
        ({"mirror": True}, "no use for --mirror"),
        ({"skeleton": BODY25}, "has coco17, not body25"),
    ],
    ids=str,
)
def test_what_is_refused(network, changed, message):
    path = network(*outputs(ideal([])), names=NAMES, picture=(1, 193, 257, 3))
    with pytest.raises(InputError, match=message):
        loaded(path, **changed)
