"""MPII: both files that its labels come in, and PCKh."""

import json

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.evaluation.mpii import HEADS_OF_BOXES, HEADS_OF_JOINTS, read_mpii
from kinema.evaluation.one_person import present_subjects
from kinema.evaluation.subject_report import evaluate_mpii
from kinema.media.writer import write_image
from kinema.poses import Poses
from kinema.skeletons import MPII16

scipy_io = pytest.importorskip("scipy.io")


def cells(*values):
    """MATLAB's cells or a row of structs."""
    array = np.empty(len(values), dtype=object)
    for number, value in enumerate(values):
        array[number] = value
    return array


def rectangle(joints, *, head=(11, 21, 41, 61), centre=(101, 101), scale=0.5, **more):
    """A person as in the release; `joints` are (number, x, y), counted from 1."""
    points = cells(*({"x": x, "y": y, "id": k, "is_visible": 1} for k, x, y in joints))
    x1, y1, x2, y2 = head
    return {
        **{"x1": x1, "y1": y1, "x2": x2, "y2": y2, "scale": scale},
        "objpos": {"x": centre[0], "y": centre[1]},
        "annopoints": {"point": points},
    } | more


def write_release(path, pictures, *, train, single):
    annolist = cells(
        *({"image": {"name": name}, "annorect": cells(*people)} for name, people in pictures)
    )
    release = {
        "annolist": annolist,
        "img_train": np.array(train),
        "single_person": cells(*(np.array(numbers) for numbers in single)),
    }
    scipy_io.savemat(path, {"RELEASE": release})
    return path


@pytest.fixture
def release(tmp_path):
    empty = np.empty(0)
    return write_release(
        tmp_path / "mpii.mat",
        [
            ("a.png", [rectangle([(9, 31, 21), (0, 61, 181)]), rectangle([(9, 1, 1)])]),
            ("b.png", [rectangle([(9, 31, 21)], annopoints=empty)]),
            ("c.png", []),
            ("d.png", [rectangle([(8, 5, 6)])]),
            ("e.png", [rectangle([(8, 5, 6)])]),
        ],
        train=[1, 1, 1, 0, 1],
        single=[[1], [1], [], [1], [1]],
    )


def test_the_release(release):
    labels = read_mpii(release)
    # The second person of a.png does not stand apart, b.png has no joints, d.png is of the tests.
    assert [subject.picture for subject in labels.subjects] == ["a.png", "e.png"]
    assert (labels.skeleton, labels.size_is) == (MPII16, HEADS_OF_BOXES)
    first = labels.subjects[0]
    assert first.size == pytest.approx(30)  # 0.6 of a diagonal of 50
    np.testing.assert_array_equal(first.keypoints[MPII16.index("head_top")], [30, 20])
    np.testing.assert_array_equal(first.keypoints[MPII16.index("right_ankle")], [60, 180])
    assert np.isnan(first.keypoints).any(axis=1).sum() == 14
    # Scale 0.5 is a person 100 pixels tall, whose middle is 7.5 pixels below the centre.
    assert first.place == (50, 57.5, 150, 157.5)
    assert (first.view.centre, first.view.size) == ((100, 107.5), (125, 125))


def person(*, joints, seen=None, image="a.png", scale=1.0):
    return {
        "image": image,
        "joints": np.asarray(joints).tolist(),
        "joints_vis": [1] * 16 if seen is None else seen,
        "center": [101.0, 86.0],
        "scale": scale,
    }


@pytest.fixture
def joints():
    """Sixteen joints counted from 1, head top 40 pixels above the upper neck."""
    points = np.column_stack([np.arange(16) * 10 + 31, np.full(16, 101.0)])
    points[MPII16.index("upper_neck")] = [101, 81]
    points[MPII16.index("head_top")] = [101, 41]
    return points


def test_a_list_without_heads(tmp_path, joints):
    path = tmp_path / "valid.json"
    seen = [1] * 15 + [0]
    path.write_text(json.dumps([person(joints=joints, seen=seen)]))
    labels = read_mpii(path)
    assert labels.size_is == HEADS_OF_JOINTS
    (subject,) = labels.subjects
    assert subject.size == 40
    np.testing.assert_array_equal(subject.keypoints[:15], joints[:15] - 1)
    assert np.isnan(subject.keypoints[15]).all()


