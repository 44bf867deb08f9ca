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

    def train_dataloader(self) -> DataLoader[Tensors]:
        """New views of all motion, which depend on seed and epoch alone."""
        epoch = self.trainer.current_epoch
        rng = np.random.default_rng((self.plan.seed, epoch))
        views = make_views(self.labelled, self.plan, rng)
        others = make_views(self.unlabelled, self.plan, rng) if self.plan.semi else None
        return DataLoader(_Epoch(self.plan, views, others, rng), batch_size=None)

    def on_train_epoch_start(self) -> None:
        """Sets what changes from epoch to epoch; dropout depends on seed and epoch alone, too."""
        torch.manual_seed(self.plan.seed * 100_003 + self.current_epoch)
        momentum = batch_momentum(self.current_epoch, self.plan.epochs)
        for network in (self.network, self.trajectory):
            if network is not None:
                network.set_momentum(momentum)
        self.losses.clear()

    def training_step(self, batch: Tensors, _: int) -> Tensor:
        """The loss of a batch."""
        output = self.network(batch["inputs"])[:, 0]
        poses = output[:, : 3 * len(OUTPUT)].unflatten(1, (len(OUTPUT), 3))
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
        others = self.network(batch["other_inputs"]).unflatten(2, (len(OUTPUT), 3))[:, 0]
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


def _matrices(focal: Tensor) -> Tensor:
    """Cameras (N, 3, 3) whose middle is that of the picture, in picture coordinates."""
    matrices = torch.zeros(len(focal), 3, 3, dtype=focal.dtype)
    matrices[:, 0, 0] = matrices[:, 1, 1] = focal
    matrices[:, 2, 2] = 1
    return matrices


class _Epoch(IterableDataset[Tensors]):
    """The batches of one epoch."""

    def __init__(
        self, plan: LiftPlan, views: Views, others: Views | None, rng: np.random.Generator
    ) -> None:
        self._plan, self._views, self._others, self._rng = plan, views, others, rng

    def __iter__(self) -> Iterator[Tensors]:
        spec, size = self._plan.spec, self._plan.batch
        more = self._again(self._others) if self._others is not None else None
        for batch in batches(self._views, spec, size, self._rng):
            if len(batch.inputs) < 2:  # batch normalisation needs two
                continue
            tensors = _tensors(batch)
            if more is not None:
                tensors |= {f"other_{name}": t for name, t in _tensors(next(more)).items()}
            yield tensors

    def _again(self, views: Views) -> Iterator[Batch]:
        while True:
            yield from batches(views, self._plan.spec, self._plan.batch, self._rng)


def _tensors(batch: Batch) -> Tensors:
    return {
        "inputs": torch.from_numpy(batch.inputs),
        "targets": torch.from_numpy(batch.targets),
        "roots": torch.from_numpy(batch.roots),
        "joints": torch.from_numpy(batch.joints),
        "focal": torch.from_numpy(batch.focal),
    }
