"""How well lifting does on real video, where several calibrated cameras tell the truth.

    python benchmarks/lifting_video.py CALIBRATION VIDEO VIDEO... [--lifter FILE] [--world MODEL]

One person is in the view of all cameras, which run synchronised. The poses that the 2D model finds
are triangulated: that is the truth, about as exact as the cameras agree. Then each camera is used
alone: by the lifter, symmetric and causal, on the poses of the 2D model and on those of a model
that gives joints in metres itself (BlazePose), and by that model. Of four or more cameras, what one
half triangulates is held against what the other half does, in all ways to halve them.

Compared are the 12 joints of the limbs from the middle of the hips, in millimetres, all results
scaled to the true body height; joints that the cameras disagree on are left out. The last two
columns are the error that is left after the one turn of the whole clip about the hips which fits
the truth best, and the angle of that turn: how far a method takes the camera to be tilted.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy.spatial.transform import Rotation

from kinema.camera import Rig
from kinema.formats.rigs import read_rig
from kinema.media.sources import read_video
from kinema.models.lifter import load_lifter
from kinema.models.loading import load_model
from kinema.models.model import run_jobs
from kinema.poses import Poses
from kinema.space.lifting import LIFT13, joints_for
from kinema.space.lifting.screen import body_heights
from kinema.space.metrics3d import mpjpe, n_mpjpe, p_mpjpe, velocity_error
from kinema.space.triangulation import triangulate_points
from kinema.track import Float64Array, Track

LARGEST_ERROR = 20.0  # pixels between what a camera saw and the point in space
LIMBS = slice(1, None)
HIPS = [LIFT13.index("left_hip"), LIFT13.index("right_hip")]


def main() -> None:
    """Reads the command line, runs all and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("calibration")
    parser.add_argument("videos", nargs="+")
    parser.add_argument("--model", default="nanodet+movenet-thunder")
    parser.add_argument("--world", default="blazepose-heavy", help="a model; none for none")
    parser.add_argument("--lifter", help="an ONNX file [default: the one that ships]")
    parser.add_argument("--causal", help="an ONNX file for live use")
    parser.add_argument("--focal", action="store_true", help="tell the lifter the focal length")
    given = parser.parse_args()
    rig = read_rig(given.calibration)
    tracks = [found_in(video, given.model, world=False) for video in given.videos]
    truths, height = truth_of(rig, tracks)
    print(f"body height by the limbs: {height:.2f} m")
    print(f"{'':34}{'MPJPE':>9}{'P-MPJPE':>9}{'N-MPJPE':>9}{'m/s':>7}{'turned':>9}{'by':>6}")
    halves(rig, tracks)
    networks = {"lifted": load_lifter(given.lifter)}
    if given.causal or not given.lifter:
        networks["lifted, causal"] = load_lifter(given.causal, live=True)
    others = [] if given.world == "none" else [found_in(v, given.world) for v in given.videos]
    for name, lifter in networks.items():
        for model, seen in ((given.model, tracks), (given.world, others)):
            rows = [
                lifter.lift(
                    track,
                    size=camera.size,
                    height=height,
                    focal=float(camera.matrix[0, 0]) if given.focal else None,
                )
                for camera, track in zip(rig, seen, strict=False)
            ]
            if rows:
                print(f"{name}, joints of {model}:")
                report(name, [joints_for(LIFT13, row)[0] for row in rows], truths, height, tracks)
    if others:
        rows = [found_in(video, given.world, world=True) for video in given.videos]
        report(given.world, [joints_for(LIFT13, row)[0] for row in rows], truths, height, tracks)


