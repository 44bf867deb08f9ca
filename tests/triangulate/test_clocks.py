"""Recordings that were not started together."""

from dataclasses import replace

import numpy as np
import pytest

from kinema.camera import Rig
from kinema.errors import InputError
from kinema.poses import Poses
from kinema.skeletons import COCO17
from kinema.triangulate import TriangulationPlan, View, on_one_clock, paired, triangulate
from kinema.triangulate.between import between
from kinema.triangulate.clocks import synchronised, write_clocks


def seen(scene, number, *, offset=0.0, rate=50.0, seconds=3.0, noise=0.5):
    """What a camera records whose clock is behind by `offset`."""
    rng = np.random.default_rng(number)
    camera = list(scene.rig)[number]
    times = np.arange(round(seconds * rate)) / rate
    frames = []
    for i, joints in enumerate(scene.dance(times + offset)):
        pixels = camera.project(joints) + rng.normal(0, noise, (17, 2))
        frames.append(Poses(COCO17, pixels[None], np.ones((1, 17)), frame=i, time=float(times[i])))
    return View(camera.name, f"{camera.name}.jsonl", frames, camera.size)


@pytest.fixture(scope="module")
def views(scene):
    return [
        seen(scene, 0),
        seen(scene, 1, offset=0.1234),
        seen(scene, 2, offset=-0.4, rate=25.0),
        seen(scene, 3, offset=0.25, rate=30.0, seconds=2.0),
    ]


def test_offsets_and_rates_that_differ(scene, views):
    clocks = synchronised(scene.rig, views)
    assert [clock.camera for clock in clocks] == ["cam1", "cam2", "cam3", "cam4"]
    np.testing.assert_allclose([c.offset for c in clocks], [0, 0.1234, -0.4, 0.25], atol=0.002)
    assert clocks[0].sigma == 0
    assert all(0 < clock.sigma < 0.02 for clock in clocks[1:])
    assert all(clock.confidence > 0.1 for clock in clocks)


def test_the_joints_are_as_exact_as_with_one_clock(scene, views):
    plan = TriangulationPlan(sync=True, smooth="none")
    found = triangulate(scene.rig, views, plan)
    together = triangulate(scene.rig, [seen(scene, i) for i in range(4)], replace(plan, sync=False))
    assert len(found.clocks) == 4
    assert together.clocks == ()
    assert found.median_error == pytest.approx(together.median_error, abs=0.15)
    track = found.tracks[0]
    away = np.linalg.norm(track.keypoints - scene.dance(track.times), axis=2)
    assert np.nanmedian(away) < 0.01


def two_of(scene):
    return Rig(tuple(scene.rig)[:2])


def test_the_search_begins_at_what_is_given(scene, views):
    clocks = synchronised(two_of(scene), views[:2], begin={"cam2": 0.1}, longest=0.06)
    assert clocks[1].offset == pytest.approx(0.1234, abs=0.003)
    with pytest.raises(InputError, match="ask for --sync too"):
        TriangulationPlan(max_offset=1.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            lambda frames: [poses[:0] for poses in frames], "confidence 0.00", id="nobody"
        ),
        pytest.param(
            lambda frames: [replace(frames[0], time=poses.time) for poses in frames],
            "too little movement",
            id="stands still",
        ),
    ],
)
def test_what_cannot_be_synchronised(scene, views, change, words):
    other = replace(views[1], frames=change(views[1].frames))
    with pytest.raises(InputError, match=rf"cam2\.jsonl cannot be synchronised.*{words}"):
        synchronised(scene.rig, [views[0], other, *views[2:]])


def test_cameras_that_never_see_the_same(scene, views):
    turned = list(scene.rig)
    turned[1] = replace(turned[1], rotation=np.diag([1.0, -1, -1]) @ turned[1].rotation)
    with pytest.raises(InputError, match="cannot be synchronised"):
        synchronised(Rig(tuple(turned)), views)


