from functools import partial

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.formats import open_writer, read_poses
from kinema.formats.axes import y_up
from kinema.formats.bvh import read_bvh
from kinema.formats.bvh_fit import fit, swing
from kinema.poses import Poses
from kinema.skeletons import BODY25, COCO17, H36M17, HAND21

ARM = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT LeftArm
  {
    OFFSET 0 10 0
    CHANNELS 3 Zrotation Yrotation Xrotation
    End Site
    {
      OFFSET 5 0 0
    }
  }
}
MOTION
Frames: 2
Frame Time: .0083333
1 2 3 0 0 0 0 0 0
1 2 3 90 0 0 0 90 0
"""


@pytest.fixture
def bvh(tmp_path):
    def write(text):
        (tmp_path / "walk.bvh").write_text(text)
        return tmp_path / "walk.bvh"

    return write


def test_positions_follow_from_the_rotations(bvh) -> None:
    """In the file y is up, lengths are centimetres; here z is up, and y is minus the file's z.

    In the second frame the root is turned by 90 degrees about z, so up is -x, and the arm by 90
    degrees about y, so its x is -z.
    """
    with read_bvh(bvh(ARM)) as recording:
        first, second = recording
    assert recording.header.rate == 120
    assert first.skeleton.keypoints == ("mid_hip", "left_shoulder", "LeftArm_end")
    assert first.skeleton.edges == (("mid_hip", "left_shoulder"), ("left_shoulder", "LeftArm_end"))
    np.testing.assert_allclose(
        first.keypoints[0], [[0.01, -0.03, 0.02], [0.01, -0.03, 0.12], [0.06, -0.03, 0.12]]
    )
    np.testing.assert_allclose(
        second.keypoints[0],
        [[0.01, -0.03, 0.02], [-0.09, -0.03, 0.02], [-0.09, 0.02, 0.02]],
        atol=1e-7,
    )
    assert (second.frame, second.time, second.space) == (1, 1 / 120, "world")


def test_the_order_of_rotations_is_that_of_the_file(bvh) -> None:
    """Z then X then Y: 90 degrees about z, then 90 about the x that it turned, bring y to z."""
    text = ARM.replace("1 2 3 90 0 0 0 90 0", "0 0 0 90 90 0 0 0 0")
    second = list(read_bvh(bvh(text), up="z"))[1]
    np.testing.assert_allclose(second.keypoints[0, 1], (0, 0, 0.1), atol=1e-7)


def test_units_and_axes_can_be_named(bvh) -> None:
    first = next(read_bvh(bvh(ARM), up="z", metres=1.0))
    np.testing.assert_allclose(first.keypoints[0, 1], (1, 12, 3))


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("1", 0.9), ("100", 0.9), ("1000", 0.9), ("39.37", 0.9), ("17.717", 0.9)],
)
def test_legs_tell_the_unit(bvh, unit, expected) -> None:
    """Metres, centimetres, millimetres, inches and CMU's units."""
    half = 0.45 * float(unit)
    joint = "JOINT {0} {{ OFFSET 0 -{1} 0 CHANNELS 0\n"
    legs = "JOINT LeftUpLeg { OFFSET 0 0 0 CHANNELS 0\n"
    legs += joint.format("LeftLeg", half) + joint.format("LeftFoot", half)
    text = f"HIERARCHY\nROOT Hips {{ OFFSET 0 0 0 CHANNELS 1 Yposition\n{legs} End Site "
    text += "{ OFFSET 0 0 0 } } } } }\nMOTION\nFrames: 1\nFrame Time: 0.01\n0\n"
    poses = next(read_bvh(bvh(text), up="y"))
    assert poses.skeleton.keypoints[1:] == ("left_hip", "left_knee", "left_ankle")
    np.testing.assert_allclose(poses.joint("left_ankle")[0], (0, 0, -expected), rtol=1e-3)


def test_there_and_back(tmp_path, walk_3d, assert_equal, reread) -> None:
    """Limbs of constant length come back to a hundredth of a millimetre."""
    walk = walk_3d(30)
    for got, expected in zip(reread(tmp_path / "w.bvh", walk), walk, strict=True):
        assert_equal(got, expected)


