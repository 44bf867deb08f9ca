"""Which way a person faces in the picture, frame by frame. The signs of angles depend on it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from kinema.analysis.angles.points import any_of, either_ear, weights
from kinema.errors import InputError, did_you_mean
from kinema.known_values import mean_of_known
from kinema.skeleton import Skeleton
from kinema.track import Track

Facing = Literal["right", "left", "front", "back"]
FACINGS: tuple[str, ...] = get_args(Facing)
"""To the right or left of the picture, towards the camera (`front`) or away from it (`back`)."""

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
FacingArray = npt.NDArray[np.str_]

# Lengths of a person who is seen exactly from the side or the front, in lengths of the trunk
# (middle of the shoulders to middle of the hips). By the mean proportions of Drillis & Contini
# (1966): trunk 0.288 of the height, foot 0.152, shoulders 0.2 between the joints.
_FOOT, _FACE, _SHOULDERS, _HIPS = 0.45, 0.3, 0.7, 0.4
# The thigh-shank line bows forward at the knee. Only where there is neither foot nor face.
_KNEE = 0.2
# A view counts at once when it lies within 33 degrees of pure; between two, the last one stays.
_SURE = np.radians(33.0)
# Trunk and feet swing within a step; the way that a person faces does not. Seconds.
_WINDOW = 0.5


def facing_of(track: Track) -> FacingArray:
    """Which way the person faces in each frame, (T,): `right`, `left`, `front` or `back`.

    Toes before heels, nose before ears (or neck) and, without those, knees before the line from hip
    to ankle tell right from left; the order and the distance of shoulders and hips tell front and
    back from the side. Medians over half a second; in oblique views the last clear one stays.
    Where nothing tells, it is `right`.

    Raises:
        InputError: If the track is not in the picture.
    """
    if track.space != "image":
        raise InputError(f"facing is a matter of pictures; this track is in {track.space!r} space")
    points = track.keypoints.astype(np.float64)
    sideways, frontal = evidence(track.skeleton, points)
    if len(track) > 2:
        half = round(_WINDOW / 2 / float(np.median(np.diff(track.times))))
        sideways, frontal = _median(sideways, half), _median(frontal, half)
    return _with_memory(sideways, frontal)


def facing_now(skeleton: Skeleton, points: Float64Array) -> FacingArray:
    """Which way each of N people faces in one picture, (N,), from keypoints (N, K, 2) alone."""
    sideways, frontal = evidence(skeleton, points)
    known = ~(np.isnan(sideways) & np.isnan(frontal))
    nearest = _nearest(np.nan_to_num(sideways), np.nan_to_num(frontal))
    return np.where(known, nearest, "right")


def checked(facing: str | Sequence[str] | FacingArray, length: int) -> FacingArray:
    """The facing that a caller states, for every frame.

    Raises:
        InputError: If it is none of `FACINGS` or there is not one for each frame.
    """
    stated = np.asarray(facing, dtype=np.str_)
    for name in np.unique(stated):
        if name not in FACINGS:
            known = ("auto", *FACINGS)
            raise InputError(f"a person cannot face {str(name)!r}; {did_you_mean(name, known)}")
    if stated.ndim and stated.shape != (length,):
        raise InputError(f"facing must be given once or for each of {length} frames")
    return np.broadcast_to(stated, (length,))


def evidence(skeleton: Skeleton, points: Float64Array) -> tuple[Float64Array, Float64Array]:
    """How far people (T, K, 2) face right and towards the camera, (T,) each, -1 to 1 or NaN."""
    points, _ = either_ear(skeleton, points, None)
    trunk = weights(skeleton, "mid_hip", "neck")
    if trunk is None:
        nowhere = np.full(len(points), np.nan)
        return nowhere, nowhere
    unknown: BoolArray = np.asarray(np.isnan(points[..., 0]))
    known_points = np.where(unknown[..., None], 0.0, points)
    size = np.hypot(*np.moveaxis(known_points.transpose(0, 2, 1) @ trunk, 1, 0))
    size[any_of(unknown, trunk[None] != 0)[:, 0] | (size == 0)] = np.nan
    rows, lengths = _clues(skeleton)
    shares = known_points[..., 0] @ rows.T / (size[:, None] * lengths)  # (T, 7)
    shares[any_of(unknown, rows != 0) | ~rows.any(axis=1)] = np.nan
    shares = np.clip(shares, -1.0, 1.0)
    sideways, knees, frontal = (mean_of_known(shares[:, part], axis=1) for part in _PARTS)
    return np.where(np.isnan(sideways), knees, sideways), frontal


# The columns of the clues: feet and face, knees, shoulders and hips.
_PARTS = slice(0, 3), slice(3, 5), slice(5, 7)


@lru_cache(maxsize=32)
def _clues(skeleton: Skeleton) -> tuple[Float64Array, Float64Array]:
    """The seven clues as weights (7, K) of x, and how long each is in a pure view, in trunks."""
    vectors = (
        (("left_heel", "left_toe"), _FOOT),
        (("right_heel", "right_toe"), _FOOT),
        (("nape", "nose"), _FACE),
        (("left_hip", "left_knee", "left_ankle"), _KNEE),
        (("right_hip", "right_knee", "right_ankle"), _KNEE),
        (("right_shoulder", "left_shoulder"), _SHOULDERS),
        (("right_hip", "left_hip"), _HIPS),
    )
    rows = np.zeros((len(vectors), len(skeleton)))
    for row, (points, _) in zip(rows, vectors, strict=True):
        way = [part for pair in pairwise(points) if (part := weights(skeleton, *pair)) is not None]
        if len(way) == len(points) - 1:
            # Of a leg: the bow of the knee, the way to it less the way from it.
            row += way[0] - sum(way[1:])
    return rows, np.array([length for _, length in vectors])


def _median(values: Float64Array, half: int) -> Float64Array:
    """Median of the known values up to `half` frames away, (T,); NaN where there is none."""
    padded = np.pad(values, half, constant_values=np.nan)
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)
    known = (~np.isnan(windows)).sum(axis=1)  # NaN is sorted to the end
    rows = np.arange(len(windows))
    low = windows[rows, np.maximum(known - 1, 0) // 2]
    high = windows[rows, np.minimum(known // 2, windows.shape[1] - 1)]
    return np.where(known > 0, (low + high) / 2, np.nan)


def _nearest(sideways: Float64Array, frontal: Float64Array) -> FacingArray:
    lateral = np.where(sideways < 0, "left", "right")
    return np.where(
        np.abs(frontal) > np.abs(sideways), np.where(frontal < 0, "back", "front"), lateral
    )


def _with_memory(sideways: Float64Array, frontal: Float64Array) -> FacingArray:
    """The nearest view where it is clear, else the last that was; before the first, that one."""
    sideways, frontal = np.nan_to_num(sideways), np.nan_to_num(frontal)
    nearest = _nearest(sideways, frontal)
    largest = np.maximum(np.abs(sideways), np.abs(frontal))
    other = np.minimum(np.abs(sideways), np.abs(frontal))
    clear = (largest > 0) & (np.arctan2(other, largest) <= _SURE)
    if not clear.any():
        return np.full(len(nearest), _commonest(nearest[largest > 0]))
    last = np.maximum.accumulate(np.where(clear, np.arange(len(clear)), -1))
    last[last < 0] = np.flatnonzero(clear)[0]
    return nearest[last]


def _commonest(names: FacingArray) -> str:
    if len(names) == 0:
        return "right"
    unique, counts = np.unique(names, return_counts=True)
    return str(unique[np.argmax(counts)])