def halves(rig: Rig, tracks: Sequence[Track]) -> None:
    """Prints how far what one half of the cameras triangulates is from what the other half does."""
    count = len(rig)
    rows = []
    for first in combinations(range(count), count // 2):
        second = tuple(camera for camera in range(count) if camera not in first)
        if len(first) < 2 or len(second) < 2 or first > second:
            continue
        worlds = [
            from_hips(
                triangulated(Rig(tuple(rig.cameras[i] for i in half)), [tracks[i] for i in half])
            )
            for half in (first, second)
        ]
        rows.append(errors_of(worlds[0][:, LIMBS], worlds[1][:, LIMBS], tracks[0].rate))
    if rows:
        line(f"{count // 2} cameras against {count - count // 2}, mean", np.mean(rows, axis=0))


def errors_of(points: Float64Array, truth: Float64Array, rate: float) -> list[float]:
    """The columns of the table for points (T, K, 3) from the hips, in metres."""
    known = np.isfinite(points).all(axis=-1) & np.isfinite(truth).all(axis=-1)
    turn, _ = Rotation.align_vectors(truth[known], points[known])
    turned = points @ turn.as_matrix().T
    return [
        *(1000 * metric(points, truth) for metric in (mpjpe, p_mpjpe, n_mpjpe)),
        velocity_error(points, truth, rate=rate),
        1000 * mpjpe(turned, truth),
        float(np.degrees(turn.magnitude())),
    ]


def line(name: str, row: Sequence[float]) -> None:
    """Prints a line of the table."""
    print(
        f"{name:34}{row[0]:9.1f}{row[1]:9.1f}{row[2]:9.1f}{row[3]:7.2f}{row[4]:9.1f}{row[5]:5.1f}°",
        flush=True,
    )


def found_in(video: str, model: str, *, world: bool = False) -> Track:
    """The person with the largest box in each frame, in pixels or in metres."""
    rows: list[Poses] = []
    with read_video(video) as source:
        for job in run_jobs(load_model(model), source):
            flat = job.poses()
            poses = job.poses_3d() if world else flat
            boxes = flat.bounds()
            sizes = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
            rows.append(poses[int(np.nanargmax(sizes))] if len(flat) else poses)
    first = next(poses for poses in rows if len(poses))
    keypoints = np.full((len(rows), *first.keypoints.shape[1:]), np.nan, dtype=np.float32)
    scores = np.zeros(keypoints.shape[:2], dtype=np.float32)
    for frame, poses in enumerate(rows):
        if len(poses):
            keypoints[frame], scores[frame] = poses.keypoints[0], poses.scores[0]
    times = np.array([poses.time for poses in rows])
    return Track(first.skeleton, keypoints, scores, times, space=first.space)


def truth_of(rig: Rig, tracks: Sequence[Track]) -> tuple[list[Float64Array], float]:
    """The joints of `lift13` from the hips in the axes of each camera, and the body height."""
    world = triangulated(rig, tracks)
    height = float(np.nanmedian(body_heights(world)))
    return [from_hips(world @ camera.rotation.T) for camera in rig], height


def triangulated(rig: Rig, tracks: Sequence[Track]) -> Float64Array:
    """The joints of `lift13` in the room, (T, 13, 3)."""
    joints = [joints_for(LIFT13, track) for track in tracks]
    frames = min(len(track) for track in tracks)
    pixels = np.stack([points[:frames] for points, _ in joints]).astype(np.float64)
    weights = np.stack([certainty[:frames] for _, certainty in joints])
    found = triangulate_points(
        rig,
        pixels.reshape(len(rig), -1, 2),
        weights.reshape(len(rig), -1),
        max_error=LARGEST_ERROR,
    )
    return np.asarray(found.points.reshape(frames, len(LIFT13), 3))


def from_hips(points: Float64Array) -> Float64Array:
    """The joints from the middle of the hips."""
    return np.asarray(points - points[:, HIPS].mean(axis=1, keepdims=True))


def report(
    name: str,
    results: Sequence[np.ndarray],
    truths: Sequence[Float64Array],
    height: float,
    tracks: Sequence[Track],
) -> None:
    """Prints the errors of a method, camera by camera and for all."""
    rows = []
    for result, truth, track in zip(results, truths, tracks, strict=True):
        points = from_hips(result[: len(truth)].astype(np.float64))
        points *= height / np.nanmedian(body_heights(points))
        rows.append(errors_of(points[:, LIMBS], truth[: len(points), LIMBS], track.rate))
    for camera, row in enumerate([*rows, np.mean(rows, axis=0)], 1):
        line(f"{name}, camera {camera}" if camera <= len(rows) else f"{name}, mean", row)


if __name__ == "__main__":
    main()