def test_what_is_written(tmp_path, walk_3d, reread) -> None:
    reread(tmp_path / "w.bvh", walk_3d(2))
    text = (tmp_path / "w.bvh").read_text()
    lines = [line.strip() for line in text.split("\n")]
    assert lines[:2] == ["HIERARCHY", "ROOT mid_hip"]
    assert lines[4] == "CHANNELS 6 Xposition Yposition Zposition Yrotation Xrotation Zrotation"
    thigh = lines[lines.index("JOINT left_knee") + 2].split()[1:]
    np.testing.assert_allclose([float(cell) for cell in thigh], (0, -42, 0), atol=1e-4)
    assert "Frame Time: 0.0200000000" in lines
    assert lines[lines.index("MOTION") + 3].startswith("0.000000 91.00000")
    assert text.count("{") == text.count("}")


def test_rotations_do_not_jump(tmp_path, walk_3d, reread) -> None:
    """Somebody who turns around twice: the root's angles go on beyond 180 degrees."""
    turned = []
    for row, poses in enumerate(walk_3d(100)):
        angle = 4 * np.pi * row / 99
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        turned.append(
            Poses(
                H36M17,
                poses.keypoints @ turn.T,
                poses.scores,
                ids=poses.ids,
                frame=row,
                time=poses.time,
                space="world",
            )
        )
    got = reread(tmp_path / "w.bvh", turned)
    np.testing.assert_allclose(got[-1].keypoints, turned[-1].keypoints, atol=1e-4)
    rows = (tmp_path / "w.bvh").read_text().split("\n")[-101:-1]
    angles = np.array([[float(cell) for cell in row.split()] for row in rows])[:, 3:]
    assert np.abs(np.diff(angles, axis=0)).max() < 30
    assert angles[:, :3].max() - angles[:, :3].min() > 700


def test_other_skeletons_get_a_root(tmp_path, make_poses, reread) -> None:
    poses = make_poses(1, COCO17, time=0.0, space="world", missing=False)
    (got,) = reread(tmp_path / "w.bvh", [poses])
    assert got.skeleton.keypoints[0] == "mid_hip"
    back = got.to(COCO17)
    assert back.found.all()
    np.testing.assert_allclose(back.keypoints, poses.keypoints, atol=1e-4)


def test_lengths_that_change_are_median_lengths(walk_3d, tmp_path) -> None:
    """One thigh measured 10 cm too long in one frame of 21 moves its knee by that, no more."""
    points = np.stack([poses.keypoints[0] for poses in walk_3d(21)]).astype(float)
    hip, knee, ankle = (H36M17.index(f"left_{joint}") for joint in ("hip", "knee", "ankle"))
    way = points[5, knee] - points[5, hip]
    points[5, knee] += 0.1 * way / np.linalg.norm(way)
    errors = fit(H36M17, y_up(points), tmp_path).errors
    np.testing.assert_allclose(errors[5, knee], 0.1, atol=1e-6)
    assert errors[5, ankle] < 0.1
    assert np.delete(errors, 5, axis=0).max() < 1e-6


def test_several_people_get_a_file_each(tmp_path, walk_3d) -> None:
    with open_writer(tmp_path / "w.bvh") as out:
        for a, b in zip(walk_3d(3, identity=1), walk_3d(3, identity=2), strict=True):
            out.write(
                Poses(
                    H36M17,
                    np.concatenate([a.keypoints, b.keypoints + 1]),
                    np.full((2, 17), np.nan),
                    ids=np.array([1, 2]),
                    frame=a.frame,
                    time=a.time,
                    space="world",
                )
            )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w_P1.bvh", "w_P2.bvh"]
    assert next(read_poses(tmp_path / "w_P2.bvh")).ids.tolist() == [2]


def test_joints_that_are_never_found_are_left_out(tmp_path, make_poses, reread) -> None:
    poses = make_poses(1, BODY25, time=0.0, space="world", missing=False)
    points = poses.keypoints.copy()
    points[:, [BODY25.index("nose"), BODY25.index("left_heel")]] = np.nan
    (got,) = reread(
        tmp_path / "w.bvh", [Poses(BODY25, points, np.full((1, 25), np.nan), space="world")]
    )
    missing = set(BODY25.keypoints) - set(got.skeleton.keypoints)
    assert missing == {"nose", "left_heel"}
    np.testing.assert_allclose(got.to(BODY25).keypoints, points, atol=1e-4)


