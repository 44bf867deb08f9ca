import io
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from kinema.errors import FormatError, InputError, SkeletonError
from kinema.formats import Header, open_writer, read_poses
from kinema.poses import Poses
from kinema.skeletons import BODY25, COCO17


def _write(path: Path, frames: list[Poses], **options: object) -> None:
    with open_writer(path, **options) as out:
        for poses in frames:
            out.write(poses)


def test_write_then_read(tmp_path, make_poses, assert_equal) -> None:
    frames = [make_poses(n, frame=n, time=n / 25, ids=n > 0, seed=n) for n in (2, 0, 1, 3)]
    info = Header(source="walk.mp4", size=(1280, 720), rate=25.0)
    _write(tmp_path / "walk.jsonl", frames, info=info, model="openpose")
    with read_poses(tmp_path / "walk.jsonl") as recording:
        assert recording.header == Header(COCO17, "walk.mp4", (1280, 720), 25.0, "openpose")
        back = list(recording)
    for got, expected in zip(back, frames, strict=True):
        assert_equal(got, expected)


def test_read_then_write_gives_the_same_bytes(tmp_path, make_poses) -> None:
    frames = [make_poses(3, frame=i, time=i / 30, boxes=True, seed=i) for i in range(5)]
    _write(tmp_path / "a.jsonl", frames)
    with read_poses(tmp_path / "a.jsonl") as recording:
        _write(tmp_path / "b.jsonl", list(recording), info=recording.header)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_a_recording_without_frames_is_a_header(tmp_path) -> None:
    _write(tmp_path / "none.jsonl", [], info=Header(source="black.mp4"))
    with read_poses(tmp_path / "none.jsonl") as recording:
        assert recording.header == Header(source="black.mp4")
        assert list(recording) == []


def test_each_frame_is_there_as_soon_as_it_is_written(tmp_path, make_poses) -> None:
    path = tmp_path / "live.jsonl"
    out = open_writer(path)
    for i in range(3):
        out.write(make_poses(frame=i))
        assert [poses.frame for poses in read_poses(path)] == list(range(i + 1))
    out.close()
    out.close()


def test_a_last_line_cut_anywhere_ends_the_recording(tmp_path, make_poses, caplog) -> None:
    path = tmp_path / "cut.jsonl"
    _write(path, [make_poses(1, frame=i) for i in range(3)])
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rindex(b"\n") + 1
    for end in (last + 1, last + 9, len(whole) - 3):
        path.write_bytes(whole[:end])
        with caplog.at_level(logging.WARNING):
            assert [poses.frame for poses in read_poses(path)] == [0, 1]
        assert "cut.jsonl is cut off: its last line, 4, is left out" in caplog.text
    path.write_bytes(whole[:-1])  # only the line end is missing
    assert [poses.frame for poses in read_poses(path)] == [0, 1, 2]


def test_a_damaged_line_is_named(tmp_path, make_poses) -> None:
    path = tmp_path / "bad.jsonl"
    _write(path, [make_poses(1, frame=i) for i in range(3)])
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], "{oops\n", *lines[3:]]))
    recording = read_poses(path)  # not in a `with`: the error closes the file
    assert next(recording).frame == 0
    with pytest.raises(FormatError, match=r"bad\.jsonl, line 3: not JSON"):
        next(recording)


def test_the_column_of_the_damage_is_named(tmp_path, make_poses) -> None:
    path = tmp_path / "bad.jsonl"
    _write(path, [make_poses(1)])
    path.write_text(path.read_text() + '{"frame": 1, "time":\n')
    with pytest.raises(FormatError, match=r"line 3: not JSON: Expecting value at column 21$"):
        list(read_poses(path))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        pytest.param(b"", "line 1: empty", id="empty"),
        pytest.param(b"\n\n", "line 1: empty", id="blank"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\xff", "line 1: not JSON", id="a picture"),
        pytest.param(b'{"format": "kinema.po', "line 1: not JSON", id="a cut header"),
        pytest.param(b'{"a": 1}\n', "not a Kinema recording", id="other JSON lines"),
    ],
)
def test_files_that_are_no_recordings(tmp_path, content, match) -> None:
    (tmp_path / "x.jsonl").write_bytes(content)
    with pytest.raises(FormatError, match=match):
        read_poses(tmp_path / "x.jsonl")


def test_blank_lines_and_a_byte_order_mark_do_no_harm(tmp_path, make_poses) -> None:
    path = tmp_path / "a.jsonl"
    _write(path, [make_poses(1)])
    path.write_text("\ufeff" + path.read_text() + "\n\n", encoding="utf-8")
    assert len(list(read_poses(path))) == 1


def test_the_skeleton_must_not_change(tmp_path, make_poses) -> None:
    with (
        open_writer(tmp_path / "a.jsonl") as out,
        pytest.raises(SkeletonError, match=r"frame 1 is body25 .* begun as coco17"),
    ):
        out.write(make_poses())
        out.write(make_poses(skeleton=BODY25, frame=1))


def test_nothing_is_left_by_an_error_before_the_first_frame(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("what was there")
    with pytest.raises(RuntimeError), open_writer(path):
        raise RuntimeError
    assert path.read_text() == "what was there"


def test_an_error_later_keeps_what_was_written(tmp_path, make_poses) -> None:
    with pytest.raises(RuntimeError), open_writer(tmp_path / "a.jsonl") as out:
        out.write(make_poses())
        raise RuntimeError
    assert len(list(read_poses(tmp_path / "a.jsonl"))) == 1


def test_discard_removes_the_file(tmp_path, make_poses) -> None:
    out = open_writer(tmp_path / "a.jsonl")
    out.write(make_poses())
    out.discard()
    out.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist(tmp_path, make_poses) -> None:
    with (
        pytest.raises(InputError, match=r"cannot write .*a\.jsonl: no such file"),
        open_writer(tmp_path / "nowhere" / "a.jsonl") as out,
    ):
        out.write(make_poses())


def test_text_streams(make_poses, assert_equal) -> None:
    stream = io.StringIO()
    with open_writer(stream) as out:
        out.write(make_poses())
    assert not stream.closed
    stream.seek(0)
    assert_equal(next(read_poses(stream)), make_poses())


def test_standard_streams(tmp_path, make_poses) -> None:
    _write(tmp_path / "a.jsonl", [make_poses(frame=i) for i in range(3)])
    code = "from kinema.formats import convert; convert('-', '-')"
    with (tmp_path / "a.jsonl").open("rb") as file:
        done = subprocess.run([sys.executable, "-c", code], stdin=file, capture_output=True)
    assert done.stderr == b""
    assert done.stdout == (tmp_path / "a.jsonl").read_bytes()


def test_closing_early_and_reading_on(tmp_path, make_poses) -> None:
    _write(tmp_path / "a.jsonl", [make_poses(frame=i) for i in range(3)])
    with read_poses(tmp_path / "a.jsonl") as recording:
        next(recording)
    assert list(recording) == []


def test_every_line_is_strict_json(tmp_path, make_poses) -> None:
    _write(tmp_path / "a.jsonl", [make_poses(2, boxes=True)])
    for line in (tmp_path / "a.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)
