"""The skeletons that Kinema knows by name, each in the order of its original definition.

One name is one joint in all of them, because `Poses.to` joins by name. Where two sources use one
word for two places, the places have two names here:

- `neck` is OpenPose's neck for COCO labels: the middle of the shoulders.
- `upper_neck` is MPII's: where head and neck meet. The "Neck" of OpenPose's MPI model is this
  one, as it was trained on MPII's joint 8 (`MPI_to_ours` in OpenPose's training code). So is the
  "Neck" of Halpe: its author calls it "like MPII" (AlphaPose, issue 540), and RTMPose trains both
  as one joint.
- `mid_neck` is the Kinect v2's "Neck", a joint between `thorax` and `head`. It is neither of the
  two above.
- `thorax` is the spine at the height of the shoulders: MPII's and Human3.6M's "thorax", Kinect's
  "ShoulderCenter" (v1) and "SpineShoulder" (v2). Kinect v1 has no neck between it and the head.
- `head_top` is the crown: MPII's "head top", the "Head" of Halpe, of Human3.6M (the end of its
  head bone) and of OpenPose's MPI model. `head` is the middle of the head, as Kinect gives it.
- `jaw` is Human3.6M's "Neck/Nose", which is neither a neck nor a nose.
- `mid_hip` is the middle of the pelvis, whatever it is called: MidHip, pelvis, HipCenter,
  SpineBase, hip, root.
- `left_thumb` is BlazePose's thumb knuckle, `left_thumb_tip` the thumb of Kinect v2.
- `left_foot_index` is BlazePose's toe. No source says which toe, so it is not `left_big_toe`.
"""

from __future__ import annotations

from kinema.errors import SkeletonError, did_you_mean
from kinema.face_and_hands import FACE68, FACE70, HAND21
from kinema.face_mesh import FACE468
from kinema.skeleton import Skeleton, chain_edges, mirror_by_name

__all__ = [
    "BLAZEPOSE33",
    "BODY25",
    "COCO17",
    "FACE68",
    "FACE70",
    "FACE468",
    "H36M17",
    "HALPE26",
    "HAND21",
    "KINECT20",
    "KINECT25",
    "LSP14",
    "MPI15",
    "MPII16",
    "OPENPOSE18",
    "OPENPOSE137",
    "SKELETONS",
    "WHOLEBODY133",
    "find_skeleton",
]

_COCO_SIGMAS = {
    "nose": 0.026,
    "eye": 0.025,
    "ear": 0.035,
    "shoulder": 0.079,
    "elbow": 0.072,
    "wrist": 0.062,
    "hip": 0.107,
    "knee": 0.087,
    "ankle": 0.089,
}
"""The sigmas of COCO's own evaluation (`pycocotools.cocoeval.Params`), both sides alike."""

_FOOT_SIGMAS = {
    "left_big_toe": 0.068,
    "left_small_toe": 0.066,
    "left_heel": 0.066,
    "right_big_toe": 0.092,
    "right_small_toe": 0.094,
    "right_heel": 0.094,
}
"""The sigmas of the feet in COCO-WholeBody's evaluation (Jin et al. 2020)."""

_HALPE_SIGMAS = {
    "head_top": 0.026,
    "upper_neck": 0.026,
    "mid_hip": 0.066,
    "big_toe": 0.079,
    "small_toe": 0.079,
    "heel": 0.079,
}
"""What Halpe's evaluation (`halpecocotools.cocoeval`) adds to COCO's sigmas."""


def _body(
    name: str, keypoints: str, *limbs: str, sigmas: dict[str, float] | None = None
) -> Skeleton:
    """A body; `limbs` are chains of joints, `sigmas` are by joint, with its side or without."""
    joints = tuple(keypoints.split())
    known = sigmas or {}
    nan = float("nan")
    return Skeleton(
        name,
        joints,
        edges=chain_edges(*limbs),
        mirror=mirror_by_name(joints),
        sigmas=tuple(known.get(j, known.get(_without_side(j), nan)) for j in joints),
    )


def _without_side(joint: str) -> str:
    return joint.removeprefix("left_").removeprefix("right_")