def test_the_table(scene, views, tmp_path):
    clocks = synchronised(two_of(scene), views[:2])
    write_clocks(clocks, tmp_path / "clocks.csv")
    lines = (tmp_path / "clocks.csv").read_text().splitlines()
    assert lines[0] == "camera,offset_s,sigma_s,confidence"
    assert lines[1].startswith("cam1,0.0000,0.0000,")
    assert lines[2].startswith("cam2,0.12")


def poses(points, ids=None, **more):
    points = np.asarray(points, dtype=np.float64)
    rows = np.tile(points[:, None], (1, 17, 1)) + np.arange(17)[:, None] * 10
    return Poses(COCO17, rows, np.ones(rows.shape[:2]), ids=ids, **more)


def test_between_two_frames():
    one = poses([[0, 0], [500, 0]], time=1.0)
    two = poses([[510, 0], [10, 4]], time=2.0)
    middle = between(one, two, 0.25)
    np.testing.assert_allclose(middle.keypoints[:, 0], [[2.5, 1], [502.5, 0]])
    assert middle.time == 1.25
    later = between(one, two, 0.75)
    np.testing.assert_allclose(later.keypoints[:, 0], [[507.5, 0], [7.5, 3]])


def test_between_frames_of_people_with_ids():
    one, two = poses([[0, 0], [40, 0]], ids=[1, 2]), poses([[40, 0], [80, 0]], ids=[1, 2])
    np.testing.assert_allclose(between(one, two, 0.5).keypoints[:, 0, 0], [20, 60])


def test_who_and_what_is_in_one_frame_only_stays():
    one = poses([[0, 0], [900, 0]])
    keypoints = one.keypoints.copy()
    keypoints[0, 3] = np.nan
    two = replace(one[:1], keypoints=keypoints[:1] + np.float32(2))
    middle = between(one, two, 0.5)
    np.testing.assert_allclose(middle.keypoints[0, :5, 0], [1, 11, 21, 30, 41])
    np.testing.assert_allclose(middle.keypoints[1], one.keypoints[1])
    assert len(between(one[:0], one, 0.2)) == 0


def test_instants_between_frames():
    """The second camera takes its pictures half a frame later."""
    first = [poses([[0, 0]], time=i / 50) for i in range(5)]
    second = [poses([[i, 0]], time=i / 50) for i in range(5)]
    views = [View("a", "a", first), View("b", "b", second)]
    instants = paired(views, {"b": -0.01})
    places = [float(instant[1].keypoints[0, 0, 0]) for instant in instants]
    np.testing.assert_allclose(places, [0.5, 1.5, 2.5, 3.5, 4], atol=1e-6)


def test_pictures_that_are_missing_are_not_made_up():
    first = [poses([[0, 0]], time=i / 50) for i in range(9)]
    second = [poses([[i, 0]], time=i / 50) for i in (0, 1, 2, 5, 6, 7, 8)]
    instants = paired([View("a", "a", first), View("b", "b", second)], {"b": -0.004})
    # At frame 2 the nearest is the picture before the gap, at 4 the one after it.
    assert [round(instant[0].time * 50) for instant in instants] == [0, 1, 2, 5, 6, 7, 8]
    places = [float(instant[1].keypoints[0, 0, 0]) for instant in instants]
    np.testing.assert_allclose(places, [0.2, 1.2, 2, 5.2, 6.2, 7.2, 8], atol=1e-5)


def test_recorded_times_begin_with_the_first_camera(tmp_path, caplog):
    table = tmp_path / "cam.times.csv"
    frames = [poses([[0, 0]], time=2.5 + i / 50) for i in range(3)]
    later = [replace(p, time=p.time + 0.013) for p in frames]
    own = [replace(p, time=p.time - 2.5) for p in frames]
    views = [
        View("a", "a", frames, recorded=table),
        View("b", "b", later, recorded=table),
        View("c", "c.mp4", own),
    ]
    clocks = [view.frames[0].time for view in on_one_clock(views)]
    assert clocks == pytest.approx([0, 0.013, 0])
    assert "c.mp4 have no recorded times beside them" in caplog.text
    assert on_one_clock(views[2:]) == views[2:]
