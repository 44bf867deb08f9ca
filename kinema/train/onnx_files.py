"""Saves trained networks as ONNX with their cards beside them."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from kinema.errors import InputError, MissingExtra

OPSET = 18


def save_network(
    network: nn.Module,
    examples: tuple[Tensor, ...],
    path: Path,
    *,
    inputs: Sequence[str],
    output: str,
    axes: tuple[object, ...],
) -> None:
    """Saves a network with the names of its inputs and of its one output.

    Args:
        network: The network, which is set to evaluation.
        examples: Of the inputs.
        path: Of the file.
        inputs: Their names.
        output: Its name.
        axes: For each argument of `forward`, which of its axes are of any length, as
            `torch.export` takes dynamic shapes.

    Raises:
        InputError: If the file cannot be written.
        MissingExtra: If PyTorch's exporter is not installed.
    """
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    try:
        logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the exporter, on its own code
            torch.onnx.export(
                network.eval(),
                examples,
                path,
                input_names=list(inputs),
                output_names=[output],
                opset_version=OPSET,
                dynamic_shapes=axes,
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
