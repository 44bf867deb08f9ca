"""How well a recogniser does: accuracy, confusion, each label, and whether its doubts are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.analysis.shares import share_interval
from kinema.poses import Float32Array

Float64Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

BINS = 10
"""Of confidence, in which it is held against how often the recogniser is right."""

_COLDEST, _HOTTEST = 0.05, 20.0  # temperatures


@dataclass(frozen=True, eq=False)
class Measured:
    """What was found on some recordings.

    Attributes:
        labels: Of the classes, L.
        confusion: (L, L) recordings with the label of the row that were taken for the column's.
        loss: Mean negative logarithm of the probability of the right label.
        calibration_error: Expected calibration error: the mean difference, over the bins, between
            confidence and share that is right, by the number of recordings in each (Naeini et al.
            2015).
        bins: (B, 3) for each bin of confidence: mean confidence, share that is right, recordings;
            NaN, NaN, 0 where there are none.
    """

    labels: tuple[str, ...]
    confusion: Integers
    loss: float
    calibration_error: float
    bins: Float64Array

    @property
    def count(self) -> int:
        """How many recordings there were."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of the recordings that were recognised."""
        return float(np.trace(self.confusion) / self.count)

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """Between which accuracies the true one lies, as `share_interval` says."""
        return share_interval(int(np.trace(self.confusion)), self.count)

    @property
    def precision(self) -> Float64Array:
        """(L,) share of what was taken for a label that is of it; NaN where nothing was."""
        return _shares(np.diag(self.confusion), self.confusion.sum(axis=0))

    @property
    def recall(self) -> Float64Array:
        """(L,) share of each label that was recognised; NaN where there is nothing of it."""
        return _shares(np.diag(self.confusion), self.confusion.sum(axis=1))

    @property
    def f1(self) -> Float64Array:
        """(L,) harmonic mean of precision and recall; NaN where a label was nowhere."""
        both = self.confusion.sum(axis=0) + self.confusion.sum(axis=1)
        return _shares(2 * np.diag(self.confusion), both)

    def as_dict(self) -> dict[str, object]:
        """The figures as JSON takes them; null where there is none."""
        by_label = zip(
            self.labels,
            self.confusion.sum(axis=1).tolist(),
            self.precision.tolist(),
            self.recall.tolist(),
            self.f1.tolist(),
            strict=True,
        )
        known = ~np.isnan(self.f1)
        return {
            "recordings": self.count,
            "accuracy": _rounded(self.accuracy),
            "accuracy_interval": [_rounded(end) for end in self.accuracy_interval],
            "macro_f1": _rounded(float(self.f1[known].mean())),
            "loss": _rounded(self.loss),
            "calibration_error": _rounded(self.calibration_error),
            "labels": {
                label: {
                    "recordings": count,
                    "precision": _rounded(precision),
                    "recall": _rounded(recall),
                    "f1": _rounded(f1),
                }
                for label, count, precision, recall, f1 in by_label
            },
            "confusion": self.confusion.tolist(),
            "calibration": [
                {"confidence": _rounded(sure), "accuracy": _rounded(right), "recordings": int(n)}
                for sure, right, n in self.bins.tolist()
            ],
        }


def measure(probabilities: Float32Array, truth: npt.ArrayLike, labels: tuple[str, ...]) -> Measured:
    """Holds what a recogniser says against the truth.

    Args:
        probabilities: (R, L) of each recording.
        truth: (R,) the number of the label of each.
        labels: L names.
    """
    right_ones = np.asarray(truth, dtype=np.int64)
    taken = probabilities.argmax(axis=1)
    confusion = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(confusion, (right_ones, taken), 1)
    chance = probabilities[np.arange(len(right_ones)), right_ones].astype(np.float64)
    bins = _bins(probabilities.max(axis=1).astype(np.float64), taken == right_ones)
    return Measured(
        labels,
        confusion,
        float(-np.log(np.maximum(chance, 1e-12)).mean()),
        _calibration_error(bins),
        bins,
    )


def together(parts: Sequence[Measured]) -> Measured:
    """What was found on several sets of recordings, as if they were one."""
    counts = np.array([part.count for part in parts], dtype=np.float64)
    bins = np.stack([part.bins for part in parts])
    filled = bins[..., 2].sum(axis=0)
    sums = np.nansum(bins[..., :2] * bins[..., 2:], axis=0)
    means = np.stack([_shares(sums[:, 0], filled), _shares(sums[:, 1], filled), filled], axis=1)
    return Measured(
        parts[0].labels,
        np.sum([part.confusion for part in parts], axis=0),
        float((counts * [part.loss for part in parts]).sum() / counts.sum()),
        _calibration_error(means),
        means,
    )


def fit_temperature(logits: Float32Array, truth: npt.ArrayLike) -> float:
    """The temperature with which the probabilities of the right labels are the largest.

    Guo et al. 2017, "On calibration of modern neural networks", section 4.2. It must be fitted on
    recordings that the network has not learned from.

    Args:
        logits: (R, L).
        truth: (R,).
    """
    from scipy.optimize import minimize_scalar

    right_ones = np.asarray(truth, dtype=np.int64)
    rows = np.arange(len(right_ones))
    values = logits.astype(np.float64)

    def loss(logarithm: float) -> float:
        scaled = values / np.exp(logarithm)
        scaled -= scaled.max(axis=1, keepdims=True)
        whole = np.log(np.exp(scaled).sum(axis=1))
        return float((whole - scaled[rows, right_ones]).mean())

    bounds = (np.log(_COLDEST), np.log(_HOTTEST))
    found = minimize_scalar(loss, bounds=bounds, method="bounded")
    return float(np.exp(found.x))


def _calibration_error(bins: Float64Array) -> float:
    filled = bins[:, 2] > 0
    gaps = np.abs(bins[filled, 0] - bins[filled, 1])
    return float((gaps * bins[filled, 2]).sum() / bins[:, 2].sum())


def _bins(sure: Float64Array, right: npt.NDArray[np.bool_]) -> Float64Array:
    place = np.clip((sure * BINS).astype(np.intp), 0, BINS - 1)
    count = np.bincount(place, minlength=BINS).astype(np.float64)
    return np.stack(
        [
            _shares(np.bincount(place, sure, BINS), count),
            _shares(np.bincount(place, right.astype(np.float64), BINS), count),
            count,
        ],
        axis=1,
    )


def _shares(part: npt.NDArray[np.generic], whole: npt.NDArray[np.generic]) -> Float64Array:
    result = np.full(len(whole), np.nan)
    np.divide(part, whole, out=result, where=np.asarray(whole) > 0)
    return result


def _rounded(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None
