"""Graph models that are made here, with answers worked out by numpy."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from kinema.errors import ModelError
from kinema.models.importers.graphdef import message_class
from kinema.models.importers.tfjs import converted, frozen_graph, read_weights
from kinema.models.runtime import Network

TYPES = {"float32": "DT_FLOAT", "int32": "DT_INT32", "bool": "DT_BOOL", "uint8": "DT_UINT8"}
FLOAT = {"type": "DT_FLOAT"}
RNG = np.random.default_rng(5)
PICTURE = RNG.normal(size=(1, 5, 6, 3)).astype(np.float32)
KERNEL = RNG.normal(size=(3, 3, 3, 4)).astype(np.float32)
BIAS = np.array([0.5, -1, 2, 0], np.float32)
SLOPE = np.array([[[0.1, 0.2, -0.5, 1]]], np.float32)


def text(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


class GraphModel:
    """Writes the two files of a graph model, node by node."""

    def __init__(self) -> None:
        self.nodes: list[dict] = []
        self.specs: list[dict] = []
        self.data = b""

    def input(self, *shape: int) -> str:
        dims = [{"size": str(size)} for size in shape]
        return self.node("image", "Placeholder", dtype=FLOAT, shape={"shape": {"dim": dims}})

    def node(self, name: str, op: str, *inputs: str, **attr: object) -> str:
        self.nodes.append({"name": name, "op": op, "input": list(inputs), "attr": attr})
        return name

    def constant(
        self, name: str, values: object, packing: dict | None = None, kind: str = ""
    ) -> str:
        values = np.asarray(values)
        spec = {"name": name, "shape": list(values.shape), "dtype": kind or values.dtype.name}
        if packing:
            spec["quantization"] = {"dtype": values.dtype.name, **packing}
        self.specs.append(spec)
        self.data += values.tobytes()
        return self.node(name, "Const", dtype={"type": TYPES[spec["dtype"]]})

    def document(self) -> dict:
        return {
            "format": "graph-model",
            "modelTopology": {"node": self.nodes, "versions": {}},
            "weightsManifest": [{"paths": ["net.bin"], "weights": self.specs}],
        }

    def save(self, folder: Path, document: object = None, data: bytes | None = None) -> list[Path]:
        files = [folder / "net.json", folder / "net.bin"]
        files[0].write_text(json.dumps(self.document() if document is None else document))
        files[1].write_bytes(self.data if data is None else data)
        return files


def run(folder: Path, model: GraphModel, picture: np.ndarray = PICTURE) -> np.ndarray:
    """What the converted network gives."""
    graph, *weights = model.save(folder)
    network = Network(frozen_graph(graph, weights), precision="f32")
    return network.start(picture).result()[0]


def convolution(picture: np.ndarray, kernel: np.ndarray, *, depthwise: bool = False) -> np.ndarray:
    """Stride 1, no padding."""
    h, w = kernel.shape[:2]
    rows, columns = picture.shape[1] - h + 1, picture.shape[2] - w + 1
    out = np.zeros((1, rows, columns, picture.shape[3] if depthwise else kernel.shape[3]))
    for y in range(h):
        for x in range(w):
            patch = picture[:, y : y + rows, x : x + columns]
            out += patch * kernel[y, x, :, 0] if depthwise else patch @ kernel[y, x]
    return out


PLAIN = convolution(PICTURE, KERNEL)


def fused_model(*steps: str, as_numbers: bool = False, **attr: object) -> GraphModel:
    """A convolution with all of these steps fused to it; arguments as the converter orders them."""
    model = GraphModel()
    inputs = [model.input(1, 5, 6, 3), model.constant("kernel", KERNEL)]
    if "BiasAdd" in steps:
        inputs.append(model.constant("bias", BIAS))
    if "FusedBatchNorm" in steps:
        for name, values in BATCH_NORM.items():
            inputs.append(model.constant(name, values))
    if "Prelu" in steps:
        inputs.append(model.constant("slope", SLOPE))
    names = [list(step.encode()) if as_numbers else text(step) for step in steps]
    padding = {"s": list(b"VALID") if as_numbers else text("VALID")}
    model.node(
        "out",
        "_FusedConv2D",
        *inputs,
        T=FLOAT,
        padding=padding,
        strides={"list": {"i": ["1", "1", "1", "1"]}},
        data_format={"s": text("NHWC")},
        fused_ops={"list": {"s": names}},
        num_args={"i": str(len(inputs) - 2)},
        _output_shapes={"list": {"shape": [{"dim": []}]}},
        **attr,
    )
    return model


BATCH_NORM = {
    "scale": np.array([1, 2, 0.5, -1], np.float32),
    "offset": np.array([0, 1, -1, 0.5], np.float32),
    "mean": np.array([0.1, -0.2, 0, 3], np.float32),
    "variance": np.array([1, 4, 0.25, 2], np.float32),
}


def normalised(x: np.ndarray) -> np.ndarray:
    scale, offset, mean, variance = BATCH_NORM.values()
    return (x - mean) / np.sqrt(variance + 0.001) * scale + offset


BIASED = PLAIN + BIAS


@pytest.mark.parametrize(
    ("steps", "attr", "expected"),
    [
        pytest.param((), {}, PLAIN, id="nothing"),
        pytest.param(("BiasAdd",), {}, BIASED, id="bias"),
        pytest.param(("Relu",), {}, np.maximum(PLAIN, 0), id="relu without bias"),
        pytest.param(("BiasAdd", "Relu"), {}, np.maximum(BIASED, 0), id="relu"),
        pytest.param(("BiasAdd", "Relu6"), {}, np.clip(BIASED, 0, 6), id="relu6"),
        pytest.param(
            ("BiasAdd", "Elu"), {}, np.where(BIASED > 0, BIASED, np.expm1(BIASED)), id="elu"
        ),
        pytest.param(("BiasAdd", "Sigmoid"), {}, 1 / (1 + np.exp(-BIASED)), id="sigmoid"),
        pytest.param(
            ("BiasAdd", "Prelu"), {}, np.where(BIASED > 0, BIASED, SLOPE * BIASED), id="prelu"
        ),
        pytest.param(
            ("BiasAdd", "LeakyRelu"),
            {"leakyrelu_alpha": {"f": 0.3}},
            np.where(BIASED > 0, BIASED, 0.3 * BIASED),
            id="leaky relu",
        ),
        pytest.param(
            ("FusedBatchNorm", "Relu"),
            {"epsilon": {"f": 0.001}},
            np.maximum(normalised(PLAIN), 0),
            id="batch normalisation",
        ),
    ],
)
def test_a_fused_convolution(tmp_path, steps, attr, expected):
    np.testing.assert_allclose(
        run(tmp_path, fused_model(*steps, **attr)), expected, rtol=1e-4, atol=1e-4
    )


def test_texts_as_numbers(tmp_path):
    output = run(tmp_path, fused_model("BiasAdd", "Relu6", as_numbers=True))
    np.testing.assert_allclose(output, np.clip(BIASED, 0, 6), rtol=1e-4, atol=1e-4)


def test_a_fused_depthwise_convolution(tmp_path):
    model = GraphModel()
    kernel, bias = KERNEL[..., :1], BIAS[:3]
    inputs = [model.input(1, 5, 6, 3), model.constant("k", kernel), model.constant("b", bias)]
    model.node(
        "out",
        "FusedDepthwiseConv2dNative",
        *inputs,
        T=FLOAT,
        padding={"s": text("VALID")},
        strides={"list": {"i": ["1", "1", "1", "1"]}},
        fused_ops={"list": {"s": [text("BiasAdd"), text("Relu")]}},
    )
    expected = np.maximum(convolution(PICTURE, kernel, depthwise=True) + bias, 0)
    np.testing.assert_allclose(run(tmp_path, model), expected, rtol=1e-4, atol=1e-4)


def test_a_fused_product(tmp_path):
    model = GraphModel()
    rows = PICTURE[0, 0]  # (6, 3)
    inputs = [
        model.input(6, 3),
        model.constant("w", KERNEL[0, 0].T.copy()),
        model.constant("b", BIAS),
    ]
    model.node(
        "out",
        "_FusedMatMul",
        *inputs,
        T=FLOAT,
        transpose_b={"b": True},
        fused_ops={"list": {"s": [text("BiasAdd")]}},
    )
    expected = rows @ KERNEL[0, 0] + BIAS
    np.testing.assert_allclose(run(tmp_path, model, rows), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "value", [np.float32(2.5), np.full((1,), 2.5, np.float32)], ids=["scalar", "one value"]
)
def test_single_values_and_prelu_by_itself(tmp_path, value):
    model = GraphModel()
    scaled = model.node("s", "Mul", model.input(1, 5, 6, 3), model.constant("two", value), T=FLOAT)
    model.node("out", "Prelu", scaled, model.constant("slope", SLOPE[..., :3]))
    x = PICTURE * 2.5
    expected = np.where(x > 0, x, SLOPE[..., :3] * x)
    np.testing.assert_allclose(run(tmp_path, model), expected, rtol=1e-5, atol=1e-6)


def test_whole_numbers_and_truths_keep_their_types(tmp_path):
    model = GraphModel()
    columns = model.constant("columns", np.int32(3))
    model.node("ones", "Identity", columns, T={"type": "DT_INT32"})
    model.constant("truth", np.array([True, False]))
    graph = message_class("GraphDef").FromString(converted(*split(model.save(tmp_path))))
    tensors = {node.name: node.attr[1].value.tensor for node in graph.node if node.op == "Const"}
    assert list(tensors["columns"].int_val) == [3] and not tensors["columns"].tensor_shape.dim
    assert (tensors["truth"].dtype, tensors["truth"].tensor_content) == (10, b"\1\0")
    assert [node.name for node in graph.node] == ["columns", "ones", "truth"]


def split(files: list[Path]) -> tuple[Path, list[Path]]:
    return files[0], files[1:]


@pytest.mark.parametrize(
    ("stored", "packing", "kind", "expected"),
    [
        pytest.param(np.float16([1.5, -2, 0.25]), {}, "float32", [1.5, -2, 0.25], id="float16"),
        pytest.param(
            np.uint8([0, 100, 255]), {"scale": 0.5, "min": -8}, "float32", [-8, 42, 119.5], id="u8"
        ),
        pytest.param(
            np.uint16([0, 65535]), {"scale": 2, "min": 1}, "float32", [1, 131071], id="u16"
        ),
        pytest.param(
            np.uint8([0, 3]), {"scale": 1.2, "min": -2}, "int32", [-2, 2], id="whole numbers"
        ),
        pytest.param(np.uint8([4, 2]), {"scale": 0.5}, "float32", [2, 1], id="no least value"),
    ],
)
def test_weights_stored_in_fewer_bits(tmp_path, stored, packing, kind, expected):
    model = GraphModel()
    model.constant("before", np.float32([7]))
    model.constant("w", stored, {"original_dtype": kind, **packing}, kind)
    model.constant("after", np.int32([-9, 9]))
    weights = read_weights(model.specs, model.data)
    assert weights["w"].dtype == kind
    np.testing.assert_allclose(weights["w"], expected, rtol=1e-6)
    assert (weights["before"].tolist(), weights["after"].tolist()) == ([7], [-9, 9])


def test_the_graph_is_kept_beside_its_source_and_made_again_when_missing(tmp_path):
    graph, *weights = fused_model("BiasAdd").save(tmp_path)
    path = frozen_graph(graph, weights)
    assert path == tmp_path / "net.v1.pb"
    made = path.stat().st_mtime_ns
    assert frozen_graph(graph, weights).stat().st_mtime_ns == made
    data = path.read_bytes()
    path.unlink()
    assert frozen_graph(graph, weights).read_bytes() == data
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.bin", "net.json", "net.v1.pb"]


def test_several_files_of_weights_follow_each_other(tmp_path):
    model = fused_model("BiasAdd")
    graph, whole = model.save(tmp_path)
    parts = [tmp_path / "1of2", tmp_path / "2of2"]
    parts[0].write_bytes(model.data[:50])  # within a weight
    parts[1].write_bytes(model.data[50:])
    assert converted(graph, parts) == converted(graph, [whole])


def changed(**change: object) -> dict:
    return fused_model("BiasAdd").document() | change


def with_node(**change: object) -> dict:
    document = fused_model("BiasAdd").document()
    document["modelTopology"]["node"][-1] |= change
    return document


def with_first_weight(**change: object) -> dict:
    document = fused_model("BiasAdd").document()
    document["weightsManifest"][0]["weights"][0] |= change
    return document


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param(
            changed(format="layers-model"), "no .* graph model but layers-mod", id="keras"
        ),
        pytest.param([1], "no TensorFlow.js graph model but list", id="a list"),
        pytest.param({}, "or damaged: it has no 'weightsManifest'", id="empty"),
        pytest.param(changed(modelTopology={}), "or damaged: it has no 'node'", id="no nodes"),
        pytest.param(changed(modelTopology=None), "or damaged", id="no topology"),
        pytest.param(with_node(attr=5), "or damaged", id="attributes of another kind"),
        pytest.param(
            with_node(op="Const", name="kernel", attr={}),
            "has no 'dtype'",
            id="no type of constant",
        ),
        pytest.param(
            with_node(op="X", attr={"T": {"type": "DT_NEW"}}), "value DT_NEW", id="type of a node"
        ),
        pytest.param(with_node(op="X", attr={"f": {"func": {}}}), '"func"', id="a function"),
        pytest.param(with_node(input=["image", "kernel"]), "no input for its BiasAdd", id="inputs"),
        pytest.param(
            with_node(attr={"fused_ops": {"list": {"s": [text("Mish")]}}}),
            "out is fused with Mish",
            id="unknown activation",
        ),
        pytest.param(with_first_weight(dtype="string"), "kernel has the type 'string'", id="texts"),
        pytest.param(
            with_first_weight(quantization={"dtype": "int4"}), "the type 'int4'", id="packing"
        ),
        pytest.param(with_first_weight(name="other"), "no weights for kernel", id="name"),
        pytest.param(with_first_weight(shape=[3, 3, 3, 9]), "end within kernel", id="too few"),
        pytest.param(with_first_weight(shape=[3]), "describes 28 bytes of weights", id="too many"),
    ],
)
def test_models_that_cannot_be_converted(tmp_path, document, message):
    graph, *weights = fused_model("BiasAdd").save(tmp_path, document)
    with pytest.raises(ModelError, match=message) as error:
        frozen_graph(graph, weights)
    assert str(graph) in str(error.value) and "\n" not in str(error.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.bin", "net.json"]


def test_a_constant_of_a_type_without_a_number(tmp_path):
    model = GraphModel()
    model.constant("k", np.float32([1]))
    model.nodes[0]["attr"] = {"dtype": {"type": "DT_RESOURCE"}}
    with pytest.raises(ModelError, match="k has the type DT_RESOURCE; known are DT_FLOAT"):
        converted(*split(model.save(tmp_path)))


def test_files_that_are_cut_broken_or_missing(tmp_path):
    model = fused_model("BiasAdd")
    graph, weights = model.save(tmp_path, data=model.data[:-1])
    with pytest.raises(ModelError, match=r"end within bias; a file of weights is missing or cut"):
        converted(graph, [weights])
    with pytest.raises(ModelError, match="end within kernel"):
        converted(graph, [])
    with pytest.raises(ModelError, match=r"none.bin cannot be read: No such file"):
        converted(graph, [tmp_path / "none.bin"])
    graph.write_text('{"format": ')
    with pytest.raises(ModelError, match=r"net.json is not JSON: Expecting value"):
        converted(graph, [weights])
    graph.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match=r"net.json is not JSON"):
        converted(graph, [weights])


def test_a_folder_that_cannot_be_written(tmp_path):
    graph, *weights = fused_model("BiasAdd").save(tmp_path)
    (tmp_path / "net.v1.pb").mkdir()  # what is written cannot take its place
    with pytest.raises(ModelError, match=r"net.v1.pb cannot be written: "):
        frozen_graph(graph, weights)
    assert not list(tmp_path.glob("*.part"))
