import json
import math
from pathlib import Path

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.formats import Header, open_writer, read_poses
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import (
    BODY25,
    COCO17,
    FACE70,
    H36M17,
    MPI15,
    OPENPOSE18,
    OPENPOSE137,
)


def _write(folder: Path, frames: list[Poses], header: Header | None = None) -> None:
    with open_writer(folder, header, format="openpose") as out:
        for poses in frames:
            out.write(poses)


def _person(body: int, **parts: list[float]) -> dict[str, object]:
    """A person whose joint i is at (i + 1, 10) with the score 0.5."""
    triples = [value for i in range(body) for value in (i + 1, 10, 0.5)]
    return {"person_id": [-1], "pose_keypoints_2d": triples, **parts}


def _save(path: Path, *people: dict[str, object]) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"version": 1.3, "people": people}))
    return path


def test_a_file_as_openpose_writes_it(tmp_path) -> None:
    keypoints = np.full((1, 15, 2), np.nan)
    scores = np.zeros((1, 15))
    keypoints[0, 0], scores[0, 0] = (100.25, 50.5), 0.875
    poses = Poses(MPI15, keypoints, scores, frame=42)
    _write(tmp_path / "walk.openpose", [poses])
    file = tmp_path / "walk.openpose" / "walk_000000000042_keypoints.json"
    assert json.loads(file.read_text()) == {
        "version": 1.3,
        "people": [
            {
                "person_id": [-1],
                "pose_keypoints_2d": [100.25, 50.5, 0.875] + [0] * 42,
                "face_keypoints_2d": [],
                "hand_left_keypoints_2d": [],
                "hand_right_keypoints_2d": [],
                "pose_keypoints_3d": [],
                "face_keypoints_3d": [],
                "hand_left_keypoints_3d": [],
                "hand_right_keypoints_3d": [],
            }
        ],
    }


@pytest.mark.parametrize("skeleton", [BODY25, OPENPOSE18, MPI15, OPENPOSE137], ids=lambda s: s.name)
@pytest.mark.parametrize("counts", [[2, 0, 1], [0, 3], [300], [1]], ids=str)
def test_write_then_read_is_equal(tmp_path, make_poses, assert_equal, skeleton, counts) -> None:
    frames = [
        make_poses(n, skeleton, frame=10 * i, ids=n > 0, seed=i) for i, n in enumerate(counts)
    ]
    _write(tmp_path / "walk.openpose", frames)
    with read_poses(tmp_path / "walk.openpose") as recording:
        assert recording.header == Header(skeleton, source="walk")
        for got, expected in zip(recording, frames, strict=True):
            assert_equal(got, expected)


def test_face_and_hands_have_their_own_lists(tmp_path) -> None:
    k = len(OPENPOSE137)
    xs = np.arange(k, dtype=float)
    poses = Poses(OPENPOSE137, np.stack([xs, xs + 0.5], axis=1)[None], np.ones((1, k)))
    _write(tmp_path / "a", [poses])
    person = json.loads(next((tmp_path / "a").iterdir()).read_text())["people"][0]
    firsts = {key: values[0] for key, values in person.items() if key.endswith("_2d")}
    counts = {key: len(values) for key, values in person.items() if key.endswith("_2d")}
    assert firsts == {
        "pose_keypoints_2d": 0,
        "face_keypoints_2d": 25,
        "hand_left_keypoints_2d": 95,
        "hand_right_keypoints_2d": 116,
    }
    assert list(counts.values()) == [75, 210, 63, 63]


def test_other_skeletons_become_body25_by_name(tmp_path, make_poses) -> None:
    poses = make_poses(1, COCO17, missing=False)
    _write(tmp_path / "a", [poses])
    back = next(read_poses(tmp_path / "a"))
    assert back.skeleton == BODY25
    np.testing.assert_allclose(back.joint("left_knee"), poses.joint("left_knee"), rtol=1e-6)
    shoulders = (poses.joint("left_shoulder") + poses.joint("right_shoulder")) / 2
    np.testing.assert_allclose(back.joint("neck"), shoulders, atol=1e-3)
    assert np.isnan(back.joint("left_heel")).all()


def test_skeletons_with_a_face_become_openpose137(tmp_path) -> None:
    face = Skeleton("face", tuple(f"face_{joint}" for joint in FACE70.keypoints))
    _write(tmp_path / "a", [Poses(face, np.full((1, 70, 2), 9.0), np.ones((1, 70)))])
    back = next(read_poses(tmp_path / "a"))
    assert back.skeleton == OPENPOSE137
    assert back.found.sum() == 70


