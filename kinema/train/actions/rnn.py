"""Recurrent networks: GRU (Cho et al. 2014) and LSTM (Hochreiter & Schmidhuber 1997).

All joints of a frame are one vector. For recordings the network reads the frames in both
directions; for live use it looks back only, and its state after the last frame counts.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from kinema.actions.spec import ActionSpec
from kinema.train.actions.norm import JointNorm
from kinema.train.actions.plan import ActionPlan


class RecurrentNetwork(nn.Module):
    """Takes (N, C, T, K, P) and gives logits (N, L).

    Args:
        kind: `gru` or `lstm`.
        inputs: C.
        joints: K.
        people: P.
        labels: L.
        hidden: Numbers of the state, in each direction.
        layers: One upon the other.
        both: Read in both directions.
        dropout: Share that is dropped in training.
    """

    def __init__(
        self,
        kind: str,
        inputs: int,
        joints: int,
        people: int,
        labels: int,
        *,
        hidden: int = 128,
        layers: int = 2,
        both: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.both = both
        unit = {"gru": nn.GRU, "lstm": nn.LSTM}[kind]
        self.norm = JointNorm(inputs, joints)
        self.cells = unit(
            inputs * joints * people,
            hidden,
            num_layers=layers,
            batch_first=True,
            dropout=dropout if layers > 1 else 0.0,
            bidirectional=both,
        )
        self.drop = nn.Dropout(dropout)
        # Of both directions, the mean and the largest over time; else the state at the end.
        self.head = nn.Linear(4 * hidden if both else hidden, labels)

    def forward(self, values: Tensor) -> Tensor:
        """The logits (N, L)."""
        frames = self.norm(values).transpose(1, 2).flatten(2)  # (N, T, C K P)
        states, _ = self.cells(frames)
        if self.both:
            found = torch.cat([states.mean(dim=1), states.amax(dim=1)], dim=1)
        else:
            found = states[:, -1]
        return cast("Tensor", self.head(self.drop(found)))


def build(name: str, spec: ActionSpec, channels: int, plan: ActionPlan) -> nn.Module:
    """A network of this family; see `kinema.train.actions.families.Build`."""
    return RecurrentNetwork(
        name,
        channels,
        len(spec.joints),
        spec.people,
        len(spec.labels),
        hidden=plan.channels,
        layers=plan.layers,
        both=not plan.live,
        dropout=plan.dropout,
    )
