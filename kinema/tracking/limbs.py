"""Which left-right pairs of a skeleton go together: legs, arms, head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.skeleton import Skeleton
from kinema.track import Float64Array

# Each limb from the trunk outwards. What is named by one of these words belongs to that unit.
_LEG = (("hip",), ("knee",), ("ankle", "heel", "toe", "foot"))
_ARM = (
    ("shoulder",),
    ("elbow",),
    ("wrist", "hand", "thumb", "index", "middle", "ring", "pinky", "palm"),
)


@dataclass(frozen=True, eq=False)
class Limb:
    """A limb of both sides: U units, from the trunk outwards, each of which is swapped as one.

    Attributes:
        name: `leg`, `arm` or `head`.
        pairs: (P, 2) indices of left and right joints.
        units: (P,) the unit that each pair belongs to, from 0.
        weights: (P,) how much each pair counts: the pairs of a foot have errors in common, so n of
            them count as the square root of n.
    """

    name: str
    pairs: npt.NDArray[np.intp]
    units: npt.NDArray[np.intp]
    weights: Float64Array


def limbs(skeleton: Skeleton) -> list[Limb]:
    """The limbs that a skeleton has, without empty ones.

    >>> from kinema.skeletons import find_skeleton
    >>> [(limb.name, limb.units.tolist()) for limb in limbs(find_skeleton("coco17"))]
    [('leg', [0, 1, 2]), ('arm', [0, 1, 2]), ('head', [0, 0])]
    """
    chosen: dict[str, list[tuple[str, str, int]]] = {"leg": [], "arm": [], "head": []}
    for left, right in skeleton.mirror:
        name, unit = _place(left)
        chosen[name].append((left, right, unit))
    return [_limb(name, pairs, skeleton) for name, pairs in chosen.items() if pairs]


def _place(joint: str) -> tuple[str, int]:
    if not joint.startswith("face_"):
        for name, units in (("leg", _LEG), ("arm", _ARM)):
            for unit, words in enumerate(units):
                if any(word in joint for word in words):
                    return name, unit
    return "head", 0


def _limb(name: str, pairs: list[tuple[str, str, int]], skeleton: Skeleton) -> Limb:
    present = sorted({unit for _, _, unit in pairs})
    units = np.array([present.index(unit) for _, _, unit in pairs])
    counted = np.array([0.0 if left.startswith(("left_hand_", "face_")) else 1.0
                        for left, _, _ in pairs])  # fmt: skip
    if not counted.any():
        counted[:] = 1
    number = np.array([max(counted[units == unit].sum(), 1.0) for unit in units])
    indices = np.array([(skeleton.index(left), skeleton.index(right)) for left, right, _ in pairs])
    return Limb(name, indices, units, counted / np.sqrt(number))
