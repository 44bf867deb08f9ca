"""The body as a graph: which joint hangs on which, and who is a neighbour of whom."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kinema.skeleton import Skeleton

_ROOTS = ("mid_hip", "spine", "thorax", "neck")
_SHOULDERS = ("left_shoulder", "right_shoulder")


def links(skeleton: Skeleton) -> tuple[tuple[int, int], ...]:
    """The edges by number, with such links besides that the whole body is one graph.

    What hangs on nothing, such as the head of `lift13`, is linked to the shoulders, or to the root
    where there are none.
    """
    index, root = skeleton.index, _root(skeleton)
    edges = [(index(a), index(b)) for a, b in skeleton.edges]
    shoulders = [index(joint) for joint in _SHOULDERS if joint in skeleton]
    while True:
        reached = _reached(edges, root)
        alone = [joint for joint in range(len(skeleton)) if joint not in reached]
        if not alone:
            return tuple(sorted({(min(edge), max(edge)) for edge in edges}))
        anchors = [joint for joint in shoulders if joint in reached] or [root]
        edges += [(anchor, alone[0]) for anchor in anchors]


def parents(skeleton: Skeleton) -> npt.NDArray[np.intp]:
    """The joint (K,) that each joint hangs on, towards the middle; the root hangs on itself."""
    edges = links(skeleton)
    root = _root(skeleton)
    parent = np.full(len(skeleton), root, dtype=np.intp)
    seen, queue = {root}, deque([root])
    while queue:
        joint = queue.popleft()
        for other in _neighbours(edges, joint):
            if other not in seen:
                seen.add(other)
                parent[other] = joint
                queue.append(other)
    return parent


def distances(skeleton: Skeleton) -> npt.NDArray[np.intp]:
    """How many links each joint (K,) is away from the root."""
    parent = parents(skeleton)
    steps = np.zeros(len(skeleton), dtype=np.intp)
    for joint in range(len(skeleton)):
        at = joint
        while parent[at] != at:
            at = int(parent[at])
            steps[joint] += 1
    return steps


def spatial_partitions(skeleton: Skeleton) -> npt.NDArray[np.float32]:
    """Adjacency (3, K, K) in three parts, as "spatial configuration partitioning" has it.

    For each joint: itself and neighbours at its distance from the root; neighbours nearer to the
    root; neighbours further away. `[p, i, j]` is how much of joint i goes to joint j, such that the
    three together are the mean over j's neighbours and itself (Yan et al. 2018, "Spatial temporal
    graph convolutional networks for skeleton-based action recognition", section 3.3, where the
    adjacency with loops is normalised by the degree of the column).
    """
    k = len(skeleton)
    adjacency = np.eye(k, dtype=np.float32)
    for a, b in links(skeleton):
        adjacency[a, b] = adjacency[b, a] = 1
    adjacency /= adjacency.sum(axis=0, keepdims=True)
    steps = distances(skeleton)
    difference = steps[:, None] - steps[None]  # of the giver i, less that of the receiver j
    return np.stack(
        [adjacency * (difference == 0), adjacency * (difference < 0), adjacency * (difference > 0)]
    ).astype(np.float32)


def _root(skeleton: Skeleton) -> int:
    for name in _ROOTS:
        if name in skeleton.keypoints:
            return skeleton.index(name)
    hips = [joint for joint in skeleton.keypoints if joint.endswith("hip")]
    return skeleton.index(hips[0]) if hips else 0


def _neighbours(edges: Sequence[tuple[int, int]], joint: int) -> list[int]:
    return sorted({b if a == joint else a for a, b in edges if joint in (a, b)})


def _reached(edges: Sequence[tuple[int, int]], start: int) -> set[int]:
    reached, queue = {start}, deque([start])
    while queue:
        for other in _neighbours(edges, queue.popleft()):
            if other not in reached:
                reached.add(other)
                queue.append(other)
    return reached
