"""How well each kind of recogniser does by the published protocol of a data set.

    python benchmarks/action_families.py DATA --out FOLDER [--models kernel,stgcn] [--seeds 5]
    python benchmarks/action_families.py DATA --out FOLDER --choose [--set pacing=0.7]

Trains each kind on the training part with its default settings and measures it on the test part,
once for each seed; prints the mean and the standard deviation of the accuracy and what a training
takes. A training that is finished in FOLDER is not repeated. Nothing is chosen by the test part:
the defaults were chosen on subjects held out of the training part, or are those of the papers.

The second form, by which they were chosen, does not touch the test part: of the training part each
subject is left out in turn, and told by what the others have taught. Of several settings the best
one does better there than it will elsewhere.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from kinema.actions.protocols import split
from kinema.actions.reading import read_actions
from kinema.actions.sequences import ActionSet
from kinema.train.actions.families import FAMILIES
from kinema.train.actions.plan import ActionPlan, plan_for, settings_of
from kinema.train.actions.training import CARD, FOLDS, train_by_protocol

WITHOUT_VIDEO = tuple(name for name, family in FAMILIES.items() if not family.flow)


def main() -> None:
    """Reads the command line, trains and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--models", default=",".join(WITHOUT_VIDEO))
    parser.add_argument("--protocol", default="")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--choose", action="store_true")
    given = parser.parse_args()
    settings = {"protocol": given.protocol, **settings_of(given.set)}
    examples = read_actions(given.data)
    if given.choose:
        examples = split(examples, given.protocol or None).train
        settings["protocol"] = "leave-one-subject-out"
    print(f"{'kind':16}{'seeds':>6}{'accuracy':>10}{'sd':>8}{'error of calibration':>22}{'s':>8}")
    for model in given.models.split(","):
        cards = []
        for seed in range(given.seeds):
            plan = plan_for(model, **{**settings, "seed": seed})
            if FAMILIES[model.split("+")[0]].fitted and seed:
                break  # nothing in it is random
            folder = given.out / "-".join([model, *given.set, str(seed)])
            cards.append(trained(examples, plan, folder, given.threads))
        report(model, cards)


def trained(
    examples: ActionSet, plan: ActionPlan, folder: Path, threads: int | None
) -> dict[str, object]:
    """The card of a training, which is done unless it is done already."""
    for done in (folder / CARD, folder / FOLDS):
        if done.exists():
            card = json.loads(done.read_text(encoding="utf-8"))
            if ActionPlan.of_dict(card["plan"]) == plan:
                return card
    return train_by_protocol(examples, plan, folder, threads=threads)


def report(model: str, cards: list[dict[str, object]]) -> None:
    """Prints the line of one kind."""
    accuracies = np.array([card["accuracy"] for card in cards], dtype=float)
    errors = np.array([card["measured"]["calibration_error"] for card in cards])
    seconds = np.median([card["seconds"] for card in cards])
    spread = f"{100 * accuracies.std(ddof=1):7.2f}%" if len(cards) > 1 else f"{'-':>8}"
    print(
        f"{model:16}{len(cards):6}{100 * accuracies.mean():9.2f}%{spread}{errors.mean():22.3f}"
        f"{seconds:8.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
