"""How fast joint angles are, and how far angles in a picture are from those in space.

    python benchmarks/angles.py speed
    python benchmarks/angles.py views WALKS.zip [--plot FILE.png]

`speed` measures one person frame by frame and a recording of ten minutes. `views` takes walks in
BVH files as those of the CMU Graphics Lab Motion Capture Database, shows them to a camera 5 m away
at 0 to 45 degrees from the pure side view, and compares the angles of the picture with those of the
joints in space.
"""

from __future__ import annotations

import argparse
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from kinema.analysis.angles import angles_of, joint_angles
from kinema.poses import Poses
from kinema.skeleton import Skeleton, mirror_by_name
from kinema.skeletons import BLAZEPOSE33, BODY25, COCO17
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

UNIT = 0.0254 / 0.45  # metres of one unit of CMU's files
JOINTS = {
    "head_top": "Head.end",
    "neck": "Neck",
    "mid_hip": "Hips",
    **{
        f"{side}_{ours}": f"{side.title()}{theirs}"
        for side in ("left", "right")
        for ours, theirs in (
            ("shoulder", "Shoulder"),
            ("elbow", "Elbow"),
            ("wrist", "Wrist"),
            ("hip", "Hip"),
            ("knee", "Knee"),
            ("ankle", "Ankle"),
            ("heel", "Ankle.heel"),
            ("big_toe", "Toe.end"),
        )
    },
}
SKELETON = Skeleton("cmu", tuple(JOINTS), mirror=mirror_by_name(JOINTS))
SIDES = ("left", "right")
SHOWN = ("hip_flexion", "knee_flexion", "ankle_dorsiflexion", "shoulder_flexion", "elbow_flexion")
DISTANCE, FOCAL, CAMERA_HEIGHT = 5.0, 1500.0, 1.0  # metres, pixels, metres
FRAMES, RATE = 18_000, 30.0


def main() -> None:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("speed")
    views = commands.add_parser("views")
    views.add_argument("walks", type=Path)
    views.add_argument("--plot", type=Path)
    views.add_argument("--most", type=int, default=40, help="walks to take")
    options = parser.parse_args()
    if options.command == "speed":
        measure_speed()
    else:
        compare_views(options.walks, options.plot, options.most)


def measure_speed() -> None:
    """Prints milliseconds a frame, live and for a whole recording."""
    rng = np.random.default_rng(0)
    print("| joints | space | one frame, ms | ten minutes, s | with uncertainty, s |")
    print("| --- | --- | --- | --- | --- |")
    for skeleton, space in (
        (COCO17, "image"),
        (BODY25, "image"),
        (BLAZEPOSE33, "image"),
        (BLAZEPOSE33, "body"),
    ):
        size = (FRAMES, len(skeleton), 2 if space == "image" else 3)
        points, scores = rng.normal(size=size), np.ones(size[:2])
        times = np.arange(FRAMES) / RATE
        one = Poses(skeleton, points[:1], scores[:1], space=space)
        track = Track(skeleton, points, scores, times, space=space)
        sigma = np.full(size[:2], 0.01)
        known = Track(skeleton, points, scores, times, space=space, sigma=sigma)
        live = best(lambda one=one: angles_of(one), 300)
        whole = best(lambda track=track: joint_angles(track), 3)
        spread = best(lambda known=known: joint_angles(known), 3)
        print(f"| {skeleton.name} | {space} | {live * 1e3:.2f} | {whole:.2f} | {spread:.2f} |")


def best(work: Callable[[], object], times: int) -> float:
    """Seconds of the fastest of some runs."""
    work()
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def compare_views(walks: Path, plot: Path | None, most: int) -> None:
    """Prints how far angles in the picture are from those in space, by the view."""
    views = (0, 15, 30, 45)
    errors: dict[tuple[int, str], list[Float64Array]] = {}
    ranges: dict[str, list[tuple[float, float]]] = {name: [] for name in SHOWN}
    with zipfile.ZipFile(walks) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".bvh"))
        used = 0
        for name in names:
            points, times = read_bvh(archive.read(name).decode("ascii", "replace"))
            points = along_x(points)
            if points is None:
                continue
            used += 1
            ones = np.ones(points.shape[:2])
            truth = joint_angles(Track(SKELETON, points, ones, times, space="world"))
            for shown in SHOWN:
                for side in SIDES:
                    low, high = np.percentile(truth[f"{side}_{shown}"], [1, 99])
                    ranges[shown].append((float(low), float(high)))
            for view in views:
                seen = joint_angles(Track(SKELETON, picture(points, view), ones, times))
                if plot and view == 0 and used == 1:
                    draw(plot, seen, truth, name)
                for curve in set(seen.names) & {f"{s}_{n}" for s in SIDES for n in SHOWN}:
                    shown = curve.partition("_")[2]
                    errors.setdefault((view, shown), []).append(seen[curve] - truth[curve])
            if used == most:
                break
    print(f"{used} walks of {walks.name}")
    print_tables(views, errors, ranges)


def print_tables(
    views: tuple[int, ...],
    errors: dict[tuple[int, str], list[Float64Array]],
    ranges: dict[str, list[tuple[float, float]]],
) -> None:
    """The ranges of the angles in space and the root mean square errors of those in the picture."""
    for name, values in ranges.items():
        low, high = np.median(values, axis=0)
        print(f"{name}: in space from {low:.0f} to {high:.0f} degrees (median of the walks)")
    print(f"| view, degrees | frames shown | {' | '.join(SHOWN)} |")
    print(f"| {' | '.join(['---'] * (2 + len(SHOWN)))} |")
    for view in views:
        parts = [np.concatenate(errors.get((view, name), [np.empty(0)])) for name in SHOWN]
        shown = np.mean(~np.isnan(parts[0])) if len(parts[0]) else 0.0
        cells = [
            f"{np.sqrt(np.nanmean(part**2)):.1f} ({np.nanmean(part):+.1f})" if len(part) else "-"
            for part in parts
        ]
        print(f"| {view} | {shown:.0%} | {' | '.join(cells)} |")


