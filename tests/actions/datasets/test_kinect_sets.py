"""NTU RGB+D, Northwestern-UCLA, MSR-Action3D and UTKinect-Action3D."""

import json

import numpy as np
import pytest

from kinema.actions.datasets.msr_action3d import LABELS as MSR_LABELS
from kinema.actions.datasets.ntu_labels import NTU_LABELS
from kinema.actions.protocols import split
from kinema.actions.reading import read_actions
from kinema.errors import FormatError, InputError
from kinema.skeletons import KINECT20, KINECT25


def ntu_file(folder, name, *bodies):
    """Each body is a path (T, 3) of all its joints, in the axes of the sensor."""
    lines = [str(max((len(body) for body in bodies), default=0))]
    for t in range(int(lines[0])):
        there = [(i, body[t]) for i, body in enumerate(bodies) if t < len(body)]
        lines.append(str(len(there)))
        for i, (x, y, z) in there:
            lines += [f"{i + 100} 0 1 1 1 1 0 0 0 2", "25"]
            lines += [f"{x} {y} {z} 0 0 0 0 0 0 0 0 2"] * 25
    (folder / f"{name}.skeleton").write_text("\n".join(lines))


def path_of(frames, step):
    """From 2 m before the sensor to its right, in steps."""
    return [(-step * t, 0, 2) for t in range(frames)]


def test_ntu(tmp_path) -> None:
    ntu_file(tmp_path, "S001C002P003R001A008", path_of(20, 0.001), path_of(20, 0.1), path_of(3, 9))
    ntu_file(tmp_path, "S017C001P008R002A060")
    actions = read_actions(tmp_path)
    assert (actions.name, actions.labels) == ("ntu60", NTU_LABELS[:60])
    walk, nobody = actions.sequences
    assert (walk.label, walk.subject, walk.view, walk.setup) == ("sit down", "P003", "C002", "S001")
    first, second = walk.read()  # who moves most; what is there for 3 frames only is nobody
    assert (first.id, second.id, first.skeleton, first.space) == (2, 1, KINECT25, "world")
    np.testing.assert_allclose(first.joint("head")[10], [1, 2, 0], atol=1e-6)
    assert (nobody.label, nobody.read()) == ("walking apart", ())
    ntu_file(tmp_path, "S018C001P045R001A061", path_of(2, 1))
    more = read_actions(tmp_path)
    assert (more.name, len(more.labels), more.sequences[2].label) == (
        "ntu120",
        120,
        "put on headphone",
    )
    assert len(more.sequences[2].read()[0]) == 2  # short, but there is nothing longer
    with pytest.raises(InputError, match="no example to learn sit down, walking apart from"):
        split(more, "cross-setup")


def test_ntu_labels() -> None:
    assert (len(NTU_LABELS), len(set(NTU_LABELS))) == (120, 120)
    known = {1: "drink water", 23: "hand waving", 43: "falling down", 60: "walking apart"}
    known |= {
        73: "staple book",
        80: "squat down",
        99: "run on the spot",
        120: "rock-paper-scissors",
    }
    assert {number: NTU_LABELS[number - 1] for number in known} == known


def test_ntu_of_an_unknown_action(tmp_path) -> None:
    ntu_file(tmp_path, "S001C001P001R001A121")
    with pytest.raises(FormatError, match="action 121; they are 1 to 120"):
        read_actions(tmp_path)


def test_n_ucla_as_json(tmp_path) -> None:
    points = np.zeros((2, 20, 3))
    points[..., 0] = np.arange(20) / 100
    points[..., 1:] = 1, 2
    for name in ("a01_s02_e03_v01", "a12_s10_e00_v03"):
        content = {"file_name": name, "skeletons": points.tolist(), "label": 1}
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    (tmp_path / "a08_s01_e00_v02.json").write_text('{"skeletons": []}')
    actions = read_actions(tmp_path)
    one, nobody, carry = actions.sequences
    assert (one.label, one.subject, one.view) == ("pick up with one hand", "s02", "v1")
    assert (carry.label, carry.view, len(actions.labels)) == ("carry", "v3", 10)
    assert (nobody.label, nobody.read()) == ("donning", ())
    (person,) = one.read()
    np.testing.assert_allclose(person.joint("head")[1], [-0.03, 2, 1], atol=1e-6)
    assert (person.skeleton, len(person)) == (KINECT20, 2)


