"""Evens out the channels of a network, so that little is lost when it is quantised to INT8.

INT8 gives all channels of an activation one scale. Networks of separable convolutions, as MobileNet
is, have channels whose ranges differ a hundredfold, and the small ones would drown. Between a
depthwise convolution and its neighbours channels can be scaled without changing what the network
computes: what one multiplies, the next divides by. (Nagel et al., Data-Free Quantization through
Weight Equalization and Bias Correction, ICCV 2019; how far to go where the next weights take the
burden is from Xiao et al., SmoothQuant, ICML 2023, with alpha 0.5.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from kinema.models.runtime.quiet import ops, ov
from kinema.poses import Float32Array

MOST = 1000.0
"""Channels are scaled by at most so much, up or down: those that are hardly used stay small."""


@dataclass(frozen=True)
class Use:
    """A depthwise convolution that takes a tensor, from some channel of its input on."""

    convolution: ov.Node
    first: int


def equalise(model: ov.Model, inputs: Iterable[Float32Array]) -> None:
    """Evens out the channels before and after depthwise convolutions, in place.

    Args:
        model: Of float32 weights; computes the same afterwards, but for rounding.
        inputs: As the network takes them; the ranges of channels are measured on them.
    """
    depthwise = [node for node in model.get_ordered_ops() if _is_depthwise(node)]
    if not depthwise:
        return
    before = _ranges(model, [node.input_value(0) for node in depthwise], inputs := list(inputs))
    highest = {
        node.get_friendly_name(): float(channels.max())
        for node, channels in zip(depthwise, before, strict=True)
    }
    sources = [(source, uses) for source in _sources(depthwise) if (uses := _uses(source))]
    ranges = _ranges(model, [source for source, _ in sources], inputs)
    for (source, uses), channels in zip(sources, ranges, strict=True):
        wanted = max(highest[use.convolution.get_friendly_name()] for use in uses)
        _scale_source(source, uses, _bounded(wanted, channels))
    pairs = [(node, after) for node in depthwise if (after := _pointwise_after(node)) is not None]
    ranges = _ranges(model, [node.output(0) for node, _ in pairs], inputs)
    for (node, after), channels in zip(pairs, ranges, strict=True):
        burden = np.abs(_weights(after)).max(axis=(0, 2, 3))
        factors = np.sqrt(_bounded(1, channels) * np.clip(burden, 1 / MOST, MOST))
        factors /= np.exp(np.log(factors).mean())
        _multiply(node, factors[:, None, None, None, None])
        _multiply(after, 1 / factors[None, :, None, None])


def _bounded(wanted: float, channels: Float32Array) -> Float32Array:
    """What brings channels to a range, within bounds; 1 for those that are never used."""
    safe = np.where(channels > 0, channels, wanted)
    return np.clip(wanted / safe, 1 / MOST, MOST).astype(np.float32)


def _is_depthwise(node: ov.Node) -> bool:
    """Whether it is a depthwise convolution with constant weights, one filter a channel."""
    if node.get_type_name() != "GroupConvolution":
        return False
    shape = node.input_value(1).get_partial_shape()
    return _has_weights(node) and shape.rank == 5 and shape[1] == 1 and shape[2] == 1


def _has_weights(node: ov.Node) -> bool:
    return bool(node.input_value(1).get_node().get_type_name() == "Constant")


def _sources(depthwise: list[ov.Node]) -> Iterator[ov.Output]:
    """What depthwise convolutions take, with concatenations taken apart; each once."""
    seen: set[str] = set()
    waiting = [node.input_value(0) for node in depthwise]
    while waiting:
        source = waiting.pop()
        node = source.get_node()
        if node.get_friendly_name() in seen:
            continue
        seen.add(node.get_friendly_name())
        if node.get_type_name() == "Concat":
            waiting += node.input_values()
        elif _scalable(source) is not None:
            yield source


def _uses(source: ov.Output, first: int = 0) -> list[Use]:
    """The depthwise convolutions that take a tensor; none if anything else takes it too."""
    found: list[Use] = []
    for target in source.get_target_inputs():
        node = target.get_node()
        if _is_depthwise(node):
            found.append(Use(node, first))
        elif node.get_type_name() == "Concat":
            parts = [value.get_partial_shape()[1] for value in node.input_values()]
            before = parts[: target.get_index()]
            if any(part.is_dynamic for part in before):
                return []
            offset = first + sum(part.get_length() for part in before)
            further = _uses(node.output(0), offset)
            if not further:
                return []
            found += further
        else:
            return []
    return found


def _scalable(source: ov.Output) -> list[ov.Node] | None:
    """The convolution and the bias that give a tensor, through a ReLU or none; None if not so."""
    node = source.get_node()
    if node.get_type_name() == "Relu":
        node = _only(node.input_value(0))
    parts = []
    if node is not None and node.get_type_name() == "Add" and _has_weights(node):
        parts.append(node)
        node = _only(node.input_value(0))
    if node is None or node.get_type_name() != "Convolution" or not _has_weights(node):
        return None
    return [*parts, node]


def _only(value: ov.Output) -> ov.Node | None:
    """What gives a tensor that one node alone takes."""
    return value.get_node() if len(value.get_target_inputs()) == 1 else None


def _scale_source(source: ov.Output, uses: list[Use], factors: Float32Array) -> None:
    for node in _scalable(source) or ():
        shape = (-1, 1, 1, 1) if node.get_type_name() == "Convolution" else (1, -1, 1, 1)
        _multiply(node, factors.reshape(shape))
    for use in uses:
        whole = np.ones(_weights(use.convolution).shape[0], np.float32)
        whole[use.first : use.first + len(factors)] = 1 / factors
        _multiply(use.convolution, whole[:, None, None, None, None])


def _pointwise_after(node: ov.Node) -> ov.Node | None:
    """The convolution that alone takes what a depthwise one gives."""
    targets = list(node.output(0).get_target_inputs())
    if len(targets) != 1:
        return None
    after = targets[0].get_node()
    return after if after.get_type_name() == "Convolution" and _has_weights(after) else None


def _weights(node: ov.Node) -> Float32Array:
    return np.asarray(node.input_value(1).get_node().data, dtype=np.float32)


def _multiply(node: ov.Node, factors: Float32Array) -> None:
    """Multiplies the weights of a convolution, or the summand of a bias."""
    changed = ops.constant((_weights(node) * factors).astype(np.float32))
    node.input(1).replace_source_output(changed.output(0))


def _ranges(
    model: ov.Model, tensors: list[ov.Output], inputs: list[Float32Array]
) -> list[Float32Array]:
    """The greatest magnitude of each channel of tensors (1, C, h, w), over all inputs."""
    results = [
        ops.result(ops.reduce_max(ops.abs(tensor), np.array([0, 2, 3]))) for tensor in tensors
    ]
    watched = ov.Model(results, model.get_parameters())
    compiled = ov.compile_model(watched, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    highest: list[Float32Array] = [np.zeros(1, np.float32) for _ in tensors]
    for one in inputs:
        found = compiled([one])
        highest = [np.maximum(old, found[n]) for n, old in enumerate(highest)]
    del compiled, watched
    for result, tensor in zip(results, tensors, strict=True):
        magnitude = result.input_value(0).get_node().input_value(0).get_node()
        tensor.remove_target_input(magnitude.input(0))
    return highest
