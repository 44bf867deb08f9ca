import subprocess
import sys
from dataclasses import replace
from functools import partial

import ezc3d
import numpy as np
import pytest

from kinema.errors import FormatError, InputError, SkeletonError
from kinema.formats import open_writer
from kinema.formats.c3d import read_c3d, read_c3d_events, save_c3d
from kinema.formats.one_person import Recorded
from kinema.poses import Poses
from kinema.skeletons import COCO17, H36M17
from kinema.track import tracks


@pytest.fixture
def c3d(tmp_path):
    """Writes a file as another program would: points (T, K, 3) with these labels."""

    def write(points, labels, *, units="mm", residuals=None, events=(), first=0, **more):
        points = np.asarray(points, dtype=float)
        content = ezc3d.c3d()
        content["parameters"]["POINT"]["RATE"]["value"] = [100.0]
        content["parameters"]["POINT"]["LABELS"]["value"] = list(labels)
        content["parameters"]["POINT"]["UNITS"]["value"] = [units]
        for key, value in more.items():
            content.add_parameter("POINT", key, value)
        ones = np.ones((*points.shape[:2], 1))
        content["data"]["points"] = np.concatenate([points, ones], axis=2).transpose(2, 1, 0)
        if residuals is not None:
            content["data"]["meta_points"]["residuals"] = np.asarray(residuals, float).T[None]
        content["header"]["points"]["first_frame"] = first
        for event in events:
            content.add_event(*event)
        content.write(str(tmp_path / "walk.c3d"))
        return tmp_path / "walk.c3d"

    return write


def test_a_file_of_another_program(c3d) -> None:
    """A negative residual and 0 0 0 are absent; unlabelled points and angles are no joints."""
    points = [[[1000, 200, 300], [1, 2, 3], [4, 5, 6], [7, 8, 9]]] * 2
    points = np.array(points, dtype=float)
    points[1, 1] = 0
    path = c3d(
        points,
        ["RKnee", "C7", "*12", "RKneeAngles"],
        residuals=[[0, -1, 0, 0], [0, 0, 0, 0]],
        ANGLES=["RKneeAngles"],
        first=50,
    )
    with read_c3d(path) as recording:
        first, second = recording
    assert recording.header.rate == 100
    assert first.skeleton.keypoints == ("right_knee", "C7")
    np.testing.assert_allclose(first.keypoints[0, 0], (1.0, 0.2, 0.3))
    assert np.isnan(first.keypoints[0, 1]).all()
    assert np.isnan(second.keypoints[0, 1]).all()
    assert [(p.frame, p.time, p.space) for p in (first, second)] == [
        (50, 0.5, "world"),
        (51, 0.51, "world"),
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param({}, (1, 2, 3), id="nothing said"),
        pytest.param({"Y_SCREEN": ["+Z"]}, (1, 2, 3), id="z"),
        pytest.param({"Y_SCREEN": ["+Y"]}, (1, -3, 2), id="y"),
        pytest.param({"Y_SCREEN": ["-Y"]}, (1, 3, -2), id="y down"),
        pytest.param({"units": "m"}, (1000, 2000, 3000), id="metres"),
    ],
)
def test_axes_and_units(c3d, more, expected) -> None:
    first = next(read_c3d(c3d([[[1000, 2000, 3000]]], ["LKnee"], **more)))
    np.testing.assert_allclose(first.keypoints[0, 0], expected, rtol=1e-6)


def test_an_upright_person_tells_what_is_up(c3d) -> None:
    path = c3d([[[0, 1700, 0], [0, 50, 10]]], ["Nose", "LHeel"])
    np.testing.assert_allclose(next(read_c3d(path)).keypoints[0, 0], (0, 0, 1.7), atol=1e-6)


def test_prefixes_part_people(c3d) -> None:
    path = c3d([[[1, 0, 0], [2, 0, 0], [3, 0, 0]]], ["Anna:LKNE", "Ben:LKNE", "Ben:RKNE"])
    (poses,) = read_c3d(path)
    assert poses.ids.tolist() == [1, 2]
    assert poses.skeleton.keypoints == ("LKNE", "RKNE")
    np.testing.assert_allclose(poses.keypoints[:, :, 0], [[0.001, np.nan], [0.002, 0.003]])


def test_there_and_back(tmp_path, walk_3d, assert_equal, reread) -> None:
    walk = walk_3d(first=7)
    for got, expected in zip(reread(tmp_path / "w.c3d", walk), walk, strict=True):
        assert_equal(got, expected)


def test_two_people_with_gaps(tmp_path, walk_3d, reread) -> None:
    """Person 4 is there in all frames, 9 in the second and the fourth; one joint of 4 is hidden."""
    one, two = walk_3d(4, identity=4), walk_3d(4, identity=9)
    points = one[2].keypoints.copy()
    points[0, 3] = np.nan
    stream = []
    for row in range(4):
        both = [points if row == 2 else one[row].keypoints]
        both += [two[row].keypoints + 1] if row in (1, 3) else []
        n = len(both)
        stream.append(
            Poses(
                H36M17,
                np.concatenate(both),
                np.full((n, 17), np.nan),
                ids=np.array([4, 9][:n]),
                frame=row,
                time=row / 50,
                space="world",
            )
        )
    got = reread(tmp_path / "w.c3d", stream)
    assert [poses.ids.tolist() for poses in got] == [[4], [4, 9], [4], [4, 9]]
    for after, before in zip(got, stream, strict=True):
        np.testing.assert_allclose(after.keypoints, before.keypoints, atol=1e-5)
    assert np.isnan(got[2].keypoints[0, 3]).all()


