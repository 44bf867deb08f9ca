import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.formats import convert, open_writer, read_poses
from kinema.skeletons import BODY25, COCO17, MPI15, OPENPOSE18


@pytest.fixture
def walk(tmp_path, make_poses):
    """Three frames of openpose18 with 2, 0 and 1 people, tracked, with boxes and times."""
    path = tmp_path / "walk.jsonl"
    with open_writer(path) as out:
        for frame, n in enumerate((2, 0, 1)):
            out.write(
                make_poses(
                    n, OPENPOSE18, frame=frame, time=frame / 25, ids=True, boxes=True, missing=False
                )
            )
    return path


def test_the_same_format_loses_nothing(walk, tmp_path) -> None:
    report = convert(walk, tmp_path / "copy.jsonl")
    assert (report.frames, report.people) == (3, 3)
    assert report.source_skeleton == report.target_skeleton == OPENPOSE18
    assert (report.lost, report.derived, report.missing, report.dropped) == ({}, {}, (), ())
    assert walk.read_bytes() == (tmp_path / "copy.jsonl").read_bytes()


def test_to_coco_the_neck_is_lost(walk, tmp_path) -> None:
    report = convert(walk, tmp_path / "walk.coco.json")
    assert report.target_skeleton == COCO17
    assert report.lost == {"neck": 3}
    assert (report.derived, report.missing) == ({}, ())
    assert report.dropped == ("empty frames", "times")


def test_to_body25_the_hips_give_their_middle_and_feet_are_missing(walk, tmp_path) -> None:
    report = convert(walk, tmp_path / "walk.jsonl.out", skeleton=BODY25, to_format="kinema")
    assert report.derived == {"mid_hip": 3}
    assert report.missing == BODY25.keypoints[19:]
    with read_poses(tmp_path / "walk.jsonl.out") as recording:
        back = next(recording)
    hips = (back.joint("left_hip") + back.joint("right_hip")) / 2
    np.testing.assert_allclose(back.joint("mid_hip"), hips, atol=0.0011)


def test_a_skeleton_on_the_way_counts_too(walk, tmp_path) -> None:
    """openpose18 -> coco17 -> body25: the neck goes, and comes back from the shoulders."""
    report = convert(walk, tmp_path / "walk.openpose", skeleton=COCO17)
    assert report.target_skeleton == BODY25
    assert report.lost == {"neck": 3}
    assert report.derived == {"mid_hip": 3}
    assert report.dropped == ("boxes", "times")


def test_there_and_back(walk, tmp_path, assert_equal) -> None:
    convert(walk, tmp_path / "walk.openpose")
    convert(tmp_path / "walk.openpose", tmp_path / "back.jsonl", rate=25)
    for got, expected in zip(read_poses(tmp_path / "back.jsonl"), read_poses(walk), strict=True):
        if len(expected):
            assert_equal(got, expected, boxes=False)


def test_no_frames(tmp_path) -> None:
    open_writer(tmp_path / "none.jsonl").close()
    report = convert(tmp_path / "none.jsonl", tmp_path / "none.coco.json")
    assert (report.frames, report.people, report.target_skeleton) == (0, 0, None)


def test_a_damaged_source_leaves_no_half_file(walk, tmp_path) -> None:
    walk.write_text(walk.read_text() + "oops\n" + walk.read_text())
    with pytest.raises(FormatError, match=r"walk\.jsonl, line 5"):
        convert(walk, tmp_path / "walk.coco.json")
    assert [path.name for path in tmp_path.iterdir()] == ["walk.jsonl"]


def test_into_itself_is_refused(walk) -> None:
    before = walk.read_bytes()
    with pytest.raises(InputError, match="into itself"):
        convert(walk, walk.parent / "." / walk.name)
    assert walk.read_bytes() == before


def test_formats_are_named_in_errors(walk, tmp_path) -> None:
    with pytest.raises(FormatError, match="did you mean openpose"):
        convert(walk, tmp_path / "x", to_format="openpos")
    with pytest.raises(FormatError, match="did you mean kinema"):
        convert(walk, tmp_path / "x.jsonl", from_format="kinem")


def test_memory_does_not_grow_with_the_recording(tmp_path, make_poses) -> None:
    poses = make_poses(1, MPI15)
    peaks = []
    for count in (100, 700):
        with open_writer(tmp_path / "long.jsonl") as out:
            for frame in range(count):
                out.write(replace(poses, frame=frame))
        tracemalloc.start()
        convert(tmp_path / "long.jsonl", tmp_path / "long.coco.json")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # Python keeps some thousand small objects to use them again; a frame has 500 bytes and more.
    assert peaks[1] - peaks[0] < 200_000
