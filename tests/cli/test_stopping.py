"""A run that is stopped midway: what it leaves behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from kinema.media.frame import MediaInfo
from kinema.media.sources import read_video
from kinema.media.writer import VideoWriter

if sys.platform == "win32":
    pytest.skip("signals are those of POSIX", allow_module_level=True)

ENOUGH = 20  # frames before the stop


@pytest.fixture(scope="module")
def long_video(tmp_path_factory) -> Path:
    """Much longer than what is processed before the stop."""
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    info = MediaInfo(str(path), "video", (320, 240))
    with VideoWriter(path, info) as out:
        for number in range(3000):
            out.write(np.full((240, 320, 3), number % 256, np.uint8), number / 25)
    return path


def stop(source: Path, folder: Path, with_signal: signal.Signals) -> tuple[int, str, str]:
    """Starts a run, sends the signal in the middle, and waits for its end."""
    command = [sys.executable, "-m", "kinema.cli.main", "run", str(source), "-o", str(folder)]
    options = ["--size", "128", "--save", "poses,overlay,coco"]
    process = subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    poses = folder / "long.poses.jsonl"
    deadline = time.monotonic() + 60
    while not (poses.exists() and poses.read_bytes().count(b"\n") > ENOUGH):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(with_signal)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def frames_of(path: Path) -> int:
    """Frames in the JSON lines, of which the last may be cut."""
    header, *lines = path.read_text().split("\n")
    assert json.loads(header)["format"] == "kinema.poses"
    assert [json.loads(line)["frame"] for line in lines[:-1]] == list(range(len(lines) - 1))
    return len(lines) - 1


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_ctrl_c_keeps_what_was_done(long_video, tmp_path, name):
    code, out, err = stop(long_video, tmp_path, signal.Signals[name])
    assert (code, out) == (130, "")
    assert err == "kinema: stopped; what was written until now is kept\n"
    frames = frames_of(tmp_path / "long.poses.jsonl")
    assert ENOUGH <= frames < 3000
    with read_video(tmp_path / "long.overlay.mp4") as video:
        assert abs(sum(1 for _ in video) - frames) <= 1
    assert json.loads((tmp_path / "long.coco.json").read_text()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "long.coco.json",
        "long.overlay.mp4",
        "long.poses.jsonl",
    ]


def test_a_killed_run_leaves_readable_poses_and_no_half_video(long_video, tmp_path):
    code, _, _ = stop(long_video, tmp_path, signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert frames_of(tmp_path / "long.poses.jsonl") >= ENOUGH
    shown = [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert shown == ["long.poses.jsonl"]
