"""From the examples of a data set to a recogniser in a folder: `actions.onnx` and its card.

The card, `actions.json`, says what the recogniser takes and gives, what it was trained on and how,
how well it does by which protocol, and the log of every epoch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import numpy as np
import torch

from kinema.actions.protocols import Split, splits
from kinema.actions.sequences import ActionSet
from kinema.actions.spec import ActionSpec
from kinema.errors import InputError
from kinema.train.actions.export import save_onnx
from kinema.train.actions.families import family_of
from kinema.train.actions.loop import Learned, learn, logits_of
from kinema.train.actions.material import Material, check_labels, form_of, material_of
from kinema.train.actions.measure import Measured, fit_temperature, measure, together
from kinema.train.actions.plan import ActionPlan
from kinema.train.actions.streams import Ensemble
from kinema.train.onnx_files import save_card
from kinema.train.session import CHECKPOINT, Progress, made_with

CARD, NETWORK, FOLDS = "actions.json", "actions.onnx", "folds.json"
FORMAT, VERSION = "kinema.actions", 1
_DOUBT = ("other", "same", "unknown").index


@dataclass(frozen=True, eq=False)
class Parts:
    """What is learned from and what is measured on.

    Attributes:
        learned: What is learned from.
        held_out: By what an early stop and the temperature go; None for none.
        tested: What the figures are measured on; None for none.
        protocol: How they were divided.
        on_validation: Whether the figures are those of the part held out, and the test part is not
            looked at.
        counts: How many recordings each part of the protocol has.
    """

    learned: ActionSet
    held_out: ActionSet | None = None
    tested: ActionSet | None = None
    protocol: str = ""
    on_validation: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Trained:
    """A finished training.

    Attributes:
        network: The network.
        spec: What it takes and gives.
        card: What `actions.json` holds.
        measured: On the test part, or the part held out; None where nothing was measured.
    """

    network: Ensemble
    spec: ActionSpec
    card: dict[str, object]
    measured: Measured | None


def parts_of(split: Split, plan: ActionPlan, *, validate: bool = False) -> Parts:
    """What a plan learns from and is measured on, by a protocol.

    Args:
        split: By the protocol.
        plan: Says whether a part is held out.
        validate: Measure on the part held out, and leave the test part alone.

    Raises:
        InputError: If the figures are to be those of a part held out, and there is none.
    """
    if validate and not plan.validation:
        raise InputError("there is nothing to validate on: the plan holds nothing out")
    held_out = split.validation if plan.validation else None
    learned = split.fitting if plan.validation else split.train
    tested = held_out if validate else split.test
    return Parts(learned, held_out, tested, split.name, validate, split.counts)


def train_by_protocol(
    examples: ActionSet,
    plan: ActionPlan,
    folder: Path,
    *,
    validate: bool = False,
    resume: bool = False,
    progress: Progress | None = None,
    threads: int | None = None,
) -> dict[str, object]:
    """Trains and measures a recogniser by a protocol: one after the other, where it has folds.

    The arguments are those of `train_recogniser`. Of a protocol with folds, each has its recogniser
    in a folder of its own, `folder/FOLD`, and the figures are those of all their tests together.

    Returns:
        The card, or what all cards of the folds say together.

    Raises:
        InputError: As of `train_recogniser` and `kinema.actions.protocols.split`.
    """
    divided = splits(examples, plan.protocol or None, seed=plan.seed, validation=plan.validation)
    trained = []
    for one in divided:
        place = folder if len(divided) == 1 else folder / one.name.rpartition(":")[2]
        trained.append(
            train_recogniser(
                parts_of(one, plan, validate=validate),
                plan,
                place,
                resume=resume and (place / CHECKPOINT).exists() if len(divided) > 1 else resume,
                progress=progress,
                threads=threads,
            )
        )
    if len(trained) == 1:
        return trained[0].card
    return _together(trained, plan, folder)


def _together(trained: Sequence[Trained], plan: ActionPlan, folder: Path) -> dict[str, object]:
    """What the cards of all folds say together; also written to the folder."""
    measured = together([each.measured for each in trained if each.measured is not None])
    protocols = [each.card["protocol"] for each in trained]
    assert all(isinstance(each, dict) for each in protocols)
    card = {
        **trained[0].card,
        "accuracy": round(measured.accuracy, 4),
        "protocol": {
            **cast("dict[str, object]", protocols[0]),
            "name": cast("dict[str, str]", protocols[0])["name"].partition(":")[0],
            "folds": protocols,
            "people": max((cast("dict[str, str]", p)["people"] for p in protocols), key=_DOUBT),
            "test": sum(cast("dict[str, int]", each)["test"] for each in protocols),
        },
        "folds": [
            {"protocol": p, "accuracy": t.card["accuracy"]}
            for p, t in zip(protocols, trained, strict=True)
        ],
        "measured": measured.as_dict(),
        "log": [],
    }
    save_card(card, folder / FOLDS)
    return card


def train_recogniser(
    parts: Parts,
    plan: ActionPlan,
    folder: Path,
    *,
    resume: bool = False,
    progress: Progress | None = None,
    threads: int | None = None,
) -> Trained:
    """Trains, measures and saves a recogniser.

    Args:
        parts: What is learned from and measured on.
        plan: What is to be done.
        folder: Of the results; it is made where it does not exist.
        resume: Go on from `last.ckpt` in the folder.
        progress: Whom to tell.
        threads: How many cores PyTorch uses, from then on; None leaves that to PyTorch. Where the
            machine has other work, too, one is faster than all.

    Raises:
        InputError: If the folder cannot be written, there is nothing to go on from, the plan is
            another one than that of the checkpoint, or a label has no example.
    """
    progress = progress or Progress()
    if threads is not None:
        torch.set_num_threads(threads)
    check_labels(parts.learned, "training")
    people = form_of(parts.learned)
    first = next(track for track in people if len(track))
    spec = plan.spec(parts.learned.labels, first.skeleton, first.keypoints.shape[2])
    finer = None if plan.fitted else 2 * plan.frames
    tell = progress.on_recording
    material = material_of(
        parts.learned, spec, frames=finer, keep_empty=False, on_step=tell, flow=plan.flow
    )
    held_out = _read(parts.held_out, spec, plan, progress)
    tested = held_out if parts.on_validation else _read(parts.tested, spec, plan, progress)
    learned = learn(plan, spec, material, held_out, folder, resume=resume, progress=progress)
    if held_out is not None:
        spec = replace(spec, temperature=_temperature(learned.network, held_out))
    measured = None if tested is None else evaluate(learned.network, spec, tested)
    card = card_of(parts, plan, spec, learned, measured)
    save_onnx(learned.network, spec, folder / NETWORK, material.flow_shape)
    save_card(card, folder / CARD)
    return Trained(learned.network, spec, card, measured)


def evaluate(network: Ensemble, spec: ActionSpec, material: Material) -> Measured:
    """How well a network does on some recordings."""
    probabilities = spec.probabilities(logits_of(network, material))
    return measure(material.by_recording(probabilities), material.truth, spec.labels)


def card_of(
    parts: Parts,
    plan: ActionPlan,
    spec: ActionSpec,
    learned: Learned,
    measured: Measured | None,
) -> dict[str, object]:
    """What stands beside a recogniser."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "spec": spec.as_dict(),
        "precision": "auto" if all(family_of(name).bf16 for name in plan.families) else "f32",
        "parameters": learned.network.parameter_count,
        "accuracy": None if measured is None else round(measured.accuracy, 4),
        "protocol": {
            "name": parts.protocol,
            "measured_on": None if measured is None else _measured_on(parts),
            "people": None if measured is None else _people(parts),
            **parts.counts,
        },
        "measured": None if measured is None else measured.as_dict(),
        "trained_on": _facts(parts.learned),
        "held_out": None if parts.held_out is None else _facts(parts.held_out),
        "seconds": learned.seconds,
        "plan": plan.as_dict(),
        "made_with": made_with(),
        "log": learned.log,
    }


