"""From the poses of one camera to people in space: lifted, and placed in the room.

1. People are found and followed, and their paths are cleaned, as for angles and gait
   (`kinema.study`).
2. A network gives each person's pose about the pelvis (`kinema.space.lifting`).
3. If asked for, people are put on a floor, or where in the room they are.

`lifted` does steps 2 and 3 for one clean track; `lift_people` does all for a recording.
"""

from kinema.lifted.one_track import PLACES, Place, camera_for, lifted, lifted_together
from kinema.lifted.recording import KINDS, Lifted, LiftedPerson, LiftingPlan, lift_people

__all__ = [
    "KINDS",
    "PLACES",
    "Lifted",
    "LiftedPerson",
    "LiftingPlan",
    "Place",
    "camera_for",
    "lift_people",
    "lifted",
    "lifted_together",
]
