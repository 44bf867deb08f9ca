"""The median of neighbouring times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from kinema.errors import InputError
from kinema.track import Float64Array, Track
from kinema.tracking.pieces import Indices, extended, filter_pieces


@dataclass(frozen=True)
class Median:
    """A moving median: single wrong frames vanish, steps stay sharp, peaks are cut.

    Attributes:
        window: Seconds; rounded to an odd number of frames, three at least.

    Raises:
        InputError: If the window is not positive.
    """

    window: float = 0.15

    def __post_init__(self) -> None:
        if not self.window > 0:
            raise InputError(f"a window must be a positive number of seconds, got {self.window}")

    def smooth(self, track: Track) -> Track:
        """The track on its regular time base, each position the median of those around it."""
        track = track.regular()
        half = max(1, round(self.window * track.rate / 2 - 0.5)) if len(track) > 1 else 1

        def filtered(values: Float64Array, frames: slice, joints: Indices) -> Float64Array:
            longer = extended(values, half)
            middle = ndimage.median_filter(longer, size=(2 * half + 1, 1, 1))
            return np.asarray(middle[half : half + len(values)])

        return filter_pieces(track, filtered, shortest=2)
