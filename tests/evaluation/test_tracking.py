"""Measures of tracking: numbers that can be counted by hand, and files of labels."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.evaluation.crossings import Flaws, crossing
from kinema.evaluation.track_labels import read_track_labels
from kinema.evaluation.tracking import evaluate_labels, evaluate_tracking, similarity
from kinema.formats import Header, open_writer
from kinema.poses import Poses
from kinema.skeletons import BODY25, COCO17

pytest.importorskip("motrics")

BODY = np.random.default_rng(1).uniform(0, 100, (17, 2))
POSETRACK = ("nose", "head_bottom", "head_top", *COCO17.keypoints[3:])


def people(frame: int, **places: float) -> Poses:
    """Poses side by side: `a1=0` is the id 1 at x = 0."""
    points = np.array([BODY + np.array((x, 0)) for x in places.values()]).reshape(-1, 17, 2)
    ids = [int(name[1:]) for name in places]
    return Poses(COCO17, points, np.ones(points.shape[:2]), ids=np.array(ids), frame=frame)


TRUTH = [people(n, a1=0, a2=500) for n in range(4)]


def test_perfect_tracking():
    found = [replace(poses, ids=poses.ids + 6) for poses in TRUTH]
    report = evaluate_tracking(TRUTH, found)
    assert (report.hota, report.detection, report.association) == (1, 1, 1)
    assert (report.idf1, report.mota, report.switches) == (1, 1, 0)
    assert (report.frames, report.people, report.positions, report.ids) == (4, 2, 8, 2)


def test_ids_that_are_exchanged_half_way():
    """Two switches of 8 positions; each truth has its id in half of the frames."""
    found = [*TRUTH[:2], *(people(n, a2=0, a1=500) for n in (2, 3))]
    report = evaluate_tracking(TRUTH, found)
    assert (report.switches, report.mota, report.idf1) == (2, 1 - 2 / 8, 0.5)
    assert report.detection == 1
    # Each pair of ids: 2 frames together of 4 + 4 - 2 = 6, so that AssA is 1 / 3.
    assert report.association == pytest.approx(1 / 3)
    assert report.hota == pytest.approx(np.sqrt(1 / 3))


def test_somebody_missed_and_somebody_invented():
    """Of 8 positions 4 are missed, and 2 people are false."""
    found = [people(n, a1=0) if n < 2 else people(n, a1=0, a9=2000) for n in range(4)]
    report = evaluate_tracking(TRUTH, found)
    assert (report.missed, report.false, report.switches) == (4, 2, 0)
    assert report.mota == 1 - 6 / 8
    assert report.idf1 == pytest.approx(2 * 4 / (8 + 6))


def test_frames_are_matched_by_number():
    found = [replace(TRUTH[3], frame=99), *reversed(TRUTH[:3])]
    assert evaluate_tracking(TRUTH, found).missed == 2


def test_other_skeletons_are_compared_by_name():
    truth = [poses.to(BODY25) for poses in TRUTH]
    assert evaluate_tracking(truth, TRUTH).mota == 1


def test_similarity_is_oks():
    """All joints off by 1 tolerance of the nose: exp(-1 / 2) for the nose."""
    truth = replace(TRUTH[0][:1], boxes=np.array([[0, 0, 100, 100]]))
    nose = np.full((1, 17, 2), np.nan)
    nose[0, 0] = truth.keypoints[0, 0]
    truth = replace(truth, keypoints=nose)
    offset = 2 * COCO17.sigmas[0] * np.sqrt(0.53 * 100 * 100)
    found = replace(truth, keypoints=nose + np.array((offset, 0)))
    assert similarity(truth, found)[0, 0] == pytest.approx(np.exp(-0.5), rel=1e-4)


@pytest.mark.parametrize(
    ("truth", "found", "message"),
    [
        pytest.param([], [], "nobody is labelled", id="nothing"),
        pytest.param([TRUTH[0][:0]], [], "nobody is labelled", id="nobody"),
        pytest.param(
            TRUTH[:1], [replace(TRUTH[0], ids=None)], "frame 0 found have no ids", id="no ids"
        ),
        pytest.param([people(0, a1=0, b1=9)], [], "frame 0 has an id twice", id="twice"),
    ],
)
def test_what_cannot_be_measured(truth, found, message):
    with pytest.raises(InputError, match=message):
        evaluate_tracking(truth, found)


def test_crossings_are_the_same_for_the_same_seed():
    one, other = crossing(3, seed=4, seconds=2), crossing(3, seed=4, seconds=2)
    for frames, again in zip(one, other, strict=True):
        for a, b in zip(frames, again, strict=True):
            np.testing.assert_array_equal(a.keypoints, b.keypoints)
    assert one[1][0].ids is None


def test_crossings_without_flaws_are_found_where_they_are():
    flaws = Flaws(jitter=0, missed=0, doubled=0, invented=0, misplaced=0)
    truth, found = crossing(1, seed=3, flaws=flaws)
    whole = [(a, b) for a, b in zip(truth, found, strict=True) if len(b) and b.found.all()]
    assert len(whole) > 60
    assert min(float(similarity(a, b).max()) for a, b in whole) == pytest.approx(1)


def write(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def posetrack(**image: object) -> dict[str, object]:
    """One person with a nose and an ankle, one who is not labelled, in one of two frames."""
    keypoints = [0.0] * 51
    keypoints[:3], keypoints[3:6], keypoints[48:51] = [10, 20, 1], [10, 30, 1], [15, 90, 1]
    person = {"image_id": 10003420001, "category_id": 1, "track_id": 5}
    first = {"id": 10003420001, "vid_id": "000342", "is_labeled": True, "file_name": "1.jpg"}
    return {
        "categories": [{"id": 1, "name": "person", "keypoints": POSETRACK}],
        "images": [
            {**first, **image},
            {"id": 10003420002, "vid_id": "000342", "is_labeled": False, "file_name": "2.jpg"},
        ],
        "annotations": [
            {**person, "keypoints": keypoints, "bbox": [0, 10, 30, 90]},
            {**person, "track_id": 6, "keypoints": [0] * 51, "bbox": [200, 200, 50, 50]},
        ],
    }


def test_labels_of_posetrack(tmp_path):
    region = {"ignore_regions_x": [[300, 400, 400]], "ignore_regions_y": [[0, 0, 100]]}
    (frame,) = read_track_labels(write(tmp_path / "labels.json", posetrack(**region)))
    assert frame.people.frame == 1
    np.testing.assert_array_equal(frame.people.ids, [5])
    np.testing.assert_array_equal(frame.people.joint("nose"), [(10, 20)])
    np.testing.assert_array_equal(frame.people.joint("right_ankle"), [(15, 90)])
    assert frame.people.found.sum() == 2  # the head's ends are no joints of COCO
    assert len(frame.ignored) == 2


def test_people_where_nobody_was_labelled_count_for_nothing(tmp_path):
    region = {"ignore_regions_x": [[300, 450, 450, 300]], "ignore_regions_y": [[0, 0, 150, 150]]}
    labels = read_track_labels(write(tmp_path / "labels.json", posetrack(**region)))
    found = people(1, a5=320, a6=900)
    report = evaluate_labels(labels, [found])
    assert (report.false, report.missed) == (1, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"annotations": None}, "annotations must be a list", id="no list"),
        pytest.param(
            {"images": [{"id": 1, "vid_id": 1}, {"id": 2, "vid_id": 2}]}, "2 videos", id="two"
        ),
        pytest.param({"images": [{"id": "x"}]}, "id must be a whole number", id="id"),
    ],
)
def test_damaged_labels(tmp_path, change, message):
    path = write(tmp_path / "labels.json", posetrack() | change)
    with pytest.raises(FormatError, match=message):
        read_track_labels(path)


def test_labels_without_ids(tmp_path):
    document = posetrack()
    del document["annotations"][0]["track_id"]  # type: ignore[index]
    with pytest.raises(FormatError, match="somebody has no track_id"):
        read_track_labels(write(tmp_path / "labels.json", document))


def test_damaged_regions(tmp_path):
    document = posetrack(ignore_regions_x=[[1, 2, 3]], ignore_regions_y=[[1, 2]])
    with pytest.raises(FormatError, match="ignore_regions are damaged"):
        read_track_labels(write(tmp_path / "labels.json", document))


def test_labels_that_kinema_wrote(tmp_path):
    with open_writer(
        tmp_path / "labels.json", Header(COCO17), format="coco-annotations", skeleton=COCO17
    ) as out:
        for poses in TRUTH:
            out.write(poses)
    labels = read_track_labels(tmp_path / "labels.json")
    assert evaluate_labels(labels, TRUTH).mota == 1
