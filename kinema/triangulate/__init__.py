"""From recordings of several calibrated cameras to people in space, and their files.

1. Recordings and cameras are matched by name, else by their order.
2. Frames are paired by time; the recordings must have been started together, or their offsets be
   given, or found by the movement (`kinema.triangulate.clocks`).
3. People are found in space (`kinema.space.reconstruction`).
4. Their paths are repaired, filled and smoothed (`kinema.tracking.cleaning`).
"""

from kinema.triangulate.files import FILES, Shown, points_table, write_triangulated
from kinema.triangulate.people import TriangulationPlan, triangulate
from kinema.triangulate.result import CameraFigures, Triangulated
from kinema.triangulate.views import View, match_cameras, on_one_clock, paired

__all__ = [
    "FILES",
    "CameraFigures",
    "Shown",
    "Triangulated",
    "TriangulationPlan",
    "View",
    "match_cameras",
    "on_one_clock",
    "paired",
    "points_table",
    "triangulate",
    "write_triangulated",
]
