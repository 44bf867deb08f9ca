"""Tables as CSV, wide and long."""

import csv

import numpy as np
import pytest

from kinema.errors import FormatError, SkeletonError
from kinema.formats import open_writer, read_poses
from kinema.formats.registry import format_to_read
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import BODY25, COCO17

LEG = Skeleton("leg", ("left_knee", "left_ankle"), (("left_knee", "left_ankle"),))
HEADER = "frame,time,person,id,certainty,box_x1,box_y1,box_x2,box_y2"
JOINTS = "left_knee_x,left_knee_y,left_knee_score,left_ankle_x,left_ankle_y,left_ankle_score"


@pytest.fixture
def one_person() -> Poses:
    points = [[[613.25, 201.5], [np.nan, np.nan]]]
    return Poses(LEG, points, [[0.9312, 0]], [7], [[1, 2, 3, 4.5]], 3, 0.12, certainty=[0.5])


def test_the_text_of_a_wide_table(tmp_path, one_person) -> None:
    with open_writer(tmp_path / "a.csv") as out:
        out.write(Poses.empty(LEG, frame=2, time=0.08))
        out.write(one_person)
    assert (tmp_path / "a.csv").read_text() == (
        f"{HEADER},{JOINTS}\n"
        "2,0.08,,,,,,,,,,,,,\n"
        "3,0.12,0,7,0.5,1.0,2.0,3.0,4.5,613.25,201.5,0.9312,,,0.0\n"
    )


def test_the_text_of_a_long_table(tmp_path, one_person) -> None:
    with open_writer(tmp_path / "a.long.csv") as out:
        out.write(Poses.empty(LEG, frame=2, time=0.08))
        out.write(one_person)
    assert (tmp_path / "a.long.csv").read_text() == (
        "frame,time,person,id,keypoint,x,y,score\n"
        "2,0.08,,,,,,\n"
        "3,0.12,0,7,left_knee,613.25,201.5,0.9312\n"
        "3,0.12,0,7,left_ankle,,,0.0\n"
    )


@pytest.mark.parametrize("name", ["a.csv", "a.long.csv", "a.parquet"])
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param({"ids": True, "boxes": True}, id="tracked, with boxes"),
        pytest.param({}, id="neither"),
        pytest.param({"space": "world", "ids": True}, id="world"),
        pytest.param({"space": "body"}, id="body"),
    ],
)
def test_there_and_back(tmp_path, make_poses, assert_equal, name, kind) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    frames = [
        make_poses(n, BODY25, frame=frame, time=frame / 30, seed=frame, **kind)
        for frame, n in ((4, 0), (5, 2), (9, 0), (12, 1))
    ]
    with open_writer(tmp_path / name) as out:
        for poses in frames:
            out.write(poses)
    for got, expected in zip(read_poses(tmp_path / name), frames, strict=True):
        if len(expected):
            assert_equal(got, expected, boxes="long" not in name)
        else:
            assert (len(got), got.frame, got.space) == (0, expected.frame, expected.space)


def test_people_without_joints_are_no_empty_frames(tmp_path) -> None:
    nobody = np.full((2, 17, 2), np.nan)
    for name in ("a.csv", "a.long.csv"):
        with open_writer(tmp_path / name) as out:
            out.write(Poses(COCO17, nobody, np.zeros((2, 17))))
        assert [len(poses) for poses in read_poses(tmp_path / name)] == [2]


def test_no_frames(tmp_path) -> None:
    open_writer(tmp_path / "a.csv").close()
    assert list(read_poses(tmp_path / "a.csv")) == []


def test_names_that_hold_a_comma(tmp_path) -> None:
    odd = Skeleton("odd", ("knee, left", 'the "other"'))
    for name in ("a.csv", "a.long.csv"):
        with open_writer(tmp_path / name) as out:
            out.write(Poses(odd, [[[1, 2], [3, 4]]], [[1, 1]]))
        with read_poses(tmp_path / name) as recording:
            assert next(recording).skeleton.keypoints == odd.keypoints


def test_what_was_written_before_a_crash_is_readable(tmp_path, one_person) -> None:
    out = open_writer(tmp_path / "a.csv")
    out.write(one_person)
    assert [poses.frame for poses in read_poses(tmp_path / "a.csv")] == [3]
    out.discard()
    assert not (tmp_path / "a.csv").exists()


def test_other_skeletons_are_refused(tmp_path, one_person) -> None:
    with open_writer(tmp_path / "a.csv") as out:
        out.write(one_person)
        with pytest.raises(SkeletonError, match=r"frame 0 is coco17 .* begun as leg"):
            out.write(Poses.empty(COCO17))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("frame,nose_x,nose_y\n0,1,2\n1,3,4\n", [(0, 1), (1, 3)], id="frames"),
        pytest.param("time,nose_x,nose_y\n0.1,1,2\n0.1,3,4\n", [(0, 1)], id="two at one time"),
        pytest.param("nose_x,nose_y\n1,2\n3,4\n", [(0, 1), (1, 3)], id="each row a frame"),
        pytest.param("\ufeffnose_y;nose_x\n2;1,5\n", [(0, 1.5)], id="a spreadsheet's"),
        pytest.param("frame\tnose_x\tnose_y\n5\t1\tNaN\n6\t1\t2\n", [(6, 1)], id="NaN"),
        pytest.param("frame,nose_x,nose_y\n0,1,2", [(0, 1)], id="no end of line"),
        pytest.param("frame,nose_x,nose_y\n0,1,2\n1,3", [(0, 1)], id="cut off"),
        pytest.param(
            "frame,id,keypoint,x,y\n0,a,nose,1,2\n0,b,nose,3,4\n1,b,nose,5,6\n",
            [(0, 1), (1, 5)],
            id="long, people by name",
        ),
    ],
)
def test_tables_of_others(tmp_path, text, expected) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    frames = [poses for poses in read_poses(tmp_path / "a.csv") if poses.found.any()]
    assert [(poses.frame, poses.joint("nose")[0, 0]) for poses in frames] == expected


