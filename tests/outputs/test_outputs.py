"""From a source to files, with a model that is no network: it finds what the test says."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from kinema.errors import InputError, MediaError, ModelError
from kinema.formats import find_format, read_poses
from kinema.media.frame import Frame, MediaInfo
from kinema.media.sources import read_image, read_video
from kinema.media.writer import VideoWriter, write_image
from kinema.outputs import KINDS, Plan, process
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17

SIZE = (64, 48)


@dataclass
class Counter:
    """A model that finds as many people in a frame as the frame's number says, modulo four.

    Person i has the score (i + 1) / 10 and all joints at (10 i, 20). `fails_at` is a frame at
    which it gives up.
    """

    fails_at: int | None = None
    name: str = "counter"
    skeleton: Skeleton = COCO17
    parallel: int = 2

    def start(self, frame: Frame) -> CounterJob:
        return CounterJob(frame, self.fails_at)


@dataclass
class CounterJob:
    frame: Frame
    fails_at: int | None = None
    asked: int = field(default=0)

    def poses(self) -> Poses:
        if self.frame.index == self.fails_at:
            raise ModelError("the counter gave up")
        people = self.frame.index % 4
        keypoints = np.full((people, 17, 2), 20.0)
        keypoints[..., 0] = 10 * np.arange(people)[:, None]
        scores = np.tile((np.arange(people) + 1)[:, None] / 10, (1, 17))
        index, time = self.frame.index, self.frame.time
        return Poses(COCO17, keypoints, scores, frame=index, time=time)


def untracked(save: tuple[str, ...] = ("poses", "overlay"), **settings: Any) -> Plan:
    """The people of the counter come and go as no people do; here it is about files."""
    return Plan(save, tracker=None, **settings)


@pytest.fixture
def write_video(tmp_path) -> Callable[..., Path]:
    def write(count: int, name: str = "walk.mp4") -> Path:
        path = tmp_path / name
        with VideoWriter(path, MediaInfo(name, "video", SIZE)) as out:
            for number in range(count):
                shade = np.full((SIZE[1], SIZE[0], 3), 40 + number % 100, np.uint8)
                out.write(shade, number / 25)
        return path

    return write


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def numbers_of_people(path: Path) -> list[int]:
    with read_poses(path) as recording:
        return [len(poses) for poses in recording]


def test_a_video(write_video, tmp_path):
    source, out = write_video(6), tmp_path / "a" / "b"
    started: list[MediaInfo] = []
    seen: list[Poses] = []
    report = process(
        str(source),
        Counter(),
        out,
        untracked(("poses", "overlay", "openpose", "coco")),
        on_start=started.append,
        on_frame=seen.append,
    )
    assert names(out) == ["walk.coco.json", "walk.openpose", "walk.overlay.mp4", "walk.poses.jsonl"]
    assert (report.source, report.frames, report.people) == (str(source), 6, 3)
    assert [path.name for path in report.files] == [
        *("walk.poses.jsonl", "walk.overlay.mp4", "walk.openpose", "walk.coco.json")
    ]
    assert report.damage is None
    assert report.rate == pytest.approx(6 / report.seconds)
    assert [info.size for info in started] == [SIZE]
    assert [len(poses) for poses in seen] == [0, 1, 2, 3, 0, 1]
    assert numbers_of_people(out / "walk.poses.jsonl") == [0, 1, 2, 3, 0, 1]
    assert numbers_of_people(out / "walk.openpose") == [0, 1, 2, 3, 0, 1]
    images = [entry["image_id"] for entry in json.loads((out / "walk.coco.json").read_text())]
    assert images == [1, 2, 2, 3, 3, 3, 5]
    with read_video(out / "walk.overlay.mp4") as video:
        assert [frame.time for frame in video] == pytest.approx(np.arange(6) / 25)


def test_the_header_says_where_the_poses_come_from(write_video, tmp_path):
    process(str(write_video(2)), Counter(), tmp_path, untracked(("poses",)))
    with read_poses(tmp_path / "walk.poses.jsonl") as recording:
        header = recording.header
    assert (header.size, header.model, header.skeleton) == (SIZE, "counter", COCO17)
    assert header.source == str(tmp_path / "walk.mp4")


def test_an_image(tmp_path):
    picture = np.full((48, 64, 3), 99, np.uint8)
    write_image(tmp_path / "one.png", picture)
    report = process(str(tmp_path / "one.png"), Counter(), tmp_path / "out")
    assert names(tmp_path / "out") == ["one.overlay.png", "one.poses.jsonl"]
    assert (report.frames, report.people) == (1, 0)
    np.testing.assert_array_equal(
        read_image(tmp_path / "out" / "one.overlay.png").image, picture, "nobody, nothing drawn"
    )


def test_images_in_a_row(tmp_path):
    for number in range(3):
        write_image(tmp_path / f"img{number}.png", np.full((48, 64, 3), 99, np.uint8))
    sources = [str(tmp_path / f"img{number}.png") for number in range(3)]
    report = process(sources, Counter(), tmp_path / "out", untracked(rate=2))
    assert names(tmp_path / "out") == ["img.overlay.mp4", "img.poses.jsonl"]
    assert report.source == f"{sources[0]} and 2 more"
    with read_poses(tmp_path / "out" / "img.poses.jsonl") as recording:
        assert [poses.time for poses in recording] == [0, 0.5, 1]


def test_a_stream(write_video):
    stream = io.StringIO()
    report = process(str(write_video(3)), Counter(), stream, untracked(("poses",)))
    assert report.files == ()
    assert len(stream.getvalue().splitlines()) == 4
    assert not stream.closed


@pytest.mark.parametrize(
    ("people", "rows"), [(1, [2]), (2, [1, 2]), (3, [0, 1, 2]), (9, [0, 1, 2])]
)
def test_people_keeps_the_highest_scores_in_their_order(write_video, tmp_path, people, rows):
    process(str(write_video(4)), Counter(), tmp_path, untracked(("poses",), people=people))
    with read_poses(tmp_path / "walk.poses.jsonl") as recording:
        last = list(recording)[3]
    np.testing.assert_array_equal(last.keypoints[:, 0, 0], [10 * row for row in rows])


def test_stem(write_video, tmp_path):
    process(str(write_video(1)), Counter(), tmp_path, untracked(("poses",)), stem="other")
    assert (tmp_path / "other.poses.jsonl").exists()


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        pytest.param({"save": ("pictures",)}, "cannot save 'pictures'; known are", id="kind"),
        pytest.param({"save": ()}, "nothing to save; known are poses", id="nothing"),
        pytest.param({"people": 0}, "people must be at least 1, got 0", id="people"),
        pytest.param({"colour_by": "sides"}, "did you mean side?|known are side", id="colour"),
        pytest.param({"tracker": "sort"}, "no tracker 'sort'; known are oks, flow", id="tracker"),
        pytest.param({"rate": 0.0}, "rate must be a positive number", id="rate"),
        pytest.param({"rate": float("inf")}, "rate must be a positive number", id="rate inf"),
    ],
)
def test_a_bad_plan(settings, complaint):
    with pytest.raises(InputError, match=complaint):
        Plan(**settings)


def test_a_plan_that_the_model_cannot_carry_out(write_video, tmp_path):
    with pytest.raises(InputError, match="the model counter has no maps to show"):
        process(str(write_video(1)), Counter(), tmp_path / "out", untracked(("poses", "maps")))
    with pytest.raises(InputError, match="only poses can go to a stream"):
        process(str(write_video(1)), Counter(), io.StringIO(), untracked(("poses", "overlay")))
    assert not (tmp_path / "out").exists()


def test_a_bad_source_leaves_nothing(tmp_path):
    with pytest.raises(MediaError, match="there is no file"):
        process(str(tmp_path / "none.mp4"), Counter(), tmp_path / "a" / "b")
    assert names(tmp_path) == []


def test_an_error_in_the_first_frame_leaves_nothing(write_video, tmp_path):
    source = write_video(3)
    with pytest.raises(ModelError, match="gave up"):
        process(str(source), Counter(fails_at=0), tmp_path / "a" / "b")
    assert names(tmp_path) == ["walk.mp4"]


def test_what_cannot_be_written_leaves_no_folder(write_video, tmp_path):
    source, out = write_video(3), tmp_path / "a" / "b"
    with pytest.raises((InputError, MediaError), match="cannot write"):
        process(str(source), Counter(), out, untracked(("overlay",)), stem="no/such")
    assert names(tmp_path) == ["walk.mp4"]


def test_what_was_begun_is_cleaned_up_where_the_next_cannot_be_begun(write_video, tmp_path):
    source, out = write_video(3), tmp_path / "a"
    out.mkdir()
    (out / "walk.openpose").touch()
    with pytest.raises(InputError, match="it is a file, not a folder"):
        process(str(source), Counter(), out, untracked(("overlay", "openpose")))
    assert [path.name for path in out.iterdir()] == ["walk.openpose"]


def test_a_kind_that_is_named_twice_is_written_once(write_video, tmp_path):
    report = process(str(write_video(2)), Counter(), tmp_path, untracked(("poses", "poses")))
    assert report.files == (tmp_path / "walk.poses.jsonl",)
    assert numbers_of_people(tmp_path / "walk.poses.jsonl") == [0, 1]


def test_a_folder_that_was_there_stays(write_video, tmp_path):
    source, out = write_video(3), tmp_path / "a"
    out.mkdir()
    with pytest.raises((InputError, MediaError), match="cannot write"):
        process(str(source), Counter(), out, untracked(("overlay",)), stem="no/such")
    assert names(tmp_path) == ["a", "walk.mp4"]


def test_an_error_midway_keeps_the_frames_before_it(write_video, tmp_path):
    source, out = write_video(12), tmp_path / "out"
    with pytest.raises(ModelError, match="gave up"):
        process(str(source), Counter(fails_at=8), out, untracked(("poses", "overlay", "openpose")))
    assert names(out) == ["walk.openpose", "walk.poses.jsonl"]
    assert numbers_of_people(out / "walk.poses.jsonl") == [0, 1, 2, 3] * 2
    assert numbers_of_people(out / "walk.openpose") == [0, 1, 2, 3] * 2


def test_an_error_midway_leaves_older_results_alone(write_video, tmp_path):
    source, out = write_video(12), tmp_path / "out"
    process(str(source), Counter(), out, untracked(("overlay", "coco")))
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(ModelError, match="gave up"):
        process(str(source), Counter(fails_at=8), out, untracked(("overlay", "coco")))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_ctrl_c_keeps_everything_until_then(write_video, tmp_path):
    def stop(poses: Poses) -> None:
        if poses.frame == 5:
            raise KeyboardInterrupt

    plan = untracked(("poses", "overlay", "openpose", "coco"))
    with pytest.raises(KeyboardInterrupt):
        process(str(write_video(20)), Counter(), tmp_path / "out", plan, on_frame=stop)
    out = tmp_path / "out"
    assert names(out) == ["walk.coco.json", "walk.openpose", "walk.overlay.mp4", "walk.poses.jsonl"]
    assert numbers_of_people(out / "walk.poses.jsonl") == [0, 1, 2, 3, 0, 1]
    assert numbers_of_people(out / "walk.coco.json") == [1, 2, 3, 1]
    with read_video(out / "walk.overlay.mp4") as video:
        assert sum(1 for _ in video) == 6


def test_damage_is_told(write_video, tmp_path):
    source = write_video(200, "walk.m4v")
    with (
        av.open(str(source)) as video,
        av.open(str(tmp_path / "walk.mkv"), "w") as copy,
    ):
        stream = copy.add_stream_from_template(video.streams.video[0])
        for packet in video.demux(video.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    cut = tmp_path / "walk.mkv"
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    report = process(str(cut), Counter(), tmp_path / "out", untracked(("poses",)))
    assert 0 < report.frames < 200
    assert report.damage is not None
    assert report.damage.startswith(f"{cut} is damaged: it breaks off after ")


PEAK = """
import resource, sys
from pathlib import Path
from kinema.models.loading import load_model
from kinema.outputs import Plan, process

