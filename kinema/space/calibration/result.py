"""Calibrated cameras, and how good their calibration is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera, Rig
from kinema.space.calibration.board import Board
from kinema.space.calibration.views import Rejected, View

Float64Array = npt.NDArray[np.float64]

LITTLE_COVERAGE = 0.5
UNSURE_FOCAL = 0.005  # of the focal length


@dataclass(frozen=True, eq=False)
class CalibratedCamera:
    """A camera with what is known of how good its calibration is.

    Attributes:
        camera: In the rig's world.
        sigma: (9,) standard deviations of fx fy cx cy k1 k2 p1 p2 k3; 0 for what was given, and for
            k3 where it is left at 0.
        position_sigma: Of its place, in metres, per coordinate, relative to the first camera.
        turn_sigma_deg: Of its direction, in degrees, per axis, relative to the first camera.
        error: Root mean square of the distances, in pixels, between corners and where they project.
        views: The views used.
        errors: (V,) the same error for each of them.
        coverage: (9, 16) corners in each cell of a grid over the picture.
    """

    camera: Camera
    sigma: Float64Array
    position_sigma: float
    turn_sigma_deg: float
    error: float
    views: tuple[View, ...]
    errors: Float64Array
    coverage: npt.NDArray[np.int64]

    @property
    def covered(self) -> float:
        """Share of the cells that have corners in them."""
        return float((self.coverage > 0).mean())


@dataclass(frozen=True, eq=False)
class Calibration:
    """What came of a calibration.

    Attributes:
        board: That was shown.
        cameras: In the order given.
        boards: For each instant used the pose (4, 4) of the board in the world.
        rejected: Views left out, and why.
        world: What the world's axes are, in words.
        has_poses: Whether it is known where the cameras stand.
    """

    board: Board
    cameras: tuple[CalibratedCamera, ...]
    boards: Mapping[int, Float64Array]
    rejected: tuple[Rejected, ...]
    world: str
    has_poses: bool = True

    @property
    def rig(self) -> Rig:
        """The cameras."""
        return Rig(tuple(each.camera for each in self.cameras))

    @property
    def error(self) -> float:
        """Root mean square over all corners of all cameras, in pixels."""
        counts = np.array([sum(len(v.corners) for v in each.views) for each in self.cameras])
        errors = np.array([each.error for each in self.cameras])
        return float(np.sqrt((errors**2 * counts).sum() / counts.sum()))

    @property
    def warnings(self) -> list[str]:
        """What may make it worse than its errors say, one line each."""
        lines = []
        for each in self.cameras:
            name = each.camera.name
            if each.sigma.any() and each.covered < LITTLE_COVERAGE:
                lines.append(
                    f"{name}: corners cover {each.covered:.0%} of the picture; distortion "
                    "elsewhere is a guess, so show the board near edges and corners, too"
                )
            focal = each.sigma[0] / each.camera.matrix[0, 0]
            if focal > UNSURE_FOCAL:
                lines.append(
                    f"{name}: the focal length is known to {focal:.1%} only; tilt the board more"
                )
        return lines
