"""A descriptor of fixed length of each joint's path, then fully connected layers.

Each coordinate of each joint over the clip becomes: its mean and spread, its least and largest
value, the mean size of its steps, the means of the halves and quarters (a temporal pyramid) and the
first coefficients of its discrete cosine transform, which say how it goes on the whole. What is
absent has no part in the means; for the transform it stands at the mean.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn

from kinema.actions.spec import ActionSpec
from kinema.train.actions.norm import JointNorm
from kinema.train.actions.plan import ActionPlan

WAVES = 8
"""Coefficients of the cosine transform, without that of the mean."""

PIECES = (2, 4)
"""Into how many pieces a clip is cut, at each level of the pyramid."""

NUMBERS = 5 + sum(PIECES) + WAVES
"""Of each coordinate of a joint, and one more of each joint: the share of frames with it."""

_HIDDEN_LAYERS = 2


class Descriptor(nn.Module):
    """Takes (N, C, T, K, P) and gives (N, (C - 1) `NUMBERS` K P + K P).

    Args:
        frames: T.
    """

    def __init__(self, frames: int) -> None:
        super().__init__()
        self.waves: Tensor
        self.register_buffer("waves", cosines(frames, WAVES), persistent=False)
        self.cuts = [
            (round(frames * part / pieces), max(round(frames * (part + 1) / pieces), 1))
            for pieces in PIECES
            for part in range(pieces)
        ]

    def forward(self, values: Tensor) -> Tensor:
        """The descriptors."""
        points, there = values[:, :-1], values[:, -1:]
        mean = _mean(points, there)
        away = (points - mean) * there
        spread = torch.sqrt(_mean(away**2, there) + 1e-6)
        both = there[:, :, 1:] * there[:, :, :-1]
        steps = _mean((points[:, :, 1:] - points[:, :, :-1]).abs() * both, both)
        parts = [mean, spread, away.amin(2, keepdim=True), away.amax(2, keepdim=True), steps]
        parts += [_mean(away[:, :, a:b], there[:, :, a:b]) for a, b in self.cuts]
        parts.append(torch.einsum("tw,nctkp->ncwkp", self.waves, away))
        numbers = torch.cat([part.flatten(1) for part in parts], dim=1)
        return torch.cat([numbers, there.mean(dim=2).flatten(1)], dim=1)


class EncodingNetwork(nn.Module):
    """Takes (N, C, T, K, P) and gives logits (N, L).

    Args:
        inputs: C.
        labels: L.
        frames: T.
        joints: K.
        people: P.
        hidden: Width of the fully connected layers.
        dropout: Share that is dropped in training.
    """

    def __init__(
        self,
        inputs: int,
        labels: int,
        *,
        frames: int,
        joints: int,
        people: int,
        hidden: int = 512,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.norm = JointNorm(inputs, joints)
        self.describe = Descriptor(frames)
        width = ((inputs - 1) * NUMBERS + 1) * joints * people
        layers: list[nn.Module] = []
        for _ in range(_HIDDEN_LAYERS):
            layers += [
                nn.Linear(width, hidden),
                nn.BatchNorm1d(hidden),
                nn.ReLU(),
                nn.Dropout(dropout),
            ]
            width = hidden
        self.layers = nn.Sequential(*layers, nn.Linear(width, labels))

    def forward(self, values: Tensor) -> Tensor:
        """The logits (N, L)."""
        found = self.norm(values)
        # The joint's own mark, which the layer above has scaled, says who is there.
        found = torch.cat([found[:, :-1], values[:, -1:]], dim=1)
        return cast("Tensor", self.layers(self.describe(found)))


def cosines(frames: int, count: int) -> Tensor:
    """The first cosines (T, count) of the transform (DCT-II), each of length 1, without the mean's.

    Where there are fewer frames than cosines, what is too many is 0.
    """
    time = (torch.arange(frames) + 0.5) / frames
    waves = torch.cos(math.pi * time[:, None] * torch.arange(1, count + 1)[None])
    waves[:, frames - 1 :] = 0
    return waves * math.sqrt(2 / frames)


def _mean(values: Tensor, there: Tensor) -> Tensor:
    """Over the frames in which the joint is there: (N, C, 1, K, P); 0 where it never is."""
    count = there.sum(dim=2, keepdim=True)
    return (values * there).sum(dim=2, keepdim=True) / count.clamp(min=1)


def build(name: str, spec: ActionSpec, channels: int, plan: ActionPlan) -> nn.Module:
    """A network of this family; see `kinema.train.actions.families.Build`."""
    return EncodingNetwork(
        channels,
        len(spec.labels),
        frames=spec.frames,
        joints=len(spec.joints),
        people=spec.people,
        hidden=plan.channels,
        dropout=plan.dropout,
    )
