"""A polynomial fitted around every frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import signal

from kinema.errors import InputError
from kinema.track import Float64Array, Track
from kinema.tracking.pieces import Indices, filter_pieces


@dataclass(frozen=True)
class SavitzkyGolay:
    """Savitzky & Golay's filter (1964): the value, at each frame, of a polynomial fitted around it.

    Pieces shorter than the window stay as they are.

    Attributes:
        window: Seconds; rounded to an odd number of frames that the polynomial needs at least.
        degree: Of the polynomial.

    Raises:
        InputError: If the window is not positive or the degree negative.
    """

    window: float = 0.3
    degree: int = 3

    def __post_init__(self) -> None:
        if not self.window > 0:
            raise InputError(f"a window must be a positive number of seconds, got {self.window}")
        if self.degree < 0:
            raise InputError(f"the degree of a polynomial cannot be {self.degree}")

    def smooth(self, track: Track) -> Track:
        """The track on its regular time base, each position from the polynomial around it."""
        track = track.regular()
        if len(track) < 2:
            return track
        half = max(round(self.window * track.rate / 2 - 0.5), self.degree // 2 + 1)
        samples = 2 * half + 1

        def filtered(values: Float64Array, frames: slice, joints: Indices) -> Float64Array:
            return np.asarray(signal.savgol_filter(values, samples, self.degree, axis=0))

        return filter_pieces(track, filtered, shortest=samples)
