"""Each example runs as its own docstring says, and leaves what it promises."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

import kinema

EXAMPLES = Path(__file__).parents[1] / "examples"
FRAMES = 6  # of the short clip


@pytest.fixture
def run(tmp_path, short_clip):
    """Runs an example in an empty folder and gives what it printed, line by line."""

    def run_example(name: str, *arguments: object) -> list[str]:
        command = [sys.executable, "-W", "error", EXAMPLES / name, *map(str, arguments)]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr == ""
        return ended.stdout.splitlines()

    return run_example


def test_all_examples_are_tested():
    source = Path(__file__).read_text("utf-8")
    missing = [path.name for path in EXAMPLES.glob("*.py") if f'"{path.name}"' not in source]
    assert missing == []


def test_sample_clip(run, tmp_path):
    assert run("sample_clip.py") == ["sample.mp4"]
    with kinema.read_video(tmp_path / "sample.mp4") as video:
        assert video.info.size == (1768, 994)


def test_wrist_heights(run, short_clip):
    lines = run("wrist_heights.py", short_clip)
    assert len(lines) == 2 * FRAMES  # two people
    words = lines[0].split()
    assert words[:4] == ["0.000", "s", "person", "0"]
    heights = [float(line.split()[i]) for line in lines for i in (5, 7)]
    assert max(heights) > 400  # of 497: the man on the roof has his arms up
    assert min(heights) > 50


def test_knee_heights(run, short_clip, tmp_path):
    assert run("knee_heights.py", short_clip) == ["knees.csv"]
    with (tmp_path / "knees.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["time"] for row in rows] == ["0.000", "0.033", "0.067", "0.100", "0.133", "0.167"]
    left = [float(row["left_knee"]) for row in rows]
    assert max(left) - min(left) < 60  # one person, not now one and now the other


def test_own_overlay(run, short_clip, tmp_path):
    assert run("own_overlay.py", short_clip, "out.mp4") == ["out.mp4"]
    with kinema.read_video(short_clip) as before, kinema.read_video(tmp_path / "out.mp4") as after:
        first, drawn = next(before).image.astype(int), next(after).image.astype(int)
        assert 1 + sum(1 for _ in after) == FRAMES
    is_white, was_white = (drawn > 215).all(axis=2), (first > 215).all(axis=2)
    right = first.shape[1] // 2  # where the woman is, both of whose wrists are seen
    assert (is_white & ~was_white)[:, right:].sum() > 100


def test_confidence_map(run, short_clip, tmp_path):
    *lines, last = run("confidence_map.py", short_clip, "left_knee")
    assert last == "map.png"
    values = {line.split()[0]: float(line.split()[1]) for line in lines}
    assert len(values) == 18
    assert values["left_knee"] > 0.3
    assert kinema.read_image(tmp_path / "map.png").size == (884, 496)


def test_openpose_to_jsonl(run, tmp_path):
    assert run("openpose_to_jsonl.py") == [
        "poses.jsonl: 10 frames, 10 poses",
        "from 0.000 s to 0.300 s",
    ]
    assert len(list((tmp_path / "sample.openpose").iterdir())) == 10


def test_own_format(run, short_clip, tmp_path):
    assert run("own_format.py", short_clip) == ["joints.csv"]
    with (tmp_path / "joints.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["frame"] for row in rows} == {str(i) for i in range(FRAMES)}
    assert {row["person"] for row in rows} == {"0", "1"}
    assert all(0 < float(row["score"]) <= 1 for row in rows)
    assert len({row["joint"] for row in rows}) == 18


def test_count_people(run, short_clip):
    assert run("count_people.py", short_clip) == ["    0 s: 2"]
