"""How well recordings are brought onto one clock by the movement in them.

    python benchmarks/synchronise.py cam1.jsonl cam2.jsonl ...
    python benchmarks/synchronise.py --calibration FILE cam1.jsonl cam2.jsonl ...

The files are poses of cameras that ran on one clock, so their true offsets are 0. Each round cuts
up to 0.2 seconds off both ends of each and shifts its clock by up to half a second. With a
calibration the same is done as by `kinema triangulate --sync`, and every other round each second
camera has half the rate; how exact joints are in space is printed too.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kinema.camera import Rig
from kinema.errors import InputError
from kinema.formats import read_poses
from kinema.formats.rigs import read_rig
from kinema.poses import Poses
from kinema.space.synchronise import offsets
from kinema.track import Track, tracks
from kinema.tracking.tracker import Tracker
from kinema.triangulate import TriangulationPlan, View, match_cameras, triangulate
from kinema.triangulate.clocks import synchronised
from kinema.triangulate.views import fitting

ROUNDS = 12
SHIFT, CUT = 0.5, 0.2  # seconds
FEWEST_FRAMES = 10


def main() -> None:
    """Prints the errors of the offsets that are found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("poses", nargs="+")
    parser.add_argument("--calibration")
    words = parser.parse_args()
    if words.calibration:
        in_space(words.poses, read_rig(words.calibration))
    else:
        in_pictures(words.poses)


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


def in_pictures(paths: Sequence[str]) -> None:
    """By movement alone."""
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
    print(_said(errors))


def in_space(paths: Sequence[str], rig: Rig) -> None:
    """With calibrated cameras."""
    views = []
    for path, camera in zip(paths, match_cameras(rig, paths), strict=True):
        with read_poses(path) as recording:
            views.append(View(camera, path, list(recording), recording.header.size))
    used = Rig(tuple(fitting(rig[view.camera], view) for view in views))
    whole = triangulate(rig, views)
    print(f"synchronous: reprojection error {whole.median_error:.2f} px")
    rng = np.random.default_rng(0)
    errors, sigmas, pixels, refused = [], [], [], 0
    for number in range(ROUNDS):
        shifts = np.array([0.0, *rng.uniform(-SHIFT, SHIFT, len(views) - 1)])
        shifted = [
            replace(view, frames=_cut(view.frames, shift, rng, half=bool(number % 2 and place % 2)))
            for place, (view, shift) in enumerate(zip(views, shifts, strict=True))
        ]
        try:
            clocks = synchronised(used, shifted)
        except InputError as error:
            print(error)
            refused += 1
            continue
        errors.append([clock.offset for clock in clocks[1:]] - shifts[1:])
        sigmas.append([clock.sigma for clock in clocks[1:]])
        plan = TriangulationPlan(offsets={clock.camera: clock.offset for clock in clocks})
        pixels.append(triangulate(rig, shifted, plan).median_error)
    print(_said(errors) + f", {refused} refused")
    within = np.mean(np.abs(errors) <= 2 * np.array(sigmas))
    print(f"stated standard deviation {1000 * np.median(sigmas):.0f} ms, {within:.0%} within two")
    print(f"reprojection error {np.median(pixels):.2f} px, at most {max(pixels):.2f} px")


def _cut(
    frames: Sequence[Poses], shift: float, rng: np.random.Generator, *, half: bool
) -> list[Poses]:
    start, end = rng.uniform(0, CUT), frames[-1].time - rng.uniform(0, CUT)
    kept = [poses for poses in frames if start <= poses.time <= end]
    return [replace(poses, time=poses.time - shift) for poses in kept[:: 2 if half else 1]]


def _said(errors: list[np.ndarray]) -> str:
    off = 1000 * np.abs(errors)
    return (
        f"shifted and cut, {ROUNDS} times: median error {np.nanmedian(off):.0f} ms, 90 % below "
        f"{np.nanpercentile(off, 90):.0f} ms, largest {np.nanmax(off):.0f} ms"
    )


if __name__ == "__main__":
    main()
