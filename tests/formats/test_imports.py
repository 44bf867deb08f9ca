"""Results of other programs: MMPose, AlphaPose, Ultralytics and MediaPipe."""

import json

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.formats import read_poses
from kinema.formats.registry import format_to_read
from kinema.skeletons import BLAZEPOSE33, COCO17, HALPE26, OPENPOSE18

POINTS = [[10.0 * i, 5.0 * i] for i in range(1, 18)]
SCORES = [0.5] * 16 + [1.25]  # SimCC's can exceed 1
OPEN = [10.0, 5.0, 0.5] * 18
FLAT = [value for x, y in POINTS for value in (x, y, 0.5)]


def save(tmp_path, name, document):
    path = tmp_path / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def instance(**more):
    return {"keypoints": POINTS, "keypoint_scores": SCORES, "bbox": [[1, 2, 3, 4]], **more}


def result(**more):
    return {"image_id": "7.jpg", "category_id": 1, "keypoints": FLAT, "score": 2.9, **more}


def detection(scale=1.0, **more):
    x, y = zip(*POINTS, strict=True)
    return {
        "name": "person",
        "class": 0,
        "confidence": 0.9,
        "box": {"x1": 1.0 * scale, "y1": 2.0 * scale, "x2": 3.0 * scale, "y2": 4.0 * scale},
        "keypoints": {
            "x": [scale * v for v in x],
            "y": [scale * v for v in y],
            "visible": [0.5] * 17,
        },
        **more,
    }


def landmarks(x=0.25, y=0.5, n=33):
    return [{"x": x, "y": y, "z": -0.125, "visibility": 0.75} for _ in range(n)]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([{"frame_id": 4, "instances": [instance(bbox_score=0.8)]}], id="video"),
        pytest.param(
            {
                "meta_info": {"dataset_name": "coco"},
                "instance_info": [{"frame_id": i, "instances": []} for i in range(1, 5)]
                + [{"frame_id": 5, "instances": [instance(bbox_score=0.8)]}],
            },
            id="demo script, which counts from 1",
        ),
    ],
)
def test_mmpose(tmp_path, document) -> None:
    path = save(tmp_path, "a.json", document)
    assert format_to_read(path).name == "mmpose"
    poses = next(poses for poses in read_poses(path) if len(poses))
    assert (poses.frame, poses.skeleton, np.isnan(poses.time)) == (4, COCO17, True)
    np.testing.assert_array_equal(poses.keypoints, [POINTS])
    assert poses.scores[0, [0, 16]].tolist() == [0.5, 1.0]
    assert poses.boxes.tolist() == [[1, 2, 3, 4]]
    assert poses.person_scores.tolist() == pytest.approx([0.8])


def test_mmpose_of_a_picture(tmp_path) -> None:
    path = save(tmp_path, "a.json", [instance(), instance()])
    assert [len(poses) for poses in read_poses(path)] == [2]


def test_mmpose_names_its_keypoints(tmp_path) -> None:
    document = {
        "meta_info": {"keypoint_id2name": {"0": "left_knee", "1": "left_ankle"}},
        "instance_info": [{"frame_id": 0, "instances": [{"keypoints": [[1, 2], [3, 4]]}]}],
    }
    with read_poses(save(tmp_path, "a.json", document), format="mmpose") as recording:
        poses = next(recording)
    assert poses.joint("left_ankle").tolist() == [[3, 4]]
    assert np.isnan(poses.scores).all()


