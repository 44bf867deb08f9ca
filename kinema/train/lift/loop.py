"""Trains a lifting network: from recordings of motion to an ONNX file and its card.

The folder of results gets `lifter.onnx`, `lifter.json` (what it was trained on and with, how well
it does on the subjects held out, its log of every epoch) and `last.ckpt`, from which an interrupted
training goes on as if it had not been interrupted.
"""

from __future__ import annotations

import json
import logging
import platform
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import lightning.pytorch as lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint

from kinema.errors import InputError
from kinema.train.lift.export import save_onnx
from kinema.train.lift.measure import measure, views_to_measure
from kinema.train.lift.mocap import Motion, split_by_subject
from kinema.train.lift.network import TemporalNetwork, as_function
from kinema.train.lift.plan import LiftPlan
from kinema.train.lift.synthesis import Views
from kinema.train.lift.task import LiftTask
from kinema.train.onnx_files import save_card

Record = dict[str, float]
CHECKPOINT, CARD, NETWORK = "last.ckpt", "lifter.json", "lifter.onnx"


_LARGEST_GRADIENT = 1.0
"""Norm to which gradients are cut. Adam in the form AMSGrad never forgets the largest gradient: one
that explodes in the first steps, as that of a sigma much too small, would end all learning."""


@dataclass(frozen=True)
class Progress:
    """Whom to tell how the training goes.

    Attributes:
        on_step: After each batch.
        on_epoch: After each epoch, with what its line of the log holds.
    """

    on_step: Callable[[], object] = lambda: None
    on_epoch: Callable[[Record], object] = lambda record: None


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
    checkpoint = _checkpoint(folder, plan, resume=resume)
    if plan.semi and not others:
        raise InputError("all subjects have labels; there is nothing for --semi to learn from")
    if threads is not None:
        torch.set_num_threads(threads)
    torch.manual_seed(plan.seed)
    task = LiftTask(plan, labelled, others)
    views = views_to_measure(held_out, plan) if held_out else None
    log = _Log(plan, views, folder, progress or Progress(), resume=resume)
    started = time.monotonic()
    with _quiet():
        _trainer(plan, folder, log).fit(task, ckpt_path=checkpoint)
    network = task.network.eval()
    card = _card(plan, labelled, others, held_out, log.records, network)
    card["seconds"] = round(time.monotonic() - started, 1)
    save_onnx(network, plan.spec, folder / NETWORK)
    save_card(card, folder / CARD)
    return Trained(network, card, log.records)


def split_labels(motions: Sequence[Motion], plan: LiftPlan) -> tuple[list[Motion], list[Motion]]:
    """Recordings with labels and without, by subject, about as `plan.labelled` says.

    The subjects come in an order that depends on the seed alone; there is always one with labels.
    """
    subjects = sorted({motion.subject for motion in motions})
    order = np.random.default_rng((plan.seed, 1)).permutation(len(subjects))
    count = max(1, round(plan.labelled * len(subjects)))
    chosen = {subjects[i] for i in order[:count]}
    labelled = [motion for motion in motions if motion.subject in chosen]
    return labelled, [motion for motion in motions if motion.subject not in chosen]


class _Log(Callback):
    """Measures after each epoch, and keeps and tells the results."""

    def __init__(
        self,
        plan: LiftPlan,
        views: Views | None,
        folder: Path,
        progress: Progress,
        *,
        resume: bool,
    ) -> None:
        self.records: list[Record] = []
        self._plan, self._views, self._progress = plan, views, progress
        self._path = folder / "log.jsonl"
        self._started = time.monotonic()
        if not resume:
            self._path.unlink(missing_ok=True)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {"records": self.records}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from a checkpoint."""
        self.records = list(state_dict["records"])

    def on_train_batch_end(self, *_: object, **__: object) -> None:
        """Tells of a step."""
        self._progress.on_step()

    def on_train_epoch_end(self, trainer: object, task: lightning.LightningModule) -> None:
        """Measures, and adds a line to the log."""
        task = cast("LiftTask", task)
        record: Record = {
            "epoch": task.current_epoch + 1.0,
            "loss": round(float(np.mean(task.losses)), 5),
            "seconds": round(time.monotonic() - self._started, 1),
        }
        if self._views is not None:
            record |= measure(as_function(task.network), self._plan.spec, self._views)
            task.network.train()
        self.records.append(record)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        self._progress.on_epoch(record)


def _trainer(plan: LiftPlan, folder: Path, log: _Log) -> lightning.Trainer:
    saver = ModelCheckpoint(
        dirpath=folder,
        filename=CHECKPOINT.removesuffix(".ckpt"),
        every_n_epochs=1,
        enable_version_counter=False,
    )
    return lightning.Trainer(
        accelerator="cpu",
        max_epochs=plan.epochs,
        callbacks=[log, saver],
        gradient_clip_val=_LARGEST_GRADIENT,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        default_root_dir=folder,
    )


def _checkpoint(folder: Path, plan: LiftPlan, *, resume: bool) -> Path | None:
    """Where to go on from; also writes down the plan, which must stay what it was."""
    place = folder / "plan.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not resume:
            place.write_text(json.dumps(plan.as_dict(), indent=2) + "\n", encoding="utf-8")
            return None
        before = json.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot use the folder {folder}: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"{place} is damaged; start the training anew") from error
    if before != plan.as_dict():
        changed = [name for name, value in plan.as_dict().items() if before.get(name) != value]
        raise InputError(
            f"the training in {folder} was begun with another {', '.join(changed)}; go on with the "
            "same, or use another folder"
        )
    if not (folder / CHECKPOINT).exists():
        raise InputError(f"{folder} holds no {CHECKPOINT} to go on from")
    return folder / CHECKPOINT


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
        "made_with": {
            "kinema": version("kinema"),
            "torch": str(torch.__version__),
            "lightning": version("lightning"),
            "python": platform.python_version(),
        },
        "log": log,
    }


def _facts(motions: Sequence[Motion]) -> dict[str, object]:
    return {
        "recordings": len(motions),
        "minutes": round(sum(motion.seconds for motion in motions) / 60, 2),
        "subjects": sorted({motion.subject for motion in motions}),
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps Lightning from telling what hardware there is and that data could load faster."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            warnings.filterwarnings("ignore", module="torch")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
