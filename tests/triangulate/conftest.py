"""A small recording of four cameras."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from kinema.camera import Rig
from kinema.poses import Poses


@dataclass(frozen=True)
class Ring:
    """A rig, a person's joints (50, 17, 3), and the poses that each camera sees."""

    rig: Rig
    walk: np.ndarray
    frames: dict[str, list[Poses]]


@pytest.fixture(scope="session")
def ring(scene):
    walk = scene.walk(50)
    frames = scene.seen([walk], noise=0.5)
    seen = {c.name: [frame[i] for frame in frames] for i, c in enumerate(scene.rig)}
    return Ring(scene.rig, walk, seen)
