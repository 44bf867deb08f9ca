"""Builds networks for the runtime from lists of layers, in the operations of OpenVINO."""

from __future__ import annotations

import numpy as np

from kinema.models.importers.layers import (
    Combination,
    Concatenation,
    Convolution,
    Layer,
    LayerNetwork,
    Pooling,
    Rectifier,
)
from kinema.models.runtime.quiet import ops, ov


def build(network: LayerNetwork) -> ov.Model:
    """The network as the runtime compiles it: input (1, C, H, W) of any height and width."""
    image = ops.parameter([1, network.channels, -1, -1], ov.Type.f32, name=network.input)
    blobs = {network.input: image.output(0)}
    for layer in network.layers:
        blobs[layer.name] = _node(layer, blobs).output(0)  # the second of MaxPool is of no use
    results = []
    for name, source in network.outputs.items():
        result = ops.result(blobs[source])
        result.output(0).get_tensor().add_names({name})
        results.append(result)
    return ov.Model(results, [image])


def _node(layer: Layer, blobs: dict[str, ov.Output]) -> ov.Node:
    match layer:
        case Convolution():
            return _convolution(layer, blobs[layer.source])
        case Rectifier():
            if layer.slopes.any():
                return ops.prelu(blobs[layer.source], layer.slopes)
            return ops.relu(blobs[layer.source])
        case Pooling():
            return _pooling(layer, blobs[layer.source])
        case Concatenation():
            return ops.concat([blobs[source] for source in layer.sources], axis=1)
        case Combination():
            combine = {"sum": ops.add, "product": ops.multiply, "max": ops.maximum}[layer.kind]
            first, *others = (blobs[source] for source in layer.sources)
            for other in others:
                first = combine(first, other)
            return first


def _convolution(layer: Convolution, source: ov.Output) -> ov.Node:
    where = [list(pair) for pair in (layer.stride, layer.padding, layer.padding, layer.dilation)]
    weights = np.ascontiguousarray(layer.weights)
    if layer.groups == 1:
        node = ops.convolution(source, weights, *where)
    else:
        count, *rest = weights.shape
        grouped = weights.reshape(layer.groups, count // layer.groups, *rest)
        node = ops.group_convolution(source, grouped, *where)
    if layer.bias is None:
        return node
    return ops.add(node, layer.bias.reshape(1, -1, 1, 1))


def _pooling(layer: Pooling, source: ov.Output) -> ov.Node:
    if layer.size is None:
        reduce = ops.reduce_max if layer.kind == "max" else ops.reduce_mean
        return reduce(source, np.array([2, 3]), keep_dims=True)
    stride, padding, size = list(layer.stride), list(layer.padding), list(layer.size)
    rounding = "ceil_torch" if layer.ceil else "floor"
    if layer.kind == "max":
        return ops.max_pool(source, stride, [1, 1], padding, padding, size, rounding)
    return ops.avg_pool(source, stride, padding, padding, size, False, rounding)
