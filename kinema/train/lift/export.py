"""Saves a lifting network as ONNX, in the form that it is used in."""

from __future__ import annotations

from pathlib import Path

import torch

from kinema.space.lifting.spec import LiftSpec
from kinema.train.lift.network import TemporalNetwork
from kinema.train.onnx_files import save_network


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
    save_network(form, (example,), path, inputs=["frames"], output="poses", axes=(axes,))
