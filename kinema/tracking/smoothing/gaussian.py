"""The mean over neighbouring times, weighted by a Gaussian curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from kinema.errors import InputError
from kinema.track import Float64Array, Track
from kinema.tracking.pieces import Indices, extended, filter_pieces

_REACH = 4.0  # the curve is cut off at so many standard deviations


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian low-pass filter: it never overshoots, and falls off slowly.

    Attributes:
        cutoff: Hz, where the amplitude of a sine falls to 0.707. The curve's standard deviation in
            time is sqrt(ln 2) / (2 pi cutoff).

    Raises:
        InputError: If the cut-off is not positive.
    """

    cutoff: float = 6.0

    def __post_init__(self) -> None:
        if not self.cutoff > 0:
            raise InputError(f"a cut-off must be a positive number of Hz, got {self.cutoff}")

    def smooth(self, track: Track) -> Track:
        """The track on its regular time base, low-pass filtered."""
        track = track.regular()
        width = float(np.sqrt(np.log(2)) / (2 * np.pi * self.cutoff) * track.rate)  # frames
        margin = int(np.ceil(_REACH * width)) if np.isfinite(width) else 0

        def filtered(values: Float64Array, frames: slice, joints: Indices) -> Float64Array:
            longer = extended(values, margin)
            smooth = ndimage.gaussian_filter1d(longer, width, axis=0, truncate=_REACH)
            return np.asarray(smooth[margin : margin + len(values)])

        return filter_pieces(track, filtered, shortest=2)
