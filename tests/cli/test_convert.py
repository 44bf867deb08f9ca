"""`kinema convert`: every format to every other, and an account of what was lost."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kinema.formats import FORMATS, open_writer, read_poses
from kinema.poses import Poses
from kinema.skeletons import BODY25, OPENPOSE18

FEET = ("big_toe", "small_toe", "heel")


@pytest.fixture
def recording(tmp_path, monkeypatch):
    """Three frames: nobody, then one whole person, then two; as JSON lines in walk.jsonl."""
    monkeypatch.chdir(tmp_path)
    places = np.random.default_rng(0).uniform(10, 90, (2, 18, 2)).round(2)
    with open_writer("walk.jsonl") as out:
        out.write(Poses.empty(OPENPOSE18, frame=0, time=0.0))
        out.write(Poses(OPENPOSE18, places[:1], np.full((1, 18), 0.5), frame=1, time=0.04))
        out.write(Poses(OPENPOSE18, places, np.full((2, 18), 0.75), frame=2, time=0.08))
    return tmp_path / "walk.jsonl"


@pytest.mark.parametrize("to", ["b.jsonl", "b.openpose", "b.coco.json"])
@pytest.mark.parametrize("through", ["a.jsonl", "a.openpose", "a.coco.json"])
def test_every_format_to_every_other(kinema, recording, through, to):
    assert kinema("convert", recording, through).code == 0
    done = kinema("convert", through, to)
    assert (done.code, done.err) == (0, "")
    with read_poses(recording) as before, read_poses(to) as after:
        people = {poses.frame: poses for poses in before if len(poses)}
        found = {poses.frame: poses for poses in after if len(poses)}
    assert found.keys() == people.keys()
    for frame, poses in found.items():
        assert len(poses) == len(people[frame])
        for joint in ("nose", "left_knee", "right_ear"):
            here, there = poses.skeleton.index(joint), OPENPOSE18.index(joint)
            np.testing.assert_allclose(
                poses.keypoints[:, here], people[frame].keypoints[:, there], atol=0.01
            )


@pytest.mark.parametrize(
    ("words", "account"),
    [
        pytest.param(["b.jsonl"], ["b.jsonl: 3 frames, 3 poses"], id="nothing lost"),
        pytest.param(
            ["b.openpose"],
            ["b.openpose: 3 frames, 3 poses", "  the format has no place for: times"],
            id="times",
        ),
        pytest.param(
            ["b.coco.json"],
            [
                "b.coco.json: 3 frames, 3 poses, openpose18 to coco17",
                "  lost: neck (3 times)",
                "  the format has no place for: empty frames, times",
            ],
            id="a joint",
        ),
        pytest.param(
            ["b.jsonl", "--skeleton", "body25"],
            [
                "b.jsonl: 3 frames, 3 poses, openpose18 to body25",
                "  derived: mid_hip (3 times)",
                "  not in the source: left_big_toe, left_small_toe, left_heel, right_big_toe, "
                "right_small_toe, right_heel",
            ],
            id="another skeleton",
        ),
    ],
)
def test_the_account(kinema, recording, words, account):
    done = kinema("convert", recording, *words)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == account


def test_the_account_as_json(kinema, recording):
    done = kinema("convert", recording, "b.jsonl", "--skeleton", "body25", "--json")
    assert json.loads(done.out) == {
        "frames": 3,
        "people": 3,
        "source_skeleton": "openpose18",
        "target_skeleton": "body25",
        "lost": {},
        "derived": {"mid_hip": 3},
        "missing": [f"{side}_{toe}" for side in ("left", "right") for toe in FEET],
        "dropped": [],
        "files": ["b.jsonl"],
        "remarks": [],
    }
    with read_poses("b.jsonl") as recording:
        assert [poses.skeleton for poses in recording] == [BODY25] * 3


def test_a_rate_gives_times(kinema, recording):
    assert kinema("convert", recording, "b.openpose").code == 0
    assert kinema("convert", "b.openpose", "c.jsonl", "--rate", 25).code == 0
    with read_poses("c.jsonl") as frames:
        assert [poses.time for poses in frames] == pytest.approx([0, 0.04, 0.08])


def test_formats_by_name(kinema, recording):
    done = kinema("convert", recording, "labels.json", "--to", "coco-annotations")
    assert (done.code, done.err) == (0, "")
    assert set(json.loads((recording.parent / "labels.json").read_text())) >= {"annotations"}
    assert kinema("convert", "labels.json", "c.jsonl", "--from", "coco-annotations").code == 0


def test_help_names_every_format(kinema):
    text = "".join(kinema("convert", "--help").out.split())  # lines may break at a hyphen
    assert all(known.name in text.partition("FormatofSOURCE:")[2] for known in FORMATS)


def test_through_pipes(kinema_process, recording):
    text = recording.read_text()
    done = kinema_process("convert", "-", "-", stdin=text)
    assert (done.code, done.out) == (0, text)
    assert done.err == "-: 3 frames, 3 poses\n"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param(["none.jsonl", "b.jsonl"], "cannot read none.jsonl: no such", id="missing"),
        pytest.param(
            ["walk.jsonl", "b.jsonl", "--skeleton", "bodi25"],
            "no skeleton 'bodi25'; did you mean body25?",
            id="skeleton",
        ),
        pytest.param(["walk.jsonl", "b.xyz"], "name it (--to)", id="ending"),
        pytest.param(["walk.jsonl", "walk.jsonl"], "into itself; name another", id="itself"),
        pytest.param(["walk.jsonl", "-", "--to", "coco"], "only JSON lines can be", id="stdout"),
        pytest.param(["walk.jsonl", "b", "--to", "coko"], "did you mean coco", id="format"),
        pytest.param(["text.json", "b.jsonl"], "name it (--from)", id="text"),
        pytest.param(["text.jsonl", "b.jsonl"], "text.jsonl, line 1: not JSON", id="no JSON"),
        pytest.param(["walk.jsonl", "b.jsonl", "--rate", 0], "more than 0 frames", id="rate"),
        pytest.param(["walk.jsonl", "none/b.jsonl"], "cannot write none/b.jsonl", id="folder"),
    ],
)
def test_bad_input(kinema, recording, words, complaint):
    for name in ("text.json", "text.jsonl"):
        (recording.parent / name).write_text("no poses\n")
    before = sorted(path.name for path in recording.parent.iterdir())
    done = kinema("convert", *words)
    assert done.code == 2
    assert done.complaint.startswith("kinema: ") and complaint in done.complaint
    assert sorted(path.name for path in recording.parent.iterdir()) == before


def test_a_recording_that_is_cut_off(kinema_process, recording):
    recording.write_text(recording.read_text()[:-40])
    done = kinema_process("convert", recording, "b.jsonl")
    assert (done.code, done.out) == (0, "b.jsonl: 2 frames, 1 poses\n")
    assert done.err == f"kinema: {recording} is cut off: its last line, 4, is left out\n"


def test_one_person_of_several(kinema, recording, tmp_path):
    """Ids tell people apart; formats of one person say how to choose."""
    places = np.random.default_rng(1).uniform(10, 90, (2, 18, 2)).round(2)
    with open_writer("two.jsonl") as out:
        out.write(Poses(OPENPOSE18, places, np.ones((2, 18)), np.array([4, 9])))
    done = kinema("convert", "two.jsonl", "one.npy")
    assert done.code == 2
    assert "holds one person; frame 0 has 2 (4, 9): choose one with --person ID" in done.complaint
    assert kinema("convert", "two.jsonl", "one.npy", "--person", 9).code == 0
    np.testing.assert_allclose(np.load("one.npy"), places[1:], atol=1e-5)
    done = kinema("convert", "two.jsonl", "none.csv", "--person", 5)
    assert done.code == 2
    assert "nobody in the recording has the id 5; there are 4, 9" in done.complaint
    assert "have no ids" in kinema("convert", recording, "none.csv", "--person", 5).complaint
    assert not (tmp_path / "none.csv").exists()


def test_the_size_of_the_picture(kinema, recording):
    table = "label,nose_x,nose_y,nose_z,nose_v\nup,0.5,0.25,0,1\n"
    (recording.parent / "shares.csv").write_text(table)
    assert "--size 1280x720" in kinema("convert", "shares.csv", "a.jsonl").complaint
    assert "like 1280x720" in kinema("convert", "shares.csv", "a.jsonl", "--size", "9").complaint
    assert kinema("convert", "shares.csv", "a.jsonl", "--size", "100x200").code == 0
    with read_poses("a.jsonl") as frames:
        assert frames.header.size == (100, 200)
        assert next(frames).keypoints.tolist() == [[[49.5, 49.5]]]


def test_pictures_and_metres_do_not_mix(kinema, recording):
    done = kinema("convert", recording, "a.kinect.txt", "--skeleton", "kinect20")
    assert (done.code, "holds positions in metres" in done.complaint) == (2, True)
    assert not (recording.parent / "a.kinect.txt").exists()
    with open_writer("room.jsonl") as out:
        out.write(Poses(OPENPOSE18, np.ones((1, 18, 3)), np.ones((1, 18)), space="world"))
    done = kinema("convert", "room.jsonl", "a.openpose")
    assert (done.code, "holds poses in a picture" in done.complaint) == (2, True)