def _measured_on(parts: Parts) -> str:
    return "validation" if parts.on_validation else "test"


def _people(parts: Parts) -> str:
    """Whether the people whom the figures are of were learned from: other, same, or unknown."""
    measured = parts.held_out if parts.on_validation else parts.tested
    used = (parts.learned,) if parts.on_validation else (parts.learned, parts.held_out)
    seen = {sequence.subject for each in used if each for sequence in each.sequences}
    new = {sequence.subject for sequence in measured.sequences} if measured else set()
    if "" in seen | new:
        return "unknown"
    return "same" if seen & new else "other"


def _read(
    examples: ActionSet | None, spec: ActionSpec, plan: ActionPlan, progress: Progress
) -> Material | None:
    if examples is None or not len(examples):
        return None
    return material_of(examples, spec, on_step=progress.on_recording, flow=plan.flow)


def _temperature(network: Ensemble, held_out: Material) -> float:
    return round(fit_temperature(logits_of(network, held_out), held_out.targets), 4)


def _facts(examples: ActionSet) -> dict[str, object]:
    counts = np.bincount(examples.targets(), minlength=len(examples.labels)).tolist()
    return {
        "data": examples.name,
        "recordings": len(examples),
        "labels": dict(zip(examples.labels, counts, strict=True)),
        "subjects": sorted({sequence.subject for sequence in examples.sequences} - {""}),
    }
