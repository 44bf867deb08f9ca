"""Evaluation on COCO's labels: numbers by hand, by pycocotools, and bad input."""

import json
import math

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.evaluation.coco import CocoEvaluation, evaluate_coco, present_pictures
from kinema.evaluation.coco_labels import CocoLabels
from kinema.evaluation.stream import run_apart
from kinema.formats import read_poses
from kinema.media.frame import Frame
from kinema.poses import Poses
from kinema.skeletons import COCO17, MPII16

NAN = float("nan")


@pytest.fixture
def evaluate(told_model, write_labels, tmp_path):
    def run(people, answers, *, skeleton=COCO17, images=2, **options) -> CocoEvaluation:
        labels = CocoLabels(write_labels(people, images=images))
        pictures, complaint = present_pictures(labels, tmp_path / "images")
        assert complaint == ""
        return evaluate_coco(told_model(skeleton, answers), labels, pictures, **options)

    return run


def test_all_is_right(evaluate, label_person, standing, poses_of):
    one, two = standing(20, 20), standing(150, 60)
    people = [label_person(1, one), label_person(2, two)]
    report = evaluate(people, {1: poses_of([one], [0.9]), 2: poses_of([two], [0.8])}).report
    assert report.precision == {
        **dict.fromkeys(("AP", "AP50", "AP75", "APm", "AR", "AR50", "AR75"), pytest.approx(1)),
        "APl": None,  # areas of 5000 are medium
    }
    assert (report.images, report.missing, report.people, report.recall) == (2, 0, 2, 1)
    assert report.best.recall == report.best.precision == 1
    total = report.joints[-1]
    assert (total.labelled, total.found, total.pck) == (34, 1, {0.05: 1, 0.1: 1})
    assert total.median_px < 1e-4
    assert report.images_per_second > 0 and report.people_per_second > 0


def test_errors_missed_and_false_people_by_hand(evaluate, label_person, standing, poses_of):
    one, two = standing(20, 20), standing(180, 20)
    found = one + np.array([6.0, 0.0])  # of a box of 100: right at 0.1, wrong at 0.05
    false = standing(20, 130)
    people = [label_person(1, one), label_person(1, two)]
    answers = {1: poses_of([found], [0.9]), 2: poses_of([false], [0.5])}
    evaluation = evaluate(people, answers)
    report = evaluation.report
    assert (report.people, report.recall) == (2, 0.5)
    assert (report.best.score, report.best.recall, report.best.precision) == (
        pytest.approx(0.9),
        0.5,
        1,
    )
    total = report.joints[-1]
    assert (total.labelled, total.found) == (34, 0.5)
    assert total.pck == {0.05: 0, 0.1: 0.5}
    assert total.median_px == pytest.approx(6, abs=1e-4)
    assert total.median_share == pytest.approx(0.06, abs=1e-6)
    assert [picture.right.tolist() for picture in evaluation.pictures] == [[True], [False]]
    assert [picture.matches.tolist() for picture in evaluation.pictures] == [[0, -1], []]


def test_pictures_without_people_count(evaluate, label_person, standing, poses_of):
    one = standing(20, 20)
    right = {1: poses_of([one], [0.5])}
    alone = evaluate([label_person(1, one)], right).report
    beside = evaluate([label_person(1, one)], right | {2: poses_of([one], [0.9])}).report
    assert alone.precision["AP"] == pytest.approx(1)
    assert beside.precision["AP"] == pytest.approx(0.5)
    assert (beside.best.precision, beside.recall) == (0.5, 1)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"iscrowd": 1}, id="a crowd"),
        pytest.param({"keypoints": [0] * 51, "num_keypoints": 0}, id="nobody labelled the joints"),
    ],
)
def test_who_is_found_where_nobody_was_labelled_is_not_false(
    evaluate, label_person, standing, poses_of, more
):
    people = [label_person(1, standing(20, 20)), label_person(2, standing(20, 20), **more)]
    answers = {n: poses_of([standing(20, 20)], [0.9]) for n in (1, 2)}
    evaluation = evaluate(people, answers)
    assert (evaluation.report.people, evaluation.report.best.precision) == (1, 1)
    assert evaluation.pictures[1].excused.tolist() == [True]
    assert evaluation.report.precision["AP"] == pytest.approx(1)


