"""The cut-off of a low-pass filter, told from what the filter would take away."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kinema.errors import InputError, did_you_mean
from kinema.track import Float64Array, Track
from kinema.tracking.pieces import longest_runs

USUAL_CUTOFF = 6.0
"""Hz, where a recording is too short to choose: the custom for walking (Winter 2009, chapter 3)."""
METHODS = ("winter", "challis")
_ENOUGH = 1.5  # seconds without a gap, and ...
_ENOUGH_FRAMES = 24  # ... frames, to tell noise from movement
_LOWEST, _STEP = 1.0, 0.25  # Hz
_HIGHEST = 0.9  # of half the frame rate
_TAIL = 0.55  # of half the frame rate: above it there is noise only
_LAGS = 0.5  # seconds over which Challis's residual must not be like itself


def residual_cutoffs(
    track: Track, *, method: Literal["winter", "challis"] = "challis", usual: float = USUAL_CUTOFF
) -> Float64Array:
    """For each joint the cut-off in Hz of a zero-phase Butterworth filter of order 4, (K,).

    `"challis"` (Challis 1999): the cut-off at which what is taken away is least like itself at
    other times, as white noise is. On motion capture with known errors it came nearer to the
    truth.
    `"winter"` (Winter 2009, section 3.4.4.3): at high cut-offs, the root mean square of what the
    filter takes away falls in a straight line, for only noise is left there. The line's value at
    0 Hz is the noise; the cut-off is where as much as that is taken away.

    The longest piece without a gap is examined, all axes together. The residuals of all cut-offs
    follow from one Fourier transform, as the filter's response is known.

    Args:
        track: At equal steps of time.
        method: Which rule.
        usual: The cut-off of a joint without a gap-free piece of 1.5 seconds and 24 frames.

    Returns:
        NaN for joints that are never found.

    Raises:
        InputError: If there is no such method.
    """
    if method not in METHODS:
        raise InputError(f"there is no method {method!r}; {did_you_mean(method, METHODS)}")
    cutoffs = np.where(track.found.any(axis=0), usual, np.nan)
    if len(track) < _ENOUGH_FRAMES:
        return cutoffs
    rate = track.rate
    together: dict[tuple[int, int], list[int]] = {}
    for joint, piece in longest_runs(track.found).items():
        if piece[1] - piece[0] >= max(_ENOUGH_FRAMES, _ENOUGH * rate):
            together.setdefault(piece, []).append(joint)
    choose = {"winter": _by_winter, "challis": _by_challis}[method]
    for (start, stop), joints in together.items():
        power = _power(track.keypoints[start:stop, joints].astype(np.float64))
        cutoffs[joints] = choose(power, rate)
    return cutoffs


def zero_phase_response(
    frequencies: Float64Array, cutoffs: Float64Array, rate: float
) -> Float64Array:
    """What remains of the amplitude of sines, (frequencies, cut-offs).

    The filter is that of `smoothing.butterworth` with order 4.
    """
    warped = np.tan(np.pi * np.minimum(frequencies, rate / 2 * (1 - 1e-9)) / rate)
    at_cutoff = np.tan(np.pi * cutoffs / rate)
    return np.asarray(1 / (1 + (np.sqrt(2) - 1) * (warped[:, None] / at_cutoff) ** 4))


def _power(values: Float64Array) -> Float64Array:
    """Mean square of each frequency from 0 to half the frame rate, (n + 1, J); n, J, D go in.

    The straight line from the first to the last value is taken off, and the rest continued as its
    own negative, so that no jump at the ends looks like noise.
    """
    way = np.linspace(0, 1, len(values))[:, None, None]
    flat = values - values[0] * (1 - way) - values[-1] * way
    spectrum = np.fft.rfft(np.concatenate([flat, -flat[::-1]]), axis=0) / (2 * len(flat))
    power = np.abs(spectrum) ** 2
    power[1:-1] *= 2  # the frequencies that a real signal has twice
    return np.asarray(power.sum(axis=2))


def _grid(power: Float64Array, rate: float) -> tuple[Float64Array, Float64Array]:
    """The cut-offs to try, and the share of each frequency's power that they take away."""
    cutoffs = np.arange(_LOWEST, _HIGHEST * rate / 2, _STEP)
    frequencies = np.linspace(0, rate / 2, len(power))
    return cutoffs, (1 - zero_phase_response(frequencies, cutoffs, rate)) ** 2


def _by_winter(power: Float64Array, rate: float) -> Float64Array:
    cutoffs, taken = _grid(power, rate)
    residual = np.sqrt(taken.T @ power)  # (cut-offs, J), falling
    tail = cutoffs >= _TAIL * rate / 2
    slope, noise = np.polyfit(cutoffs[tail], residual[tail], 1)
    chosen = [
        np.interp(-level, -column, cutoffs) for level, column in zip(noise, residual.T, strict=True)
    ]
    # A residual that does not fall has no line: the noise is not white, or there is none.
    return np.where(slope < 0, chosen, USUAL_CUTOFF)


def _by_challis(power: Float64Array, rate: float) -> Float64Array:
    cutoffs, taken = _grid(power, rate)
    lags = max(2, int(_LAGS * rate))
    likeness = np.empty((len(cutoffs), power.shape[1]))
    for i, share in enumerate(taken.T):
        covariance = np.fft.irfft(share[:, None] * power, axis=0)[: lags + 1]
        total = np.where(covariance[0] > 0, covariance[0], 1)
        likeness[i] = ((covariance[1:] / total) ** 2).sum(axis=0)
    return np.asarray(cutoffs[likeness.argmin(axis=0)])
