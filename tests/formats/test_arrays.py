"""NumPy's files: our own archive, plain arrays and VideoPose3D's dictionaries."""

import io
import os
import pickle
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinema.errors import FormatError, InputError, SkeletonError
from kinema.formats import Header, open_writer, read_poses
from kinema.formats.safe_pickle import load_plain
from kinema.poses import Poses
from kinema.skeletons import BODY25, COCO17, H36M17, KINECT20


def write(path: Path, frames, **options) -> Path:
    with open_writer(path, **options) as out:
        for poses in frames:
            out.write(poses)
    return path


@pytest.fixture
def frames(make_poses):
    """Nobody, two, nobody, one: tracked, with boxes."""
    return [
        make_poses(n, frame=frame, time=frame / 25, ids=True, boxes=True, seed=frame)
        for frame, n in ((3, 0), (4, 2), (7, 0), (8, 1))
    ]


def test_the_arrays_of_our_archive(tmp_path, frames) -> None:
    header = Header(source="walk.mp4", size=(640, 480), rate=25.0)
    arrays = np.load(write(tmp_path / "a.npz", frames, info=header))
    shapes = {name: arrays[name].shape for name in arrays}
    assert shapes == {
        "header": (),
        "keypoint_names": (17,),
        "frames": (4,),
        "times": (4,),
        "people": (4,),
        "keypoints": (4, 2, 17, 2),
        "scores": (4, 2, 17),
        "ids": (4, 2),
        "boxes": (4, 2, 4),
    }
    assert arrays["people"].tolist() == [0, 2, 0, 1]
    assert arrays["ids"].tolist() == [[-1, -1], [5, 6], [-1, -1], [5, -1]]
    np.testing.assert_array_equal(arrays["keypoints"][1], frames[1].keypoints)
    assert np.isnan(arrays["keypoints"][3, 1]).all()


@pytest.mark.parametrize("space", ["image", "body", "world"])
def test_our_archive_there_and_back(tmp_path, make_poses, assert_equal, space) -> None:
    frames = [make_poses(n, BODY25, frame=n, time=n / 9, space=space, ids=True) for n in (1, 3)]
    header = Header(source="walk.mp4", size=(640, 480), rate=25.0, model="openpose")
    path = write(tmp_path / "a.npz", frames, info=header)
    with read_poses(path) as recording:
        assert recording.header == replace(header, skeleton=BODY25, space=space)
        for got, expected in zip(recording, frames, strict=True):
            assert_equal(got, expected)


def test_archives_of_nobody_and_nothing(tmp_path) -> None:
    assert list(read_poses(write(tmp_path / "a.npz", []))) == []
    nobody = [Poses.empty(BODY25, frame=i) for i in range(3)]
    assert [len(poses) for poses in read_poses(write(tmp_path / "b.npz", nobody))] == [0, 0, 0]


def test_an_archive_of_somebody_else(tmp_path) -> None:
    points = np.arange(2 * 17 * 2, dtype=float).reshape(2, 17, 2)
    np.savez(tmp_path / "a.npz", keypoints=points)
    with read_poses(tmp_path / "a.npz") as recording:
        got = list(recording)
    assert recording.header.skeleton == COCO17
    np.testing.assert_array_equal(np.stack([poses.keypoints[0] for poses in got]), points)
    assert np.isnan(got[0].scores).all()


def test_a_plain_array(tmp_path, frames) -> None:
    alone = [poses[:1] for poses in frames]
    array = np.load(write(tmp_path / "a.npy", alone))
    assert array.shape == (4, 17, 2)
    np.testing.assert_array_equal(array[1], frames[1].keypoints[0])
    assert np.isnan(array[[0, 2]]).all()
    assert [len(poses) for poses in read_poses(tmp_path / "a.npy")] == [0, 1, 0, 1]


def test_a_plain_array_holds_one_person(tmp_path, frames) -> None:
    with pytest.raises(InputError, match=r"one person; frame 4 has 2 \(5, 6\).*--person ID"):
        write(tmp_path / "a.npy", frames)
    assert list(tmp_path.iterdir()) == []


def upright(*, down: int, sign: int, k: int = 17) -> np.ndarray:
    """Somebody (5, K, 3) who stands: the head 1.7 m above the feet along an axis."""
    points = np.zeros((5, k, 3))
    skeleton = H36M17 if k == 17 else KINECT20
    for joint in skeleton.keypoints:
        height = {"head_top": 1.7, "head": 1.7, "thorax": 1.4, "left_hip": 0.9}.get(joint, 0.1)
        points[:, skeleton.index(joint), down] = sign * height
    return points


