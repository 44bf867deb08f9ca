"""From a raw track to one that can be measured: `clean`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kinema.track import Float64Array, Track
from kinema.tracking.gaps import fill_gaps
from kinema.tracking.outliers import find_outliers
from kinema.tracking.smoothing import Butterworth, Smoother, Whittaker, find_smoother
from kinema.tracking.swaps import repair_swaps as undo_swaps
from kinema.tracking.uncertainty import path_sigma

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Cleaned:
    """A track before and after cleaning, and what was done to it.

    Attributes:
        raw: The track as it came, on its regular time base.
        repaired: The same, repaired and filled but not smoothed.
        track: The same, smoothed as well, with sigma as far as it is known.
        swapped: (T, K), where left and right were exchanged.
        outliers: (T, K), where a position was taken out as impossible.
        filled: (T, K), where a position was made up between others; also that of outliers.
        cutoffs: (K,) Hz, at which the smoothing of each joint takes the amplitude of a sine down to
            0.707; NaN where there is no such frequency.
        confidence: (T, K) float32 in [0.5, 1]: how sure it is that left is left; 1 for joints of
            the midline.
    """

    raw: Track
    repaired: Track
    track: Track
    swapped: Mask
    outliers: Mask
    filled: Mask
    cutoffs: Float64Array
    confidence: npt.NDArray[np.float32]

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was looked for, repaired or smoothed: see `clean_already`."""
        return self.track is self.raw


def clean(
    track: Track,
    *,
    smooth: str = "auto",
    max_gap: float = 0.25,
    repair_swaps: bool = True,
    remove_outliers: bool = True,
) -> Cleaned:
    """Repair, fill and smooth the path of every joint of one person.

    In this order: a regular time base; left and right that were mixed up; impossible positions,
    which become gaps; short gaps; smoothing; and how uncertain the result is. Swaps come before
    outliers, because a swapped joint looks like an outlier, but is a good measurement of the other
    side.

    Args:
        track: Any, also of one frame or with joints that are never there.
        smooth: A name of `kinema.tracking.smoothing.SMOOTHERS`: `auto`, `none`, `butterworth`, ...
        max_gap: Seconds; longer gaps stay gaps.
        repair_swaps: Whether to look for left and right mixed up.
        remove_outliers: Whether to look for impossible positions.

    Raises:
        InputError: If the smoother is unknown or `max_gap` negative.
    """
    smoother = find_smoother(smooth)
    raw = track.regular()
    repair = undo_swaps(raw) if repair_swaps else None
    repaired = raw if repair is None else repair.track
    nowhere = np.zeros(raw.found.shape, dtype=bool)
    outliers = nowhere
    if remove_outliers:
        doubled = nowhere if repair is None else repair.doubled
        outliers = doubled | find_outliers(_without(repaired, doubled))
    kept = _without(repaired, outliers)
    gaps = fill_gaps(kept, max_gap=max_gap)
    smoothed, cutoffs = _smoothed(smoother, gaps.track)
    swapped = nowhere if repair is None else repair.swapped
    sure = np.ones(nowhere.shape, np.float32) if repair is None else repair.confidence
    return Cleaned(
        raw=raw,
        repaired=gaps.track,
        track=replace(smoothed, sigma=path_sigma(kept, smoothed, gaps.distance)),
        swapped=swapped,
        outliers=outliers,
        filled=gaps.filled,
        cutoffs=cutoffs,
        confidence=sure,
    )


def clean_already(track: Track) -> Cleaned:
    """A track to which nothing is to be done, with the sigma that it has; on regular times."""
    regular = track.regular()
    nowhere = np.zeros(regular.found.shape, dtype=bool)
    return Cleaned(
        raw=regular,
        repaired=regular,
        track=regular,
        swapped=nowhere,
        outliers=nowhere,
        filled=nowhere,
        cutoffs=np.full(len(regular.skeleton), np.nan),
        confidence=np.ones(nowhere.shape, np.float32),
    )


def _smoothed(smoother: Smoother, track: Track) -> tuple[Track, Float64Array]:
    """The smooth track and the cut-off of each joint, as far as the smoother has one."""
    if isinstance(smoother, Whittaker):
        strengths = smoother.strengths(track)
        cutoffs = smoother.cutoffs(strengths, track.rate)
        return smoother.smooth_by(track, strengths), cutoffs
    if isinstance(smoother, Butterworth):
        cutoffs = smoother.cutoffs(track)
        return smoother.smooth_at(track, cutoffs), cutoffs
    return smoother.smooth(track), np.full(len(track.skeleton), np.nan)


def _without(track: Track, outliers: Mask) -> Track:
    keypoints, scores = track.keypoints.copy(), track.scores.copy()
    keypoints[outliers], scores[outliers] = np.nan, 0
    return replace(track, keypoints=keypoints, scores=scores)
