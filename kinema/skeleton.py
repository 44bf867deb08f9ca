"""What a set of keypoints is: names, limbs, left-right pairs and how to get to another set.

A joint is known by its name alone. Two skeletons that both have a `left_knee` mean the same joint,
which is what makes conversion between them safe. The skeletons themselves are in
`kinema.skeletons`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from kinema.errors import SkeletonError, did_you_mean

DERIVED_JOINTS: dict[str, tuple[str, ...]] = {
    "neck": ("left_shoulder", "right_shoulder"),
    "thorax": ("left_shoulder", "right_shoulder"),
    "mid_hip": ("left_hip", "right_hip"),
    "chest": ("thorax", "mid_hip"),
    "head": ("jaw", "head_top"),
}
"""Joints that a skeleton may lack but that follow from others: the mean of those named.

`neck` and `mid_hip` are how OpenPose itself defines them for COCO labels (Cao et al. 2021,
section 5.1), and `chest` how it defines that joint of its MPI model for MPII labels (the middle of
MPII's thorax and pelvis; `MPI_to_ours` in its training code). `head`, the middle of the head as a
Kinect gives it, lies between Human3.6M's "Neck/Nose" and its crown. A joint is derived only if the
skeleton itself has every joint that it needs.
"""


@dataclass(frozen=True)
class Skeleton:
    """A named set of keypoints, in a fixed order.

    Attributes:
        name: Short name, as on the command line: `coco17`.
        keypoints: K joint names; their order is the order of every array of this skeleton.
        edges: Pairs of joint names that are drawn as limbs.
        mirror: Pairs (left joint, right joint). A joint in no pair lies in the body's midplane.
        sigmas: K published standard deviations for object keypoint similarity, as in COCO's
            evaluation (sigma, where COCO's k = 2 sigma). NaN where none was published.

    Raises:
        SkeletonError: If names repeat or an edge, a pair or the sigmas do not fit.
    """

    name: str
    keypoints: tuple[str, ...]
    edges: tuple[tuple[str, str], ...] = ()
    mirror: tuple[tuple[str, str], ...] = ()
    sigmas: tuple[float, ...] = field(default=(), repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(set(self.keypoints)) != len(self.keypoints):
            raise SkeletonError(f"skeleton {self.name} names a keypoint twice")
        known = set(self.keypoints)
        for kind, pairs in (("edge", self.edges), ("mirror pair", self.mirror)):
            for pair in pairs:
                if not known.issuperset(pair):
                    raise SkeletonError(f"skeleton {self.name}: {kind} {pair} names no keypoint")
        paired = [joint for pair in self.mirror for joint in pair]
        if len(set(paired)) != len(paired):
            raise SkeletonError(f"skeleton {self.name} has a keypoint in two mirror pairs")
        if not self.sigmas:
            object.__setattr__(self, "sigmas", (float("nan"),) * len(self.keypoints))
        if len(self.sigmas) != len(self.keypoints):
            raise SkeletonError(
                f"skeleton {self.name} has {len(self.keypoints)} keypoints "
                f"but {len(self.sigmas)} sigmas"
            )

    def __len__(self) -> int:
        return len(self.keypoints)

    def __contains__(self, joint: object) -> bool:
        return joint in self._indices

    @cached_property
    def _indices(self) -> dict[str, int]:
        return {joint: i for i, joint in enumerate(self.keypoints)}

    def index(self, joint: str) -> int:
        """Where `joint` stands in the arrays of this skeleton.

        Raises:
            SkeletonError: If there is no such joint; the message names near ones.
        """
        try:
            return self._indices[joint]
        except KeyError:
            hint = did_you_mean(joint, self.keypoints)
            raise SkeletonError(f"{self.name} has no keypoint {joint!r}; {hint}") from None

    @cached_property
    def edge_indices(self) -> npt.NDArray[np.intp]:
        """The edges as indices, (E, 2)."""
        pairs = [(self.index(a), self.index(b)) for a, b in self.edges]
        indices = np.array(pairs, dtype=np.intp).reshape(-1, 2)
        indices.flags.writeable = False  # shared by all who ask
        return indices

    @cached_property
    def mirror_order(self) -> npt.NDArray[np.intp]:
        """The order (K,) in which the keypoints of a mirrored picture are this skeleton's again.

        `keypoints[mirror_order]` swaps left and right; doing it twice changes nothing.
        """
        order = np.arange(len(self.keypoints))
        for left, right in self.mirror:
            i, j = self.index(left), self.index(right)
            order[i], order[j] = j, i
        order.flags.writeable = False  # shared by all who ask
        return order

    def side(self, joint: str) -> str:
        """Which side of the body a joint is on: `left`, `right` or `middle`.

        Raises:
            SkeletonError: If there is no such joint.
        """
        self.index(joint)
        for left, right in self.mirror:
            if joint == left:
                return "left"
            if joint == right:
                return "right"
        return "middle"

    def recipe(self, target: Skeleton) -> tuple[tuple[int, ...], ...]:
        """For each keypoint of `target`, the indices here whose mean it is; () if it cannot be had.

        A joint of the same name comes first, then the rules of `DERIVED_JOINTS`.
        """
        rows: list[tuple[int, ...]] = []
        for joint in target.keypoints:
            sources = (joint,) if joint in self else DERIVED_JOINTS.get(joint, ())
            found = all(source in self for source in sources)
            rows.append(tuple(self.index(source) for source in sources) if found else ())
        return tuple(rows)


def chain_edges(*chains: str) -> tuple[tuple[str, str], ...]:
    """Edges from chains of joint names: each joint of a chain is tied to the next one.

    >>> chain_edges("left_hip left_knee left_ankle", "left_ankle left_heel")
    (('left_hip', 'left_knee'), ('left_knee', 'left_ankle'), ('left_ankle', 'left_heel'))
    """
    return tuple(edge for chain in chains for edge in pairwise(chain.split()))


def mirror_by_name(keypoints: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The mirror pairs that the names tell: `left_knee` with `right_knee`, and so on.

    >>> mirror_by_name(["nose", "right_eye", "left_eye"])
    (('left_eye', 'right_eye'),)
    """
    known = list(keypoints)
    left = [name for name in known if name.startswith("left_")]
    pairs = [(name, "right_" + name.removeprefix("left_")) for name in left]
    return tuple(pair for pair in pairs if pair[1] in known)
