import contextlib
import io
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from kinema.errors import FormatError, InputError, SkeletonError
from kinema.formats import Header, open_writer, read_poses
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import BODY25, COCO17, H36M17, OPENPOSE18

K = len(COCO17)


def _write(path: Path, frames: list[Poses], **options: object) -> object:
    with open_writer(path, **options) as out:
        for poses in frames:
            out.write(poses)
    return json.loads(path.read_text())


def _save(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def _result(**changes: object) -> dict[str, object]:
    keypoints = [value for i in range(K) for value in (i + 1, 10, 0.5)]
    return {"image_id": 3, "category_id": 1, "keypoints": keypoints, "score": 0.5} | changes


def _labelled() -> dict[str, object]:
    """Two pictures of 320 x 240: in the second, two people, one of them half hidden."""
    rng = np.random.default_rng(5)
    annotations = []
    for number, visible in enumerate((17, 9), start=1):
        xy = np.round(rng.uniform((40, 20), (200, 220), (K, 2)))
        keypoints = [[x, y, 2] if j < visible else [0, 0, 0] for j, (x, y) in enumerate(xy)]
        annotations.append(
            {
                "id": number,
                "image_id": 285,
                "category_id": 1,
                "iscrowd": 0,
                "keypoints": [value for joint in keypoints for value in joint],
                "num_keypoints": visible,
                "bbox": [40.0, 20.0, 160.0, 200.0],
                "area": 12000.0,
            }
        )
    images = [
        {"id": i, "width": 320, "height": 240, "file_name": f"{i:012d}.jpg"} for i in (9, 285)
    ]
    category = {
        "id": 1,
        "name": "person",
        "keypoints": list(COCO17.keypoints),
        "skeleton": [[1, 2]],
    }
    return {"images": images, "annotations": annotations, "categories": [category]}


def test_a_result_as_its_documentation_says(tmp_path) -> None:
    keypoints = np.full((1, K, 2), np.nan)
    scores = np.zeros((1, K))
    keypoints[0, 0], scores[0, 0] = (100.25, 50.5), 0.85
    keypoints[0, 1], scores[0, 1] = (110, 40), 0.51
    poses = Poses(COCO17, keypoints, scores, ids=[4], frame=12)
    assert _write(tmp_path / "a.coco.json", [poses]) == [
        {
            "image_id": 12,
            "category_id": 1,
            "keypoints": [100.25, 50.5, 0.85, 110, 40, 0.51] + [0] * 45,
            "score": 0.08,  # (0.85 + 0.51) / 17
            "bbox": [100.75, 40.5, 9.75, 10.5],  # from the corner of the top-left pixel
            "track_id": 4,
        }
    ]


@pytest.mark.parametrize("counts", [[2, 1], [300], [1]], ids=str)
@pytest.mark.parametrize("ids", [False, True])
def test_results_write_then_read(tmp_path, make_poses, assert_equal, counts, ids) -> None:
    frames = [make_poses(n, frame=i, ids=ids, boxes=True) for i, n in enumerate(counts)]
    _write(tmp_path / "a.coco.json", frames)
    for got, expected in zip(read_poses(tmp_path / "a.coco.json"), frames, strict=True):
        assert_equal(got, expected)
        assert math.isnan(got.time)


def test_results_read_then_written_are_the_same_bytes(tmp_path, make_poses) -> None:
    a, b = tmp_path / "a.coco.json", tmp_path / "b.coco.json"
    unknown = Poses(COCO17, np.full((1, K, 2), 9.0), np.full((1, K), np.nan), frame=8)
    _write(a, [*(make_poses(3, frame=i, seed=i) for i in range(3)), unknown])
    _write(b, list(read_poses(a)))
    assert a.read_bytes() == b.read_bytes()


def test_other_skeletons_are_joined_by_name(tmp_path, make_poses) -> None:
    poses = make_poses(1, OPENPOSE18, missing=False)
    (result,) = _write(tmp_path / "a.coco.json", [poses])
    assert result["keypoints"][15:17] == pytest.approx(poses.joint("left_shoulder")[0], abs=1e-3)


def test_nobody_and_people_without_joints_leave_no_trace(tmp_path) -> None:
    nothing = Poses(COCO17, np.full((1, K, 2), np.nan), np.zeros((1, K)), frame=1)
    assert _write(tmp_path / "a.coco.json", [Poses.empty(COCO17), nothing]) == []
    assert list(read_poses(tmp_path / "a.coco.json")) == []


@pytest.mark.parametrize(
    ("source", "image_id"),
    [
        pytest.param("val2017/000000000036.jpg", 36, id="COCO 2017"),
        pytest.param("COCO_val2014_000000000192.JPG", 192, id="COCO 2014"),
        pytest.param("holiday36.jpg", 7, id="another picture"),
        pytest.param("2021.mp4", 7, id="a video"),
        pytest.param("0", 7, id="a camera"),
        pytest.param(None, 7, id="no source"),
    ],
)
def test_image_ids(tmp_path, make_poses, source, image_id) -> None:
    results = _write(tmp_path / "a.coco.json", [make_poses(1, frame=7)], info=Header(source=source))
    assert results[0]["image_id"] == image_id


def test_how_sure_the_model_is_of_people_is_their_score(tmp_path, make_poses) -> None:
    certainty = np.array([0.000123, 0.9], np.float32)
    poses = replace(make_poses(2), certainty=certainty)
    path = tmp_path / "results.coco.json"
    with open_writer(path) as out:
        out.write(poses)
    assert [entry["score"] for entry in json.loads(path.read_text())] == [0.000123, 0.9]
    with read_poses(path) as frames:
        np.testing.assert_array_equal(next(iter(frames)).certainty, certainty)


def test_results_come_by_image(tmp_path) -> None:
    file = _save(tmp_path / "a.json", [_result(image_id=i) for i in (5, 2, 5)])
    assert [(poses.frame, len(poses)) for poses in read_poses(file)] == [(2, 1), (5, 2)]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param(3, 9, [3, 9], id="both tracked"),
        pytest.param(3, None, None, id="one tracked"),
        pytest.param(3, 10**30, None, id="no identity is that large"),
    ],
)
def test_track_ids(tmp_path, first, second, expected) -> None:
    file = _save(tmp_path / "a.json", [_result(track_id=i) for i in (first, second)])
    poses = next(read_poses(file))
    assert (None if poses.ids is None else poses.ids.tolist()) == expected


