"""From keypoints in the picture to poses in space, by a network that looks at many frames."""

from kinema.space.lifting.joints import LIFT13, joints_for
from kinema.space.lifting.live import LiveLifter
from kinema.space.lifting.offline import lift
from kinema.space.lifting.spec import LiftingNetwork, LiftSpec, ReceptiveField

__all__ = [
    "LIFT13",
    "LiftSpec",
    "LiftingNetwork",
    "LiveLifter",
    "ReceptiveField",
    "joints_for",
    "lift",
]
