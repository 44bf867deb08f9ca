"""Reads networks of Caffe: layers from a `.prototxt`, weights from a `.caffemodel`.

Only what OpenPose's networks and their like are made of: convolutions, ReLU and PReLU, pooling,
concatenation, and sums, products and maxima of blobs; layers without work in a finished network
(`Dropout`, `Split`) are passed over. What a layer does, and what holds where it does not say, is
taken from the comments of caffe.proto and from Caffe's page on its layers. Both forms of files are
read, today's and that of 2014 (`layers`, "V1").
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np

from kinema.errors import ModelError
from kinema.models.importers.caffemodel import Blobs, read_blobs
from kinema.models.importers.layers import (
    Combination,
    Concatenation,
    Convolution,
    Layer,
    LayerNetwork,
    Pair,
    Pooling,
    Rectifier,
)
from kinema.models.importers.prototxt import Message, read_prototxt

PASSED_OVER = ("Dropout", "Split")
"""Layers that give what they get."""

_COMBINATIONS: dict[str, Literal["sum", "product", "max"]] = {
    "SUM": "sum",
    "PROD": "product",
    "MAX": "max",
}
_OLD_TYPES = {
    "CONCAT": "Concat",
    "CONVOLUTION": "Convolution",
    "DROPOUT": "Dropout",
    "ELTWISE": "Eltwise",
    "POOLING": "Pooling",
    "RELU": "ReLU",
    "SPLIT": "Split",
}


def read_caffe(prototxt: Path, caffemodel: Path) -> LayerNetwork:
    """The network that two files describe. Its weights are views into the second file.

    Raises:
        ModelError: If a file cannot be read, the two are of different networks, or there is a
            layer of another kind.
    """
    description = read_prototxt(prototxt)
    if "layer" not in description and "layers" not in description:
        raise ModelError(f"{prototxt} describes no layers; is it the .prototxt of a network?")
    reader = _Reader(prototxt, caffemodel)
    reader.read_inputs(description)
    for layer in (*description.messages("layer"), *description.messages("layers")):
        if _is_for_use(layer):
            reader.read_layer(layer)
    return reader.network()


def _is_for_use(layer: Message) -> bool:
    """Whether a layer belongs to the network in use, and not to its training alone."""
    included = [rule.text("phase", "TEST") for rule in layer.messages("include")]
    excluded = [rule.text("phase", "TEST") for rule in layer.messages("exclude")]
    return "TEST" not in excluded and (not included or "TEST" in included)


class _Reader:
    """Takes one layer after the other and knows which layer gives which blob by now.

    A layer may write over the blob that it reads, so a blob's name may mean different things in
    different places; a layer's name means one.
    """

    def __init__(self, prototxt: Path, caffemodel: Path) -> None:
        self._prototxt = prototxt
        self._caffemodel = caffemodel
        self._blobs = read_blobs(caffemodel)
        self._inputs: list[str] = []
        self._layers: list[Layer] = []
        self._givers: dict[str, str] = {}  # blob -> layer
        self._unused: dict[str, None] = {}  # blobs that no layer reads, in order
        self._channels: dict[str, int] = {}  # layer -> channels of what it gives
        self._known = {
            "Convolution": self._convolution,
            "ReLU": self._relu,
            "PReLU": self._prelu,
            "Pooling": self._pooling,
            "Concat": self._concatenation,
            "Eltwise": self._combination,
        }

    def read_inputs(self, description: Message) -> None:
        """The inputs that are no layers: `input` with `input_dim` or `input_shape`."""
        names, axes = description.texts("input"), description.counts("input_dim")
        shapes = [axes[i : i + 4] for i in range(0, len(axes), 4)]
        shapes += [shape.counts("dim") for shape in description.messages("input_shape")]
        if len(names) != len(shapes):
            raise ModelError(f"{self._prototxt} names {len(names)} inputs and {len(shapes)} shapes")
        for name, shape in zip(names, shapes, strict=True):
            self._add_input(name, shape)

    def read_layer(self, layer: Message) -> None:
        """One layer."""
        kind = layer.text("type")
        kind = _OLD_TYPES.get(kind, kind)
        tops = layer.texts("top")
        if kind == "Input":
            (shape,) = layer.message("input_param").messages("shape")[:1] or [Message(layer.place)]
            for top in tops:
                self._add_input(top, shape.counts("dim"))
            return
        if kind not in (*self._known, *PASSED_OVER):
            known = ", ".join((*self._known, *PASSED_OVER, "Input"))
            raise ModelError(f"{self._place(layer)} is of the type {kind!r}; known are {known}")
        sources = [self._source(layer, bottom) for bottom in layer.texts("bottom")]
        single = kind not in ("Concat", "Eltwise")
        if not sources or not tops or (single and len(sources) > 1):
            raise ModelError(f"{self._place(layer)} lacks a bottom or a top, or has too many")
        giver = sources[0]
        if kind in self._known:
            giver = layer.text("name", tops[0])
            if giver in self._channels:
                raise ModelError(f"{self._place(layer)} has the name of a layer before it")
            made, self._channels[giver] = self._known[kind](layer, giver, sources)
            self._layers.append(made)
        for top in tops:
            self._givers[top] = giver
            self._unused[top] = None

    def network(self) -> LayerNetwork:
        """The layers so far; blobs that no layer reads are its outputs."""
        if len(self._inputs) != 1:
            raise ModelError(f"{self._prototxt} has {len(self._inputs)} inputs; Kinema needs one")
        (name,) = self._inputs
        return LayerNetwork(
            input=name,
            channels=self._channels[name],
            layers=tuple(self._layers),
            outputs={blob: self._givers[blob] for blob in self._unused},
        )

    def _add_input(self, name: str, shape: list[int]) -> None:
        if len(shape) != 4 or shape[1] < 1:
            raise ModelError(f"{self._prototxt}: input {name} must be (1, C, H, W), got {shape}")
        self._inputs.append(name)
        self._givers[name] = name
        self._channels[name] = shape[1]

    def _source(self, layer: Message, bottom: str) -> str:
        if bottom not in self._givers:
            raise ModelError(f"{self._place(layer)} reads {bottom!r}, which no layer before gives")
        self._unused.pop(bottom, None)
        return self._givers[bottom]

    def _convolution(self, layer: Message, name: str, sources: list[str]) -> tuple[Layer, int]:
        settings = layer.message("convolution_param")
        count, groups = settings.count("num_output", 0), settings.count("group", 1)
        size = _pair(settings, "kernel_size", "kernel", 0)
        stride, dilation = (
            _pair(settings, "stride", "stride", 1),
            _pair(settings, "dilation", "", 1),
        )
        channels = self._channels[sources[0]]
        if not count or not groups or 0 in (*size, *stride, *dilation) or channels % groups:
            raise ModelError(f"{self._place(layer)} cannot be a convolution of {channels} channels")
        if settings.count("axis", 1) != 1:
            raise ModelError(f"{self._place(layer)} must work on axis 1")
        shapes: list[tuple[int, ...]] = [(count, channels // groups, *size)]
        if settings.flag("bias_term", default=True):
            shapes.append((count,))
        weights, *bias = self._weights(name, shapes)
        padding = _pair(settings, "pad", "pad", 0)
        made = Convolution(
            name, sources[0], weights, bias[0] if bias else None, stride, padding, dilation, groups
        )
        return made, count

    def _relu(self, layer: Message, name: str, sources: list[str]) -> tuple[Layer, int]:
        slope = layer.message("relu_param").number("negative_slope", 0)
        made = Rectifier(name, sources[0], np.array([slope], np.float32))
        return made, self._channels[sources[0]]

    def _prelu(self, layer: Message, name: str, sources: list[str]) -> tuple[Layer, int]:
        channels = self._channels[sources[0]]
        shared = layer.message("prelu_param").flag("channel_shared", default=False)
        (slopes,) = self._weights(name, [(1 if shared else channels,)])
        return Rectifier(name, sources[0], slopes), channels

    def _pooling(self, layer: Message, name: str, sources: list[str]) -> tuple[Layer, int]:
        settings = layer.message("pooling_param")
        kind = settings.text("pool", "MAX")
        rounding = settings.text("round_mode", "CEIL")
        if kind not in ("MAX", "AVE") or rounding not in ("CEIL", "FLOOR"):
            raise ModelError(f"{self._place(layer)} pools in the way {kind} {rounding}")
        whole = settings.flag("global_pooling", default=False)
        size = None if whole else _pair(settings, "kernel_size", "kernel", 0)
        stride, padding = _pair(settings, "stride", "stride", 1), _pair(settings, "pad", "pad", 0)
        if size and not all(0 < s <= k > p for k, s, p in zip(size, stride, padding, strict=True)):
            raise ModelError(
                f"{self._place(layer)}: its windows must be larger than its padding "
                "and not smaller than its stride"
            )
        ceil = rounding == "CEIL" and stride != (1, 1)
        if kind == "AVE" and ceil and any(padding):
            raise ModelError(f"{self._place(layer)} takes means in steps with padding, rounded up")
        taken: Literal["max", "mean"] = "max" if kind == "MAX" else "mean"
        made = Pooling(name, sources[0], taken, size, stride, padding, ceil=ceil)
        return made, self._channels[sources[0]]

    def _concatenation(self, layer: Message, name: str, sources: list[str]) -> tuple[Layer, int]:
        settings = layer.message("concat_param")
        if settings.count("axis", settings.count("concat_dim", 1)) != 1:
            raise ModelError(f"{self._place(layer)} must work on axis 1")
        channels = sum(self._channels[source] for source in sources)
        return Concatenation(name, tuple(sources)), channels

    def _combination(self, layer: Message, name: str, sources: list[str]) -> tuple[Layer, int]:
        settings = layer.message("eltwise_param")
        operation = settings.text("operation", "SUM")
        channels = {self._channels[source] for source in sources}
        if len(channels) > 1 or any(number != 1 for number in settings.numbers("coeff")):
            raise ModelError(
                f"{self._place(layer)} must combine blobs of one size, without factors"
            )
        if operation not in _COMBINATIONS:
            raise ModelError(f"{self._place(layer)} has the operation {operation}")
        return Combination(name, tuple(sources), _COMBINATIONS[operation]), channels.pop()

    def _weights(self, name: str, shapes: list[tuple[int, ...]]) -> Blobs:
        """The arrays of a layer, in the shapes that its description asks for."""
        found = self._blobs.get(name, ())
        fits = len(found) == len(shapes) and all(
            _without_ones(array.shape) == _without_ones(shape) or array.shape == shape
            for array, shape in zip(found, shapes, strict=True)
        )
        if not fits:
            has = _sizes(array.shape for array in found) or "none"
            raise ModelError(
                f"{self._caffemodel} does not belong to {self._prototxt.name}: the layer {name!r} "
                f"needs weights {_sizes(shapes)}, the file has {has}"
            )
        return tuple(array.reshape(shape) for array, shape in zip(found, shapes, strict=True))

    def _place(self, layer: Message) -> str:
        return f"{layer.place}: layer {layer.text('name', '?')!r}"


def _pair(settings: Message, both: str, each: str, default: int) -> Pair:
    """A size in y and x: `kernel_size` once or twice, or `kernel_h` and `kernel_w`."""
    if each and f"{each}_h" in settings:
        return settings.count(f"{each}_h", default), settings.count(f"{each}_w", default)
    values = settings.counts(both) or [default]
    if len(values) > 2:
        raise ModelError(f"{settings.place}: {both} has {len(values)} values")
    return values[0], values[-1]


def _without_ones(shape: Iterable[int]) -> list[int]:
    """A shape without the ones before it, with which old files fill up four axes."""
    axes = list(shape)
    while axes and axes[0] == 1:
        axes.pop(0)
    return axes


def _sizes(shapes: Iterable[tuple[int, ...]]) -> str:
    return " and ".join("x".join(map(str, shape)) for shape in shapes)
