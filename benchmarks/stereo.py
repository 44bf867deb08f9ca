"""Whether the stated error of stereo depth is the real one, and what `compare` makes of it.

    python benchmarks/stereo.py 02_01.amc [--distance 3] [--seed 0]

A recording of motion capture (CMU's AMC with its ASF beside it, 120 frames a second) is taken down
to 30 frames a second and projected into two parallel cameras, f = 525 px, 0.28 m apart, with normal
errors in each coordinate. What `kinema stereo` makes of it is held against the recording:
errors of depth, and the time between two clocks that are 0.1234 s apart and axes that are turned by
40 degrees, as `kinema compare` finds them.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

import kinema
from kinema.analysis.compare import Comparison, compare
from kinema.poses import Poses
from kinema.space.stereo import StereoPair
from kinema.stereo import Scene, stereo_poses
from kinema.track import Track, tracks

RATE, EVERY = 120, 4
NOISES = (0.5, 1.0, 2.0)
LATE, TURN_DEG = 0.1234, 40.0


def main() -> None:
    """Prints a row for each noise."""
    parser = argparse.ArgumentParser(description="Stereo beside motion capture.")
    parser.add_argument("recording")
    parser.add_argument("--distance", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    truth = whole(arguments.recording, arguments.distance)
    print("noise  measured   stated     real  missing   offset    turned   MPJPE  P-MPJPE")
    print("   px        px       mm       mm   joints        s       deg      mm       mm")
    for noise in NOISES:
        scene = seen(truth, noise, arguments.seed)
        track = scene.people[0].track
        beside = truth.at(track.times).keypoints.astype(float)
        real = np.sqrt(np.nanmean((track.keypoints[..., 1] - beside[..., 1]) ** 2))
        sigma = scene.people[0].depth.sigma
        assert sigma is not None
        stated = np.sqrt(np.nanmean(sigma**2))
        method = compared(truth, track).methods[0]
        print(
            f"{noise:5.1f}{scene.noise:10.2f}{1000 * stated:9.1f}{1000 * real:9.1f}"
            f"{sum(scene.missing.values()):9d}{method.timing.offset:9.4f}"
            f"{method.placement.turn_deg:10.2f}{1000 * method.errors.mpjpe:8.1f}"
            f"{1000 * method.errors.p_mpjpe:9.1f}"
        )


def whole(path: str, distance: float) -> Track:
    """The recording, its middle `distance` metres before the cameras and 0.1 m below them."""
    with kinema.read_poses(path, rate=RATE) as recording:
        frames = [replace(poses, ids=np.zeros(len(poses), np.int64)) for poses in recording]
    track = tracks(frames)[0]
    middle = np.nanmean(track.keypoints, axis=(0, 1))
    return replace(track, keypoints=track.keypoints - middle + np.array([0, distance, -0.1]))


def seen(truth: Track, noise: float, seed: int) -> Scene:
    """What stereo makes of two noisy pictures of every fourth frame."""
    pair = StereoPair.parallel(0.28, 525)
    rng = np.random.default_rng(seed)
    views: list[list[Poses]] = []
    identity = np.zeros(1, np.int64)
    for camera in pair.cameras:
        exact = camera.project(truth.keypoints[::EVERY])
        pixels = (exact + rng.normal(0, noise, exact.shape)).astype(np.float32)
        scores = (~np.isnan(pixels[..., 0])).astype(np.float32)
        views.append(
            [
                Poses(
                    truth.skeleton,
                    pixels[i : i + 1],
                    scores[i : i + 1],
                    ids=identity,
                    frame=i,
                    time=time,
                )
                for i, time in enumerate(truth.times[::EVERY].tolist())
            ]
        )
    return stereo_poses(pair, views[0], views[1])


def compared(truth: Track, track: Track) -> Comparison:
    """The track beside the recording with another clock and other axes."""
    angle = np.radians(TURN_DEG)
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    elsewhere = replace(
        truth, keypoints=truth.keypoints @ turn.T + np.array([1, 2, 0]), times=truth.times + LATE
    )
    return compare({"motion capture": elsewhere, "stereo": track})


if __name__ == "__main__":
    main()
