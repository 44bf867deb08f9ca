"""What other programs call joints, and what Kinema calls them.

`Poses.to` joins by name, so a name is changed only where it is certain that it means the same
joint. All other names stay as they are in the file.

- Marker files (TRC, C3D): the names of Pose2Sim, Sports2D and OpenPose, such as `RKnee`. Their
  `Neck` is the middle of the shoulders, but MPII's neck where there is a `Head`, the crown, too,
  as in Halpe. Their `Hip` and `CHip` are the middle of the pelvis. `LBigToe` is BlazePose's toe
  where there is an index finger but no small toe.
- BVH: the names of MotionBuilder, Mixamo, 3ds Max, Poser and the conversions of CMU's recordings.
  A bone's name is that of the joint where it begins: `LeftLeg` is the knee.
- ASF: CMU's names. A bone gives the joint where it ends: `lfemur` is the knee. The forearm is two
  bones in a line, `lradius` that bends the elbow and `lwrist`, half as long, that twists; the wrist
  is where the second ends and `lhand` begins to bend. In `02.asf` upper arm and forearm are then
  0.275 and 0.284 m, together 0.33 of the body's height as they should be (Winter 2009, figure 4.1:
  0.186 + 0.146), though the elbow is 3 cm too high. A skeleton without `lwrist` has its wrist at
  the end of `lradius`. The usual conversions of CMU's recordings to BVH have lost `lwrist`: their
  `LeftHand` begins 9.5 cm before the wrist, and nothing in such a file tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kinema.skeleton import Skeleton, mirror_by_name
from kinema.skeletons import SKELETONS

_PARTS = {
    "eye": "Eye",
    "ear": "Ear",
    "shoulder": "Shoulder",
    "elbow": "Elbow",
    "wrist": "Wrist",
    "hip": "Hip",
    "knee": "Knee",
    "ankle": "Ankle",
    "big_toe": "BigToe",
    "small_toe": "SmallToe",
    "heel": "Heel",
    "thumb": "Thumb",
    "index": "Index",
    "pinky": "Pinky",
}
_SIDES = (("left_", "L"), ("right_", "R"))
_MARKERS = {"nose": "Nose", "head_top": "Head"} | {
    side + part: letter + label for side, letter in _SIDES for part, label in _PARTS.items()
}
_BLAZEPOSE_TOES = {side + "foot_index": letter + "BigToe" for side, letter in _SIDES}

# What a bone of a BVH file is called, in small letters and without separators. Best first: each
# joint is taken once.
_BVH_SIDED = {
    "hip": "{s}hip {s}upleg {s}upperleg {s}thigh {c}hip {c}thigh thigh{c}",
    "knee": "{s}knee {s}leg {s}lowleg {s}lowerleg {s}shin {s}calf {c}knee {c}shin {c}calf shin{c}",
    "ankle": "{s}ankle {s}foot {c}ankle {c}foot foot{c}",
    "toe_base": "{s}toebase {s}toe {s}toes {c}toe toe{c}",
    "shoulder": "{s}arm {s}uparm {s}upperarm {c}upperarm upperarm{c} {c}shldr {s}shoulder",
    "elbow": "{s}elbow {s}forearm {s}lowarm {s}lowerarm {c}elbow {c}forearm forearm{c}",
    "wrist": "{s}wrist {s}hand {c}wrist {c}hand hand{c}",
}
_BVH_MIDDLE = {
    "mid_hip": ("hips", "hip", "pelvis", "root"),
    "spine": ("spinemid", "spine1", "spine"),
    "upper_neck": ("head",),
    "head_top": ("headend", "headtopend", "headnub"),
}


def _ways(pattern: str, side: str, ending: str = "") -> tuple[str, ...]:
    return tuple(way + ending for way in pattern.format(s=side[:-1], c=side[0]).split())


_BVH_NAMES = dict(_BVH_MIDDLE)
for _side, _ in _SIDES:
    _BVH_NAMES |= {_side + part: _ways(pattern, _side) for part, pattern in _BVH_SIDED.items()}
    _BVH_NAMES[_side + "foot_index"] = _ways(_BVH_SIDED["toe_base"], _side, "end")

_ASF_NAMES = {
    "root": "mid_hip",
    "lowerback": "spine",
    "thorax": "thorax",
    "upperneck": "upper_neck",
    "head": "head_top",
} | {
    side[0] + bone: side + joint
    for side, _ in _SIDES
    for bone, joint in (
        ("hipjoint", "hip"),
        ("femur", "knee"),
        ("tibia", "ankle"),
        ("foot", "toe_base"),
        ("toes", "foot_index"),
        ("clavicle", "shoulder"),
        ("humerus", "elbow"),
        ("wrist", "wrist"),
    )
}

KNOWN_JOINTS: frozenset[str] = frozenset(
    joint for skeleton in SKELETONS.values() for joint in skeleton.keypoints
)
"""Every name that a skeleton of Kinema's uses."""


