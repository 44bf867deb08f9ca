"""Writes networks of Caffe with random weights, among them those of OpenPose.

    from caffe_networks import OPENPOSE, write_network

    write_network(OPENPOSE["body25"](), folder / "body25.prototxt", folder / "body25.caffemodel")

The layers of OpenPose's networks, with their names, are those that its papers and its model files
describe: the first layers of VGG-19, then stages that look at the features and at the maps of the
stage before. With `width` below 1 a network has the same layers, each with fewer channels, but for
the maps that it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

EVERY_KIND = """
input: "data" input_dim: 1 input_dim: 4 input_dim: 13 input_dim: 10
layer { name: "wide" type: "Convolution" bottom: "data" top: "wide"
  convolution_param { num_output: 6 kernel_h: 3 kernel_w: 5 pad_h: 1 pad_w: 2 stride: 2 } }
layer { name: "leaky" type: "ReLU" bottom: "wide" top: "wide" relu_param { negative_slope: 0.25 } }
layer { name: "grouped" type: "Convolution" bottom: "data" top: "grouped"
  convolution_param { num_output: 6 kernel_size: 3 pad: 2 dilation: 2 group: 2 bias_term: false } }
layer { name: "slopes" type: "PReLU" bottom: "grouped" top: "grouped" }
layer { name: "highest" type: "Pooling" bottom: "grouped" top: "highest"
  pooling_param { pool: MAX kernel_size: 3 stride: 2 pad: 1 } }
layer { name: "highest2" type: "Pooling" bottom: "grouped" top: "highest2"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "both" type: "Concat" bottom: "highest2" bottom: "wide" top: "both" }
layer { name: "same" type: "Dropout" bottom: "both" top: "both" }
layer { name: "mean" type: "Pooling" bottom: "both" top: "mean"
  pooling_param { pool: AVE kernel_size: 3 stride: 2 } }
layer { name: "one" type: "Convolution" bottom: "both" top: "one"
  convolution_param { num_output: 12 kernel_size: 1 } }
