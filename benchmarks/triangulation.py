"""Speed of triangulation from four cameras; and against Pose2Sim on the same 2D files.

    python benchmarks/triangulation.py
    python benchmarks/triangulation.py --project Demo_SinglePerson --python venv/bin/python

A project is a folder of Pose2Sim with `Config.toml`, `calibration/` and `pose/cam01_json/`; the
interpreter is one that has Pose2Sim. Both programs read the same OpenPose files in the same run.
Times are of the processor, so that other programs on the machine hardly matter.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kinema.camera import Camera, Rig
from kinema.formats import read_poses
from kinema.formats.rigs import read_rig
from kinema.poses import Poses
from kinema.skeleton import Skeleton, mirror_by_name
from kinema.skeletons import COCO17
from kinema.space.person import person_in_space
from kinema.space.reconstruction import SpacePlan, reconstruct
from kinema.space.triangulation import triangulate_points

FRAMES = 500
_TURN = np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]])
MIN_SCORE = 0.3  # as in Pose2Sim's configuration
# Times Pose2Sim's steps, and within the last one the triangulation itself, without its files.
THEIRS = """
import json, os, sys, time
import matplotlib
matplotlib.use("Agg")
os.chdir(sys.argv[1])
from Pose2Sim import Pose2Sim, triangulation
spent = {"core": 0.0}
core = triangulation.triangulation_from_best_cameras
def timed(*words):
    start = time.process_time()
    result = core(*words)
    spent["core"] += time.process_time() - start
    return result
triangulation.triangulation_from_best_cameras = timed
Pose2Sim.calibration()
for step in ("personAssociation", "triangulation"):
    start = time.process_time()
    getattr(Pose2Sim, step)()
    spent[step] = time.process_time() - start
