"""Keypoint R-CNN: the outputs of both exports, for people that are known."""

import numpy as np
import pytest

from kinema.errors import InputError, ModelError
from kinema.media.frame import Frame
from kinema.models.card import ModelCard
from kinema.models.keypoint_rcnn import EXPORTS, load_model
from kinema.models.model import run
from kinema.models.options import Options
from kinema.models.runtime import Network
from kinema.skeletons import COCO17, HALPE26

FRAME = Frame(np.zeros((128, 256, 3), np.uint8), index=2, time=0.1)
PICTURE = (3, 64, 128)  # half as large
RNG = np.random.default_rng(0)

BOXES = np.array([[10, 8, 30, 60], [50, 8, 70, 60], [0, 0, 9, 9]])
KEYPOINTS = np.concatenate([RNG.uniform(0, 64, (3, 17, 2)), np.full((3, 17, 1), 0.25)], axis=2)
SCORES = np.array([0.8, 0.9, 0.3])


def torchvision(labels=(1, 1, 1)):
    logits = np.full((3, 17), np.log(3.0))  # three quarters
    return BOXES, np.array(labels), SCORES, KEYPOINTS, logits


def detectron2(labels=(0, 0, 0)):
    return BOXES, SCORES, np.array(labels), KEYPOINTS


def loaded(path, family="keypoint-rcnn", skeleton=COCO17, **options):
    card = ModelCard("mine", family, skeleton, (path,), "BSD-3-Clause", "")
    return load_model(card, (path,), Options(precision="f32", **options))


@pytest.mark.parametrize(
    ("family", "outputs", "score"),
    [("keypoint-rcnn", torchvision(), 0.75), ("detectron2", detectron2(), 0.25)],
    ids=["TorchVision", "Detectron2"],
)
def test_worked_example(network, family, outputs, score):
    (poses,) = run(loaded(network(*outputs, picture=PICTURE), family), [FRAME])
    assert (poses.frame, poses.time) == (2, 0.1)
    np.testing.assert_allclose(poses.keypoints, KEYPOINTS[[1, 0], :, :2] * 2, rtol=1e-5)
    np.testing.assert_allclose(poses.scores, score, rtol=1e-6)
    assert poses.boxes.tolist() == [[99.5, 15.5, 139.5, 119.5], [19.5, 15.5, 59.5, 119.5]]
    assert poses.certainty == pytest.approx([0.9, 0.8])


@pytest.mark.parametrize(
    ("family", "outputs"),
    [("keypoint-rcnn", torchvision((0, 0, 0))), ("detectron2", detectron2((1, 2, 3)))],
)
def test_nobody(network, family, outputs):
    (poses,) = run(loaded(network(*outputs, picture=PICTURE), family), [FRAME])
    assert poses.keypoints.shape == (0, 17, 2)


def test_one_person(network):
    model = loaded(network(*torchvision(), picture=PICTURE), single_person=True)
    (poses,) = run(model, [FRAME])
    assert poses.certainty == pytest.approx([0.9])


@pytest.mark.parametrize(("family", "expected"), [("keypoint-rcnn", 0.2), ("detectron2", 51)])
def test_what_the_networks_are_given(network, family, expected):
    given = Network(network.echo("CHW"), picture=EXPORTS[family].picture, precision="f32")
    (output,) = given.start(np.full((6, 4, 3), 51, np.uint8)).result()
    assert output == pytest.approx(np.full((3, 6, 4), expected))


@pytest.mark.parametrize(
    ("family", "outputs", "message"),
    [
        ("keypoint-rcnn", detectron2(), r"the family keypoint-rcnn reads boxes \(N, 4\), labels"),
        ("detectron2", torchvision(), r"the family detectron2 reads boxes \(N, 4\), labels"),
        ("detectron2", detectron2()[:3], "keypoints"),
    ],
)
def test_networks_that_do_not_fit(network, family, outputs, message):
    with pytest.raises(ModelError, match=message):
        loaded(network(*outputs, picture=PICTURE), family)


def test_what_is_refused(network):
    path = network(*torchvision(), picture=PICTURE)
    with pytest.raises(ModelError, match="gives 17 keypoints, but halpe26 has 26"):
        loaded(path, skeleton=HALPE26)
    with pytest.raises(InputError, match="no use for --mirror"):
        loaded(path, mirror=True)