plan = Plan(("poses", "overlay", "coco"))
report = process(sys.argv[1], load_model(size=32), Path(sys.argv[2]), plan)
print(report.frames, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the peak")
def test_memory_stays_flat(write_video, tmp_path):
    def peak(count: int) -> int:
        command = [sys.executable, "-c", PEAK, str(write_video(count)), str(tmp_path / "out")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        frames, memory = map(int, done.stdout.split())
        assert frames == count
        return memory

    assert peak(3000) < 1.1 * peak(300)


def test_kinds_are_told_in_one_place() -> None:
    assert KINDS[:3] == ("poses", "overlay", "maps")
    assert {"openpose", "coco", "csv", "csv-long", "parquet", "npz"} <= set(KINDS)


@pytest.mark.parametrize("kind", ["csv", "csv-long", "npz", "coco"])
def test_every_format_is_a_kind(write_video, tmp_path, kind) -> None:
    report = process(str(write_video(4)), Counter(), tmp_path / "out", untracked((kind,)))
    ending = find_format(kind).suffixes[0]
    assert [path.name for path in report.files] == [f"walk{ending}"]
    assert [n for n in numbers_of_people(report.files[0]) if n] == [1, 2, 3]


def test_a_format_that_cannot_hold_it_leaves_nothing(write_video, tmp_path) -> None:
    with pytest.raises(InputError, match="holds positions in metres"):
        process(str(write_video(2)), Counter(), tmp_path / "out", untracked(("kinect",)))
    assert not (tmp_path / "out").exists()
