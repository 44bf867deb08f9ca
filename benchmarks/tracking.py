"""How well people who cross keep their ids, and what tracking costs.

python benchmarks/tracking.py [--recordings 10] [--poses FILE ...] [--video FILE]

Made-up recordings of 2 to 6 people who walk through each other (`kinema.evaluation.crossings`),
followed by `Tracker` and, for comparison, by the overlap of boxes from frame to frame alone. Then
the time for a frame with 1 to 20 people. With `--poses`, how long people of real recordings are
followed; with `--video` beside one of those, what `FlowTracker` makes of it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from statistics import fmean, median

import numpy as np
from scipy.optimize import linear_sum_assignment

from kinema import Poses, read_poses, read_video
from kinema.evaluation.crossings import Flaws, crossing
from kinema.evaluation.tracking import evaluate_tracking
from kinema.skeletons import COCO17
from kinema.tracking.flow import FlowTracker
from kinema.tracking.similarity import overlap
from kinema.tracking.tracker import Tracker

CROWDS = (2, 3, 4, 6)
LEAST_OVERLAP = 0.3
SECONDS_REMEMBERED = 1.0
FRAMES = 300


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description="Accuracy and speed of tracking.")
    parser.add_argument("--recordings", type=int, default=10, help="for each number of people")
    parser.add_argument("--poses", nargs="*", default=[], help="files of poses")
    parser.add_argument("--video", help="of the first of them, for optical flow")
    arguments = parser.parse_args()
    print("people  tracker   HOTA   IDF1   MOTA  switches  ids/person")
    for people in CROWDS:
        made = [crossing(people, seed=seed) for seed in range(arguments.recordings)]
        for name, follow in (("Tracker", Tracker().renewed), ("overlap", None)):
            print(f"{people:>6}  {name:<8} {accuracy(made, follow)}", flush=True)
    print("\npeople  ms a frame")
    for people in (1, 2, 5, 10, 20):
        print(f"{people:>6}  {cost_ms(standing(people)):>10.3f}", flush=True)
    for path in arguments.poses:
        with read_poses(path) as recording:
            show(path, "Tracker", list(Tracker().follow(recording)))
    if arguments.video:
        show(arguments.poses[0], "FlowTracker", by_flow(arguments.poses[0], arguments.video))


def accuracy(
    made: Sequence[tuple[list[Poses], list[Poses]]], tracker: Callable[[], Tracker] | None
) -> str:
    """One row of the table: means over the recordings, and the sum of the switches."""
    reports = [
        evaluate_tracking(truth, tracker().follow(found) if tracker else by_overlap(found))
        for truth, found in made
    ]
    shares = (fmean(getattr(r, name) for r in reports) for name in ("hota", "idf1", "mota"))
    ids = sum(r.ids for r in reports) / sum(r.people for r in reports)
    scores = " ".join(f"{share:6.3f}" for share in shares)
    return f"{scores}  {sum(r.switches for r in reports):>8}  {ids:>10.1f}"


def by_overlap(stream: Iterable[Poses]) -> Iterator[Poses]:
    """What is usually done without a motion model: the boxes that overlap most are the same."""
    known: dict[int, tuple[np.ndarray, float]] = {}
    given = 0
    for poses in stream:
        boxes = poses.bounds().reshape(-1, 2, 2).astype(float)
        recent = [i for i, (_, seen) in known.items() if poses.time - seen <= SECONDS_REMEMBERED]
        before = np.array([known[i][0] for i in recent]).reshape(-1, 2, 2)
        shares = overlap(before, boxes)
        ids = np.zeros(len(poses), dtype=np.int64)
        for row, column in zip(*linear_sum_assignment(shares, maximize=True), strict=True):
            if shares[row, column] >= LEAST_OVERLAP:
                ids[column] = recent[row]
        for column in np.flatnonzero(ids == 0):
            given += 1
            ids[column] = given
        known.update({int(i): (box, poses.time) for i, box in zip(ids, boxes, strict=True)})
        yield replace(poses, ids=ids)


def standing(people: int) -> list[Poses]:
    """People side by side who are found in every frame, with some jitter."""
    flaws = Flaws(missed=0, doubled=0, invented=0)
    _, found = crossing(1, seed=2, flaws=flaws)
    body = next(poses for poses in found if len(poses) and poses.found.all()).keypoints[0]
    rng = np.random.default_rng(0)
    shifts = np.array([[300 * n, 0] for n in range(people)])[:, None]
    return [
        Poses(
            COCO17,
            body + shifts + rng.normal(0, 1, (people, 17, 2)),
            np.ones((people, 17)),
            frame=n,
            time=n / 30,
        )
        for n in range(FRAMES)
    ]


def cost_ms(frames: Sequence[Poses]) -> float:
    """The median time of a frame once everybody is known."""
    tracker = Tracker()
    times = []
    for poses in frames:
        started = time.perf_counter()
        tracker.update(poses)
        times.append(1000 * (time.perf_counter() - started))
    return median(times[10:])


def by_flow(path: str, video: str) -> list[Poses]:
    """The people of a file of poses, followed by the pictures of its video."""
    with read_poses(path) as recording:
        poses = {each.frame: each for each in recording}
    with read_video(video) as frames:
        pairs = ((frame, poses[frame.index]) for frame in frames if frame.index in poses)
        return list(FlowTracker().follow(pairs))


def show(path: str, name: str, frames: Sequence[Poses]) -> None:
    """From when to when each person was followed."""
    print(f"\n{path}, {len(frames)} frames, {name}")
    seen: dict[int, list[int]] = {}
    for poses in frames:
        for identity in [] if poses.ids is None else poses.ids.tolist():
            seen.setdefault(identity, []).append(poses.frame)
    for identity, numbers in seen.items():
        print(f"  id {identity}: frames {numbers[0]} to {numbers[-1]}, found in {len(numbers)}")


if __name__ == "__main__":
    main()