@pytest.mark.parametrize(
    ("array", "skeleton", "space"),
    [
        pytest.param(np.full((2, 17, 2), 50.0), COCO17, "image", id="17 in a picture"),
        pytest.param(upright(down=1, sign=-1), H36M17, "body", id="VideoPose3D's, y down"),
        pytest.param(upright(down=2, sign=1), H36M17, "world", id="z up"),
        pytest.param(upright(down=1, sign=1, k=20), KINECT20, "world", id="Kinect's, y up"),
        pytest.param(np.full((2, 25, 2), 50.0), BODY25, "image", id="25 in a picture"),
        pytest.param(np.full((2, 3, 25, 2), 50.0), BODY25, "image", id="three people"),
    ],
)
def test_what_the_shape_tells(tmp_path, array, skeleton, space) -> None:
    np.save(tmp_path / "a.npy", array)
    with read_poses(tmp_path / "a.npy") as recording:
        assert (recording.header.skeleton, recording.header.space) == (skeleton, space)
        assert len(next(recording)) == (array.shape[1] if array.ndim == 4 else 1)


def test_up_is_turned_to_z(tmp_path) -> None:
    np.save(tmp_path / "a.npy", upright(down=1, sign=1))
    with read_poses(tmp_path / "a.npy") as recording:
        np.testing.assert_allclose(next(recording).joint("head_top"), [[0, 0, 1.7]], atol=1e-6)


def test_a_third_column_of_scores(tmp_path) -> None:
    array = np.concatenate([np.full((2, 17, 2), 50.0), np.full((2, 17, 1), 0.5)], axis=2)
    np.save(tmp_path / "a.npy", array)
    with read_poses(tmp_path / "a.npy") as recording:
        poses = next(recording)
    assert poses.space == "image"
    assert (poses.scores == 0.5).all()


def test_videopose3d_can_read_what_we_write(tmp_path, frames) -> None:
    """As its `run.py -d custom` does: with pickles, by these names."""
    header = Header(source="videos/walk.mp4", size=(1000, 1002))
    path = write(tmp_path / "data_2d_custom_a.npz", frames, info=header, format="videopose3d")
    data = np.load(path, allow_pickle=True)
    positions, metadata = data["positions_2d"].item(), data["metadata"].item()
    assert list(positions) == ["walk_P5", "walk_P6"]
    assert [array.shape for array in positions["walk_P5"]["custom"]] == [(6, 17, 2)]
    assert (metadata["layout_name"], metadata["num_joints"]) == ("coco", 17)
    assert metadata["keypoints_symmetry"][0] == [1, 3, 5, 7, 9, 11, 13, 15]
    assert metadata["video_metadata"]["walk_P5"] == {"w": 1000, "h": 1002}
    with read_poses(path) as recording:
        assert recording.header.size == (1000, 1002)
        people = {poses.frame: poses for poses in recording if len(poses)}
    assert list(people) == [1, 5]
    np.testing.assert_array_equal(people[1].ids, [5, 6])
    np.testing.assert_array_equal(people[1].keypoints, frames[1].keypoints)


def test_a_file_of_videopose3d(tmp_path) -> None:
    points = np.ones((4, 17, 2), dtype=np.float32)
    np.savez_compressed(
        tmp_path / "a.npz",
        positions_2d={"walk.mp4": {"custom": [points]}},
        metadata={"layout_name": "coco", "num_joints": 17, "keypoints_symmetry": [[1], [2]]},
    )
    with read_poses(tmp_path / "a.npz") as recording:
        assert [len(poses) for poses in recording] == [1] * 4
    assert recording.header.skeleton == COCO17


@pytest.mark.parametrize(
    ("positions", "complaint"),
    [
        pytest.param({}, "holds no recordings", id="nothing"),
        pytest.param({"a": {"x": [1, 2]}}, "a x is not an array", id="numbers"),
        pytest.param(
            {name: {"custom": [np.zeros((1, 17, 2))]} for name in "ab"},
            r"holds 2 recordings \(a, b",
            id="two recordings",
        ),
        pytest.param({"a": {"custom": [np.zeros((1, 17, 5))]}}, "2 or 3 numbers", id="5 numbers"),
    ],
)
def test_bad_dictionaries(tmp_path, positions, complaint) -> None:
    np.savez(tmp_path / "a.npz", positions_2d=np.array(positions, dtype=object), metadata={})
    with pytest.raises(FormatError, match=complaint):
        read_poses(tmp_path / "a.npz")


