"""Networks are written as files and read back; in INT8 they stay near what they were."""

import json

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from kinema.errors import InputError, MediaError, MissingExtra, ModelError
from kinema.media.frame import Frame
from kinema.models.card import ModelCard
from kinema.models.export import export_model
from kinema.models.loading import find_card, load_model
from kinema.models.options import Options
from kinema.models.runtime import Network, PictureInput
from kinema.models.runtime.equalise import equalise
from kinema.models.runtime.export import before_maps, write_int8, write_network
from kinema.skeletons import BODY25, COCO17


def separable(maps=5, uneven=1.0):
    """A network (1, H, W, 3) -> (1, H, W, maps): convolution, ReLU, then three separable pairs.

    The channels between the first layers differ in range by `uneven` to 1, and the next weights
    make up for it.
    """
    rng = np.random.default_rng(0)
    entry = ops.parameter(ov.PartialShape([1, -1, -1, 3]), ov.Type.f32, name="image")
    scales = np.geomspace(uneven, 1, 8).astype(np.float32)

    def weights(*shape):
        return rng.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape).astype(np.float32)

    def depthwise(x, channels, scale):
        w = weights(channels, 1, 1, 3, 3) * scale[:, None, None, None, None]
        return ops.group_convolution(x, w, [1, 1], [1, 1], [1, 1], [1, 1])

    def pointwise(x, w):
        return ops.convolution(x, w, [1, 1], [0, 0], [0, 0], [1, 1])

    x = ops.transpose(entry, np.array([0, 3, 1, 2]))
    x = pointwise(x, weights(8, 3, 1, 1) / 64)
    x = ops.relu(ops.add(x, weights(1, 8, 1, 1)))
    for _ in range(2):
        x = depthwise(x, 8, scales)
        x = pointwise(x, weights(8, 8, 1, 1) / scales[None, :, None, None])
        x = ops.relu(ops.add(x, weights(1, 8, 1, 1)))
    x = depthwise(x, 8, np.ones(8, np.float32))
    x = pointwise(x, weights(maps, 8, 1, 1))
    x = ops.add(x, weights(1, maps, 1, 1))
    return ov.Model([ops.transpose(x, np.array([0, 2, 3, 1]))], [entry])


def saved(model, path):
    ov.save_model(model, path, compress_to_fp16=False)
    return path


def noise(height=24, width=32, seed=0):
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def answer(path, picture):
    network = Network(path, picture=PictureInput(any_size=True), precision="f32")
    return network.start(picture).result()[0]


def outputs(model, array):
    return ov.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([array])[0]


def test_an_exported_network_computes_the_same(tmp_path):
    source = saved(separable(), tmp_path / "net.xml")
    write_network(source, tmp_path / "same.xml")
    np.testing.assert_array_equal(answer(tmp_path / "same.xml", noise()), answer(source, noise()))


def test_openpose_exported_finds_the_same_people(tmp_path, openpose, weights, clip_frames):
    (path,) = export_model(find_card("openpose"), (weights,), tmp_path / "new")
    assert sorted(p.name for p in path.parent.iterdir()) == ["openpose.bin", "openpose.xml"]
    again = load_model(path, precision="f32")
    expected, found = openpose(clip_frames[100]), again.start(clip_frames[100]).poses()
    assert len(found) == 2
    np.testing.assert_allclose(found.keypoints, expected.keypoints, atol=1e-3)


def test_a_network_of_caffe_exported_is_read_as_such(tmp_path, caffe_networks):
    files = tmp_path / "pose.prototxt", tmp_path / "pose.caffemodel"
    caffe_networks.write_network(caffe_networks.OPENPOSE["body25"](width=1 / 32), *files)
    loaded = find_card(files[0])
    (path,) = export_model(loaded, loaded.weights, tmp_path / "new")
    card = ModelCard("mine", "openpose", BODY25, (path,), "MIT", "")
    from kinema.models.openpose.model import load_model as load_openpose

    first, second = (
        load_openpose(c, c.weights, Options(precision="f32", size=64)) for c in (loaded, card)
    )
    frame = Frame(noise(64, 96))
    assert second.skeleton == BODY25
    maps = [model.start(frame).maps.heatmaps for model in (first, second)]
    np.testing.assert_array_equal(*maps)


def test_each_network_of_a_model_is_written(tmp_path, network):
    files = network(np.zeros((1, 3))), network(np.zeros((1, 4)))
    card = ModelCard("two", "blazepose", None, files, "MIT", "")
    written = export_model(card, files, tmp_path / "new")
    assert [path.name for path in written] == ["two.xml", f"two-{files[1].stem}.xml"]
    assert [Network(path).outputs[0].shape for path in written] == [(1, 3), (1, 4)]


