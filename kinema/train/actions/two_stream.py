"""Two streams: poses, and the optical flow of the video about the person, fused late.

After Simonyan & Zisserman 2014, "Two-stream convolutional networks for action recognition in
videos", with poses in place of the pictures: each stream is trained to recognise the action by
itself, and their probabilities are averaged. The poses go through a recurrent network, the flow
through a small convolutional one over space and time.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from kinema.actions.spec import ActionSpec
from kinema.train.actions import rnn
from kinema.train.actions.plan import ActionPlan


class FlowNetwork(nn.Module):
    """Takes flow (N, 2, T, S, S) and gives logits (N, L).

    Args:
        labels: L.
        channels: Of the first of its three stages; they double from stage to stage.
        dropout: Share that is dropped in training.
    """

    def __init__(self, labels: int, *, channels: int = 16, dropout: float = 0.3) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        before = 2
        for number in range(3):
            width = channels * 2**number
            stride = (1 if number == 0 else 2, 2, 2)
            stages += [
                nn.Conv3d(before, width, 3, stride, 1, bias=False),
                nn.BatchNorm3d(width),
                nn.ReLU(),
            ]
            before = width
        self.stages = nn.Sequential(*stages)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(before, labels)

    def forward(self, flow: Tensor) -> Tensor:
        """The logits (N, L)."""
        return cast("Tensor", self.head(self.drop(self.stages(flow).mean(dim=(2, 3, 4)))))


class TwoStreams(nn.Module):
    """Takes poses (N, C, T, K, P) and flow (N, 2, T', S, S) and gives the logits of both.

    Args:
        poses: Takes the poses.
        flow: Takes the flow.
    """

    def __init__(self, poses: nn.Module, flow: nn.Module) -> None:
        super().__init__()
        self.poses, self.flow = poses, flow

    def forward(self, values: Tensor, flow: Tensor) -> tuple[Tensor, Tensor]:
        """The logits (N, L) by the poses and by the flow."""
        return self.poses(values), self.flow(flow)


def build(name: str, spec: ActionSpec, channels: int, plan: ActionPlan) -> nn.Module:
    """A network of this family; see `kinema.train.actions.families.Build`."""
    poses = rnn.build("gru", spec, channels, plan)
    flow = FlowNetwork(len(spec.labels), channels=max(8, plan.channels // 8), dropout=plan.dropout)
    return TwoStreams(poses, flow)


def shifted(flow: Tensor, most: int = 2) -> Tensor:
    """Flow (N, 2, T, S, S) moved by up to so many pixels; what comes in from outside stands still.

    The square about a person is never placed twice alike.
    """
    size = flow.shape[-1]
    wide = nn.functional.pad(flow, (most, most, most, most))
    y, x = torch.randint(0, 2 * most + 1, (2,)).tolist()
    return wide[..., y : y + size, x : x + size]
