"""How the joints of a body hang on one another, with the middle of the hips as the root.

A skeleton whose limbs already are a tree with `mid_hip` in it, such as `body25` and `h36m17`, keeps
them, and so does one without hips whose limbs are a tree (a hand). For all others `PARENTS` says
what each joint hangs on. Joints that hang on nothing, such as the points of a face, are left out.
"""

from __future__ import annotations

from kinema.skeleton import Skeleton, mirror_by_name
from kinema.skeletons import SKELETONS

ROOT = "mid_hip"

_MIDDLE = {
    "spine": (ROOT,),
    "chest": ("spine",),
    "thorax": ("chest",),
    "neck": ("thorax",),
    "mid_neck": ("neck",),
    "upper_neck": ("mid_neck",),
    "jaw": ("upper_neck",),
    "head": ("upper_neck",),
    "head_top": ("head",),
    "nose": ("upper_neck",),
}
_SIDED = {
    "hip": ROOT,
    "knee": "{s}hip",
    "ankle": "{s}knee",
    "heel": "{s}ankle",
    "toe_base": "{s}ankle",
    "big_toe": "{s}ankle",
    "small_toe": "{s}ankle",
    "foot_index": "{s}toe_base",
    "foot": "{s}ankle",
    "shoulder": "neck",
    "elbow": "{s}shoulder",
    "wrist": "{s}elbow",
    "hand": "{s}wrist",
    "hand_tip": "{s}hand",
    "thumb": "{s}wrist",
    "thumb_tip": "{s}hand",
    "index": "{s}wrist",
    "pinky": "{s}wrist",
    "eye": "nose",
    "eye_inner": "nose",
    "eye_outer": "{s}eye",
    "ear": "{s}eye",
    "mouth": "nose",
}
PARENTS: dict[str, str] = {joint: parents[0] for joint, parents in _MIDDLE.items()} | {
    side + joint: parent.format(s=side)
    for side in ("left_", "right_")
    for joint, parent in _SIDED.items()
}
"""What each joint hangs on; where a skeleton has not that joint, on what that one hangs on."""


def tree_skeleton(skeleton: Skeleton) -> Skeleton:
    """The joints of a skeleton that make a tree: each after the one on which it hangs.

    The limbs are (parent, joint), one for each joint but the first. `mid_hip` and `neck` are added
    where they follow from others. A skeleton of which no tree can be made is given back as it is.
    """
    edges = _own_tree(skeleton)
    if edges is None:
        edges = _tree_by_names(skeleton)
    if not edges:
        return skeleton
    order = _order(edges, skeleton)
    for known in SKELETONS.values():
        if known.keypoints == order:
            return known
    parents = {child: parent for parent, child in edges}
    limbs = tuple((parents[joint], joint) for joint in order[1:])
    return Skeleton("bvh", order, limbs, mirror_by_name(order))


def tree_edges(skeleton: Skeleton) -> list[tuple[str, str]]:
    """The limbs (parent, joint) of a skeleton that `tree_skeleton` gave."""
    return _own_tree(skeleton) or _tree_by_names(skeleton)


def _own_tree(skeleton: Skeleton) -> list[tuple[str, str]] | None:
    """The limbs away from the root, if they are a tree whose root is plain."""
    has_hips = "left_hip" in skeleton and "right_hip" in skeleton
    if ROOT not in skeleton and has_hips:
        return None
    if len(skeleton.edges) != len(skeleton) - 1:
        return None
    root = ROOT if ROOT in skeleton else skeleton.keypoints[0]
    edges, reached = [], [root]
    for joint in reached:  # grows while it is walked
        for a, b in skeleton.edges:
            for near, far in ((a, b), (b, a)):
                if near == joint and far not in reached:
                    edges.append((near, far))
                    reached.append(far)
    return edges if len(reached) == len(skeleton) else None


def _tree_by_names(skeleton: Skeleton) -> list[tuple[str, str]]:
    here = set(skeleton.keypoints)
    if {"left_hip", "right_hip"} <= here:
        here.add(ROOT)
    if {"left_shoulder", "right_shoulder"} <= here and not here & {"neck", "thorax"}:
        here.add("neck")
    if ROOT not in here:
        return []
    edges = []
    for joint in sorted(here & set(PARENTS)):
        parent = PARENTS[joint]
        while parent not in here:
            parent = PARENTS[parent]
        edges.append((parent, joint))
    return edges


def _order(edges: list[tuple[str, str]], skeleton: Skeleton) -> tuple[str, ...]:
    """All joints, each after its parent and before its siblings' children."""
    places = {joint: i for i, joint in enumerate(skeleton.keypoints)}
    parents = dict((child, parent) for parent, child in edges)
    (root,) = {parent for parent, _ in edges} - set(parents)
    order, waiting = [], [root]
    while waiting:
        joint = waiting.pop()
        order.append(joint)
        children = [child for child, parent in parents.items() if parent == joint]
        # Derived joints have no place of their own and come first.
        waiting += sorted(children, key=lambda child: places.get(child, -1), reverse=True)
    return tuple(order)
