"""From the poses of cameras to files, and which recording is whose."""

from dataclasses import replace

import numpy as np
import pytest

from kinema.camera import Camera, Rig
from kinema.errors import InputError
from kinema.formats import read_poses
from kinema.poses import Poses
from kinema.skeletons import COCO17
from kinema.triangulate import (
    Shown,
    TriangulationPlan,
    View,
    match_cameras,
    paired,
    points_table,
    triangulate,
    write_triangulated,
)
from kinema.triangulate.views import fitting


def rig_of(*names):
    return Rig(tuple(Camera(name, (640, 480), np.eye(3)) for name in names))


@pytest.mark.parametrize(
    ("sources", "cameras"),
    [
        pytest.param(["cam2.mp4", "cam1.mp4"], ["cam2", "cam1"], id="file names"),
        pytest.param(["walk_cam1_x.mp4", "walk_cam10.mp4"], ["cam1", "cam10"], id="whole words"),
        pytest.param(["cam1/a.mp4", "cam2/a.mp4"], ["cam1", "cam2"], id="folders"),
        pytest.param(["CAM1.MP4", "Cam2.mp4"], ["cam1", "cam2"], id="capitals"),
        pytest.param(["a.mp4", "b.mp4", "c.mp4"], ["cam1", "cam2", "cam10"], id="order"),
    ],
)
def test_cameras_are_found_by_name(sources, cameras):
    assert match_cameras(rig_of("cam1", "cam2", "cam10"), sources) == cameras


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        pytest.param(["cam1.mp4"], "two or more", id="one"),
        pytest.param(["cam1.mp4", "b.mp4"], "b.mp4 is named after no camera", id="some"),
        pytest.param(["cam1.mp4", "x_cam1.mp4"], "both of cam1", id="twice"),
        pytest.param(["a.mp4", "b.mp4"], "2 recordings for 3 cameras", id="too few for order"),
    ],
)
def test_cameras_that_are_not_found(sources, words):
    with pytest.raises(InputError, match=words):
        match_cameras(rig_of("cam1", "cam2", "cam3"), sources)


def frames(count, rate, start=0.0):
    return [Poses.empty(COCO17, frame=i, time=start + i / rate) for i in range(count)]


def test_frames_are_paired_by_time():
    views = [View("a", "a", frames(4, 50)), View("b", "b", frames(8, 100, start=0.2))]
    instants = paired(views, {"b": -0.2})
    assert [[poses.frame for poses in instant] for instant in instants] == [
        [0, 0],
        [1, 2],
        [2, 4],
        [3, 6],
    ]
    late = paired([views[0], View("b", "b", frames(4, 50, start=0.04))], {})
    assert len(late) == 2  # only where both are there
    with pytest.raises(InputError, match=r"do not overlap in time: a 0\.00 to 0\.06 s, b 0\.20"):
        paired(views, {})


def test_smaller_pictures_of_the_same_camera():
    camera = Camera("a", (1280, 720), [[1000, 0, 639.5], [0, 1000, 359.5], [0, 0, 1]])
    half = fitting(camera, View("a", "a", (), (640, 360)))
    assert half.size == (640, 360)
    np.testing.assert_allclose(half.matrix, [[500, 0, 319.5], [0, 500, 179.5], [0, 0, 1]])


def test_cut_off_pictures_are_told_of(caplog):
    camera = Camera("a", (1088, 1920), np.eye(3))
    assert fitting(camera, View("a", "a.mp4", (), (1080, 1920))) is camera
    assert "a.mp4 has 1080 x 1920" in caplog.text


@pytest.fixture
def seen(ring):
    """One person who walks for a second, as four cameras see them."""
    return [
        View(camera.name, f"{camera.name}.mp4", ring.frames[camera.name], camera.size)
        for camera in ring.rig
    ]


def test_files_of_one_person(ring, seen, tmp_path):
    result = triangulate(ring.rig, seen)
    assert (len(result.tracks), result.left_out, len(result.times)) == (1, 0, 50)
    np.testing.assert_allclose(result.tracks[0].keypoints, ring.walk, atol=0.01)
    assert result.median_error < 1
    assert result.dropped < 0.01
    assert result.bone_variation < 0.01
    assert result.frames_per_second > 0
    files = write_triangulated(result, tmp_path, ("poses", "trc", "c3d", "points"))
    assert [path.name for path in files] == [
        "triangulated.jsonl",
        "triangulated.trc",
        "triangulated.c3d",
        "triangulated.points.csv",
    ]
    for path in files[:3]:
        with read_poses(path) as recording:
            assert recording.header.space == "world"
            poses = list(recording)
        left = poses[10].joint("left_ankle")[0]
        np.testing.assert_allclose(left, ring.walk[10, 15], atol=0.012)


def test_standard_deviations_go_with_the_points(ring, seen):
    table = points_table(triangulate(ring.rig, seen).tracks[0])
    assert table.names[:4] == ("nose_x", "nose_y", "nose_z", "left_eye_x")
    assert table.units[0] == "m"
    assert np.nanmedian(table.sigma) < 0.02


def test_without_smoothing_the_standard_deviation_is_that_of_the_rays(ring, seen):
    track = triangulate(ring.rig, seen, TriangulationPlan(smooth="none")).tracks[0]
    assert 0 < np.nanmedian(track.sigma) < 0.02


def test_a_page_says_which_cameras_and_what_was_done(ring, seen, tmp_path):
    plan = TriangulationPlan(("report",))
    views = [replace(view, model="a model") for view in seen]
    shown = Shown(views, plan, command="kinema triangulate cam*.mp4")
    (page,) = write_triangulated(
        triangulate(ring.rig, seen, plan), tmp_path, plan.save, shown=shown
    )
    text = page.read_text("utf-8")
    assert "<h1>Triangulated from 4 cameras: cam1, cam2, cam3, cam4</h1>" in text
    for words in ("a model", "auto, gaps of up to 0.25 s filled", "cam1.mp4, cam2.mp4"):
        assert words in text


def test_offsets_put_clocks_right(ring, seen):
    late = [replace(poses, time=poses.time + 0.5) for poses in seen[2].frames]
    views = [*seen[:2], replace(seen[2], frames=late), seen[3]]
    result = triangulate(ring.rig, views, TriangulationPlan(offsets={"cam3": -0.5}))
    np.testing.assert_allclose(result.tracks[0].keypoints, ring.walk, atol=0.01)
    assert result.dropped < 0.01


def test_nobody_gives_no_files(ring, tmp_path):
    views = [View(camera.name, camera.name, frames(5, 50)) for camera in ring.rig]
    result = triangulate(ring.rig, views)
    assert (result.tracks, list(result.poses())) == ((), [])
    assert np.isnan(result.median_error)
    with pytest.raises(InputError, match="nobody was seen by two cameras"):
        write_triangulated(result, tmp_path, ("poses",))


def test_bad_plans(ring, seen):
    with pytest.raises(InputError, match="cannot save 'tr'"):
        TriangulationPlan(("tr",))
    with pytest.raises(InputError, match="offset of cam1 must be a number"):
        TriangulationPlan(offsets={"cam1": float("nan")})
    with pytest.raises(InputError, match="no camera 'cam9'"):
        triangulate(ring.rig, seen, TriangulationPlan(offsets={"cam9": 1}))