def test_scores_that_are_not_there_are_not_known(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("frame,nose_x,nose_y,neck_x,neck_y\n0,1,2,,\n")
    with read_poses(tmp_path / "a.csv") as recording:
        poses = next(recording)
    np.testing.assert_array_equal(poses.scores, [[np.nan, 0]])


def test_limbs_of_some_joints_of_a_known_skeleton(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("left_hip_x,left_hip_y,left_knee_x,left_knee_y\n1,2,3,4\n")
    with read_poses(tmp_path / "a.csv") as recording:
        assert next(recording).skeleton.edges == (("left_hip", "left_knee"),)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "a.csv is empty", id="empty"),
        pytest.param("a,b\n1,2\n", "no columns of joints.* but a, b", id="other columns"),
        pytest.param("frame,nose_x\n", "the column nose_y is missing", id="no y"),
        pytest.param("nose_x,nose_y,nose_x\n", "the column 'nose_x' twice", id="twice"),
        pytest.param("nose_x,nose_y\n1,two\n", "line 2: 'two' in the column nose_y", id="text"),
        pytest.param("nose_x,nose_y\n1,1e999\n", "line 2: '1e999'", id="infinite"),
        pytest.param("nose_x,nose_y\n1\n3,4\n", "line 2: 1 cells instead of 2", id="short row"),
        pytest.param("nose_x,nose_y\n1,2,3\n4,5\n", "line 2: 3 cells", id="long row"),
        pytest.param("frame,nose_x,nose_y\n,1,2\n", "line 2: no number .* frame", id="no frame"),
        pytest.param("frame,nose_x,nose_y\n1.5,1,2\n", "'1.5' .* not a whole", id="half a frame"),
        pytest.param(
            "frame,nose_x,nose_y\n1,1,2\n0,1,2\n", "line 3: frame 0 after frame 1", id="back"
        ),
        pytest.param(
            "frame,time,nose_x,nose_y\n0,0.5,1,2\n1,0.5,1,2\n",
            "line 3: the time 0.5 s of a new frame after 0.5 s",
            id="times repeat",
        ),
        pytest.param(
            "frame,time,nose_x,nose_y\n0,0.5,1,2\n0,0.6,1,2\n", "has the times", id="two times"
        ),
        pytest.param(
            "frame,id,nose_x,nose_y\n0,1,1,2\n0,1,3,4\n",
            "line 3: person 1 is twice",
            id="one twice",
        ),
        pytest.param("nose_x,nose_y,nose_score\n1,2,7\n", "line 2: scores must lie", id="score 7"),
        pytest.param("space,a_x,a_y,a_z\nmoon,1,2,3\n", "unknown space 'moon'", id="space"),
        pytest.param("keypoint,x\nnose,1\n", "the column y is missing", id="long without y"),
        pytest.param("frame,keypoint,x,y\n", "names no joints", id="long without joints"),
        pytest.param(
            "frame,keypoint,x,y\n0,nose,1,2\n0,nose,3,4\n", "line 3: the joint nose", id="twice"
        ),
    ],
)
def test_bad_tables(tmp_path, text, complaint) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(FormatError, match=complaint) as caught, read_poses(tmp_path / "a.csv") as r:
        list(r)
    assert "a.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_negative_times_are_times(tmp_path) -> None:
    """A recording may begin before what starts its clock."""
    (tmp_path / "a.csv").write_text("time,nose_x,nose_y\n-0.5,1,2\n-0.4,3,4\n")
    assert [poses.time for poses in read_poses(tmp_path / "a.csv")] == [-0.5, -0.4]


def test_which_of_the_two_is_told_by_the_content(tmp_path, make_poses) -> None:
    for format, name in (("csv", "csv"), ("csv-long", "csv-long")):
        with open_writer(tmp_path / "x.csv", format=format) as out:
            out.write(make_poses())
        assert format_to_read(tmp_path / "x.csv").name == name


def test_pandas_reads_it_without_options(tmp_path, make_poses) -> None:
    pandas = pytest.importorskip("pandas")
    with open_writer(tmp_path / "a.csv") as out:
        out.write(make_poses(2, ids=True, missing=False))
    table = pandas.read_csv(tmp_path / "a.csv")
    assert table["id"].tolist() == [5, 6]
    assert table["left_knee_x"].dtype == "float64"


def test_every_row_has_the_cells_of_the_header(tmp_path, make_poses) -> None:
    for name in ("a.csv", "a.long.csv"):
        with open_writer(tmp_path / name) as out:
            out.write(Poses.empty(BODY25, space="body"))
            out.write(make_poses(2, BODY25, frame=1, space="body", boxes=False))
        with (tmp_path / name).open(newline="") as file:
            assert len({len(row) for row in csv.reader(file)}) == 1
