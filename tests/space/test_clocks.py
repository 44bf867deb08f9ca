"""Clocks of calibrated cameras that are off: by how the rays meet, and by people in space."""

from dataclasses import replace

import numpy as np
import pytest

from kinema.errors import InputError
from kinema.poses import Poses
from kinema.skeletons import COCO17
from kinema.space.clocks import clock_errors, same_instants
from kinema.space.meeting import meeting
from kinema.space.reconstruction import Reconstruction, SpacePlan, reconstruct
from kinema.space.synchronise import offsets
from kinema.track import Track

RATE = 50.0


def instants(scene, late, *, frames=60, noise=0.0):
    """What four cameras see whose clocks are late by some seconds, paired as if they were not."""
    rng = np.random.default_rng(0)
    times = np.arange(frames) / RATE
    seen = []
    for camera, seconds in zip(scene.rig, late, strict=True):
        joints = scene.dance(times + seconds)
        pixels = np.stack([camera.project(row) for row in joints])
        seen.append(pixels + rng.normal(0, noise, pixels.shape))
    return [
        [
            Poses(COCO17, view[t][None], np.ones((1, 17)), frame=t, time=float(times[t]))
            for view in seen
        ]
        for t in range(frames)
    ]


def track_of(scene, number, offset, *, seconds=3.0):
    """The track of one camera whose clock is behind by `offset`."""
    times = np.arange(round(seconds * RATE)) / RATE
    joints = scene.dance(times + offset)
    pixels = np.stack([list(scene.rig)[number].project(row) for row in joints])
    return Track(COCO17, pixels, np.ones(pixels.shape[:2]), times)


def test_clocks_that_are_right_stay(scene):
    found = clock_errors(reconstruct(scene.rig, instants(scene, (0, 0, 0, 0)), SpacePlan()))
    np.testing.assert_allclose(found.seconds, 0, atol=1e-4)
    assert found.sigma[0] == 0
    assert (found.sigma[1:] > 0).all()


def test_clocks_that_are_late(scene):
    late = np.array([0.0, 0.012, -0.02, 0.0])
    found = clock_errors(
        reconstruct(scene.rig, instants(scene, late, noise=1.0), SpacePlan(adjust=False))
    )
    np.testing.assert_allclose(found.seconds, late, atol=0.004)
    assert (found.sigma[1:] < 0.02).all()


def test_nobody_tells_nothing(scene):
    found = clock_errors(Reconstruction((), (), scene.rig, None))
    assert (found.seconds == 0).all()
    assert np.isnan(found.sigma).all()


def test_how_much_agrees(scene):
    rig = scene.rig
    alike = same_instants(rig, reconstruct(rig, instants(scene, (0, 0, 0, 0)), SpacePlan()))
    np.testing.assert_allclose(alike, 1, atol=0.01)
    assert (same_instants(rig, Reconstruction((), (), rig, None)) == 0).all()


def test_rays_meet_best_at_the_right_shift(scene):
    """The second clock is behind by 0.2 s, 20 steps of 10 ms."""
    cameras = tuple(scene.rig)[:2]
    people = ([track_of(scene, 0, 0.0)], [track_of(scene, 1, 0.2)])
    curve = meeting(cameras, people, step=0.01, farthest=100)
    assert curve.shape == (201,)
    assert abs(int(np.nanargmax(curve)) - 100 - 20) <= 2
    assert np.nanmax(curve) > 0.95
    assert np.nanmin(curve) < 0.9
    assert np.isnan(meeting(cameras, (people[0], []), step=0.01, farthest=9)).all()


def test_steps_that_look_alike_are_told_apart(scene):
    """Somebody hops twice a second while walking on: movement alone fits at any hop."""
    times = np.arange(200) / RATE

    def seen(number, offset):
        clock = times + offset
        joints = np.stack([scene.person(0.4 * t - 0.8) for t in clock])
        joints[..., 2] += 0.1 * np.sin(4 * np.pi * clock)[:, None]
        pixels = np.stack([list(scene.rig)[number].project(row) for row in joints])
        return Track(COCO17, pixels, np.ones(pixels.shape[:2]), times)

    tracks = [seen(0, 0.0), seen(1, 1.0), seen(2, -0.5), seen(3, 0.5)]
    alone, together = offsets(tracks), offsets(tracks, rig=scene.rig)
    np.testing.assert_allclose(together.seconds, [0, 1, -0.5, 0.5], atol=0.03)
    assert (together.confidence > alone.confidence.max()).all()
    assert (together.confidence > 0.05).all()


def test_as_many_cameras_as_recordings(scene):
    with pytest.raises(InputError, match="2 recordings are synchronised, the rig has 4 cameras"):
        offsets([track_of(scene, 0, 0.0), track_of(scene, 1, 0.0)], rig=scene.rig)


def test_a_person_whom_one_camera_sees_only(scene):
    """Joints without a score do not count in the rays."""
    cameras = tuple(scene.rig)[:2]
    blind = replace(track_of(scene, 1, 0.0), scores=np.zeros((150, 17), np.float32))
    curve = meeting(cameras, ([track_of(scene, 0, 0.0)], [blind]), step=0.01, farthest=50)
    assert np.isnan(curve).all()
