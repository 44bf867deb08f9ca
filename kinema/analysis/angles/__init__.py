"""Joint and segment angles, in the picture and in space, each with its uncertainty."""

from kinema.analysis.angles.conventions import Convention, angle_conventions
from kinema.analysis.angles.facing import FACINGS, Facing, facing_of
from kinema.analysis.angles.measure import angles_of, joint_angles
from kinema.analysis.angles.picture_table import ANGLES_2D, PlanarAngle
from kinema.analysis.angles.space_table import ANGLES_3D, SpatialAngle

__all__ = [
    "ANGLES_2D",
    "ANGLES_3D",
    "FACINGS",
    "Convention",
    "Facing",
    "PlanarAngle",
    "SpatialAngle",
    "angle_conventions",
    "angles_of",
    "facing_of",
    "joint_angles",
]