class Harm:
    """Would make a folder if it were unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def test_pickles_run_nothing(tmp_path) -> None:
    harm = Harm(tmp_path / "harm")
    np.savez(tmp_path / "a.npz", positions_2d={"a": harm}, metadata={})
    with pytest.raises(FormatError, match=r"asks for \w+\.mkdir, which could run a program"):
        read_poses(tmp_path / "a.npz")
    np.save(tmp_path / "a.npy", np.array([harm], dtype=object))
    with pytest.raises(FormatError, match="holds objects, not numbers"):
        read_poses(tmp_path / "a.npy")
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_plain_pickles(protocol) -> None:
    value = {"a": [np.arange(6.0).reshape(2, 3), ("x", None, True)], "b": np.float32(2)}
    back = load_plain(io.BytesIO(pickle.dumps(np.array(value, dtype=object), protocol=protocol)))
    assert isinstance(back, np.ndarray)
    got = back.item()
    np.testing.assert_array_equal(got["a"][0], value["a"][0])
    assert (got["a"][1], got["b"]) == (value["a"][1], 2)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"cos\nsystem\n(S'echo'\ntR.", id="a call"),
        pytest.param(b"cbuiltins\neval\n.", id="eval"),
        pytest.param(b"cnumpy\nload\n.", id="another function of NumPy"),
        pytest.param(b"\x80\x04garbage", id="garbage"),
        pytest.param(pickle.dumps(Harm), id="a class"),
    ],
)
def test_refused_pickles(data) -> None:
    with pytest.raises(FormatError, match=r"refused|damaged"):
        load_plain(io.BytesIO(data))


def test_no_pickle_that_is_cut_or_changed_does_worse_than_an_error() -> None:
    rng = np.random.default_rng(0)
    value = np.array({"a": [np.arange(6.0)], "b": "text"}, dtype=object)
    whole = pickle.dumps(value, protocol=4)
    for _ in range(500):
        data = bytearray(whole)
        data[rng.integers(len(data))] = rng.integers(32, 256)
        with suppress(FormatError):
            load_plain(io.BytesIO(bytes(data[: rng.integers(1, len(data) + 1)])))


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        pytest.param({"a": np.zeros(3)}, "no array 'keypoints', but a", id="others"),
        pytest.param({"keypoints": np.zeros(3)}, r"must be \(T, N, K, D\)", id="one axis"),
        pytest.param({"keypoints": np.zeros((2, 5, 2))}, "no skeleton has 5", id="5 joints"),
        pytest.param({"keypoints": np.zeros((2, 17, 7))}, "2, 3 or 4 numbers, not 7", id="7"),
        pytest.param(
            {"keypoints": np.zeros((2, 17, 2)), "times": np.zeros(3)},
            r"times has the shape \(3,\), keypoints \(2, 17, 2\)",
            id="lengths",
        ),
        pytest.param(
            {"keypoints": np.zeros((2, 17, 2)), "scores": np.full((2, 17), 7)},
            "row 0: scores must lie",
            id="scores",
        ),
    ],
)
def test_bad_archives(tmp_path, arrays, complaint) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(FormatError, match=complaint):
        list(read_poses(tmp_path / "a.npz"))


@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_files_that_are_cut_off(tmp_path, make_poses, name) -> None:
    path = write(tmp_path / name, [make_poses(1, frame=i) for i in range(50)])
    data = path.read_bytes()
    for size in (0, 5, 70, len(data) // 2, len(data) - 3):
        path.write_bytes(data[:size])
        with pytest.raises(FormatError, match=name):
            list(read_poses(path))


def test_writers_refuse_what_does_not_fit(tmp_path, make_poses) -> None:
    for name in ("a.npz", "a.npy", "a.videopose3d.npz"):
        with pytest.raises(SkeletonError, match="other than the first frame"):
            write(tmp_path / name, [make_poses(1), make_poses(1, BODY25, frame=1)])
    with pytest.raises(InputError, match="2 people without ids"):
        write(tmp_path / "a.videopose3d.npz", [make_poses(2)])
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_recording(tmp_path, make_poses) -> None:
    poses = make_poses(1)
    peaks = []
    for count in (2100, 4200):
        out = open_writer(tmp_path / "a.npz")
        for frame in range(count):
            out.write(replace(poses, frame=frame))
        tracemalloc.start()
        out.close()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 2100 * 100  # a row has 204 bytes; their numbers and times stay
