"""The reader of Caffe's networks: against plain NumPy, against OpenCV 4, and OpenPose's networks.

`golden/caffe_layers.json` is what OpenCV 4.10 makes of `caffe_networks.EVERY_KIND`; it is written
by `python benchmarks/caffe_layers.py --golden FILE`. The same script compares all layers of
OpenPose's networks with OpenCV 4.
"""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from kinema.errors import ModelError
from kinema.models.importers.caffe import read_caffe
from kinema.models.runtime import Network

GOLDEN = Path(__file__).parents[1] / "golden" / "caffe_layers.json"
INPUT = 'input: "x" input_dim: 1 input_dim: 4 input_dim: 9 input_dim: 9\n'
RNG = np.random.default_rng(0)


@pytest.fixture
def write(tmp_path, caffe_networks):
    """Writes a network of layers after the input x (1, 4, h, w), and gives its two files."""

    def write_files(text, weights=None, *, head=INPUT, old=False):
        files = tmp_path / "net.prototxt", tmp_path / "net.caffemodel"
        files[0].write_text(head + text, encoding="utf-8")
        weights = {"": [[0]]} if weights is None else weights
        content = (caffe_networks.layer_bytes(*item, old=old) for item in weights.items())
        files[1].write_bytes(b"".join(content))
        return files

    return write_files


def run(files, x):
    """All outputs of a network by name."""
    network = Network(files[1], layers=read_caffe(*files), precision="f32")
    outputs = network.start(np.asarray(x, np.float32)).result()
    return {port.name: output for port, output in zip(network.outputs, outputs, strict=True)}


