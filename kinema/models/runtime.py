"""Runs networks: the one place that knows OpenVINO.

It reads frozen TensorFlow graphs (`.pb`), TFLite, ONNX and its own IR as they are, and takes
pictures of any size without compiling again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino.preprocess import PrePostProcessor

from kinema.errors import ModelError
from kinema.models.options import Precision
from kinema.poses import Float32Array


class Request:
    """One inference under way."""

    def __init__(self, network: Network, request: ov.InferRequest) -> None:
        self._network = network
        self._request = request

    def result(self) -> Float32Array:
        """Waits for the output of the network; to be called once.

        Raises:
            ModelError: If the inference failed.
        """
        try:
            self._request.wait()
        except RuntimeError as error:
            raise ModelError(f"{self._network.path.name} failed: {_reason(error)}") from error
        output = np.array(self._request.get_output_tensor(0).data, dtype=np.float32)
        self._network.free(self._request)
        return output


class Network:
    """A network with one picture going in and one array of maps coming out.

    Args:
        path: Network file that OpenVINO reads.
        precision: See `kinema.models.options.Precision`.
        latency: Spend all cores on one picture at a time, for live use, instead of on several
            pictures side by side, which gives more pictures a second.

    Attributes:
        parallel: How many requests keep the processor busy.
        channels: How many maps it gives.
        precision: The arithmetic that was chosen: `f32`, `bf16`.
        runtime: What runs it, with its version.

    Raises:
        ModelError: If the file cannot be read as a network of that form.
    """

    def __init__(self, path: Path, *, precision: Precision = "auto", latency: bool = False) -> None:
        self.path = path
        core = ov.Core()
        try:
            with _silent_stderr():
                model = core.read_model(path)
            self.channels = _channels(model, path)
            model = _bytes_in_channels_first_out(model)
            options = {"PERFORMANCE_HINT": "LATENCY" if latency else "THROUGHPUT"}
            if precision != "auto":
                options["INFERENCE_PRECISION_HINT"] = precision
            self._compiled = core.compile_model(model, "CPU", options)
        except RuntimeError as error:
            raise ModelError(f"{path} cannot be read as a network: {_reason(error)}") from error
        self.parallel: int = self._compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        self.precision: str = self._compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
        self.runtime = f"OpenVINO {ov.get_version().split('-')[0]}"
        self._idle: list[ov.InferRequest] = []

    def start(self, image: npt.NDArray[np.uint8]) -> Request:
        """Starts on a picture (H, W, 3) uint8 and returns at once.

        `Request.result()` gives (channels, h, w) float32.
        """
        request = self._idle.pop() if self._idle else self._compiled.create_infer_request()
        request.start_async({0: image[None]})
        return Request(self, request)

    def free(self, request: ov.InferRequest) -> None:
        """Takes back a request whose output has been copied."""
        self._idle.append(request)


def _channels(model: ov.Model, path: Path) -> int:
    """The number of maps of an NHWC network, whose form this checks."""
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ModelError(
            f"{path} has {len(model.inputs)} inputs and {len(model.outputs)} outputs; "
            "one picture in and one array of maps out is what this family takes"
        )
    shapes = model.input(0).get_partial_shape(), model.output(0).get_partial_shape()
    if any(shape.rank.is_dynamic or shape.rank.get_length() != 4 for shape in shapes):
        raise ModelError(f"{path} does not map pictures (1, H, W, 3) to maps (1, h, w, C)")
    image_channels, map_channels = shapes[0][3], shapes[1][3]
    if image_channels != 3 or map_channels.is_dynamic:
        raise ModelError(f"{path} does not map pictures (1, H, W, 3) to maps (1, h, w, C)")
    return int(map_channels.get_length())


def _bytes_in_channels_first_out(model: ov.Model) -> ov.Model:
    """Lets the network itself turn bytes to floats and put each map in one piece of memory."""
    steps = PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().tensor().set_shape([1, -1, -1, 3])
    steps.output().model().set_layout(ov.Layout("NHWC"))
    steps.output().tensor().set_layout(ov.Layout("NCHW"))
    return steps.build()


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Keeps the readers of network files from writing to stderr; their error is raised anyway.

    They write from C++, past `sys.stderr`, so the file descriptor itself is turned away.
    """
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


def _reason(error: Exception) -> str:
    """What OpenVINO says in the last of its lines; the ones before name its source files."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    if "Unable to read the model" in lines[-1]:  # goes on with what a builder of OpenVINO can do
        return "it is damaged, or not what its suffix says"
    return lines[-1]
