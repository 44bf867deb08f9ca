"""One recording laid over another in space: rigid, with scale, by its root, or as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, ShapeError

Float64Array = npt.NDArray[np.float64]
Align = Literal["rigid", "similarity", "root", "none"]
ALIGNMENTS: tuple[Align, ...] = ("rigid", "similarity", "root", "none")


@dataclass(frozen=True, eq=False)
class Similarity:
    """A movement with scale: x becomes scale * rotation x + translation.

    Attributes:
        scale: 1 where only turned and moved.
        rotation: (D, D).
        translation: (D,).
    """

    scale: float
    rotation: Float64Array
    translation: Float64Array

    @classmethod
    def identity(cls, dimensions: int) -> Similarity:
        """The one that changes nothing."""
        return cls(1.0, np.eye(dimensions), np.zeros(dimensions))

    def apply(self, points: npt.ArrayLike) -> Float64Array:
        """Points (..., D) moved."""
        moved = np.asarray(points, dtype=np.float64) @ self.rotation.T
        return np.asarray(self.scale * moved + self.translation)

    @property
    def turn_deg(self) -> float:
        """The angle of the rotation, in degrees, 0 to 180."""
        d = len(self.rotation)
        cosine = (np.trace(self.rotation) - (d - 2)) / 2
        return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def best_similarity(
    source: npt.ArrayLike,
    target: npt.ArrayLike,
    *,
    scale: bool = True,
    about_origin: bool = False,
) -> Similarity:
    """The movement of `source` that comes nearest to `target`, by least squares.

    Without reflections (Umeyama 1991, IEEE PAMI 13(4), equations 39 to 42), over the points that
    are known in both.

    Args:
        source: (M, D) points, D = 2 or 3.
        target: (M, D) where they should be.
        scale: False to turn and move only.
        about_origin: Whether the origin stays where it is: turned and scaled about it, not moved.

    Raises:
        ShapeError: If the two differ in shape or are no points.
        InputError: If fewer than D points are known in both, or all stand in one place.
    """
    a, b = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 2:
        raise ShapeError(f"two sets of points (M, D) are fitted, got {a.shape} and {b.shape}")
    known = np.asarray(~np.isnan(a + b).any(axis=1))
    d = a.shape[1]
    if known.sum() < d:
        raise InputError(f"{int(known.sum())} common points are too few to lay one over the other")
    size, turn, shift = _fit(a[None], b[None], known[None], scale=scale, moves=not about_origin)
    if np.isnan(size[0]):
        raise InputError("all common points stand in one place; nothing can be laid over them")
    return Similarity(float(size[0]), turn[0], shift[0])


def frame_by_frame(source: Float64Array, target: Float64Array) -> Float64Array:
    """Each pose of `source` (T, K, D) under the similarity that fits it to `target` best.

    NaN where a frame has fewer than D common joints.
    """
    known = np.asarray(~np.isnan(source + target).any(axis=2))
    size, turn, shift = _fit(source, target, known, scale=True)
    moved = source @ np.swapaxes(turn, 1, 2)
    placed = size[:, None, None] * moved + shift[:, None]
    placed[known.sum(axis=1) < source.shape[2]] = np.nan
    return np.asarray(placed)


def _fit(
    source: Float64Array,
    target: Float64Array,
    known: npt.NDArray[np.bool_],
    *,
    scale: bool,
    moves: bool = True,
) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Scales (N,), rotations (N, D, D) and translations (N, D) of N sets of M points.

    NaN where all points of the source stand in one place.
    """
    count = np.maximum(known.sum(axis=1), 1)[:, None]
    mask = known[..., None]
    a_mean = np.where(mask, source, 0).sum(axis=1) / count * moves
    b_mean = np.where(mask, target, 0).sum(axis=1) / count * moves
    a = np.where(mask, source - a_mean[:, None], 0)
    b = np.where(mask, target - b_mean[:, None], 0)
    u, singular, v = np.linalg.svd(np.swapaxes(b, 1, 2) @ a)
    sign = np.ones(singular.shape)
    sign[:, -1] = np.where(np.linalg.det(u) * np.linalg.det(v) < 0, -1.0, 1.0)
    turn = (u * sign[:, None]) @ v
    spread = (a * a).sum(axis=(1, 2))
    size = np.full(spread.shape, np.nan)
    np.divide((singular * sign).sum(axis=1), spread, out=size, where=spread > 0)
    if not scale:
        size = np.where(spread > 0, 1.0, np.nan)
    shift = b_mean - size[:, None] * np.einsum("nij,nj->ni", turn, a_mean)
    return size, turn, shift


ROOTS = (("mid_hip",), ("left_hip", "right_hip"))
"""What may be the root of a body: in each frame the first of these whose joints are there."""


def can_be_rooted(joints: tuple[str, ...]) -> bool:
    """Whether there are hips among the joints."""
    return any(set(root) <= set(joints) for root in ROOTS)


def root_path(keypoints: Float64Array, joints: tuple[str, ...]) -> Float64Array:
    """The path (T, D) of the root of a body.

    Raises:
        InputError: If there are no hips among the joints.
    """
    paths = [
        np.asarray(keypoints[:, [joints.index(name) for name in root]].mean(axis=1))
        for root in ROOTS
        if set(root) <= set(joints)
    ]
    if not paths:
        raise InputError("poses are laid on each other by their root, and these have no hips")
    return np.where(np.isnan(paths[0]), paths[-1], paths[0])
