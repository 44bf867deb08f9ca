"""How many swaps of left and right are undone, and how much is touched that was right.

python benchmarks/swaps.py FILE_OR_FOLDER... [--half tuning|held-out]

The files are motion capture as `benchmarks/mocap.py` reads it, or recordings of poses (.jsonl) of
real videos. Of motion capture, subjects with an even number are for tuning, the others held out.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from camera_noise import add_noise, person_height
from mocap import VIEWS, Motion, film, read_motions
from swap_injection import KINDS, LENGTHS, inject, members

from kinema import read_poses
from kinema.track import Track, tracks
from kinema.tracking.swaps import repair_swaps
from kinema.tracking.tracker import Tracker

Mask = npt.NDArray[np.bool_]
LONGEST = 10.0  # seconds of a recording
TOGETHER = 0.02  # of the height: sides that are nearer than this are one place within the noise
SURE = (0.5, 0.8, 0.95, 0.99, 0.999, 1.1)  # bands of the confidence


@dataclass
class Count:
    """Joints of frames: how many were there, and how many were exchanged by the repair."""

    number: int = 0
    swapped: int = 0

    def add(self, chosen: Mask, swapped: Mask) -> None:
        """Count the chosen ones."""
        self.number += int(chosen.sum())
        self.swapped += int((chosen & swapped).sum())

    @property
    def share(self) -> float:
        """In %, NaN of none."""
        return 100 * self.swapped / self.number if self.number else float("nan")


Counts = dict[str, Count]


def held_out(motion: Motion) -> bool:
    """Subjects with odd numbers, and the arrays that are called test."""
    digits = "".join(filter(str.isdigit, motion.subject))
    return int(digits) % 2 == 1 if digits else "test" in motion.subject


def judge(track: Track, rng: np.random.Generator, *, crossings: bool) -> Counts:
    """Inject swaps, repair them and count: one row for each property of a swap."""
    injected, wrong, swaps = inject(track, rng, at_crossings=crossings)
    repair = repair_swaps(injected)
    order = track.skeleton.mirror_order
    apart = np.linalg.norm(injected.keypoints - injected.keypoints[:, order], axis=2)
    paired = order != np.arange(len(order))
    visible = (apart > TOGETHER * person_height(track)) & paired
    anywhere = (injected.found | injected.found[:, order]) & paired
    counts: Counts = defaultdict(Count)
    for name, where in (("", visible), (", also in one place", anywhere)):
        counts[f"all{name}"].add(wrong & where, repair.swapped)
        counts[f"clean all{name}"].add(~wrong & where, repair.swapped)
    for swap in swaps:
        here = np.zeros_like(wrong)
        here[swap.start : swap.stop, members(track.skeleton, swap.kind)] = True
        start = "at crossings" if crossings else "anywhere"
        for row in (f"kind: {swap.kind}", f"length: {swap.length}", f"start: {start}"):
            counts[row].add(here & visible, repair.swapped)
    for low, high in pairwise(SURE):
        band = visible & (repair.confidence >= low) & (repair.confidence < high)
        counts[f"sure: {low} to {min(high, 1)}"].add(band, repair.swapped != wrong)
    return counts


def on_motions(motions: list[Motion]) -> Counts:
    """All views and frame rates of all motions."""
    total: Counts = defaultdict(Count)
    for number, motion in enumerate(motions):
        rng = np.random.default_rng(number)
        for view in VIEWS:
            for rate in (30.0, 60.0):
                track = film(motion, view, rate)
                track = add_noise(track.at(track.times[: round(LONGEST * rate)]), rng)
                counts = judge(track, rng, crossings=bool(number % 2))
                merge(total, counts)
                label = f"{view} {rate:.0f} fps"
                merge(total, {label: counts["all"], f"clean {label}": counts["clean all"]})
    return total


def on_recording(path: Path) -> Counts:
    """Swaps put into what a model found in a real video: its longest track, five times."""
    people = tracks(Tracker().follow(read_poses(path)))
    longest = max(people, key=len).regular()
    total: Counts = defaultdict(Count)
    already = repair_swaps(longest)
    for seed in range(5):
        counts = judge(already.track, np.random.default_rng(seed), crossings=bool(seed % 2))
        merge(total, counts)
    share = 100 * already.swapped.mean()
    print(f"{path.name}: {len(longest)} frames; {share:.2f} % of joints exchanged as found")
    return total


def merge(total: Counts, more: Counts) -> None:
    """Add the numbers of one to those of the other."""
    for row, count in more.items():
        total.setdefault(row, Count())
        total[row].number += count.number
        total[row].swapped += count.swapped


def show(counts: Counts) -> None:
    """Print the table."""
    rows = ["all", "all, also in one place", *(f"{v} {r} fps" for v in VIEWS for r in (30, 60))]
    rows += [f"kind: {kind}" for kind in KINDS] + [f"length: {length}" for length in LENGTHS]
    rows += ["start: at crossings", "start: anywhere"]
    print(f"{'swaps':24}{'joints':>9}{'undone':>10}{'clean':>10}{'touched':>10}")
    for row in [row for row in rows if row in counts]:
        print(f"{row:24}{counts[row].number:9}{counts[row].share:8.1f} %", end="")
        clean = counts.get(f"clean {row}")
        print(f"{clean.number:10}{clean.share:8.2f} %" if clean else "")
    for row in sorted(row for row in counts if row.startswith("sure")):
        print(f"{row:24}{counts[row].number:9}{counts[row].share:8.2f} % wrong")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--half", choices=["tuning", "held-out"], default="held-out")
    parser.add_argument("--every", type=int, default=1, help="take each n-th motion only")
    options = parser.parse_args()
    recordings: Counts = defaultdict(Count)
    for path in [path for path in options.sources if path.suffix == ".jsonl"]:
        counts = on_recording(path)
        print(f"    undone {counts['all'].share:.1f} %, touched {counts['clean all'].share:.2f} %")
        merge(recordings, counts)
    if recordings:
        show(recordings)
    sources = [path for path in options.sources if path.suffix != ".jsonl"]
    motions = [m for m in read_motions(sources) if held_out(m) == (options.half == "held-out")]
    motions = motions[:: options.every]
    if motions:
        print(f"{len(motions)} motions of {len({m.subject for m in motions})} subjects, ", end="")
        print(options.half)
        show(on_motions(motions))


if __name__ == "__main__":
    main()
