"""`kinema triangulate`, from the poses of four cameras."""

from __future__ import annotations

import json

import pytest

from kinema.cli.main import _run
from kinema.formats import read_poses


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


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(("--offset", "cam1"), "--offset takes a camera and seconds", id="offset"),
        pytest.param(("--offset", "cam7=1"), "no camera 'cam7'", id="camera"),
        pytest.param(("--save", "bvhh"), "cannot save 'bvhh'", id="kind"),
        pytest.param(("--min-score", "2"), "score lies in [0, 1]", id="score"),
        pytest.param(("--min-cameras", "1"), "two cameras at least", id="min cameras"),
        pytest.param(("--people", "0"), "people must be at least 1", id="people"),
        pytest.param(("--max-error", "0"), "must be positive", id="max error"),
        pytest.param(("--unit", "km"), "no unit 'km'", id="unit"),
        pytest.param(("--offset", "cam1=99"), "do not overlap", id="no overlap"),
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