@pytest.mark.parametrize(
    ("document", "skeleton"),
    [
        pytest.param([result(idx=[3.0], box=[1, 2, 3, 4])], COCO17, id="its own form"),
        pytest.param([result(keypoints=FLAT[:3] * 26)], HALPE26, id="26 joints"),
        pytest.param([result(keypoints=FLAT[:3] * 136)], HALPE26, id="136 joints"),
        pytest.param(
            {"7.jpg": {"version": "AlphaPose v0.3", "bodies": [{"joints": FLAT[:3] * 18}]}},
            OPENPOSE18,
            id="cmu",
        ),
        pytest.param(
            {"7.jpg": {"version": "AlphaPose v0.3", "people": [{"pose_keypoints_2d": OPEN}]}},
            OPENPOSE18,
            id="open",
        ),
    ],
)
def test_alphapose(tmp_path, document, skeleton) -> None:
    path = save(tmp_path, "alphapose-results.json", document)
    assert format_to_read(path).name == "alphapose"
    with read_poses(path) as recording:
        poses = next(recording)
    assert (poses.frame, poses.skeleton) == (7, skeleton)
    assert poses.keypoints[0, 0].tolist() == [10, 5]
    if skeleton == COCO17:
        assert (poses.ids.tolist(), poses.boxes.tolist()) == ([3], [[1, 2, 4, 6]])


def test_alphapose_in_the_order_of_its_pictures(tmp_path) -> None:
    document = [result(image_id=f"{i}.jpg") for i in (10, 9, 10)]
    frames = list(read_poses(save(tmp_path, "a.json", document)))
    assert [(poses.frame, len(poses)) for poses in frames] == [(9, 1), (10, 2)]


def test_ultralytics_json(tmp_path) -> None:
    path = save(tmp_path, "a.json", [[detection(track_id=4)], [], [detection(), detection()]])
    frames = list(read_poses(path, format="ultralytics"))
    assert [len(poses) for poses in frames] == [1, 0, 2]
    assert (frames[0].ids.tolist(), frames[2].ids) == ([4], None)
    assert frames[0].keypoints[0, 2].tolist() == [30, 15]
    assert format_to_read(save(tmp_path, "b.json", [detection()])).name == "ultralytics"


def test_shares_of_the_picture_need_its_size(tmp_path) -> None:
    path = save(tmp_path, "a.json", [detection(scale=0.001)])
    with pytest.raises(InputError, match="say its size: --size"):
        read_poses(path)
    with read_poses(path, size=(1000, 2000)) as recording:
        assert recording.header.size == (1000, 2000)
        assert next(recording).keypoints[0, 2] == pytest.approx([30, 30])


@pytest.mark.parametrize("quotes", ['"', "'"])
def test_ultralytics_csv(tmp_path, quotes) -> None:
    entry = detection()
    cells = [json.dumps(entry[key]).replace('"', quotes) for key in ("box", "keypoints")]
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    path = save(tmp_path, "a.csv", f"name,class,confidence,box,keypoints\nperson,0,0.9,{quoted}\n")
    assert format_to_read(path).name == "ultralytics"
    with read_poses(path) as recording:
        assert next(recording).keypoints[0, 2].tolist() == [30, 15]


def test_ultralytics_labels(tmp_path) -> None:
    joints = " ".join("0.5 0.25 0.75" for _ in range(16)) + " 0 0 0"
    (tmp_path / "labels").mkdir()
    save(tmp_path / "labels", "walk_2.txt", f"0 0.5 0.5 0.25 0.5 {joints} 0.875 6\n")
    save(tmp_path / "labels", "walk_10.txt", f"1 0.5 0.5 0.25 0.5 {joints}\n")
    assert format_to_read(tmp_path / "labels").name == "ultralytics"
    frames = list(read_poses(tmp_path / "labels", size=(100, 200)))
    assert [(poses.frame, len(poses)) for poses in frames] == [(1, 1), (9, 0)]
    assert frames[0].keypoints[0, 0].tolist() == [50, 50]
    assert np.isnan(frames[0].keypoints[0, 16]).all()
    assert frames[0].boxes.tolist() == [[37.5, 50, 62.5, 150]]
    assert (frames[0].ids.tolist(), frames[0].person_scores.tolist()) == ([6], [0.875])