def test_other_skeletons_are_joined_by_name(evaluate, label_person, standing):
    points = standing(20, 20)
    names = [joint for joint in COCO17.keypoints if joint in MPII16]
    keypoints = np.full((1, 16, 2), 5.0, np.float32)
    for joint in names:
        keypoints[0, MPII16.index(joint)] = points[COCO17.index(joint)]
    poses = Poses(MPII16, keypoints, np.ones((1, 16), np.float32))
    report = evaluate([label_person(1, points)], {1: poses}, skeleton=MPII16).report
    assert report.not_given == ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
    assert report.joints[0].found == 0
    assert (report.joints[-1].labelled, report.joints[-1].found) == (12, 1)
    # 12 of 17 joints are exact: an OKS of 0.706 is right at 0.50, 0.55, ... 0.70.
    assert report.precision["AP"] == pytest.approx(0.5)


def test_nobody_is_found(evaluate, label_person, standing, tmp_path):
    report = evaluate(
        [label_person(1, standing(20, 20))], {}, results=tmp_path / "results.json"
    ).report
    assert set(report.precision.values()) == {0.0}
    assert report.recall == 0
    assert math.isnan(report.best.precision)
    assert json.loads((tmp_path / "results.json").read_text()) == []


def test_people_without_joints_are_nobody(evaluate, label_person, standing, poses_of):
    one = standing(20, 20)
    answers = {1: poses_of([np.full((17, 2), np.nan), one], [0.9, 0.8])}
    report = evaluate([label_person(1, one)], answers).report
    assert (report.recall, report.best.precision) == (1, 1)


def test_nobody_is_labelled(evaluate, standing, poses_of):
    report = evaluate([], {1: poses_of([standing(20, 20)], [0.9])}).report
    assert report.precision["AP"] is None
    assert report.people == 0
    assert math.isnan(report.recall)
    assert report.best.precision == 0


def test_results_are_kept(evaluate, label_person, standing, poses_of, tmp_path):
    path = tmp_path / "kept.json"
    evaluate(
        [label_person(1, standing(20, 20))],
        {2: poses_of([standing(20, 20)], [0.9])},
        results=path,
    )
    with read_poses(path, format="coco") as frames:
        assert [(poses.frame, len(poses)) for poses in frames] == [(2, 1)]


def test_photographs_have_no_past(counting_model):
    frames = [Frame(np.zeros((4, 4, 3), np.uint8), index=i) for i in range(3)]
    apart = [job.poses().keypoints[0, 0, 0] for job in run_apart(counting_model, frames)]
    assert apart == [1, 1, 1]


def test_pictures_that_are_not_there(write_labels, tmp_path):
    labels = CocoLabels(write_labels([], images=3))
    (tmp_path / "images" / "2.png").unlink()
    pictures, complaint = present_pictures(labels, tmp_path / "images", limit=1)
    assert [path.name for path, _ in pictures] == ["1.png"]
    assert complaint == (
        f"1 of the 3 pictures of {labels.path} are not in {tmp_path / 'images'} "
        "(the first is 2.png); they are left out"
    )
    with pytest.raises(InputError, match=r"none of the 3 pictures of .* is in .*--images"):
        present_pictures(labels, tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"annotations": 3}, "annotations must be a list", id="no list"),
        pytest.param({"images": [{"id": 1}]}, "image 1 has no file_name", id="no name"),
        pytest.param(
            {"categories": [{"id": 1, "keypoints": ["a"]}]},
            "its 1 joints are not COCO's 17",
            id="other joints",
        ),
        pytest.param(
            {"annotations": [{"image_id": 1, "bbox": [0, 0, 1, 1]}]},
            "image 1: somebody has no usable area",
            id="no area",
        ),
        pytest.param(
            {"annotations": [{"image_id": 1, "area": 1, "bbox": [0, 0, 1]}]},
            "image 1: somebody has no usable bbox",
            id="half a box",
        ),
        pytest.param(
            {"annotations": [{"image_id": 1, "area": None, "bbox": [0, 0, 1, 1]}]},
            "somebody has no usable area",
            id="area null",
        ),
    ],
)
def test_bad_labels(write_labels, change, message):
    path = write_labels([])
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(FormatError, match=message) as error:
        CocoLabels(path)
    assert str(path) in str(error.value)


def test_results_are_no_labels(tmp_path):
    path = tmp_path / "results.json"
    path.write_text("[]")
    with pytest.raises(FormatError, match="results are no labels"):
        CocoLabels(path)
