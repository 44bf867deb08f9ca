"""Saves a recogniser as ONNX, with its card beside it."""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path

import torch

from kinema.actions.spec import ActionSpec
from kinema.errors import InputError, MissingExtra
from kinema.train.actions.streams import Ensemble

OPSET = 18


def save_onnx(
    network: Ensemble, spec: ActionSpec, path: Path, flow: tuple[int, ...] | None = None
) -> None:
    """Saves the network: its input is `clips`, (N, D + 1, T, K, P) with any N; its output `logits`.

    Args:
        network: With all its streams and members.
        spec: What it takes.
        path: Of the file.
        flow: The shape of one clip of optical flow, where the network takes that, too, as `flow`.

    Raises:
        InputError: If the file cannot be written.
        MissingExtra: If PyTorch's exporter is not installed.
    """
    shapes = [spec.shape] if flow is None else [spec.shape, flow]
    examples = tuple(torch.zeros(2, *shape) for shape in shapes)
    axes = {0: torch.export.Dim("count")}
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
                input_names=["clips", "flow"][: len(shapes)],
                output_names=["logits"],
                opset_version=OPSET,
                dynamic_shapes=(tuple(axes for _ in shapes),),
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
    """Writes the description of a recogniser, as JSON.

    Raises:
        InputError: If the file cannot be written.
    """
    try:
        path.write_text(json.dumps(card, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from error
