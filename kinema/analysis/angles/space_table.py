"""The angles of a body in space: about what, where zero is and what counts as more.

They follow the recommendations of the International Society of Biomechanics (Wu et al. 2002 and
2005, Journal of Biomechanics 35:543 and 38:981) as far as joints without markers allow: flexion,
adduction and internal rotation are positive, except where the name itself says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from kinema.analysis.angles.picture_table import ANGLES_2D, PlanarAngle

_TRUNK = ("neck", "mid_hip")
_STRAIGHT_LEG = "thigh and shank in line"
_TRUNK_THIGH = "thigh in line with the trunk"


@dataclass(frozen=True)
class SpatialAngle:
    """An angle in space; how it is measured is in `kinema.analysis.angles.spatial`.

    Attributes:
        name: Without side.
        points: All that must be known for it, as in `PlanarAngle`.
        about: What it is measured in or about.
        zero: When it is 0 (or another notable value).
        positive: What counts as more.
        sided: Whether there is one for each side of the body.
        follows: Whether it is followed over time through full turns, as segments are.
        low: The least value, as in `PlanarAngle`.
    """

    name: str
    points: tuple[str, ...]
    about: str
    zero: str
    positive: str
    sided: bool = True
    follows: bool = False
    low: float = -180.0


_PELVIS = ("left_hip", "right_hip", "mid_hip", "neck")
_THORAX = ("left_shoulder", "right_shoulder", "mid_hip", "neck")
_SAGITTAL = "against the horizontal, in the vertical plane in which the person faces"


def _spatial_segment(angle: PlanarAngle) -> SpatialAngle:
    """The same segment in space: in the vertical plane in which the person faces."""
    return SpatialAngle(
        angle.name,
        ("left_hip", "right_hip", *angle.second),
        _SAGITTAL,
        angle.zero,
        angle.positive,
        sided=angle.sided,
        follows=True,
        low=angle.low,
    )


ANGLES_3D: tuple[SpatialAngle, ...] = (
    SpatialAngle(
        "ankle_dorsiflexion",
        ("knee", "ankle", "heel", "toe"),
        "between shank and sole",
        "sole at a right angle to the shank",
        "toes towards the shin",
    ),
    SpatialAngle(
        "knee_flexion",
        ("left_hip", "right_hip", "hip", "knee", "ankle"),
        "about the knee's hinge, which the thigh and the shank span; the pelvis gives it where "
        "they are in line",
        _STRAIGHT_LEG,
        "heel towards the buttock; negative is overstretched",
    ),
    SpatialAngle(
        "hip_flexion",
        (*_PELVIS, "hip", "knee"),
        "about the pelvis's left-right axis (Grood & Suntay 1983)",
        _TRUNK_THIGH,
        "knee forward",
        low=-125.0,
    ),
    SpatialAngle(
        "hip_adduction",
        ("left_hip", "right_hip", "hip", "knee"),
        "about the floating axis between pelvis and thigh (Grood & Suntay 1983)",
        "thigh at a right angle to the left-right axis of the pelvis",
        "knee inward",
    ),
    SpatialAngle(
        "hip_rotation",
        ("left_hip", "right_hip", "hip", "knee", "ankle"),
        "about the thigh, by the knee's hinge; NaN where the knee is bent by less than 20 degrees",
        "knee's hinge in the plane of thigh and left-right axis of the pelvis",
        "inward (foot of the bent leg outward)",
    ),
    SpatialAngle(
        "shoulder_flexion",
        (*_THORAX, "shoulder", "elbow"),
        "in the plane that divides the trunk in left and right",
        "arm hanging beside the trunk",
        "arm forward; 180 overhead",
        low=-110.0,
    ),
    SpatialAngle(
        "shoulder_abduction",
        (*_THORAX, "shoulder", "elbow"),
        "in the plane that divides the trunk in front and back",
        "arm hanging beside the trunk",
        "arm outward; 180 overhead",
        low=-110.0,
    ),
    SpatialAngle(
        "shoulder_elevation",
        (*_TRUNK, "shoulder", "elbow"),
        "between trunk and arm, whichever way it is raised (Wu et al. 2005)",
        "arm hanging beside the trunk",
        "arm raised; never negative",
    ),
    SpatialAngle(
        "elbow_flexion",
        ("shoulder", "elbow", "wrist"),
        "between arm and forearm",
        "arm and forearm in line",
        "hand towards the shoulder; never negative",
    ),
    SpatialAngle(
        "wrist_flexion",
        ("elbow", "wrist", "index"),
        "between forearm and hand",
        "hand in line with the forearm",
        "bent, whichever way; never negative",
    ),
    SpatialAngle(
        "trunk_flexion",
        ("left_hip", "right_hip", *_TRUNK),
        "against the vertical, in the plane in which the person faces",
        "trunk upright",
        "leaning forward",
        sided=False,
    ),
    SpatialAngle(
        "trunk_lean",
        ("left_hip", "right_hip", *_TRUNK),
        "against the vertical, from the front",
        "trunk upright",
        "leaning to the right",
        sided=False,
    ),
    SpatialAngle(
        "trunk_rotation",
        ("left_hip", "right_hip", "left_shoulder", "right_shoulder"),
        "shoulders against hips, from above",
        "shoulders parallel to the hips",
        "turned to the left",
        sided=False,
    ),
    SpatialAngle(
        "neck_flexion",
        (*_THORAX, "head_base", "head"),
        "about the trunk's left-right axis",
        "head in line with the trunk",
        "head forward",
        sided=False,
    ),
    *(_spatial_segment(angle) for angle in ANGLES_2D if angle.follows),
    SpatialAngle(
        "pelvis_angle",
        ("left_hip", "right_hip"),
        "against the horizontal",
        "hips level",
        "left hip higher",
        sided=False,
    ),
    SpatialAngle(
        "shoulders_angle",
        ("left_shoulder", "right_shoulder"),
        "against the horizontal",
        "shoulders level",
        "left shoulder higher",
        sided=False,
    ),
)
"""The angles of `space = "world"` and `"body"`, joints first."""