def test_even_channels_compute_the_same():
    model = separable(uneven=1000)
    array = noise().astype(np.float32)[None]
    before = outputs(model, array)
    ranges = weight_ranges(model)
    equalise(model, [array])
    np.testing.assert_allclose(outputs(model, array), before, rtol=1e-3, atol=1e-4)
    assert ranges > 100 > weight_ranges(model)


def weight_ranges(model):
    """Largest to smallest filter of the second depthwise convolution's neighbour below."""
    pointwise = [n for n in model.get_ordered_ops() if n.get_type_name() == "Convolution"][1]
    columns = np.abs(pointwise.input_value(1).get_node().data).max(axis=(0, 2, 3))
    return columns.max() / columns.min()


def test_a_network_without_depthwise_convolutions_is_left_as_it_is(tmp_path, network):
    model = ov.Core().read_model(network.echo())
    equalise(model, [np.ones((1, 3, 6, 4), np.float32)])
    assert [node.get_type_name() for node in model.get_ops()].count("Add") == 1


def test_the_last_convolutions_stay_in_float():
    model = separable()
    names = [n.get_friendly_name() for n in model.get_ordered_ops() if "Conv" in n.get_type_name()]
    assert sorted(before_maps(model)) == sorted(names[-4:])
    rectified = ops.relu(model.get_results()[0].input_value(0))
    assert before_maps(ov.Model([rectified], model.get_parameters())) == []


@pytest.mark.parametrize("uneven", [1.0, 300.0])
def test_int8_stays_near(tmp_path, uneven):
    pytest.importorskip("nncf")
    source = saved(separable(uneven=uneven), tmp_path / "net.xml")
    pictures = [noise(seed=seed) for seed in range(1, 9)]
    write_int8(source, tmp_path / "int8.xml", pictures, PictureInput(any_size=True))
    expected, found = answer(source, noise()), answer(tmp_path / "int8.xml", noise())
    assert found.shape == expected.shape
    assert 0 < np.sqrt(np.mean((found - expected) ** 2)) < 0.05 * expected.std()
    kinds = [n.get_type_name() for n in ov.Core().read_model(tmp_path / "int8.xml").get_ops()]
    assert "FakeQuantize" in kinds


def test_bad_input_leaves_nothing(tmp_path, network, weights):
    card = find_card("openpose")
    file = tmp_path / "file"
    file.write_text("no folder")
    with pytest.raises(InputError, match="cannot write it; take --to openvino"):
        export_model(card, (weights,), tmp_path / "new", to="onnx")
    with pytest.raises(InputError, match="no network can be written as 'tflite'"):
        export_model(card, (weights,), tmp_path / "new", to="tflite")
    with pytest.raises(ModelError, match="cannot be written"):
        export_model(card, (weights,), file)
    own = network(np.zeros((1, 3)))
    mine = ModelCard(own.stem, "heatmap", COCO17, (own,), "MIT", "")
    with pytest.raises(InputError, match="is the model itself"):
        export_model(mine, (own,), own.parent)
    broken = tmp_path / "broken.pb"
    broken.write_text("no network")
    with pytest.raises(ModelError, match="cannot be written as"):
        export_model(ModelCard("b", "openpose", None, (broken,), "", ""), (broken,), tmp_path / "b")
    assert not (tmp_path / "new").exists()
    assert list((tmp_path / "b").iterdir()) == []


def test_int8_bad_input(tmp_path, network, weights):
    card = find_card("openpose")
    try:
        import nncf  # noqa: F401
    except ImportError:
        with pytest.raises(MissingExtra, match=r"kinema\[int8\]"):
            export_model(card, (weights,), tmp_path, calibrate=str(tmp_path))
        return
    with pytest.raises(MediaError, match="no image in the folder"):
        export_model(card, (weights,), tmp_path, calibrate=str(tmp_path))
    own = network(np.zeros((1, 3)))
    with pytest.raises(InputError, match="cannot be quantised"):
        export_model(
            ModelCard("d", "nanodet", None, (own,), "", ""), (own,), tmp_path, calibrate="x"
        )


def test_the_command(tmp_path, weights, capsys):
    from kinema.cli.main import _run

    words = ["models", "export", "openpose", "-o", str(tmp_path / "new"), "--json"]
    assert _run(words, debug=False) == 0
    assert json.loads(capsys.readouterr().out) == {
        "model": "openpose",
        "files": [str(tmp_path / "new" / "openpose.xml")],
    }
    for words, complaint in (
        (["openpose", "--int8"], "--int8 needs pictures"),
        (["openpose", "--calibrate", "x"], "--calibrate goes with --int8"),
        (["openpose", "--to", "onnx"], "cannot write it"),
        (["opnpose"], "did you mean openpose?"),
    ):
        assert _run(["models", "export", *words], debug=False) == 2
        assert complaint in capsys.readouterr().err
