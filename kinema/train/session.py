"""A training in a folder, with Lightning: its plan, its log, its checkpoint, and going on from it.

What is trained and how it is measured is elsewhere (`lift.loop`, `actions.loop`). The folder holds
`plan.json`, `log.jsonl` with a line for each epoch, the same for TensorBoard (`tensorboard --logdir
FOLDER` shows it), and `last.ckpt`, from which an interrupted training goes on as if it had not been
interrupted.
"""

from __future__ import annotations

import json
import logging
import platform
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import lightning.pytorch as lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger

from kinema.errors import InputError
from kinema.train.plans import PLAN, begun_plan, check_same

Record = dict[str, float]
LOG, CHECKPOINT = "log.jsonl", "last.ckpt"
CURVES = "tensorboard"

LARGEST_GRADIENT = 1.0
"""Norm to which gradients are cut. Adam in the form AMSGrad never forgets the largest gradient: one
that explodes in the first steps, as that of a sigma much too small, would end all learning."""


@dataclass(frozen=True)
class Progress:
    """Whom to tell how a training goes.

    Attributes:
        on_recording: After each recording that was read.
        on_step: After each batch.
        on_epoch: After each epoch, with what its line of the log holds.
    """

    on_recording: Callable[[], object] = lambda: None
    on_step: Callable[[], object] = lambda: None
    on_epoch: Callable[[Record], object] = lambda record: None


class EpochLog(Callback):
    """Keeps the results of each epoch, writes and tells them.

    Args:
        folder: Of the results.
        progress: Whom to tell.
        resume: Add to the log that is there.
    """

    def __init__(self, folder: Path, progress: Progress, *, resume: bool) -> None:
        self.records: list[Record] = []
        self._progress = progress
        self._path = folder / LOG
        self._started = time.monotonic()
        if not resume:
            self._path.unlink(missing_ok=True)
            for events in (folder / CURVES).glob("events.*"):
                events.unlink()

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {"records": self.records}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from a checkpoint."""
        self.records = list(state_dict["records"])

    def on_train_batch_end(self, *_: object, **__: object) -> None:
        """Tells of a step."""
        self._progress.on_step()

    @property
    def seconds(self) -> float:
        """Since the training was begun, or gone on with."""
        return round(time.monotonic() - self._started, 1)

    def keep(self, trainer: lightning.Trainer, record: Record) -> None:
        """Takes the results of an epoch."""
        self.records.append(record)
        curves = {name: value for name, value in record.items() if name != "epoch"}
        for logger in trainer.loggers:
            logger.log_metrics(curves, step=round(record["epoch"]))
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        self._progress.on_epoch(record)


def begun(folder: Path, plan: dict[str, object], *, resume: bool) -> Path | None:
    """Makes the folder and writes down the plan; where to go on from, None for a new training.

    Args:
        folder: Of the results.
        plan: As JSON takes it; it must stay what it was.
        resume: Go on with the training in the folder.

    Raises:
        InputError: If the folder cannot be used, there is nothing to go on from, or the plan is
            another one than that of the checkpoint.
    """
    place = folder / PLAN
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not resume:
            place.write_text(json.dumps(plan, indent=2) + "\n", encoding="utf-8")
            return None
    except OSError as error:
        raise InputError(f"cannot use the folder {folder}: {error.strerror or error}") from error
    check_same(folder, begun_plan(folder), plan)
    if not (folder / CHECKPOINT).exists():
        raise InputError(f"{folder} holds no {CHECKPOINT} to go on from")
    return folder / CHECKPOINT


def saver(folder: Path, name: str = CHECKPOINT, **when: Any) -> ModelCheckpoint:
    """Saves a checkpoint after each epoch, or `when` Lightning's words for it say."""
    return ModelCheckpoint(
        dirpath=folder,
        filename=name.removesuffix(".ckpt"),
        every_n_epochs=1,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
        **when,
    )


def trainer_in(folder: Path, epochs: int, callbacks: Sequence[Callback]) -> lightning.Trainer:
    """Lightning's trainer for the processor, which prints nothing."""
    return lightning.Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        callbacks=list(callbacks),
        logger=TensorBoardLogger(folder, name="", version=CURVES),
        gradient_clip_val=LARGEST_GRADIENT,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        default_root_dir=folder,
    )


@contextmanager
def quiet() -> Iterator[None]:
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


def made_with() -> dict[str, str]:
    """What a network was trained with, for its card."""
    return {
        "kinema": version("kinema"),
        "torch": str(torch.__version__),
        "lightning": version("lightning"),
        "python": platform.python_version(),
    }
