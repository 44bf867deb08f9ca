"""One step of training, in the terms of Lightning."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, cast

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, IterableDataset

from kinema.actions.spec import ActionSpec
from kinema.train.actions.augment import augmented
from kinema.train.actions.families import family_of
from kinema.train.actions.material import Material
from kinema.train.actions.plan import ActionPlan
from kinema.train.actions.streams import Ensemble, Member, stream_of
from kinema.train.actions.two_stream import shifted

Batch = tuple[Tensor, ...]
_CLIP = 1.0
"""The largest norm of a network's gradient; longer ones are shortened."""


def network_of(plan: ActionPlan, spec: ActionSpec) -> Ensemble:
    """The network of a plan, as it is before the training; the seed alone decides on it."""
    members = []
    for number, (name, stream) in enumerate(plan.members):
        torch.manual_seed(plan.seed * 1009 + number)
        family = family_of(name)
        looks, channels = stream_of(stream, spec)
        network = family.builder()(name, spec, channels, plan)
        members.append(Member(looks, network, others=family.flow))
    return Ensemble(members, plan.fusion)


class ActionTask(LightningModule):
    """A recogniser in training.

    Args:
        plan: What is to be done.
        spec: What the recogniser takes and gives.
        material: What it learns from.
    """

    def __init__(self, plan: ActionPlan, spec: ActionSpec, material: Material) -> None:
        super().__init__()
        self.plan, self.spec, self.material = plan, spec, material
        self.network = network_of(plan, spec)
        self.mean: AveragedModel | None = None
        if plan.average:
            follow = get_ema_multi_avg_fn(plan.average)  # type: ignore[no-untyped-call]
            self.mean = AveragedModel(self.network, multi_avg_fn=follow, use_buffers=True)
        self.losses: list[float] = []
        self.right = self.seen = 0
        self._mirror = torch.from_numpy(spec.joints.mirror_order.astype("int64"))
        # Lightning fetches the first batch of a resumed training before it counts on.
        self.epochs_done: Tensor
        self.register_buffer("epochs_done", torch.tensor(0))

    @property
    def result(self) -> Ensemble:
        """The network that the training has led to until now."""
        return cast("Ensemble", self.network if self.mean is None else self.mean.module)

    def train_dataloader(self) -> DataLoader[Batch]:
        """All clips in another order in each epoch."""
        return DataLoader(_Epochs(self), batch_size=None)

    def on_train_epoch_start(self) -> None:
        """Begins to count anew."""
        self.losses.clear()
        self.right = self.seen = 0

    def on_train_epoch_end(self) -> None:
        """Counts the epoch."""
        self.epochs_done += 1

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The loss of a batch: the sum of those of the single networks."""
        clips, targets, *others = batch
        clips = augmented(clips, self.plan, self._mirror)
        others = [shifted(flow) for flow in others]
        logits = self.network.each(clips, *others)
        loss = torch.stack(
            [
                nn.functional.cross_entropy(each, targets, label_smoothing=self.plan.smoothing)
                for each in logits
            ]
        ).sum()
        self.losses.append(float(loss.detach()) / len(logits))
        mean = torch.stack([each.detach().softmax(dim=1) for each in logits]).mean(dim=0)
        self.right += int((mean.argmax(dim=1) == targets).sum())
        self.seen += len(targets)
        return loss

    def on_train_batch_end(self, *_: object) -> None:
        """Takes the new weights into their mean."""
        if self.mean is not None:
            self.mean.update_parameters(self.network)

    def configure_gradient_clipping(self, *_: object, **__: object) -> None:
        """Shortens the gradient of each network by itself: none depends on another."""
        for member in self.network.members:
            nn.utils.clip_grad_norm_(member.parameters(), _CLIP)

    def configure_optimizers(self) -> Any:
        """AdamW; the rate rises along a line and falls along a cosine, from step to step."""
        kept = [p for p in self.network.parameters() if p.ndim < 2]
        decayed = [p for p in self.network.parameters() if p.ndim >= 2]
        groups = [
            {"params": decayed, "weight_decay": self.plan.decay},
            {"params": kept, "weight_decay": 0.0},
        ]
        optimiser = torch.optim.AdamW(groups, lr=self.plan.rate)
        steps = batches_of(len(self.material), self.plan.batch)
        rise, end = self.plan.warm_up * steps, self.plan.epochs * steps

        def share(step: int) -> float:
            if step < rise:
                return (step + 1) / rise
            return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(end - rise, 1)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, share)
        return [optimiser], [{"scheduler": schedule, "interval": "step"}]


class _Epochs(IterableDataset[Batch]):
    """The batches of an epoch, and with its first one the seed of all that is random in it.

    All depends on the seed of the plan and the epoch alone, so that a training which was stopped
    goes on as if it had not been.
    """

    def __init__(self, task: ActionTask) -> None:
        self._task = task
        clips, *others = (torch.from_numpy(array) for array in task.material.inputs)
        self._tensors = (clips, torch.from_numpy(task.material.targets), *others)

    def __iter__(self) -> Iterator[Batch]:
        plan = self._task.plan
        torch.manual_seed(plan.seed * 100_003 + int(self._task.epochs_done))
        order = torch.randperm(len(self._tensors[0]))
        for part in order.tensor_split(batches_of(len(order), plan.batch)):
            yield tuple(tensor[part] for tensor in self._tensors)


def batches_of(count: int, size: int) -> int:
    """How many batches there are, of about the same size and at least two examples each.

    >>> batches_of(64, 32), batches_of(65, 32), batches_of(3, 2), batches_of(2, 32)
    (2, 3, 1, 1)
    """
    return max(1, min(math.ceil(count / size), count // 2))
