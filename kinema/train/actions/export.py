"""Saves a recogniser as ONNX."""

from __future__ import annotations

from pathlib import Path

import torch

from kinema.actions.spec import ActionSpec
from kinema.train.actions.streams import Ensemble
from kinema.train.onnx_files import save_network


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
    save_network(
        network,
        examples,
        path,
        inputs=["clips", "flow"][: len(shapes)],
        output="logits",
        axes=(tuple(axes for _ in shapes),),
    )