@pytest.mark.parametrize(
    ("v", "score", "expected"),
    [
        pytest.param([0.5] * K, 0.9, [0.5] * K, id="scores"),
        pytest.param([1] * K, 0.9, [0.9] * K, id="flags: the person's score"),
        pytest.param([1] * K, 1.0, [1] * K, id="sure of all"),
        pytest.param([0] * K, 0.75, [0.75] * K, id="v unused"),
        pytest.param([2] * K, 3.5, [np.nan] * K, id="no probability"),
        pytest.param([7.5] * K, 0.9, [np.nan] * K, id="logits"),
    ],
)
def test_what_v_says_in_results(tmp_path, v, score, expected) -> None:
    keypoints = [value for i in range(K) for value in (i + 1, 10, v[i])]
    file = _save(tmp_path / "a.json", [_result(keypoints=keypoints, score=score)])
    np.testing.assert_allclose(next(read_poses(file)).scores[0], expected, rtol=1e-6)


def test_annotations_as_labelled(tmp_path) -> None:
    document = _labelled()
    document["annotations"][0]["keypoints"][:6] = [0, 0, 2, 30, 40, 1]
    document["annotations"].append({"image_id": 9, "category_id": 1, "iscrowd": 1})
    document["annotations"].append({"image_id": 9, "category_id": 2, "keypoints": [1, 2, 2]})
    document["annotations"].append({"image_id": 9, "category_id": 1, "bbox": [0, 0, 10, 20]})
    with read_poses(_save(tmp_path / "a.json", document)) as recording:
        assert recording.header == Header(COCO17, size=(320, 240))
        first, second = recording
    assert (first.frame, second.frame) == (9, 285)
    assert (len(first), first.found.any()) == (1, False)
    assert first.boxes.tolist() == [[-0.5, -0.5, 9.5, 19.5]]
    assert second.keypoints[0, :2].tolist() == [[0, 0], [30, 40]]
    assert second.found.sum(axis=1).tolist() == [17, 9]
    assert np.isnan(second.scores[second.found]).all()
    assert (second.scores[~second.found] == 0).all()


def test_pictures_of_different_sizes_have_no_common_one(tmp_path) -> None:
    document = _labelled()
    document["images"][0]["width"] = 1
    assert read_poses(_save(tmp_path / "a.json", document)).header.size is None


def test_a_category_of_its_own(tmp_path) -> None:
    document = {
        "images": [{"id": 1}],
        "categories": [
            {"id": 2, "name": "cup"},
            {
                "id": 5,
                "name": "fly",
                "keypoints": ["left_wing", "right_wing"],
                "skeleton": [[1, 2]],
            },
        ],
        "annotations": [{"image_id": 1, "category_id": 5, "keypoints": [1, 2, 2, 3, 4, 2]}],
    }
    poses = next(read_poses(_save(tmp_path / "a.json", document)))
    wings = ("left_wing", "right_wing")
    assert poses.skeleton == Skeleton("fly", wings, (wings,), (wings,))
    assert poses.joint("right_wing").tolist() == [[3, 4]]


@pytest.mark.parametrize("skeleton", [COCO17, BODY25], ids=lambda s: s.name)
def test_annotations_write_then_read(tmp_path, make_poses, skeleton) -> None:
    frames = [make_poses(n, skeleton, frame=n, ids=n > 0, boxes=True) for n in (2, 0, 3)]
    path = tmp_path / "a.json"
    _write(path, frames, format="coco-annotations", info=Header(size=(2000, 1000)))
    with read_poses(path) as recording:
        assert recording.header.size == (2000, 1000)
        for got, expected in zip(recording, frames, strict=True):
            assert got.skeleton.keypoints == skeleton.keypoints
            assert got.skeleton.edges == skeleton.edges
            assert got.frame == expected.frame
            np.testing.assert_allclose(got.keypoints, expected.keypoints, rtol=1e-6)
            np.testing.assert_array_equal(got.ids, expected.ids)
            if len(expected):
                np.testing.assert_allclose(got.boxes, expected.boxes, atol=1e-3)


