"""Trains a lifting network: from recordings of motion to an ONNX file and its card.

The folder of results gets `lifter.onnx`, `lifter.json` (what it was trained on and with, how well
it does on the subjects held out, its log of every epoch) and `last.ckpt`, from which an interrupted
training goes on as if it had not been interrupted.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import lightning.pytorch as lightning
import numpy as np
import torch

from kinema.errors import InputError
from kinema.train.lift.export import save_onnx
from kinema.train.lift.measure import measure, views_to_measure
from kinema.train.lift.mocap import Motion, split_by_subject
from kinema.train.lift.network import TemporalNetwork, as_function
from kinema.train.lift.plan import LiftPlan
from kinema.train.lift.synthesis import Views
from kinema.train.lift.task import LiftTask
from kinema.train.onnx_files import save_card
from kinema.train.session import (
    EpochLog,
    Progress,
    Record,
    begun,
    made_with,
    quiet,
    saver,
    trainer_in,
)

CARD, NETWORK = "lifter.json", "lifter.onnx"


@dataclass(frozen=True, eq=False)
class Trained:
    """A finished training.

    Attributes:
        network: The network.
        card: What `lifter.json` holds.
        log: One line for each epoch.
    """

    network: TemporalNetwork
    card: dict[str, object]
    log: list[Record] = field(default_factory=list)


def train_lifter(
    motions: Sequence[Motion],
    plan: LiftPlan,
    folder: Path,
    *,
    resume: bool = False,
    progress: Progress | None = None,
    threads: int | None = None,
) -> Trained:
    """Trains and saves a network.

    Args:
        motions: All recordings, also those of the subjects that the plan holds out.
        plan: What is to be done.
        folder: Of the results; it is made where it does not exist.
        resume: Go on from `last.ckpt` in the folder.
        progress: Whom to tell.
        threads: How many cores PyTorch uses, from then on; None leaves that to PyTorch. Where the
            machine has other work, too, one is faster than all.

    Raises:
        InputError: If the folder cannot be written, there is nothing to go on from, the plan is
            another one than that of the checkpoint, or its subjects are not there.
    """
    kept, held_out = split_by_subject(motions, plan.held_out)
    labelled, others = split_labels(kept, plan)
    checkpoint = begun(folder, plan.as_dict(), resume=resume)
    if plan.semi and not others:
        raise InputError("all subjects have labels; there is nothing for --semi to learn from")
    if threads is not None:
        torch.set_num_threads(threads)
    torch.manual_seed(plan.seed)
    task = LiftTask(plan, labelled, others)
    views = views_to_measure(held_out, plan) if held_out else None
    log = _Log(plan, views, folder, progress or Progress(), resume=resume)
    started = time.monotonic()
    with quiet():
        trainer = trainer_in(folder, plan.epochs, [log, saver(folder)])
        trainer.fit(task, ckpt_path=checkpoint)
    network = task.network.eval()
    card = _card(plan, labelled, others, held_out, log.records, network)
    card["seconds"] = round(time.monotonic() - started, 1)
    save_onnx(network, plan.spec, folder / NETWORK)
    save_card(card, folder / CARD)
    return Trained(network, card, log.records)


def split_labels(motions: Sequence[Motion], plan: LiftPlan) -> tuple[list[Motion], list[Motion]]:
    """Recordings with labels and without, those of a subject together, as `plan.labelled` says.

    The subjects are gone through in an order that depends on the seed alone, and each gets labels
    that does not make the labelled share of the time too large; there is always one with labels.
    """
    seconds: dict[str, float] = defaultdict(float)
    for motion in motions:
        seconds[motion.subject] += motion.seconds
    subjects = sorted(seconds)
    left = plan.labelled * sum(seconds.values()) * (1 + 1e-9)  # all of it in spite of rounding
    chosen: set[str] = set()
    for i in np.random.default_rng((plan.seed, 1)).permutation(len(subjects)):
        if seconds[subjects[i]] <= left:
            chosen.add(subjects[i])
            left -= seconds[subjects[i]]
    chosen = chosen or {min(subjects, key=lambda subject: seconds[subject])}
    labelled = [motion for motion in motions if motion.subject in chosen]
    return labelled, [motion for motion in motions if motion.subject not in chosen]


class _Log(EpochLog):
    """Measures after each epoch on the subjects held out."""

    def __init__(
        self,
        plan: LiftPlan,
        views: Views | None,
        folder: Path,
        progress: Progress,
        *,
        resume: bool,
    ) -> None:
        super().__init__(folder, progress, resume=resume)
        self._plan, self._views = plan, views

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, task: lightning.LightningModule
    ) -> None:
        """Measures, and adds a line to the log."""
        task = cast("LiftTask", task)
        record: Record = {
            "epoch": task.current_epoch + 1.0,
            "loss": round(float(np.mean(task.losses)), 5),
            "seconds": self.seconds,
        }
        if self._views is not None:
            record |= measure(as_function(task.network), self._plan.spec, self._views)
            task.network.train()
        self.keep(trainer, record)


def _card(
    plan: LiftPlan,
    labelled: Sequence[Motion],
    others: Sequence[Motion],
    held_out: Sequence[Motion],
    log: list[Record],
    network: TemporalNetwork,
) -> dict[str, object]:
    return {
        "format": "kinema.lifter",
        "version": 1,
        "spec": plan.spec.as_dict(),
        "parameters": network.parameter_count,
        "trained_on": _facts(labelled),
        "trained_on_in_the_picture_alone": _facts(others) if plan.semi else None,
        "held_out": _facts(held_out),
        "errors_held_out_mm": log[-1] if log and held_out else None,
        "plan": plan.as_dict(),
        "made_with": made_with(),
        "log": log,
    }


def _facts(motions: Sequence[Motion]) -> dict[str, object]:
    return {
        "recordings": len(motions),
        "minutes": round(sum(motion.seconds for motion in motions) / 60, 2),
        "subjects": sorted({motion.subject for motion in motions}),
    }
