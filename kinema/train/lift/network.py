"""The temporal convolutional network of VideoPose3D.

Pavllo, Feichtenhofer, Grangier & Auli 2019, "3D human pose estimation in video with temporal
convolutions and semi-supervised training" (CVPR), section 3 and figure 2: a first convolution over
neighbouring frames, then for each further filter width a residual block of a convolution whose taps
lie further and further apart and one of width 1, then a linear layer. Batch normalisation, ReLU and
dropout follow each convolution; there is no padding, so that the output is shorter than the input.

One set of weights has two forms with the same result (appendix A.5 and figure 6). For whole
sequences the taps are dilated, and successive frames share what has been computed. For windows of
just one frame of output, as in training, each layer strides over its input, and nothing is computed
that is not needed.

Names of parameters are those of the original implementation, so that its checkpoints can be read.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from kinema.poses import Float32Array
from kinema.space.lifting.spec import ReceptiveField

FIRST_MOMENTUM, LAST_MOMENTUM = 0.1, 0.001  # of batch normalisation, section 5.2


class TemporalNetwork(nn.Module):
    """Takes (N, T, inputs) and gives (N, T - F + 1, outputs).

    Args:
        inputs: Numbers for each frame: 2 for each of the joints, in VideoPose3D.
        outputs: Numbers for each frame of the result: 3 for each joint; 3 for a trajectory.
        field: Filter widths, and whether it looks back only.
        channels: Numbers for each frame between the layers.
        dropout: Share that is dropped in training.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        field: ReceptiveField,
        *,
        channels: int = 1024,
        dropout: float = 0.25,
    ) -> None:
        super().__init__()
        self.field, self.inputs, self.outputs, self.channels = field, inputs, outputs, channels
        first, *others = field.widths
        self.drop = nn.Dropout(dropout)
        self.expand_conv = nn.Conv1d(inputs, channels, first, bias=False)
        self.expand_bn = nn.BatchNorm1d(channels, momentum=FIRST_MOMENTUM)
        pairs = [width for later in others for width in (later, 1)]
        self.layers_conv = nn.ModuleList(
            nn.Conv1d(channels, channels, width, bias=False) for width in pairs
        )
        self.layers_bn = nn.ModuleList(
            nn.BatchNorm1d(channels, momentum=FIRST_MOMENTUM) for _ in pairs
        )
        self.shrink = nn.Conv1d(channels, outputs, 1)

    def forward(self, frames: Tensor) -> Tensor:
        """The result, in the form that costs less."""
        return self.window(frames) if frames.shape[1] == self.field.frames else self.whole(frames)

    def whole(self, frames: Tensor) -> Tensor:
        """The dilated form: every frame of a sequence that has enough around it."""
        values = self._layer(self.expand_conv, self.expand_bn, frames.transpose(1, 2))
        for i, dilation in enumerate(self.field.dilations[1:]):
            width = self.field.widths[i + 1]
            cut = (width - 1) * dilation
            start = cut if self.field.causal else cut // 2
            residual = values[:, :, start : values.shape[2] - (cut - start)]
            values = residual + self._block(i, values, dilation)
        return cast("Tensor", self.shrink(values)).transpose(1, 2)

    def window(self, frames: Tensor) -> Tensor:
        """The strided form: one frame of output for each F frames.

        As filters neither overlap nor leave anything out, each layer is one product of matrices.
        """
        values = self._product(self.expand_conv, self.expand_bn, frames)
        for i, width in enumerate(self.field.widths[1:]):
            kept = width - 1 if self.field.causal else width // 2
            count = values.shape[1] // width
            residual = values.reshape(-1, count, width, values.shape[2])[:, :, kept]
            for number in (2 * i, 2 * i + 1):
                values = self._product(self.layers_conv[number], self.layers_bn[number], values)
            values = residual + values
        return functional.linear(values, self.shrink.weight[:, :, 0], self.shrink.bias)

    def _block(self, number: int, values: Tensor, dilation: int) -> Tensor:
        wide, narrow = 2 * number, 2 * number + 1
        values = self._layer(self.layers_conv[wide], self.layers_bn[wide], values, dilation)
        return self._layer(self.layers_conv[narrow], self.layers_bn[narrow], values)

    def _layer(
        self, conv: nn.Module, normalise: nn.Module, values: Tensor, dilation: int = 1
    ) -> Tensor:
        """Convolution, normalisation, ReLU and dropout of (N, C, T)."""
        weight = cast("nn.Conv1d", conv).weight
        values = functional.conv1d(values, weight, dilation=dilation)
        return cast("Tensor", self.drop(torch.relu(normalise(values))))

    def _product(self, conv: nn.Module, normalise: nn.Module, values: Tensor) -> Tensor:
        """The same of (N, T, C), the filter striding by its own width, (N, T / width, C)."""
        weight = cast("nn.Conv1d", conv).weight  # (C, C before, width)
        count = values.shape[1] // weight.shape[2]
        rows = values.reshape(-1, weight.shape[2] * values.shape[2])
        rows = functional.linear(rows, weight.transpose(1, 2).flatten(1))
        rows = cast("Tensor", self.drop(torch.relu(normalise(rows))))
        return rows.reshape(-1, count, rows.shape[1])

    def set_momentum(self, momentum: float) -> None:
        """Sets how fast all batch normalisations follow what they see."""
        for module in self.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.momentum = momentum

    @property
    def parameter_count(self) -> int:
        """How many numbers are learned."""
        return sum(parameter.numel() for parameter in self.parameters())


def batch_momentum(epoch: int, epochs: int) -> float:
    """The momentum of batch normalisation in an epoch: from 0.1 down to 0.001, exponentially.

    >>> batch_momentum(0, 80), round(batch_momentum(80, 80), 6)
    (0.1, 0.001)
    """
    share = epoch / max(epochs, 1)
    return FIRST_MOMENTUM * math.exp(share * math.log(LAST_MOMENTUM / FIRST_MOMENTUM))


def as_function(network: nn.Module) -> Callable[[Float32Array], Float32Array]:
    """A network as a function of arrays, as `kinema.space.lifting` takes it; without dropout."""
    network.eval()

    def call(inputs: Float32Array) -> Float32Array:
        with torch.inference_mode():
            output = network(torch.from_numpy(inputs))
        return cast("Float32Array", output.numpy())

    return call
