"""Teach a recogniser by examples: seconds of each pose or movement, trained in seconds.

From each example come clips (of single moments for poses, of windows for movements), from these the
numbers of `kinema.actions.features`, and on them the classifier of `kinema.actions.kernel` is
trained. What is unlike every example gets the label `UNKNOWN`, which stands for no action. How well
it does is measured on whole recordings that it has not seen, or, where a label has only one, on a
part of it; see `kinema.actions.lesson`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from kinema.actions.examples import (
    Example,
    Material,
    can_move,
    check_examples,
    material_of,
    spec_for,
)
from kinema.actions.features import mirrored_clips, movement_features, pose_features
from kinema.actions.kernel import KernelClassifier, probabilities, train
from kinema.actions.lesson import Lesson, measured
from kinema.actions.spec import ActionSpec
from kinema.actions.strange import Border, border_of
from kinema.errors import InputError
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton

Float64Array = npt.NDArray[np.float64]
Kind = Literal["pose", "movement"]

UNKNOWN = "unknown"
"""The label of what is like none of the examples. It may be taught, too."""

THRESHOLD = 0.5
"""With this probability and more an action is named: it is likelier than all else together."""

CLEARLY = 0.02
"""By so much must movements be told apart better than poses, to be worth their longer window."""

MOVING = 0.25
"""Body heights a second, in the mean of the joints: with more, an example is taken to be a movement
where nothing can be measured."""


@dataclass(frozen=True, eq=False)
class Taught:
    """A recogniser that was taught; as a function, it is an `ActionNetwork`.

    Attributes:
        spec: What it takes and gives; the last of its labels is `UNKNOWN`.
        kind: Whether it looks at poses or at movements.
        classifier: Tells the labels apart; those of `spec` without `UNKNOWN`, or with it if it was
            taught.
        border: Tells what is unlike all examples.
        lesson: How it was taught, and how well it does.
    """

    spec: ActionSpec
    kind: Kind
    classifier: KernelClassifier
    border: Border
    lesson: Lesson

    def __call__(self, clips: Float32Array) -> Float32Array:
        """The logits (N, L) of clips (N, D + 1, T, K, P)."""
        features = features_of(clips, self.kind, self.spec.joints)
        chances = probabilities(self.classifier.logits(features))
        odd = self._unlike(features, chances)[:, None]
        like = np.log(np.maximum(chances * (1 - odd), 1e-12))
        unlike = np.log(np.maximum(odd, 1e-12))
        count = len(self.spec.labels)
        if like.shape[1] == count:  # it was taught what is none of them
            like[:, -1] = np.logaddexp(like[:, -1], unlike[:, 0])
            return np.asarray(like, dtype=np.float32)
        return np.asarray(np.concatenate([like, unlike], axis=1), dtype=np.float32)

    def unlike(self, clips: Float32Array) -> Float64Array:
        """How likely (N,) it is that clips are unlike all examples."""
        features = features_of(clips, self.kind, self.spec.joints)
        return self._unlike(features, probabilities(self.classifier.logits(features)))

    def _unlike(self, features: Float64Array, chances: Float64Array) -> Float64Array:
        return self.border.unlike(self.classifier.distances(features), chances.argmax(axis=1))


def teach(
    examples: Sequence[Example],
    *,
    kind: Kind | None = None,
    mirror: bool = False,
    seconds: float | None = None,
) -> Taught:
    """A recogniser of the labels of these examples. Nothing in it is random.

    Args:
        examples: At least one of each of two or more labels.
        kind: `pose` or `movement`; None takes movements if they are told apart better so, and
            otherwise poses, which are recognised at once.
        mirror: Whether what an example shows, mirrored, has the same label.
        seconds: The length of the windows of movements; None for one that suits the examples.

    Raises:
        InputError: If there are fewer than two labels, a label without usable frames, one recording
            under two labels, or poses of different spaces.
    """
    check_examples(examples)
    labels = tuple(dict.fromkeys(example.label for example in examples if example.label != UNKNOWN))
    taught_unknown = any(example.label == UNKNOWN for example in examples)
    if len(labels) + taught_unknown < 2:
        raise InputError(
            f"there is only the label {(*labels, UNKNOWN)[0]!r}; teach at least two, such as "
            f"{UNKNOWN!r} for all the rest"
        )
    kinds: list[Kind] = [kind] if kind else ["pose"]
    if kind is None and can_move(examples):
        kinds.append("movement")
    tried: dict[Kind, tuple[ActionSpec, Material, _Numbers]] = {}
    for one in kinds:
        spec = spec_for(one, (*labels, UNKNOWN), examples, seconds)
        material = material_of(examples, spec, one)
        tried[one] = spec, material, _Numbers.of(material, one, spec.joints, mirror=mirror)
    held = {one: measured(material, numbers) for one, (_, material, numbers) in tried.items()}
    best = _better(held, {one: material for one, (_, material, _) in tried.items()})
    spec, material, numbers = tried[best]
    return _trained(spec, best, numbers, replace(held[best], mirror=mirror))


def _better(held: dict[Kind, Lesson], material: dict[Kind, Material]) -> Kind:
    if len(held) == 1:
        return next(iter(held))
    pose, movement = held["pose"].accuracy, held["movement"].accuracy
    if np.isnan(pose) or np.isnan(movement):
        return "movement" if material["movement"].speed > MOVING else "pose"
    return "movement" if movement > pose + CLEARLY else "pose"


def features_of(clips: Float32Array, kind: Kind, joints: Skeleton) -> Float64Array:
    """The numbers (N, F) by which clips are told apart."""
    return (pose_features if kind == "pose" else movement_features)(clips, joints)


@dataclass(frozen=True, eq=False)
class _Numbers:
    """The features of all clips, and of their mirrored images where these count."""

    features: Float64Array
    classes: npt.NDArray[np.int64]
    mirrored: Float64Array | None

    @classmethod
    def of(cls, material: Material, kind: Kind, joints: Skeleton, *, mirror: bool) -> _Numbers:
        other = mirrored_clips(material.clips, joints) if mirror else None
        return cls(
            features_of(material.clips, kind, joints),
            material.classes,
            None if other is None else features_of(other, kind, joints),
        )

    def train(self, rows: npt.NDArray[np.intp], count: int) -> KernelClassifier:
        features, classes = self.features[rows], self.classes[rows]
        if self.mirrored is not None:
            features = np.concatenate([features, self.mirrored[rows]])
            classes = np.concatenate([classes, classes])
        return train(features, classes, count)


def _trained(spec: ActionSpec, kind: Kind, numbers: _Numbers, lesson: Lesson) -> Taught:
    rows = np.arange(len(numbers.classes))
    classifier = numbers.train(rows, len(lesson.labels)).cooled(lesson.temperature)
    count = len(lesson.labels)
    away = lesson.away.reshape(-1, count)
    border = border_of(away, lesson.told, lesson.truth, classifier.apart())
    return Taught(spec, kind, classifier, border, lesson)
