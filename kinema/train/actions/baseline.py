"""Recognisers that one can look through: joints at some times, and lines or examples.

`linear` is multinomial logistic regression on the places of the joints at 16 times. `nearest` takes
the label of the examples whose joints are nearest at these times. Both learn from all examples at
once; what other recognisers gain can be measured against them.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from kinema.actions.spec import ActionSpec
from kinema.train.actions.plan import ActionPlan

TIMES = 16
"""At which the joints are looked at, in equal steps from the first frame to the last."""

_STEPS = 100  # of the fit
_SHARE = 0.02
"""Of the variance of all numbers: a number that varies less is not made larger than that."""

_FAR = 1e6  # squared distance to an example of no joint in common


class Linear(nn.Module):
    """Takes (N, C, T, K, P) and gives logits (N, L). Absent joints are where they are on the mean.

    Args:
        inputs: C.
        spec: Of the recogniser.
        decay: How large weights are paid for.
    """

    def __init__(self, inputs: int, spec: ActionSpec, decay: float) -> None:
        super().__init__()
        self.decay = decay
        width = inputs * min(TIMES, spec.frames) * len(spec.joints) * spec.people
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))
        self.lines = nn.Linear(width, len(spec.labels))
        self.times: Tensor
        self.register_buffer("times", times_of(spec.frames), persistent=False)

    def forward(self, values: Tensor) -> Tensor:
        """The logits (N, L)."""
        return cast("Tensor", self.lines(self._numbers(values)))

    def fit(self, values: Tensor, targets: Tensor) -> None:
        """Learns from examples (M, C, T, K, P) with labels (M,): quasi-Newton steps (L-BFGS)."""
        flat, known = self._flat(values)
        count = known.sum(dim=0).clamp(min=1)
        self.mean.copy_((flat * known).sum(dim=0) / count)
        variance = ((flat - self.mean) ** 2 * known).sum(dim=0) / count
        self.spread.copy_(torch.sqrt(variance + _SHARE * variance.mean() + 1e-9))
        numbers = self._numbers(values)
        nn.init.zeros_(self.lines.weight)
        nn.init.zeros_(self.lines.bias)
        optimiser = torch.optim.LBFGS(
            self.lines.parameters(), max_iter=_STEPS, line_search_fn="strong_wolfe"
        )

        def loss() -> Tensor:
            optimiser.zero_grad()
            value = nn.functional.cross_entropy(self.lines(numbers), targets)
            value = value + 0.5 * self.decay * (self.lines.weight**2).sum()
            value.backward()  # type: ignore[no-untyped-call]
            return value

        optimiser.step(loss)  # type: ignore[no-untyped-call]

    def _numbers(self, values: Tensor) -> Tensor:
        flat, known = self._flat(values)
        return (flat - self.mean) / self.spread * known

    def _flat(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """The numbers (N, F), and 1 where they are of a joint that is there."""
        chosen = values.index_select(2, self.times)
        return chosen.flatten(1), chosen[:, -1:].expand_as(chosen).flatten(1)


class Nearest(nn.Module):
    """Takes (N, C, T, K, P) and gives logits (N, L).

    The distance to an example is the root mean square over the joints that both have. The logits
    are the negative mean distances to the nearest examples of each label, over a scale that is
    fitted: the usual distance of an example to the nearest one of its own label.

    Args:
        spec: Of the recogniser.
        neighbours: How many examples of a label are looked at.
    """

    def __init__(self, spec: ActionSpec, neighbours: int) -> None:
        super().__init__()
        self.labels, self.neighbours = len(spec.labels), neighbours
        self.ends = (0,) * len(spec.labels)  # of each label's examples, which follow one another
        self.examples: Tensor
        self.known: Tensor
        self.scale: Tensor
        self.times: Tensor
        self.register_buffer("examples", torch.zeros(0))
        self.register_buffer("known", torch.zeros(0))
        self.register_buffer("scale", torch.tensor(1.0))
        self.register_buffer("times", times_of(spec.frames), persistent=False)

    def fit(self, values: Tensor, targets: Tensor) -> None:
        """Keeps the examples (M, C, T, K, P) and their labels (M,), in the order of the labels."""
        order = targets.argsort(stable=True)
        self.examples, self.known = self._numbers(values[order])
        counts = torch.bincount(targets, minlength=self.labels)
        self.ends = tuple(counts.cumsum(0).tolist())
        own = self._distances(values[order])
        own.fill_diagonal_(math.sqrt(_FAR))
        of_others = targets[order][:, None] != targets[order][None]
        own = own.masked_fill(of_others, math.sqrt(_FAR))
        nearest = own.amin(dim=1)
        usable = nearest[nearest < math.sqrt(_FAR) / 2]
        # A tenth of the usual distance: so much nearer is e times as likely.
        if len(usable):
            self.scale = 0.1 * usable.median().clamp(min=1e-3)
        else:
            self.scale = torch.tensor(0.01)

    def forward(self, values: Tensor) -> Tensor:
        """The logits (N, L)."""
        distances = self._distances(values)
        columns = []
        for first, end in pairwise((0, *self.ends)):
            part = distances[:, first:end]
            if first == end:
                columns.append(torch.full_like(distances[:, 0], math.sqrt(_FAR)))
            elif self.neighbours == 1 or end - first == 1:
                columns.append(part.amin(dim=1))
            else:
                few = min(self.neighbours, end - first)
                columns.append(part.topk(few, dim=1, largest=False).values.mean(dim=1))
        return -torch.stack(columns, dim=1) / self.scale

    def _distances(self, values: Tensor) -> Tensor:
        """(N, M) to all examples."""
        points, known = self._numbers(values)
        squares = (
            points**2 @ self.known.T - 2 * points @ self.examples.T + known @ (self.examples**2).T
        )
        shared = known @ self.known.T
        mean = squares.clamp(min=0) / shared.clamp(min=1)
        return torch.sqrt(torch.where(shared > 0, mean, torch.full_like(mean, _FAR)))

    def _numbers(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Coordinates (N, F), 0 where absent, and 1 where they are there."""
        chosen = values.index_select(2, self.times)
        known = chosen[:, -1:].expand_as(chosen[:, :-1])
        return chosen[:, :-1].flatten(1), known.flatten(1)


def times_of(frames: int) -> Tensor:
    """The frames that are looked at.

    >>> times_of(31).tolist()
    [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]
    """
    return torch.linspace(0, frames - 1, min(TIMES, frames)).round().long()


def build(name: str, spec: ActionSpec, channels: int, plan: ActionPlan) -> nn.Module:
    """A network of this family; see `kinema.train.actions.families.Build`."""
    if name == "nearest":
        return Nearest(spec, plan.neighbours)
    return Linear(channels, spec, plan.decay)
