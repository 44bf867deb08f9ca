"""The spatial temporal graph convolutional network, ST-GCN.

Yan, Xiong & Lin 2018, "Spatial temporal graph convolutional networks for skeleton-based action
recognition" (AAAI), sections 3.2 to 3.6. Each block mixes a joint with its neighbours in the three
parts of the spatial configuration, each edge weighted by a learned importance, then each joint with
its own frames before and after; there is a short cut around it. The network of the paper has blocks
(4, 3, 3) of 64, 128 and 256 channels and looks at 9 frames in each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from kinema.actions.graph import spatial_partitions
from kinema.actions.spec import ActionSpec
from kinema.skeleton import Skeleton
from kinema.train.actions.norm import JointNorm
from kinema.train.actions.plan import ActionPlan

KERNEL = 9


class SpatialTemporalBlock(nn.Module):
    """One block: (N, C, T, K) to (N, channels, T / stride, K).

    Args:
        inputs: C.
        channels: Of its output.
        joints: K.
        kernel: Frames that the convolution over time looks at; odd.
        stride: Over frames.
        dropout: Share that is dropped in training.
        shortcut: Whether there is a way around it.
    """

    def __init__(
        self,
        inputs: int,
        channels: int,
        joints: int,
        *,
        kernel: int = KERNEL,
        stride: int = 1,
        dropout: float = 0.0,
        shortcut: bool = True,
    ) -> None:
        super().__init__()
        self.importance = nn.Parameter(torch.ones(3, joints, joints))
        self.spread = nn.Conv2d(inputs, 3 * channels, 1)
        self.first_norm = nn.BatchNorm2d(channels)
        self.over_time = nn.Conv2d(
            channels, channels, (kernel, 1), (stride, 1), ((kernel - 1) // 2, 0)
        )
        self.last_norm = nn.BatchNorm2d(channels)
        self.drop = nn.Dropout(dropout)
        self.around: nn.Module | None
        if not shortcut:
            self.around = None
        elif inputs == channels and stride == 1:
            self.around = nn.Identity()
        else:
            self.around = nn.Sequential(
                nn.Conv2d(inputs, channels, 1, (stride, 1)), nn.BatchNorm2d(channels)
            )

    def forward(self, values: Tensor, adjacency: Tensor) -> Tensor:
        """The block's output for values (N, C, T, K) and an adjacency (3, K, K)."""
        weights = adjacency * self.importance
        parts = self.spread(values).chunk(3, dim=1)
        mixed = parts[0] @ weights[0] + parts[1] @ weights[1] + parts[2] @ weights[2]
        found = self.over_time(torch.relu(self.first_norm(mixed)))
        found = self.drop(self.last_norm(found))
        return torch.relu(found if self.around is None else found + self.around(values))


class SpatialTemporalGraphNetwork(nn.Module):
    """Takes (N, C, T, K, P) and gives logits (N, L): the mean over the people who are there.

    Args:
        inputs: C; the last of them says whether a joint is there.
        labels: L.
        joints: The skeleton, with K joints.
        channels: Of the first stage; they double from stage to stage.
        blocks: Of each stage.
        kernel: Frames that a convolution over time looks at.
        stride: Of the first block, over frames; each later stage halves them, too.
        dropout: Share that is dropped in training.
    """

    def __init__(
        self,
        inputs: int,
        labels: int,
        joints: Skeleton,
        *,
        channels: int = 64,
        blocks: Sequence[int] = (4, 3, 3),
        kernel: int = KERNEL,
        stride: int = 1,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        count = len(joints)
        self.adjacency: Tensor
        self.register_buffer(
            "adjacency", torch.from_numpy(spatial_partitions(joints)), persistent=False
        )
        self.norm = JointNorm(inputs, count)
        self.blocks = nn.ModuleList()
        before = inputs
        for stage, depth in enumerate(blocks):
            width = channels * 2**stage
            for number in range(depth):
                first = stage == number == 0
                step = stride if first else 2 if number == 0 else 1
                self.blocks.append(
                    SpatialTemporalBlock(
                        before,
                        width,
                        count,
                        kernel=kernel,
                        stride=step,
                        dropout=0.0 if first else dropout,
                        shortcut=not first,
                    )
                )
                before = width
        self.head = nn.Linear(before, labels)

    def forward(self, values: Tensor) -> Tensor:
        """The logits (N, L)."""
        n, c, t, k, p = values.shape
        found = self.norm(values).permute(0, 4, 1, 2, 3).reshape(n * p, c, t, k)
        for block in self.blocks:
            found = block(found, self.adjacency)
        pooled = found.mean(dim=(2, 3)).reshape(n, p, -1)
        here = values[:, -1].amax(dim=(1, 2))[:, :, None]  # (N, P, 1): 1 for those who are there
        mean = (pooled * here).sum(dim=1) / here.sum(dim=1).clamp(min=1)
        return cast("Tensor", self.head(mean))


def build(name: str, spec: ActionSpec, channels: int, plan: ActionPlan) -> nn.Module:
    """A network of this family; see `kinema.train.actions.families.Build`."""
    return SpatialTemporalGraphNetwork(
        channels,
        len(spec.labels),
        spec.joints,
        channels=plan.channels,
        blocks=plan.blocks,
        kernel=plan.kernel,
        stride=plan.stride,
        dropout=plan.dropout,
    )