@pytest.mark.parametrize(
    ("document", "people"),
    [
        pytest.param({"pose_landmarks": [landmarks(), landmarks()]}, 2, id="tasks"),
        pytest.param({"poseLandmarks": landmarks()}, 1, id="JavaScript"),
        pytest.param({"landmark": landmarks()}, 1, id="the older interface"),
        pytest.param([landmarks()], 1, id="bare lists"),
        pytest.param({"frames": [{"pose_landmarks": [landmarks()]}]}, 1, id="under frames"),
        pytest.param({"pose_landmarks": []}, 0, id="nobody"),
    ],
)
def test_mediapipe(tmp_path, document, people) -> None:
    path = save(tmp_path, "a.json", document)
    with read_poses(path, format="mediapipe", size=(100, 200)) as recording:
        poses = next(recording)
    assert (len(poses), poses.skeleton, poses.space) == (people, BLAZEPOSE33, "image")
    if people:
        assert format_to_read(path).name == "mediapipe"
        assert poses.keypoints[0, 0].tolist() == [24.5, 99.5]
        assert poses.scores[0, 0] == 0.75


def test_mediapipe_lines_with_times_and_metres(tmp_path) -> None:
    lines = [
        {"timestamp_ms": 40 * i, "pose_landmarks": [], "pose_world_landmarks": [landmarks()]}
        for i in range(3)
    ]
    path = save(tmp_path, "a.json", "\n".join(json.dumps(line) for line in lines))
    frames = list(read_poses(path, format="mediapipe-world"))
    assert [poses.time for poses in frames] == pytest.approx([0, 0.04, 0.08])
    assert frames[2].space == "body"
    assert frames[2].keypoints[0, 0].tolist() == [0.25, 0.5, -0.125]


def test_a_table_of_mediapipe(tmp_path) -> None:
    text = "label,nose_x,nose_y,nose_z,nose_v\nup,0.5,0.25,-1,0.75\ndown,0.5,,0,0\n"
    path = save(tmp_path, "a.csv", text)
    assert format_to_read(path).name == "mediapipe"
    frames = list(read_poses(path, size=(100, 200)))
    assert frames[0].joint("nose").tolist() == [[49.5, 49.5]]
    assert frames[0].scores.tolist() == [[0.75]]
    assert np.isnan(frames[1].keypoints).all()


@pytest.mark.parametrize(
    ("format", "document", "complaint"),
    [
        pytest.param("mmpose", "[", "not JSON", id="cut off"),
        pytest.param("mmpose", "", "is empty", id="empty"),
        pytest.param("mmpose", "3", "neither a list", id="a number"),
        pytest.param("mmpose", [instance(keypoints=[[1, 2, 3]] * 17)], "pairs", id="3D"),
        pytest.param("mmpose", [instance(keypoints=[["a", 2]])], "must be numbers", id="text"),
        pytest.param("mmpose", [instance(keypoint_scores=[1])], "17 keypoints, but 1", id="scores"),
        pytest.param(
            "mmpose",
            [instance(), instance(keypoints=POINTS[:3], keypoint_scores=[])],
            "frame 0: a person of 3 keypoints, but 17 are expected",
            id="mixed skeletons",
        ),
        pytest.param("alphapose", [result(keypoints=[1, 2])], "x, y, score", id="2 numbers"),
        pytest.param("alphapose", {"7.jpg": 3}, "people of 7.jpg must be", id="no people"),
        pytest.param("ultralytics", [{"keypoints": [1]}], "an object with x and y", id="a list"),
        pytest.param(
            "ultralytics",
            [{"keypoints": {"x": [1], "y": [1, 2]}}],
            "lists of one length",
            id="lengths",
        ),
        pytest.param("mediapipe", {"pose_landmarks": [landmarks(n=5)]}, "5 landmarks", id="5"),
        pytest.param("mediapipe-world", {"pose_landmarks": []}, "no world landmarks", id="2D only"),
    ],
)
def test_bad_results(tmp_path, format, document, complaint) -> None:
    path = save(tmp_path, "a.json", document)
    with pytest.raises(FormatError, match=complaint) as caught:
        list(read_poses(path, format=format, size=(10, 10)))
    assert "a.json" in str(caught.value)


def test_bad_labels(tmp_path) -> None:
    path = save(tmp_path, "a.txt", "0 0.5 0.5 0.25 0.5 0.1 0.2\n")
    with pytest.raises(FormatError, match=r"a\.txt, line 1: not a label of keypoints"):
        read_poses(path, format="ultralytics")