def test_times_beside_the_grid_are_interpolated(tmp_path, walk_3d, reread) -> None:
    """Three tenths of a frame late: the pelvis, at 1.2 m/s along x, is put back by that."""
    late = [replace(poses, time=poses.time + 0.3 / 50) for poses in walk_3d(5)]
    got = reread(tmp_path / "w.c3d", late)
    assert [len(poses) for poses in got] == [0, 1, 1, 1, 1]
    for poses in got[1:]:
        x = poses.joint("mid_hip")[0, 0]
        np.testing.assert_allclose(x, 1.2 * (poses.time - 0.006), atol=1e-5)


def test_without_the_library(tmp_path) -> None:
    code = (
        "import sys; sys.modules['ezc3d'] = None; from kinema.formats import read_poses;"
        f"read_poses({str(tmp_path / 'w.c3d')!r})"
    )
    (tmp_path / "w.c3d").touch()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "MissingExtra: this needs ezc3d: pip install 'kinema[mocap]'" in done.stderr


def test_events(tmp_path, c3d, walk_3d) -> None:
    path = c3d(
        [[[1, 2, 3]]],
        ["LKnee"],
        events=[
            ([1.0, 2.5], "Right", "Foot Off"),
            ([0.0, 1.25], "Left", "Foot Strike"),
            ([0.0, 3.0], "General", "Start"),
        ],
    )
    events = read_c3d_events(path)
    assert [(e.kind, e.time, e.side) for e in events] == [
        ("heel_strike", 1.25, "left"),
        ("start", 3.0, None),
        ("toe_off", 62.5, "right"),
    ]
    (track,) = tracks(walk_3d(5))
    person = Recorded(track, np.arange(5), 50.0)
    save_c3d([person], tmp_path / "e.c3d", events)
    back = read_c3d_events(tmp_path / "e.c3d")
    assert [(e.kind, e.side) for e in back] == [(e.kind, e.side) for e in events]
    np.testing.assert_allclose([e.time for e in back], [e.time for e in events], atol=1e-5)
    save_c3d([person], tmp_path / "e.c3d")
    assert read_c3d_events(tmp_path / "e.c3d") == ()


def test_cut_files(tmp_path, walk_3d, reread) -> None:
    """The library reads what is missing as zeros, or not at all."""
    path = tmp_path / "w.c3d"
    reread(path, walk_3d(20))
    whole = path.read_bytes()
    for size in (0, 100, 511, 512, 700, 1500, len(whole) - 2000):
        path.write_bytes(whole[:size])
        with pytest.raises(FormatError, match=r"w\.c3d .*(not a C3D|cut off)"):
            read_c3d(path)
    path.write_bytes(b"\x02\x50" + bytes(5000))
    with pytest.raises(FormatError, match=r"w\.c3d is damaged: unknown kind of numbers 0"):
        read_c3d(path)
    with pytest.raises(InputError, match="cannot read"):
        read_c3d(tmp_path / "none.c3d")


def test_parameters_that_lead_back(tmp_path, walk_3d, reread) -> None:
    """The way from the first group to the next record is made -2; the library would never end."""
    path = tmp_path / "w.c3d"
    reread(path, walk_3d(2))
    whole = bytearray(path.read_bytes())
    start = 512 + 4
    way = start + 2 + abs(int.from_bytes(whole[start : start + 1], signed=True))
    whole[way : way + 2] = (-2).to_bytes(2, "little", signed=True)
    path.write_bytes(whole)
    with pytest.raises(FormatError, match="its parameters lead nowhere"):
        read_c3d(path)


def test_other_bad_input(tmp_path, c3d, make_poses, walk_3d) -> None:
    with pytest.raises(FormatError, match="no labelled points"):
        read_c3d(c3d([[[1, 2, 3]]], ["*1"]))
    with pytest.raises(FormatError, match="unknown POINT:UNITS 'ell'"):
        read_c3d(c3d([[[1, 2, 3]]], ["LKNE"], units="ell"))
    with pytest.raises(FormatError, match="'LKNE' is there twice"):
        read_c3d(c3d([[[1, 2, 3], [4, 5, 6]]], ["LKNE", "LKNE"]))
    begin = partial(open_writer, tmp_path / "w.c3d")
    with pytest.raises(InputError, match=r"C3D holds positions in metres"), begin() as out:
        out.write(make_poses(1, time=0.0))
    with pytest.raises(SkeletonError, match="began as h36m17"), begin() as out:
        out.write(walk_3d(1)[0])
        out.write(walk_3d(2)[1].to(COCO17))
    assert [path.name for path in tmp_path.iterdir()] == ["walk.c3d"]
