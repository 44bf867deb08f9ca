"""`kinema angles`, `gait` and `report`, from a video and from its poses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kinema.cli.main import _run
from kinema.formats import open_writer
from kinema.formats.curves import read_curves
from kinema.poses import Poses
from kinema.skeletons import COCO17, HAND21


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def walked(walking_clip, tmp_path_factory) -> Path:
    """The folder of `kinema gait` on three seconds of a woman who walks."""
    folder = tmp_path_factory.mktemp("walked") / "results"
    assert _run(["gait", str(walking_clip), "-o", str(folder)], debug=False) == 0
    return folder


def test_files_of_a_video(walked):
    assert names(walked) == [
        "walking.angles.csv",
        "walking.angles.mot",
        "walking.gait.json",
        "walking.poses.jsonl",
        "walking.report.html",
    ]


def test_her_steps(walked):
    """Left heel at 0.31 s, right at 0.96, left at 1.55, right at 2.17, seen in the pictures."""
    gait = json.loads((walked / "walking.gait.json").read_text("utf-8"))
    strikes = [event for event in gait["events"] if event["kind"] == "heel_strike"]
    inner = [event for event in strikes if 0.2 < event["time"] < 2.5]
    assert [event["side"] for event in inner] == ["left", "right", "left", "right"]
    np.testing.assert_allclose([e["time"] for e in inner], [0.31, 0.96, 1.55, 2.17], atol=0.07)
    assert (gait["mode"], gait["view"], gait["surface"]) == ("walking", "side", "overground")


def test_her_knees(walked):
    curves = read_curves(walked / "walking.angles.csv")
    for side in ("left", "right"):
        knee = curves[f"{side}_knee_flexion"][10:-10]
        assert 45 < np.nanmax(knee) < 80
        assert -10 < np.nanmin(knee) < 20


def test_poses_give_the_same_without_the_video(walked, tmp_path, capsys):
    source = str(walked / "walking.poses.jsonl")
    assert _run(["gait", source, "-o", str(tmp_path), "--save", "gait", "--json"], debug=False) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["events"] == json.loads((walked / "walking.gait.json").read_text())["events"]
    assert facts["files"] == [str(tmp_path / "walking.gait.json")]
    assert {row["name"] for row in facts["table"]} >= {"stride_time", "cadence"}


def test_angles_as_json(walked, tmp_path, capsys):
    source = str(walked / "walking.poses.jsonl")
    assert _run(["angles", source, "-o", str(tmp_path), "--save", "", "--json"], debug=False) == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    (person,) = result["people"]
    assert 45 < person["angles_deg"]["left_knee_flexion"]["highest"] < 90
    assert result["files"] == []


def recording(path: Path, skeleton, keypoints) -> str:
    with open_writer(path) as out:
        for frame, joints in enumerate(keypoints):
            poses = Poses(
                skeleton,
                joints,
                np.where(np.isnan(joints[..., 0]), 0, 1),
                ids=np.arange(len(joints)),
                frame=frame,
                time=frame / 30,
            )
            out.write(poses)
    return str(path)


def test_two_people_have_files_of_their_own(tmp_path, rng_poses):
    source = recording(tmp_path / "two.jsonl", COCO17, rng_poses(people=2))
    out = tmp_path / "out"
    assert _run(["angles", source, "-o", str(out), "--save", "csv"], debug=False) == 0
    assert names(out) == ["two_P0.angles.csv", "two_P1.angles.csv"]


@pytest.fixture
def rng_poses():
    def make(people: int = 1, frames: int = 40, joints: int = 17):
        rng = np.random.default_rng(5)
        still = rng.uniform(50, 250, (people, joints, 2))
        return [still + rng.normal(size=still.shape) for _ in range(frames)]

    return make


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param(
            ["--person", "7"], "there is no person 7 in the recording; it has 0", id="who"
        ),
        pytest.param(["--smooth", "butter"], "butterworth", id="filter"),
        pytest.param(["--save", "cvs"], "cannot save 'cvs'; did you mean csv", id="kind"),
        pytest.param(["--max-gap", "-1"], "gap", id="gap"),
        pytest.param(["--video", "embed"], "no video", id="video"),
        pytest.param(["--height", "170"], "did you mean 1.7?", id="centimetres"),
        pytest.param(["--floor-angle", "up"], "degrees or auto", id="floor"),
        pytest.param(["--size", "big"], "1280x720", id="size"),
    ],
)
def test_one_line_for_what_cannot_be_done(words, complaint, tmp_path, rng_poses, capsys):
    source = recording(tmp_path / "one.jsonl", COCO17, rng_poses())
    assert _run(["angles", source, "-o", str(tmp_path / "out"), *words], debug=False) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert complaint in line


def test_a_hand_has_no_gait(tmp_path, rng_poses, capsys):
    source = recording(tmp_path / "hand.jsonl", HAND21, rng_poses(joints=21))
    assert _run(["gait", source, "-o", str(tmp_path)], debug=False) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no gait in" in line


def test_times_that_go_back(tmp_path, rng_poses, capsys):
    path = Path(recording(tmp_path / "one.jsonl", COCO17, rng_poses()))
    lines = path.read_text("utf-8").splitlines()
    lines[5] = json.dumps(json.loads(lines[5]) | {"time": -1.0})
    path.write_text("\n".join(lines), "utf-8")
    assert _run(["angles", str(path), "-o", str(tmp_path)], debug=False) == 2
    assert "times must increase" in capsys.readouterr().err


def test_no_times(tmp_path, capsys):
    lines = [str(frame) + "\nroot 0 0 0 0 0 0" for frame in range(1, 4)]
    (tmp_path / "a.amc").write_text("\n".join([":FULLY-SPECIFIED", ":DEGREES", *lines]), "utf-8")
    asf = [":version 1.10", ":name a", ":units", "mass 1.0", "length 0.45", "angle deg", ":root"]
    asf += ["order TX TY TZ RX RY RZ", "axis XYZ", "position 0 0 0", "orientation 0 0 0"]
    asf += [":bonedata", "begin", "id 1", "name lowerback", "direction 0 1 0", "length 1"]
    asf += ["axis 0 0 0 XYZ", "end", ":hierarchy", "begin", "root lowerback", "end"]
    (tmp_path / "a.asf").write_text("\n".join(asf), "utf-8")
    assert _run(["angles", str(tmp_path / "a.amc"), "-o", str(tmp_path)], debug=False) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--rate" in line


def test_nobody(tmp_path, capsys):
    source = recording(tmp_path / "nobody.jsonl", COCO17, [np.empty((0, 17, 2))] * 5)
    assert _run(["gait", source, "-o", str(tmp_path)], debug=False) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "nobody was found" in line
    assert names(tmp_path) == ["nobody.jsonl"]


def test_run_makes_the_report_too(walking_clip, tmp_path, capsys):
    words = ["run", str(walking_clip), "-o", str(tmp_path), "--model", "nanodet+blazepose-full"]
    words += ["--save", "report,trc", "--smooth", "auto", "--json"]
    assert _run(words, debug=False) == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert sorted(Path(path).name for path in result["files"]) == names(tmp_path)
    assert {"walking.poses.jsonl", "walking.report.html"} < set(names(tmp_path))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param(["--smooth", "butterworth"], "needs the whole recording", id="offline"),
        pytest.param(["--smooth", "euro"], "did you mean one-euro", id="unknown"),
        pytest.param(["--smooth", "auto", "--no-track"], "who are followed", id="nobody followed"),
        pytest.param(["--save", "report", "-o", "-"], "cannot go to stdout", id="stdout"),
    ],
)
def test_what_run_refuses(words, complaint, walking_clip, tmp_path, capsys):
    assert _run(["run", str(walking_clip), "-o", str(tmp_path), *words], debug=False) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert complaint in line
