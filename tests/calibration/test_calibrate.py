"""From pictures and videos to cameras, and the verb `kinema calibrate`."""

import json
import shutil

import cv2
import numpy as np
import pytest

from kinema.calibration import CalibrationPlan, calibrate
from kinema.cli.main import _run
from kinema.errors import InputError
from kinema.formats.rigs import read_rig
from kinema.space.calibration.board import parse_board

BOARD = "charuco:6x8:0.05:0.0375"
PLAN = CalibrationPlan(parse_board(BOARD))


@pytest.fixture(scope="module")
def verb(folders, tmp_path_factory):
    """What `kinema calibrate` leaves in its folder, and its JSON."""
    out = tmp_path_factory.mktemp("out") / "new" / "rig.toml"
    words = ["calibrate", str(folders), "--board", BOARD, "-o", str(out)]
    assert _run([*words, "--picture", str(out.with_name("rig.png"))], debug=False) == 0
    return out


def apart(rig):
    first, second = rig
    return second.rotation @ first.rotation.T, float(np.linalg.norm(second.centre - first.centre))


def assert_near(rig, truth):
    for camera, true in zip(rig, truth, strict=True):
        np.testing.assert_allclose(np.diag(camera.matrix), np.diag(true.matrix), atol=3)
    (turn, distance), (true_turn, true_distance) = apart(rig), apart(truth)
    assert distance == pytest.approx(true_distance, abs=0.003)
    assert np.degrees(np.arccos((np.trace(turn @ true_turn.T) - 1) / 2)) < 0.3


def test_pictures_in_folders(verb, two_cameras):
    assert_near(read_rig(verb), two_cameras)
    assert {path.name for path in verb.parent.iterdir()} == {
        "rig.toml",
        "rig.calibration.json",
        "rig.calibration.html",
        "rig.png",
    }


def test_bad_pictures_are_named(verb):
    facts = json.loads((verb.parent / "rig.calibration.json").read_text("utf-8"))
    assert [line["picture"] for line in facts["rejected"]] == ["shot03.png"]
    assert "disagree" in facts["rejected"][0]["reason"]
    assert "shot10.png" in facts["cameras"][0]["without_board"]
    assert facts["reprojection_px"] < 0.3
    assert facts["cameras"][0]["pictures"]["looked_at"] == 13
    used = facts["cameras"][1]["views"]
    assert all(view["error_px"] < 0.5 for view in used)


def test_the_page_stands_alone(verb):
    page = (verb.parent / "rig.calibration.html").read_text("utf-8")
    assert page.count("<svg") == 5  # the rig, and two for each camera
    assert "shot03.png" in page
    assert "kinema" in page
    for link in ("http://", "https://", "src="):
        assert link not in page


def test_videos_with_times_of_one_clock(videos, two_cameras):
    """The second video starts two pictures late; the times beside it say so."""
    found = calibrate([str(videos / "cam0.mp4"), str(videos / "cam1.mp4")], PLAN)
    assert_near(found.calibration.rig, two_cameras)
    assert found.seen[1].views[0].time == pytest.approx(0.403)
    assert [each.is_video for each in found.seen] == [True, True]


def test_videos_that_are_not_synchronised_are_refused(videos, tmp_path):
    for name in ("cam0", "cam1"):
        shutil.copy(videos / f"{name}.mp4", tmp_path)
    with pytest.raises(InputError, match="synchronised"):
        calibrate([str(tmp_path)], PLAN)


def test_floor(folders, two_cameras):
    plan = CalibrationPlan(parse_board(BOARD), floor="shot02")
    found = calibrate([str(folders)], plan).calibration
    assert_near(found.rig, two_cameras)
    assert "floor" in found.world
    assert (np.array([camera.centre[2] for camera in found.rig]) > 0.2).all()