COCO17 = _body(
    "coco17",
    """nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder
    left_elbow right_elbow left_wrist right_wrist
    left_hip right_hip left_knee right_knee left_ankle right_ankle""",
    "left_hip left_knee left_ankle",
    "right_hip right_knee right_ankle",
    "left_shoulder left_hip right_hip right_shoulder left_shoulder",
    "left_shoulder left_elbow left_wrist",
    "right_shoulder right_elbow right_wrist",
    "left_shoulder left_ear left_eye right_eye right_ear right_shoulder",
    "left_eye nose right_eye",
    sigmas=_COCO_SIGMAS,
)
"""COCO's 17 keypoints (Lin et al. 2014) with the 19 limbs of its annotation files."""

OPENPOSE18 = _body(
    "openpose18",
    """nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist
    right_hip right_knee right_ankle left_hip left_knee left_ankle
    right_eye left_eye right_ear left_ear""",
    "neck right_shoulder right_elbow right_wrist",
    "neck left_shoulder left_elbow left_wrist",
    "neck right_hip right_knee right_ankle",
    "neck left_hip left_knee left_ankle",
    "neck nose",
    "nose right_eye right_ear",
    "nose left_eye left_ear",
    sigmas=_COCO_SIGMAS,
)
"""OpenPose's COCO model (`POSE_COCO_BODY_PARTS`) with the 17 limbs that it draws.

The two limbs from ear to shoulder help it to assemble people and are never drawn.
"""

BODY25 = _body(
    "body25",
    """nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist
    mid_hip right_hip right_knee right_ankle left_hip left_knee left_ankle
    right_eye left_eye right_ear left_ear
    left_big_toe left_small_toe left_heel right_big_toe right_small_toe right_heel""",
    "neck mid_hip",
    "neck right_shoulder right_elbow right_wrist",
    "neck left_shoulder left_elbow left_wrist",
    "mid_hip right_hip right_knee right_ankle",
    "mid_hip left_hip left_knee left_ankle",
    "neck nose",
    "nose right_eye right_ear",
    "nose left_eye left_ear",
    "left_ankle left_big_toe left_small_toe",
    "left_ankle left_heel",
    "right_ankle right_big_toe right_small_toe",
    "right_ankle right_heel",
    sigmas=_COCO_SIGMAS | _FOOT_SIGMAS,
)
"""OpenPose's BODY_25 (`POSE_BODY_25_BODY_PARTS`) with the 24 limbs that it draws."""

MPI15 = _body(
    "mpi15",
    """head_top upper_neck right_shoulder right_elbow right_wrist
    left_shoulder left_elbow left_wrist
    right_hip right_knee right_ankle left_hip left_knee left_ankle chest""",
    "head_top upper_neck",
    "upper_neck right_shoulder right_elbow right_wrist",
    "upper_neck left_shoulder left_elbow left_wrist",
    "upper_neck chest",
    "chest right_hip right_knee right_ankle",
    "chest left_hip left_knee left_ankle",
)
"""OpenPose's MPI model (`POSE_MPI_BODY_PARTS`: Head, Neck, ..., Chest) with its 14 limbs."""

MPII16 = _body(
    "mpii16",
    """right_ankle right_knee right_hip left_hip left_knee left_ankle
    mid_hip thorax upper_neck head_top
    right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist""",
    "right_ankle right_knee right_hip mid_hip left_hip left_knee left_ankle",
    "mid_hip thorax upper_neck head_top",
    "thorax right_shoulder right_elbow right_wrist",
    "thorax left_shoulder left_elbow left_wrist",
)
"""The MPII dataset (Andriluka et al. 2014). It is measured by PCKh; it publishes no sigmas."""

LSP14 = _body(
    "lsp14",
    """right_ankle right_knee right_hip left_hip left_knee left_ankle
    right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist
    upper_neck head_top""",
    "right_ankle right_knee right_hip left_hip left_knee left_ankle",
    "right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist",
    "right_shoulder upper_neck left_shoulder",
    "right_shoulder right_hip",
    "left_shoulder left_hip",
    "upper_neck head_top",
)
"""Leeds Sports Pose (Johnson & Everingham 2010). It publishes no limbs; these are the usual ones.

Its "neck" is MPII's upper neck: data sets that hold both join them so (Kolotouros et al. 2019).
"""

