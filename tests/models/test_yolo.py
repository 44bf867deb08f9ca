"""One-stage networks: rows with known people, in each of the forms that files have."""

import numpy as np
import pytest

from kinema.errors import InputError, ModelError
from kinema.media.frame import Frame
from kinema.models.card import ModelCard
from kinema.models.loading import add_checked_model
from kinema.models.loading import load_model as load_by_name
from kinema.models.model import run
from kinema.models.options import Options
from kinema.models.runtime import Network
from kinema.models.yolo import BYTES, UNIT, load_model
from kinema.skeletons import COCO17, HALPE26

INPUT = (1, 3, 160, 320)
FRAME = Frame(np.zeros((320, 320, 3), np.uint8), index=7, time=0.5)
# The picture is 320x320: in the input of 320x160 it is 160x160, in the middle from column 80 on.


def person(centre, size, score, seed):
    """The box (cx cy w h), its score and 17 joints (x, y, visibility), in pixels of the input."""
    rng = np.random.default_rng(seed)
    joints = np.concatenate([np.add(centre, rng.uniform(-9, 9, (17, 2))), rng.random((17, 1))], 1)
    return np.array([*centre, *size]), score, joints.astype(np.float32)


ONE = person((120, 60), (40, 80), 0.9, 1)
TWO = person((180, 90), (20, 30), 0.6, 2)
DOUBLE = person((121, 61), (40, 80), 0.8, 3)
FAINT = person((220, 90), (20, 30), 0.2, 4)
PEOPLE = (FAINT, TWO, ONE, DOUBLE)


def raw(people, anchors=90):
    """As versions 8 and 11 give them."""
    output = np.zeros((1, 56, anchors), np.float32)
    for column, (box, score, joints) in enumerate(people):
        output[0, :, 10 * column] = np.concatenate([box, [score], joints.ravel()])
    return output


def final(people, rows=300):
    """As version 26 gives them."""
    output = np.zeros((1, rows, 57), np.float32)
    for row, (box, score, joints) in enumerate(people):
        corners = [*(box[:2] - box[2:] / 2), *(box[:2] + box[2:] / 2)]
        output[0, row] = np.concatenate([corners, [score, 0], joints.ravel()])
    return output


def loaded(path, family="yolo", skeleton=COCO17, **options):
    card = ModelCard("mine", family, skeleton, (path,), "AGPL-3.0", "")
    return load_model(card, (path,), Options(precision="f32", **options))


def assert_people(poses, people, corner=(80, 0), scale=2.0):
    assert len(poses) == len(people)
    for row, (box, score, joints) in enumerate(people):
        expected = (joints[:, :2] - corner) * scale
        np.testing.assert_allclose(poses.keypoints[row], expected, rtol=1e-5)
        np.testing.assert_allclose(poses.scores[row], joints[:, 2])
        corners = np.array([box[:2] - box[2:] / 2, box[:2] + box[2:] / 2])
        corners = np.clip((corners - corner) * scale, 0, 320) - 0.5
        np.testing.assert_allclose(poses.boxes[row], corners.ravel())
        assert poses.certainty[row] == pytest.approx(score)


def test_versions_8_and_11(network):
    model = loaded(network(raw(PEOPLE), picture=INPUT))
    (poses,) = run(model, [FRAME])
    assert (poses.frame, poses.time, poses.skeleton) == (7, 0.5, COCO17)
    assert_people(poses, [ONE, TWO])


def test_version_26(network):
    # It has suppressed doubles itself: what is left is there.
    (poses,) = run(loaded(network(final((TWO, FAINT, ONE)), picture=INPUT)), [FRAME])
    assert_people(poses, [ONE, TWO])


@pytest.mark.parametrize("anchors", [90, 300, 8400])
def test_the_two_forms_are_told_apart(network, anchors):
    (poses,) = run(loaded(network(raw((ONE,), anchors), picture=INPUT)), [FRAME])
    assert_people(poses, [ONE])


