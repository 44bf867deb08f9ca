"""`kinema triangulate`, from the poses of four cameras."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinema.camera import Rig
from kinema.cli.main import _run
from kinema.formats import read_poses
from kinema.formats.rigs import read_rig, write_rig
from kinema.media.frame import MediaInfo
from kinema.media.sources import read_video
from kinema.media.writer import VideoWriter


def command(four_cameras, *words: str, cameras: tuple[int, ...] = (1, 2, 3, 4)) -> list[str]:
    files = [str(four_cameras / "trial" / f"cam{i}.jsonl") for i in cameras]
    calibration = str(four_cameras / "calibration.toml")
    return ["triangulate", *files, "--calibration", calibration, *words]


def test_figures_as_json(four_cameras, tmp_path, capsys):
    words = ("-o", str(tmp_path), "--save", "poses,trc,points", "--json")
    assert _run(command(four_cameras, *words), debug=False) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["frames"], facts["people"], facts["people_left_out"]) == (50, 1, 0)
    assert 0.5 < facts["median_reprojection_px"] < 2
    assert facts["bone_length_cv"] < 0.03
    assert facts["observations_dropped"] < 0.02
    assert facts["frames_per_second"] > 0
    assert [camera["name"] for camera in facts["cameras"]] == ["cam1", "cam2", "cam3", "cam4"]
    assert [path.rpartition("/")[2] for path in facts["files"]] == [
        "triangulated.jsonl",
        "triangulated.trc",
        "triangulated.points.csv",
    ]
    with read_poses(facts["files"][0]) as recording:
        assert len(list(recording)) == 50


def test_the_summary(four_cameras, tmp_path, capsys):
    words = ("-o", str(tmp_path), "--trust-calibration", "--free-bones", "--smooth", "none")
    assert _run(command(four_cameras, *words, cameras=(2, 4)), debug=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "50 frames, people in space: 1"
    assert lines[-2:] == [
        f"  {tmp_path / 'triangulated.jsonl'}",
        f"  {tmp_path / 'triangulated.trc'}",
    ]


def test_a_camera_that_has_turned_much_is_to_be_calibrated_again(four_cameras, tmp_path, capsys):
    rig = read_rig(four_cameras / "calibration.toml")
    turn = Rotation.from_euler("y", 1.6, degrees=True).as_matrix()
    moved = [
        replace(each, rotation=turn @ each.rotation, translation=turn @ each.translation)
        if each.name == "cam3"
        else each
        for each in rig
    ]
    write_rig(tmp_path / "turned.toml", Rig(tuple(moved)))
    words = command(four_cameras, "-o", str(tmp_path))
    words[words.index("--calibration") + 1] = str(tmp_path / "turned.toml")
    assert _run(words, debug=False) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if "calibrate again" in line]
    assert len(said) == 1 and said[0].startswith("  cam3 has turned by 1.")


def test_a_folder_is_no_recording(four_cameras, tmp_path, capsys):
    calibration = str(four_cameras / "calibration.toml")
    words = ["triangulate", str(four_cameras / "trial"), "--calibration", calibration]
    assert _run(words, debug=False) == 2
    error = capsys.readouterr().err
    assert f"{four_cameras / 'trial'} is one folder, so name the files in it" in error
    assert "[" not in error


@pytest.fixture
def with_video(four_cameras, tmp_path):
    """The same recordings, with a video of the first camera."""
    for path in [four_cameras / "calibration.toml", *(four_cameras / "trial").iterdir()]:
        target = tmp_path / "in" / path.relative_to(four_cameras)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text("utf-8")
        target.write_text(text.replace('"cam1.mp4"', json.dumps(str(tmp_path / "cam1.mp4"))))
    info = MediaInfo("cam1", "video", (1280, 720), Fraction(50))
    with VideoWriter(tmp_path / "cam1.mp4", info) as out:
        for frame in range(50):
            out.write(np.full((720, 1280, 3), 128, np.uint8), frame / 50)
    return tmp_path / "in"


def test_pictures(with_video, tmp_path, capsys):
    words = ("-o", str(tmp_path), "--save", "film,gif,report,rig", "--turn", "10")
    assert _run(command(with_video, *words), debug=False) == 0
    names = [line.rpartition("/")[2] for line in capsys.readouterr().out.splitlines()[-4:]]
    assert names == [
        f"triangulated.{end}" for end in ("film.mp4", "film.gif", "report.html", "rig.svg")
    ]
    with read_video(tmp_path / "triangulated.film.mp4") as video:
        times = [(frame.time, frame.size) for frame in video]
    assert times[-1][0] == pytest.approx(49 / 50, abs=1e-3)
    assert times[0][1] == (1280 + 720, 720)
    with read_video(tmp_path / "triangulated.film.gif") as video:
        assert len(list(video)) == 15
    page = (tmp_path / "triangulated.report.html").read_text("utf-8")
    assert '<canvas class="space"' in page
    assert '<canvas class="overlay"' in page
    assert "To repeat it" in page
    assert "cam4" in (tmp_path / "triangulated.rig.svg").read_text("utf-8")


def test_a_video_with_another_clock(with_video, tmp_path, capsys):
    words = [word for i in (1, 2, 3, 4) for word in ("--offset", f"cam{i}=3")]
    words += ["-o", str(tmp_path), "--save", "film,report"]
    assert _run(command(with_video, *words), debug=False) == 0
    with read_video(tmp_path / "triangulated.film.mp4") as video:
        pictures = [np.array(frame.image) for frame in video]
    assert len(pictures) == 50  # with people in all of them
    assert all(np.ptp(picture[:, :1280]) > 100 for picture in pictures)
    assert '"videoStart":-3.0' in (tmp_path / "triangulated.report.html").read_text("utf-8")


def test_pictures_without_a_video(four_cameras, tmp_path, capsys):
    words = ("-o", str(tmp_path), "--save", "film,report")
    assert _run(command(four_cameras, *words), debug=False) == 0
    with read_video(tmp_path / "triangulated.film.mp4") as video:
        assert next(video).size == (720, 720)
    assert "<video " not in (tmp_path / "triangulated.report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(("--save", "film", "--turn", "nan"), "are degrees", id="turn"),
        pytest.param(("--offset", "cam1"), "--offset takes a camera and seconds", id="offset"),
        pytest.param(("--offset", "cam7=1"), "no camera 'cam7'", id="camera"),
        pytest.param(("--save", "bvhh"), "cannot save 'bvhh'", id="kind"),
        pytest.param(("--min-score", "2"), "score lies in [0, 1]", id="score"),
        pytest.param(("--min-cameras", "1"), "two cameras at least", id="min cameras"),
        pytest.param(("--people", "0"), "people must be at least 1", id="people"),
        pytest.param(("--max-error", "0"), "must be positive", id="max error"),
        pytest.param(("--unit", "km"), "no unit 'km'", id="unit"),
        pytest.param(("--offset", "cam1=99"), "do not overlap", id="no overlap"),
        pytest.param(("--max-offset", "1"), "ask for --sync too", id="limit without search"),
    ],
)
def test_bad_words(four_cameras, tmp_path, capsys, words, message):
    assert _run(command(four_cameras, "-o", str(tmp_path), *words), debug=False) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_calibration_that_is_none(four_cameras, tmp_path, capsys):
    (tmp_path / "x.toml").write_text("nothing")
    words = command(four_cameras)
    words[words.index("--calibration") + 1] = str(tmp_path / "x.toml")
    assert _run(words, debug=False) == 2
    assert "cannot tell what calibration" in capsys.readouterr().err
