"""`kinema lift` and `kinema run --lift`, with the networks that ship."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kinema.formats import Header, open_writer, read_poses
from kinema.models.lifter import load_lifter
from kinema.poses import Poses
from kinema.skeletons import COCO17, H36M17


def frames_of(path):
    with read_poses(path) as recording:
        return recording.header, list(recording)


def names(files):
    return [path.replace("\\", "/").rpartition("/")[2] for path in files]


@pytest.fixture
def seen(four_cameras):
    """What one of four cameras 4 m away saw of somebody who walks 1.6 m, 50 frames."""
    return four_cameras / "trial" / "cam1.jsonl"


def test_in_the_room(kinema, four_cameras, seen, tmp_path):
    calibration = four_cameras / "calibration.toml"
    words = ("--calibration", calibration, "--place", "room", "--height", "1.75")
    done = kinema("lift", seen, *words, "-o", tmp_path, "--save", "poses,trc,bvh,points", "--json")
    assert (done.code, done.err) == (0, "")
    (facts,) = json.loads(done.out)["results"]
    assert (facts["place"], facts["frames"], facts["focal_px"]) == ("room", 50, 1000)
    assert (facts["height_m"], facts["height_is_assumed"]) == (1.75, False)
    assert not facts["focal_is_assumed"]
    assert facts["frames_per_second"] > 0
    (person,) = facts["people"]
    assert (person["id"], person["from_s"], person["to_s"]) == (1, 0, 0.98)
    assert 5 < person["sigma_mm"] < 150
    assert 0 < person["bone_length_cv"] < 0.15
    assert person["distance_m"] == pytest.approx(4.2, abs=0.6)
    assert 0 < person["distance_sigma_m"] < 0.5
    assert names(facts["files"]) == [
        *("cam1.lifted.jsonl", "cam1.lifted.trc", "cam1.lifted.bvh"),
        "cam1.lifted.points.csv",
    ]
    header, frames = frames_of(facts["files"][0])
    assert (header.skeleton, header.space, len(frames)) == (H36M17, "world", 50)
    points = np.concatenate([poses.keypoints for poses in frames])
    for file in facts["files"][1:3]:  # both are in metres with z up once they are read
        _, others = frames_of(file)
        other = np.concatenate([poses.to(H36M17).keypoints for poses in others])
        assert np.nanmedian(np.abs(other - points)) < 0.02
    table = (tmp_path / "cam1.lifted.points.csv").read_text().splitlines()
    assert table[0].startswith("time,mid_hip_x")
    assert len(table) == 51


def test_from_the_pelvis_and_what_was_assumed(kinema, seen, tmp_path):
    done = kinema("lift", seen, "-o", tmp_path)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith(f"{seen}: 1 person lifted, ")
    assert lines[1].startswith("  person 1, 0.0 to 1.0 s: joints ±")
    assert lines[2:] == [
        "  assumed: bodies of 1.7 m; all lengths go with --height",
        "  assumed: a focal length of 1280 px; the view goes with --focal",
        f"  {tmp_path / 'cam1.lifted.jsonl'}",
        f"  {tmp_path / 'cam1.lifted.trc'}",
    ]
    header, frames = frames_of(tmp_path / "cam1.lifted.jsonl")
    assert header.space == "body"
    assert max(np.abs(poses.joint("mid_hip")).max() for poses in frames) < 0.05
    _, frames = frames_of(tmp_path / "cam1.lifted.trc")
    assert frames[0].space == "world"
    assert frames[0].joint("head_top")[0, 2] > 0.4  # upright


@pytest.mark.parametrize("words", [("--causal",), ("--no-mirror",), ("--smooth", "none")])
def test_other_ways_give_nearly_the_same(kinema, seen, tmp_path, words):
    assert kinema("lift", seen, "-o", tmp_path / "a", "--save", "poses").code == 0
    assert kinema("lift", seen, "-o", tmp_path / "b", "--save", "poses", *words).code == 0
    one, other = (
        np.concatenate([p.keypoints for p in frames_of(tmp_path / x / "cam1.lifted.jsonl")[1]])
        for x in "ab"
    )
    assert 0 < np.linalg.norm(one - other, axis=2).mean() < 0.2


def test_a_video_with_two_people(kinema, real_clip, tmp_path):
    done = kinema("lift", real_clip, "-o", tmp_path, "--place", "floor", "--json")
    assert done.code == 0, done.err
    (facts,) = json.loads(done.out)["results"]
    assert len(facts["people"]) == 2
    assert facts["focal_px"] == 442
    assert names(facts["files"])[:2] == ["jump.poses.jsonl", "jump.lifted.jsonl"]
    header, frames = frames_of(tmp_path / "jump.lifted.jsonl")
    assert header.source == str(real_clip)
    assert len(frames) == 12
    assert {len(poses) for poses in frames} == {2}
    # The first result is the poses in the picture, with which people need not be found again.
    words = ("--person", "1", "--place", "room", "--save", "trc,gif,rig")
    again = kinema("lift", tmp_path / "jump.poses.jsonl", "-o", tmp_path / "2", *words)
    assert again.code == 0
    assert {path.name for path in (tmp_path / "2").iterdir()} == {
        *("jump.lifted.trc", "jump.lifted.film.gif", "jump.lifted.rig.svg"),
    }


def test_a_picture(kinema, real_image, tmp_path):
    done = kinema("lift", real_image, "-o", tmp_path, "--save", "poses,bvh", "--all-joints")
    assert (done.code, done.err) == (0, "")
    assert "lengths of bones" not in done.out  # one frame has no variation
    assert {path.name for path in tmp_path.iterdir()} == {
        *("jump.poses.jsonl", "jump.lifted.jsonl"),
        *("jump.lifted_P1.bvh", "jump.lifted_P2.bvh"),
    }


def test_one_of_two_sources_fails(kinema, seen, tmp_path):
    empty = tmp_path / "empty.jsonl"
    with open_writer(empty, Header(size=(640, 480), rate=30)) as out:
        for frame in range(30):
            out.write(Poses.empty(COCO17, frame=frame, time=frame / 30))
    done = kinema("lift", seen, empty, "-o", tmp_path, "--json")
    assert done.code == 1
    assert done.err == f"kinema: nobody was found in {empty}; nothing can be lifted\n"
    assert len(json.loads(done.out)["results"]) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(("--place", "rom"), "no place 'rom'; did you mean room", id="place"),
        pytest.param(("--save", "maps"), "cannot save 'maps'", id="kind"),
        pytest.param(("--height", "175"), "did you mean 1.75?", id="height"),
        pytest.param(("--focal", "-1"), "positive number of pixels, got -1", id="focal"),
        pytest.param(("--tilt", "100"), "cannot look down by 100 degrees", id="tilt"),
        pytest.param(("--camera", "cam1"), "give that too", id="camera without calibration"),
        pytest.param(("--up", "z"), "--up says how a --calibration is read", id="up alone"),
        pytest.param(("--save", "rig"), "the cameras cannot be drawn", id="no cameras"),
        pytest.param(("--person", "7"), "there is no person 7", id="person"),
        pytest.param(("--lifter", "no.onnx"), "there is no lifting network no.onnx", id="lifter"),
    ],
)
def test_bad_options(kinema, seen, tmp_path, words, message):
    done = kinema("lift", seen, "-o", tmp_path, *words)
    assert done.code == 2
    assert message in done.complaint


def test_gaps_that_bvh_cannot_hold_are_told_of_before_a_video_is_looked_at(
    kinema, real_clip, tmp_path
):
    done = kinema("lift", real_clip, "-o", tmp_path / "out", "--save", "trc,bvh")
    assert done.code == 2 and "add --all-joints" in done.complaint
    assert not (tmp_path / "out").exists()


def test_a_file_where_the_folder_should_be(kinema, seen, tmp_path):
    (tmp_path / "there").write_text("mine")
    done = kinema("lift", seen, "-o", tmp_path / "there")
    assert (done.code, "there cannot be made: a file is in the way" in done.complaint) == (2, True)
    assert (tmp_path / "there").read_text() == "mine"


def test_poses_that_cannot_be_lifted(kinema, two_views, seen, tmp_path):
    done = kinema("lift", two_views / "motion.jsonl", "-o", tmp_path)
    assert done.code == 2
    assert "is in space already" in done.complaint
    kinema("convert", seen, tmp_path / "flat.csv")
    done = kinema("lift", tmp_path / "flat.csv", "-o", tmp_path)
    assert done.code == 2
    assert "give its --size" in done.complaint
    assert kinema("lift", tmp_path / "flat.csv", "-o", tmp_path, "--size", "1280x720").code == 0


def test_while_frames_arrive(kinema, real_clip, tmp_path):
    done = kinema("run", real_clip, "-o", tmp_path, "--lift", "--save", "poses,lifted,c3d")
    assert done.code == 0, done.err
    assert {path.name for path in tmp_path.iterdir()} == {
        *("jump.poses.jsonl", "jump.lifted.jsonl", "jump.lifted.c3d"),
    }
    flat_header, flat = frames_of(tmp_path / "jump.poses.jsonl")
    header, frames = frames_of(tmp_path / "jump.lifted.jsonl")
    assert (header.skeleton, header.space, header.rate) == (H36M17, "body", flat_header.rate)
    assert [len(poses) for poses in frames] == [len(poses) for poses in flat]
    assert [poses.time for poses in frames] == [poses.time for poses in flat]
    assert np.array_equal(frames[-1].ids, flat[-1].ids)
    live = load_lifter(live=True).live(size=(442, 248), rate=30)
    lifted = [live.update(poses) for poses in flat]
    assert np.allclose(lifted[-1].keypoints, frames[-1].keypoints, atol=1e-3)
    assert np.linalg.norm(frames[-1].joint("head_top"), axis=1).min() > 0.5


def test_a_network_that_looks_ahead_gives_all_frames(kinema, real_clip, tmp_path):
    symmetric = load_lifter().path
    words = ("--lifter", symmetric, "--height", "1.8", "--focal", "500", "--save", "lifted")
    assert kinema("run", real_clip, "-o", tmp_path, *words).code == 0
    _, frames = frames_of(tmp_path / "jump.lifted.jsonl")
    assert [poses.frame for poses in frames] == list(range(12))


def test_lifted_poses_to_a_pipe(kinema, real_clip):
    done = kinema("run", real_clip, "-o", "-", "--lift")
    assert done.code == 0
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert lines[0]["space"] == "body"
    assert len(lines) == 13


def test_people_of_a_picture_need_no_tracker(kinema, real_image, tmp_path):
    assert kinema("run", real_image, "-o", tmp_path, "--lift").code == 0
    _, (poses,) = frames_of(tmp_path / "jump.lifted.jsonl")
    assert poses.ids.tolist() == [1, 2]
    assert (tmp_path / "jump.overlay.png").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(("--save", "lifted"), "add --lift", id="not said how"),
        pytest.param(("--height", "1.8"), "add --lift", id="height"),
        pytest.param(("--lift", "--no-track"), "only people who are followed", id="no ids"),
        pytest.param(("--lift", "--height", "180"), "a height of 180 m is none", id="height in cm"),
    ],
)
def test_bad_options_of_run(kinema, real_clip, tmp_path, words, message):
    done = kinema("run", real_clip, "-o", tmp_path / "out", *words)
    assert done.code == 2
    assert message in done.complaint
    assert not (tmp_path / "out").exists()


def test_two_seconds_of_a_real_walk(kinema, walking_clip, tmp_path):
    """The woman of the sample clip walks to the left, seen from her left side."""
    done = kinema("lift", walking_clip, "-o", tmp_path, "--place", "room", "--save", "poses")
    assert done.code == 0, done.err
    _, frames = frames_of(tmp_path / "walking.lifted.jsonl")
    walker = np.stack([poses.keypoints[0] for poses in frames if len(poses)])
    way = walker[-1, 0] - walker[0, 0]
    assert way[0] < -1.5  # to the left
    assert abs(way[1]) < 1.2 and abs(way[2]) < 0.4
    across = walker[:, H36M17.index("left_hip")] - walker[:, H36M17.index("right_hip")]
    assert np.nanmedian(across[:, 1]) < -0.1  # her left side is nearer to the camera