def test_rtmo(network):
    boxes = np.array([[[60, 20, 100, 100, 0.9], [61, 20, 100, 99, 0.8], [0, 0, 9, 9, 0.1]]])
    joints = np.stack([ONE[2], DOUBLE[2], FAINT[2]])[None]
    for outputs in ((boxes, joints), (joints, boxes)):
        (poses,) = run(loaded(network(*outputs, picture=INPUT), "rtmo"), [FRAME])
        assert_people(poses, [((80, 60, 40, 80) * np.ones(4), 0.9, ONE[2])], corner=(0, 0))


def test_one_person(network):
    (poses,) = run(loaded(network(raw(PEOPLE), picture=INPUT), single_person=True), [FRAME])
    assert_people(poses, [ONE])


@pytest.mark.parametrize("form", [raw, final])
def test_nobody(network, form):
    for people in ((), (FAINT,)):
        (poses,) = run(loaded(network(form(people), picture=INPUT)), [FRAME])
        assert poses.keypoints.shape == (0, 17, 2)
        assert poses.boxes.shape == (0, 4)


def test_a_file_of_any_size(network):
    path = network(raw(PEOPLE), picture=(1, 3, -1, -1))
    (poses,) = run(loaded(path, size=160), [FRAME])
    assert_people(poses, [ONE, TWO], corner=(0, 0))
    (poses,) = run(loaded(path), [FRAME])  # 640
    assert_people(poses, [ONE, TWO], corner=(0, 0), scale=0.5)


@pytest.mark.parametrize(("picture", "expected"), [(UNIT, 0.2), (BYTES, 51)], ids=["yolo", "rtmo"])
def test_what_the_networks_are_given(network, picture, expected):
    given = Network(network.echo(), picture=picture, precision="f32")
    (output,) = given.start(np.full((6, 4, 3), 51, np.uint8)).result()
    assert output == pytest.approx(np.full((1, 3, 6, 4), expected))


def test_as_an_added_model(network, tmp_path, monkeypatch):
    monkeypatch.setenv("KINEMA_DATA", str(tmp_path / "data"))
    path = network(raw(PEOPLE), picture=INPUT)
    add_checked_model(path, name="mine", family="yolo", skeleton="coco17", licence="AGPL-3.0")
    assert load_by_name("mine").name == "mine"
    with pytest.raises(ModelError, match=r"\(1, 83, N\) or \(1, N, 84\) for the 26 joints"):
        add_checked_model(path, name="it", family="yolo", skeleton="halpe26", licence="")


@pytest.mark.parametrize(
    ("family", "outputs", "message"),
    [
        pytest.param("yolo", [np.zeros((1, 84, 99))], "the family yolo reads (1, 56, N)", id="80"),
        pytest.param("yolo", [np.zeros((1, 56))], "the family yolo reads (1, 56, N)", id="2D"),
        pytest.param("rtmo", [raw(PEOPLE)], "the family rtmo reads boxes (1, N, 5)", id="one"),
        pytest.param(
            "rtmo",
            [np.zeros((1, 9, 4)), np.zeros((1, 9, 17, 3))],
            "reads boxes (1, N, 5) and joints (1, N, 17, 3)",
            id="boxes",
        ),
        pytest.param(
            "rtmo",
            [np.zeros((1, 9, 5)), np.zeros((1, 9, 26, 3))],
            "gives 26 keypoints, but coco17 has 17",
            id="count",
        ),
    ],
)
def test_networks_that_do_not_fit(network, family, outputs, message):
    with pytest.raises(ModelError) as error:
        loaded(network(*outputs, picture=INPUT), family)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 320}, "takes pictures 320x160 and no other --size"),
        ({"scales": (1, 2)}, "no use for --scales"),
        ({"mirror": True}, "no use for --mirror"),
    ],
    ids=str,
)
def test_options_without_use(network, options, message):
    with pytest.raises(InputError, match=message):
        loaded(network(raw(PEOPLE), picture=INPUT), **options)


def test_other_skeletons(network):
    output = np.zeros((1, 5 + 3 * 26, 10), np.float32)
    assert loaded(network(output, picture=INPUT), skeleton=HALPE26).skeleton == HALPE26
    with pytest.raises(InputError, match="needs a skeleton"):
        loaded(network(output, picture=INPUT), skeleton=None)
