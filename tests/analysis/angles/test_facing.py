"""Which way people face, from what a skeleton has, with memory."""

import numpy as np
import pytest

from kinema.analysis.angles import facing_of
from kinema.errors import InputError
from kinema.skeletons import BLAZEPOSE33, BODY25, COCO17, H36M17, HAND21, LSP14
from kinema.track import Track

# A person in metres: x forward, y to the left, z up.
BODY = {
    "nose": (0.10, 0, 1.58), "jaw": (0.09, 0, 1.56), "eye": (0.08, 0.03, 1.62),
    "ear": (0, 0.07, 1.6), "shoulder": (0, 0.18, 1.4), "elbow": (0, 0.2, 1.1),
    "wrist": (0.05, 0.2, 0.85), "hip": (0, 0.09, 0.9), "knee": (0.04, 0.1, 0.48),
    "ankle": (0, 0.1, 0.08), "heel": (-0.06, 0.1, 0.02), "big_toe": (0.17, 0.1, 0.02),
    "small_toe": (0.13, 0.14, 0.02), "foot_index": (0.15, 0.1, 0.02), "mid_hip": (0, 0, 0.9),
    "neck": (0, 0, 1.4), "thorax": (0, 0, 1.4), "head_top": (0, 0, 1.75),
}  # fmt: skip


def seen(skeleton, yaw, *, noise=0.0, seed=0):
    """Pixels (K, 2): at a yaw of 0 the person faces right, at 90 the camera, at -90 away."""
    rng = np.random.default_rng(seed)
    turn = np.radians(yaw)
    rows = []
    for joint in skeleton.keypoints:
        name = joint.removeprefix("left_").removeprefix("right_")
        place = BODY.get(name)
        if place is None:
            rows.append((np.nan, np.nan))
            continue
        x, y, z = place
        y = -y if joint.startswith("right_") else y
        # The camera looks along +y of a person who faces right (their left is away from it).
        rows.append((500 + 300 * (x * np.cos(turn) + y * np.sin(turn)), 800 - 300 * z))
    return np.array(rows) + rng.normal(size=(len(rows), 2)) * noise


def track_of(frames, skeleton, rate=30.0):
    frames = np.asarray(frames)
    return Track(skeleton, frames, np.ones(frames.shape[:2]), np.arange(len(frames)) / rate)


@pytest.mark.parametrize("skeleton", [BODY25, COCO17, BLAZEPOSE33, H36M17], ids=lambda s: s.name)
@pytest.mark.parametrize(
    ("yaw", "facing"), [(0, "right"), (180, "left"), (90, "front"), (-90, "back"), (20, "right")]
)
def test_pure_views(skeleton, yaw, facing):
    frames = [seen(skeleton, yaw, noise=2.0, seed=i) for i in range(10)]
    assert set(facing_of(track_of(frames, skeleton))) == {facing}


@pytest.mark.parametrize(("yaw", "facing"), [(0, "right"), (180, "left")])
def test_knees_tell_where_there_is_neither_foot_nor_face(yaw, facing):
    assert set(facing_of(track_of([seen(LSP14, yaw)] * 5, LSP14))) == {facing}


def test_a_turn_changes_once_and_late():
    """From right over front to left; between two views the last clear one stays."""
    yaws = np.linspace(0, 180, 181)
    facing = facing_of(track_of([seen(BODY25, yaw) for yaw in yaws], BODY25, rate=60.0))
    changes = np.flatnonzero(facing[1:] != facing[:-1])
    assert facing[[0, 90, 180]].tolist() == ["right", "front", "left"]
    assert len(changes) == 2
    assert 45 < yaws[changes[0]] < 70
    assert 135 < yaws[changes[1]] < 160


def test_single_frames_do_not_change_it():
    frames = [seen(BODY25, 0)] * 30
    frames[10] = seen(BODY25, 180)
    frames[20] = np.full((25, 2), np.nan)
    assert set(facing_of(track_of(frames, BODY25))) == {"right"}


@pytest.mark.parametrize("skeleton", [BODY25, HAND21], ids=lambda s: s.name)
def test_where_nothing_tells_it_is_right(skeleton):
    unseen = np.full((3, len(skeleton), 2), np.nan)
    assert facing_of(track_of(unseen, skeleton)).tolist() == ["right"] * 3
    assert len(facing_of(track_of(unseen[:0], skeleton))) == 0


def test_space_has_no_facing():
    track = Track(BODY25, np.ones((1, 25, 3)), np.ones((1, 25)), [0.0], space="world")
    with pytest.raises(InputError, match="'world' space"):
        facing_of(track)
