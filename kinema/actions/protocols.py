"""How a data set is divided for a published measurement: what is learned from, what is tested.

A protocol says which examples are learned from; the others are tested. `split` adds a validation
set, by which settings are chosen and training is stopped without a look at the test: it is taken
from the training examples, whole people where they are known, else by chance within each label.

Which protocols a data set has is in `kinema.actions.published`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kinema.actions.published import PROTOCOLS, Protocol, official_protocols
from kinema.actions.sequences import ActionSequence, ActionSet
from kinema.errors import InputError, did_you_mean

VALIDATION_SHARE = 0.2
TEST_SHARE = 0.3
_FOLD = ":"


def _take(sequence: ActionSequence) -> str:
    """The recording of all ten actions in one go, which are tested together."""
    return sequence.name.rpartition("_")[0]


_FOLDS: dict[str, tuple[str, Callable[[ActionSequence], str]]] = {
    "leave-one-sequence-out": ("recordings", _take),
    "leave-one-subject-out": ("subjects", lambda sequence: sequence.subject),
    "leave-one-view-out": ("views", lambda sequence: sequence.view),
}
_IN_TAKES = ("utkinect",)


@dataclass(frozen=True, eq=False)
class Split:
    """A data set divided by a protocol.

    Attributes:
        name: Of the protocol; of one of its folds `leave-one-subject-out:s3`.
        train: All examples that may be learned from.
        fitting: Those of `train` that are not in `validation`.
        validation: Those of `train` by which settings are chosen.
        test: The others. Nothing may be chosen by them.
    """

    name: str
    train: ActionSet
    fitting: ActionSet
    validation: ActionSet
    test: ActionSet

    @property
    def counts(self) -> dict[str, int]:
        """How many examples each part has."""
        parts = ("train", "fitting", "validation", "test")
        return {part: len(getattr(self, part)) for part in parts}


def protocols_of(actions: ActionSet) -> tuple[str, ...]:
    """The protocols that a data set can be measured by; the first one is the usual one."""
    names = [protocol.name for protocol in _published(actions)]
    usual = names[:1] or ["random"]
    for name in _FOLDS:
        key = _key(actions, name)
        if len({key(sequence) for sequence in actions.sequences} - {""}) > 1:
            names.append(name)
    return tuple(dict.fromkeys((*usual, *names, "random")))


def split(
    actions: ActionSet,
    protocol: str | None = None,
    *,
    seed: int = 0,
    validation: float = VALIDATION_SHARE,
) -> Split:
    """The data set divided by a protocol.

    Args:
        actions: The data set.
        protocol: One of `protocols_of`; None for its usual one. One fold of those that have several
            is `leave-one-subject-out:s3`.
        seed: Of what is chosen by chance: the validation set, and the test set of `random`.
        validation: About what share of the training examples is held out.

    Raises:
        InputError: If the data set has no such protocol, there is nothing to learn from or to test,
            a label that is tested has no training example, or the share is no share.
    """
    name = protocol or protocols_of(actions)[0]
    plain, mark, fold = name.partition(_FOLD)
    if plain in _FOLDS and not mark:
        folds = _folds(actions, plain)
        raise InputError(
            f"{plain} has {len(folds)} parts; take them one by one, or name one: "
            f"{plain}{_FOLD}{folds[0]}"
        )
    if mark:
        folds = _folds(actions, plain)
        if fold not in folds:
            raise InputError(f"{actions.name} has no {fold!r}; {did_you_mean(fold, folds)}")
        key = _key(actions, plain)
        learned = [key(sequence) != fold for sequence in actions.sequences]
        return _divided(actions, name, learned, seed, validation)
    if plain == "random":
        check_examples(actions)
        tested = _by_chance(actions.sequences, TEST_SHARE, np.random.default_rng(seed))
        return _divided(actions, name, [not test for test in tested], seed, validation)
    for known_protocol in _published(actions):
        if known_protocol.name == plain:
            chosen, sides = _applied(actions, known_protocol)
            return _divided(chosen, name, sides, seed, validation)
    raise InputError(
        f"{actions.name} has no protocol {name!r}; {did_you_mean(name, protocols_of(actions))}"
    )


def splits(
    actions: ActionSet,
    protocol: str | None = None,
    *,
    seed: int = 0,
    validation: float = VALIDATION_SHARE,
) -> list[Split]:
    """All folds of a protocol, which is one where it has no folds. The arguments are of `split`.

    The figure of a protocol with folds is that of all their tests together.

    Raises:
        InputError: As for `split`.
    """
    name = protocol or protocols_of(actions)[0]
    names = [f"{name}{_FOLD}{fold}" for fold in _folds(actions, name)] if name in _FOLDS else [name]
    return [split(actions, one, seed=seed, validation=validation) for one in names]


def check_examples(actions: ActionSet) -> None:
    """Checks that there is something to learn and to test of each label.

    Raises:
        InputError: If there are fewer than two labels, or a label has one example only.
    """
    counts = dict.fromkeys(actions.labels, 0)
    for sequence in actions.sequences:
        counts[sequence.label] += 1
    some = [label for label, count in counts.items() if count]
    if len(some) < 2:
        listed = some[0] if some else "nothing"
        raise InputError(
            f"{actions.name} has examples of {listed} only; a recogniser needs two or more labels"
        )
    alone = [label for label, count in counts.items() if count == 1]
    if alone:
        raise InputError(
            f"{actions.name} has one example only of {', '.join(alone[:3])}; one is learned from "
            "and another one tested: record more, or leave it out"
        )


def _published(actions: ActionSet) -> tuple[Protocol, ...]:
    known = PROTOCOLS.get(actions.name, ())
    names = {protocol.name for protocol in known}
    found = official_protocols(actions)
    return known + tuple(protocol for protocol in found if protocol.name not in names)


def _applied(actions: ActionSet, protocol: Protocol) -> tuple[ActionSet, list[bool]]:
    """The examples that a protocol speaks of, and whether each is learned from."""
    labels = tuple(actions.labels[i] for i in protocol.classes) or actions.labels
    sides = {s.name: protocol.learns(s) for s in actions.sequences if s.label in labels}
    chosen = [s for s in actions.sequences if sides.get(s.name) is not None]
    part = ActionSet(actions.name, labels, tuple(chosen))
    return part, [bool(sides[s.name]) for s in chosen]


def _key(actions: ActionSet, protocol: str) -> Callable[[ActionSequence], str]:
    """What is left out together."""
    if protocol == "leave-one-sequence-out" and actions.name not in _IN_TAKES:
        return lambda sequence: ""
    return _FOLDS[protocol][1]


def _folds(actions: ActionSet, protocol: str) -> list[str]:
    if protocol not in _FOLDS:
        raise InputError(f"{protocol} has no parts; those that have are {', '.join(_FOLDS)}")
    what = _FOLDS[protocol][0]
    key = _key(actions, protocol)
    found = list(dict.fromkeys(key(sequence) for sequence in actions.sequences))
    if "" in found or len(found) < 2:
        raise InputError(f"{protocol} needs two or more {what}; {actions.name} does not tell them")
    return found


def _divided(
    actions: ActionSet, name: str, train: Sequence[bool], seed: int, validation: float
) -> Split:
    if not 0 <= validation < 1:
        raise InputError(f"the share for validation must be from 0 to below 1, got {validation}")
    learned = [s for s, chosen in zip(actions.sequences, train, strict=True) if chosen]
    tested = [s for s, chosen in zip(actions.sequences, train, strict=True) if not chosen]
    for part, what in ((learned, "to learn from"), (tested, "to test")):
        if not part:
            raise InputError(f"by the protocol {name} {actions.name} has nothing {what}")
    missing = {s.label for s in tested} - {s.label for s in learned}
    if missing:
        listed = ", ".join(sorted(missing)[:3])
        raise InputError(
            f"by the protocol {name} there is no example to learn {listed} from; record more of "
            "it, or leave it out"
        )
    held = _held_out(learned, validation, np.random.default_rng(seed))
    return Split(
        name,
        train=actions.only(learned),
        fitting=actions.only([s for s, out in zip(learned, held, strict=True) if not out]),
        validation=actions.only([s for s, out in zip(learned, held, strict=True) if out]),
        test=actions.only(tested),
    )


def _held_out(
    sequences: Sequence[ActionSequence], share: float, rng: np.random.Generator
) -> list[bool]:
    """Which examples validate: of whole people, if all labels are left with somebody else."""
    subjects = sorted({sequence.subject for sequence in sequences})
    if share == 0:
        return [False] * len(sequences)
    if len(subjects) > 1 and "" not in subjects:
        count = min(max(1, round(share * len(subjects))), len(subjects) - 1)
        out = set(rng.permutation(subjects)[:count].tolist())
        left = {sequence.label for sequence in sequences if sequence.subject not in out}
        if left == {sequence.label for sequence in sequences}:
            return [sequence.subject in out for sequence in sequences]
    return _by_chance(sequences, share, rng)


def _by_chance(
    sequences: Sequence[ActionSequence], share: float, rng: np.random.Generator
) -> list[bool]:
    """A share of the examples of each label, rounded, but never all of them."""
    chosen = [False] * len(sequences)
    for label in sorted({sequence.label for sequence in sequences}):
        numbers = [i for i, sequence in enumerate(sequences) if sequence.label == label]
        count = min(max(1, round(share * len(numbers))), len(numbers) - 1)
        for i in rng.permutation(numbers)[:count].tolist():
            chosen[i] = True
    return chosen
