"""OpenPose's own networks, of Caffe, from two files to people, hands and faces."""

import numpy as np
import pytest

from kinema.errors import InputError, ModelError
from kinema.media.frame import Frame
from kinema.models.card import ModelCard
from kinema.models.families import FAMILIES
from kinema.models.openpose import crops as openpose_crops
from kinema.models.openpose import model as openpose
from kinema.models.openpose.networks import open_caffe
from kinema.models.options import Options
from kinema.skeletons import BODY25, COCO17, FACE70, HAND21, MPI15, OPENPOSE18

NET = """input: "image" input_dim: 1 input_dim: {channels} input_dim: 16 input_dim: 16
layer {{ name: "maps" type: "Convolution" bottom: "image" top: "net_output"
  convolution_param {{ num_output: {count} kernel_size: 8 stride: 8 }} }}
{more}"""
BODIES = {"body25": 78, "openpose18": 57, "mpi15": 44}


def card(skeleton, family="openpose"):
    return ModelCard("net", family, skeleton, (), "CC0-1.0", "Made by a test.")


@pytest.fixture
def save(tmp_path, caffe_networks):
    """Saves a network whose every map is the picture's blue, averaged over 8 x 8 pixels, / 255."""

    def save_network(count, *, channels=3, more=""):
        files = tmp_path / "net.prototxt", tmp_path / "net.caffemodel"
        files[0].write_text(NET.format(count=count, channels=channels, more=more), "utf-8")
        weights = np.zeros((count, channels, 8, 8), np.float32)
        weights[:, 0] = 256 / 255 / 64
        bias = np.full(count, 128 / 255, np.float32)  # 0 is given to the network as -0.5
        files[1].write_bytes(caffe_networks.layer_bytes("maps", [weights, bias]))
        return files

    return save_network


def blue_spot(x, y, size):
    """A black picture with a blue spot, 16 pixels wide, at (x, y)."""
    squared = (np.arange(size[0]) - x) ** 2 + (np.arange(size[1])[:, None] - y) ** 2
    image = np.zeros((size[1], size[0], 3), np.uint8)
    image[..., 2] = np.round(255 * np.exp(-squared / 2 / 16**2))
    return image


@pytest.mark.parametrize("skeleton", [BODY25, OPENPOSE18, MPI15], ids=lambda s: s.name)
@pytest.mark.parametrize("mirror", [False, True], ids=["", "mirror"])
def test_a_spot_is_found_where_it_is(save, skeleton, mirror):
    files = save(BODIES[skeleton.name])
    options = Options(size=400, single_person=True, mirror=mirror, precision="f32")
    model = openpose.load_model(card(skeleton), files, options)
    poses = model(Frame(blue_spot(131, 170, (501, 333))))
    assert poses.skeleton == skeleton
    expected = np.tile([131, 170], (1, len(skeleton), 1))
    np.testing.assert_allclose(poses.keypoints, expected, atol=1.0)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_what_the_network_is_given(save, grey):
    """Blue comes first, and 0 to 255 is -0.5 to 0.496."""
    network = open_caffe(save(57), Options(precision="f32"))
    picture = np.zeros((16, 24, 3), np.uint8)
    picture[..., 0] = grey
    (maps,) = network.start(picture).result()
    assert maps.shape == (1, 57, 2, 3)
    np.testing.assert_allclose(maps, grey / 255, atol=1e-5)


@pytest.mark.parametrize(("name", "count"), BODIES.items(), ids=str)
def test_without_a_skeleton_the_number_of_maps_tells(save, name, count):
    assert openpose.load_model(card(None), save(count), Options()).skeleton.name == name


def test_thresholds_are_those_of_the_network(save):
    assert openpose.load_model(card(MPI15), save(44), Options()).thresholds.peak == 0.3
    assert openpose.load_model(card(BODY25), save(78), Options()).thresholds.peak == 0.05


