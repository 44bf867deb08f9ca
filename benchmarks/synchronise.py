"""How well recordings are brought onto one clock by the movement in them.

    python benchmarks/synchronise.py cam1.jsonl cam2.jsonl ...

The files are poses of cameras that ran on one clock, so their true offsets are 0. Each round cuts
up to 0.2 seconds off both ends of each and shifts its clock by up to half a second.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from kinema.formats import read_poses
from kinema.space.synchronise import offsets
from kinema.track import Track, tracks
from kinema.tracking.tracker import Tracker

ROUNDS = 12
SHIFT, CUT = 0.5, 0.2  # seconds
FEWEST_FRAMES = 10


def people(path: str) -> list[Track]:
    """Everybody in a recording who was there for some frames."""
    with read_poses(path) as recording:
        return [t for t in tracks(Tracker().follow(iter(recording))) if len(t) > FEWEST_FRAMES]


def part(track: Track, start: float, end: float, shift: float) -> Track:
    """What lies between two times, on a clock that is behind."""
    inside = (track.times >= start) & (track.times <= end)
    return replace(
        track,
        keypoints=track.keypoints[inside],
        scores=track.scores[inside],
        times=track.times[inside] - shift,
    )


def main(paths: list[str]) -> None:
    """Prints the errors of the offsets that are found."""
    cameras = [people(path) for path in paths]
    whole = offsets(cameras)
    print("as they are, ms:", *(f"{1000 * second:.0f}" for second in whole.seconds))
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(ROUNDS):
        shifts = np.array([0.0, *rng.uniform(-SHIFT, SHIFT, len(cameras) - 1)])
        shifted = []
        for row, shift in zip(cameras, shifts, strict=True):
            last = max(float(track.times[-1]) for track in row)
            start, end = rng.uniform(0, CUT), last - rng.uniform(0, CUT)
            parts = [part(track, start, end, shift) for track in row]
            shifted.append([track for track in parts if len(track) > FEWEST_FRAMES])
        errors.append(offsets(shifted).seconds[1:] - shifts[1:])
    off = 1000 * np.abs(errors)
    print(
        f"shifted and cut, {ROUNDS} times: median error {np.nanmedian(off):.0f} ms, 90 % below "
        f"{np.nanpercentile(off, 90):.0f} ms, largest {np.nanmax(off):.0f} ms"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