def test_what_cannot_be_written(tmp_path, make_poses, walk_3d) -> None:
    begin = partial(open_writer, tmp_path / "w.bvh")
    with pytest.raises(InputError, match="BVH holds positions in metres"), begin() as out:
        out.write(make_poses(1, time=0.0))
    walk = walk_3d(3)
    points = walk[1].keypoints.copy()
    points[0, 3] = np.nan
    gap = Poses(H36M17, points, walk[1].scores, ids=[1], frame=1, time=0.02, space="world")
    message = "cannot hold gaps, and right_ankle is missing in 1 of 3 frames, first in row 1"
    with pytest.raises(InputError, match=message), begin() as out:
        for poses in (walk[0], gap, walk[2]):
            out.write(poses)
    eyes = np.full((1, 25, 3), np.nan)
    eyes[0, BODY25.index("left_eye")] = 1
    with (
        pytest.raises(InputError, match="needs a body with hips; found are left_eye"),
        begin() as o,
    ):
        o.write(Poses(BODY25, eyes, np.full((1, 25), np.nan), space="world"))
    assert list(tmp_path.iterdir()) == []


def test_a_hand_has_a_tree_of_its_own(tmp_path, make_poses, assert_equal, reread) -> None:
    poses = make_poses(1, HAND21, time=0.0, space="world", missing=False)
    (got,) = reread(tmp_path / "w.bvh", [poses])
    assert got.skeleton == HAND21
    np.testing.assert_allclose(got.keypoints, poses.keypoints, atol=1e-2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "line 1: the hierarchy ends", id="empty"),
        pytest.param("hello", "line 1: 'hello' where HIERARCHY", id="another file"),
        pytest.param(ARM[:100], "line 5: .* no channel|line 5: the hier", id="cut in the joints"),
        pytest.param(ARM.split("MOTION")[0], "line 15: .*without MOTION", id="no motion"),
        pytest.param(ARM.split("Frame Time")[0], "after MOTION", id="no frame time"),
        pytest.param(ARM[:-8], "line 20: .*9 channels", id="cut in a row"),
        pytest.param(ARM[:-21], "line 19: .*1 of 2", id="cut"),
        pytest.param(ARM + "0 " * 9, "after 3 of 2 frames", id="too long"),
        pytest.param(ARM.replace("2 3 90", "2 x 90"), "line 20: .*'x'", id="text"),
        pytest.param(ARM.replace("2 3 90", "2 nan 90"), "line 20: .*finite", id="NaN"),
        pytest.param(ARM.replace("OFFSET 5", "OFFSET a"), "line 12: 'a'", id="offset"),
        pytest.param(ARM.replace("LeftArm", "Hips"), "'Hips' is there twice", id="twice"),
        pytest.param(ARM.replace("Frames: 2", "Frames: x"), "line 17: ", id="frames"),
        pytest.param(ARM.replace(".0083333", "0"), "line 18: the frame time", id="frame time"),
        pytest.param(ARM.replace("Xposition", "Wposition"), "line 5: 'Wposition'", id="channel"),
        pytest.param(ARM.replace("  }\n}\nMOT", "  }\nMOT"), "the hierarchy ends", id="bracket"),
    ],
)
def test_damaged_files(bvh, text, message) -> None:
    with pytest.raises(FormatError, match=r"walk\.bvh, .*(" + message + ")"):
        read_bvh(bvh(text))


def test_the_shortest_turn() -> None:
    """From x to y, to x itself, to -x (any way round) and to nothing."""
    start = np.tile([2.0, 0, 0], (4, 1))
    end = np.array([[0, 3.0, 0], [1, 0, 0], [-1, 0, 0], [0, 0, 0]])
    turns = swing(start, end)
    np.testing.assert_allclose(turns[0], [[0, -1, 0], [1, 0, 0], [0, 0, 1]], atol=1e-12)
    np.testing.assert_allclose(turns[1], np.eye(3), atol=1e-12)
    np.testing.assert_allclose(turns[2] @ [1, 0, 0], [-1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(turns[3], np.eye(3))
    np.testing.assert_allclose(np.linalg.det(turns), 1)