def test_annotations_without_frames(tmp_path) -> None:
    document = _write(tmp_path / "a.json", [], format="coco-annotations")
    assert document["images"] == document["annotations"] == []
    assert list(read_poses(tmp_path / "a.json")) == []


def _average_precision(truth: Path, results: Path) -> float:
    with contextlib.redirect_stdout(io.StringIO()):
        labels = COCO(str(truth))
        evaluation = COCOeval(labels, labels.loadRes(str(results)), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0])


def test_labels_written_as_results_have_a_precision_of_1(tmp_path) -> None:
    truth, results = _save(tmp_path / "truth.json", _labelled()), tmp_path / "a.coco.json"
    _write(results, list(read_poses(truth)))
    assert _average_precision(truth, results) == 1
    again = tmp_path / "again.json"
    _write(again, list(read_poses(truth)), format="coco-annotations")
    assert _average_precision(again, results) == 1


def test_people_far_off_have_a_precision_of_0(tmp_path) -> None:
    truth, results = _save(tmp_path / "truth.json", _labelled()), tmp_path / "a.coco.json"
    far = [
        Poses(COCO17, poses.keypoints + 300, poses.scores, frame=poses.frame)
        for poses in read_poses(truth)
    ]
    _write(results, far)
    assert _average_precision(truth, results) == 0


@pytest.mark.parametrize(
    ("document", "match"),
    [
        pytest.param({"a": 1}, "neither", id="an object of something"),
        pytest.param([1, 2], "list of objects", id="a list of numbers"),
        pytest.param([_result(image_id="x")], "image_id must be a whole number", id="no id"),
        pytest.param([_result(keypoints=[1, 2, 3])], "must hold 51 numbers .* got 3", id="1 joint"),
        pytest.param([_result(keypoints="abc")], "must hold 51 numbers", id="text"),
        pytest.param([_result(keypoints=[None] * 51)], "not a number", id="null"),
        pytest.param([_result(keypoints=[[1]] * 50 + [2])], "lists of numbers", id="ragged"),
        pytest.param([_result(bbox=[1, 2, 3, "x"])], "bbox must be lists of num", id="bbox"),
        pytest.param({"annotations": []}, "images must be a list", id="no images"),
        pytest.param(
            {
                "images": [],
                "annotations": [],
                "categories": [{"id": 1, "keypoints": ["a"], "skeleton": [[1, 2]]}],
            },
            "skeleton are damaged",
            id="a limb to nowhere",
        ),
    ],
)
def test_bad_files(tmp_path, document, match) -> None:
    file = _save(tmp_path / "bad.coco.json", document)
    with pytest.raises(FormatError, match=rf"bad\.coco\.json: .*{match}"):
        list(read_poses(file))


@pytest.mark.parametrize("content", ["", "[{", "[NaN]", "{" * 99_999], ids=repr)
def test_broken_json(tmp_path, content) -> None:
    (tmp_path / "bad.coco.json").write_text(content)
    with pytest.raises(FormatError, match=r"bad\.coco\.json is (empty|not JSON)"):
        read_poses(tmp_path / "bad.coco.json")


@pytest.mark.parametrize("format", ["coco", "coco-annotations"])
def test_the_file_appears_when_it_is_whole(tmp_path, make_poses, format) -> None:
    path = tmp_path / "a.coco.json"
    path.write_text("what was there")
    with pytest.raises(RuntimeError), open_writer(path, format=format) as out:
        out.write(make_poses())
        raise RuntimeError
    assert path.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("format", ["coco", "coco-annotations"])
def test_ctrl_c_keeps_what_was_written(tmp_path, make_poses, format) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(KeyboardInterrupt), open_writer(path, format=format) as out:
        out.write(make_poses())
        raise KeyboardInterrupt
    assert len(next(read_poses(path))) == 2
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("format", ["coco", "coco-annotations"])
def test_what_cannot_be_written(tmp_path, make_poses, format) -> None:
    with (
        pytest.raises(InputError, match="frame 0 is in body space"),
        open_writer(tmp_path / "a.json", format=format) as out,
    ):
        out.write(make_poses(skeleton=H36M17, space="body"))
    with pytest.raises(InputError, match="no such file or directory"):
        open_writer(tmp_path / "nowhere" / "a.json", format=format)


def test_annotations_have_one_skeleton(tmp_path, make_poses) -> None:
    with (
        pytest.raises(SkeletonError, match="frame 1 is body25"),
        open_writer(tmp_path / "a.json", format="coco-annotations") as out,
    ):
        out.write(make_poses())
        out.write(make_poses(skeleton=BODY25, frame=1))