def read_bvh(text: str) -> tuple[Float64Array, Float64Array]:
    """Joints (T, K, 3) of `SKELETON` in metres, z up, and times; a heel is put onto each foot."""
    head, motion = text.split("MOTION")
    joints: list[tuple[str, int, Float64Array, list[str]]] = []
    stack: list[int] = []
    for line in head.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] in ("ROOT", "JOINT", "End"):
            name = words[1] if words[0] != "End" else f"{joints[stack[-1]][0]}.end"
            joints.append((name, stack[-1] if stack else -1, np.zeros(3), []))
        elif words[0] == "{":
            stack.append(len(joints) - 1)
        elif words[0] == "}":
            stack.pop()
        elif words[0] == "OFFSET":
            joints[stack[-1]][2][:] = [float(word) for word in words[1:4]]
        elif words[0] == "CHANNELS":
            joints[stack[-1]][3].extend(words[2:])
    lines = motion.strip().splitlines()
    step = float(lines[1].split(":")[1])
    values = np.array([line.split() for line in lines[2:]], dtype=np.float64)
    places = forward_kinematics(joints, values)
    points = np.stack([places[theirs] for theirs in JOINTS.values()], axis=1) * UNIT
    return points[..., [2, 0, 1]], np.arange(len(points)) * step


def forward_kinematics(
    joints: list[tuple[str, int, Float64Array, list[str]]], values: Float64Array
) -> dict[str, Float64Array]:
    """The place (T, 3) of every joint."""
    column = 0
    turns, places, found = [], [], {}
    for name, parent, offset, channels in joints:
        local, move = Rotation.identity(len(values)), np.zeros((len(values), 3)) + offset
        for channel in channels:
            value = values[:, column]
            column += 1
            if channel.endswith("position"):
                move[:, "XYZ".index(channel[0])] += value
            else:
                local = local * Rotation.from_euler(
                    channel[0].lower(), value[:, None], degrees=True
                )
        if parent < 0:
            turns.append(local)
            places.append(move)
        else:
            turns.append(turns[parent] * local)
            places.append(places[parent] + turns[parent].apply(move))
        found[name] = places[-1]
        if name.endswith("Toe"):
            # 5 cm behind the ankle, at the height of the toes in the pose at rest.
            shank = joints[parent][2] / np.linalg.norm(joints[parent][2])
            heel = shank * (offset @ shank) - np.array([0.0, 0.0, 0.05 / UNIT])
            found[f"{joints[parent][0]}.heel"] = places[parent] + turns[parent].apply(heel)
    return found


def along_x(points: Float64Array) -> Float64Array | None:
    """The walk turned to go along x, its middle at (0, 0); None if it is not straight ahead."""
    hips = points[:, SKELETON.index("mid_hip")]
    way = hips[-1] - hips[0]
    length = np.hypot(way[0], way[1])
    across = points[:, SKELETON.index("left_hip")] - points[:, SKELETON.index("right_hip")]
    angle = np.arctan2(way[1], way[0])
    turned = Rotation.from_euler("z", -angle).apply(points.reshape(-1, 3)).reshape(points.shape)
    across = Rotation.from_euler("z", -angle).apply(across)
    sideways = np.ptp(turned[:, SKELETON.index("mid_hip"), 1])
    if length < 1.5 or sideways > 0.25 or np.median(across[:, 1]) < 0.1:
        return None
    centre = turned[:, SKELETON.index("mid_hip"), :2]
    turned[..., :2] -= (centre.max(axis=0) + centre.min(axis=0)) / 2
    return turned


def picture(points: Float64Array, view: float) -> Float64Array:
    """Pixels (T, K, 2) of a level camera that looks at the walk `view` degrees from the side.

    It follows the person, as on a treadmill, so that the view stays what it is.
    """
    centred = points.copy()
    centred[..., :2] -= points[:, [SKELETON.index("mid_hip")], :2]
    turned = Rotation.from_euler("z", view, degrees=True).apply(centred.reshape(-1, 3))
    x, y, z = turned.reshape(points.shape).transpose(2, 0, 1)
    depth = DISTANCE + y
    return np.stack([960 + FOCAL * x / depth, 540 - FOCAL * (z - CAMERA_HEIGHT) / depth], axis=-1)


def draw(path: Path, seen: object, truth: object, name: str) -> None:
    """Curves of one walk, in the picture and in space."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(3, 2, figsize=(11, 9), sharex=True, sharey="row")
    for row, shown in zip(axes, SHOWN[:3], strict=True):
        for plot, side in zip(row, ("left", "right"), strict=True):
            plot.plot(truth.times, truth[f"{side}_{shown}"], label="space")
            plot.plot(seen.times, seen[f"{side}_{shown}"], "--", label="picture from the side")
            plot.set_title(f"{side} {shown.replace('_', ' ')}, degrees")
            plot.grid(alpha=0.3)
    axes[0, 0].legend()
    figure.suptitle(name)
    figure.tight_layout()
    figure.savefig(path, dpi=80)


if __name__ == "__main__":
    main()