def test_a_list_with_heads(tmp_path, joints):
    path, heads = tmp_path / "valid.json", tmp_path / "gt_valid.mat"
    path.write_text(json.dumps([person(joints=joints), person(joints=joints)]))
    boxes = np.zeros((2, 2, 2))  # corner, x or y, person
    boxes[1, :, 0], boxes[1, :, 1] = [30, 40], [60, 80]
    scipy_io.savemat(heads, {"headboxes_src": boxes})
    labels = read_mpii(path, heads=heads)
    assert [subject.size for subject in labels.subjects] == pytest.approx([30, 60])
    assert labels.size_is == HEADS_OF_BOXES
    scipy_io.savemat(heads, {"headboxes_src": boxes[..., :1]})
    with pytest.raises(FormatError, match=r"headboxes_src must be 2 x 2 x 2"):
        read_mpii(path, heads=heads)


def test_pckh_by_hand(tmp_path, joints, told_model):
    """Two people; a model that is off by 4 pixels everywhere but by 21 at one wrist."""
    path = tmp_path / "valid.json"
    path.write_text(json.dumps([person(joints=joints), person(joints=joints)]))
    write_image(tmp_path / "a.png", np.zeros((200, 240, 3), np.uint8))
    labels = read_mpii(path)
    subjects, _ = present_subjects(labels, tmp_path)
    view = subjects[0][1].view  # 250 pixels wide, from (-25, -25) about (100, 100)
    offset = np.array(view.centre) - np.array(view.size) / 2 + 0.5
    found = joints - 1 + [0, 4]
    found[MPII16.index("left_wrist")] += [0, 17]
    far_away = np.full((16, 2), 5.0) + np.arange(16)[:, None] / 10
    keypoints = np.stack([far_away, found]) - offset
    poses = Poses(MPII16, keypoints.astype(np.float32), np.ones((2, 16), np.float32))
    report = evaluate_mpii(told_model(MPII16, {0: poses}), labels, subjects).report
    assert (report.people, report.missing, report.parts, report.not_given) == (2, 0, (), ())
    rows = {row.joint: row for row in report.joints}
    # The head's size is 40: 0.1 is 4 pixels, 0.5 is 20. In the second person nothing is found.
    assert rows["left_knee"].pck == {0.1: 0.5, 0.5: 0.5}
    assert rows["left_wrist"].pck == {0.1: 0, 0.5: 0}
    assert rows["left_wrist"].median_px == pytest.approx(21, abs=1e-3)
    assert rows["all"].labelled == 28  # pelvis and thorax are not counted
    assert rows["all"].pck == {0.1: pytest.approx(13 / 28), 0.5: pytest.approx(13 / 28)}
    assert rows["all"].found == 0.5


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param([], "no labelled person", id="nobody"),
        pytest.param({"a": 1}, "no list of MPII's people", id="no list"),
        pytest.param([{"image": "a.png"}], "person 0 is damaged: 'joints'", id="no joints"),
        pytest.param(
            [{"image": "a", "joints": [[1, 2]], "joints_vis": [1]}],
            "person 0 is damaged: joints must be 16 x 2",
            id="one joint",
        ),
    ],
)
def test_bad_lists(tmp_path, content, message):
    path = tmp_path / "valid.json"
    path.write_text(json.dumps(content))
    with pytest.raises(FormatError, match=message):
        read_mpii(path)


def test_bad_release(tmp_path):
    path = tmp_path / "release.mat"
    with pytest.raises(InputError, match=r"cannot read .*: no such file"):
        read_mpii(path)
    path.write_bytes(b"no MATLAB file at all" * 20)
    with pytest.raises(FormatError, match="is no MATLAB file"):
        read_mpii(path)
    scipy_io.savemat(path, {"joints": np.zeros(3)})
    with pytest.raises(FormatError, match="has no variable RELEASE"):
        read_mpii(path)
    broken = rectangle([(16, 1, 1)])  # there is no joint 16
    write_release(path, [("a", [broken]), ("b", [])], train=[1, 1], single=[[1], []])
    with pytest.raises(FormatError, match="a person of a is damaged"):
        read_mpii(path)
    write_release(path, [("a", []), ("b", [])], train=[1], single=[[1], []])
    with pytest.raises(FormatError, match="must be equally long"):
        read_mpii(path)
