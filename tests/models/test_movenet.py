from __future__ import annotations

from dataclasses import replace

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from kinema.errors import InputError, MissingExtra, ModelError
from kinema.media.frame import Frame
from kinema.models.catalogue import CARDS
from kinema.models.crops import Region, cut
from kinema.models.following import Follower
from kinema.models.loading import fetched
from kinema.models.movenet import MultiPose, decode_one, input_size, load_model, load_person
from kinema.models.options import Options
from kinema.poses import Poses
from kinema.skeletons import COCO17, OPENPOSE18

ONE, _, MANY = (card for card in CARDS if card.family == "movenet")
F32 = Options(precision="f32")


def people(*rows: tuple[float, float, float]) -> np.ndarray:
    """(1, 6, 56): for each (x, y, score) a person with all joints there; the rest is noise."""
    out = np.full((1, 6, 56), 0.01, np.float32)
    for row, (x, y, score) in enumerate(rows):
        out[0, row, :51] = np.tile([y, x, score], 17)
        out[0, row, 51:] = (y - 0.125, x - 0.25, y + 0.125, x + 0.25, score)
    return out


@pytest.fixture
def multipose(tmp_path):
    """A function that loads a network which sees these people in every picture."""

    def load(output: np.ndarray, **options) -> MultiPose:
        picture = ops.parameter([1, -1, -1, 3], ov.Type.i32, name="image")
        nothing = ops.multiply(
            ops.reduce_sum(ops.convert(picture, ov.Type.f32), np.arange(4)), np.float32(0)
        )
        path = tmp_path / "many.xml"
        model = ov.Model([ops.add(ops.constant(output), nothing)], [picture])
        ov.save_model(model, path, compress_to_fp16=False)
        loaded = load_model(MANY, (path,), replace(F32, **options))
        assert isinstance(loaded, MultiPose)
        return loaded

    return load


def frame(width: int, height: int) -> Frame:
    return Frame(np.zeros((height, width, 3), np.uint8), 4, 0.25)


def test_fractions_of_the_input_are_places_between_edges():
    output = np.zeros((1, 1, 17, 3), np.float32)
    output[0, 0, 0] = (0.25, 0.5, 0.75)
    output[0, 0, 1] = (1, 0, 0.5)
    points, scores = decode_one(output, (192, 96))
    assert points[:2].tolist() == [[95.5, 23.5], [-0.5, 95.5]]
    assert scores[:3].tolist() == [0.75, 0.5, 0]


@pytest.mark.parametrize(
    ("picture", "size", "expected"),
    [
        pytest.param((640, 480), 256, (352, 256), id="landscape"),
        pytest.param((480, 640), 256, (192, 256), id="portrait"),
        pytest.param((640, 480), 250, (320, 256), id="to multiples of 32"),
        pytest.param((4000, 100), 256, (1024, 32), id="panorama"),
        pytest.param((1, 1000), 256, (32, 256), id="a line"),
    ],
)
def test_the_size_of_the_input(picture, size, expected):
    assert input_size(picture, size) == expected


def test_several_people_the_surest_first(multipose):
    model = multipose(people((0.25, 0.5, 0.4), (0.75, 0.25, 0.9), (0.5, 0.5, 0.1)), size=256)
    poses = model.start(frame(512, 512)).poses()
    assert (poses.skeleton, poses.frame, poses.time) == (COCO17, 4, 0.25)
    np.testing.assert_allclose(poses.certainty, [0.9, 0.4])
    np.testing.assert_allclose(poses.keypoints[0], [(383.5, 127.5)] * 17)
    np.testing.assert_allclose(poses.keypoints[1], [(127.5, 255.5)] * 17)
    np.testing.assert_allclose(poses.boxes[0], [255.5, 63.5, 511.5, 191.5])
    np.testing.assert_allclose(poses.scores, [[0.9] * 17, [0.4] * 17])


@pytest.mark.parametrize(
    ("picture", "x"),
    [
        # 640 x 480 at height 256 is 341.33 wide in an input of 352; half of that is 330 pixels.
        pytest.param((640, 480), 0.5 * 352 * 480 / 256 - 0.5, id="black beside the picture"),
        pytest.param((512, 256), 255.5, id="fits"),
    ],
)
def test_pictures_are_fitted_with_their_aspect(multipose, picture, x):
    model = multipose(people((0.5, 0.5, 0.9)), size=256)
    poses = model.start(frame(*picture)).poses()
    np.testing.assert_allclose(poses.joint("nose"), [(x, picture[1] / 2 - 0.5)], atol=0.6)


def test_the_most_certain_person_alone(multipose):
    model = multipose(people((0.25, 0.5, 0.4), (0.75, 0.25, 0.9)), single_person=True)
    poses = model.start(frame(64, 64)).poses()
    np.testing.assert_allclose(poses.certainty, [0.9])


