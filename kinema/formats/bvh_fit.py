"""A hierarchy of turning joints, fitted to the positions of joints over time.

Lengths are the medians of all frames, so the skeleton is rigid. In the rest pose the person stands
upright in a T, facing +z, left being +x and up +y; every rotation 0 is that pose.

A joint with one bone is turned the shortest way from where its parent has brought it (minimal
twist): positions say nothing of turning about a bone. A joint with several bones, such as the
pelvis, is turned so that they fit best (Kabsch 1976, Acta Crystallographica A32:922). As those
bones move against one another, which a rigid joint does not, each of them gets a joint of its own
in the same place, called `left_hip_link` and so on, as CMU's BVH files do with their `LHipJoint`.

Each joint aims at where it was found, from where its parent has come to, so that errors do not add
up along a limb.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinema.errors import InputError
from kinema.formats.body_tree import tree_edges, tree_skeleton
from kinema.formats.hierarchy import Float64Array, Joint
from kinema.skeleton import Skeleton

LINK = "_link"
_FLAT = 1e-3  # bones whose second singular value is below this lie in one line

_FORWARD = ("toe_base", "big_toe", "small_toe", "foot_index", "foot", "nose", "jaw", "mouth")
_DOWN = ("knee", "ankle")
_SIDEWAYS = (
    *("hip", "shoulder", "elbow", "wrist", "hand", "hand_tip", "index", "pinky"),
    *("eye", "eye_inner", "eye_outer", "ear"),
)
_DIAGONAL = {"heel": (0.0, -0.6, -0.8), "thumb": (0.6, 0.0, 0.8), "thumb_tip": (0.6, 0.0, 0.8)}


@dataclass(frozen=True, eq=False)
class Fit:
    """A hierarchy and how it moves.

    Attributes:
        joints: J joints in the order of a BVH file.
        rotations: (T, J, 3, 3), each in the axes of the parent.
        root: (T, 3), the place of the first joint.
        errors: (T, K) how far each joint of the skeleton comes from where it was found.
    """

    joints: tuple[Joint, ...]
    rotations: Float64Array
    root: Float64Array
    errors: Float64Array


def fit(skeleton: Skeleton, points: Float64Array, path: Path) -> Fit:
    """Fits a hierarchy to the joints of a person.

    Args:
        skeleton: Names the K joints.
        points: (T, K, 3) with y up; joints that are NaN throughout are left out.
        path: For messages.

    Raises:
        InputError: If a joint is missing in some frames, or the joints make no body.
    """
    skeleton, points = _chosen(skeleton, points, path)
    parents = {child: parent for parent, child in tree_edges(skeleton)}
    solver = _Solver(skeleton, points, parents)
    root = next(joint for joint in skeleton.keypoints if joint not in parents)
    solver.place(root)
    rotations = np.stack([r for r in solver.rotations], axis=1)
    errors = np.linalg.norm(solver.reached - points, axis=2)
    return Fit(tuple(solver.joints), rotations, points[:, skeleton.index(root)], errors)


def _chosen(skeleton: Skeleton, points: Float64Array, path: Path) -> tuple[Skeleton, Float64Array]:
    """The joints that make a tree and were found, and their points."""
    found = np.argwhere(~np.isnan(points).any(axis=2).all(axis=0)).ravel().tolist()
    names = tuple(skeleton.keypoints[column] for column in found)
    edges = tuple(edge for edge in skeleton.edges if set(edge) <= set(names))
    here = Skeleton(skeleton.name, names, edges)
    tree = tree_skeleton(here)
    if not tree_edges(tree):
        raise InputError(f"{path}: BVH needs a body with hips; found are {', '.join(names)}")
    columns = [[skeleton.index(names[i]) for i in sources] for sources in here.recipe(tree)]
    chosen = np.stack([points[:, sources].mean(axis=1) for sources in columns], axis=1)
    gaps = np.isnan(chosen).any(axis=2)
    if gaps.any():
        frame, joint = np.argwhere(gaps)[0].tolist()
        raise InputError(
            f"{path}: BVH cannot hold gaps, and {tree.keypoints[joint]} is missing in "
            f"{int(gaps[:, joint].sum())} of {len(gaps)} frames, first in row {frame}; fill the "
            "gaps (kinema lift does with --all-joints), or convert to a --skeleton without it"
        )
    return tree, chosen


class _Solver:
    """Goes down the tree and turns one joint after the other, in all frames at once."""

    def __init__(self, skeleton: Skeleton, points: Float64Array, parents: dict[str, str]) -> None:
        self.joints: list[Joint] = []
        self.rotations: list[Float64Array] = []
        self.reached = points.copy()
        self._skeleton, self._points, self._parents = skeleton, points, parents

    def place(self, root: str) -> None:
        """Turns the root and all that hangs on it."""
        upright = np.tile(np.eye(3), (len(self._points), 1, 1))
        self._turn(root, -1, np.zeros(3), upright)

    def _turn(self, name: str, parent: int, offset: Float64Array, above: Float64Array) -> None:
        """Adds a joint whose place is known; `above` (T, 3, 3) is how its parent is turned."""
        children = [joint for joint in self._skeleton.keypoints if self._parents.get(joint) == name]
        here = self.reached[:, self._skeleton.index(name)]
        offsets = {child: self._rest(name, child) for child in children}
        ways = {c: self._points[:, self._skeleton.index(c)] - here for c in children}
        index = len(self.joints)
        turned = above
        if len(children) == 1:
            turned = swing(above @ offsets[children[0]], ways[children[0]]) @ above
        elif children:
            turned = _best(above, [offsets[c] for c in children], [ways[c] for c in children])
        self._add(Joint(name, parent, offset), above, turned)
        for child in children:
            at, frame = index, turned
            if len(children) > 1:
                frame = swing(turned @ offsets[child], ways[child]) @ turned
                at = len(self.joints)
                self._add(Joint(child + LINK, index, np.zeros(3)), turned, frame)
            self.reached[:, self._skeleton.index(child)] = here + frame @ offsets[child]
            self._turn(child, at, offsets[child], frame)

    def _add(self, joint: Joint, above: Float64Array, turned: Float64Array) -> None:
        self.joints.append(joint)
        self.rotations.append(above.transpose(0, 2, 1) @ turned)

    def _rest(self, parent: str, child: str) -> Float64Array:
        """The bone in the rest pose, (3,), with its median length."""
        bones = (
            self._points[:, self._skeleton.index(child)]
            - self._points[:, self._skeleton.index(parent)]
        )
        lengths = np.linalg.norm(bones, axis=1)
        way = _rest_way(child)
        if way is None:
            way = bones[0] if lengths[0] > 0 else np.array([0.0, 1.0, 0.0])
        return np.asarray(way / np.linalg.norm(way) * np.median(lengths))


def _rest_way(joint: str) -> Float64Array | None:
    """Where the bone that ends in a joint points in the rest pose; None for unknown joints."""
    side, _, part = joint.partition("_")
    outward = {"left": 1.0, "right": -1.0}.get(side)
    part = joint if outward is None else part
    if part in _DIAGONAL and outward is not None:
        return np.array(_DIAGONAL[part]) * (outward, 1.0, 1.0)
    if part in _FORWARD:
        return np.array([0.0, 0.0, 1.0])
    if outward is None:
        up = joint in ("spine", "chest", "thorax", "neck", "mid_neck", "upper_neck", "head")
        return np.array([0.0, 1.0, 0.0]) if up or joint == "head_top" else None
    if part in _DOWN:
        return np.array([0.0, -1.0, 0.0])
    return np.array([outward, 0.0, 0.0]) if part in _SIDEWAYS else None


def _best(
    above: Float64Array, offsets: list[Float64Array], ways: list[Float64Array]
) -> Float64Array:
    """The rotations (T, 3, 3) that bring several bones closest to their ways (T, 3)."""
    rest = np.array([offset / max(float(np.linalg.norm(offset)), 1e-12) for offset in offsets])
    if np.linalg.svd(rest, compute_uv=False)[1] < _FLAT:  # all in one line: no twist is known
        return swing(above @ offsets[0], ways[0]) @ above
    target = np.stack([_unit(way) for way in ways], axis=2)  # (T, 3, bones)
    left, _, right = np.linalg.svd(target @ rest)
    left[:, :, 2] *= np.linalg.det(left @ right)[:, None]
    return np.asarray(left @ right)


def swing(start: Float64Array, end: Float64Array) -> Float64Array:
    """The shortest rotations (T, 3, 3) that turn vectors (T, 3) into the direction of others.

    For v = a x b and c = a . b of unit vectors it is 1 + [v] + [v]^2 / (1 + c) (Rodrigues). Where
    the two are opposite, half a turn about any axis across; where one is 0, no rotation.
    """
    a, b = _unit(start), _unit(end)
    cosine = (a * b).sum(axis=1)
    cross = np.cross(a, b)
    matrix = np.zeros((len(a), 3, 3))
    matrix[:, [2, 0, 1], [1, 2, 0]] = cross
    matrix -= matrix.transpose(0, 2, 1)
    opposite = cosine < -1 + 1e-9
    share = 1 / np.where(opposite, 1.0, 1 + cosine)
    turned = np.eye(3) + matrix + matrix @ matrix * share[:, None, None]
    if opposite.any():
        across = np.cross(a[opposite], np.eye(3)[np.abs(a[opposite]).argmin(axis=1)])
        across = _unit(across)
        turned[opposite] = 2 * across[:, :, None] * across[:, None, :] - np.eye(3)
    turned[(a == 0).all(axis=1) | (b == 0).all(axis=1)] = np.eye(3)
    return np.asarray(turned)


def _unit(vectors: Float64Array) -> Float64Array:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = np.zeros_like(vectors)
    np.divide(vectors, lengths, out=units, where=lengths > 0)
    return units
