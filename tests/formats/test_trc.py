from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from kinema.errors import FormatError, InputError, SkeletonError
from kinema.formats import open_writer, read_poses
from kinema.formats.trc import read_trc
from kinema.poses import Poses
from kinema.skeletons import BLAZEPOSE33, BODY25, COCO17, H36M17, HALPE26, OPENPOSE18

HEAD = (
    "PathFileType\t4\t(X/Y/Z)\twalk.trc\n"
    "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\t"
    "OrigNumFrames\n"
    "100\t100\t{frames}\t2\t{units}\t100\t1\t2\n"
    "Frame#\tTime\tRKnee\t\t\tC7\t\t\t\n"
    "\t\tX1\tY1\tZ1\tX2\tY2\tZ2\n\n"
)
ROWS = "1\t0.00\t1000\t500\t-200\t\t\t\n2\t0.01\t1010\t510\t-200\t0\t0\t0\n"


@pytest.fixture
def trc(tmp_path):
    def write(text, name="walk.trc"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def test_a_file_of_opensim_in_millimetres(trc) -> None:
    """x forward, y up, z right become x forward, y left, z up; 0 0 0 and empty are absent."""
    with read_trc(trc(HEAD.format(frames=2, units="mm") + ROWS)) as recording:
        first, second = recording
    assert first.skeleton.keypoints == ("right_knee", "C7")
    assert (first.space, recording.header.rate) == ("world", 100)
    np.testing.assert_allclose(first.keypoints[0, 0], (1.0, 0.2, 0.5))
    assert np.isnan(first.keypoints[0, 1]).all()
    assert np.isnan(second.keypoints[0, 1]).all()
    assert np.isnan(first.scores[0, 0])
    assert first.scores[0, 1] == 0
    assert [(p.frame, p.time, p.ids.tolist()) for p in (first, second)] == [
        (0, 0.0, [1]),
        (1, 0.01, [1]),
    ]


def test_the_axis_that_is_up_can_be_named(trc) -> None:
    recording = read_trc(trc(HEAD.format(frames=2, units="m") + ROWS), up="z")
    np.testing.assert_allclose(next(recording).keypoints[0, 0], (1000, 500, -200))


@pytest.mark.parametrize(
    ("name", "units"),
    [pytest.param("walk.trc", "px", id="units"), pytest.param("a_px_person03.trc", "m", id="name")],
)
def test_pixels(trc, name, units) -> None:
    first = next(read_trc(trc(HEAD.format(frames=2, units=units) + ROWS, name)))
    assert first.space == "image"
    assert first.keypoints[0, 0].tolist() == [1000, 500]
    assert first.ids.tolist() == [3 if "person03" in name else 1]


def test_there_and_back(tmp_path, walk_3d, assert_equal, reread) -> None:
    walk = walk_3d(first=7)
    for got, expected in zip(reread(tmp_path / "w.trc", walk), walk, strict=True):
        assert_equal(got, expected)


def test_a_person_who_lies_is_not_put_upright(tmp_path, walk_3d, reread) -> None:
    lying = [replace(p, keypoints=p.keypoints[..., [2, 0, 1]]) for p in walk_3d(3)]
    for got, expected in zip(reread(tmp_path / "w.trc", lying), lying, strict=True):
        np.testing.assert_allclose(got.keypoints, expected.keypoints, atol=1e-5)


def test_what_is_written(tmp_path, walk_3d, reread) -> None:
    reread(tmp_path / "w.trc", walk_3d(2))
    lines = (tmp_path / "w.trc").read_text().split("\n")
    assert lines[0] == "PathFileType\t4\t(X/Y/Z)\tw.trc\tby Kinema, y up"
    assert lines[2].split("\t") == ["50", "50", "2", "17", "m", "50", "1", "2"]
    assert lines[3].startswith("Frame#\tTime\tHip\t\t\tRHip\t\t\t")
    assert lines[5].startswith("1\t0.000000\t0.00000\t0.91000\t0.00000\t")  # y is up
    assert {len(line.split("\t")) for line in lines[5:7]} == {2 + 3 * 17}


def test_poses_in_a_picture(tmp_path, make_poses, reread) -> None:
    poses = make_poses(1, BODY25, time=0.0, ids=True)
    (got,) = reread(tmp_path / "w.trc", [poses])
    assert got.skeleton == BODY25
    np.testing.assert_allclose(got.keypoints, poses.keypoints, atol=5e-4)


def test_body_space_is_turned_up(tmp_path, reread) -> None:
    """x right, y down, z away become x right, y away, z up."""
    point = np.full((1, 17, 3), (1, 2, 3), dtype=float)
    poses = Poses(COCO17, point, np.ones((1, 17)), space="body")
    (got,) = reread(tmp_path / "w.trc", [poses])
    assert got.keypoints[0, 0].tolist() == [1, 3, -2]


@pytest.mark.parametrize("skeleton", [COCO17, OPENPOSE18, BODY25, HALPE26, BLAZEPOSE33, H36M17])
def test_every_body_comes_back_as_itself(tmp_path, make_poses, skeleton, reread) -> None:
    poses = make_poses(1, skeleton, time=0.0, missing=False)
    assert reread(tmp_path / "w.trc", [poses])[0].skeleton == skeleton


def test_several_people_get_a_file_each(tmp_path, walk_3d) -> None:
    """Person 4 leaves after two frames; person 7 comes in the third and hides in the fourth."""
    one, two = walk_3d(5, identity=4), walk_3d(5, identity=7)
    nobody = Poses.empty(H36M17, frame=3, time=3 / 50, space="world")
    stream = [*one[:2], two[2], nobody, two[4]]
    with open_writer(tmp_path / "w.trc") as out:
        for poses in stream:
            out.write(poses)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w_P4.trc", "w_P7.trc"]
    four, seven = (list(read_poses(tmp_path / f"w_P{i}.trc")) for i in (4, 7))
    assert [(p.frame, len(p), p.ids.tolist()) for p in four] == [(0, 1, [4]), (1, 1, [4])]
    assert [(p.frame, len(p)) for p in seven] == [(2, 1), (3, 0), (4, 1)]


def test_what_cannot_be_written(tmp_path, make_poses, walk_3d) -> None:
    begin = partial(open_writer, tmp_path / "w.trc")
    with pytest.raises(InputError, match=r"frame 0 has no time, .* --rate"), begin() as out:
        out.write(make_poses(1))
    with pytest.raises(InputError, match="2 people without ids"), begin() as out:
        out.write(make_poses(2, time=0.0))
    walk = walk_3d(2)
    with pytest.raises(InputError, match="times that increase"), begin() as out:
        out.write(walk[1])
        out.write(walk[0])
    with pytest.raises(SkeletonError, match="began as h36m17"), begin() as out:
        out.write(walk[0])
        out.write(walk[1].to(COCO17))
    with pytest.raises(InputError, match="nobody is in the recording"), begin() as out:
        out.write(replace(walk[0][:0], ids=None))
    with pytest.raises(InputError, match="cannot write"):
        open_writer(tmp_path / "none" / "w.trc")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "line 1: not a TRC", id="empty"),
        pytest.param("hello\n" * 9, "line 1: not a TRC", id="another file"),
        pytest.param(HEAD[:200], "line .: ", id="cut in the head"),
        pytest.param(HEAD + ROWS[:40], "line 8: .*cut off", id="cut in a row"),
        pytest.param(HEAD + ROWS.split("\n")[0], "line 7: .*after 1 frames, .* 2", id="cut"),
        pytest.param(HEAD + ROWS + ROWS, "line 10: .*after 4 frames", id="too long"),
        pytest.param(HEAD + ROWS.replace("510", "x"), "line 8: 'x' is not a number", id="text"),
        pytest.param(HEAD + ROWS.replace("510", "inf"), "line 8: .*infinite", id="infinite"),
        pytest.param(HEAD + ROWS.replace("0.01", "0.00"), "line 8: the time", id="same time"),
        pytest.param(HEAD + ROWS.replace("0.01", ""), "line 8: no .*time", id="no time"),
        pytest.param(HEAD.replace("C7", "RKnee") + ROWS, "'RKnee' is named twice", id="twice"),
        pytest.param(HEAD.replace("\t2\t{", "\t3\t{") + ROWS, "names 2 markers", id="markers"),
        pytest.param(HEAD.replace("100\t100", "x\ty") + ROWS, "line 3: DataRate", id="rate"),
        pytest.param(HEAD.replace("{units}", "ell") + ROWS, "line 3: unknown units", id="units"),
    ],
)
def test_damaged_files(trc, text, message) -> None:
    text = text.replace("{frames}", "2").replace("{units}", "mm")
    with pytest.raises(FormatError, match=r"walk\.trc, .*" + message):
        read_trc(trc(text))


def test_frame_numbers_that_begin_with_0_stay(trc) -> None:
    rows = ROWS.replace("\n2\t", "\n1\t").replace("1\t0.00", "0\t0.00", 1)
    recording = read_trc(trc(HEAD.format(frames=2, units="mm") + rows))
    assert [poses.frame for poses in recording] == [0, 1]


def test_a_person_without_any_frame_is_no_error(trc) -> None:
    assert list(read_trc(trc(HEAD.format(frames=0, units="mm")))) == []
