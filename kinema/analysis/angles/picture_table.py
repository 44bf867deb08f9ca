"""The angles of a picture: between which points, where zero is and what counts as more.

The joint and segment angles of the side view have the zeros and signs of Sports2D (Pagnon & Kim
2024, Journal of Open Source Software 9(101), 6849). Those of front and back views are the same
angles seen in that plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Plane = Literal["sagittal", "frontal", "any"]


@dataclass(frozen=True)
class PlanarAngle:
    """An angle in the picture: by how much one vector must turn to point as another does.

    The turn is measured in a picture whose x axis is turned, where needed, to point where the
    person faces (side views) or to the person's left (front and back views; outwards, for angles
    of limbs), and y up; counter-clockwise is positive. The angle is `sign * turn + offset`.

    Attributes:
        name: Without side: `knee_flexion`.
        first: The first vector, (from, to); or the axis `"forward"` or `"up"`.
        second: The second vector, (from, to). Points as in `kinema.analysis.angles.points`; those
            that a side has are named without it.
        zero: When it is 0 (or another notable value).
        positive: What counts as more.
        sign: -1 or 1.
        offset: Degrees.
        plane: The view in which it means something; in others it is NaN.
        low: The least value. The range is one turn from there, so that the cut lies where the joint
            cannot go; for segments it is where an upright person's curve begins.
        period: Degrees after which the same is meant: 360, or 180 for lines without direction.
        sided: Whether there is one for each side of the body.
        follows: Whether it is followed over time through full turns, as segments are.
    """

    name: str
    first: tuple[str, str] | Literal["forward", "up"]
    second: tuple[str, str]
    zero: str
    positive: str
    sign: int = 1
    offset: float = 0.0
    plane: Plane = "sagittal"
    low: float = -180.0
    period: float = 360.0
    sided: bool = True
    follows: bool = False


_TRUNK_DOWN = ("neck", "mid_hip")
_TRUNK_UP = ("mid_hip", "neck")
_STRAIGHT_LEG = "thigh and shank in line"
_TRUNK_THIGH = "thigh in line with the trunk"


def _segment(
    name: str,
    vector: tuple[str, str],
    zero: str,
    positive: str,
    *,
    low: float = -180.0,
    sided: bool = True,
) -> PlanarAngle:
    """A segment against the horizontal, counter-clockwise when the person faces right."""
    return PlanarAngle(name, "forward", vector, zero, positive, low=low, sided=sided, follows=True)


def _level(name: str, joint: str) -> PlanarAngle:
    """The line from the right to the left of two joints against the horizontal."""
    return PlanarAngle(
        f"{name}_angle",
        "forward",
        (f"right_{joint}", f"left_{joint}"),
        f"{joint}s level",
        f"left {joint} higher",
        plane="any",
        low=-90.0,
        period=180.0,
        sided=False,
    )


ANGLES_2D: tuple[PlanarAngle, ...] = (
    PlanarAngle(
        "ankle_dorsiflexion",
        ("ankle", "knee"),
        ("heel", "toe"),
        "sole at a right angle to the shank",
        "toes towards the shin",
        offset=90.0,
    ),
    PlanarAngle(
        "knee_flexion",
        ("hip", "knee"),
        ("knee", "ankle"),
        _STRAIGHT_LEG,
        "heel towards the buttock",
        sign=-1,
        low=-100.0,
    ),
    PlanarAngle(
        "hip_flexion",
        _TRUNK_DOWN,
        ("hip", "knee"),
        _TRUNK_THIGH,
        "knee forward",
        low=-125.0,
    ),
    PlanarAngle(
        "shoulder_flexion",
        _TRUNK_DOWN,
        ("shoulder", "elbow"),
        "arm hanging beside the trunk",
        "arm forward; 180 overhead",
        low=-110.0,
    ),
    PlanarAngle(
        "elbow_flexion",
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
        "arm and forearm in line",
        "hand towards the shoulder",
        low=-105.0,
    ),
    PlanarAngle(
        "wrist_flexion",
        ("elbow", "wrist"),
        ("wrist", "index"),
        "hand in line with the forearm",
        "fingers forward when the arm hangs",
    ),
    PlanarAngle(
        "trunk_flexion",
        "up",
        _TRUNK_UP,
        "trunk upright",
        "leaning forward",
        sign=-1,
        sided=False,
    ),
    PlanarAngle(
        "neck_flexion",
        _TRUNK_UP,
        ("head_base", "head"),
        "head in line with the trunk",
        "head forward",
        sign=-1,
        sided=False,
    ),
    PlanarAngle(
        "hip_adduction",
        _TRUNK_DOWN,
        ("hip", "knee"),
        _TRUNK_THIGH,
        "knee inward",
        sign=-1,
        plane="frontal",
    ),
    PlanarAngle(
        "knee_valgus",
        ("hip", "knee"),
        ("knee", "ankle"),
        _STRAIGHT_LEG,
        "knee inward, ankle outward",
        plane="frontal",
    ),
    PlanarAngle(
        "shoulder_abduction",
        _TRUNK_DOWN,
        ("shoulder", "elbow"),
        "arm hanging beside the trunk",
        "arm outward; 180 overhead",
        plane="frontal",
        low=-110.0,
    ),
    PlanarAngle(
        "trunk_lean",
        "up",
        _TRUNK_UP,
        "trunk upright",
        "leaning to the right",
        plane="frontal",
        sided=False,
    ),
    _segment("foot_angle", ("heel", "toe"), "sole level", "toes higher than the heel"),
    _segment(
        "shank_angle", ("knee", "ankle"), "-90 when upright", "ankle further forward", low=-270.0
    ),
    _segment(
        "thigh_angle", ("hip", "knee"), "-90 when upright", "knee further forward", low=-270.0
    ),
    _level("pelvis", "hip"),
    _segment("trunk_angle", _TRUNK_UP, "90 when upright", "leaning back", low=-90.0, sided=False),
    _level("shoulders", "shoulder"),
    _segment(
        "head_angle",
        ("head_base", "head"),
        "90 when upright",
        "leaning back",
        low=-90.0,
        sided=False,
    ),
    _segment(
        "arm_angle", ("shoulder", "elbow"), "-90 when hanging", "elbow further forward", low=-200.0
    ),
    _segment(
        "forearm_angle", ("elbow", "wrist"), "-90 when hanging", "wrist further forward", low=-200.0
    ),
    _segment(
        "hand_angle", ("wrist", "index"), "-90 when hanging", "fingers further forward", low=-200.0
    ),
)
"""The angles of `space = "image"`, joints first."""
