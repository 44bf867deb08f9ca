"""Puts what networks take on one scale, so that absent joints have no part in it.

An ordinary batch normalisation would take absent joints, which are zeros, for places; and a joint
that was there in the whole training would get a huge number where it is absent later.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_MOMENTUM, _LEAST = 0.1, 1e-4  # of the running figures; of a variance, in body heights squared


class JointNorm(nn.Module):
    """Takes (N, C, T, K, P) and gives the same, each number of a joint less its mean by its spread.

    Mean and spread are those of the joints that are there: in training of the batch, later of all
    batches. The last of the C numbers, which says whether the joint is there, stays as it is but
    for a learned factor and addend, which all numbers get. Absent joints give 0 elsewhere.

    Args:
        channels: C.
        joints: K.
    """

    def __init__(self, channels: int, joints: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, channels, 1, joints, 1))
        self.bias = nn.Parameter(torch.zeros(1, channels, 1, joints, 1))
        self.mean: Tensor
        self.variance: Tensor
        self.batches: Tensor
        shape = (1, channels - 1, 1, joints, 1)
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("variance", torch.ones(shape))
        self.register_buffer("batches", torch.tensor(0.0))

    def forward(self, values: Tensor) -> Tensor:
        """The values on one scale."""
        there = values[:, -1:]
        mean, variance = self.mean, self.variance
        if self.training:
            mean, variance = self._of_batch(values[:, :-1].detach(), there)
        scaled = (values[:, :-1] - mean) / torch.sqrt(variance + _LEAST)
        scaled = (scaled * self.weight[:, :-1] + self.bias[:, :-1]) * there
        known = there * self.weight[:, -1:] + self.bias[:, -1:]
        return torch.cat([scaled, known], dim=1)

    @torch.no_grad()
    def _of_batch(self, points: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of a batch, which also go into the running ones."""
        axes = (0, 2, 4)
        count = there.sum(dim=axes, keepdim=True).expand_as(self.mean)
        some = count > 0
        mean = torch.where(
            some, (points * there).sum(dim=axes, keepdim=True) / count.clamp(min=1), self.mean
        )
        squares = (((points - mean) * there) ** 2).sum(dim=axes, keepdim=True)
        variance = torch.where(some, squares / count.clamp(min=1), self.variance)
        # The first batches count alike, so that the start is soon forgotten.
        share = torch.clamp(1 / (self.batches + 1), min=_MOMENTUM)
        self.mean += share * (mean - self.mean)
        self.variance += share * (variance - self.variance)
        self.batches += 1
        return mean, variance