def marker_names(skeleton: Skeleton) -> tuple[str, ...]:
    """What the joints are called in marker files, so that Pose2Sim and OpenSim know them.

    >>> marker_names(Skeleton("legs", ("mid_hip", "left_knee", "face_jaw_00")))
    ('CHip', 'LKnee', 'face_jaw_00')
    """
    names = _MARKERS | {"neck": "Neck", "mid_hip": "CHip"}
    if "head_top" in skeleton and "neck" not in skeleton:
        names |= {"upper_neck": "Neck", "mid_hip": "Hip"}
    if "left_big_toe" not in skeleton and "left_index" in skeleton:
        names |= _BLAZEPOSE_TOES
    return tuple(names.get(joint, joint) for joint in skeleton.keypoints)


def joints_of_markers(names: Sequence[str]) -> tuple[str, ...]:
    """What Kinema calls these markers; names that it does not know stay.

    >>> joints_of_markers(["Head", "Neck", "RBigToe", "C7"])
    ('head_top', 'upper_neck', 'right_big_toe', 'C7')
    """
    joints = {label: joint for joint, label in _MARKERS.items()}
    joints |= {"CHip": "mid_hip", "Hip": "mid_hip", "Lknee": "left_knee"}
    joints["Neck"] = "upper_neck" if "Head" in names else "neck"
    if "LIndex" in names and "LSmallToe" not in names:
        joints |= {label: joint for joint, label in _BLAZEPOSE_TOES.items()}
    return _each_once(names, [joints.get(name, name) for name in names])


def joints_of_bvh(names: Sequence[str]) -> tuple[str, ...]:
    """What Kinema calls these joints of a BVH file; those that it does not know stay.

    An end site is named after its joint, with `_end`.

    >>> joints_of_bvh(["Hips", "LeftUpLeg", "LeftLeg", "LeftShoulder", "LeftArm"])
    ('mid_hip', 'left_hip', 'left_knee', 'LeftShoulder', 'left_shoulder')
    """
    plain = {_plain(name): i for i, name in reversed(list(enumerate(names)))}
    joints = list(names)
    for joint, ways in _BVH_NAMES.items():
        found = next((plain[way] for way in ways if way in plain), None)
        if found is not None and joint not in names and names[found] not in KNOWN_JOINTS:
            joints[found] = joint
    return _each_once(names, joints)


def joints_of_asf(bones: Sequence[str]) -> tuple[str, ...]:
    """What Kinema calls the ends of these bones of an ASF file; those it does not know stay."""
    names = dict(_ASF_NAMES)
    for side, _ in _SIDES:
        if side[0] + "wrist" not in bones:
            names[side[0] + "radius"] = side + "wrist"
    return _each_once(bones, [names.get(bone, bone) for bone in bones])


def _plain(name: str) -> str:
    """The name in small letters, without the prefix of a character and without separators."""
    name = name.rpartition(":")[2].lower().removeprefix("mixamorig")
    return "".join(letter for letter in name if letter.isalnum())


def _each_once(names: Sequence[str], joints: Sequence[str]) -> tuple[str, ...]:
    """The joints, but a name that comes twice only where the file itself uses it, or first."""
    taken: set[str] = set(names)
    result = []
    for name, joint in zip(names, joints, strict=True):
        if joint != name and joint in taken:
            joint = name
        taken.add(joint)
        result.append(joint)
    return tuple(result)


def skeleton_of(
    joints: tuple[str, ...], name: str, edges: Iterable[tuple[str, str]] | None = None
) -> Skeleton:
    """The skeleton of Kinema's that has these joints in this order, else one named `name`.

    Args:
        joints: All differ.
        name: Of a skeleton that Kinema does not know.
        edges: Its limbs; by default those of the known skeleton of which it has the most.
    """
    for known in SKELETONS.values():
        if known.keypoints == joints:
            return known
    if edges is None:
        here = set(joints)
        choices = [[e for e in s.edges if here.issuperset(e)] for s in SKELETONS.values()]
        edges = max(choices, key=len)
    return Skeleton(name, joints, tuple(edges), mirror_by_name(joints))
