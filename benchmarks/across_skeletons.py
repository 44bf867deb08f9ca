"""What it costs to run a recogniser on people of another skeleton than it was trained on.

    python benchmarks/across_skeletons.py DATA [--models kernel] [--skeletons lift13,coco17]
    python benchmarks/across_skeletons.py DATA --held-out
    python benchmarks/across_skeletons.py DATA --recogniser utd/stgcn-0/actions.onnx

A recogniser is trained on the training part of a data set, with the joints of the data. The people
of the test part are then given the joints of another skeleton, lose the others, and it is run on
them as it is. Beside that stands a recogniser that was trained on people of the other skeleton.

Joints are had in two ways: `derived` are all that `kinema.space.lifting.joints_for` finds or
derives, so that a head becomes a nose and, on the way back, a head again, as if nothing had been
lost; `named` are those alone that both skeletons know by one name. What a pose model finds lies
between these two; how its joints lie beside those of the data, neither tells.

Below that stands the same for people of the own skeleton who lack some joints in every frame, as
behind a table or at the edge of the picture.

With `--held-out` the test part is not looked at: each subject of the training part is held out in
turn, or a third of it is where subjects are not told. What missing joints are taken for was chosen
so.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from kinema.actions.protocols import Split, split, splits
from kinema.actions.reading import read_actions
from kinema.actions.recogniser import Recogniser
from kinema.actions.sequences import ActionSequence, ActionSet, People
from kinema.actions.spec import KNOWN_JOINTS, ActionSpec
from kinema.models.recogniser import load_recogniser
from kinema.skeleton import Skeleton
from kinema.space.lifting import joints_for
from kinema.track import Track
from kinema.train.actions.evaluation import evaluate_recogniser
from kinema.train.actions.loop import learn
from kinema.train.actions.material import form_of, material_of
from kinema.train.actions.plan import plan_for
from kinema.train.actions.streams import Ensemble
from kinema.train.actions.training import evaluate

SKELETONS = "lift13,coco17,openpose18,body25,blazepose33,h36m17"
ARM = ("elbow", "wrist", "hand")
LEG = ("knee", "ankle", "foot")
LOST = {
    "legs": tuple(f"{side}_{joint}" for side in ("left", "right") for joint in LEG),
    "feet": tuple(f"{side}_{joint}" for side in ("left", "right") for joint in LEG[1:]),
    "left arm": tuple(f"left_{joint}" for joint in ARM),
    "right arm": tuple(f"right_{joint}" for joint in ARM),
    "head": ("head",),
}


@dataclass(frozen=True, eq=False)
class Others:
    """People as somebody else would have recorded them.

    Attributes:
        name: For the table.
        seen: Makes such a person of one of the data.
        joints: The skeleton of a recogniser for them; empty for that of the data.
    """

    name: str
    seen: Callable[[Track], Track]
    joints: str = ""

    def of(self, examples: ActionSet) -> ActionSet:
        """All examples with such people."""
        return examples.only([self._one(sequence) for sequence in examples.sequences])

    def _one(self, sequence: ActionSequence) -> ActionSequence:
        def read() -> People:
            return tuple(self.seen(track) for track in sequence.read())

        return replace(sequence, read=read)


def derived(target: Skeleton) -> Others:
    """People with all joints of a skeleton that can be had."""

    def seen(track: Track) -> Track:
        points, scores = joints_for(target, track, partial=True)
        return replace(track, skeleton=target, keypoints=points, scores=scores, sigma=None)

    return Others(f"{target.name}, derived", seen, target.name)


def named(target: Skeleton) -> Others:
    """People with those joints of a skeleton that have the same name."""

    def seen(track: Track) -> Track:
        points = np.full((len(track), len(target), track.keypoints.shape[2]), np.nan)
        scores = np.zeros(points.shape[:2])
        for number, joint in enumerate(target.keypoints):
            if joint in track.skeleton:
                own = track.skeleton.index(joint)
                points[:, number], scores[:, number] = track.keypoints[:, own], track.scores[:, own]
        return replace(track, skeleton=target, keypoints=points, scores=scores, sigma=None)

    return Others(f"{target.name}, named", seen, target.name)


def without(what: str) -> Others:
    """People of the skeleton of the data without some joints."""

    def seen(track: Track) -> Track:
        rows = gone(what, track.skeleton)
        points, scores = track.keypoints.copy(), track.scores.copy()
        points[:, rows], scores[:, rows] = np.nan, 0
        return replace(track, keypoints=points, scores=scores, sigma=None)

    return Others(f"without {what}", seen)


def gone(what: str, skeleton: Skeleton) -> list[int]:
    """The joints that are lost, by number."""
    return [skeleton.index(joint) for joint in LOST[what] if joint in skeleton]


class Bench:
    """Trains and measures, as `kinema actions train` does, without a file of the network.

    Args:
        folds: Of the data set: what is learned from and what is tested.
        model: The kind of recogniser.
    """

    def __init__(self, folds: list[Split], model: str) -> None:
        self.folds, self.model = folds, model
        self.native = [self._trained(fold, None) for fold in folds]

    def across(self, others: Others | None) -> float:
        """In percent, what those that were trained on the people of the data tell of others."""
        return self._accuracy(self.native, others)

    def own(self, others: Others) -> float:
        """In percent, what those tell that were trained on such people."""
        return self._accuracy([self._trained(fold, others) for fold in self.folds], others)

    def _trained(self, fold: Split, others: Others | None) -> tuple[Ensemble, ActionSpec]:
        plan = plan_for(self.model, joints="" if others is None else others.joints)
        learned = fold.train if others is None else others.of(fold.train)
        track = form_of(learned)[0]
        spec = plan.spec(learned.labels, track.skeleton, track.keypoints.shape[2])
        frames = None if plan.fitted else 2 * plan.frames
        material = material_of(learned, spec, frames=frames, keep_empty=False)
        with tempfile.TemporaryDirectory() as folder:
            return learn(plan, spec, material, None, Path(folder)).network, spec

    def _accuracy(self, trained: list[tuple[Ensemble, ActionSpec]], others: Others | None) -> float:
        right = 0.0
        for fold, (network, spec) in zip(self.folds, trained, strict=True):
            tested = fold.test if others is None else others.of(fold.test)
            right += evaluate(network, spec, material_of(tested, spec)).accuracy * len(tested)
        return 100 * right / sum(len(fold.test) for fold in self.folds)


def held_out(examples: ActionSet) -> list[Split]:
    """Folds of the training part of a data set."""
    learned = split(examples, validation=0.0).train
    if "" in {sequence.subject for sequence in learned.sequences}:
        return splits(learned, "random", validation=0.0)
    return splits(learned, "leave-one-subject-out", validation=0.0)


def main() -> None:
    """Reads the command line, trains and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--models", default="kernel")
    parser.add_argument("--skeletons", default=SKELETONS)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--recogniser", type=Path, help="one that is trained; the others are not")
    given = parser.parse_args()
    torch.set_num_threads(1)
    examples = read_actions(given.data)
    folds = held_out(examples) if given.held_out else splits(examples, validation=0.0)
    skeleton = form_of(examples)[0].skeleton
    targets = [KNOWN_JOINTS[name] for name in given.skeletons.split(",") if name != skeleton.name]
    rows = [(others, common(each, skeleton)) for each in targets for others in both_ways(each)]
    rows += [(without(what), len(skeleton) - len(gone(what, skeleton))) for what in LOST]
    for model in [str(given.recogniser)] if given.recogniser else given.models.split(","):
        bench = None if given.recogniser else Bench(folds, model)
        across = bench.across if bench else partial(run, load_recogniser(model), folds[0].test)
        print(f"\n{model}, of people with {skeleton.name}: {across(None):.1f} %\n")
        print("| people | joints of that name | run as it is | trained for them |")
        print("|---|---|---|---|")
        for others, count in rows:
            own = f"{bench.own(others):.1f} %" if bench else ""
            line = (
                f"| {others.name} | {count} of {len(skeleton)} | {across(others):.1f} % | {own} |"
            )
            print(line, flush=True)


def run(recogniser: Recogniser, tested: ActionSet, others: Others | None) -> float:
    """In percent, what a recogniser tells of people, as it was saved."""
    people = tested if others is None else others.of(tested)
    return 100 * evaluate_recogniser(recogniser, people).accuracy


def both_ways(target: Skeleton) -> tuple[Others, Others]:
    """People with a skeleton."""
    return derived(target), named(target)


def common(target: Skeleton, skeleton: Skeleton) -> int:
    """How many joints have one name in both."""
    return sum(joint in skeleton for joint in target.keypoints)


if __name__ == "__main__":
    main()