HALPE26 = _body(
    "halpe26",
    """nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder
    left_elbow right_elbow left_wrist right_wrist
    left_hip right_hip left_knee right_knee left_ankle right_ankle
    head_top upper_neck mid_hip
    left_big_toe right_big_toe left_small_toe right_small_toe left_heel right_heel""",
    "nose left_eye left_ear",
    "nose right_eye right_ear",
    "head_top upper_neck mid_hip",
    "upper_neck left_shoulder left_elbow left_wrist",
    "upper_neck right_shoulder right_elbow right_wrist",
    "mid_hip left_hip left_knee left_ankle",
    "mid_hip right_hip right_knee right_ankle",
    "left_ankle left_heel left_big_toe",
    "left_heel left_small_toe",
    "right_ankle right_heel right_big_toe",
    "right_heel right_small_toe",
    sigmas=_COCO_SIGMAS | _HALPE_SIGMAS,
)
"""The first 26 keypoints of Halpe Full-Body (Fang et al. 2022): COCO, trunk, feet.

The 24 limbs are those that AlphaPose draws.
"""

H36M17 = _body(
    "h36m17",
    """mid_hip right_hip right_knee right_ankle left_hip left_knee left_ankle
    spine thorax jaw head_top
    left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist""",
    "mid_hip right_hip right_knee right_ankle",
    "mid_hip left_hip left_knee left_ankle",
    "mid_hip spine thorax jaw head_top",
    "thorax left_shoulder left_elbow left_wrist",
    "thorax right_shoulder right_elbow right_wrist",
)
"""Human3.6M (Ionescu et al. 2014): the 17 joints that move, in VideoPose3D's order."""

BLAZEPOSE33 = _body(
    "blazepose33",
    """nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer
    left_ear right_ear left_mouth right_mouth left_shoulder right_shoulder
    left_elbow right_elbow left_wrist right_wrist left_pinky right_pinky
    left_index right_index left_thumb right_thumb left_hip right_hip left_knee right_knee
    left_ankle right_ankle left_heel right_heel left_foot_index right_foot_index""",
    "nose left_eye_inner left_eye left_eye_outer left_ear",
    "nose right_eye_inner right_eye right_eye_outer right_ear",
    "left_mouth right_mouth",
    "left_shoulder right_shoulder right_hip left_hip left_shoulder",
    "left_shoulder left_elbow left_wrist left_pinky left_index left_wrist left_thumb",
    "right_shoulder right_elbow right_wrist right_pinky right_index right_wrist right_thumb",
    "left_hip left_knee left_ankle left_heel left_foot_index left_ankle",
    "right_hip right_knee right_ankle right_heel right_foot_index right_ankle",
)
"""MediaPipe's BlazePose (`PoseLandmark`) with its 35 `POSE_CONNECTIONS`."""

KINECT20 = _body(
    "kinect20",
    """mid_hip spine thorax head left_shoulder left_elbow left_wrist left_hand
    right_shoulder right_elbow right_wrist right_hand
    left_hip left_knee left_ankle left_foot right_hip right_knee right_ankle right_foot""",
    "mid_hip spine thorax head",
    "thorax left_shoulder left_elbow left_wrist left_hand",
    "thorax right_shoulder right_elbow right_wrist right_hand",
    "mid_hip left_hip left_knee left_ankle left_foot",
    "mid_hip right_hip right_knee right_ankle right_foot",
)
"""Kinect v1 (`NUI_SKELETON_POSITION_INDEX` of the Kinect for Windows SDK 1.8)."""

