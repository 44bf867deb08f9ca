"""Trains a recogniser with Lightning: steps, checkpoints, an early stop, a log of every epoch.

The folder of results gets `last.ckpt`, from which an interrupted training goes on as if it had not
been interrupted, `log.jsonl`, and TensorBoard's files where that is installed.
"""

from __future__ import annotations

import json
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, cast

import lightning.pytorch as lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint

from kinema.actions.spec import ActionSpec
from kinema.errors import InputError
from kinema.poses import Float32Array
from kinema.train.actions.material import Material
from kinema.train.actions.measure import measure
from kinema.train.actions.plan import ActionPlan
from kinema.train.actions.streams import Ensemble, Member
from kinema.train.actions.task import ActionTask, network_of

Record = dict[str, float]
CHECKPOINT, BEST, LOG = "last.ckpt", "best.ckpt", "log.jsonl"
_AT_ONCE = 256


@dataclass(frozen=True)
class Progress:
    """Whom to tell how the training goes.

    Attributes:
        on_recording: After each recording that was read.
        on_step: After each batch.
        on_epoch: After each epoch, with what its line of the log holds.
    """

    on_recording: Callable[[], object] = lambda: None
    on_step: Callable[[], object] = lambda: None
    on_epoch: Callable[[Record], object] = lambda record: None


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
    checkpoint = _checkpoint(folder, plan, resume=resume)
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
    with _quiet():
        trainer = _trainer(plan, folder, log)
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


class _Log(Callback):
    """Measures after each epoch, and keeps and tells the results."""

    def __init__(
        self, held_out: Material | None, folder: Path, progress: Progress, *, resume: bool
    ) -> None:
        self.records: list[Record] = []
        self._held_out, self._progress = held_out, progress
        self._path = folder / LOG
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

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, task: lightning.LightningModule
    ) -> None:
        """Measures, and adds a line to the log."""
        task = cast("ActionTask", task)
        record: Record = {
            "epoch": task.current_epoch + 1.0,
            "loss": round(float(np.mean(task.losses)), 5),
            "accuracy": round(task.right / task.seen, 4),
            "seconds": round(time.monotonic() - self._started, 1),
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
        self.records.append(record)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        for logger in trainer.loggers:
            values = {name: value for name, value in record.items() if name != "epoch"}
            logger.log_metrics(values, step=task.current_epoch + 1)
        self._progress.on_epoch(record)


def _trainer(plan: ActionPlan, folder: Path, log: _Log) -> lightning.Trainer:
    def saver(name: str, **when: Any) -> ModelCheckpoint:
        return ModelCheckpoint(
            dirpath=folder,
            filename=name.removesuffix(".ckpt"),
            every_n_epochs=1,
            save_on_train_epoch_end=True,
            enable_version_counter=False,
            **when,
        )

    callbacks: list[Callback] = [log]
    if plan.patience:
        callbacks.append(
            EarlyStopping("held_out_loss", patience=plan.patience, check_on_train_epoch_end=True)
        )
        callbacks.append(saver(BEST, monitor="held_out_loss", save_top_k=1))
    callbacks.append(saver(CHECKPOINT))
    return lightning.Trainer(
        accelerator="cpu",
        max_epochs=plan.epochs,
        callbacks=callbacks,
        logger=_tensorboard(folder),
        gradient_clip_val=1.0,  # the task shortens them its own way
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        default_root_dir=folder,
    )


def _tensorboard(folder: Path) -> Any:
    """A log that TensorBoard shows; False where it is not installed."""
    if find_spec("tensorboard") is None:
        return False
    from lightning.pytorch.loggers import TensorBoardLogger

    return TensorBoardLogger(folder, name="", version="tensorboard")


def _checkpoint(folder: Path, plan: ActionPlan, *, resume: bool) -> Path | None:
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
