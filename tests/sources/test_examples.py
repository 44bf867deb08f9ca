"""Examples from parts of videos: only these are looked at and kept."""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np
import pytest

from kinema.formats import read_poses
from kinema.media.frame import MediaInfo
from kinema.media.writer import VideoWriter
from kinema.poses import Poses
from kinema.skeletons import COCO17
from kinema.sources.examples import read_examples, wanted_examples


class Stander:
    """Finds one person in each frame, and counts the frames."""

    name, skeleton, parallel = "stander", COCO17, 1
    mode, tiles, settings = None, None, {}

    def __init__(self) -> None:
        self.seen: list[float] = []

    def start(self, frame):
        self.seen.append(frame.time)
        rng = np.random.default_rng(0)
        points = rng.uniform(20, 100, (1, 17, 2)).astype(np.float32)
        found = Poses(COCO17, points, np.full((1, 17), 0.9), frame=frame.index, time=frame.time)

        class Job:
            def poses(self):
                return found

        job = Job()
        job.frame = frame
        return job


@pytest.fixture
def video(tmp_path):
    """Four seconds at 25 frames a second."""
    path = tmp_path / "long.mp4"
    info = MediaInfo(source="none", kind="video", size=(64, 48), rate=Fraction(25))
    with VideoWriter(path, info) as out:
        for number in range(100):
            out.write(np.full((48, 64, 3), number, np.uint8), number / 25)
    return path


def teach(words, folder, **options):
    model = Stander()
    found = read_examples(wanted_examples(words), folder, lambda: model, **options)
    return found, model


def test_only_the_wanted_seconds_are_looked_at_and_kept(video, tmp_path):
    words = [f"walk={video}@1-2", f"run={video}@2.5-3", f"walk={video}@3.2-3.6"]
    found, model = teach(words, tmp_path / "kept")
    assert len(model.seen) == 25 + 12 + 10
    assert [example.track.times[0] for example in found] == pytest.approx([1, 2.52, 3.2])
    names = sorted(str(p.relative_to(tmp_path / "kept")) for p in tmp_path.glob("kept/*/*"))
    assert [name.replace(os.sep, "/") for name in names] == [
        "run/long@2.5-3.poses.jsonl",
        "walk/long@1-2.poses.jsonl",
        "walk/long@3.2-3.6.poses.jsonl",
    ]
    with read_poses(tmp_path / "kept" / "walk" / "long@1-2.poses.jsonl") as recording:
        assert [poses.frame for poses in recording] == list(range(25, 50))

    again, model = teach([str(tmp_path / "kept")], tmp_path / "other")
    assert not model.seen
    lengths = sorted(len(example.track) for example in again)
    assert lengths == sorted(len(example.track) for example in found) == [10, 12, 25]


def test_what_was_kept_and_is_no_example_now_is_told_of(video, tmp_path):
    left = []
    teach([f"walk={video}"], tmp_path / "kept", on_left=left.append)
    assert left == []
    teach([f"walk={video}@1-2"], tmp_path / "kept", on_left=left.append)
    assert left == [tmp_path / "kept" / "walk" / "long.poses.jsonl"]
