"""Joints of one name that are not one place: what conversion and comparison have to say.

Skeletons are joined by name (`kinema.skeletons`), and a name means one joint. Where two sources
measure that joint in different ways, or one has something that comes near but is another joint, a
remark says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from kinema.skeleton import Skeleton

KINECTS = ("kinect20", "kinect25")


@dataclass(frozen=True)
class Remark:
    """A difference between two kinds of skeletons.

    Attributes:
        joint: What it is about, by its name.
        skeletons: Names of those of the one kind.
        joints: Joints of the other kind: a skeleton that has all of them is of it.
        text: What is different.
    """

    joint: str
    skeletons: tuple[str, ...]
    joints: tuple[str, ...]
    text: str


REMARKS = (
    Remark(
        "mid_hip",
        KINECTS,
        ("left_hip", "right_hip"),
        "the Kinect's hip centre is the lower end of its spine, above the line between the hips; "
        "elsewhere mid_hip is the middle of the hips",
    ),
    Remark("jaw", KINECTS, ("jaw",), "a Kinect has no jaw"),
    Remark(
        "head",
        KINECTS,
        ("head_top",),
        "the Kinect's head is the middle of the head, not its top",
    ),
    Remark(
        "thorax",
        ("kinect20",),
        ("left_shoulder", "right_shoulder"),
        "the Kinect v1's shoulder centre lies on the spine; where it is derived it is the middle "
        "of the shoulders",
    ),
)
"""How a Kinect differs from others, as far as its joints have names that others have too."""


def remarks_on(first: Skeleton, second: Skeleton) -> tuple[str, ...]:
    """What to know where joints of these two skeletons are taken for the same; () if nothing.

    >>> from kinema.skeletons import H36M17, KINECT20
    >>> [text.split(":")[0] for text in remarks_on(H36M17, KINECT20)]
    ['mid_hip', 'jaw', 'head']
    """
    texts = []
    for one, other in ((first, second), (second, first)):
        for remark in REMARKS:
            if one.name in remark.skeletons and _is_other(other, remark):
                texts.append(f"{remark.joint}: {remark.text}")
    return tuple(texts)


def _is_other(skeleton: Skeleton, remark: Remark) -> bool:
    kinect = skeleton.name in KINECTS
    derives = remark.joint != "thorax" or "thorax" not in skeleton
    return not kinect and derives and set(remark.joints) <= set(skeleton.keypoints)
