"""Labelled examples of movement: what a recogniser learns from and is measured on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kinema.errors import InputError
from kinema.track import Track

People = tuple[Track, ...]


@dataclass(frozen=True, eq=False)
class ActionSequence:
    """One example: people who do one thing, and what it is.

    Attributes:
        name: Of the recording, unlike any other's in its set: `a1_s1_t1`.
        label: What they do; one of the labels of the set.
        read: Gives the people, the one who does it first. It may read a file, and is called when
            the poses are needed, so that a large set need not lie in memory.
        subject: Who does it; recordings of one person are held out together. Empty if unknown.
        view: The camera, where there are several; empty if unknown.
        setup: The arrangement of the cameras, where it changes; empty if unknown.
        part: `train` or `test` where the publishers of the set say it, or several such words where
            it has several splits, `xsub_train xview_val`; else empty.
        video: The file of the recording, where the poses are those in its pictures; else empty.
    """

    name: str
    label: str
    read: Callable[[], People] = field(repr=False)
    subject: str = ""
    view: str = ""
    setup: str = ""
    part: str = ""
    video: str = ""


@dataclass(frozen=True, eq=False)
class ActionSet:
    """All examples of a data set.

    Attributes:
        name: Of the data set: `utd-mhad`.
        labels: Of its classes, in a fixed order, which is that of a recogniser's output.
        sequences: The examples, in a fixed order.

    Raises:
        InputError: If two examples have one name, or a label is not among the labels or is there
            twice.
    """

    name: str
    labels: tuple[str, ...]
    sequences: tuple[ActionSequence, ...]

    def __post_init__(self) -> None:
        if len(set(self.labels)) != len(self.labels):
            raise InputError(f"{self.name} has a label twice among {', '.join(self.labels)}")
        names: set[str] = set()
        for sequence in self.sequences:
            if sequence.name in names:
                raise InputError(f"{self.name} has two recordings of the name {sequence.name}")
            names.add(sequence.name)
            if sequence.label not in self.labels:
                raise InputError(
                    f"{sequence.name} of {self.name} is labelled {sequence.label!r}, "
                    f"which is none of its {len(self.labels)} labels"
                )

    def __len__(self) -> int:
        return len(self.sequences)

    def only(self, sequences: Sequence[ActionSequence]) -> ActionSet:
        """The set with some of its examples and all of its labels."""
        return ActionSet(self.name, self.labels, tuple(sequences))

    def targets(self) -> list[int]:
        """The number of the label of each example."""
        numbers = {label: number for number, label in enumerate(self.labels)}
        return [numbers[sequence.label] for sequence in self.sequences]
