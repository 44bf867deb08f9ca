"""Several people in several cameras: who is who, and cameras that have turned."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinema.camera import Rig
from kinema.errors import InputError, ShapeError, SkeletonError
from kinema.poses import Poses
from kinema.skeletons import BODY25, COCO17
from kinema.space.person import PersonPlan
from kinema.space.reconstruction import SpacePlan, reconstruct

AS_IT_IS = SpacePlan(adjust=False, person=PersonPlan(keep_bones=False))


def test_one_person(scene):
    walk = scene.walk()
    found = reconstruct(scene.rig, scene.seen([walk]), AS_IT_IS)
    (track,) = found.tracks
    np.testing.assert_allclose(track.keypoints, walk, atol=1e-4)
    np.testing.assert_allclose(track.times, np.arange(20) / 50)
    assert (track.space, track.id, found.left_out) == ("world", 1, 0)
    assert track.sigma.shape == (20, 17)


def test_two_people_who_cross(scene):
    """They pass each other 0.5 m apart; detections come in any order."""
    one = scene.walk(40, (-1, 0.25), (1, 0.25))
    two = scene.walk(40, (1, -0.25), (-1, -0.25))
    frames = scene.seen([one, two], noise=2)
    rng = np.random.default_rng(1)
    frames = [[poses[rng.permutation(2)] for poses in frame] for frame in frames]
    found = reconstruct(scene.rig, frames, AS_IT_IS)
    assert len(found.tracks) == 2
    whole = {int(np.sign(track.keypoints[0, 0, 0])): track.keypoints for track in found.tracks}
    assert np.nanmax(np.linalg.norm(whole[-1] - one, axis=2)) < 0.05
    assert np.nanmax(np.linalg.norm(whole[1] - two, axis=2)) < 0.05


def test_a_camera_that_misses_somebody_and_a_false_person(scene):
    one, two = scene.walk(30, (-0.8, 0.5), (0.8, 0.5)), scene.walk(30, (0.8, -0.6), (-0.8, -0.6))
    frames = scene.seen([one, two])
    ghost = np.random.default_rng(0).uniform([0, 0], [1280, 720], (17, 2))
    for t, frame in enumerate(frames):
        frame[0] = frame[0][[1]] if t < 15 else frame[0]  # sees nobody but the second
        both = frame[2]
        frame[2] = Poses(
            COCO17, np.concatenate([ghost[None], both.keypoints]), np.ones((3, 17)), time=both.time
        )
    found = reconstruct(scene.rig, frames, AS_IT_IS)
    assert [len(track) for track in found.tracks] == [30, 30]
    ways = [
        np.nanmax(np.linalg.norm(found.tracks[0].keypoints - walk, axis=2)) for walk in (one, two)
    ]
    assert min(ways) < 1e-3


def test_whoever_leaves_and_comes_back_at_once_is_the_same(scene):
    walk = scene.walk(40)
    frames = scene.seen([walk])
    for t in range(15, 25):
        frames[t] = [Poses.empty(COCO17, time=poses.time) for poses in frames[t]]
    (track,) = reconstruct(scene.rig, frames, AS_IT_IS).tracks
    assert len(track) == 30


def test_bystanders_of_two_cameras_are_left_out(scene):
    walk, other = scene.walk(), np.repeat(scene.person(0.5, 1.5)[None], 20, axis=0)
    frames = scene.seen([walk, other])
    for frame in frames:
        frame[2], frame[3] = frame[2][[0]], frame[3][[0]]
    found = reconstruct(scene.rig, frames, AS_IT_IS)
    assert (len(found.tracks), found.left_out) == (1, 1)
    both = reconstruct(scene.rig, frames, replace(AS_IT_IS, min_cameras=2))
    assert (len(both.tracks), both.left_out) == (2, 0)
    one = reconstruct(scene.rig, frames, replace(AS_IT_IS, min_cameras=2, people=1))
    assert len(one.tracks) == 1


def test_a_camera_that_has_turned_is_corrected(scene):
    """By 0.4 degrees, which is 7 pixels."""
    walk = scene.walk(40)
    frames = scene.seen([walk], noise=1)
    turn = Rotation.from_rotvec(np.radians([0.1, 0.38, 0.05])).as_matrix()
    first = scene.rig.cameras[0]
    wrong = replace(
        first, rotation=turn @ first.rotation, translation=-turn @ first.rotation @ first.centre
    )
    rig = Rig((wrong, *scene.rig.cameras[1:]))
    found = reconstruct(rig, frames)
    left = reconstruct(rig, frames, SpacePlan(adjust=False))
    assert found.adjustment.before[0] > 3
    assert found.adjustment.after.max() < 0.6
    assert found.adjustment.turned_deg.argmax() == 0
    error = [np.sqrt(np.nanmean((one.tracks[0].keypoints - walk) ** 2)) for one in (found, left)]
    assert error[0] < 0.75 * error[1]


def test_right_cameras_stay_as_they_are(scene):
    found = reconstruct(scene.rig, scene.seen([scene.walk(40)], noise=1))
    assert found.rig is scene.rig
    assert found.adjustment.turned_deg.tolist() == [0, 0, 0, 0]
    assert found.adjustment.before.max() < 0.2


def test_nobody(scene):
    assert reconstruct(scene.rig, []).tracks == ()
    empty = [[Poses.empty(COCO17, time=t / 50) for _ in range(4)] for t in range(3)]
    assert reconstruct(scene.rig, empty).tracks == ()


def test_scores_below_the_least_are_unseen(scene):
    frames = scene.seen([scene.walk()])
    frames = [[replace(poses, scores=poses.scores * 0.2) for poses in frame] for frame in frames]
    assert reconstruct(scene.rig, frames).tracks == ()
    assert len(reconstruct(scene.rig, frames, SpacePlan(min_score=0.1)).tracks) == 1


def test_bad_input(scene):
    frames = scene.seen([scene.walk(3)])
    with pytest.raises(InputError, match="at least two cameras"):
        reconstruct(Rig(scene.rig.cameras[:1]), [frame[:1] for frame in frames])
    with pytest.raises(ShapeError, match="instant 0 has the poses of 3 cameras, the rig has 4"):
        reconstruct(scene.rig, [frame[:3] for frame in frames])
    frames[1][2] = frames[1][2].to(BODY25)
    with pytest.raises(SkeletonError, match="coco17 and body25"):
        reconstruct(scene.rig, frames)
