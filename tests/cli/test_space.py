"""`kinema stereo` and `kinema compare` on small files."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

import kinema as package
from kinema.camera import Rig
from kinema.formats import read_poses
from kinema.formats.rigs import write_rig
from kinema.space.stereo import StereoPair

PARALLEL = ("--baseline", 0.28, "--focal", 525)


@pytest.fixture
def folder(two_views, tmp_path):
    return shutil.copytree(two_views, tmp_path / "views")


@pytest.fixture
def stereo(folder, kinema):
    """Gives the command for both cameras, with the words given."""
    left, right = folder / "left.jsonl", folder / "right.jsonl"
    return lambda *words: kinema("stereo", left, right, "-o", folder, *words)


def test_stereo(folder, stereo):
    done = stereo(*PARALLEL, "--json")
    facts = json.loads(done.out)
    assert (done.code, facts["frames"], len(facts["people"])) == (0, 90, 1)
    assert facts["people"][0]["median_depth_m"] == pytest.approx(3.0, abs=0.05)
    assert facts["people"][0]["median_depth_sigma_m"] == pytest.approx(9 / 147 * 0.707, rel=0.15)
    assert facts["missing"] == {"one_view": 0, "no_disparity": 0, "off_row": 0}
    with read_poses(folder / "left.stereo.jsonl") as recording:
        assert next(recording).space == "world"


def test_pictures_of_a_stereo_pair(folder, stereo):
    pytest.importorskip("plotly")
    done = stereo(*PARALLEL, "--save", "gif,report,rig", "--turn", 20, "--json")
    endings = ("film.gif", "report.html", "rig.svg")
    files = [str(folder / f"left.stereo.{ending}") for ending in endings]
    assert json.loads(done.out)["files"] == files
    assert (folder / "left.stereo.film.gif").read_bytes()[:4] == b"GIF8"


def test_openpose_files_of_both_cameras(folder, kinema):
    """Without times and the size of the picture: the rate and the centre come as options."""
    for side in ("left", "right"):
        package.convert(folder / f"{side}.jsonl", folder / f"{side}.openpose")
    words = ["stereo", folder / "left.openpose", folder / "right.openpose", *PARALLEL]
    words += ["-o", folder, "--json"]
    assert "has no times; give its frames per second with --rate" in kinema(*words).complaint
    done = kinema(*words, "--rate", 30, "--centre", "319.5,239.5")
    facts = json.loads(done.out)
    assert facts["people"][0]["median_depth_m"] == pytest.approx(3.0, abs=0.05)


def test_summary_in_words(stereo):
    done = stereo(*PARALLEL, "--save", "depth")
    assert "90 frames, 1 people in space" in done.out
    assert "0 seen by one camera, 0 without disparity, 0 on different rows" in done.out
    assert "left.stereo.depth.csv" in done.out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param([], "give --baseline in metres and --focal in pixels", id="nothing"),
        pytest.param(["--baseline", 1], "give --baseline in metres and --focal", id="no focal"),
        pytest.param(
            ["--baseline", -1, "--focal", 525], "the baseline must be a positive", id="negative"
        ),
        pytest.param(
            ["--baseline", 1, "--focal", 525, "--centre", "middle"],
            "--centre takes two",
            id="centre",
        ),
        pytest.param(
            ["--baseline", 1, "--focal", 525, "--offset", 50], "do not overlap in time", id="offset"
        ),
        pytest.param(
            ["--baseline", 1, "--calibration", "a.toml"], "says baseline, focal", id="both"
        ),
        pytest.param(
            ["--baseline", 1, "--focal", 525, "--unit", "mm"],
            "--unit says how a --calibration is read",
            id="unit of nothing",
        ),
        pytest.param(
            ["--calibration", "CALIBRATION", "--unit", "km"], "no unit 'km'", id="unknown unit"
        ),
    ],
)
def test_stereo_says_in_one_line_what_is_wrong(folder, stereo, words, complaint):
    write_rig(folder / "rig.toml", parallel_rig(1.0))
    words = [folder / "rig.toml" if word == "CALIBRATION" else word for word in words]
    done = stereo(*words)
    assert (done.code, complaint in done.complaint) == (2, True), done.err


def parallel_rig(metre, size=(640, 480)):
    """The two cameras of the recordings, in a world of which a metre is so many units."""
    pair = StereoPair.parallel(0.28, 525 * size[0] / 640, size=size)
    return Rig(
        tuple(
            replace(camera, name=name, translation=camera.translation * metre)
            for camera, name in zip(pair.cameras, ("left", "right"), strict=True)
        )
    )


@pytest.mark.parametrize(
    ("metre", "size", "words"),
    [
        pytest.param(1.0, (640, 480), [], id="metres"),
        pytest.param(1000.0, (640, 480), ["--unit", "mm"], id="millimetres"),
        pytest.param(1.0, (1280, 960), [], id="calibrated with larger pictures"),
    ],
)
def test_stereo_with_a_calibration(folder, stereo, metre, size, words):
    write_rig(folder / "rig.toml", parallel_rig(metre, size))
    done = stereo(*words, "--calibration", folder / "rig.toml", "--json")
    facts = json.loads(done.out)
    assert facts["baseline_m"] == pytest.approx(0.28, abs=1e-6)
    assert facts["people"][0]["median_depth_m"] == pytest.approx(3.0, abs=0.05)


def test_stereo_with_recorded_times(folder, stereo):
    """The right camera began 0.1 s later: its first picture is of the left one's fourth."""
    right = (folder / "right.jsonl").read_text().splitlines()
    (folder / "right.jsonl").write_text("\n".join([right[0], *right[4:]]) + "\n")
    for side, frames in (("left", range(90)), ("right", range(90))):
        rows = [f"{n},{2 + n / 30:.5f}" for n in frames]
        (folder / f"{side}.times.csv").write_text("\n".join(["frame,time", *rows]))
    facts = json.loads(stereo(*PARALLEL, "--json").out)
    assert (facts["frames"], facts["frames_of_one_view"]) == (87, 3)
    assert facts["people"][0]["median_depth_m"] == pytest.approx(3.0, abs=0.05)


