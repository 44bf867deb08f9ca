"""The protocols by which figures on published data sets are given.

Each is a rule that says of an example whether it is learned from (True), tested (False), or not
used (None). Numbers of subjects, views and setups are those of the files.

| data set | protocol | learned from | source |
|---|---|---|---|
| utd-mhad | cross-subject | odd subjects (431; 430 tested) | Chen et al. 2015 |
| penn-action | official | its own flag (1,258; 1,068 tested) | Zhang et al. 2013 |
| ntu60 | cross-subject | 20 of 40 subjects (40,320; 16,560) | Shahroudy et al. 2016 |
| ntu60 | cross-view | cameras 2 and 3 (37,920; 18,960) | Shahroudy et al. 2016 |
| ntu120 | cross-subject | 53 of 106 subjects | Liu et al. 2020 |
| ntu120 | cross-setup | setups with even numbers | Liu et al. 2020 |
| n-ucla | cross-view | views 1 and 2 | Wang et al. 2014 |
| n-ucla | leave-one-subject-out | all but one subject, 10 times | Wang et al. 2014 |
| msr-action3d | cross-subject | odd subjects, all 20 actions | Wang et al. 2012 |
| msr-action3d | as1, as2, as3 | odd subjects, 8 actions each | Li et al. 2010 |
| utkinect | leave-one-sequence-out | all but one recording, 20 times | Xia et al. 2012 |
| utkinect | cross-subject | odd subjects | as is usual; see below |

Of UTKinect's measurement with half of the subjects (Zhu et al. 2013) no list of the five to learn
from was found; here it is those with odd numbers, as in MSR-Action3D.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from kinema.actions.sequences import ActionSequence, ActionSet


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(number) for number in text.split())


NTU60_SUBJECTS = _numbers("1 2 4 5 8 9 13 14 15 16 17 18 19 25 27 28 31 34 35 38")
"""The 20 training subjects (Shahroudy et al. 2016, section 4.4.1)."""

NTU120_SUBJECTS = NTU60_SUBJECTS | _numbers(
    """45 46 47 49 50 52 53 54 55 56 57 58 59 70 74 78 80 81 82 83 84 85 86 89 91 92 93 94 95 97 98
    100 103"""
)
"""The 53 training subjects (Liu et al. 2020, "NTU RGB+D 120", section 3.3)."""

MSR_SUBSETS: dict[str, tuple[int, ...]] = {
    "as1": (2, 3, 5, 6, 10, 13, 18, 20),
    "as2": (1, 4, 7, 8, 9, 11, 12, 14),
    "as3": (6, 14, 15, 16, 17, 18, 19, 20),
}
"""Numbers of the actions, from 1 (Li, Zhang, Liu 2010, table 1)."""


@dataclass(frozen=True)
class Protocol:
    """A published way to divide a data set.

    Attributes:
        name: As on the command line.
        learns: Whether an example is learned from; None if it is not used.
        classes: Numbers of the labels that are used, from 0; empty for all.
    """

    name: str
    learns: Callable[[ActionSequence], bool | None]
    classes: tuple[int, ...] = ()


def number_of(text: str) -> int:
    """The number in `s3`, `P003` or `view_1`; -1 where there is none."""
    found = re.search(r"\d+", text)
    return int(found[0]) if found else -1


def _odd_subject(sequence: ActionSequence) -> bool:
    return number_of(sequence.subject) % 2 == 1


def _subject_in(subjects: frozenset[int]) -> Callable[[ActionSequence], bool]:
    return lambda sequence: number_of(sequence.subject) in subjects


def _view_in(*views: int) -> Callable[[ActionSequence], bool]:
    return lambda sequence: number_of(sequence.view) in views


def _even_setup(sequence: ActionSequence) -> bool:
    return number_of(sequence.setup) % 2 == 0


PROTOCOLS: dict[str, tuple[Protocol, ...]] = {
    "utd-mhad": (Protocol("cross-subject", _odd_subject),),
    "ntu60": (
        Protocol("cross-subject", _subject_in(NTU60_SUBJECTS)),
        Protocol("cross-view", _view_in(2, 3)),
    ),
    "ntu120": (
        Protocol("cross-subject", _subject_in(NTU120_SUBJECTS)),
        Protocol("cross-setup", _even_setup),
    ),
    "n-ucla": (Protocol("cross-view", _view_in(1, 2)),),
    "msr-action3d": (
        Protocol("cross-subject", _odd_subject),
        *(
            Protocol(name, _odd_subject, tuple(number - 1 for number in numbers))
            for name, numbers in MSR_SUBSETS.items()
        ),
    ),
    "utkinect": (Protocol("cross-subject", _odd_subject),),
}
"""By the name of the data set, the usual one first."""

_TRAIN = ("train", "training")
_TEST = ("val", "test", "validation")


def official_protocols(actions: ActionSet) -> tuple[Protocol, ...]:
    """Those that the files themselves say, by the parts of the examples.

    `train` and `test` make the protocol `official`; `xsub_train` and `xsub_val` make `xsub`, and
    `train1` and `test1` make `1`, as the pickles of MMAction2 have them.
    """
    words = {word for sequence in actions.sequences for word in sequence.part.split()}
    sides: dict[str, dict[bool, set[str]]] = {}
    for word in sorted(words):
        name, learned = _named(word)
        if name is not None:
            sides.setdefault(name, {True: set(), False: set()})[learned].add(word)
    return tuple(
        Protocol(name, _part_rule(frozenset(parts[True]), frozenset(parts[False])))
        for name, parts in sides.items()
        if parts[True] and parts[False]
    )


def _named(word: str) -> tuple[str | None, bool]:
    for ending, learned in (*((e, True) for e in _TRAIN), *((e, False) for e in _TEST)):
        match = re.fullmatch(rf"(?:(.+?)[_-])?{ending}[_-]?(\d*)", word)
        if match:
            return match[1] or match[2] or "official", learned
    return None, False


def _part_rule(
    learned: frozenset[str], tested: frozenset[str]
) -> Callable[[ActionSequence], bool | None]:
    def learns(sequence: ActionSequence) -> bool | None:
        parts = set(sequence.part.split())
        if parts & learned:
            return True
        return False if parts & tested else None

    return learns
