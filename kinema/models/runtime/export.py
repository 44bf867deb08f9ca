"""Writes networks in OpenVINO's own form (IR), in float32 as they are or quantised to INT8."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np

from kinema.errors import MissingExtra, ModelError
from kinema.media.frame import Image
from kinema.models.importers.layers import LayerNetwork
from kinema.models.runtime.equalise import equalise
from kinema.models.runtime.network import PictureInput, read_graph, reason
from kinema.models.runtime.quiet import ov
from kinema.poses import Float32Array

EQUALISED_ON = 20
"""Pictures on which the ranges of channels are measured; all are quantised on."""


LEFT_IN_FLOAT = 4
"""Convolutions before each map: two pairs of a depthwise and a pointwise one."""


def write_network(path: Path, target: Path, layers: LayerNetwork | None = None) -> None:
    """Writes the network in a file as `target`, an `.xml` with its `.bin` beside it.

    Raises:
        ModelError: If the network cannot be read or written.
    """
    try:
        _save(read_graph(path, layers), target)
    except RuntimeError as error:
        raise ModelError(f"{path} cannot be written as {target}: {reason(error)}") from error


def write_int8(
    path: Path,
    target: Path,
    pictures: Sequence[Image],
    form: PictureInput,
    layers: LayerNetwork | None = None,
) -> None:
    """Writes the network in a file quantised to INT8, by NNCF's post-training quantisation.

    Args:
        path: Names the network.
        target: An `.xml`; its `.bin` is put beside it.
        pictures: What it is given in use, (H, W, 3) uint8: the ranges of its values are taken from
            them.
        form: What the network expects of a picture.
        layers: The network itself, where an importer has read the file.

    Raises:
        MissingExtra: If NNCF is not installed.
        ModelError: If the network cannot be read, quantised or written.
    """
    nncf = require_nncf()
    inputs = [as_network_takes(picture, form) for picture in pictures]
    try:
        model = read_graph(path, layers)
        if form.any_size:
            model.reshape([1, -1, -1, 3] if form.layout == "NHWC" else [1, 3, -1, -1])
        equalise(model, inputs[:: -(-len(inputs) // EQUALISED_ON)])
        with contextlib.redirect_stdout(io.StringIO()):  # its bars and remarks
            quantised = nncf.quantize(
                model,
                nncf.Dataset(inputs),
                preset=nncf.QuantizationPreset.MIXED,
                subset_size=len(inputs),
                ignored_scope=nncf.IgnoredScope(names=before_maps(model)),
            )
        _save(quantised, target)
    except (RuntimeError, nncf.errors.ValidationError) as error:
        raise ModelError(f"{path} cannot be quantised: {reason(error)}") from error


def require_nncf() -> ModuleType:
    """NNCF, told to keep to itself: on its own it would report its use to a server.

    Raises:
        MissingExtra: If it is not installed.
    """
    try:
        with _variable("NNCF_CI", "1"):
            import nncf
    except ImportError as error:
        raise MissingExtra("nncf", "int8") from error
    nncf.set_log_level(logging.ERROR)
    return nncf  # type: ignore[no-any-return]


def as_network_takes(picture: Image, form: PictureInput) -> Float32Array:
    """What the runtime makes of the bytes of a picture (H, W, 3), within the network.

    >>> grey = np.full((2, 4, 3), 128, np.uint8)
    >>> form = PictureInput("NCHW", mean=(28, 28, 28), scale=(100, 100, 100))
    >>> as_network_takes(grey, form).shape, float(as_network_takes(grey, form).max())
    ((1, 3, 2, 4), 1.0)
    """
    mean, scale = (np.array(values, dtype=np.float32) for values in (form.mean, form.scale))
    floats = (picture.astype(np.float32) - mean) / scale
    if form.layout != "NHWC":
        floats = floats.transpose(2, 0, 1)
    if form.layout != "CHW":
        floats = floats[None]
    return np.ascontiguousarray(floats, dtype=np.float32)


def before_maps(model: ov.Model) -> list[str]:
    """The convolutions that are left in floating point, by name: the last before each map.

    A map is what a convolution gives that no ReLU follows, where it leaves the network or is joined
    to others. Its values are differences of far larger ones, which INT8 is too coarse for; in
    OpenPose each stage hands its maps on to the next, and the errors would add up.
    """
    found: list[str] = []
    for node in model.get_ordered_ops():
        if node.get_type_name() in ("Concat", "Result"):
            for value in node.input_values():
                found += _last_convolutions(value.get_node())
    return list(dict.fromkeys(found))


def _last_convolutions(node: ov.Node) -> list[str]:
    """The last few convolutions that lead to a node in one line, if no ReLU comes after them."""
    names: list[str] = []
    while len(names) < LEFT_IN_FLOAT and node.get_input_size():
        kind = node.get_type_name()
        if kind in ("Convolution", "GroupConvolution"):
            names.append(node.get_friendly_name())
        elif kind not in ("Add", "Transpose") and not (kind == "Relu" and names):
            break
        node = node.input_value(0).get_node()
    return names


def _save(model: ov.Model, target: Path) -> None:
    """Writes both files under other names first, so that no half of a network is left."""
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as folder:
            part = Path(folder) / target.name
            ov.save_model(model, part, compress_to_fp16=False)
            for suffix in (".bin", ".xml"):
                part.with_suffix(suffix).replace(target.with_suffix(suffix))
    except OSError as error:
        raise ModelError(f"{target} cannot be written: {error.strerror}") from error


@contextlib.contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    """Sets a variable of the environment for a while."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
