"""Lengths of the body's segments: how long they are and how constant they stay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.analysis.angles.points import any_of, either_ear, weights
from kinema.curves import Curves
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

_SIDED = {
    "foot": ("heel", "toe"),
    "shank": ("knee", "ankle"),
    "thigh": ("hip", "knee"),
    "arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
    "hand": ("wrist", "index"),
}
SEGMENT_ENDS: dict[str, tuple[str, str]] = {
    **{
        f"{side}_{name}": (f"{side}_{start}", f"{side}_{end}")
        for name, (start, end) in _SIDED.items()
        for side in ("left", "right")
    },
    "pelvis": ("right_hip", "left_hip"),
    "trunk": ("mid_hip", "neck"),
    "shoulders": ("right_shoulder", "left_shoulder"),
    "head": ("head_base", "head"),
}
"""The segments by name and their two ends, as in `kinema.analysis.angles.points`."""


def segment_lengths(track: Track) -> Curves:
    """The length of every segment that the skeleton has: `left_shank_length`, `trunk_length`, ...

    Returns:
        Curves in px in the picture, where a segment looks the shorter the more it points at the
        camera, or in m in space. Sigma, where the track has one, to first order along the segment.
    """
    sigma = None if track.sigma is None else track.sigma.astype(np.float64)
    points, sigma = either_ear(track.skeleton, track.keypoints.astype(np.float64), sigma)
    found = {
        f"{name}_length": row
        for name, (start, end) in SEGMENT_ENDS.items()
        if (row := weights(track.skeleton, start, end)) is not None
    }
    rows = np.array(list(found.values())).reshape(len(found), len(track.skeleton))
    unknown: npt.NDArray[np.bool_] = np.asarray(np.isnan(points).any(axis=2))
    vectors = rows @ np.where(unknown[..., None], 0.0, points)  # (T, S, D)
    lengths = np.sqrt((vectors**2).sum(axis=2))
    lengths[any_of(unknown, rows != 0)] = np.nan
    spread = None
    if sigma is not None:
        no_sigma: npt.NDArray[np.bool_] = np.asarray(np.isnan(sigma))
        spread = np.sqrt(np.where(no_sigma, 0.0, sigma) ** 2 @ (rows**2).T)
        spread[any_of(no_sigma, rows != 0) | np.isnan(lengths)] = np.nan
    unit = "px" if track.space == "image" else "m"
    return Curves(tuple(found), (unit,) * len(found), lengths, track.times, spread)


@dataclass(frozen=True)
class Constancy:
    """How constant a segment stays.

    Attributes:
        name: `left_shank_length`, ...
        unit: px or m.
        median: The middle of its lengths.
        variation: Half the distance between the 16th and 84th percentile, over the median: the
            coefficient of variation of the middle of the data. In space a rigid segment has the
            noise of its ends; in the picture it also has the turns out of the plane.
        frames: How many frames have it.
    """

    name: str
    unit: str
    median: float
    variation: float
    frames: int


def constancy(lengths: Curves) -> list[Constancy]:
    """How constant each length of `segment_lengths` stays; NaN for one that is never seen."""
    found = []
    for name, unit, column in zip(lengths.names, lengths.units, lengths.values.T, strict=True):
        known = column[~np.isnan(column)]
        median = variation = float("nan")
        if len(known):
            low, median, high = (float(value) for value in np.percentile(known, [16, 50, 84]))
            variation = (high - low) / 2 / median if median > 0 else float("nan")
        found.append(Constancy(name, unit, median, variation, len(known)))
    return found