KINECT25 = _body(
    "kinect25",
    """mid_hip spine mid_neck head left_shoulder left_elbow left_wrist left_hand
    right_shoulder right_elbow right_wrist right_hand
    left_hip left_knee left_ankle left_foot right_hip right_knee right_ankle right_foot
    thorax left_hand_tip left_thumb_tip right_hand_tip right_thumb_tip""",
    "mid_hip spine thorax mid_neck head",
    "thorax left_shoulder left_elbow left_wrist left_hand left_hand_tip",
    "thorax right_shoulder right_elbow right_wrist right_hand right_hand_tip",
    "left_wrist left_thumb_tip",
    "right_wrist right_thumb_tip",
    "mid_hip left_hip left_knee left_ankle left_foot",
    "mid_hip right_hip right_knee right_ankle right_foot",
)
"""Kinect v2 (`JointType` of the Kinect for Windows SDK 2.0)."""


def _whole_body(name: str, body: Skeleton, **parts: Skeleton) -> Skeleton:
    """A body and parts, the joints of each part prefixed with its name and `_`."""
    keypoints, edges, sigmas, mirror = body.keypoints, body.edges, body.sigmas, body.mirror
    for part, skeleton in parts.items():
        keypoints += tuple(f"{part}_{joint}" for joint in skeleton.keypoints)
        edges += tuple((f"{part}_{a}", f"{part}_{b}") for a, b in skeleton.edges)
        mirror += tuple((f"{part}_{a}", f"{part}_{b}") for a, b in skeleton.mirror)
        sigmas += skeleton.sigmas
    hands = mirror_by_name(keypoints[len(body) :])
    return Skeleton(name, keypoints, edges, mirror + hands, sigmas)


OPENPOSE137 = _whole_body("openpose137", BODY25, face=FACE70, left_hand=HAND21, right_hand=HAND21)
"""All that OpenPose finds with `--face --hand`: `face_jaw_00`, `left_hand_thumb_tip`, ...

The order is that of its JSON files: body, face, left hand, right hand.
"""


def _with_feet(body: Skeleton) -> Skeleton:
    """A body and the feet of `BODY25`, which begin at the ankles."""
    feet = BODY25.keypoints[-6:]
    edges = tuple(edge for edge in BODY25.edges if not set(feet).isdisjoint(edge))
    keypoints = body.keypoints + feet
    return Skeleton(
        f"{body.name}+feet",
        keypoints,
        body.edges + edges,
        mirror_by_name(keypoints),
        body.sigmas + BODY25.sigmas[-6:],
    )


WHOLEBODY133 = _whole_body(
    "wholebody133", _with_feet(COCO17), face=FACE68, left_hand=HAND21, right_hand=HAND21
)
"""COCO-WholeBody (Jin et al. 2020): COCO's body, feet, face, left hand, right hand.

Its limbs are those of `coco17`, of the feet of `body25`, of `face68` and of `hand21`.
"""

SKELETONS: dict[str, Skeleton] = {
    skeleton.name: skeleton
    for skeleton in (
        COCO17,
        OPENPOSE18,
        BODY25,
        MPI15,
        MPII16,
        LSP14,
        HALPE26,
        H36M17,
        BLAZEPOSE33,
        KINECT20,
        KINECT25,
        HAND21,
        FACE68,
        FACE70,
        FACE468,
        OPENPOSE137,
        WHOLEBODY133,
    )
}
"""All of them by name: bodies, then hand and face, then the whole."""

_ALIASES = {
    "coco": "coco17",
    "mpii": "mpii16",
    "lsp": "lsp14",
    "h36m": "h36m17",
    "blazepose": "blazepose33",
}
# "openpose" and "kinect" are no aliases: each made several skeletons.


def find_skeleton(name: str) -> Skeleton:
    """The skeleton of that name, spelt as in `SKELETONS` or as its makers do.

    Case, `_`, `-` and spaces do not matter, and the number may be left out where there is one
    such skeleton only: `coco`, `mpii`, `lsp`, `h36m`, `blazepose`.

    >>> find_skeleton("BODY_25").name
    'body25'

    Raises:
        SkeletonError: If there is none; the message names near ones.
    """
    plain = name.lower().translate(str.maketrans("", "", "_- "))
    plain = _ALIASES.get(plain, plain)
    if plain not in SKELETONS:
        raise SkeletonError(f"no skeleton {name!r}; {did_you_mean(plain, SKELETONS)}")
    return SKELETONS[plain]