def random(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def layer(kind, settings="", bottom="x", top="y", name="layer"):
    bottoms = "".join(f' bottom: "{b}"' for b in bottom.split())
    return f'layer {{ name: "{name}" type: "{kind}" {bottoms} top: "{top}" {settings} }}\n'


def convolved(x, weights, bias, *, stride=(1, 1), pad=(0, 0), dilation=(1, 1), groups=1):
    """A convolution by its definition."""
    x = np.pad(x[0], [(0, 0), (pad[0],) * 2, (pad[1],) * 2])
    count, inner, *size = weights.shape
    reach = [d * (k - 1) for d, k in zip(dilation, size, strict=True)]
    h, w = ((x.shape[i + 1] - reach[i] - 1) // stride[i] + 1 for i in (0, 1))
    result = np.zeros((1, count, h, w))
    for o, i, j in itertools.product(range(count), range(h), range(w)):
        first = o // (count // groups) * inner
        window = x[
            first : first + inner,
            i * stride[0] : i * stride[0] + reach[0] + 1 : dilation[0],
            j * stride[1] : j * stride[1] + reach[1] + 1 : dilation[1],
        ]
        result[0, o, i, j] = (window * weights[o]).sum() + bias[o]
    return result


@pytest.mark.parametrize(
    ("settings", "shape", "options"),
    [
        pytest.param("kernel_size: 1", (3, 4, 1, 1), {}, id="1 x 1"),
        pytest.param("kernel_size: 3 pad: 1", (3, 4, 3, 3), {"pad": (1, 1)}, id="3 x 3"),
        pytest.param(
            "kernel_h: 1 kernel_w: 5 pad_h: 0 pad_w: 2 stride_h: 2 stride_w: 1",
            (3, 4, 1, 5),
            {"pad": (0, 2), "stride": (2, 1)},
            id="y and x apart",
        ),
        pytest.param(
            "kernel_size: 3 kernel_size: 2 stride: 3 stride: 2",
            (3, 4, 3, 2),
            {"stride": (3, 2)},
            id="y and x, repeated",
        ),
        pytest.param("kernel_size: 2 dilation: 3", (3, 4, 2, 2), {"dilation": (3, 3)}, id="holes"),
        pytest.param("kernel_size: 3 group: 2", (6, 2, 3, 3), {"groups": 2}, id="groups"),
        pytest.param("kernel_size: 2 group: 4", (4, 1, 2, 2), {"groups": 4}, id="each by itself"),
    ],
)
@pytest.mark.parametrize("has_bias", [True, False], ids=["bias", "no bias"])
def test_convolutions(write, settings, shape, options, has_bias):
    weights, bias, x = random(*shape), random(shape[0]), random(1, 4, 9, 8)
    settings += f" num_output: {shape[0]}" + ("" if has_bias else " bias_term: false")
    arrays = [weights, bias] if has_bias else [weights]
    files = write(layer("Convolution", f"convolution_param {{ {settings} }}"), {"layer": arrays})
    expected = convolved(x, weights, bias * has_bias, **options)
    np.testing.assert_allclose(run(files, x)["y"], expected, atol=1e-5)


def pooled(x, kind, size, stride, pad, ceil):
    """Pooling as Caffe defines it: windows are cut at the picture, the last may hang over."""
    rounded = np.ceil if ceil else np.floor
    counts = []
    for length in x.shape[2:]:
        count = int(rounded((length + 2 * pad - size) / stride)) + 1
        counts.append(count - (pad > 0 and (count - 1) * stride >= length + pad))
    result = np.zeros((*x.shape[:2], *counts))
    for i, j in itertools.product(*map(range, counts)):
        top, left = i * stride - pad, j * stride - pad
        bottom, right = (
            min(edge + size, length + pad)
            for edge, length in zip((top, left), x.shape[2:], strict=True)
        )
        window = x[
            :, :, max(top, 0) : min(bottom, x.shape[2]), max(left, 0) : min(right, x.shape[3])
        ]
        area = (bottom - top) * (right - left)
        result[:, :, i, j] = window.max((2, 3)) if kind == "MAX" else window.sum((2, 3)) / area
    return result


@pytest.mark.parametrize("kind", ["MAX", "AVE"])
@pytest.mark.parametrize(
    ("size", "stride", "pad", "mode"),
    [
        pytest.param(2, 2, 0, "", id="OpenPose's"),
        pytest.param(3, 2, 0, "", id="overlapping"),
        pytest.param(3, 2, 0, "FLOOR", id="rounded down"),
        pytest.param(3, 1, 1, "", id="padded"),
        pytest.param(3, 2, 1, "", id="padded, in steps"),
        pytest.param(4, 3, 2, "", id="the last window would begin in the padding"),
    ],
)
@pytest.mark.parametrize("shape", [(9, 8), (8, 7), (5, 12)], ids=str)
def test_pooling(write, kind, size, stride, pad, mode, shape):
    mode = f"round_mode: {mode}" if mode else ""
    settings = f"pool: {kind} kernel_size: {size} stride: {stride} pad: {pad} {mode}"
    files = write(layer("Pooling", f"pooling_param {{ {settings} }}"))
    if kind == "AVE" and pad and stride > 1:
        with pytest.raises(ModelError, match="takes means in steps with padding, rounded up"):
            read_caffe(*files)
        return
    x = random(1, 4, *shape) - 3  # below the padding's zeros
    expected = pooled(x, kind, size, stride, pad, not mode)
    np.testing.assert_allclose(run(files, x)["y"], expected, atol=1e-5)


@pytest.mark.parametrize(("kind", "take"), [("MAX", np.max), ("AVE", np.mean)])
def test_pooling_of_whole_maps(write, kind, take):
    files = write(layer("Pooling", f"pooling_param {{ pool: {kind} global_pooling: true }}"))
    x = random(1, 4, 5, 7)
    expected = take(x, axis=(2, 3), keepdims=True)
    np.testing.assert_allclose(run(files, x)["y"], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "weights", "slopes"),
    [
        pytest.param(layer("ReLU"), {}, 0, id="ReLU"),
        pytest.param(layer("ReLU", "relu_param { negative_slope: 0.5 }"), {}, 0.5, id="leaky"),
        pytest.param(layer("PReLU"), {"layer": [[0, 0.5, -1, 2]]}, [0, 0.5, -1, 2], id="PReLU"),
        pytest.param(
            layer("PReLU", "prelu_param { channel_shared: true }"),
            {"layer": [[0.25]]},
            0.25,
            id="PReLU, one slope",
        ),
    ],
)
def test_rectifiers(write, text, weights, slopes):
    x = random(1, 4, 5, 6)
    slopes = np.broadcast_to(np.array(slopes), 4).reshape(4, 1, 1)
    files = write(text, weights or None)
    np.testing.assert_allclose(run(files, x)["y"], np.where(x > 0, x, slopes * x), atol=1e-6)


def test_blobs_put_together(write):
    double = layer("ReLU", "relu_param { negative_slope: 2 }", top="d", name="d")
    files = write(
        double
        + layer("Concat", bottom="d x d", top="all", name="all")
        + layer("Concat", "concat_param { concat_dim: 1 }", "x d", "old", "old")
        + layer("Eltwise", bottom="x d x", top="sum", name="sum")
        + layer("Eltwise", "eltwise_param { operation: PROD }", "x d", "product", "product")
        + layer("Eltwise", "eltwise_param { operation: MAX coeff: 1 }", "d x", "max", "max")
    )
    x = random(1, 4, 5, 6)
    d = np.where(x > 0, x, 2 * x)
    outputs = run(files, x)
    assert list(outputs) == ["all", "old", "sum", "product", "max"]
    np.testing.assert_allclose(outputs["all"], np.concatenate([d, x, d], axis=1), atol=1e-6)
    np.testing.assert_allclose(outputs["old"], np.concatenate([x, d], axis=1), atol=1e-6)
    np.testing.assert_allclose(outputs["sum"], 2 * x + d, atol=1e-6)
    np.testing.assert_allclose(outputs["product"], x * d, atol=1e-6)
    np.testing.assert_allclose(outputs["max"], x, atol=1e-6)  # d is below x where they differ


def test_a_layer_may_write_over_its_input(write):
    """Who reads the blob before the change gets what it was, who reads it after what it is."""
    files = write(
        layer("Pooling", "pooling_param { kernel_size: 1 }", top="a", name="copy")
        + layer("Eltwise", bottom="a a", top="before", name="before")
        + layer("ReLU", bottom="a", top="a", name="change")
        + layer("Dropout", bottom="a", top="a", name="drop")
        + layer("Eltwise", bottom="a a", top="after", name="after")
    )
    x = random(1, 4, 3, 3)
    outputs = run(files, x)
    np.testing.assert_allclose(outputs["before"], 2 * x, atol=1e-6)
    np.testing.assert_allclose(outputs["after"], 2 * np.maximum(x, 0), atol=1e-6)


def test_splits_and_layers_of_training(write):
    training = layer("Data", "include { phase: TRAIN }", top="x", name="data")
    files = write(
        training
        + 'layer { name: "split" type: "Split" bottom: "x" top: "a" top: "b" }\n'
        + layer("ReLU", "include { phase: TEST }", "a", "y", "relu")
        + layer("Accuracy", "exclude { phase: TEST }", "y", "z", "accuracy")
    )
    x = random(1, 4, 3, 3)
    outputs = run(files, x)
    assert list(outputs) == ["b", "y"]
    assert outputs["b"].tolist() == x.tolist()


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(INPUT, id="input_dim"),
        pytest.param('input: "x" input_shape { dim: 1 dim: 4 dim: 9 dim: 9 }', id="input_shape"),
        pytest.param(
            'layer { name: "in" type: "Input" top: "x" '
            "input_param { shape: { dim: [1, 4, 9, 9] } } }",
            id="layer",
        ),
    ],
)
def test_ways_to_name_the_input(write, head):
    files = write(layer("ReLU"), head=head)
    network = read_caffe(*files)
    assert (network.input, network.channels, network.outputs) == ("x", 4, {"y": "layer"})


