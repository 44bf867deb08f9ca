"""Kinect recordings as text."""

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.formats import convert, kinect, open_writer, read_poses
from kinema.formats.kinect import JOINTS
from kinema.formats.registry import format_to_read
from kinema.poses import Poses
from kinema.skeletons import BODY25, H36M17, KINECT20, KINECT25, SKELETONS

NAMES = JOINTS["kinect20"]
HEADER = [f"{joint}.{axis}" for joint in NAMES for axis in "XYZ"]


def table(path, rows, header=HEADER, mark=","):
    lines = ([header] if header else []) + rows
    path.write_text("\n".join(mark.join(map(str, line)) for line in lines) + "\n")
    return path


def points(x=0.5, y=1.0, z=2.0):
    return [x, y, z] * 20


def test_names_are_those_of_our_skeletons() -> None:
    assert [len(JOINTS[name]) for name in ("kinect20", "kinect25")] == [20, 25]
    for skeleton in (KINECT20, KINECT25):
        for joint, official in zip(skeleton.keypoints, JOINTS[skeleton.name], strict=True):
            side = "left" if official.endswith("Left") else "right"
            assert official.endswith(("Left", "Right")) == joint.startswith(("left_", "right_"))
            assert side in joint or not official.endswith(("Left", "Right"))


@pytest.mark.parametrize("skeleton", [KINECT20, KINECT25], ids=lambda skeleton: skeleton.name)
@pytest.mark.parametrize("name", ["a.kinect.txt", "a.kinect.csv"])
def test_there_and_back(tmp_path, make_poses, name, skeleton) -> None:
    frames = [
        make_poses(n, skeleton, frame=frame, time=frame / 30, space="world", ids=True, seed=frame)
        for frame, n in ((2, 0), (3, 2), (5, 1))
    ]
    with open_writer(tmp_path / name) as out:
        for poses in frames:
            out.write(poses)
    for got, expected in zip(read_poses(tmp_path / name), frames, strict=True):
        assert (got.skeleton, got.frame, got.space) == (skeleton, expected.frame, "world")
        assert got.time == pytest.approx(expected.time, abs=1e-6)
        np.testing.assert_allclose(got.keypoints, expected.keypoints, atol=1e-5)
        np.testing.assert_array_equal(got.found, expected.found)
        if len(expected):
            np.testing.assert_array_equal(got.ids, expected.ids)


def test_the_axes_of_the_sensor(tmp_path) -> None:
    """0.5 m to the sensor's left, 1 m up, 2 m away: in the room x = -0.5, y = 2, z = 1."""
    with read_poses(table(tmp_path / "a.csv", [points()])) as recording:
        assert next(recording).joint("head").tolist() == [[-0.5, 2, 1]]
    body = np.tile(np.array([-0.5, -1.0, 2.0]), (1, 20, 1))
    with open_writer(tmp_path / "b.kinect.csv") as out:
        out.write(Poses(KINECT20, body, np.ones((1, 20)), space="body"))
    with read_poses(tmp_path / "b.kinect.csv") as recording:
        assert next(recording).joint("head").tolist() == [[-0.5, 2, 1]]


@pytest.mark.parametrize(
    ("header", "row", "time"),
    [
        pytest.param(["Time", *HEADER], [0.5, *points()], 0.5, id="seconds"),
        pytest.param(["timestamp_ms", *HEADER], [500, *points()], 0.5, id="milliseconds"),
        pytest.param(None, [0.5, *points()], 0.5, id="no header, a time"),
        pytest.param(None, [9, 0.5, *points()], 0.5, id="no header, frame and time"),
        pytest.param(None, points(), float("nan"), id="nothing but joints"),
        pytest.param(
            [n.replace(".", "_").lower() for n in HEADER], points(), None, id="lower case"
        ),
        pytest.param([n.replace(".", "") for n in HEADER], points(), None, id="no mark"),
    ],
)
@pytest.mark.parametrize("mark", [",", "\t"])
def test_layouts(tmp_path, header, row, time, mark) -> None:
    path = table(tmp_path / "a.txt", [row], header, mark)
    with read_poses(path, format="kinect") as recording:
        poses = next(recording)
    assert poses.joint("left_foot").tolist() == [[-0.5, 2, 1]]
    assert poses.time == pytest.approx(float("nan") if time is None else time, nan_ok=True)
    assert np.isnan(poses.scores).all()


