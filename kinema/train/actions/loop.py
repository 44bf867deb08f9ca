"""Trains a recogniser with Lightning: steps, checkpoints, an early stop, a log of every epoch.

The folder of results gets `last.ckpt`, from which an interrupted training goes on as if it had not
been interrupted, `log.jsonl`, and TensorBoard's files.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

import lightning.pytorch as lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping

from kinema.actions.spec import ActionSpec
from kinema.poses import Float32Array
from kinema.train.actions.material import Material
from kinema.train.actions.measure import measure
from kinema.train.actions.plan import ActionPlan
from kinema.train.actions.streams import Ensemble, Member
from kinema.train.actions.task import ActionTask, network_of
from kinema.train.session import (
    EpochLog,
    Progress,
    Record,
    begun,
    quiet,
    saver,
    trainer_in,
)

BEST = "best.ckpt"
_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Learned:
    """A network that has learned.

    Attributes:
        network: The network, that of the best epoch where there was an early stop.
        log: One line for each epoch.
        seconds: That it took.
    """

    network: Ensemble
    log: list[Record] = field(default_factory=list)
    seconds: float = 0.0


def learn(
    plan: ActionPlan,
    spec: ActionSpec,
    material: Material,
    held_out: Material | None,
    folder: Path,
    *,
    resume: bool = False,
    progress: Progress | None = None,
) -> Learned:
    """Trains a network.

    Args:
        plan: What is to be done.
        spec: What the recogniser takes and gives.
        material: What it learns from.
        held_out: What an early stop goes by; None where nothing is held out.
        folder: Of the results; it is made where it does not exist.
        resume: Go on from `last.ckpt` in the folder.
        progress: Whom to tell.

    Raises:
        InputError: If the folder cannot be written, there is nothing to go on from, or the plan is
            another one than that of the checkpoint.
    """
    checkpoint = begun(folder, plan.as_dict(), resume=resume)
    started = time.monotonic()
    if plan.fitted:
        network = network_of(plan, spec)
        for member in network.members:
            with torch.no_grad():
                values = cast("Member", member).stream(torch.from_numpy(material.clips))
            cast("Fitted", member.network).fit(values, torch.from_numpy(material.targets))
        return Learned(network.eval(), [], round(time.monotonic() - started, 1))
    task = ActionTask(plan, spec, material)
    log = _Log(held_out, folder, progress or Progress(), resume=resume)
    with quiet():
        callbacks = _callbacks(plan, folder, log)
        trainer = trainer_in(folder, plan.epochs, callbacks)
        # What is loaded is the file that this training wrote itself.
        trainer.fit(task, ckpt_path=checkpoint, weights_only=False)
        if plan.patience:
            content = torch.load(folder / BEST, weights_only=False)
            task.load_state_dict(content["state_dict"])
    return Learned(task.result.eval(), log.records, round(time.monotonic() - started, 1))


def logits_of(network: Ensemble, material: Material) -> Float32Array:
    """What a network gives (M, L) for all clips; it is left in the state of use."""
    network.eval()
    inputs = [torch.from_numpy(array) for array in material.inputs]
    found = []
    with torch.inference_mode():
        for start in range(0, len(material), _AT_ONCE):
            found.append(network(*(part[start : start + _AT_ONCE] for part in inputs)))
    return cast("Float32Array", torch.cat(found).numpy())


class Fitted(Protocol):
    """A network that learns from all examples at once."""

    def fit(self, values: torch.Tensor, targets: torch.Tensor) -> None:
        """Learns from what a stream gives (M, C, T, K, P), and targets (M,)."""
        ...


class _Log(EpochLog):
    """Measures after each epoch on what is held out."""

    def __init__(
        self, held_out: Material | None, folder: Path, progress: Progress, *, resume: bool
    ) -> None:
        super().__init__(folder, progress, resume=resume)
        self._held_out = held_out

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, task: lightning.LightningModule
    ) -> None:
        """Measures, and adds a line to the log."""
        task = cast("ActionTask", task)
        record: Record = {
            "epoch": task.current_epoch + 1.0,
            "loss": round(float(np.mean(task.losses)), 5),
            "accuracy": round(task.right / task.seen, 4),
            "seconds": self.seconds,
        }
        if self._held_out is not None:
            logits = logits_of(task.result, self._held_out)
            found = measure(
                self._held_out.by_recording(task.spec.probabilities(logits)),
                self._held_out.truth,
                task.spec.labels,
            )
            record |= {
                "held_out_loss": round(found.loss, 5),
                "held_out_accuracy": round(found.accuracy, 4),
            }
            task.network.train()
            task.log("held_out_loss", found.loss)
        self.keep(trainer, record)


def _callbacks(plan: ActionPlan, folder: Path, log: _Log) -> list[Callback]:
    if not plan.patience:
        return [log, saver(folder)]
    stop = EarlyStopping("held_out_loss", patience=plan.patience, check_on_train_epoch_end=True)
    best = saver(folder, BEST, monitor="held_out_loss", save_top_k=1)
    return [log, stop, best, saver(folder)]