def test_files_of_2014(write):
    text = """layers { name: "c" type: CONVOLUTION bottom: "x" top: "c" blobs_lr: 1
        convolution_param { num_output: 2 kernel_size: 3 } }
      layers { name: "r" type: RELU bottom: "c" top: "c" }
      layers { name: "p" type: POOLING bottom: "c" top: "p" pooling_param { kernel_size: 2 } }"""
    weights, bias, x = random(2, 4, 3, 3), random(2), random(1, 4, 7, 7)
    files = write(text, {"c": [weights, bias]}, old=True)
    expected = np.maximum(convolved(x, weights, bias), 0)
    np.testing.assert_allclose(
        run(files, x)["p"], pooled(expected, "MAX", 2, 1, 0, True), atol=1e-5
    )


@pytest.mark.parametrize("old", [False, True], ids=["today's weights", "weights of 2014"])
def test_opencv_4_gives_the_same(tmp_path, caffe_networks, old):
    files = tmp_path / "net.prototxt", tmp_path / "net.caffemodel"
    x = caffe_networks.write_every_kind(*files, old=old)
    golden = json.loads(GOLDEN.read_text("utf-8"))["outputs"]
    outputs = run(files, x)
    assert outputs.keys() == golden.keys()
    for name, output in outputs.items():
        expected = np.array(golden[name]["values"]).reshape(golden[name]["shape"])
        np.testing.assert_allclose(output, expected, atol=2e-6)


