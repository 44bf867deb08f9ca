"""Runs networks of one input.

It reads frozen TensorFlow graphs (`.pb`), TFLite, ONNX and its own IR as they are, and takes
pictures of any size without compiling again, where the network does.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from kinema.errors import ModelError
from kinema.models.importers.layers import LayerNetwork
from kinema.models.options import Precision
from kinema.models.runtime.layers import build
from kinema.models.runtime.quiet import PrePostProcessor, ov
from kinema.poses import Float32Array

_STDERR = threading.Lock()

Layout = Literal["NHWC", "NCHW", "CHW"]


@dataclass(frozen=True)
class PictureInput:
    """What a network expects of a picture. The runtime turns bytes into it, within the network.

    Attributes:
        layout: `NHWC` (pixels of 3 values), `NCHW` (3 planes) or `CHW` (3 planes, and no batch);
            None for what the file has.
        mean: Subtracted from the three channels, in the order that the network takes them.
        scale: Divided by, after that.
        any_size: Give it pictures of any size, whatever size its file names, as a network can take
            that is made of convolutions alone.
    """

    layout: Layout | None = "NHWC"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    any_size: bool = False


@dataclass(frozen=True)
class Port:
    """An input or output of a network: its name, and its shape with -1 for what may vary."""

    name: str
    shape: tuple[int, ...]


class Request:
    """One inference under way."""

    def __init__(self, network: Network, request: ov.InferRequest) -> None:
        self._network = network
        self._request = request

    def result(self) -> tuple[Float32Array, ...]:
        """Waits for the outputs, in the order of `Network.outputs`; to be called once.

        Raises:
            ModelError: If the inference failed.
        """
        try:
            self._request.wait()
        except RuntimeError as error:
            raise ModelError(f"{self._network.path.name} failed: {reason(error)}") from error
        outputs = tuple(
            np.array(self._request.get_output_tensor(number).data, dtype=np.float32)
            for number in range(len(self._network.outputs))
        )
        self._network.free(self._request)
        return outputs


class Network:
    """A network with one input. Requests may be started from several threads.

    Args:
        path: Network file that OpenVINO reads.
        layers: The network itself, where an importer has read the file; `path` then names it.
        picture: What the network expects of the bytes of a picture; None to give it float32 arrays
            as they are.
        maps_first: Give outputs (N, h, w, C) as (N, C, h, w), each map in one piece of memory.
        wanted: Tells which outputs to compute; the others, and what only they need, are cut off.
        inner: Names of arrays within the network to give in place of its outputs.
        precision: See `kinema.models.options.Precision`.
        latency: Spend all cores on one picture at a time, for live use, instead of on several
            pictures side by side, which gives more pictures a second.
        count: How many inputs it has.

    Attributes:
        inputs: The one input, or all of them, as the file has them.
        picture: What the network expects of a picture, its layout filled in; None for arrays.
        picture_size: Width and height of the picture that the file names, -1 for any; (-1, -1) too
            where the input is no picture.
        outputs: All outputs, as `Request.result` gives them.
        parallel: How many requests keep the processor busy.
        precision: The arithmetic that was chosen: `f32`, `bf16`.
        runtime: What runs it, with its version.

    Raises:
        ModelError: If the file cannot be read as a network with one input.
    """

    def __init__(
        self,
        path: Path,
        *,
        layers: LayerNetwork | None = None,
        picture: PictureInput | None = None,
        maps_first: bool = False,
        wanted: Callable[[Port], bool] | None = None,
        inner: Sequence[str] = (),
        precision: Precision = "auto",
        latency: bool = False,
        count: int = 1,
    ) -> None:
        self.path = path
        _prepare_for_threads()
        core = ov.Core()
        try:
            model = read_graph(path, layers, count)
            self.inputs = _ports(model.inputs)
            self.picture_size = _picture_size(self.inputs[0].shape)
            if picture and picture.layout is None:
                picture = replace(picture, layout=_layout(self.inputs[0].shape))
            if picture and picture.layout is None:
                raise ModelError(
                    f"{path} takes {self.inputs[0].shape}, no picture of the form (1, 3, H, W), "
                    "(1, H, W, 3) or (3, H, W)"
                )
            self.picture = picture
            if inner:
                model = _opened(model, inner, path)
            if wanted:
                _keep(model, wanted)
            if picture:
                model = _with_picture(model, picture)
            names = [_name(port) for port in model.outputs]
            if maps_first:
                model = _with_maps_first(model)  # which loses the names
            shapes = [_shape(port.get_partial_shape()) for port in model.outputs]
            self.outputs = tuple(map(Port, names, shapes))
            options = {"PERFORMANCE_HINT": "LATENCY" if latency else "THROUGHPUT"}
            if precision != "auto":
                options["INFERENCE_PRECISION_HINT"] = precision
            self._compiled = core.compile_model(model, "CPU", options)
        except RuntimeError as error:
            raise ModelError(f"{path} cannot be read as a network: {reason(error)}") from error
        self.parallel: int = self._compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        self.precision: str = self._compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
        self.runtime = f"OpenVINO {ov.get_version().split('-')[0]}"
        self._idle: list[ov.InferRequest] = []

    def start(self, array: npt.NDArray[np.uint8] | Float32Array, *others: Float32Array) -> Request:
        """Starts on one picture (H, W, 3), or on an array with the batch as its first axis.

        Args:
            array: For the first input.
            others: For further inputs, in the order of the file.

        Raises:
            ModelError: If the array does not fit the input.
        """
        if array.ndim < len(self.inputs[0].shape):
            array = array[None]
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._compiled.create_infer_request()
        try:
            request.start_async(dict(enumerate((array, *others))))
        except RuntimeError as error:
            raise ModelError(f"{self.path.name} failed: {reason(error)}") from error
        return Request(self, request)

    def free(self, request: ov.InferRequest) -> None:
        """Takes back a request whose output has been copied."""
        self._idle.append(request)


def read_graph(path: Path, layers: LayerNetwork | None = None, count: int = 1) -> ov.Model:
    """The network in a file as it is, before anything is added or cut off.

    Raises:
        ModelError: If it has another number of inputs than `count`.
        RuntimeError: If OpenVINO cannot read it; `reason` makes a line of that.
    """
    with silent_stderr():
        model = build(layers) if layers else ov.Core().read_model(path)
    if len(model.inputs) != count:
        wanted = "those of one" if count == 1 else f"it with {count}"
        raise ModelError(f"{path} has {len(model.inputs)} inputs; Kinema runs {wanted}")
    return model


def takes_planes(path: Path) -> bool:
    """Whether a network takes pictures as three planes, (1, 3, H, W).

    Raises:
        ModelError: If the file cannot be read as a network with one input.
    """
    try:
        return _layout(_ports(read_graph(path).inputs)[0].shape) == "NCHW"
    except RuntimeError as error:
        raise ModelError(f"{path} cannot be read as a network: {reason(error)}") from error


def _prepare_for_threads() -> None:
    """Lets OpenVINO build its table of array types now, while no second thread asks for it.

    It builds that table when the data of a tensor are first asked for. If two threads do so at once
    one waits for the table with Python's lock held, the other for the lock: both wait for ever
    (OpenVINO 2026.4, `pybind11::gil_safe_call_once_and_store` within a static).
    """
    _ = ov.Tensor(ov.Type.u8, ov.Shape([1])).data


def _ports(ports: list[ov.Output]) -> tuple[Port, ...]:
    return tuple(Port(_name(port), _shape(port.get_partial_shape())) for port in ports)


def _name(port: ov.Output) -> str:
    return min(port.names, default="").removesuffix(":0")


def _shape(shape: ov.PartialShape) -> tuple[int, ...]:
    """The shape, -1 for what may vary; () if even the number of axes may."""
    if shape.rank.is_dynamic:
        return ()
    return tuple(-1 if axis.is_dynamic else axis.get_length() for axis in shape)


def _picture_size(shape: tuple[int, ...]) -> tuple[int, int]:
    layout = _layout(shape)
    if layout is None:
        return -1, -1
    height, width = shape[1:3] if layout == "NHWC" else shape[-2:]
    return width, height


def _layout(shape: tuple[int, ...]) -> Layout | None:
    """How a picture lies in an input of that shape; None if it holds none."""
    if len(shape) == 3 and shape[0] == 3:
        return "CHW"
    if len(shape) != 4 or 3 not in (shape[1], shape[3]):
        return None
    return "NCHW" if shape[1] == 3 else "NHWC"


def _opened(model: ov.Model, inner: Sequence[str], path: Path) -> ov.Model:
    """The network up to arrays within it."""
    ports = {
        name.removesuffix(":0"): node.output(number)
        for node in model.get_ops()
        for number in range(node.get_output_size())
        for name in node.output(number).get_names()
    }
    missing = [name for name in inner if name not in ports]
    if missing:
        raise ModelError(f"{path} has no {missing[0]} within; it is another network")
    return ov.Model([ports[name] for name in inner], model.get_parameters(), model.get_name())


def _keep(model: ov.Model, wanted: Callable[[Port], bool]) -> None:
    for result, port in zip(model.get_results(), _ports(model.outputs), strict=True):
        if not wanted(port):
            model.remove_result(result)


def _with_picture(model: ov.Model, picture: PictureInput) -> ov.Model:
    """Lets the network itself turn the bytes of a picture into what it expects."""
    shape = model.input().get_partial_shape()
    if shape.rank.is_static and shape[0].is_dynamic:
        shape[0] = 1  # an open number of pictures makes a network slower by half
        model.reshape(shape)
    steps = PrePostProcessor(model)
    source = steps.input()
    bytes_in = ov.Layout("HWC" if picture.layout == "CHW" else "NHWC")
    source.tensor().set_element_type(ov.Type.u8).set_layout(bytes_in)
    if picture.any_size:
        source.tensor().set_shape([1, -1, -1, 3])
    source.model().set_layout(ov.Layout(picture.layout))
    if any(picture.mean) or picture.scale != (1.0, 1.0, 1.0):
        floats = source.preprocess().convert_element_type(ov.Type.f32)
        floats.mean(list(picture.mean)).scale(list(picture.scale))
    return steps.build()


def _with_maps_first(model: ov.Model) -> ov.Model:
    steps = PrePostProcessor(model)
    for number, output in enumerate(model.outputs):
        if output.get_partial_shape().rank == 4:
            steps.output(number).model().set_layout(ov.Layout("NHWC"))
            steps.output(number).tensor().set_layout(ov.Layout("NCHW"))
    return steps.build()


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Keeps the readers of network files from writing to stderr; their error is raised anyway.

    They write from C++, past `sys.stderr`, so the file descriptor itself is turned away; one thread
    at a time, or the second would keep what the first has turned away.
    """
    with _STDERR:
        if sys.stderr:  # None in a program without a console
            sys.stderr.flush()
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)


def reason(error: Exception) -> str:
    """What OpenVINO says in the last of its lines; the ones before name its source files."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    if "Unable to read the model" in lines[-1]:  # goes on with what a builder of OpenVINO can do
        return "it is damaged, or not what its suffix says"
    return lines[-1]