def test_n_ucla_as_texts(tmp_path) -> None:
    folder = tmp_path / "multiview_action" / "view_2" / "a05_s01_e00"
    folder.mkdir(parents=True)
    (folder / "fileList.txt").write_text("1 123 1\n")
    for frame, x in ((0, 0.5), (10, 0.7), (2, 0.0)):
        z = 2 if x else 0
        rows = [f"{x},{1 if x else 0},{z},2"] * 20 if frame != 2 else ["0,0,0,0"] * 20
        (folder / f"frame_{frame}_tc_77_skeletons.txt").write_text("\n".join(rows))
    (sequence,) = read_actions(tmp_path).sequences
    assert (sequence.name, sequence.label) == ("a05_s01_e00_v02", "sit down")
    (person,) = sequence.read()
    np.testing.assert_allclose(person.times, [0, 10 / 30])
    np.testing.assert_allclose(person.joint("spine"), [[-0.5, 2, 1], [-0.7, 2, 1]], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param("a07_s01_e00_v01.json", "{}", "is of action 7", id="no such action"),
        pytest.param("a01_s01_e00_v01.json", "{}", "skeletons must be", id="no skeletons"),
        pytest.param("a01_s01_e00_v01.json", "{", "not JSON", id="cut off"),
        pytest.param(
            "a01_s01_e00_v01.json", '{"skeletons": [[1, 2]]}', "got the shape", id="shape"
        ),
        pytest.param("frame_1_tc_2_skeletons.txt", "1 2 3", "not of the form view_V", id="folder"),
    ],
)
def test_n_ucla_damaged(tmp_path, name, text, message) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(FormatError, match=message):
        read_actions(tmp_path).sequences[0].read()


def msr_file(folder, name, *, moving, first_is_left_of_picture=True, frames=5):
    """People face the sensor; joint `moving`, a wrist, rises; the first shoulder is at x = -0.2."""
    lines = []
    for t in range(frames):
        for j in range(20):
            x = {0: -0.2, 1: 0.2}.get(j, 0.0) * (1 if first_is_left_of_picture else -1)
            y = 0.1 * t if j == moving else 0.5
            lines.append(f"{x} {y} 3.0 0.8")
    (folder / f"{name}.txt").write_text("\n".join(lines))


@pytest.mark.parametrize("first_is_left_of_picture", [True, False])
@pytest.mark.parametrize("moving", [9, 10])
def test_msr_action3d_tells_its_sides(tmp_path, moving, first_is_left_of_picture) -> None:
    """Whatever the order and the axes: the right wrist rises, and is on the sensor's left."""
    for name in ("a01_s01_e01", "a02_s10_e03", "a20_s05_e02"):
        msr_file(
            *(tmp_path, f"{name}_skeleton3D"),
            moving=moving,
            first_is_left_of_picture=first_is_left_of_picture,
        )
    actions = read_actions(tmp_path)
    wave = actions.sequences[0]
    assert (len(actions), actions.name, wave.label) == (3, "msr-action3d", "high arm wave")
    assert (wave.subject, actions.sequences[1].subject) == ("s01", "s10")
    (person,) = wave.read()
    assert np.ptp(person.joint("right_wrist")[:, 2]) == pytest.approx(0.4)
    assert np.ptp(person.joint("left_wrist")[:, 2]) == 0
    assert person.joint("right_shoulder")[0, 0] == pytest.approx(-0.2)
    assert person.joint("left_shoulder")[0, 0] == pytest.approx(0.2)
    assert person.joint("head")[0, 1:].tolist() == [3, 0.5]
    assert (person.space, person.times[1]) == ("world", pytest.approx(1 / 15))
    assert person.scores[0, 0] == pytest.approx(0.8)


