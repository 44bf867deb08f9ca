"""A rig with everything that a calibration has."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinema.camera import Camera, Rig


@pytest.fixture
def rig() -> Rig:
    """Three cameras, upright but not level, with distortion."""
    cameras = []
    for i, name in enumerate(("cam01", "cam02", "hall-3")):
        rotation = Rotation.from_euler("xyz", [-95 + i, 3 * i, 40 * i], degrees=True).as_matrix()
        matrix = [[1000 + i, 0, 639.5], [0, 1001 + i, 350 - i], [0, 0, 1]]
        place = np.array([0.5 * i, -4.25, 1.5])
        cameras.append(
            Camera(
                name,
                (1280, 720 + i),
                matrix,
                [-0.05, 0.14, 1e-4, -2e-4],
                rotation,
                -rotation @ place,
            )
        )
    return Rig(tuple(cameras))
