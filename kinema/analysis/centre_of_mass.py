"""The centre of mass of the body, from the masses of its segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from kinema.analysis.angles.points import either_ear, sources
from kinema.curves import Curves
from kinema.errors import InputError, did_you_mean
from kinema.skeleton import Skeleton
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]
Sex = Literal["female", "male", "mean"]


@dataclass(frozen=True)
class Segment:
    """A part of the body that has mass.

    Attributes:
        name: Without side.
        mass: Share of the mass of the body, of one side: (female, male).
        ways: How its centre of mass is found, best first: (start, end, way from start to end for
            (female, male)). Points as in `kinema.analysis.angles.points`, without side.
        sided: Whether there are two.
    """

    name: str
    mass: tuple[float, float]
    ways: tuple[tuple[str, str, tuple[float, float]], ...]
    sided: bool = True


# de Leva's lengths, mm (female, male), to carry his centres over to other end points.
_VERTEX_TO_CERVICALE = (243.7, 242.9)
_VERTEX_TO_SHOULDERS = tuple(  # by the trunk from cervicale and from the middle of the shoulders
    vertex + cervicale - shoulders
    for vertex, cervicale, shoulders in zip(
        _VERTEX_TO_CERVICALE, (614.8, 603.3), (497.9, 515.5), strict=True
    )
)
_FOREARM, _HAND = (264.3, 268.9), (78.0, 86.2)


def _share(parts: tuple[float, float], lengths: tuple[float, ...]) -> tuple[float, float]:
    return parts[0] / lengths[0], parts[1] / lengths[1]


_HEAD_CENTRE = (0.4841 * _VERTEX_TO_CERVICALE[0], 0.5002 * _VERTEX_TO_CERVICALE[1])  # below vertex
_BEYOND_WRIST = _share((0.7474 * _HAND[0], 0.7900 * _HAND[1]), _FOREARM)

SEGMENTS: tuple[Segment, ...] = (
    Segment(
        "head",
        (0.0668, 0.0694),
        (
            ("crown", "neck", _share(_HEAD_CENTRE, _VERTEX_TO_SHOULDERS)),
            ("head_middle", "head_middle", (0.0, 0.0)),
        ),
        sided=False,
    ),
    Segment("trunk", (0.4257, 0.4346), (("neck", "mid_hip", (0.3782, 0.4310)),), sided=False),
    Segment("arm", (0.0255, 0.0271), (("shoulder", "elbow", (0.5754, 0.5772)),)),
    Segment("forearm", (0.0138, 0.0162), (("elbow", "wrist", (0.4559, 0.4574)),)),
    Segment(
        "hand",
        (0.0056, 0.0061),
        (
            ("wrist", "index", (0.7474, 0.7900)),
            ("elbow", "wrist", (1 + _BEYOND_WRIST[0], 1 + _BEYOND_WRIST[1])),
        ),
    ),
    Segment("thigh", (0.1478, 0.1416), (("hip", "knee", (0.3612, 0.4095)),)),
    Segment("shank", (0.0481, 0.0433), (("knee", "ankle", (0.4352, 0.4395)),)),
    Segment(
        "foot",
        (0.0129, 0.0137),
        (("heel", "toe", (0.4014, 0.4415)), ("ankle", "ankle", (0.0, 0.0))),
    ),
)
"""de Leva (1996, Journal of Biomechanics 29:1223, Table 4), by the end points that skeletons have.

The trunk is his from the middle of the shoulders to that of the hips, the shank that to the ankle
joint. The head's centre is carried over from the vertex-cervicale axis to the vertex-shoulders one;
without a crown it is the middle of the head or of the ears, which lie within 2 cm of it. A hand
without a knuckle continues the forearm; a foot without heel and toe is at the ankle.
"""

_SEXES: tuple[str, ...] = get_args(Sex)
# Below this share of the body's mass what is left says little of the whole.
_LEAST_MASS = 0.5


def centre_of_mass(track: Track, *, sex: Sex = "mean") -> Curves:
    """The centre of mass of the body by de Leva (1996), and from how much of the body it is.

    Args:
        track: One person, in the picture or in space.
        sex: Whose masses to use; `mean` is the mean of both.

    Returns:
        Curves `centre_of_mass_x`, `_y` (and `_z`), in px or m along the track's axes, and
        `mass_share`: the share of the body's mass that was seen. The centre is that of the seen
        segments; NaN where they are less than half of the body. Sigma where the track has one.

    Raises:
        InputError: If `sex` is none of those.
    """
    if sex not in _SEXES:
        raise InputError(f"no masses for sex {sex!r}; {did_you_mean(sex, _SEXES)}")
    sigma = None if track.sigma is None else track.sigma.astype(np.float64)
    points, sigma = either_ear(track.skeleton, track.keypoints.astype(np.float64), sigma)
    unknown: npt.NDArray[np.bool_] = np.asarray(np.isnan(points).any(axis=2))
    weights = _weights(track.skeleton, unknown, sex)  # (T, K)
    share = weights.sum(axis=1)
    share = np.where(share > 1 - 1e-9, 1.0, share)  # the rounded masses of a table
    weights = weights / np.where(share >= _LEAST_MASS, share, np.nan)[:, None]
    filled = np.where(np.isnan(points), 0.0, points)
    centre = np.einsum("tk,tkd->td", weights, filled)
    axes = "xyz"[: points.shape[2]]
    names = (*(f"centre_of_mass_{axis}" for axis in axes), "mass_share")
    units = (*(("px" if track.space == "image" else "m"),) * len(axes), "")
    spread = None
    if sigma is not None:
        variance = np.where(weights == 0, 0.0, weights * sigma) ** 2
        each = np.sqrt(variance.sum(axis=1))
        zero = np.where(np.isnan(each), np.nan, 0.0)
        spread = np.stack([*[each] * len(axes), zero], axis=1)
    values = np.concatenate([centre, share[:, None]], axis=1)
    return Curves(names, units, values, track.times, spread)


def _weights(skeleton: Skeleton, unknown: npt.NDArray[np.bool_], sex: Sex) -> Float64Array:
    """What each keypoint adds to the sum of mass times place, (T, K): shares of the body."""
    total = np.zeros(unknown.shape)
    for segment in SEGMENTS:
        mass = _of(segment.mass, sex)
        for side in ("left_", "right_") if segment.sided else ("",):
            waiting = np.ones(len(unknown), bool)
            for start, end, way in segment.ways:
                row = _row(skeleton, side + start, side + end, _of(way, sex))
                if row is not None:
                    usable = waiting & ~unknown[:, row != 0].any(axis=1)
                    total += np.where(usable[:, None], mass * row, 0.0)
                    waiting &= ~usable
    return total


def _of(values: tuple[float, float], sex: Sex) -> float:
    female, male = values
    return {"female": female, "male": male, "mean": (female + male) / 2}[sex]


def _row(skeleton: Skeleton, start: str, end: str, way: float) -> Float64Array | None:
    from_joints, to_joints = sources(skeleton, start), sources(skeleton, end)
    if not from_joints or not to_joints:
        return None
    row = np.zeros(len(skeleton))
    np.add.at(row, list(from_joints), (1 - way) / len(from_joints))
    np.add.at(row, list(to_joints), way / len(to_joints))
    return row
