"""What networks look at: joints, bones and motion, as parts of the network itself.

A stream takes clips (N, D + 1, T, K, P) and gives as many numbers for each joint and frame, the
last of them 1 where it is known and 0 where it is not, with all others 0 there. What stands in a
clip at the place of an absent joint has no influence.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from kinema.actions.graph import parents
from kinema.actions.spec import ActionSpec


class Joints(nn.Module):
    """The joints as they are."""

    def forward(self, clips: Tensor) -> Tensor:
        """The same, with nothing at the places of absent joints."""
        there = clips[:, -1:] > 0.5
        return torch.where(there, clips, torch.zeros_like(clips))


class Bones(nn.Module):
    """Each joint from the one that it hangs on; of the root, nothing.

    Args:
        parent: (K,) the joint that each joint hangs on; the root hangs on itself.
    """

    def __init__(self, parent: Tensor) -> None:
        super().__init__()
        self.parent: Tensor
        self.register_buffer("parent", parent, persistent=False)

    def forward(self, clips: Tensor) -> Tensor:
        """The bones, known where both their ends are."""
        other = clips.index_select(3, self.parent)
        there = clips[:, -1:] * other[:, -1:]
        return torch.cat([(clips[:, :-1] - other[:, :-1]) * there, there], dim=1)


class Motion(nn.Module):
    """The way of each joint to the next frame; after the last frame, nothing."""

    def forward(self, clips: Tensor) -> Tensor:
        """The ways, known where the joint is in both frames."""
        later = clips[:, :, 1:]
        there = clips[:, -1:, :-1] * later[:, -1:]
        ways = torch.cat([(later[:, :-1] - clips[:, :-1, :-1]) * there, there], dim=1)
        return torch.cat([ways, torch.zeros_like(clips[:, :, :1])], dim=2)


class SideBySide(nn.Module):
    """Several streams as one, which is known where one of them is.

    Args:
        streams: Of which each gives (N, D + 1, T, K, P).
    """

    def __init__(self, streams: list[nn.Module]) -> None:
        super().__init__()
        self.streams = nn.ModuleList(streams)

    def forward(self, clips: Tensor) -> Tensor:
        """(N, S D + 1, T, K, P): what the streams give, then whether one of them is known."""
        found = [stream(clips) for stream in self.streams]
        known = torch.stack([values[:, -1:] for values in found]).amax(dim=0)
        return torch.cat([*(values[:, :-1] for values in found), known], dim=1)


class Member(nn.Module):
    """A stream and the network that looks at it.

    Args:
        stream: Takes the clips.
        network: Takes what the stream gives and, if it wants them, the other inputs.
        others: Whether it wants them.
    """

    def __init__(self, stream: nn.Module, network: nn.Module, *, others: bool = False) -> None:
        super().__init__()
        self.stream, self.network, self.others = stream, network, others

    def forward(self, clips: Tensor, *others: Tensor) -> list[Tensor]:
        """The logits (N, L); several, of a network of several streams of its own."""
        found = self.network(self.stream(clips), *(others if self.others else ()))
        return list(found) if isinstance(found, tuple) else [found]


class Ensemble(nn.Module):
    """Several networks as one.

    Args:
        members: They take the clips and other inputs, if there are such.
        fusion: The mean of `probabilities`, or of their `logarithms`.
    """

    def __init__(self, members: list[Member], fusion: str) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.fusion = fusion

    def forward(self, *inputs: Tensor) -> Tensor:
        """The logits (N, L); of several networks, the logarithms of the fused probabilities."""
        return fused(self.each(*inputs), self.fusion)

    def each(self, *inputs: Tensor) -> list[Tensor]:
        """The logits (N, L) of every network."""
        return [logits for member in self.members for logits in member(*inputs)]

    @property
    def parameter_count(self) -> int:
        """How many numbers are learned."""
        return sum(parameter.numel() for parameter in self.parameters())


def fused(logits: list[Tensor], fusion: str) -> Tensor:
    """One set of logits (N, L) of several."""
    if len(logits) == 1:
        return logits[0]
    logarithms = torch.stack([torch.log_softmax(each, dim=1) for each in logits])
    if fusion == "probabilities":
        return torch.log(logarithms.exp().mean(dim=0).clamp(min=1e-12))
    return logarithms.mean(dim=0)


def stream_of(name: str, spec: ActionSpec) -> tuple[nn.Module, int]:
    """A stream by its name, and how many numbers it gives for each joint and frame."""
    parent = torch.from_numpy(parents(spec.joints).astype("int64"))
    parts: dict[str, list[nn.Module]] = {
        "joint": [],
        "bone": [Bones(parent)],
        "motion": [Motion()],
        "bone-motion": [Bones(parent), Motion()],
    }
    streams: list[nn.Module] = [nn.Sequential(Joints(), *parts[part]) for part in name.split("+")]
    if len(streams) == 1:
        return streams[0], spec.dimensions + 1
    return SideBySide(streams), spec.dimensions * len(streams) + 1
