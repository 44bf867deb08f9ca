"""`kinema record`, with videos in the place of cameras."""

import json
import signal
import subprocess
import sys
import time
from fractions import Fraction

import numpy as np
import pytest

from kinema.cli.main import _run
from kinema.media.frame import MediaInfo
from kinema.media.sources import read_video
from kinema.media.writer import VideoWriter


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A minute of video at 10 pictures a second."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with VideoWriter(path, MediaInfo("film", "video", (64, 48), Fraction(10))) as writer:
        for number in range(600):
            writer.write(np.full((48, 64, 3), number % 200, np.uint8), number / 10)
    return path


def test_two_at_once(film, tmp_path, capsys):
    words = ["record", str(film), str(film), "-o", str(tmp_path), "--seconds", "0.7", "--json"]
    assert _run(words, debug=False) == 0
    cameras = json.loads(capsys.readouterr().out)["cameras"]
    assert [camera["name"] for camera in cameras] == ["cam0", "cam1"]
    for camera in cameras:
        assert 4 <= camera["frames"] <= 9
        assert camera["dropped"] == 0
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"cam0.mp4", "cam0.times.csv", "cam1.mp4", "cam1.times.csv"}


def test_summary(film, tmp_path, capsys):
    assert _run(["record", str(film), "-o", str(tmp_path), "--seconds", "0.5"], debug=False) == 0
    line = capsys.readouterr().out.strip()
    assert line.startswith(f"{tmp_path / 'cam0.mp4'} ({film}): ")
    assert "frames at" in line


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
def test_ctrl_c_is_the_usual_end(film, tmp_path):
    words = [sys.executable, "-m", "kinema", "record", str(film), "-o", str(tmp_path)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    times = tmp_path / "cam0.times.csv"
    deadline = time.monotonic() + 30
    while not (times.is_file() and times.read_text().count("\n") > 3):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert "frames at" in out
    with read_video(tmp_path / "cam0.mp4") as video:
        assert len(list(video)) >= 3


def test_no_such_source(tmp_path, capsys):
    assert _run(["record", "none.mp4", "-o", str(tmp_path)], debug=False) == 2
    assert "there is no file none.mp4" in capsys.readouterr().err
