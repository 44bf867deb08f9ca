"""LSP: its file, and PCK and PCP by hand."""

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.evaluation.lsp import PARTS, read_lsp, sticks
from kinema.evaluation.one_person import present_subjects
from kinema.evaluation.subject_report import evaluate_lsp
from kinema.media.writer import write_image
from kinema.poses import Poses
from kinema.skeletons import COCO17, LSP14

scipy_io = pytest.importorskip("scipy.io")

# A person who faces us, in pixels from 1: shoulders and hips are 40 and 30 apart, 120 in height.
STANDING = {
    "head_top": (101, 21),
    "upper_neck": (101, 51),
    **{"left_shoulder": (121, 61), "right_shoulder": (81, 61)},
    **{"left_elbow": (131, 101), "right_elbow": (71, 101)},
    **{"left_wrist": (131, 141), "right_wrist": (71, 141)},
    **{"left_hip": (116, 141), "right_hip": (91, 141)},
    **{"left_knee": (116, 181), "right_knee": (91, 181)},
    **{"left_ankle": (116, 221), "right_ankle": (91, 221)},
}
TORSO = np.hypot(30, 80)  # from the left shoulder to the right hip


def person():
    return np.array([STANDING[joint] for joint in LSP14.keypoints], dtype=np.float64)


def write_joints(path, people):
    """As in the release: 3 x 14 x N."""
    hidden = np.zeros((len(people), 14, 1))
    joints = np.concatenate([np.stack(people), hidden], axis=2).transpose(2, 1, 0)
    scipy_io.savemat(path, {"joints": joints})
    return path


def test_the_file(tmp_path):
    labels = read_lsp(write_joints(tmp_path / "joints.mat", [person(), person() + 5]))
    assert labels.skeleton == LSP14
    assert [subject.picture for subject in labels.subjects] == ["im0001.jpg", "im0002.jpg"]
    np.testing.assert_array_equal(labels.subjects[1].keypoints, person() + 4)
    assert labels.subjects[0].size == pytest.approx(TORSO)


@pytest.mark.parametrize(
    ("split", "first", "count"),
    [("test", "im1001.jpg", 1000), ("train", "im0001.jpg", 1000), ("all", "im0001.jpg", 2000)],
)
def test_splits(tmp_path, split, first, count):
    path = write_joints(tmp_path / "joints.mat", [person()] * 2000)
    subjects = read_lsp(path, split=split).subjects
    assert (subjects[0].picture, len(subjects)) == (first, count)


def test_the_extended_set(tmp_path):
    joints = np.concatenate([person(), np.ones((14, 1))], axis=1)
    joints[LSP14.index("left_wrist")] = [-40, 3, 0]  # not labelled
    scipy_io.savemat(tmp_path / "joints.mat", {"joints": np.stack([joints] * 10_000, axis=2)})
    labels = read_lsp(tmp_path / "joints.mat")
    assert (len(labels.subjects), labels.subjects[-1].picture) == (10_000, "im10000.jpg")
    assert np.isnan(labels.subjects[0].keypoints).any(axis=1).sum() == 1


def test_the_parts():
    assert len(PARTS) == len(sticks()) == 10
    names = LSP14.keypoints
    hips, shoulders = sticks()[0]
    assert {names[i] for i in hips} == {"left_hip", "right_hip"}
    assert {names[i] for i in shoulders} == {"left_shoulder", "right_shoulder"}


@pytest.fixture
def evaluate(tmp_path, told_model):
    def run(answers, skeleton=LSP14):
        labels = read_lsp(write_joints(tmp_path / "joints.mat", [person(), person()]))
        for number in (1, 2):
            write_image(tmp_path / f"im000{number}.jpg", np.zeros((240, 200, 3), np.uint8))
        subjects, complaint = present_subjects(labels, tmp_path)
        assert complaint == ""
        return evaluate_lsp(told_model(skeleton, answers), labels, subjects).report

    return run


def poses(points, skeleton=LSP14):
    keypoints = np.asarray(points, dtype=np.float32)[None]
    scores = np.where(np.isnan(keypoints).any(axis=2), 0, 1).astype(np.float32)
    return Poses(skeleton, keypoints, scores)


def test_pck_and_pcp_by_hand(evaluate):
    near, off = person() - 1, person() - 1
    near += [0, 0.15 * TORSO]  # 12.8 pixels: right at 0.2, wrong at 0.1, and in every part
    off[LSP14.index("left_wrist")] += [21, 0]  # the forearm is 40 long: strictly wrong
    report = evaluate({0: poses(near), 1: poses(off)})
    rows = {row.joint: row for row in report.joints}
    assert rows["left_knee"].pck == {0.1: 0.5, 0.2: 1}
    assert rows["left_wrist"].pck == {0.1: 0, 0.2: 0.5}
    assert rows["all"].pck == {0.1: 13 / 28, 0.2: 27 / 28}
    parts = {row.part: row for row in report.parts}
    assert (parts["left_lower_arm"].strict, parts["left_lower_arm"].usual) == (0.5, 1)
    assert (parts["torso"].strict, parts["torso"].labelled) == (1, 2)
    assert (parts["all"].strict, parts["all"].usual, parts["all"].labelled) == (19 / 20, 1, 20)


def test_a_model_without_neck_and_crown(evaluate):
    exact = poses(person() - 1).to(COCO17)
    report = evaluate({0: exact, 1: exact}, COCO17)
    assert report.not_given == ("upper_neck", "head_top")
    rows = {row.joint: row for row in report.joints}
    assert (rows["head_top"].found, rows["all"].labelled, rows["all"].pck[0.1]) == (0, 24, 1)
    parts = {row.part: row for row in report.parts}
    assert (parts["head"].strict, parts["all"].labelled, parts["all"].strict) == (0, 18, 1)


def test_nobody_is_found(evaluate):
    report = evaluate({})
    assert report.joints[-1].pck == {0.1: 0, 0.2: 0}
    assert report.parts[-1].usual == 0


def test_bad_files(tmp_path):
    path = tmp_path / "joints.mat"
    scipy_io.savemat(path, {"joints": np.zeros((3, 16, 5))})
    with pytest.raises(FormatError, match=r"3 x 14 x N or 14 x 3 x N, got \(3, 16, 5\)"):
        read_lsp(path)
    scipy_io.savemat(path, {"joints": np.zeros((3, 14, 2))})
    with pytest.raises(FormatError, match="no person whose torso is labelled"):
        read_lsp(path)
    with pytest.raises(InputError, match="test, train or all, not 'half'"):
        read_lsp(path, split="half")
