"""One step of training, in the terms of Lightning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from kinema.space.lifting.spec import OUTPUT
from kinema.train.lift.batches import Batch, batches
from kinema.train.lift.losses import (
    back_projection_loss,
    bone_length_loss,
    mpjpe_loss,
    sigma_loss,
    weighted_loss,
)
from kinema.train.lift.mocap import Motion
from kinema.train.lift.network import TemporalNetwork, batch_momentum
from kinema.train.lift.plan import LiftPlan
from kinema.train.lift.synthesis import Views, make_views

SIGMA_WEIGHT = 0.02
WARM_UP = 1
"""Epochs without unlabelled motion, until the trajectory is about right."""

Tensors = dict[str, Tensor]


class LiftTask(LightningModule):
    """A lifting network in training; with one for the trajectory, where unlabelled motion counts.

    Args:
        plan: What is to be done.
        labelled: Motion whose poses in space are used.
        unlabelled: Motion of which only what is seen in the picture is used.
    """

    def __init__(
        self, plan: LiftPlan, labelled: Sequence[Motion], unlabelled: Sequence[Motion] = ()
    ) -> None:
        super().__init__()
        self.plan, self.labelled, self.unlabelled = plan, labelled, unlabelled
        spec = plan.spec
        self.network = _network(plan, spec.outputs)
        self.trajectory = _network(plan, 3) if plan.semi else None
        self.losses: list[float] = []
        # Lightning fetches the first batch of a resumed training before it counts on.
        self.epochs_done: Tensor
        self.register_buffer("epochs_done", torch.tensor(0))

    def train_dataloader(self) -> DataLoader[Tensors]:
        """New views of all motion in each epoch."""
        return DataLoader(_Epochs(self), batch_size=None)

    def on_train_epoch_start(self) -> None:
        """Sets what changes from epoch to epoch."""
        momentum = batch_momentum(self.current_epoch, self.plan.epochs)
        for network in (self.network, self.trajectory):
            if network is not None:
                network.set_momentum(momentum)
        self.losses.clear()

    def on_train_epoch_end(self) -> None:
        """Counts the epoch."""
        self.epochs_done += 1

    def training_step(self, batch: Tensors, _: int) -> Tensor:
        """The loss of a batch."""
        output = self.network(batch["inputs"])[:, 0]
        poses = _poses(output)
        loss = mpjpe_loss(poses, batch["targets"])
        self.losses.append(float(loss.detach()))
        if self.plan.sigma:
            logarithm = output[:, 3 * len(OUTPUT) :]
            # The pelvis is at its place by definition.
            loss = loss + SIGMA_WEIGHT * sigma_loss(
                logarithm[:, 1:], poses[:, 1:], batch["targets"][:, 1:]
            )
        if self.trajectory is not None:
            loss = loss + self._semi(batch, poses)
        return loss

    def _semi(self, batch: Tensors, poses: Tensor) -> Tensor:
        """The losses of the trajectory, and of motion without labels."""
        assert self.trajectory is not None
        place = self.trajectory(batch["inputs"])
        loss = weighted_loss(place, batch["roots"][:, None], 1 / batch["roots"][:, 2])
        if self.current_epoch < WARM_UP or "other_inputs" not in batch:
            return loss
        others = _poses(self.network(batch["other_inputs"])[:, 0])
        with_root = self.trajectory(batch["other_inputs"])
        loss = loss + back_projection_loss(
            others, with_root, batch["other_joints"], _matrices(batch["other_focal"])
        )
        return loss + bone_length_loss(others, poses)

    def configure_optimizers(self) -> Any:
        """Adam with its long memory, the rate falling from epoch to epoch (section 5.2)."""
        optimiser = torch.optim.Adam(self.parameters(), lr=self.plan.rate, amsgrad=True)
        return [optimiser], [torch.optim.lr_scheduler.ExponentialLR(optimiser, self.plan.decay)]


def _network(plan: LiftPlan, outputs: int) -> TemporalNetwork:
    spec = plan.spec
    return TemporalNetwork(
        spec.inputs, outputs, spec.field, channels=plan.channels, dropout=plan.dropout
    )


def _poses(output: Tensor) -> Tensor:
    """The joints (N, 17, 3) in outputs (N, outputs)."""
    return output[:, : 3 * len(OUTPUT)].reshape(len(output), len(OUTPUT), 3)


def _matrices(focal: Tensor) -> Tensor:
    """Cameras (N, 3, 3) whose middle is that of the picture, in picture coordinates."""
    matrices = torch.zeros(len(focal), 3, 3, dtype=focal.dtype)
    matrices[:, 0, 0] = matrices[:, 1, 1] = focal
    matrices[:, 2, 2] = 1
    return matrices


class _Epochs(IterableDataset[Tensors]):
    """The batches of an epoch, and with its first one the seed of all that is random in it.

    All depends on the seed of the plan and the epoch alone, so that a training which was stopped
    goes on as if it had not been.
    """

    def __init__(self, task: LiftTask) -> None:
        self._task = task

    def __iter__(self) -> Iterator[Tensors]:
        task, plan = self._task, self._task.plan
        epoch = int(task.epochs_done)
        rng = np.random.default_rng((plan.seed, epoch))
        views = make_views(task.labelled, plan, rng)
        more = _again(_unlabelled(task, rng), plan, rng) if plan.semi else None
        torch.manual_seed(plan.seed * 100_003 + epoch)
        for batch in batches(views, plan.spec, plan.batch, rng):
            if len(batch.inputs) < 2:  # batch normalisation needs two
                continue
            tensors = _tensors(batch)
            if more is not None:
                tensors |= {f"other_{name}": t for name, t in _tensors(next(more)).items()}
            yield tensors


def _unlabelled(task: LiftTask, rng: np.random.Generator) -> Views:
    """Views of the motion without labels, about as many as of that with them."""
    labelled, others = (
        sum(motion.seconds for motion in motions) for motions in (task.labelled, task.unlabelled)
    )
    views = max(1, round(task.plan.views * labelled / others))
    return make_views(task.unlabelled, task.plan, rng, views=views)


def _again(views: Views, plan: LiftPlan, rng: np.random.Generator) -> Iterator[Batch]:
    while True:
        yield from batches(views, plan.spec, plan.batch, rng)


def _tensors(batch: Batch) -> Tensors:
    return {
        "inputs": torch.from_numpy(batch.inputs),
        "targets": torch.from_numpy(batch.targets),
        "roots": torch.from_numpy(batch.roots),
        "joints": torch.from_numpy(batch.joints),
        "focal": torch.from_numpy(batch.focal),
    }