print("SPENT " + json.dumps(spent))
"""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path)
    parser.add_argument("--python", type=Path)
    words = parser.parse_args()
    synthetic()
    if words.project:
        against_pose2sim(words.project, words.python or Path(sys.executable))


def synthetic() -> None:
    """Milliseconds a frame and person: 4 cameras, 17 joints, 3 px noise, 5 % of joints wrong."""
    rig, pixels = _walk()
    weights = np.ones(pixels.shape[:3])
    flat = (4, -1)
    steps = {
        "triangulate_points": lambda: triangulate_points(
            rig, pixels.reshape(*flat, 2), weights.reshape(flat)
        ),
        "a person, with sides and bones": lambda: person_in_space(rig, COCO17, pixels, weights),
        "matching and a person": lambda: reconstruct(rig, _poses(pixels), SpacePlan(adjust=False)),
    }
    for name, step in steps.items():
        print(f"{name}: {_best(step) / FRAMES * 1e3:.3f} ms a frame and person")


def against_pose2sim(project: Path, python: Path) -> None:
    """Both on one project: frames a second of each step, and reprojection errors."""
    run = subprocess.run(
        [python, "-c", THEIRS, project], capture_output=True, text=True, check=True
    )
    spent = json.loads(run.stdout.rpartition("SPENT ")[2])
    calibration = next((project / "calibration").glob("*.qca.txt"))
    rig = read_rig(calibration)
    folders = [next((project / "pose").glob(f"*{camera.name}*")) for camera in rig]

    trc = max((project / "pose-3d").glob("*.trc"), key=lambda path: path.stat().st_mtime)
    other = list(read_poses(trc))
    joints = other[0].skeleton.keypoints
    same = Skeleton("same", joints, mirror=mirror_by_name(joints))

    def read() -> list[list[Poses]]:
        cameras = [[p.to(same) for p in read_poses(folder, rate=60)] for folder in folders]
        return [list(instant) for instant in zip(*cameras, strict=True)]

    instants = read()
    plan = SpacePlan(adjust=False)
    found = reconstruct(rig, instants, plan)
    person, track = found.people[0], found.tracks[0]
    seen, sure = person.pixels, np.where(person.seen, 1.0, 0.0)
    ours = {
        "triangulation itself": _best(lambda: person_in_space(rig, track.skeleton, seen, sure)),
        "matching and triangulation": _best(lambda: reconstruct(rig, instants, plan)),
        "the same, from files": _best(lambda: reconstruct(rig, read(), plan)),
    }
    theirs = {
        "triangulation itself": spent["core"],
        "matching and triangulation": spent["core"] + spent["personAssociation"],
        "the same, from files": spent["triangulation"] + spent["personAssociation"],
    }
    count = len(instants)
    for name, seconds in ours.items():
        print(
            f"{name}: {count / seconds:.0f} frames/s, Pose2Sim {count / theirs[name]:.0f}: "
            f"{theirs[name] / seconds:.1f} times"
        )
    adjusted = reconstruct(rig, instants)
    # The reader turns y up to z up about x; Pose2Sim turns its world x to z, y to x and z to y.
    turned = np.stack([poses.keypoints[0] @ _TURN for poses in other])
    results = {
        "Pose2Sim": (rig, turned),
        "Kinema, cameras as calibrated": (rig, track.keypoints),
        "Kinema": (adjusted.rig, adjusted.tracks[0].keypoints),
    }
    common = ~np.isnan(np.stack([points for _, points in results.values()])).any(axis=(0, 3))
    print(f"reprojection errors of the {common.mean():.1%} of joints that all have:")
    for name, (cameras, points) in results.items():
        missing = np.isnan(points).any(axis=2).mean()
        same_points = np.where(common[..., None], points, np.nan).astype(np.float64)
        error = _error(cameras, instants, same_points)
        print(f"{name}: {error:.2f} px in the median, {missing:.1%} of the joints missing")


def _error(rig: Rig, instants: Sequence[Sequence[Poses]], points: np.ndarray) -> float:
    """Median distance in pixels from all that the cameras saw of the person, dropped or not."""
    errors = []
    for row, instant in enumerate(instants[: len(points)]):
        for camera, poses in zip(rig, instant, strict=True):
            if not len(poses):
                continue
            place = camera.project(points[row])
            # Networks mix up left and right; either side of a pair may be what was seen.
            away = np.minimum(
                np.linalg.norm(poses.keypoints - place, axis=2),
                np.linalg.norm(poses.keypoints - place[poses.skeleton.mirror_order], axis=2),
            )
            away[poses.scores < MIN_SCORE] = np.nan
            known = (~np.isnan(away)).sum(axis=1) > 3
            if known.any():  # the detection that is the person
                errors.append(away[known][np.nanmedian(away[known], axis=1).argmin()])
    return float(np.nanmedian(np.concatenate(errors)))


def _walk() -> tuple[Rig, np.ndarray]:
    rng = np.random.default_rng(0)
    body = rng.uniform([-0.3, -0.3, 0], [0.3, 0.3, 1.7], (17, 3))
    walk = body + np.linspace(-1, 1, FRAMES)[:, None, None] * [1.0, 0, 0]
    rig = Rig(tuple(_camera(f"cam{i}", np.pi * (0.5 * i + 0.2)) for i in range(4)))
    pixels = np.stack([camera.project(walk) for camera in rig])
    pixels += rng.normal(0, 3, pixels.shape)
    wrong = rng.random(pixels.shape[:3]) < 0.05
    pixels[wrong] += rng.normal(0, 80, (wrong.sum(), 2))
    return rig, pixels


def _camera(name: str, angle: float) -> Camera:
    place = np.array([4 * np.cos(angle), 4 * np.sin(angle), 1.6])
    ahead = np.array([0, 0, 1.0]) - place
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0, 0, 1])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(ahead, right), ahead])
    inner = np.array([[1600.0, 0, 960], [0, 1600, 540], [0, 0, 1]])
    return Camera(name, (1920, 1080), inner, [-0.05, 0.1, 0, 0], rotation, -rotation @ place)


def _poses(pixels: np.ndarray) -> list[list[Poses]]:
    empty = Poses(COCO17, pixels[0, :1], np.ones((1, 17)))
    return [
        [replace(empty, keypoints=pixels[c, t : t + 1], time=t / 60) for c in range(4)]
        for t in range(FRAMES)
    ]


def _best(step: Callable[[], object], rounds: int = 3) -> float:
    """Seconds of the processor, the least of some rounds."""
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        step()
        seconds.append(time.process_time() - start)
    return min(seconds)


if __name__ == "__main__":
    main()
