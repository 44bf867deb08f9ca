"""How well something that was taught does: measured on what was held out of its examples."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from kinema.actions.examples import Material
from kinema.actions.kernel import KernelClassifier, probabilities

Float64Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FOLDS = 5

_COLDEST, _HOTTEST = 0.5, 10.0
_DOUBTFUL = 0.8


class Trainable(Protocol):
    """The features (N, F) of clips, and what trains on some of them."""

    @property
    def features(self) -> Float64Array:
        """Of all clips, (N, F)."""

    def train(self, rows: npt.NDArray[np.intp], count: int) -> KernelClassifier:
        """A classifier of `count` classes, taught by these rows of the features."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """What was taught, and how well it was told apart.

    Attributes:
        labels: L of them.
        recordings: How many each had.
        seconds: Of each, together.
        clips: How many each had.
        by_recording: Whether whole recordings were held out; where a label has only one, a
            contiguous part of it was.
        confusion: (L, L) held-out clips: of the label of the row, taken for that of the column.
        accuracy: The mean over the labels of the share that was told right; NaN if nothing could be
            held out.
        error: Standard error of the accuracy, from the folds; NaN if unknown.
        calibration: By how much the probabilities are off in the mean (expected calibration error).
        doubtful: Recordings that look like another label than theirs: name, label, that other.
        temperature: By which the logits are divided.
        away: (H, L) distances of the held-out clips from the nearest example of each label.
        told: (H,) what they were taken for.
        truth: (H,) what they are.
        mirror: Whether mirrored examples were learned from, too.
    """

    labels: tuple[str, ...]
    recordings: tuple[int, ...]
    seconds: tuple[float, ...]
    clips: tuple[int, ...]
    by_recording: bool
    confusion: Integers
    accuracy: float = float("nan")
    error: float = float("nan")
    calibration: float = float("nan")
    doubtful: tuple[tuple[str, str, str], ...] = ()
    temperature: float = 1.0
    away: Float64Array = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    told: Integers = field(default_factory=lambda: np.zeros(0, np.int64), repr=False)
    truth: Integers = field(default_factory=lambda: np.zeros(0, np.int64), repr=False)
    mirror: bool = False

    @property
    def recalls(self) -> Float64Array:
        """The share (L,) of each label that was told right; NaN where nothing was held out."""
        total = self.confusion.sum(axis=1)
        right = np.diagonal(self.confusion)
        return np.where(total > 0, right / np.maximum(total, 1), np.nan)

    def confused(self, count: int = 5, least: float = 0.02) -> list[tuple[str, str, float]]:
        """The labels taken for each other most: label, what it was taken for, share of it."""
        total = np.maximum(self.confusion.sum(axis=1, keepdims=True), 1)
        shares = self.confusion / total
        np.fill_diagonal(shares, 0)
        order = np.argsort(-shares, axis=None, kind="stable")[:count]
        rows, columns = np.unravel_index(order, shares.shape)
        pairs = zip(rows.tolist(), columns.tolist(), strict=True)
        return [
            (self.labels[row], self.labels[column], float(shares[row, column]))
            for row, column in pairs
            if shares[row, column] >= least
        ]

    def as_dict(self) -> dict[str, object]:
        """The lesson as JSON takes it."""
        recalls = self.recalls.tolist()
        return {
            "labels": [
                {
                    "label": label,
                    "recordings": self.recordings[number],
                    "seconds": round(self.seconds[number], 2),
                    "clips": self.clips[number],
                    "right": _number(recalls[number]),
                }
                for number, label in enumerate(self.labels)
            ],
            "held_out": "recordings" if self.by_recording else "parts of recordings",
            "accuracy": _number(self.accuracy),
            "standard_error": _number(self.error),
            "calibration_error": _number(self.calibration),
            "confusion": self.confusion.tolist(),
            "confused": [
                {"label": label, "taken_for": other, "share": round(share, 4)}
                for label, other, share in self.confused()
            ],
            "doubtful": [
                {"recording": name, "label": label, "looks_like": other}
                for name, label, other in self.doubtful
            ],
            "mirror": self.mirror,
        }


def _number(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None


def measured(material: Material, numbers: Trainable) -> Lesson:
    """Holds out each recording once, or part of one, and tells it with what the rest has taught.

    The folds are the same in each run: the recordings of a label are dealt to them in turn. A label
    with one recording that is too short to be cut is never held out.
    """
    count = len(material.labels)
    folds = _folds(material)
    logits = np.zeros((len(material.classes), count))
    away = np.full((len(material.classes), count), np.inf)
    for fold in range(FOLDS):
        out = np.flatnonzero(folds == fold)
        if not len(out):
            continue
        classifier = numbers.train(np.flatnonzero(folds != fold), count)
        features = numbers.features[out]
        logits[out] = classifier.logits(features)
        away[out] = classifier.distances(features)
    held = np.flatnonzero(folds >= 0)
    confusion = np.zeros((count, count), dtype=np.int64)
    facts = {
        "labels": material.labels,
        "recordings": material.recordings,
        "seconds": material.seconds,
        "clips": tuple(np.bincount(material.classes, minlength=count).tolist()),
        "by_recording": min(material.recordings) > 1,
    }
    if not len(held):
        return Lesson(**facts, confusion=confusion)  # type: ignore[arg-type]
    truth, told = material.classes[held], logits[held].argmax(axis=1)
    np.add.at(confusion, (truth, told), 1)
    temperature = _temperature(logits[held], truth)
    chances = probabilities(logits[held] / temperature)
    lesson = Lesson(
        **facts,  # type: ignore[arg-type]
        confusion=confusion,
        calibration=_calibration_error(chances, truth),
        doubtful=_doubtful(material, held, chances),
        temperature=temperature,
        away=away[held],
        told=told,
        truth=truth,
    )
    accuracy, error = float(np.nanmean(lesson.recalls)), _error(folds[held], truth == told)
    return replace(lesson, accuracy=accuracy, error=error)


def _folds(material: Material) -> Integers:
    """The fold (N,) in which each clip is held out; -1 for none."""
    fold_of = np.full(len(material.names), -1, dtype=np.int64)
    for number in range(len(material.labels)):
        own = np.unique(material.groups[material.classes == number])
        if len(own) > 1:
            fold_of[own] = np.arange(len(own)) % FOLDS
    return fold_of[material.groups]


def _error(folds: Integers, right: npt.NDArray[np.bool_]) -> float:
    shares = [float(right[folds == fold].mean()) for fold in np.unique(folds).tolist()]
    if len(shares) < 2:
        return float("nan")
    return float(np.std(shares, ddof=1) / np.sqrt(len(shares)))


def _temperature(logits: Float64Array, truth: Integers) -> float:
    """The one that makes the held-out labels likeliest (Guo et al. 2017)."""
    rows = np.arange(len(truth))

    def loss(log: float) -> float:
        chances = probabilities(logits / np.exp(log))[rows, truth]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    bounds = float(np.log(_COLDEST)), float(np.log(_HOTTEST))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def _calibration_error(chances: Float64Array, truth: Integers) -> float:
    """In ten bins of the probability of what was told, as is usual."""
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == truth
    bins = np.minimum((sure * 10).astype(int), 9)
    off = [abs(float(sure[bins == b].sum() - right[bins == b].sum())) for b in np.unique(bins)]
    return float(sum(off) / len(truth))


def _doubtful(
    material: Material, held: npt.NDArray[np.intp], chances: Float64Array
) -> tuple[tuple[str, str, str], ...]:
    """Recordings of which most clips look like another label, and surely so."""
    found = []
    groups = material.groups[held]
    for group in np.unique(groups).tolist():
        rows = groups == group
        label = int(material.classes[held][rows][0])
        mean = chances[rows].mean(axis=0)
        other = int(mean.argmax())
        if other != label and mean[other] >= _DOUBTFUL:
            found.append((material.names[group], material.labels[label], material.labels[other]))
    return tuple(dict.fromkeys(found))