@pytest.mark.parametrize(
    ("floor", "complaint"),
    [
        pytest.param("shot77", "not found in a picture named shot77", id="no such picture"),
        pytest.param("shot10.png", "", id="one camera did not see it"),
    ],
)
def test_floor_by_name(folders, floor, complaint):
    plan = CalibrationPlan(parse_board(BOARD), floor=floor)
    if complaint:
        with pytest.raises(InputError, match=complaint):
            calibrate([str(folders)], plan)
    else:
        assert calibrate([str(folders)], plan).calibration.has_poses


def test_intrinsics_first_and_places_later(folders, two_cameras, tmp_path, capsys):
    lenses, rig = tmp_path / "lenses.toml", tmp_path / "rig.toml"
    words = ["calibrate", str(folders), "--board", BOARD, "--json", "--no-report"]
    assert _run([*words, "--intrinsics-only", "-o", str(lenses)], debug=False) == 0
    alone = json.loads(capsys.readouterr().out)
    assert alone["has_poses"] is False
    assert alone["cameras"][0]["position_m"] is None
    assert _run([*words, "--intrinsics", str(lenses), "-o", str(rig)], debug=False) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["files"] == [str(rig), str(tmp_path / "rig.calibration.json")]
    assert_near(read_rig(rig), two_cameras)
    np.testing.assert_allclose(read_rig(rig).cameras[0].matrix, read_rig(lenses).cameras[0].matrix)


def test_pictures_are_matched_by_order_where_names_differ(folders, two_cameras, tmp_path):
    for name in ("cam0", "cam1"):
        (tmp_path / name).mkdir()
        for path in (folders / name).iterdir():
            shutil.copy(path, tmp_path / name / f"{name}_{path.name}")
    assert_near(calibrate([str(tmp_path)], PLAN).calibration.rig, two_cameras)
    (tmp_path / "cam1" / "cam1_shot00.png").unlink()
    with pytest.raises(InputError, match="cam0 has 13, cam1 has 12"):
        calibrate([str(tmp_path)], PLAN)


def test_pictures_of_another_size_and_broken_ones_are_named(folders, tmp_path):
    shutil.copytree(folders / "cam0", tmp_path / "cam0")
    cv2.imwrite(str(tmp_path / "cam0" / "shot20.png"), np.zeros((10, 20), np.uint8))
    (tmp_path / "cam0" / "shot21.png").write_bytes(b"no picture")
    found = calibrate([str(tmp_path / "cam0")], PLAN)
    assert {line.label for line in found.rejected} == {"shot20.png", "shot21.png"}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param([], "say what board was shown", id="no board"),
        pytest.param(["--board", "chess:9x6:1"], "a board is", id="no such board"),
        pytest.param(
            ["--board", "charuco:6x8:0.05:0.03:6X6_50"],
            "cam0: the board was found in no",
            id="other",
        ),
        pytest.param(
            ["--board", BOARD, "--intrinsics-only", "--floor", "a"], "goes neither", id="both"
        ),
        pytest.param(
            ["--board", BOARD, "--intrinsics", "none.toml"], "none.toml", id="no intrinsics"
        ),
    ],
)
def test_one_line_for_what_cannot_be_done(words, complaint, folders, tmp_path, capsys):
    out = ["-o", str(tmp_path / "rig.toml")]
    assert _run(["calibrate", str(folders / "cam0"), *words, *out], debug=False) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_print_board(tmp_path, capsys):
    path = tmp_path / "board.pdf"
    words = ["calibrate", "--print-board", "chessboard:9x6:0.025", str(path)]
    assert _run(words, debug=False) == 0
    assert "A4 paper of 297 x 210 mm" in capsys.readouterr().out
    assert path.read_bytes().startswith(b"%PDF")


def test_videos_and_pictures_do_not_mix(folders, videos):
    with pytest.raises(InputError, match="videos for all cameras"):
        calibrate([str(folders / "cam0"), str(videos / "cam1.mp4")], PLAN)


def test_single_pictures_are_no_camera(folders):
    with pytest.raises(InputError, match="single picture"):
        calibrate([str(folders / "cam0" / "shot00.png")], PLAN)
