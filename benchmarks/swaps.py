"""How many swaps of left and right are undone, and how much is touched that was right.

python benchmarks/swaps.py FILE_OR_FOLDER... [--half tuning|held-out]

The files are motion capture as `benchmarks/mocap.py` reads it. Subjects with an even number are for
tuning, the others are held out.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
from camera_noise import Noise, add_noise, person_height
from mocap import VIEWS, Motion, film, read_motions
from swap_injection import KINDS, LENGTHS, inject, members

from kinema.track import Track
from kinema.tracking.swap_paths import Costs
from kinema.tracking.swaps import repair_swaps

LONGEST = 10.0  # seconds of a recording
TOGETHER = 0.02  # of the height: sides that are nearer than this are one place within the noise


class Count:
    """Joints of frames: how many were there, and how many were swapped by the repair."""

    def __init__(self) -> None:
        self.number = self.swapped = 0

    def add(self, chosen: np.ndarray, swapped: np.ndarray) -> None:
        self.number += int(chosen.sum())
        self.swapped += int((chosen & swapped).sum())

    @property
    def share(self) -> float:
        return self.swapped / self.number if self.number else float("nan")


def held_out(motion: Motion) -> bool:
    """Subjects with odd numbers, and the arrays that are called test."""
    digits = "".join(filter(str.isdigit, motion.subject))
    return int(digits) % 2 == 1 if digits else "test" in motion.subject


def judge(
    clean: Track, rng: np.random.Generator, counts: dict[str, Count], costs: Costs, label: str,
    *, noisy: bool = True, crossings: bool,
) -> None:  # fmt: skip
    """Inject, repair and count, into one row for each property of a swap."""
    if noisy:
        clean = add_noise(clean, rng, Noise())
    injected, wrong, swaps = inject(clean, rng, at_crossings=crossings)
    swapped = repair_swaps(injected, costs=costs).swapped
    order = clean.skeleton.mirror_order
    apart = np.linalg.norm(injected.keypoints - injected.keypoints[:, order], axis=2)
    paired = order != np.arange(len(order))
    visible = (apart > TOGETHER * person_height(clean)) & paired
    everywhere = (injected.found | injected.found[:, order]) & paired
    for name, where in (("", visible), (", also one place", everywhere)):
        counts[f"all{name}"].add(wrong & where, swapped)
        counts[f"clean{name}"].add(~wrong & where, swapped)
    counts[f"{label}"].add(wrong & visible, swapped)
    counts[f"clean {label}"].add(~wrong & visible, swapped)
    for swap in swaps:
        here = np.zeros_like(wrong)
        here[swap.start : swap.stop, members(clean.skeleton, swap.kind)] = True
        counts[f"kind: {swap.kind}"].add(here & visible, swapped)
        counts[f"length: {swap.length}"].add(here & visible, swapped)
        start = "at crossings" if crossings else "anywhere"
        counts[f"start: {start}"].add(here & visible, swapped)


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--half", choices=["tuning", "held-out"], default="held-out")
    parser.add_argument("--every", type=int, default=1, help="take each n-th recording only")
    options = parser.parse_args(arguments)
    motions = [
        m for m in read_motions(options.sources) if held_out(m) == (options.half == "held-out")
    ]
    motions = motions[:: options.every]
    counts = run(motions, Costs())
    print(f"{len(motions)} motions of {len({m.subject for m in motions})} subjects, {options.half}")
    show(counts)


def run(motions: list[Motion], costs: Costs) -> dict[str, Count]:
    counts: dict[str, Count] = defaultdict(Count)
    for number, motion in enumerate(motions):
        rng = np.random.default_rng(number)
        for view in VIEWS:
            for rate in (30.0, 60.0):
                track = film(motion, view, rate)
                first = slice(0, round(LONGEST * rate))
                track = Track(
                    track.skeleton, track.keypoints[first], track.scores[first], track.times[first]
                )
                judge(
                    track, rng, counts, costs, f"{view} {rate:.0f} fps", crossings=bool(number % 2)
                )
    return counts


def show(counts: dict[str, Count]) -> None:
    rows = ["all", "all, also one place", *[f"{v} {r} fps" for v in VIEWS for r in (30, 60)]]
    rows += [f"kind: {k}" for k in KINDS] + [f"length: {k}" for k in LENGTHS]
    rows += ["start: at crossings", "start: anywhere"]
    print(f"{'swaps':24}{'joints':>9}{'undone':>9}{'clean':>10}{'touched':>9}")
    for row in rows:
        clean = counts.get(
            {"all": "clean"}.get(
                row, row.replace("all", "clean") if row.startswith("all") else f"clean {row}"
            )
        )
        print(f"{row:24}{counts[row].number:9}{100 * counts[row].share:8.1f}%", end="")
        print(f"{clean.number:10}{100 * clean.share:8.2f}%" if clean else "")


if __name__ == "__main__":
    main()
