"""Descriptors of fixed length, each compared with those of examples: solved at once, in seconds.

The network is one of radial basis functions: how near a clip is to an example, by each descriptor,
is exp(-d² / s), with s the median of the squared distances between examples; the mean over the
descriptors is a kernel, and the label's score a weighted sum over the examples. The weights are
those of kernel ridge regression (Saunders et al. 1998): a linear system, no steps and no seed. With
few examples it does better than networks that learn their own features.

Numbers of joints that are never there in a clip are those of the mean example, so that they neither
tell examples apart nor make the clip unlike all of them. Of this, of distances over what is known
and of these scaled by the variance of the rest it did best for people of UTD-MHAD's training part
who lacked limbs, each subject held out in turn.

Scores become logits by a factor under which the examples, each judged by a network that was solved
without it, are as likely as they can be; leaving one out needs no further solution.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kinema.actions.spec import ActionSpec
from kinema.errors import InputError
from kinema.train.actions.descriptor import KINDS, Descriptors
from kinema.train.actions.plan import ActionPlan

MOST_EXAMPLES = 6000
"""The system has a row and a column for each example: 6,000 take half a gigabyte and a minute."""

_AT_ONCE = 256
_FACTORS = torch.logspace(0, 2, 41)


class Kernel(nn.Module):
    """Takes (N, C, T, K, P) and gives logits (N, L).

    Args:
        spec: Of the recogniser.
        ridge: Added to the diagonal; more makes the scores smoother.
    """

    def __init__(self, spec: ActionSpec, ridge: float) -> None:
        super().__init__()
        self.labels, self.ridge = len(spec.labels), ridge
        self.describe = Descriptors(spec.joints, spec.frames, spec.people)
        self.examples: list[Tensor] = []
        self.usual: list[Tensor] = []
        self.widths: list[float] = []
        self.weights = nn.Parameter(torch.zeros(0, self.labels), requires_grad=False)

    def forward(self, values: Tensor) -> Tensor:
        """The logits (N, L)."""
        return self._nearness(self._described(values)) @ self.weights

    def fit(self, values: Tensor, targets: Tensor) -> None:
        """Solves for the weights of examples (M, C, T, K, P) with labels (M,).

        Raises:
            InputError: If there are more than `MOST_EXAMPLES`.
        """
        count = len(values)
        if count > MOST_EXAMPLES:
            raise InputError(
                f"the kind kernel learns from up to {MOST_EXAMPLES:,} clips, not {count:,}; take "
                "another one, such as stgcn"
            )
        parts = torch.split(values, _AT_ONCE)
        self.usual = self._means(parts)
        described = zip(*(self._described(part) for part in parts), strict=True)
        self.examples = [torch.cat(each) for each in described]
        for number, (usual, example) in enumerate(zip(self.usual, self.examples, strict=True)):
            self.register_buffer(f"usual_{number}", usual)
            self.register_buffer(f"examples_{number}", example)
        self.widths = [float(_squares(one, one).median().clamp(min=1e-6)) for one in self.examples]
        kernel = self._nearness(self.examples).double()
        truth = nn.functional.one_hot(targets, self.labels).double() * 2 - 1
        inverse = torch.linalg.inv(kernel + self.ridge * torch.eye(count))
        weights = inverse @ truth
        left_out = truth - weights / inverse.diagonal()[:, None]
        losses = [nn.functional.cross_entropy(f * left_out, targets) for f in _FACTORS]
        factor = _FACTORS[int(torch.stack(losses).argmin())]
        self.weights = nn.Parameter((weights * factor).float(), requires_grad=False)

    def _means(self, parts: Sequence[Tensor]) -> list[Tensor]:
        """The mean of each number over the examples that have it."""
        sums, counts = [torch.zeros(1)] * KINDS, [torch.zeros(1)] * KINDS
        for part in parts:
            both = zip(self.describe(part), self.describe.known(part), strict=True)
            for number, (numbers, there) in enumerate(both):
                sums[number] = sums[number] + (numbers * there).sum(dim=0)
                counts[number] = counts[number] + there.sum(dim=0)
        return [total / count.clamp(min=1) for total, count in zip(sums, counts, strict=True)]

    def _described(self, values: Tensor) -> list[Tensor]:
        """The descriptors, what is not known being that of the mean example."""
        parts = zip(self.describe(values), self.describe.known(values), self.usual, strict=True)
        return [_filled(numbers, there, usual) for numbers, there, usual in parts]

    def _nearness(self, described: list[Tensor]) -> Tensor:
        """(N, M), the mean over the descriptors."""
        total = torch.zeros(())
        for own, examples, width in zip(described, self.examples, self.widths, strict=True):
            total = total + torch.exp(-_squares(own, examples) / width)
        return total / len(self.examples)


def _filled(numbers: Tensor, there: Tensor, usual: Tensor) -> Tensor:
    return numbers * there + usual * (1 - there)


def _squares(own: Tensor, others: Tensor) -> Tensor:
    """Squared distances (N, M)."""
    sizes = (own**2).sum(dim=1)[:, None] + (others**2).sum(dim=1)[None]
    return (sizes - 2 * own @ others.T).clamp(min=0)


def build(name: str, spec: ActionSpec, channels: int, plan: ActionPlan) -> nn.Module:
    """A network of this family; see `kinema.train.actions.families.Build`.

    Raises:
        InputError: If it is to look at more than joints, which its descriptors do themselves.
    """
    if channels != spec.dimensions + 1:
        raise InputError(f"the kind {name} looks at one stream, such as joint")
    return Kernel(spec, plan.ridge)
