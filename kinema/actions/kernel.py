"""A classifier that is trained in seconds: logistic regression with examples as kernels.

The numbers of an example are scaled to mean 0 and spread 1, what is not known being the mean.
Beside them stand how near it is to each of some hundred training examples, by a Gaussian of their
squared distance. On both, multinomial logistic regression is fitted with a penalty on the squares
of its weights, the classes counting alike however many examples they have. The same distances say
whether something is unlike all examples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Float64Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LANDMARKS = 400
"""At most so many examples are kept as kernels."""

_LEAST_SPREAD = 0.05  # added to the spread of each number, so that noise alone is not blown up
_PENALTY = 1e-4
_NARROW = 3.0  # kernels are this much narrower than the median squared distance of two examples
_PLAIN, _KERNEL = 0.3, 4.0  # weights of the plain numbers and of the kernels
_MOST_STEPS = 150


@dataclass(frozen=True, eq=False)
class KernelClassifier:
    """A classifier of L classes by F numbers, with M landmarks.

    Attributes:
        mean: (F,) of the training examples.
        scale: (F,) their spread; infinite for numbers that were never known.
        landmarks: (M, F) scaled examples; NaN where not known.
        owners: (M,) their classes.
        width: The squared distance at which a kernel has fallen to 1 / e.
        weights: (F + M + 1, L), the last row for the constant.
    """

    mean: Float64Array
    scale: Float64Array
    landmarks: Float64Array
    owners: Integers
    width: float
    weights: Float64Array

    def logits(self, features: Float64Array) -> Float64Array:
        """Of the classes, (N, L), from numbers (N, F)."""
        scaled = self.scaled(features)
        return _terms(scaled, self.landmarks, self.width) @ self.weights

    def scaled(self, features: Float64Array) -> Float64Array:
        """The numbers with mean 0 and spread 1; NaN where not known."""
        return np.asarray((features - self.mean) / self.scale)

    def distances(self, features: Float64Array) -> Float64Array:
        """How far each is from the nearest landmark of each class, (N, L), by `distances`."""
        away = distances(self.scaled(features), self.landmarks)
        nearest = np.full((len(features), self.weights.shape[1]), np.inf)
        for label in np.unique(self.owners).tolist():
            nearest[:, label] = away[:, self.owners == label].min(axis=1)
        return nearest

    def apart(self) -> Float64Array:
        """How far the landmarks of each class (L,) are from the nearest of another, by the median.

        Infinite where there is no other.
        """
        away = distances(self.landmarks, self.landmarks)
        other = np.where(self.owners[:, None] != self.owners, away, np.inf).min(axis=1)
        labels = range(self.weights.shape[1])
        return np.array([np.median(other[self.owners == label]) for label in labels])

    def cooled(self, temperature: float) -> KernelClassifier:
        """The same with its logits divided by a number."""
        return replace(self, weights=self.weights / temperature)


def train(
    features: Float64Array, classes: Integers, count: int, *, landmarks: int = LANDMARKS
) -> KernelClassifier:
    """A classifier from examples; the result depends on nothing random.

    Args:
        features: (N, F) numbers; NaN where not known.
        classes: (N,) the class of each.
        count: How many classes there are.
        landmarks: At most so many examples become kernels; 0 for plain logistic regression.
    """
    known = ~np.isnan(features)
    number = known.sum(axis=0)
    mean = np.where(known, features, 0).sum(axis=0) / np.maximum(number, 1)
    variance = np.where(known, (features - mean) ** 2, 0).sum(axis=0) / np.maximum(number, 1)
    scale = np.where(number > 0, np.sqrt(variance) + _LEAST_SPREAD, np.inf)
    scaled = (features - mean) / scale
    chosen = _spread_out(classes, count, landmarks)
    kernels = scaled[chosen]
    filled = np.nan_to_num(kernels)
    pairs = _squares(filled, filled)[~np.eye(len(filled), dtype=bool)]
    width = float(np.median(pairs)) / _NARROW if pairs.size and np.median(pairs) > 0 else 1.0
    terms = _terms(scaled, kernels, width)
    weights = _fitted(terms, classes, count)
    return KernelClassifier(mean, scale, kernels, classes[chosen], width, weights)


def distances(one: Float64Array, other: Float64Array) -> Float64Array:
    """Between each two (N, M): the root mean square of the differences of what both know.

    Infinite where they have nothing in common.
    """
    known, there = (~np.isnan(one)).astype(np.float64), (~np.isnan(other)).astype(np.float64)
    a, b = np.nan_to_num(one), np.nan_to_num(other)
    squares = (a**2) @ there.T + known @ (b**2).T - 2 * a @ b.T
    common = known @ there.T
    root = np.sqrt(np.maximum(squares, 0) / np.maximum(common, 1))
    return np.asarray(np.where(common > 0, root, np.inf))


def probabilities(logits: Float64Array) -> Float64Array:
    """(N, L) that add up to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _spread_out(classes: Integers, count: int, most: int) -> Integers:
    """The numbers of at most so many examples, as many of each class, evenly among its own."""
    each = max(1, most // count) if most else 0
    rows = []
    for label in range(count):
        own = np.flatnonzero(classes == label)
        wanted = np.linspace(0, len(own) - 1, min(each, len(own)))
        rows.append(own[np.round(wanted).astype(np.int64)])
    return np.concatenate(rows)


def _terms(scaled: Float64Array, landmarks: Float64Array, width: float) -> Float64Array:
    plain = np.nan_to_num(scaled)
    kernels = np.exp(-_squares(plain, np.nan_to_num(landmarks)) / width)
    return np.concatenate([_PLAIN * plain, _KERNEL * kernels, np.ones((len(plain), 1))], axis=1)


def _squares(one: Float64Array, other: Float64Array) -> Float64Array:
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.asarray(np.maximum(squares, 0))


def _fitted(terms: Float64Array, classes: Integers, count: int) -> Float64Array:
    """The weights (terms, L) of least loss; the constants are free of the penalty."""
    number = np.maximum(np.bincount(classes, minlength=count), 1)
    present = np.count_nonzero(np.bincount(classes, minlength=count))
    share = 1 / (present * number[classes])  # of each example; all together 1
    rows = np.arange(len(classes))

    def loss(flat: Float64Array) -> tuple[float, Float64Array]:
        """The penalised cross-entropy of the weights, flattened, and its slope."""
        weights = flat.reshape(terms.shape[1], count)
        chances = probabilities(terms @ weights)
        free = weights.copy()
        free[-1] = 0
        value = -(share * np.log(np.maximum(chances[rows, classes], 1e-300))).sum()
        chances[rows, classes] -= 1
        slope = terms.T @ (chances * share[:, None]) + _PENALTY * free
        return float(value + _PENALTY / 2 * (free**2).sum()), slope.ravel()

    start = np.zeros(terms.shape[1] * count)
    options = {"maxiter": _MOST_STEPS}
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    return np.asarray(best.x).reshape(terms.shape[1], count)
