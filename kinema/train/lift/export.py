"""Saves a lifting network as ONNX, with its description beside it."""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path

import torch

from kinema.errors import InputError, MissingExtra
from kinema.space.lifting.spec import LiftSpec
from kinema.train.lift.network import TemporalNetwork

OPSET = 18


class _Window(torch.nn.Module):
    """The strided form, for windows."""

    def __init__(self, network: TemporalNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        return self.network.window(frames)


class _Whole(torch.nn.Module):
    """The dilated form, for sequences."""

    def __init__(self, network: TemporalNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        return self.network.whole(frames)


def save_onnx(network: TemporalNetwork, spec: LiftSpec, path: Path) -> None:
    """Saves the network in the form that `spec` is lifted with: windows, or whole sequences.

    Its input is `frames`, (N, F, inputs) with any N, or (N, T, inputs) with any N and T; its output
    `poses`.

    Raises:
        InputError: If the file cannot be written.
        MissingExtra: If PyTorch's exporter is not installed.
    """
    windows = spec.screen == "person"
    form = _Window(network) if windows else _Whole(network)
    field = spec.field.frames
    example = torch.zeros(2, field if windows else field + 5, spec.inputs)
    axes = {0: torch.export.Dim("windows")}
    if not windows:
        axes[1] = torch.export.Dim("time", min=field, max=1_000_000)
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    try:
        logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the exporter, on its own code
            torch.onnx.export(
                form.eval(),
                (example,),
                path,
                input_names=["frames"],
                output_names=["poses"],
                opset_version=OPSET,
                dynamic_shapes=(axes,),
                external_data=False,
                dynamo=True,
                verbose=False,
            )
    except ImportError as error:
        raise MissingExtra("onnxscript", "train") from error
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        logger.setLevel(level)


def save_card(card: dict[str, object], path: Path) -> None:
    """Writes the description of a network, as JSON.

    Raises:
        InputError: If the file cannot be written.
    """
    try:
        path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from error