def test_absent_and_unknown(tmp_path) -> None:
    """(0, 0) with a score is a joint; an unknown score becomes 1; all zeros are nothing."""
    keypoints = np.full((1, 15, 2), np.nan)
    keypoints[0, :3] = 0
    scores = np.zeros((1, 15))
    scores[0, :3] = 0.25, np.nan, 0
    _write(tmp_path / "a", [Poses(MPI15, keypoints, scores)])
    back = next(read_poses(tmp_path / "a"))
    assert back.found[0].tolist() == [True, True] + [False] * 13
    assert back.scores[0].tolist() == [0.25, 1] + [0] * 13


def test_scores_beyond_one_are_cut(tmp_path) -> None:
    person = _person(25)
    person["pose_keypoints_2d"][2] = 1.04
    file = _save(tmp_path / "a_keypoints.json", person)
    assert next(read_poses(file)).scores[0, :2].tolist() == [1, 0.5]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param([3], [9], [3, 9], id="both tracked"),
        pytest.param([-1], [-1], None, id="nobody tracked"),
        pytest.param([3], [-1], None, id="one tracked"),
        pytest.param(4, 5, [4, 5], id="bare numbers"),
        pytest.param([], [1], None, id="an empty list"),
        pytest.param([10**30], [1], None, id="no identity is that large"),
    ],
)
def test_person_ids(tmp_path, first, second, expected) -> None:
    people = [_person(25) | {"person_id": identity} for identity in (first, second)]
    poses = next(read_poses(_save(tmp_path / "a_keypoints.json", *people)))
    assert (None if poses.ids is None else poses.ids.tolist()) == expected


def test_old_key_names(tmp_path) -> None:
    person = {"pose_keypoints": _person(18)["pose_keypoints_2d"]}
    poses = next(read_poses(_save(tmp_path / "a_keypoints.json", person)))
    assert poses.skeleton == OPENPOSE18
    assert poses.joint("neck").tolist() == [[2, 10]]


def test_a_coco_body_with_a_hand_is_openpose137_by_name(tmp_path) -> None:
    person = _person(18, hand_left_keypoints_2d=[7, 8, 0.9] * 21)
    poses = next(read_poses(_save(tmp_path / "a_keypoints.json", person)))
    assert poses.skeleton == OPENPOSE137
    assert poses.joint("left_ear").tolist() == [[18, 10]]
    assert np.isnan(poses.joint("mid_hip")).all()
    assert poses.found.sum() == 18 + 21


def test_times_come_from_a_given_rate_only(tmp_path, make_poses) -> None:
    _write(tmp_path / "a", [make_poses(frame=50, time=7.5)])
    assert math.isnan(next(read_poses(tmp_path / "a")).time)
    with read_poses(tmp_path / "a", rate=25) as recording:
        assert recording.header.rate == 25
        assert next(recording).time == 2


def test_nobody_in_any_frame(tmp_path) -> None:
    _write(tmp_path / "a.openpose", [Poses.empty(MPI15, frame=i) for i in range(2)])
    assert [len(poses) for poses in read_poses(tmp_path / "a.openpose")] == [0, 0]


def test_no_frames_at_all(tmp_path) -> None:
    _write(tmp_path / "a.openpose", [])
    assert list(read_poses(tmp_path / "a.openpose")) == []


@pytest.mark.parametrize(
    ("folder", "source", "expected"),
    [
        pytest.param("walk.openpose", "clips/run.mp4", "walk", id="the folder's name"),
        pytest.param("out", "clips/run.mp4", "run", id="the video's name"),
        pytest.param("out", None, "out", id="no video"),
        pytest.param("out", "rtsp://host/cam 1?key=secret", "cam 1", id="an address"),
    ],
)
def test_stems(tmp_path, make_poses, folder, source, expected) -> None:
    _write(tmp_path / folder, [make_poses()], Header(source=source))
    names = [path.name for path in (tmp_path / folder).iterdir()]
    assert names == [f"{expected}_000000000000_keypoints.json"]


def test_files_of_an_earlier_longer_run_do_not_survive(tmp_path, make_poses) -> None:
    folder = tmp_path / "walk.openpose"
    _write(folder, [make_poses(frame=i) for i in range(5)])
    (folder / "notes.txt").write_text("mine")
    _write(folder, [make_poses(frame=i) for i in range(2)])
    assert sorted(path.name for path in folder.iterdir()) == [
        "notes.txt",
        "walk_000000000000_keypoints.json",
        "walk_000000000001_keypoints.json",
    ]


