"""Trains the recogniser of everyday movements that ships: one command, one seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from kinema.errors import InputError
from kinema.train.actions.everyday.examples import SECONDS, make_examples
from kinema.train.actions.everyday.falls import FALLS
from kinema.train.actions.everyday.movements import MOVEMENTS
from kinema.train.actions.everyday.recorded import Piece, labelled
from kinema.train.actions.everyday.scenes import Stock, kind_of
from kinema.train.actions.plan import ActionPlan, plan_for
from kinema.train.actions.training import CARD, Parts, Trained, train_recogniser
from kinema.train.lift.mocap import Motion
from kinema.train.onnx_files import save_card
from kinema.train.session import Progress

EACH = 3000
"""Examples of each label that are learned from."""

THRESHOLD = 0.5
"""Of the probability of an action, below which none is named."""

_SHARE = 0.125  # of the examples that are learned from, as many are held out, and tested
_EVERY, _HELD_OUT, _TESTED = 6, 1, 3  # of six people who walk, the second and the fourth
_FEWEST = 4  # people or recordings of a kind; of fewer, all parts have all


def everyday_plan(model: str = "gru", *, seed: int = 0, epochs: int | None = None) -> ActionPlan:
    """What the training is.

    Args:
        model: The kind of network; see `kinema.train.actions.families`.
        seed: Of everything random.
        epochs: Times through all examples; None for the usual number.
    """
    sizes = {"channels": 96} if model == "gru" else {}
    return plan_for(
        model,
        **sizes,
        streams=("joint+motion",),
        joints="lift13",
        frames=32,
        seconds=SECONDS,
        background="other",
        threshold=THRESHOLD,
        order="everyday",
        epochs=10 if epochs is None else epochs,
        batch=128,
        warm_up=2,
        smoothing=0.05,
        tilt=4.0,
        shear=0.08,
        scale=0.06,
        noise=0.004,
        lose=0.03,
        pace=0.08,
        crop=0.0,
        mirror=0.5,
        validation=_SHARE,
        seed=seed,
    )


def stocks_of(motions: Sequence[Motion]) -> tuple[Stock, Stock, Stock]:
    """The recordings that are learned from, held out and tested.

    Of each kind (walks, runs, and so on) every sixth person is held out, and another sixth tested;
    where files do not say who it is, every sixth recording. Of a kind that hardly anybody does, all
    three parts have all.
    """
    kinds: dict[str, dict[str, list[Piece]]] = {}
    for motion in motions:
        piece = labelled(motion)
        if any(piece.labels):
            who = motion.name if "/" in motion.name else motion.subject
            kinds.setdefault(kind_of(piece), {}).setdefault(who, []).append(piece)
    parts: tuple[list[Piece], list[Piece], list[Piece]] = ([], [], [])
    for people in kinds.values():
        for number, pieces in enumerate(people.values()):
            place = {_HELD_OUT: 1, _TESTED: 2}.get(number % _EVERY, 0)
            for part in parts if len(people) < _FEWEST else (parts[place],):
                part.extend(pieces)
    learned, held_out, tested = (Stock.of(part) for part in parts)
    return learned, held_out, tested


def train_everyday(
    motions: Sequence[Motion],
    plan: ActionPlan,
    folder: Path,
    *,
    each: int = EACH,
    resume: bool = False,
    progress: Progress | None = None,
    on_scene: Callable[[], object] = lambda: None,
    threads: int | None = None,
) -> Trained:
    """Makes the examples, trains, measures on scenes of other recordings, and saves.

    Args:
        motions: Recordings of CMU's database.
        plan: What the training is; see `everyday_plan`.
        folder: Of the results.
        each: Examples of each label.
        resume: Go on with a training that was stopped.
        progress: Whom to tell.
        on_scene: Called after each scene that was made.
        threads: Cores to use.

    Raises:
        InputError: If the recordings lack what scenes are made of, or as of `train_recogniser`.
    """
    if each < 1:
        raise InputError(f"there must be an example of each label, not {each}")
    small = max(1, round(each * _SHARE))
    named = zip(stocks_of(motions), (each, small, small), ("a", "b", "c"), strict=True)
    sets = [
        make_examples(stock, count, 3 * plan.seed + place, name=name, on_step=on_scene)
        for place, (stock, count, name) in enumerate(named)
    ]
    learned, held_out, tested = (replace(one, name="everyday") for one in sets)
    counts = {"fitting": len(learned), "validation": len(held_out), "test": len(tested)}
    parts = Parts(learned, held_out, tested, "other recordings and scenes", counts=counts)
    trained = train_recogniser(
        parts, plan, folder, resume=resume, progress=progress, threads=threads
    )
    trained.card["sources"] = _sources(motions)
    save_card(trained.card, folder / CARD)
    return trained


def _sources(motions: Sequence[Motion]) -> dict[str, object]:
    """What the card says about where the examples come from."""
    return {
        "recorded": {
            "data": "CMU Graphics Lab Motion Capture Database",
            "terms": "free for all uses; the data themselves may not be resold",
            "recordings": [motion.name for motion in motions],
        },
        "made_up": sorted([*MOVEMENTS, *FALLS]),
        "cameras": "random, with the errors of models of poses",
    }
