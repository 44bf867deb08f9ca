"""What is in a data set of actions, and whether its sides and axes are what Kinema takes them for.

    python benchmarks/action_data.py utd_mhad_skeleton.npz
    python benchmarks/action_data.py penn_action_kpts.npz

Prints how many examples, labels, subjects and views there are, what each protocol makes of them,
how long examples last, what share of joints is absent, and for each label how far the wrists and
ankles of either side move: the median over its examples of the largest extent along an axis, in
body heights, as `kinema.actions.clips` measures them.
"""

from __future__ import annotations

import argparse

import numpy as np

from kinema.actions.clips import clip_of
from kinema.actions.protocols import protocols_of, splits
from kinema.actions.reading import read_actions
from kinema.actions.sequences import ActionSet
from kinema.actions.spec import ActionSpec
from kinema.space.lifting import LIFT13

ENDS = ("left_wrist", "right_wrist", "left_ankle", "right_ankle")


def main() -> None:
    """Prints what is in a data set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--kind")
    arguments = parser.parse_args()
    actions = read_actions(arguments.data, arguments.kind)
    subjects = {sequence.subject for sequence in actions.sequences} - {""}
    views = {sequence.view for sequence in actions.sequences} - {""}
    print(f"{actions.name}: {len(actions)} examples, {len(actions.labels)} labels, ", end="")
    print(f"{len(subjects)} subjects, {len(views)} views")
    for protocol in protocols_of(actions):
        folds = splits(actions, protocol)
        print(f"  {protocol}: {len(folds)} folds, the first {folds[0].counts}")
    _poses(actions)


def _poses(actions: ActionSet) -> None:
    lengths, absent, moves = [], [], dict[str, list[list[float]]]()
    for sequence in actions.sequences:
        people = sequence.read()
        if not people:
            continue
        lengths.append(len(people[0]))
        absent.append(1 - people[0].found.mean())
        dimensions = people[0].keypoints.shape[2]
        spec = ActionSpec(actions.labels, LIFT13, dimensions=dimensions, centre="frame")
        clip = clip_of(people[:1], spec)[..., 0]  # (D + 1, T, K)
        ends = clip[:, :, [LIFT13.index(joint) for joint in ENDS]]
        places = np.where(ends[-1] > 0, ends[:-1], np.nan)
        there = ~np.isnan(places).all(axis=1)
        extent = np.full(there.shape, np.nan)
        extent[there] = np.nanmax(places, axis=1, initial=-np.inf, where=~np.isnan(places))[there]
        extent[there] -= np.nanmin(places, axis=1, initial=np.inf, where=~np.isnan(places))[there]
        moves.setdefault(sequence.label, []).append(extent.max(axis=0).tolist())
    print(f"  frames: {min(lengths)} to {max(lengths)}, median {np.median(lengths):.0f}; ", end="")
    print(f"{np.mean(absent):.1%} of joints absent; {len(actions) - len(lengths)} without people")
    print(f"  {'extent in body heights':36}", *(f"{joint:>12}" for joint in ENDS))
    for label, rows in moves.items():
        print(f"  {label:36}", *(f"{value:12.2f}" for value in np.nanmedian(rows, axis=0)))


if __name__ == "__main__":
    main()
