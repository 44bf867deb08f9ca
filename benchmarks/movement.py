"""What movement analysis costs: online in a frame, and for the report of a long recording.

    python benchmarks/movement.py [--minutes 10] [--model nanodet+blazepose-full]

Finds the people of the sample clip once, and then measures

- tracking, One-Euro smoothing and joint angles of one person, frame by frame, and
- `kinema report` on a recording of so many minutes, one person, made by playing the poses of the
  clip forwards and backwards, in a process of its own, from the start to the finished page.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import numpy as np

import kinema
from kinema.analysis.angles import angles_of
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.store import fetch
from kinema.poses import Poses
from kinema.tracking.smoothing import OneEuro
from kinema.tracking.tracker import Tracker

RATE = 30


def main() -> None:
    """Measures both and prints a table."""
    parser = argparse.ArgumentParser(description="The cost of movement analysis.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--model", default="nanodet+blazepose-full")
    arguments = parser.parse_args()
    walk = list(one_person(arguments.model))
    costs = online_ms(walk)
    for name, value in costs.items():
        print(f"{name:<12} {value:6.3f} ms a frame")
    print(f"{'together':<12} {sum(costs.values()):6.3f} ms a frame")
    frames = round(arguments.minutes * 60 * RATE)
    seconds, size = report_seconds(walk, frames)
    print(f"report of {frames} frames: {seconds:.1f} s, {size / 1e6:.1f} MB")


def one_person(model: str) -> Iterator[Poses]:
    """The frames of the sample clip in which the walking woman is, with her alone."""
    with kinema.read_video(fetch(SAMPLE_CLIP)) as video:
        followed = Tracker().follow(kinema.run(kinema.load_model(model), video))
        for poses in followed:
            assert poses.ids is not None
            her = np.flatnonzero(poses.bounds()[:, 3] > 600)  # she walks low in the picture
            if len(her):
                yield poses[her[:1]]


def online_ms(walk: list[Poses]) -> dict[str, float]:
    """The median time of each stage in milliseconds, over all frames."""
    tracker, smoother = Tracker(), OneEuro()
    costs: dict[str, list[float]] = {"tracking": [], "smoothing": [], "angles": []}
    for poses in walk:
        marks = [time.perf_counter()]
        followed = tracker.update(replace(poses, ids=None))
        marks.append(time.perf_counter())
        smooth = smoother.update(followed)
        marks.append(time.perf_counter())
        angles_of(smooth)
        marks.append(time.perf_counter())
        if len(followed):
            for cost, step in zip(costs.values(), np.diff(marks), strict=True):
                cost.append(1000 * float(step))
    return {name: float(np.median(values)) for name, values in costs.items()}


def report_seconds(walk: list[Poses], frames: int) -> tuple[float, int]:
    """How long `kinema report` takes for a recording of so many frames, and the page's bytes."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "long.jsonl"
        with kinema.open_writer(source) as out:
            there_and_back = cycle([*walk, *walk[-2:0:-1]])
            for number, poses in enumerate(islice(there_and_back, frames)):
                ids = np.ones(len(poses), dtype=np.int64)
                out.write(replace(poses, ids=ids, frame=number, time=number / RATE))
        command = [sys.executable, "-m", "kinema", "report", str(source), "-o", name]
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - started, (Path(name) / "long.report.html").stat().st_size


if __name__ == "__main__":
    main()
