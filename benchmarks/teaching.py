"""How well poses are told apart after few examples.

    python benchmarks/teaching.py
    python benchmarks/teaching.py --exercise plank.csv squat_train.csv squat_test.csv

The first takes the 20 poses of the package `pose_classification_kit` (MIT licence), 10,680 people
as OpenPose saw them (BODY_25), one recording a pose. Each is cut into five contiguous parts; one is
for testing, from the four others examples are drawn: 1, 2, 3, ... of each pose, several times. Told
is the mean share that is told right, for three classifiers on the same numbers, and its spread over
the draws. With all examples, `kinema.actions.teaching.teach` is measured as it is: what it names,
how much of that is right, what it says itself of its accuracy; and how often it names people in
poses that it was not taught, with five poses left out at a time.

The second takes tables of landmarks of MediaPipe, `label, nose_x, nose_y, nose_z, nose_v, ...`,
with labels of a pose: cut into five parts in the same way, or, of two tables, taught by the first
and tested with the second.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.actions.examples import Example, spec_for
from kinema.actions.features import pose_features
from kinema.actions.kernel import distances, train
from kinema.actions.recogniser import Recogniser, windows_of
from kinema.actions.teaching import Taught, teach
from kinema.models.store import PackageFile, fetch
from kinema.skeleton import Skeleton
from kinema.skeletons import BODY25
from kinema.track import Track

DATA = PackageFile(
    package="pose_classification_kit",
    version="1.1.5",
    archive="pose_classification_kit-1.1.5-py3-none-any.whl",
    archive_size=24_199_096,
    archive_sha256="c3ea7053f67422f779572449d4f4a9d2270233904fd56fddc5c465d102be41c8",
    member="pose_classification_kit/datasets/BodyPose_Dataset.csv",
    size=10_744_106,
    sha256="ac27942633caa9a3e7ed54fa827f022c8013a71b6cf3454a6d32b3e3e6151772",
)
COUNTS = (1, 2, 3, 5, 10, 20, 50, 100)
PARTS = 5
APART = 10.0  # seconds between rows: each is a picture of its own
LEFT_OUT = 5

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Poses:
    """Labelled people: a track with a row each, the number of the pose and of the part of each."""

    names: tuple[str, ...]
    track: Track
    classes: Integers
    parts: Integers

    def rows(self, chosen: npt.NDArray[np.bool_] | Integers) -> Track:
        """Some of them as a track."""
        points, scores = self.track.keypoints[chosen], self.track.scores[chosen]
        return Track(self.track.skeleton, points, scores, np.arange(len(points)) * APART)

    def examples(self, chosen: npt.NDArray[np.bool_]) -> list[Example]:
        """Each part of each pose as a recording."""
        found = []
        for number, name in enumerate(self.names):
            for part in range(PARTS):
                rows = chosen & (self.classes == number) & (self.parts == part)
                if rows.any():
                    found.append(Example(name, self.rows(rows), f"{name} {part}"))
        return found


def labelled(labels: Sequence[str], points: npt.NDArray[np.float64], skeleton: Skeleton) -> Poses:
    """People (N, K, 2) with the contiguous parts of each pose."""
    names = tuple(dict.fromkeys(labels))
    classes = np.array([names.index(label) for label in labels])
    parts = np.zeros(len(classes), dtype=np.int64)
    for number in range(len(names)):
        own = np.flatnonzero(classes == number)
        parts[own] = np.arange(len(own)) * PARTS // len(own)
    scores = np.where(np.isnan(points[..., 0]), 0.0, 1.0)
    return Poses(
        names, Track(skeleton, points, scores, np.arange(len(points)) * APART), classes, parts
    )


def body_poses() -> Poses:
    """The poses of the package; its y points up, and joints at 0, 0 were not found."""
    with fetch(DATA).open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    points = np.array([[float(cell) for cell in row[2:]] for row in rows]).reshape(-1, 25, 2)
    points = np.where((points == 0).all(axis=2, keepdims=True), np.nan, points)
    return labelled([row[0] for row in rows], points * (400, -400), BODY25)


def mediapipe_poses(path: Path) -> Poses:
    """The poses of a table of MediaPipe, whose shares of a picture are taken as 640 x 480."""
    with path.open(encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    joints = tuple(name.removesuffix("_x") for name in head[1::4])
    values = np.array([[float(cell) for cell in row[1:]] for row in rows])
    points = values.reshape(len(rows), len(joints), 4)[..., :2] * (640, 480)
    return labelled([row[0] for row in rows], points, Skeleton("table", joints))


def curve(poses: Poses, draws: int) -> None:
    """Prints the accuracy by the number of examples of each pose."""
    spec = spec_for("pose", (*poses.names, "unknown"), poses.examples(poses.parts >= 0), None)
    features = pose_features(windows_of(poses.track, poses.track.times, spec), spec.joints)
    print("| examples | Kinema | logistic regression | nearest example |\n|---|---|---|---|")
    for count in (*COUNTS, 0):
        shares: list[tuple[float, ...]] = []
        for draw in range(draws if count else PARTS):
            rng = np.random.default_rng(draw)
            out = poses.parts == draw % PARTS
            rows = np.concatenate(
                [
                    drawn(np.flatnonzero(~out & (poses.classes == n)), count, rng)
                    for n in range(len(poses.names))
                ]
            )
            shares.append(compared(features, poses.classes, rows, np.flatnonzero(out)))
        mean, spread = np.mean(shares, axis=0), np.std(shares, axis=0, ddof=1)
        cells = [f"{100 * m:.1f} ± {100 * s:.1f}" for m, s in zip(mean, spread, strict=True)]
        print(f"| {count or 'all'} | {' | '.join(cells)} |", flush=True)


def drawn(rows: Integers, count: int, rng: np.random.Generator) -> Integers:
    """So many of the rows, or all for 0, in their order."""
    return np.sort(rng.permutation(rows)[:count]) if count else rows


def compared(
    features: npt.NDArray[np.float64], classes: Integers, rows: Integers, out: Integers
) -> tuple[float, ...]:
    """The accuracies of Kinema's classifier, of plain logistic regression and of 1-NN."""
    count = int(classes.max()) + 1
    kernel = train(features[rows], classes[rows], count)
    plain = train(features[rows], classes[rows], count, landmarks=0)
    apart = distances(kernel.scaled(features[out]), kernel.scaled(features[rows]))
    told = (
        kernel.logits(features[out]).argmax(axis=1),
        plain.logits(features[out]).argmax(axis=1),
        classes[rows][apart.argmin(axis=1)],
    )
    return tuple(float((one == classes[out]).mean()) for one in told)