@pytest.fixture
def compared(folder, stereo):
    stereo(*PARALLEL)
    return folder


def test_compare_three(compared, kinema):
    """Stereo with its noise, and the same joints about the pelvis without."""
    words = [compared / name for name in ("motion.jsonl", "left.stereo.jsonl", "lifted.npy")]
    words += ["--rate", 30, "-o", compared / "out", "--save", "csv,angles,json", "--json"]
    done = kinema("compare", *words)
    assert done.code == 0, done.err
    facts = json.loads(done.out)
    stereo, lifted = facts["methods"]
    assert (stereo["name"], lifted["name"]) == ("left.stereo", "lifted")
    assert facts["relative_to_hips"] is True
    assert lifted["mpjpe"] == pytest.approx(0, abs=1e-4)
    assert 0.01 < stereo["mpjpe"] < 0.08
    assert abs(stereo["offset_s"]) < 0.01
    assert [rank["name"] for rank in facts["ranking"]["ranks"]] == ["lifted", "left.stereo"]
    names = sorted(path.name for path in (compared / "out").iterdir())
    assert names == [
        "motion.compare.angles.csv",
        "motion.compare.joints.csv",
        "motion.compare.json",
    ]
    table = (compared / "out" / "motion.compare.joints.csv").read_text().splitlines()
    assert table[0].startswith("method,joint,frames,mean_m,median_m,p95_m,rmse_m,bias_x_m")
    assert len({line.count(",") for line in table}) == 1
    angles = (compared / "out" / "motion.compare.angles.csv").read_text().splitlines()
    assert any(line.startswith("left.stereo,left_knee_flexion,") for line in angles)


def test_a_lifted_file_of_motion_capture_is_taken_about_the_hips(compared, kinema):
    """TRC does not say that its hips are the origin."""
    words = [compared / "lifted.npy", compared / "lifted.trc", "--rate", 30]
    assert kinema("convert", *words).code == 0
    words = [compared / "motion.jsonl", compared / "lifted.trc", "--save", "csv", "--json"]
    done = kinema("compare", *words, "-o", compared)
    facts = json.loads(done.out)
    assert facts["relative_to_hips"] is True
    assert facts["methods"][0]["mpjpe"] == pytest.approx(0, abs=1e-3)


def test_compare_in_words(compared, kinema):
    words = [compared / "left.jsonl", compared / "right.jsonl", "--save", "csv"]
    done = kinema("compare", *words, "-o", compared)
    assert "17 joints in 90 frames, beside left; align none" in done.out
    assert "MPJPE px" in done.out


def test_the_reference_may_be_any(compared, kinema):
    words = ["compare", compared / "motion.jsonl", compared / "left.stereo.jsonl", "--save", "csv"]
    words += ["-o", compared, "--json", "--reference"]
    for name in (compared / "left.stereo.jsonl", "left.stereo"):
        assert json.loads(kinema(*words, name).out)["reference"] == "left.stereo"
    assert "--reference left.sterio is none of them; did you mean left.stereo?" in (
        kinema(*words, "left.sterio").complaint
    )


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param(["motion.jsonl"], "two recordings or more", id="one"),
        pytest.param(
            ["motion.jsonl", "left.jsonl"], "left is in a picture, in pixels", id="spaces"
        ),
        pytest.param(["motion.jsonl", "lifted.npy"], "lifted.npy has no times", id="no times"),
        pytest.param(["left.jsonl", "right.jsonl", "--save", "cvs"], "did you mean csv", id="kind"),
        pytest.param(
            ["left.jsonl", "right.jsonl", "--person", "7"],
            "no person 7 in left; it has 1",
            id="who",
        ),
        pytest.param(["left.jsonl", "right.jsonl", "--align", "x"], "cannot align by", id="align"),
    ],
)
def test_compare_says_in_one_line_what_is_wrong(folder, kinema, monkeypatch, words, complaint):
    monkeypatch.chdir(folder)
    done = kinema("compare", *words, "-o", "out")
    assert (done.code, complaint in done.complaint) == (2, True), done.err


def test_lifted_joints_as_kinect_text(folder, kinema):
    """As the documents convert what VideoPose3D leaves: names, time axis, and what differs."""
    words = [folder / "lifted.npy", folder / "joints.txt", "--skeleton", "kinect20"]
    done = kinema("convert", *words, "--rate", 30)
    assert done.code == 0, done.err
    assert "h36m17 to kinect20" in done.out
    assert "note: mid_hip: the Kinect's hip centre is the lower end of its spine" in done.out
    assert "note: jaw: a Kinect has no jaw" in done.out
    with read_poses(folder / "joints.txt") as recording:
        frames = list(recording)
    np.testing.assert_allclose([p.time for p in frames], np.arange(90) / 30, atol=1e-6)
    lifted = np.load(folder / "lifted.npy")
    x, y, z = lifted[10, 3]  # right ankle
    np.testing.assert_allclose(frames[10].joint("right_ankle"), [(x, z, -y)], atol=1e-5)