def test_nobody(multipose):
    poses = multipose(people(), single_person=True).start(frame(64, 64)).poses()
    assert (poses.keypoints.shape, poses.boxes.shape) == ((0, 17, 2), (0, 4))


def test_the_network_gets_the_bytes_as_red_green_blue(spot_network):
    network = load_person(ONE, (spot_network(32, 16),), F32)
    assert (network.crop_size, network.channels, network.skeleton) == ((32, 16), "rgb", COCO17)
    crop = np.zeros((16, 32, 3), np.uint8)
    crop[3, 7] = (255, 0, 51)
    points, scores = network.start(crop).result()
    np.testing.assert_allclose(points[0], (7, 3), atol=1e-3)
    np.testing.assert_allclose(scores[:3], [1, 0, 0.2], atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "load", "message"),
    [
        pytest.param((1, 17, 3), load_model, r"reads \(1, 1, 17, 3\) or", id="another output"),
        pytest.param((1, 17, 3), load_person, r"reads \(1, 1, 17, 3\)", id="another person"),
    ],
)
def test_networks_that_are_no_movenet(tmp_path, shape, load, message):
    picture = ops.parameter([1, 32, 32, 3], ov.Type.f32, name="image")
    rows = ops.reshape(ops.reduce_mean(picture, np.array([2, 3])), np.array([32]), False)
    output = ops.reshape(ops.tile(ops.gather(rows, [0], 0), [51]), np.array(shape), False)
    path = tmp_path / "net.xml"
    ov.save_model(ov.Model([output], [picture]), path)
    with pytest.raises(ModelError, match=message) as error:
        load(ONE, (path,), F32)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"scales": (1.0, 2.0)}, "no use for --scales", id="scales"),
        pytest.param({"size": 256}, "no use for --size", id="size"),
    ],
)
def test_options_of_no_use_for_one_person(spot_network, options, message):
    with pytest.raises(InputError, match=message):
        load_model(ONE, (spot_network(32, 32),), replace(F32, **options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"mirror": True}, "no use for --mirror", id="mirror"),
        pytest.param({"size": 64}, "between 128 and 1024", id="small"),
        pytest.param({"size": 5000}, "between 128 and 1024", id="large"),
    ],
)
def test_options_of_no_use_for_many_people(multipose, options, message):
    with pytest.raises(InputError, match=message):
        multipose(people(), **options)


def test_what_does_not_go_together(spot_network, multipose):
    multipose(people())
    files = (spot_network(32, 32).parent / "many.xml",)
    with pytest.raises(InputError, match="movenet-multipose looks at whole pictures"):
        load_person(MANY, files, F32)
    with pytest.raises(InputError, match="the family movenet has coco17, not openpose18"):
        load_model(replace(ONE, skeleton=OPENPOSE18), (spot_network(32, 32),), F32)


@pytest.fixture(
    scope="module", params=[card for card in CARDS if card.family == "movenet"], ids=str
)
def real(request: pytest.FixtureRequest):
    """A model with its real weights."""
    try:
        files = fetched(request.param)
    except MissingExtra as error:
        pytest.skip(str(error))
    return load_model(request.param, files, F32)


def nearest(poses: Poses, x: float) -> Poses:
    return poses[[int(np.abs(poses.joint("nose")[:, 0] - x).argmin())]]


def test_the_man_of_the_sample_clip(real, clip_frames):
    """He stands with his arms down in frame 0: places read off the picture by eye."""
    model = real.renewed() if isinstance(real, Follower) else real
    model.start(clip_frames[0]).poses()
    poses = nearest(model.start(clip_frames[0]).poses(), 650)
    for joint, place in (
        ("nose", (649, 108)),
        ("left_shoulder", (695, 155)),
        ("right_shoulder", (610, 158)),
        ("left_wrist", (702, 268)),
        ("left_ankle", (677, 432)),
        ("right_ankle", (623, 432)),
    ):
        np.testing.assert_allclose(poses.joint(joint)[0], place, atol=20, err_msg=joint)
    assert poses.scores.mean() > 0.4


def test_a_mirrored_picture_gives_a_mirrored_person(clip_frames):
    try:
        files = fetched(ONE)
    except MissingExtra as error:
        pytest.skip(str(error))
    network = load_person(ONE, files, F32)
    crop = cut(clip_frames[0], Region((650, 260), (430, 430)), network.crop_size)
    points, scores = network.start(crop).result()
    other, _ = network.start(np.ascontiguousarray(crop[:, ::-1])).result()
    other = other[COCO17.mirror_order]
    offset = points[:, 0] - (network.crop_size[0] - 1 - other[:, 0])
    assert scores.min() > 0.2
    assert abs(float(np.median(offset))) < 1  # of 192 pixels; a shift would count twice