def test_whole_times_far_apart_are_milliseconds(tmp_path) -> None:
    rows = [[1000 + 33 * i, *points()] for i in range(3)]
    path = table(tmp_path / "a.txt", rows, ["Time", *HEADER], "\t")
    assert format_to_read(path).name == "kinect"
    assert [poses.time for poses in read_poses(path)] == pytest.approx([1.0, 1.033, 1.066])


def test_states_are_scores(tmp_path) -> None:
    header = [f"{joint}_{what}" for joint in NAMES for what in ("X", "Y", "Z", "State")]
    row = [1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 0] + [1, 1, 1, 2] * 17
    with read_poses(table(tmp_path / "a.csv", [row], header)) as recording:
        poses = next(recording)
    assert poses.scores[0, :4].tolist() == [1, 0.5, 0, 1]
    assert poses.found[0, :4].tolist() == [True, True, False, True]


def test_other_skeletons_become_version_1(tmp_path, make_poses) -> None:
    with open_writer(tmp_path / "a.kinect.txt") as out:
        out.write(make_poses(1, BODY25, space="world", missing=False))
    with read_poses(tmp_path / "a.kinect.txt") as recording:
        poses = next(recording)
    assert poses.skeleton == KINECT20
    assert not np.isnan(poses.joint("left_knee")).any()
    assert np.isnan(poses.joint("spine")).all()


def test_pictures_are_refused(tmp_path, make_poses) -> None:
    with (
        pytest.raises(InputError, match="Kinect text holds positions in metres; frame 0 is in a"),
        open_writer(tmp_path / "a.kinect.txt") as out,
    ):
        out.write(make_poses())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("header", "rows", "complaint"),
    [
        pytest.param(
            HEADER[:-1], [points()[:-1]], "the column FootRight_Z is missing", id="column"
        ),
        pytest.param(None, [[1, 2, 3]], "3 numbers in a line; Kinect .* 60", id="three numbers"),
        pytest.param(HEADER, [["x", *points()[1:]]], "line 2: 'x'", id="text"),
        pytest.param(HEADER, [points()[:5], points()], "line 2: 5 cells instead of 60", id="short"),
        pytest.param(
            ["time", *HEADER],
            [[0.5, *points()], [0.4, *points()]],
            "line 3: the time 0.4 s of a new frame after 0.5",
            id="times go back",
        ),
    ],
)
def test_bad_recordings(tmp_path, header, rows, complaint) -> None:
    path = table(tmp_path / "a.txt", rows, header)
    with pytest.raises(FormatError, match=complaint):
        list(read_poses(path, format="kinect"))


def test_the_head_of_other_skeletons(tmp_path) -> None:
    """Between Human3.6M's neck/nose and the top of the head."""
    joints = np.zeros((1, 17, 3))
    joints[0, H36M17.index("jaw")] = (0, 0, 1.5)
    joints[0, H36M17.index("head_top")] = (0, 0, 1.7)
    with open_writer(tmp_path / "a.txt") as out:
        out.write(Poses(H36M17, joints, np.ones((1, 17)), space="world"))
    with read_poses(tmp_path / "a.txt") as recording:
        poses = next(recording)
    assert poses.joint("head")[0, 2] == pytest.approx(1.6)
    assert poses.scores[0, KINECT20.index("left_hand")] == 0


def test_conversion_says_what_is_measured_in_another_way(tmp_path, make_poses) -> None:
    with open_writer(tmp_path / "a.jsonl") as out:
        out.write(make_poses(1, H36M17, space="world", missing=False))
    report = convert(tmp_path / "a.jsonl", tmp_path / "a.txt")
    assert report.target_skeleton == KINECT20
    assert [text.split(":")[0] for text in report.remarks] == ["mid_hip", "jaw", "head"]
    assert report.derived == {"head": 1}
    assert report.missing == ("left_hand", "right_hand", "left_foot", "right_foot")


def test_the_table_of_joints_is_true() -> None:
    """Every name in the page's table is a joint of the skeleton of its column."""
    rows = [line for line in kinect.__doc__.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 11
    for row in rows:
        first, second, here = (cell.strip() for cell in row.strip("|").split("|")[:3])
        names = here.replace("`", "").split(", ")
        names = [names[0], *(f"left{name}" if name[0] == "_" else name for name in names[1:])]
        for skeleton, cell in (("kinect20", first), ("kinect25", second)):
            official = first if cell == "the same" else cell
            words = official.replace(",", "").split()
            if words[-1] == "Left":
                words = [f"{word}Left" for word in words[:-1]]
            for word, name in zip(words, names, strict=True) if official != "-" else ():
                place = JOINTS[skeleton].index(word)
                assert SKELETONS[skeleton].keypoints[place] == name
