"""The joints that networks of movement take, and how they come from other skeletons.

Joints of the same name are the same. What is missing is derived, in each frame by the first rule of
`DERIVATIONS` whose joints are all there; what cannot be derived is absent.
"""

from __future__ import annotations

import numpy as np

from kinema.errors import SkeletonError
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton, chain_edges, mirror_by_name
from kinema.track import Track

_LIMBS = tuple(
    f"{side}_{joint}"
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in ("left", "right")
)

LIFT13 = Skeleton(
    "lift13",
    ("head", *_LIMBS),
    chain_edges(
        "left_shoulder left_elbow left_wrist",
        "right_shoulder right_elbow right_wrist",
        "left_hip left_knee left_ankle",
        "right_hip right_knee right_ankle",
        "left_shoulder left_hip right_hip right_shoulder left_shoulder",
    ),
    mirror_by_name(_LIMBS),
)
"""What every model of the body finds: the joints of the limbs and the middle of the head."""

Rule = dict[str, float]


def _mean(*joints: str) -> Rule:
    return dict.fromkeys(joints, 1 / len(joints))


# The crown above the ears, along the line from the middle of the shoulders: shoulders, ears (at the
# height of the eyes) and crown are at 0.818, 0.936 and 1 of the body height (Drillis & Contini
# 1966), so it is 0.064 / 0.118 of the way from shoulders to ears further on.
_BEYOND = 0.064 / 0.118

# Between the shoulders and the middle of the head: `upper_neck` of MPII, `mid_neck` of the Kinect.
_MID_NECK = (
    _mean("upper_neck"),
    _mean("mid_neck"),
    _mean("left_shoulder", "right_shoulder", "left_ear", "right_ear"),
    _mean("thorax", "head"),
    {"thorax": 0.5, "jaw": 0.25, "head_top": 0.25},
    {"left_shoulder": 0.25, "right_shoulder": 0.25, "nose": 0.5},
    {"left_shoulder": 0.25, "right_shoulder": 0.25, "head": 0.5},
)

# How far the middle of the hand is beyond the wrist, in forearms: 0.27 by the median of the Kinect
# (training subjects of UTD-MHAD), 0.37 by Drillis & Contini (forearm 0.146, hand 0.108 of the body
# height). The tip is a whole hand beyond it.
_TO_HAND, _TO_TIP = 0.3, 0.108 / 0.146


def _ends(side: str) -> dict[str, tuple[Rule, ...]]:
    """Hand and foot of a side, as sensors of depth see them: the middle of the hand, the instep."""
    wrist, elbow, ankle = f"{side}_wrist", f"{side}_elbow", f"{side}_ankle"
    hand = {wrist: 1 + _TO_HAND, elbow: -_TO_HAND}
    return {
        "hand": (_mean(wrist, f"{side}_index", f"{side}_pinky"), hand),
        "hand_tip": ({wrist: 1 + _TO_TIP, elbow: -_TO_TIP},),
        "thumb_tip": (_mean(f"{side}_thumb"), _mean(f"{side}_hand"), hand),
        "foot": (_mean(ankle, f"{side}_big_toe"), _mean(ankle, f"{side}_foot_index"), _mean(ankle)),
    }


DERIVATIONS: dict[str, tuple[Rule, ...]] = {
    "head": (
        _mean("left_ear", "right_ear"),
        _mean("jaw", "head_top"),
        _mean("upper_neck", "head_top"),
        _mean("left_ear"),
        _mean("right_ear"),
        _mean("nose"),
    ),
    "mid_hip": (_mean("left_hip", "right_hip"),),
    "thorax": (_mean("left_shoulder", "right_shoulder"), _mean("neck")),
    "spine": (
        _mean("mid_hip", "thorax"),
        _mean("left_shoulder", "right_shoulder", "left_hip", "right_hip"),
    ),
    "jaw": (_mean("nose"), _mean("upper_neck", "head_top"), _mean("head")),
    "head_top": (
        {
            "left_ear": (1 + _BEYOND) / 2,
            "right_ear": (1 + _BEYOND) / 2,
            "left_shoulder": -_BEYOND / 2,
            "right_shoulder": -_BEYOND / 2,
        },
        {"nose": 1 + _BEYOND, "left_shoulder": -_BEYOND / 2, "right_shoulder": -_BEYOND / 2},
        _mean("head"),
    ),
    "nose": (_mean("jaw"), _mean("head")),
    "neck": (_mean("left_shoulder", "right_shoulder"), _mean("thorax")),
    "upper_neck": _MID_NECK,
    "mid_neck": _MID_NECK,
    "chest": (_mean("left_shoulder", "right_shoulder", "left_hip", "right_hip"),),
    **{
        f"{side}_{joint}": (_mean("jaw", "head_top"), _mean("head"))
        for side in ("left", "right")
        for joint in ("eye", "ear")
    },
    **{
        f"{side}_{joint}": rules
        for side in ("left", "right")
        for joint, rules in _ends(side).items()
    },
}
"""Joints that follow from others: weights of joints, the best rule first.

The head of `lift13` is the point between the ears. From `h36m17` it is the middle between its jaw
(which is neither neck nor nose) and its crown. Human3.6M's jaw is taken from the nose, as is usual
though it is lower by some centimetres; and eyes and ears, which `h36m17` does not have, from the
middle of its head.

Hands and feet are guesses where a skeleton ends at wrists and ankles; with them a recogniser that
learned from a depth sensor's skeleton runs on any other (`benchmarks/across_skeletons.py`).
"""


def joints_for(
    skeleton: Skeleton, track: Track, *, partial: bool = False
) -> tuple[Float32Array, Float32Array]:
    """The joints of `skeleton` in a track: places (T, K, D) and certainties (T, K) in [0, 1].

    A joint that cannot be had is NaN with 0; a score that is not known (NaN) counts as 1. The
    certainty of a derived joint is the least of those that it comes from.

    Args:
        skeleton: Whose joints are wanted.
        track: In any space.
        partial: Leave joints absent that the track's skeleton has nothing for.

    Raises:
        SkeletonError: If it has nothing for a joint, whatever the frame, and `partial` is not set;
            or nothing for any of them.
    """
    scores = np.where(np.isnan(track.scores), 1.0, track.scores).astype(np.float32)
    if track.skeleton == skeleton and track.found.all():
        return track.keypoints.copy(), scores
    points = np.full((len(track), len(skeleton), track.keypoints.shape[2]), np.nan, np.float32)
    certainty = np.zeros(points.shape[:2], dtype=np.float32)
    missing: list[str] = []
    for i, joint in enumerate(skeleton.keypoints):
        rules = [
            rule
            for rule in (_mean(joint), *DERIVATIONS.get(joint, ()))
            if all(source in track.skeleton for source in rule)
        ]
        if not rules:
            missing.append(joint)
        for rule in rules:
            sources = [track.skeleton.index(source) for source in rule]
            weights = np.array(list(rule.values()), dtype=np.float32)
            value = np.einsum("tjd,j->td", track.keypoints[:, sources], weights)
            open_yet = np.isnan(points[:, i]).any(axis=1)
            filled = open_yet & ~np.isnan(value).any(axis=1)
            points[filled, i] = value[filled]
            certainty[filled, i] = scores[:, sources].min(axis=1)[filled]
    if missing and (not partial or len(missing) == len(skeleton)):
        raise SkeletonError(
            f"{track.skeleton.name} has nothing for {', '.join(missing[:3])} of {skeleton.name}; "
            "take poses of coco17, openpose18, body25, blazepose33 or h36m17"
        )
    return points, certainty