@pytest.mark.parametrize(
    ("name", "parameters", "maps", "size"),
    [
        pytest.param("body25", 26_166_084, 78, 104_715_850, id="BODY_25"),
        pytest.param("coco", 52_311_446, 57, 209_274_056, id="COCO"),
        pytest.param("mpi", 51_481_032, 44, None, id="MPI"),
        pytest.param("mpi_4_stages", 34_240_880, 44, None, id="MPI, 4 stages"),
        pytest.param("hand", 36_832_324, 22, None, id="hand"),
        pytest.param("face", 38_425_706, 71, None, id="face"),
    ],
)
def test_the_networks_of_openpose(tmp_path, caffe_networks, name, parameters, maps, size):
    make = caffe_networks.OPENPOSE[name]
    assert make().parameters == parameters
    if size:  # of the published .caffemodel: the numbers, and 100 to 300 bytes a layer
        per_layer = (size - 4 * parameters) / (len(make().text) - 1)
        assert 100 < per_layer < 300
    files = tmp_path / "net.prototxt", tmp_path / "net.caffemodel"
    caffe_networks.write_network(make(width=1 / 32), *files)
    (output,) = run(files, random(1, 3, 32, 48)).values()
    assert output.shape == (1, maps, 4, 6)
    assert np.isfinite(output).all() and output.std() > 0.01


def test_the_smaller_mpi_takes_the_weights_of_the_larger(tmp_path, caffe_networks):
    prototxt, caffemodel = tmp_path / "net.prototxt", tmp_path / "net.caffemodel"
    caffe_networks.write_network(caffe_networks.OPENPOSE["mpi"](1 / 32), prototxt, caffemodel)
    all_stages = read_caffe(prototxt, caffemodel)
    prototxt.write_text("".join(caffe_networks.OPENPOSE["mpi_4_stages"](1 / 32).text))
    assert len(read_caffe(prototxt, caffemodel).layers) == len(all_stages.layers) - 54


CONVOLUTION = "convolution_param { num_output: 2 kernel_size: 3 }"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(
            layer("InnerProduct"),
            "line 2: layer 'layer' is of the type 'InnerProduct'; known are Convolution, ReLU",
            id="an unknown layer",
        ),
        pytest.param(layer("Concat", "concat_param { axis: 2 }"), "on axis 1", id="axis"),
        pytest.param(layer("ReLU", bottom="z"), "reads 'z', which no layer before", id="no such"),
        pytest.param(layer("ReLU", bottom=""), "lacks a bottom or a top", id="no bottom"),
        pytest.param(layer("ReLU", bottom="x x"), "or has too many", id="two bottoms"),
        pytest.param(layer("ReLU") + layer("ReLU"), "the name of a layer before", id="same name"),
        pytest.param(layer("Convolution"), "cannot be a convolution of 4", id="no settings"),
        pytest.param(
            layer("Convolution", "convolution_param { num_output: 3 kernel_size: 1 group: 3 }"),
            "cannot be a convolution of 4 channels",
            id="groups",
        ),
        pytest.param(
            layer("Convolution", CONVOLUTION),
            "does not belong to net.prototxt: the "
            "layer 'layer' needs weights 2x4x3x3 and 2, the file has none",
            id="none",
        ),
        pytest.param(layer("PReLU", name="short"), "needs weights 4, the file has 3", id="few"),
        pytest.param(
            layer("Pooling", "pooling_param { pool: STOCHASTIC }"), "way STOCHASTIC", id="pooling"
        ),
        pytest.param(
            layer("Pooling", "pooling_param { kernel_size: 1 stride: 2 }"), "windows", id="stride"
        ),
        pytest.param(
            layer("Eltwise", "eltwise_param { coeff: 1 coeff: -1 }", "x x"), "factors", id="coeff"
        ),
        pytest.param(
            layer("ReLU", "relu_param { negative_slope: 'a' }"), "must be a number", id="text"
        ),
    ],
)
def test_networks_that_cannot_be(write, text, complaint):
    files = write(text, {"short": [[1, 2, 3]]})
    with pytest.raises(ModelError) as error:
        read_caffe(*files)
    assert complaint in str(error.value)
    assert str(files[0].parent) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("head", "complaint"),
    [
        pytest.param("", "reads 'x', which no layer before gives", id="no input"),
        pytest.param('input: "x"', "names 1 inputs and 0 shapes", id="no shape"),
        pytest.param('input: "x" input_shape { dim: 1 dim: 4 }', "must be (1, C, H, W)", id="axes"),
        pytest.param(INPUT + INPUT.replace('"x"', '"z"'), "has 2 inputs", id="two"),
    ],
)
def test_inputs_that_cannot_be(write, head, complaint):
    with pytest.raises(ModelError) as error:
        read_caffe(*write(layer("ReLU"), head=head))
    assert complaint in str(error.value)


def test_text_that_is_no_network(write):
    files = write("", head='train_net: "x.prototxt" base_lr: 0.1')
    with pytest.raises(ModelError, match=r"net\.prototxt describes no layers"):
        read_caffe(*files)
