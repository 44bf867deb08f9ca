"""Left and right of people in space: the cameras decide, and where they cannot, the paths."""

import numpy as np
import pytest

from kinema.space.person import PersonPlan
from kinema.space.reconstruction import SpacePlan
from kinema.triangulate import TriangulationPlan, View, triangulate

SIDES = ("left", "right")
PARTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


@pytest.fixture
def turned(scene):
    """A person who is seen with left and right exchanged by all cameras in frames 20 to 39."""
    walk = scene.walk(60)
    order = scene.seen([walk[:1]])[0][0].skeleton.mirror_order
    walk[20:40] = walk[20:40][:, order]
    frames = scene.seen([walk])
    return walk, [
        View(camera.name, camera.name, [frame[i] for frame in frames], camera.size)
        for i, camera in enumerate(scene.rig)
    ]


def error_of(scene, views, walk, *, repair=True):
    plan = TriangulationPlan(
        space=SpacePlan(adjust=False, person=PersonPlan(repair_sides=repair)), smooth="none"
    )
    track = triangulate(scene.rig, views, plan).tracks[0]
    away = np.linalg.norm(track.keypoints[22:38] - walk[22:38], axis=2)
    limbs = [track.skeleton.index(f"{side}_{part}") for side in SIDES for part in PARTS]
    return float(np.nanmedian(away[:, limbs]))


def test_what_all_of_four_cameras_see_is_believed(scene, turned):
    walk, views = turned
    assert error_of(scene, views, walk) < 0.01


def test_of_two_cameras_the_path_is_believed(scene, turned):
    walk, views = turned
    assert error_of(scene, views[:2], walk) > 0.2
    assert error_of(scene, views[:2], walk, repair=False) < 0.01
