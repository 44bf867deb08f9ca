"""JSON lines to standard output, pipes that close early, and disks that are full."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kinema.formats import read_poses

KINEMA = f"{shlex.quote(sys.executable)} -m kinema.cli.main"
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of shell, in which `kinema` is the command under test."""
    command = f'set -o pipefail; kinema() {{ {KINEMA} "$@"; }}; {command}'
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=folder, timeout=120
    )


@pytest.fixture
def noise(write_video, tmp_path):
    """A video of 300 frames with nobody in it."""
    return write_video(tmp_path / "noise.mp4", count=300)


def test_stdout_has_the_poses_and_nothing_else(kinema, write_video, tmp_path):
    source = write_video(tmp_path / "noise.mp4", count=3)
    done = kinema("run", source, "-o", "-", "--size", 64)
    header, *frames = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0
    assert header["format"] == "kinema.poses"
    assert [frame["frame"] for frame in frames] == [0, 1, 2]
    assert done.err.startswith(f"{source}: 3 frames, nobody found, ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["noise.mp4"]


@posix
def test_into_head(noise, tmp_path):
    done = shell("kinema run noise.mp4 -o - --size 64 | head -2", tmp_path)
    assert [json.loads(line).get("frame") for line in done.stdout.splitlines()] == [None, 0]
    assert done.stderr == ""


@posix
def test_into_convert(real_clip, tmp_path):
    command = f"kinema run {real_clip} -o - --size 184 | kinema convert - out.openpose"
    done = shell(command, tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("out.openpose: 12 frames, ")
    with read_poses(tmp_path / "out.openpose") as recording:
        assert sum(len(poses) for poses in recording) >= 12


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("words", ["run noise.mp4 -o - --size 64", "models list"])
def test_stdout_on_a_full_disk(noise, tmp_path, words):
    done = shell(f"kinema {words} > /dev/full", tmp_path)
    assert done.returncode == 1
    assert done.stderr == "kinema: standard output: No space left on device\n"


@posix
@pytest.mark.parametrize(
    ("kind", "blocks", "left"),
    [
        pytest.param("poses", 12, ["noise.poses.jsonl"], id="JSON lines stay"),
        pytest.param("overlay", 24, [], id="half a video does not"),
    ],
)
def test_a_file_that_cannot_grow(noise, tmp_path, kind, blocks, left):
    # A limit for the size of files fails like a full disk, and needs no disk to fill.
    command = f"ulimit -f {blocks}; kinema run noise.mp4 -o out --size 64 --save {kind}"
    done = shell(command, tmp_path)
    name = {"poses": "noise.poses.jsonl", "overlay": "noise.overlay.mp4"}[kind]
    assert done.returncode == 1
    assert done.stderr.lower() == f"kinema: cannot write out/{name}: file too large\n"
    out = tmp_path / "out"
    assert (sorted(path.name for path in out.iterdir()) if out.exists() else []) == left
    if left:
        with read_poses(out / name) as recording:
            assert sum(1 for _ in recording) > 100
    else:
        assert not out.exists()


@posix
def test_coco_that_cannot_grow_leaves_nothing(real_clip, tmp_path):
    command = f"kinema run {real_clip} -o out --size 184 --save poses"
    assert shell(command, tmp_path).returncode == 0
    source = tmp_path / "out" / "jump.poses.jsonl"
    header, *frames = source.read_text().splitlines()
    source.write_text("\n".join([header, *frames * 5]) + "\n")
    done = shell("ulimit -f 8; kinema convert out/jump.poses.jsonl new.coco.json", tmp_path)
    assert done.returncode == 1
    assert done.stderr == "kinema: cannot write new.coco.json: file too large\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
