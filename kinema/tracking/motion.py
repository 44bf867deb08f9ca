"""How people move on: a Kalman filter for the place and the size of each of many people at once.

The model is a velocity that changes at random and fades within seconds: people who are out of sight
do not walk on for ever. A state is [position, velocity] for each coordinate; all arrays have the
people first, and NumPy multiplies the small matrices of all of them together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FADING_SECONDS = 1.0
"""Velocities fall to 1/e in this time if nothing is seen."""

PLACE_NOISE = 5.0
"""Spectral density of the acceleration, sizes^2 / s^3. A size is about 0.75 m, so that the velocity
changes by 0.9 m/s (standard deviation) within 0.3 s, as when a walker stops within two steps."""

SIZE_NOISE = 0.05
"""The same for the logarithm of the size, 1 / s^3."""

PLACE_ERROR = 0.03
"""Standard deviation of a person's place as it is measured, in sizes."""

SIZE_ERROR = 0.05
"""Standard deviation of the logarithm of a person's size as it is measured."""

FIRST_SPEED = 2.0
"""Standard deviation of the velocity of somebody new, sizes / s."""

FIRST_GROWTH = 0.3
"""The same for the logarithm of the size, 1 / s."""


def first_covariances(people: int, dimensions: int) -> Floats:
    """Of people seen once: (people, D + 1, 2, 2), of D coordinates and of the log of the size."""
    covariances = np.zeros((people, dimensions + 1, 2, 2))
    covariances[:, :, 0, 0] = _errors(dimensions)
    covariances[:, :-1, 1, 1] = FIRST_SPEED**2
    covariances[:, -1, 1, 1] = FIRST_GROWTH**2
    return covariances


def predict(states: Floats, covariances: Floats, seconds: Floats) -> tuple[Floats, Floats]:
    """States and covariances some time later.

    Args:
        states: (M, D + 1, 2).
        covariances: (M, D + 1, 2, 2).
        seconds: (M,), how much later, for each person.
    """
    fading = np.exp(-seconds / FADING_SECONDS)
    step = np.zeros((len(seconds), 1, 2, 2))
    step[:, 0, 0, 0] = 1
    step[:, 0, 0, 1] = FADING_SECONDS * (1 - fading)
    step[:, 0, 1, 1] = fading
    moved = (step @ states[..., None])[..., 0]
    spread = step @ covariances @ step.swapaxes(2, 3)
    return moved, spread + _noise(seconds, states.shape[1])


def correct(
    states: Floats, covariances: Floats, measured: Floats, trust: Floats
) -> tuple[Floats, Floats]:
    """States and covariances after a measurement of the positions.

    Args:
        states: (M, D + 1, 2) as predicted.
        covariances: (M, D + 1, 2, 2) as predicted.
        measured: (M, D + 1).
        trust: (M,) in (0, 1]; the variance of the measurement is divided by it.
    """
    error = _errors(states.shape[1] - 1) / trust[:, None]
    gain = covariances[..., 0] / (covariances[..., 0, 0] + error)[..., None]  # (M, D + 1, 2)
    surprise = measured - states[..., 0]
    corrected = states + gain * surprise[..., None]
    return corrected, covariances - gain[..., None] * covariances[..., :1, :]


def _errors(dimensions: int) -> Floats:
    return np.array([PLACE_ERROR**2] * dimensions + [SIZE_ERROR**2])


def _noise(seconds: Floats, quantities: int) -> Floats:
    """What chance adds to the covariances (M, D + 1, 2, 2): that of integrated white noise."""
    growth = np.empty((len(seconds), 1, 2, 2))
    growth[:, 0, 0, 0] = seconds**3 / 3
    growth[:, 0, 0, 1] = growth[:, 0, 1, 0] = seconds**2 / 2
    growth[:, 0, 1, 1] = seconds
    densities = np.array([PLACE_NOISE] * (quantities - 1) + [SIZE_NOISE])
    return np.asarray(growth * densities[:, None, None])