layer { name: "sum" type: "Eltwise" bottom: "both" bottom: "one" top: "sum" }
layer { name: "relu" type: "ReLU" bottom: "sum" top: "sum" }
"""
EVERY_SHAPE: dict[str, list[tuple[int, ...]]] = {
    "wide": [(6, 4, 3, 5), (6,)],
    "grouped": [(6, 2, 3, 3)],
    "slopes": [(6,)],
    "one": [(12, 12, 1, 1), (12,)],
}


@dataclass
class Plan:
    """A network on paper.

    Attributes:
        width: Factor on the numbers of channels.
        text: The `.prototxt`, a layer an entry.
        shapes: Shapes of the arrays of each layer that has some.
        channels: Of each blob.
    """

    width: float = 1.0
    text: list[str] = field(default_factory=list)
    shapes: dict[str, list[tuple[int, ...]]] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)

    def input(self, name: str, channels: int = 3) -> str:
        """The picture."""
        sizes = "".join(f"input_dim: {size}\n" for size in (1, channels, 16, 16))
        self.text.append(f'input: "{name}"\n{sizes}')
        self.channels[name] = channels
        return name

    def layer(
        self, kind: str, name: str, bottoms: Sequence[str], top: str = "", settings: str = ""
    ) -> str:
        """Any layer; gives its blob."""
        blobs = "".join(f'  bottom: "{bottom}"\n' for bottom in bottoms)
        top = top or name
        self.text.append(
            f'layer {{\n  name: "{name}"\n  type: "{kind}"\n{blobs}  top: "{top}"\n{settings}}}\n'
        )
        self.channels.setdefault(top, self.channels[bottoms[0]])
        return top

    def convolution(
        self, name: str, bottom: str, count: int, size: int, *, maps: bool = False, top: str = ""
    ) -> str:
        """A convolution that keeps the size; `maps` of it stay as many as they are."""
        count = count if maps else max(1, round(count * self.width))
        self.shapes[name] = [(count, self.channels[bottom], size, size), (count,)]
        self.channels[top or name] = count
        numbers = f"num_output: {count} pad: {size // 2} kernel_size: {size}"
        settings = f"  convolution_param {{ {numbers} }}\n"
        return self.layer("Convolution", name, [bottom], top, settings)

    def relu(self, blob: str) -> str:
        """ReLU in place."""
        return self.layer("ReLU", f"relu_{blob}", [blob], blob)

    def prelu(self, blob: str) -> str:
        """PReLU in place."""
        self.shapes[f"prelu_{blob}"] = [(self.channels[blob],)]
        return self.layer("PReLU", f"prelu_{blob}", [blob], blob)

    def pool(self, name: str, bottom: str) -> str:
        """The highest of 2 x 2 cells."""
        return self.layer(
            "Pooling",
            name,
            [bottom],
            "",
            "  pooling_param { pool: MAX kernel_size: 2 stride: 2 }\n",
        )

    def concat(self, name: str, bottoms: Sequence[str]) -> str:
        """The channels of several blobs."""
        self.channels[name] = sum(self.channels[bottom] for bottom in bottoms)
        return self.layer("Concat", name, bottoms, "", "  concat_param { axis: 1 }\n")

    @property
    def parameters(self) -> int:
        """How many numbers the weights are."""
        return sum(int(np.prod(shape)) for shapes in self.shapes.values() for shape in shapes)


def _vgg(plan: Plan, last: str) -> str:
    """VGG-19 up to a layer, without what follows that one."""
    blob = plan.input("image")
    for stage, (layers, count) in enumerate(((2, 64), (2, 128), (4, 256), (4, 512), (4, 512)), 1):
        for number in range(1, layers + 1):
            blob = plan.convolution(f"conv{stage}_{number}", blob, count, 3)
            if blob == last:
                return blob
            blob = plan.relu(blob)
        blob = plan.pool(f"pool{stage}", blob) if stage < 4 else blob
    raise ValueError(f"VGG-19 has no layer {last}")


def body25(width: float = 1.0) -> Plan:
    """BODY_25: four stages of fields, two of heatmaps, each of dense blocks with PReLU."""
    plan = Plan(width)
    blob = plan.prelu(_vgg(plan, "conv4_2"))
    blob = plan.prelu(plan.convolution("conv4_3_CPM", blob, 256, 3))
    features = plan.prelu(plan.convolution("conv4_4_CPM", blob, 128, 3))
    fields = _dense_stage(plan, "stage0_L2", features, 52)
    for stage in (1, 2, 3):
        before = plan.concat(f"concat_stage{stage}_L2", [features, fields])
        fields = _dense_stage(plan, f"stage{stage}_L2", before, 52)
    before = plan.concat("concat_stage0_L1", [features, fields])
    heatmaps = _dense_stage(plan, "stage0_L1", before, 26)
    before = plan.concat("concat_stage1_L1", [features, heatmaps, fields])
    heatmaps = _dense_stage(plan, "stage1_L1", before, 26)
    plan.concat("net_output", [heatmaps, fields])
    return plan


def _dense_stage(plan: Plan, stage: str, blob: str, maps: int) -> str:
    count, last = (96, 256) if "stage0" in stage else (128, 512)
    for block in range(1, 6):
        blobs = []
        for number in range(3):
            blob = plan.convolution(f"Mconv{block}_{stage}_{number}", blob, count, 3)
            blobs.append(plan.prelu(blob))
        blob = plan.concat(f"Mconv{block}_{stage}_concat", blobs)
    blob = plan.prelu(plan.convolution(f"Mconv6_{stage}", blob, last, 1))
    return plan.convolution(f"Mconv7_{stage}", blob, maps, 1, maps=True)


def _two_branches(parts: int, limbs: int, stages: int, width: float) -> Plan:
    """COCO and MPI: in each stage one branch of fields and one of heatmaps."""
    plan = Plan(width)
    blob = plan.relu(_vgg(plan, "conv4_2"))
    blob = plan.relu(plan.convolution("conv4_3_CPM", blob, 256, 3))
    features = plan.relu(plan.convolution("conv4_4_CPM", blob, 128, 3))
    maps = {"L1": 2 * limbs, "L2": parts + 1}
    given = []
    for branch, count in maps.items():
        blob = features
        for number, (channels, size) in enumerate(((128, 3), (128, 3), (128, 3), (512, 1)), 1):
            name = f"conv5_{number}_CPM_{branch}"
            blob = plan.relu(plan.convolution(name, blob, channels, size))
        given.append(plan.convolution(f"conv5_5_CPM_{branch}", blob, count, 1, maps=True))
    for stage in range(2, stages + 1):
        before = plan.concat(f"concat_stage{stage}", [*given, features])
        given = [
            _stage(plan, f"stage{stage}_{branch}", before, count) for branch, count in maps.items()
        ]
    plan.concat("net_output", given[::-1])
    return plan


def _stage(plan: Plan, stage: str, blob: str, maps: int, top: str = "") -> str:
    for number in range(1, 7):
        blob = plan.convolution(f"Mconv{number}_{stage}", blob, 128, 7 if number < 6 else 1)
        blob = plan.relu(blob)
    return plan.convolution(f"Mconv7_{stage}", blob, maps, 1, maps=True, top=top)


def _one_object(parts: int, width: float) -> Plan:
    """A hand or a face: heatmaps alone, in six stages."""
    plan = Plan(width)
    blob = plan.relu(_vgg(plan, "conv5_2"))
    features = plan.relu(plan.convolution("conv5_3_CPM", blob, 128, 3))
    blob = plan.relu(plan.convolution("conv6_1_CPM", features, 512, 1))
    maps = plan.convolution("conv6_2_CPM", blob, parts + 1, 1, maps=True)
    for stage in range(2, 7):
        before = plan.concat(f"concat_stage{stage}", [maps, features])
        top = "net_output" if stage == 6 else ""
        maps = _stage(plan, f"stage{stage}", before, parts + 1, top)
    return plan


OPENPOSE: dict[str, Callable[..., Plan]] = {
    "body25": body25,
    "coco": lambda width=1.0: _two_branches(18, 19, 6, width),
    "mpi": lambda width=1.0: _two_branches(15, 14, 6, width),
    "mpi_4_stages": lambda width=1.0: _two_branches(15, 14, 4, width),
    "hand": lambda width=1.0: _one_object(21, width),
    "face": lambda width=1.0: _one_object(70, width),
}
"""OpenPose's networks by name."""


