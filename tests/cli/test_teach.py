"""`kinema teach` and `kinema run --actions`: from examples to names over people's heads."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

import kinema as package
from kinema.actions.taught_file import read_taught
from kinema.formats import Header
from kinema.skeletons import COCO17


def write_person(path, *, arms: float, seed: int, frames: int = 60, ids: bool = True) -> None:
    """Somebody who stands with both arms at an angle from hanging, in degrees."""
    rng = np.random.default_rng(seed)
    across = np.array([0, 6, -6, 14, -14, 45, -45, 45, -45, 45, -45, 30, -30, 32, -32, 34, -34.0])
    down = np.array([0, -6, -6, 0, 0, 50, 50, 50, 50, 50, 50, 165, 165, 265, 265, 365, 365.0])
    for joint, length in ((7, 75), (8, 75), (9, 133), (10, 133)):
        across[joint] += (1 if joint % 2 else -1) * length * np.sin(np.radians(arms))
        down[joint] += length * np.cos(np.radians(arms))
    still = np.stack([300 + across, 100 + down], axis=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    with package.open_writer(path, Header(size=(640, 480), rate=30.0)) as out:
        for frame in range(frames):
            points = still + rng.normal(0, 2, still.shape)
            poses = package.Poses(
                COCO17, points[None], np.full((1, 17), 0.9), frame=frame, time=frame / 30
            )
            out.write(replace(poses, ids=np.array([7])) if ids else poses)


@pytest.fixture
def folder(tmp_path):
    """`moves/hang` and `moves/cross` with two recordings of poses each."""
    for label, arms in (("hang", 5.0), ("cross", 90.0)):
        for number in range(2):
            path = tmp_path / "moves" / label / f"{number}.jsonl"
            write_person(path, arms=arms, seed=number, ids=number == 0)
    return tmp_path


def test_a_folder_of_labels(kinema, folder):
    done = kinema("teach", folder / "moves", "-o", folder / "arms.npz")
    assert (done.code, done.err) == (0, "")
    first, *rest = done.out.splitlines()
    assert first == f"{folder / 'arms.npz'}: 2 poses"
    assert rest[0].split() == [
        "cross",
        "2",
        "recordings,",
        "120",
        "moments,",
        "100%",
        "told",
        "right",
    ]
    assert "accuracy 100.0%" in done.out
    assert read_taught(folder / "arms.npz").lesson.labels == ("cross", "hang")


def test_labels_with_sources_and_parts(kinema, folder):
    write_person(folder / "long.jsonl", arms=45, seed=4, frames=150)
    done = kinema(
        *("teach", f"hang={folder}/moves/hang", f"cross={folder}/moves/cross/0.jsonl"),
        *(f"half={folder}/long.jsonl@0-2", f"cross={folder}/moves/cross/1.jsonl"),
        *("--json", "--pose", "--mirror", "-o", folder / "arms.npz"),
    )
    facts = json.loads(done.out)
    assert (done.code, facts["kind"], facts["mirror"]) == (0, "pose", True)
    rows = {row["label"]: row for row in facts["labels"]}
    assert list(rows) == ["hang", "cross", "half"]
    assert rows["half"]["seconds"] == pytest.approx(2, abs=0.05)
    assert (rows["cross"]["recordings"], rows["half"]["recordings"]) == (2, 1)
    assert facts["accuracy"] == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.mp4"], "a.mp4 has no label; write LABEL=a.mp4"),
        (["hang="], "has no source"),
        (["hang=none.mp4"], "there is no file none.mp4"),
        (["hang=moves/hang"], "only the label 'hang'"),
        (["hang=moves/hang", "cross=moves/hang"], "is an example of 'hang' and of 'cross'"),
        (["a=moves/hang/0.jsonl@0-1.5", "b=moves/hang/0.jsonl@1-2"], "name the seconds of each"),
        (["a=moves/hang/0.jsonl@2-1"], "ends before it begins"),
        (["a=moves/hang/0.jsonl@8-9", "b=moves/cross"], "nobody was found in"),
        (["moves/hang"], "holds no folders of examples"),
        (["moves", "--pose", "--movement"], "give one"),
        (["moves", "-o", "moves"], "is a folder"),
        (["hang=x", "--camera", "0"], "labels alone"),
        (["hang", "hang", "--camera", "0"], "a label is there twice"),
    ],
)
def test_what_cannot_be_learned(kinema, folder, monkeypatch, words, message):
    monkeypatch.chdir(folder)
    done = kinema("teach", *words)
    assert done.code == 2 and message in done.complaint
    assert not (folder / "taught.npz").exists()


def test_videos_are_looked_at_once_and_told(kinema, real_clip, walking_clip, tmp_path):
    examples = f"jump={real_clip}", f"walk={walking_clip}"
    taught = tmp_path / "moves.npz"
    done = kinema("teach", *examples, "--pose", "-o", taught)
    assert done.code == 0, done.err
    kept = sorted(tmp_path.glob("moves.examples/*/*.poses.jsonl"))
    assert [path.parent.name for path in kept] == ["jump", "walk"]
    before = [path.stat().st_mtime_ns for path in kept]
    assert kinema("teach", *examples, "--pose", "-o", taught).code == 0
    assert [path.stat().st_mtime_ns for path in kept] == before
    assert kinema("teach", tmp_path / "moves.examples", "-o", tmp_path / "again.npz").code == 0

    done = kinema("run", walking_clip, "--actions", taught, "-o", tmp_path / "out")
    assert done.code == 0, done.err
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["walking.actions.csv", "walking.overlay.mp4", "walking.poses.jsonl"]
    with (tmp_path / "out" / "walking.actions.csv").open() as file:
        rows = list(csv.DictReader(file))
    walking = [row for row in rows if row["action"] == "walk"]
    assert sum(float(row["end"]) - float(row["start"]) for row in walking) > 1.5
    with package.read_poses(tmp_path / "out" / "walking.poses.jsonl") as recording:
        told = [a for poses in recording for a in poses.actions if a is not None]
    assert {action.label for action in told} <= {"walk", "jump"} and len(told) > 45
    assert all(0.3 < action.probability <= 1 for action in told)

    line = kinema("run", walking_clip, "--actions", taught, "-o", "-").out.splitlines()[60]
    assert json.loads(line)["actions"][0]["label"] == "walk"


def test_a_camera_in_whose_place_is_a_video(kinema, walking_clip, tmp_path):
    words = ("--camera", walking_clip, "--seconds", 0.8, "--countdown", 0.4)
    done = kinema("teach", "one", "two", *words, "-o", tmp_path / "cam.npz")
    assert done.code == 0, done.err
    said = done.err.splitlines()
    assert said[0] == "one: get ready, 1 s" and "two: recording, 1 s" in said
    for label in ("one", "two"):
        (path,) = (tmp_path / "cam.examples" / label).iterdir()
        with package.read_poses(path) as recording:
            assert len(list(recording)) == pytest.approx(24, abs=2)
    done = kinema("teach", "one", "two", "x", *words, "-o", tmp_path / "no.npz")
    assert done.code == 2 and "ended before 'x' could be recorded" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--actions", "none.npz"], "there is no recogniser none.npz"),
        (["--save", "actions"], "add --actions MODEL"),
    ],
)
def test_run_without_a_recogniser(kinema, real_image, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    done = kinema("run", real_image, *words)
    assert done.code == 2 and message in done.complaint


def test_actions_need_people_who_are_followed(kinema, folder, real_clip):
    assert kinema("teach", folder / "moves", "-o", folder / "a.npz").code == 0
    done = kinema("run", real_clip, "--actions", folder / "a.npz", "--no-track")
    assert done.code == 2 and "choose a tracker" in done.complaint