def test_msr_action3d_in_the_picture(tmp_path) -> None:
    lines = ["0 0 0 0" if j == 19 else f"{10 * j} {100 + j} 800 1" for j in range(20)]
    (tmp_path / "a14_s02_e01_skeleton.txt").write_text("\n".join(lines))
    (person,) = read_actions(tmp_path).sequences[0].read()
    assert person.space == "image"
    assert person.joint("left_shoulder").tolist() == [[0, 100]]  # nothing tells: the first is left
    assert np.isnan(person.joint("head")).all()
    msr_file(tmp_path, "a01_s01_e01_skeleton3D", moving=9)
    (metres,) = read_actions(tmp_path).sequences  # of both, those in metres
    assert (metres.name, metres.read()[0].space) == ("a01_s01_e01", "world")


def test_msr_action3d_has_20_labels() -> None:
    assert (len(MSR_LABELS), len(set(MSR_LABELS))) == (20, 20)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param("a14_s01_e01_skeleton3D.txt", "1 2 3 1\n" * 19, "a frame has 20", id="19"),
        pytest.param(
            "a14_s01_e01_skeleton3D.txt", "1 2\n" * 20, "x y z and a conf", id="2 numbers"
        ),
        pytest.param("a14_s01_e01_skeleton3D.txt", "1 2 b 1\n", "line 1: expected num", id="text"),
        pytest.param(
            "a21_s01_e01_skeleton3D.txt", "", "is of action 21; there are 20", id="action"
        ),
    ],
)
def test_msr_action3d_damaged(tmp_path, name, text, message) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(FormatError, match=message):
        read_actions(tmp_path).sequences[0].read()


def test_msr_action3d_without_frames(tmp_path) -> None:
    (tmp_path / "a01_s01_e01_skeleton3D.txt").write_text("")
    assert read_actions(tmp_path).sequences[0].read() == ()


def utkinect(folder, index, frames=(10, 12, 12, 14, 20)):
    rows = [[frame, *([frame / 100, 1, 2] * 20)] for frame in frames]
    text = "\n".join(" ".join(map(str, row)) for row in rows)
    (folder / "joints").mkdir(exist_ok=True)
    (folder / "joints" / "joints_s01_e02.txt").write_text(text)
    (folder / "actionLabel.txt").write_text(index)


def test_utkinect(tmp_path) -> None:
    utkinect(tmp_path, "s01_e02 \nwalk: 12 14\nsitDown: 15 20\ncarry: NaN NaN\n\nclapHands: 1 2\n")
    walk, sit, clap = read_actions(tmp_path).sequences
    assert (walk.name, walk.label, walk.subject) == ("s01_e02_walk", "walk", "s01")
    (person,) = walk.read()  # frame 12 stands twice
    np.testing.assert_allclose(person.times, [0, 2 / 30])
    np.testing.assert_allclose(person.joint("head"), [[-0.12, 2, 1], [-0.14, 2, 1]], atol=1e-6)
    assert (sit.label, len(sit.read()[0])) == ("sit down", 1)
    assert (clap.label, clap.read()) == ("clap hands", ())


@pytest.mark.parametrize(
    ("index", "frames", "message"),
    [
        pytest.param("s02_e01\nwalk: 1 2\n", (1,), r"lacks joints_s02_e01\.txt", id="no file"),
        pytest.param("s01_e02\nski: 1 2\n", (1,), "line 2: the unknown action 'ski'", id="action"),
        pytest.param("s01_e02\nwalk: a b\n", (1,), "line 2: expected two numbers", id="no numbers"),
        pytest.param("walk: 1 2\n", (1,), "line 1: expected sSS_eEE", id="no recording"),
        pytest.param("", (1,), "names no actions", id="empty"),
        pytest.param("s01_e02\nwalk: 1 2\n", ("1 2",), "row 1: 62 numbers", id="a long row"),
        pytest.param(
            "s01_e02\nwalk: 1 2\n", ("nan",), "has no number", id="a frame without number"
        ),
    ],
)
def test_utkinect_damaged(tmp_path, index, frames, message) -> None:
    folder = tmp_path / "joints"
    folder.mkdir()
    rows = "\n".join(f"{frame} " + "0 1 2 " * 20 for frame in frames)
    (folder / "joints_s01_e02.txt").write_text(rows)
    (tmp_path / "actionLabel.txt").write_text(index)
    with pytest.raises(FormatError, match=message):
        read_actions(tmp_path).sequences[0].read()
