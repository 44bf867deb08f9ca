"""Butterworth's low-pass filter, forwards and backwards, so that nothing is delayed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import signal

from kinema.errors import InputError
from kinema.track import Float64Array, Track
from kinema.tracking.cutoff import residual_cutoffs
from kinema.tracking.pieces import Indices, extended, filter_pieces

_PASSES = 2
_SHORTEST = 5  # samples
# The filter has forgotten what it started with after about this many periods of the cut-off.
_MEMORY = 1.5


@dataclass(frozen=True)
class Butterworth:
    """The zero-phase filter that is the custom of biomechanics (Winter 2009, section 3.4.4.2).

    The cut-off is that of the whole, at which the amplitude of a sine falls to 0.707: the cut-off
    of the single passes is raised to that end (Robertson & Dowling 2003, equation 4). From half
    the frame rate on nothing is filtered. Pieces of fewer than 5 samples stay as they are.

    Attributes:
        cutoff: Hz, the same for all joints; None chooses one for each joint by
            `kinema.tracking.cutoff.residual_cutoffs`.
        order: Of the whole, both passes together: 2, 4, 6, ...

    Raises:
        InputError: If the cut-off is not positive or the order not even.
    """

    cutoff: float | None = None
    order: int = 4

    def __post_init__(self) -> None:
        if self.cutoff is not None and not self.cutoff > 0:
            raise InputError(f"a cut-off must be a positive number of Hz, got {self.cutoff}")
        if self.order < 2 or self.order % _PASSES:
            raise InputError(f"the order of a zero-phase filter is 2, 4, 6, ..., not {self.order}")

    def smooth(self, track: Track) -> Track:
        """The track on its regular time base, low-pass filtered."""
        track = track.regular()
        return self.smooth_at(track, self.cutoffs(track))

    def cutoffs(self, track: Track) -> Float64Array:
        """The cut-off of each joint in Hz, (K,), for a track at equal steps of time."""
        if self.cutoff is None:
            return residual_cutoffs(track)
        return np.full(len(track.skeleton), float(self.cutoff))

    def smooth_at(self, track: Track, cutoffs: Float64Array) -> Track:
        """The same with one cut-off in Hz for each joint, (K,); a joint with NaN stays as it is."""
        track = track.regular()
        rate = track.rate
        design = lru_cache(lambda cutoff: _design(cutoff, rate, self.order))

        def filtered(values: Float64Array, frames: slice, joints: Indices) -> Float64Array:
            result = values.copy()
            for cutoff in np.unique(cutoffs[joints]):
                same = cutoffs[joints] == cutoff
                if np.isfinite(cutoff) and cutoff < rate / 2:
                    result[:, same] = _both_ways(values[:, same], design(cutoff), cutoff / rate)
            return result

        return filter_pieces(track, filtered, shortest=_SHORTEST)


def zero_phase(values: Float64Array, cutoff: float, rate: float, *, order: int = 4) -> Float64Array:
    """A signal (n, ...) filtered along its first axis; cut-off and rate in Hz."""
    return _both_ways(values, _design(cutoff, rate, order), cutoff / rate)


def single_pass_cutoff(cutoff: float, rate: float, order: int) -> float:
    """The cut-off of each pass for a cut-off of the whole, in Hz.

    A pass of this order may reduce the power at the cut-off by the square root of 2 only. The
    tangent is that of the bilinear transform, which makes the digital filter.
    """
    correction = (2 ** (1 / _PASSES) - 1) ** (1 / (2 * order))
    return float(rate / np.pi * np.arctan(np.tan(np.pi * cutoff / rate) / correction))


def _design(cutoff: float, rate: float, order: int) -> tuple[Float64Array, Float64Array]:
    """The second-order sections of a pass, and the state in which they have settled at 1."""
    single = order // _PASSES
    raised = single_pass_cutoff(cutoff, rate, single)
    sections = signal.butter(single, raised, fs=rate, output="sos")
    return sections, signal.sosfilt_zi(sections)


def _both_ways(
    values: Float64Array, design: tuple[Float64Array, Float64Array], cutoff: float
) -> Float64Array:
    """Forwards, then backwards; the cut-off is per frame."""
    sections, settled = design
    margin = int(np.ceil(_MEMORY / cutoff))
    longer = extended(values, margin)
    start = settled.reshape(*settled.shape, *(1,) * (values.ndim - 1))
    for _ in range(_PASSES):
        longer = signal.sosfilt(sections, longer, axis=0, zi=start * longer[0])[0][::-1]
    return np.asarray(longer[margin : margin + len(values)])