def write_network(plan: Plan, prototxt: Path, caffemodel: Path, *, seed: int = 0) -> None:
    """Writes both files; the weights are such that values keep their size from layer to layer."""
    prototxt.write_text("".join(plan.text), encoding="utf-8")
    rng = np.random.default_rng(seed)
    with caffemodel.open("wb") as file:
        for name, shapes in plan.shapes.items():
            file.write(layer_bytes(name, [_random(rng, shape) for shape in shapes]))


def wave(shape: tuple[int, ...], start: int) -> FloatArray:
    """Numbers between -1 and 1 that every machine and version makes the same."""
    numbers = np.sin(0.7 * np.arange(start, start + np.prod(shape)))
    return numbers.astype(np.float32).reshape(shape)


def write_every_kind(prototxt: Path, caffemodel: Path, *, old: bool = False) -> FloatArray:
    """Writes the small network and gives its input; weights are a fifth of `wave`."""
    prototxt.write_text(EVERY_KIND, encoding="utf-8")
    content = chunk(1, b"golden")
    for number, (name, shapes) in enumerate(EVERY_SHAPE.items()):
        arrays = [wave(shape, 100 * number) / 5 for shape in shapes]
        content += layer_bytes(name, arrays, old=old)
    caffemodel.write_bytes(content)
    return wave((1, 4, 13, 10), 3)


def _random(rng: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    if len(shape) == 1:
        return rng.uniform(-0.1, 0.3, shape).astype(np.float32)
    spread = np.sqrt(2 / np.prod(shape[1:]))
    return (rng.standard_normal(shape, np.float32) * spread).astype(np.float32)


def layer_bytes(name: str, arrays: Sequence[npt.ArrayLike], *, old: bool = False) -> bytes:
    """A layer of a `.caffemodel`, in today's form or in that of 2014."""
    number, name_field, blob_field = (2, 4, 6) if old else (100, 1, 7)
    blobs = (blob_bytes(np.asarray(array, np.float32), old=old) for array in arrays)
    content = chunk(name_field, name.encode()) + b"".join(chunk(blob_field, b) for b in blobs)
    return chunk(number, content)


def blob_bytes(array: FloatArray, *, old: bool = False) -> bytes:
    """An array; the old form has four axes."""
    if old:
        axes = (1,) * (4 - array.ndim) + array.shape
        shape = b"".join(varint(number << 3) + varint(n) for number, n in enumerate(axes, 1))
    else:
        shape = chunk(7, chunk(1, b"".join(varint(size) for size in array.shape)))
    return chunk(5, array.astype("<f4").tobytes()) + shape


def chunk(number: int, content: bytes) -> bytes:
    """A field of protobuf that holds bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    """A whole number as protobuf writes it."""
    return bytes(_sevens(value))


def _sevens(value: int) -> Iterator[int]:
    while value > 0x7F:
        yield value & 0x7F | 0x80
        value >>= 7
    yield value
