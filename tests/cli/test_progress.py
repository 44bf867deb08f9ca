"""Bars on a terminal, nothing in a pipe."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pty", reason="needs a POSIX terminal")
COLUMNS = 100


def in_terminal(*words: object, folder: Path) -> list[str]:
    """What a command shows on its terminal, as lines without colours and movements."""
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, COLUMNS))
    command = [sys.executable, "-m", "kinema.cli.main", *(str(word) for word in words)]
    environment = os.environ | {"TERM": "xterm-256color"}
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment, cwd=folder)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux's way to say that the other side has closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait() == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", shown.decode()).replace("\r", "\n")
    return [line.strip() for line in text.split("\n") if line.strip()]


def test_a_bar_with_rate_and_time_left(write_video, tmp_path):
    write_video(tmp_path / "noise [b].mp4", count=400)
    words = ("run", "noise [b].mp4", "--size", 64, "--save", "poses")
    shown = "\n".join(in_terminal(*words, folder=tmp_path))
    assert "noise [b]" in shown
    assert re.search(r"\d+/400", shown)
    assert re.search(r"\d+\.\d/s", shown)
    assert re.search(r"0:00:\d\d", shown)
    assert "400 frames, nobody found" in shown


def test_a_warning_has_a_line_of_its_own(write_video, tmp_path):
    source = write_video(tmp_path / "walk.mkv", count=400)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    shown = in_terminal("run", "walk.mkv", "--size", 64, "--save", "poses", folder=tmp_path)
    told = [line for line in shown if "is damaged" in line]
    assert len(told) == 1
    assert told[0].startswith("kinema: walk.mkv is damaged: it breaks off after ")
    assert any("/400" in line for line in shown), "estimated from the duration"


def test_no_bar_where_lines_of_json_go_to_the_terminal(write_video, tmp_path):
    write_video(tmp_path / "noise.mp4", count=3)
    shown = in_terminal("run", "noise.mp4", "-o", "-", "--size", 64, folder=tmp_path)
    assert shown[0].startswith('{"format":"kinema.poses"')
    assert "━" not in "".join(shown)


def test_nothing_in_a_pipe(kinema_process, write_video, tmp_path):
    source = write_video(tmp_path / "noise.mp4", count=30)
    done = kinema_process("run", source, "-o", "out", "--size", 64, "--save", "poses")
    assert (done.code, done.err) == (0, "")
    assert done.out.count("\n") == 2