def test_frames_are_whole_and_in_place_at_once(tmp_path, make_poses) -> None:
    folder = tmp_path / "walk.openpose"
    with pytest.raises(RuntimeError), open_writer(folder) as out:
        out.write(make_poses(frame=3))
        assert [path.name for path in folder.iterdir()] == ["walk_000000000003_keypoints.json"]
        raise RuntimeError
    assert [poses.frame for poses in read_poses(folder)] == [3]


def test_discard_removes_files_and_folder(tmp_path, make_poses) -> None:
    out = open_writer(tmp_path / "walk.openpose")
    out.write(make_poses())
    out.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("names", "frames", "source"),
    [
        pytest.param(["a_12", "a_9", "a_100"], [9, 12, 100], "a", id="numbers, not letters"),
        pytest.param(["000000000036"], [36], None, id="a picture of COCO"),
        pytest.param(["cat", "dog", "ape"], [0, 1, 2], None, id="pictures by name"),
        pytest.param(["b_2", "a_1"], [0, 1], None, id="numbered pictures of two kinds"),
    ],
)
def test_frame_numbers_from_names(tmp_path, names, frames, source) -> None:
    for name in names:
        _save(tmp_path / "run" / f"{name}_keypoints.json", _person(25))
    with read_poses(tmp_path / "run") as recording:
        assert recording.header.source == source
        assert [poses.frame for poses in recording] == frames


def test_two_recordings_in_one_folder_are_refused(tmp_path) -> None:
    for name in ("left_000000000000", "right_000000000000"):
        _save(tmp_path / "run" / f"{name}_keypoints.json", _person(25))
    with pytest.raises(FormatError, match=r"several recordings \(left, right"):
        read_poses(tmp_path / "run")


@pytest.mark.parametrize(
    ("person", "match"),
    [
        pytest.param(_person(19), "19 body keypoints; known are 25", id="19 joints"),
        pytest.param({"pose_keypoints_2d": [1, 2]}, "flat list of x, y, score", id="no triple"),
        pytest.param({"pose_keypoints_2d": "abc"}, "flat list", id="text"),
        pytest.param({"pose_keypoints_2d": [None] * 75}, "not a number", id="null"),
        pytest.param(
            _person(25, face_keypoints_2d=[1, 2, 3]), "must hold 70 or no keypoints", id="face of 1"
        ),
    ],
)
def test_bad_people(tmp_path, person, match) -> None:
    file = _save(tmp_path / "bad_keypoints.json", person)
    with pytest.raises(FormatError, match=rf"bad_keypoints\.json: .*{match}"):
        list(read_poses(file))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param('{"people": [', "not JSON", id="cut"),
        pytest.param('{"people": [{"pose_keypoints_2d": [NaN, 0, 0]}]}', "NaN", id="NaN"),
        pytest.param('{"people": 3}', 'no list "people"', id="a number of people"),
        pytest.param("[]", 'no list "people"', id="a list"),
    ],
)
def test_broken_files(tmp_path, content, match) -> None:
    (tmp_path / "a_keypoints.json").write_text(content)
    with pytest.raises(FormatError, match=match):
        read_poses(tmp_path / "a_keypoints.json", format="openpose")


@pytest.mark.parametrize(
    ("second", "match"),
    [
        pytest.param(_person(18), "18 body keypoints, but .* began as body25", id="other body"),
        pytest.param(
            _person(25, face_keypoints_2d=[1, 2, 0.5] * 70), "began as body25 without", id="face"
        ),
    ],
)
def test_a_folder_of_two_kinds(tmp_path, second, match) -> None:
    _save(tmp_path / "run" / "a_0_keypoints.json", _person(25))
    _save(tmp_path / "run" / "a_1_keypoints.json", second)
    recording = read_poses(tmp_path / "run")
    next(recording)
    with pytest.raises(FormatError, match=rf"a_1_keypoints\.json: .*{match}"):
        next(recording)


def test_what_cannot_be_written(tmp_path, make_poses) -> None:
    with open_writer(tmp_path / "a.openpose") as out:
        with pytest.raises(InputError, match="frame 0 is in body space"):
            out.write(make_poses(skeleton=H36M17, space="body"))
        out.write(make_poses(frame=1))
        with pytest.raises(InputError, match="frame 1 was written"):
            out.write(make_poses(frame=1))
    (tmp_path / "b.openpose").write_text("a file")
    with pytest.raises(InputError, match="a file, not a folder"):
        open_writer(tmp_path / "b.openpose")


def test_an_empty_folder(tmp_path) -> None:
    with pytest.raises(FormatError, match="holds no OpenPose files"):
        read_poses(tmp_path, format="openpose")
