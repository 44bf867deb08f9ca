"""The families of recognisers: each is one file that makes one kind of network."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from kinema.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from torch import nn

    from kinema.actions.spec import ActionSpec
    from kinema.train.actions.plan import ActionPlan


class Build(Protocol):
    """`build` of a family."""

    def __call__(self, name: str, spec: ActionSpec, channels: int, plan: ActionPlan) -> nn.Module:
        """A network that takes (N, channels, T, K, P) and gives logits (N, L).

        Args:
            name: Of the family, as several may live in one file.
            spec: Of the recogniser: its joints, its labels.
            channels: Numbers for each joint and frame. The last one is 1 where the joint is there
                and 0 where it is not; the others are 0 there.
            plan: The rest.
        """
        ...


@dataclass(frozen=True)
class Family:
    """One kind of network.

    Attributes:
        module: The file that knows it; it has `build`, and is imported when it is needed, as it
            brings PyTorch.
        description: What it is, in a line.
        fitted: Whether its networks have `fit(clips, targets)` that learns all at once from all
            examples, rather than in steps.
        flow: Whether it looks at the optical flow of the video besides the poses.
        bf16: Whether bfloat16 makes its networks faster, and changes nothing that they tell; that
            of distances between clips is ruled out.
        defaults: Of the plan, where they differ from those of `ActionPlan`.
    """

    module: str
    description: str
    fitted: bool = False
    flow: bool = False
    bf16: bool = False
    defaults: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def builder(self) -> Build:
        """Makes networks of this family."""
        build: Build = importlib.import_module(self.module).build
        return build


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "stgcn": Family(
            "kinema.train.actions.stgcn",
            "spatial temporal graph convolutions (Yan et al. 2018)",
            defaults=MappingProxyType({"pacing": 0.7}),
            bf16=True,
        ),
        "gru": Family(
            "kinema.train.actions.rnn",
            "recurrent network of gated units (GRU)",
            defaults=MappingProxyType({"channels": 128, "rate": 2e-3}),
        ),
        "lstm": Family(
            "kinema.train.actions.rnn",
            "recurrent network with long short-term memory (LSTM)",
            defaults=MappingProxyType({"channels": 128, "rate": 2e-3}),
        ),
        "encoding": Family(
            "kinema.train.actions.encoding",
            "a descriptor of fixed length of each joint's path, then fully connected layers",
            defaults=MappingProxyType({"channels": 512}),
        ),
        "kernel": Family(
            "kinema.train.actions.kernel",
            "descriptors of fixed length, compared with those of the examples: for small data",
            fitted=True,
            defaults=MappingProxyType({"frames": 96, "pacing": 0.7}),
        ),
        "linear": Family(
            "kinema.train.actions.baseline",
            "resampled joints and multinomial logistic regression",
            fitted=True,
            defaults=MappingProxyType({"decay": 0.01}),
        ),
        "nearest": Family(
            "kinema.train.actions.baseline",
            "resampled joints and the nearest examples",
            fitted=True,
        ),
        "two-stream": Family(
            "kinema.train.actions.two_stream",
            "poses and the optical flow of the video about the person, fused late",
            flow=True,
            defaults=MappingProxyType({"channels": 128, "rate": 2e-3}),
        ),
    }
)


def family_of(name: str) -> Family:
    """A family by its name.

    Raises:
        InputError: If there is none.
    """
    if name not in FAMILIES:
        raise InputError(f"there is no kind of recogniser {name!r}; {did_you_mean(name, FAMILIES)}")
    return FAMILIES[name]