def whole(poses: Poses) -> None:
    """Prints how `teach` does with all examples but a part, and what it says of itself."""
    print("\n| part | accuracy | named | of these right | it says itself | seconds |")
    print("|---|---|---|---|---|---|")
    shares = []
    for part in range(PARTS):
        started = time.perf_counter()
        taught = teach(poses.examples(poses.parts != part), kind="pose")
        seconds = time.perf_counter() - started
        out = np.flatnonzero(poses.parts == part)
        right, named, right_named = judged(taught, poses, out)
        shares.append(right)
        says = f"{100 * taught.lesson.accuracy:.1f} ± {100 * taught.lesson.error:.1f}"
        print(
            f"| {part + 1} | {100 * right:.1f} | {100 * named:.1f} | {100 * right_named:.1f} "
            f"| {says} | {seconds:.1f} |",
            flush=True,
        )
    print(
        f"accuracy {100 * np.mean(shares):.2f} %, from {100 * min(shares):.1f} to "
        f"{100 * max(shares):.1f}"
    )


def judged(taught: Taught, poses: Poses, out: Integers) -> tuple[float, float, float]:
    """The shares told right, named, and right of these."""
    track = poses.rows(out)
    chances = Recogniser(taught, taught.spec).probabilities(
        windows_of(track, track.times, taught.spec)
    )
    known = np.nan_to_num(chances[:, :-1])
    told = np.array([taught.spec.labels[n] for n in known.argmax(axis=1)])
    right = told == np.array([poses.names[n] for n in poses.classes[out]])
    named = known.max(axis=1) >= taught.spec.threshold
    share = float(right[named].mean()) if named.any() else float("nan")
    return float(right.mean()), float(named.mean()), share


def strangers(poses: Poses) -> None:
    """Prints how often poses that were taught, and such that were not, are named."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(poses.names))
    print("\n| left out | taught ones named | left-out ones named |\n|---|---|---|")
    for start in range(0, len(order), LEFT_OUT):
        left = order[start : start + LEFT_OUT]
        inside = ~np.isin(poses.classes, left)
        taught = teach(poses.examples(inside & (poses.parts != 0)), kind="pose")
        ours = judged(taught, poses, np.flatnonzero(inside & (poses.parts == 0)))[1]
        strange = judged(taught, poses, np.flatnonzero(~inside))[1]
        names = ", ".join(poses.names[number] for number in left)
        print(f"| {names} | {100 * ours:.0f} % | {100 * strange:.0f} % |", flush=True)


def exercise(paths: Sequence[Path]) -> None:
    """Prints the accuracy on tables of exercises: by parts, or from the first to the second."""
    for path in paths:
        poses = mediapipe_poses(path)
        shares = []
        for part in range(PARTS):
            taught = teach(poses.examples(poses.parts != part), kind="pose")
            shares.append(judged(taught, poses, np.flatnonzero(poses.parts == part)))
        right, named, of_named = np.mean(shares, axis=0)
        print(
            f"{path.name}: {len(poses.classes)} poses, {', '.join(poses.names)}: "
            f"{100 * right:.1f} % right; {100 * named:.1f} % named, {100 * of_named:.1f} % of these"
            " right"
        )
    both = [path for path in paths if "train" in path.name or "test" in path.name]
    if len(both) == 2:
        teacher, other = (
            mediapipe_poses(path) for path in sorted(both, key=lambda p: "test" in p.name)
        )
        taught = teach(teacher.examples(teacher.parts >= 0), kind="pose")
        right, named, of_named = judged(taught, other, np.arange(len(other.classes)))
        print(
            f"taught by one, tested with the other: {100 * right:.1f} % right; "
            f"{100 * named:.1f} % named, {100 * of_named:.1f} % of these right"
        )


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--exercise", nargs="+", type=Path, help="tables of MediaPipe")
    parser.add_argument("--draws", type=int, default=10)
    arguments = parser.parse_args()
    if arguments.exercise:
        exercise(arguments.exercise)
        return
    poses = body_poses()
    curve(poses, arguments.draws)
    whole(poses)
    strangers(poses)


if __name__ == "__main__":
    main()
