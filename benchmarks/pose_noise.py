"""How 2D models err: the numbers of `kinema.train.lift.noise`, measured.

    python benchmarks/pose_noise.py coco --annotations person_keypoints.json --images FOLDER
    python benchmarks/pose_noise.py rig CALIBRATION POSES POSES...

`coco` compares a model with people labelled by hand, one picture at a time: how far joints are off,
in their published sigmas times the root of the person's area, and how many are not found. `rig`
takes the poses that a model found of one person in the synchronised videos of calibrated cameras.
The truth is where the cameras agree, so that of the variance of an error a part is lost, 3 / 2C
with C cameras, which is put back. It tells what stays throughout, what changes slowly and what
quickly.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from kinema.evaluation.coco import evaluate_coco, present_pictures
from kinema.evaluation.coco_labels import CocoLabels
from kinema.formats.opening import read_poses
from kinema.formats.rigs import read_rig
from kinema.models.loading import load_model
from kinema.poses import Poses
from kinema.skeletons import COCO17
from kinema.space.lifting import LIFT13, joints_for
from kinema.space.lifting.screen import body_heights
from kinema.space.triangulation import triangulate_points
from kinema.track import Track
from kinema.train.lift.noise import AREA_ROOT, SIGMAS

ROBUST = 1.1774  # the median of a Rayleigh distribution in its sigma
LAGS = (1, 2, 3, 6, 12, 30, 60)
LEAP = 4.0  # times the usual error


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    coco = verbs.add_parser("coco")
    coco.add_argument("--annotations", type=Path, required=True)
    coco.add_argument("--images", type=Path, required=True)
    coco.add_argument("--model", default="nanodet+movenet-thunder")
    rig = verbs.add_parser("rig")
    rig.add_argument("calibration", type=Path)
    rig.add_argument("poses", nargs="+", help="one file a camera, in the order of the calibration")
    given = parser.parse_args()
    if given.verb == "coco":
        measure_coco(given.annotations, given.images, given.model)
    else:
        measure_rig(given.calibration, given.poses)


def measure_coco(annotations: Path, images: Path, model: str) -> None:
    """Prints how far a model is off on labelled pictures."""
    labels = CocoLabels(annotations)
    pictures, _ = present_pictures(labels, images)
    seen = evaluate_coco(load_model(model), labels, pictures).pictures
    units, missing, people = [], [], []
    sigmas = np.array(COCO17.sigmas)
    for picture in seen:
        for row, match in enumerate(picture.matches):
            if match < 0:
                continue
            truth = picture.labels.keypoints[row]
            found = picture.poses.keypoints[match]
            error = np.linalg.norm(found - truth, axis=1)
            unit = error / (sigmas * np.sqrt(picture.labels.areas[row]))
            labelled = ~np.isnan(truth).any(axis=1)
            units.append(unit)
            missing.append(np.where(labelled, np.isnan(unit), np.nan))
            people.append(np.sqrt(np.nanmean(np.minimum(unit, LEAP) ** 2)))
    units_of, lost = np.array(units), np.array(missing, dtype=float)
    print(f"{model}: {len(units_of)} people")
    print("joint           median/1.18  root mean square below 4  share above 4  not found")
    for joint, name in enumerate(COCO17.keypoints):
        column = units_of[:, joint]
        column = column[~np.isnan(column)]
        usual = column[column < LEAP]
        print(
            f"{name:16}{np.median(column) / ROBUST:10.2f}{np.sqrt((usual**2).mean()):20.2f}"
            f"{(column >= LEAP).mean():18.3f}{np.nanmean(lost[:, joint]):14.3f}"
        )
    people_of = np.array(people)[~np.isnan(people)]
    print(
        f"size of a person's errors: median {np.median(people_of):.2f}, "
        f"spread of its logarithm {np.std(np.log(people_of)):.2f}"
    )


def measure_rig(calibration: Path, files: list[str]) -> None:
    """Prints how the errors of one person's joints change over time."""
    rig = read_rig(calibration)
    tracks = [one_person(file) for file in files]
    frames = min(len(track) for track in tracks)
    joints = [joints_for(LIFT13, track) for track in tracks]
    pixels = np.stack([points[:frames] for points, _ in joints]).astype(float)
    weights = np.stack([certainty[:frames] for _, certainty in joints])
    count = len(rig)
    result = triangulate_points(
        rig, pixels.reshape(count, -1, 2), weights.reshape(count, -1), max_error=60
    )
    truth = np.stack([camera.project(result.points) for camera in rig]).reshape(pixels.shape)
    heights = np.nanmedian(body_heights(truth), axis=1)  # of each camera, pixels
    kinds = [joint.removeprefix("left_").removeprefix("right_") for joint in LIFT13.keypoints]
    unit = np.array([SIGMAS[kind] for kind in kinds]) * AREA_ROOT * heights[:, None, None]
    errors = (pixels - truth) / unit[..., None] * np.sqrt(2 * count / (2 * count - 3))
    distance = np.linalg.norm(errors, axis=3)
    usual = np.where(distance < LEAP * np.nanmedian(distance), 1.0, np.nan)
    rate = tracks[0].rate
    print(f"{count} cameras, {frames} frames at {rate:.1f} a second")
    print(f"not found: {np.isnan(pixels).any(axis=3).mean():.4f}")
    print(f"leaps: {(distance >= LEAP * np.nanmedian(distance)).mean():.4f}")
    for joint, name in enumerate(LIFT13.keypoints):
        size = np.sqrt(np.nanmean((distance * usual)[:, :, joint] ** 2))
        print(f"{name:16} root mean square {size:.2f} sigmas")
    plain = errors * usual[..., None]
    mean = np.nanmean(plain, axis=1, keepdims=True)
    total = np.nanmean(plain**2)
    print(f"all: {np.sqrt(2 * total):.2f} sigmas; constant share {np.nanmean(mean**2) / total:.2f}")
    rest = plain - mean
    for lag in LAGS:
        if lag < frames:
            same = np.nanmean(rest[:, lag:] * rest[:, :-lag]) / np.nanmean(rest**2)
            print(f"correlation after {lag / rate:6.3f} s: {same:.2f}")


def one_person(file: str) -> Track:
    """The person with the largest box in each frame."""
    rows: list[Poses] = []
    with read_poses(file) as reader:
        rows.extend(reader)
    skeleton = rows[0].skeleton
    keypoints = np.full((len(rows), len(skeleton), 2), np.nan, dtype=np.float32)
    scores = np.zeros(keypoints.shape[:2], dtype=np.float32)
    for frame, poses in enumerate(rows):
        if len(poses):
            box = poses.bounds()
            best = int(np.nanargmax((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])))
            keypoints[frame], scores[frame] = poses.keypoints[best], poses.scores[best]
    return Track(skeleton, keypoints, scores, np.array([poses.time for poses in rows]))


if __name__ == "__main__":
    main()
