import numpy as np
import pytest

from kinema.errors import InputError, ModelError
from kinema.models.card import ModelCard
from kinema.models.deeppose import load_person
from kinema.models.options import Options
from kinema.skeletons import COCO17

PICTURE = (1, 3, 256, 192)


def loaded(path, skeleton=COCO17, **options):
    card = ModelCard("mine", "deeppose", skeleton, (path,), "Apache-2.0", "")
    return load_person(card, (path,), Options(precision="f32", **options))


def read(person):
    return person.start(np.zeros((256, 192, 3), np.uint8)).result()


def test_worked_example(network):
    output = np.tile([0.5, 0.25], (1, 17, 1))
    output[0, 3] = 1, 0
    points, scores = read(loaded(network(output, picture=PICTURE)))
    assert points[0].tolist() == [96, 64]
    assert points[3].tolist() == [192, 0]
    assert scores.tolist() == [1] * 17


def test_doubts(network):
    output = np.tile([0.5, 0.25, 0, 0], (1, 17, 1))
    output[0, 1, 2:] = -np.log(3)  # a quarter
    output[0, 2, 2:] = -np.log(3), 100
    points, scores = read(loaded(network(output, picture=PICTURE)))
    assert points[2].tolist() == [96, 64]
    assert scores[:3] == pytest.approx([0.5, 0.75, 0.375])


@pytest.mark.parametrize(
    ("output", "message"),
    [
        pytest.param(np.zeros((1, 17, 3)), r"reads \(1, 17, 2\) or \(1, 17, 4\)", id="3 numbers"),
        pytest.param(np.zeros((1, 34)), r"reads \(1, 17, 2\)", id="2D"),
        pytest.param(np.zeros((1, 16, 2)), "gives 16 keypoints, but coco17 has 17", id="count"),
    ],
)
def test_networks_that_do_not_fit(network, output, message):
    with pytest.raises(ModelError, match=message):
        loaded(network(output, picture=PICTURE))


def test_what_is_refused(network):
    path = network(np.zeros((1, 17, 2)), picture=PICTURE)
    with pytest.raises(InputError, match="no use for --size"):
        loaded(path, size=256)
    with pytest.raises(InputError, match="needs a skeleton"):
        loaded(path, skeleton=None)