@pytest.mark.parametrize(
    ("skeleton", "count", "error", "complaint"),
    [
        pytest.param(
            BODY25,
            57,
            ModelError,
            "net.caffemodel gives 57 maps, but those of body25 "
            "are 78; they are those of openpose18",
            id="another of OpenPose's",
        ),
        pytest.param(BODY25, 9, ModelError, "gives 9 maps, but those of body25 are 78", id="none"),
        pytest.param(None, 9, ModelError, "gives 9 maps; known are 78 (body25), 57 (", id="which"),
        pytest.param(
            COCO17,
            57,
            InputError,
            "the family openpose has body25 or openpose18 or mpi15, not coco17",
            id="skeleton",
        ),
        pytest.param(
            HAND21,
            22,
            InputError,
            "not hand21; hands and faces are of the family openpose-crop",
            id="a hand",
        ),
    ],
)
def test_networks_that_do_not_fit(save, skeleton, count, error, complaint):
    with pytest.raises(error) as raised:
        openpose.load_model(card(skeleton), save(count), Options())
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"channels": 1}, id="grey pictures"),
        pytest.param(
            {"more": 'layer { name: "r" type: "ReLU" bottom: "image" top: "second" }'},
            id="two outputs",
        ),
    ],
)
def test_networks_of_another_form(save, form):
    with pytest.raises(ModelError, match=r"OpenPose's networks take 3 and give one blob of maps"):
        open_caffe(save(57, **form), Options())


def load_part(skeleton, files, **options):
    options = Options(**({"precision": "f32"} | options))
    return openpose_crops.load_person(card(skeleton, "openpose-crop"), files, options)


@pytest.mark.parametrize(("skeleton", "count"), [(HAND21, 22), (FACE70, 71)], ids=str)
@pytest.mark.parametrize("size", [None, 256])
def test_a_crop_of_a_hand_or_a_face(save, skeleton, count, size):
    network = load_part(skeleton, save(count), size=size)
    side = size or 368
    assert network.crop_size == (side, side)
    assert (network.skeleton, network.channels, network.padding) == (skeleton, "bgr", 1.0)
    crop = np.ascontiguousarray(blue_spot(101, 150, (side, side))[..., ::-1])
    keypoints, scores = network.start(crop).result()
    np.testing.assert_allclose(keypoints, np.tile([101, 150], (len(skeleton), 1)), atol=0.7)
    assert ((scores > 0.8) & (scores <= 1)).all()


def test_a_crop_of_nothing(save):
    keypoints, scores = (
        load_part(HAND21, save(22)).start(np.zeros((368, 368, 3), np.uint8)).result()
    )
    assert keypoints.shape == (21, 2)
    assert np.isnan(keypoints).all()
    assert scores.tolist() == [0] * 21


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        pytest.param({"size": 100}, "multiple of 8 from 64 to 1024 pixels, not 100", id="not of 8"),
        pytest.param({"size": 8}, "not 8$", id="small"),
        pytest.param({"size": 4096}, "not 4096$", id="large"),
        pytest.param({"scales": (1, 2)}, "has no use for --scales", id="scales"),
        pytest.param({"single_person": True}, "has no use for --single-person", id="single"),
    ],
)
def test_options_that_do_not_suit_a_crop(save, options, complaint):
    with pytest.raises(InputError, match=complaint):
        load_part(HAND21, save(22), **options)


def test_a_body_is_no_hand(save):
    with pytest.raises(InputError, match=r"openpose-crop has hand21 or face70, not body25$"):
        load_part(BODY25, save(78))
    with pytest.raises(ModelError, match="gives 71 maps, but those of hand21 are 22; they are"):
        load_part(HAND21, save(71))
    with pytest.raises(InputError, match=r"net\.onnx is not of Caffe"):
        load_part(HAND21, (save(22)[0].with_suffix(".onnx"),))


def test_the_families():
    assert FAMILIES["openpose"].person_loader() is None
    assert FAMILIES["openpose-crop"].model_loader() is None
    assert FAMILIES["openpose-crop"].person_loader() is openpose_crops.load_person
