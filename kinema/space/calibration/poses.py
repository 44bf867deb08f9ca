"""Poses as matrices (..., 4, 4), and where cameras stand to each other by the boards they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from kinema.errors import InputError

Float64Array = npt.NDArray[np.float64]


def pose_matrix(vector: npt.ArrayLike) -> Float64Array:
    """The matrices (..., 4, 4) of rotation vectors and translations (..., 6)."""
    vectors = np.asarray(vector, dtype=np.float64)
    matrix = np.zeros((*vectors.shape[:-1], 4, 4))
    turns = Rotation.from_rotvec(vectors[..., :3].reshape(-1, 3)).as_matrix()
    matrix[..., :3, :3] = turns.reshape(*vectors.shape[:-1], 3, 3)
    matrix[..., :3, 3] = vectors[..., 3:]
    matrix[..., 3, 3] = 1
    return matrix


def pose_vector(matrix: npt.ArrayLike) -> Float64Array:
    """The rotation vector and translation (6,) of a matrix (4, 4)."""
    whole = np.asarray(matrix, dtype=np.float64)
    return np.concatenate([Rotation.from_matrix(whole[:3, :3]).as_rotvec(), whole[:3, 3]])


def inverse(matrix: Float64Array) -> Float64Array:
    """The way back of a pose, (..., 4, 4)."""
    back = np.zeros_like(matrix)
    turned = np.swapaxes(matrix[..., :3, :3], -1, -2)
    back[..., :3, :3] = turned
    back[..., :3, 3] = -(turned @ matrix[..., :3, 3:])[..., 0]
    back[..., 3, 3] = 1
    return back


BoardPoses = Mapping[str, Mapping[int, Float64Array]]
"""For each camera and instant the pose (4, 4) of the board before the camera."""


def place_cameras(boards: BoardPoses, radius: float) -> dict[str, Float64Array]:
    """Where each camera stands, as poses (4, 4) from the axes of the first camera to its own.

    Two cameras that saw the board at the same instants are placed to each other by the pose that
    agrees best with those of all their instants. Cameras are chained by the pairs with most
    instants (a maximum spanning tree).

    Args:
        boards: What each camera saw; the first camera is the world.
        radius: Of the board in metres, which weighs turns against shifts.

    Raises:
        InputError: If cameras are not connected; the message names the groups.
    """
    names = list(boards)
    shared = {
        (one, other): sorted(boards[one].keys() & boards[other].keys())
        for i, one in enumerate(names)
        for other in names[i + 1 :]
    }
    placed = {names[0]: np.eye(4)}
    while len(placed) < len(names):
        pair = max(
            (pair for pair in shared if (pair[0] in placed) != (pair[1] in placed)),
            key=lambda pair: len(shared[pair]),
            default=None,
        )
        if pair is None or not shared[pair]:
            raise InputError(_unconnected(names, shared))
        known, new = pair if pair[0] in placed else pair[::-1]
        instants = shared[pair]
        before_new = np.array([boards[new][instant] for instant in instants])
        before_known = np.array([boards[known][instant] for instant in instants])
        step = most_agreed(before_new @ inverse(before_known), radius)
        placed[new] = step @ placed[known]
    return {name: placed[name] for name in names}


def most_agreed(poses: Float64Array, radius: float) -> Float64Array:
    """That of several poses (V, 4, 4) which is nearest to the others: least sum of distances."""
    apart = _distances(poses[:, None], poses[None], radius)
    return np.asarray(poses[np.minimum(apart, np.median(apart) * 10).sum(axis=1).argmin()])


def _distances(one: Float64Array, other: Float64Array, radius: float) -> Float64Array:
    """Metres between poses, as points at that radius around the origin move on average."""
    turn = np.linalg.norm(one[..., :3, :3] - other[..., :3, :3], axis=(-2, -1)) / np.sqrt(2)
    shift = np.linalg.norm(one[..., :3, 3] - other[..., :3, 3], axis=-1)
    return np.asarray(np.hypot(turn * radius, shift))


def _unconnected(names: Sequence[str], shared: Mapping[tuple[str, str], Sequence[int]]) -> str:
    groups: list[set[str]] = [{name} for name in names]
    for (one, other), instants in shared.items():
        if instants:
            joined = [group for group in groups if one in group or other in group]
            groups = [group for group in groups if group not in joined]
            groups.append(set().union(*joined))
    texts = [" and ".join(sorted(group)) for group in sorted(groups, key=min)]
    return (
        f"these never see the board at the same moment: {'; '.join(texts)}; show it to cameras "
        "of both groups at once, and check that the recordings are synchronised"
    )
