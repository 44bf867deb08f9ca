"""Errors and speed of the smoothers, and whether the stated uncertainty is true.

python benchmarks/smoothing.py FILE_OR_FOLDER... [--every N] [--seconds S]

The files are motion capture as `benchmarks/mocap.py` reads it: filmed from the side and from the
front at 30 and 60 frames a second, with the errors of `benchmarks/camera_noise.py`.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from camera_noise import Noise, add_noise, person_height
from mocap import Motion, film, read_motions

from kinema.poses import Poses
from kinema.skeletons import find_skeleton
from kinema.track import Track
from kinema.tracking.cleaning import clean
from kinema.tracking.smoothing import (
    Butterworth,
    Gaussian,
    Kalman,
    OneEuro,
    Smoother,
    Whittaker,
    find_smoother,
)

Array = npt.NDArray[np.float64]
OFFLINE: dict[str, Smoother] = {
    "none": find_smoother("none"),
    "butterworth": Butterworth(),
    "butterworth 4 Hz": Butterworth(4.0),
    "butterworth 6 Hz": Butterworth(6.0),
    "butterworth 8 Hz": Butterworth(8.0),
    "gaussian": Gaussian(),
    "kalman": Kalman(),
    "kalman-acceleration": Kalman(order=3),
    "median": find_smoother("median"),
    "savitzky-golay": find_smoother("savitzky-golay"),
    "spline": find_smoother("spline"),
    "whittaker 2": Whittaker(order=2),
    "whittaker": Whittaker(),
}
ONLINE = {
    "none": None,
    "one-euro": OneEuro,
    "kalman": Kalman,
    "kalman-acceleration": lambda: Kalman(order=3),
}
KNEES = [("left_hip", "left_knee", "left_ankle"), ("right_hip", "right_knee", "right_ankle")]


def knee_angles(track: Track) -> Array:
    """The inner angles of both knees in degrees, (T, 2)."""
    angles = []
    for hip, knee, ankle in KNEES:
        up, down = track.joint(hip) - track.joint(knee), track.joint(ankle) - track.joint(knee)
        cross = up[:, 0] * down[:, 1] - up[:, 1] * down[:, 0]
        angles.append(np.degrees(np.arctan2(cross, (up * down).sum(axis=1))))
    return np.stack(angles, axis=1)


def errors(found: Track, truth: Track) -> dict[str, Array]:
    """Differences: position in % of the height, knee in degrees, speed in heights a second."""
    height = person_height(truth)
    off = (found.keypoints - truth.keypoints) / height
    turn = (knee_angles(found) - knee_angles(truth) + 180) % 360 - 180
    speed = (off[2:] - off[:-2]) * truth.rate / 2
    return {"position %": 100 * off.ravel(), "knee deg": turn.ravel(), "speed": speed.ravel()}


def online(make: object, track: Track) -> Track:
    """The track as a smoother leaves it that sees one frame after the other."""
    if make is None:
        return track
    smoother = make()
    rows = [
        smoother.update(Poses(track.skeleton, points[None], scores[None], time=when)).keypoints[0]
        for points, scores, when in zip(
            track.keypoints, track.scores, track.times.tolist(), strict=True
        )
    ]
    return replace(track, keypoints=np.stack(rows))


def root_mean_square(values: list[Array]) -> float:
    """Over all values that are not NaN."""
    return float(np.sqrt(np.nanmean(np.concatenate(values) ** 2)))


def compare(motions: list[Motion], seconds: float) -> None:
    """The table of errors."""
    plain = Noise(lost=0, gross=0, doubled=0)
    table: dict[tuple[str, str, float], list[Array]] = defaultdict(list)
    for number, motion in enumerate(motions):
        for rate in (30.0, 60.0):
            for view in ("side", "front"):
                truth = film(motion, view, rate)
                frames = round(seconds * rate)
                truth = truth.at(truth.times[:frames])
                noisy = add_noise(truth, np.random.default_rng(number), plain)
                for name, smoother in OFFLINE.items():
                    for what, values in errors(smoother.smooth(noisy), truth).items():
                        table[name, what, rate].append(values)
                for name, make in ONLINE.items():
                    for what, values in errors(online(make, noisy), truth).items():
                        table[f"online {name}", what, rate].append(values)
    columns = [
        (what, rate) for rate in (30.0, 60.0) for what in ("position %", "knee deg", "speed")
    ]
    print(f"{'':28}" + "".join(f"{what:>12}" for what, _ in columns))
    print(f"{'frames a second':28}" + "".join(f"{rate:12.0f}" for _, rate in columns))
    for name in [*OFFLINE, *(f"online {name}" for name in ONLINE)]:
        cells = [root_mean_square(table[name, what, rate]) for what, rate in columns]
        print(f"{name:28}" + "".join(f"{cell:12.3f}" for cell in cells))


def calibrate(motions: list[Motion], seconds: float) -> None:
    """How many true errors lie within one and two of the stated standard deviations."""
    shares: dict[str, list[Array]] = defaultdict(list)
    for number, motion in enumerate(motions):
        for rate in (30.0, 60.0):
            for view in ("side", "oblique", "front"):
                truth = film(motion, view, rate)
                truth = truth.at(truth.times[: round(seconds * rate)])
                cleaned = clean(add_noise(truth, np.random.default_rng(number)))
                off = cleaned.track.keypoints - truth.keypoints
                ratio = off / cleaned.track.sigma[..., None]
                shares[f"{rate:.0f} fps"].append(ratio[~cleaned.filled].ravel())
                shares["filled"].append(ratio[cleaned.filled].ravel())
                shares["all"].append(ratio.ravel())
    for name, ratios in shares.items():
        ratio = np.abs(np.concatenate(ratios))
        ratio = ratio[np.isfinite(ratio)]
        within = [100 * float((ratio < n).mean()) for n in (1, 2, 3)]
        print(f"{name:10} within 1, 2, 3 sigma: {within[0]:.1f} {within[1]:.1f} {within[2]:.1f} %"
              f"  root mean square {np.sqrt(np.minimum(ratio, 10)**2).mean():.2f}")  # fmt: skip


def time_all(motions: list[Motion]) -> None:
    """Milliseconds a frame online, and seconds for ten minutes offline."""
    track = film(max(motions, key=lambda motion: len(motion.joints)), "side", 30.0)
    for name in ("coco17", "blazepose33"):
        skeleton = find_skeleton(name)
        noisy = add_noise(track, np.random.default_rng(0)).to(skeleton)
        spare = ~noisy.found.any(axis=0)
        keypoints, scores = noisy.keypoints.copy(), noisy.scores.copy()
        like = noisy.skeleton.index("left_wrist")
        keypoints[:, spare], scores[:, spare] = keypoints[:, [like]] + 10, scores[:, [like]]
        for label, make in list(ONLINE.items())[1:]:
            start = time.process_time()
            online(make, replace(noisy, keypoints=keypoints, scores=scores))
            spent = 1000 * (time.process_time() - start) / len(noisy)
            print(f"{name:12} {label:20} {spent:8.3f} ms a frame")
        times = np.arange(18000) / 30
        turns = int(np.ceil(len(times) / (2 * len(noisy))))
        there = np.concatenate([keypoints, keypoints[::-1]] * turns)[: len(times)]
        quality = np.concatenate([scores, scores[::-1]] * turns)[: len(times)]
        long = Track(skeleton, there, quality, times)
        start = time.process_time()
        clean(long)
        print(f"{name:12} {'clean, 10 minutes':20} {time.process_time() - start:8.2f} s")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=4, help="take each n-th recording")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each recording")
    options = parser.parse_args()
    motions = list(read_motions(options.sources))[:: options.every]
    print(f"{len(motions)} motions, up to {options.seconds:g} seconds of each")
    compare(motions, options.seconds)
    calibrate(motions, options.seconds)
    time_all(motions)


if __name__ == "__main__":
    main()
