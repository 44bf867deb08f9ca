"""BlazePose here and in MediaPipe: the distance between their joints, and how fast each is.

    python -m venv other && other/bin/pip install mediapipe==0.10.21
    python benchmarks/blazepose.py --python other/bin/python [--images FOLDER]

MediaPipe runs in processes of its own with the Python given. Pictures are every fifth frame of the
sample clip, and those of the folder, all resized to 960 x 540 pixels; each is taken for itself.
Speed is that of the sample clip at 960 x 540 in H.264, reading included, one person at a time on
both sides; the two take turns, and the ratio is the median over the turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import kinema
from kinema.media.images import IMAGE_SUFFIXES
from kinema.media.writer import write_image
from kinema.models.blazepose.model import BlazePose
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.store import fetch

SIZE = (960, 540)
EVERY = 5
REFERENCE = Path(__file__).with_name("mediapipe_pose.py")


def main() -> None:
    """Prints agreement, then speed."""
    arguments = _arguments()
    model = kinema.load_model(arguments.model, single_person=True)
    assert isinstance(model, BlazePose)
    with tempfile.TemporaryDirectory() as folder:
        pictures = sorted(_pictures(Path(folder), arguments.images))
        _print_agreement(model, pictures, _reference(arguments.python, "pictures", *pictures))
        clip = Path(folder) / "clip.mp4"
        _write_clip(clip)
        _print_speed(model, clip, arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--python", default=sys.executable, help="one that has mediapipe")
    parser.add_argument("--images", type=Path, help="a folder of photos of people")
    parser.add_argument("--model", default="blazepose-full")
    parser.add_argument("--turns", type=int, default=5)
    return parser.parse_args()


def _pictures(folder: Path, photos: Path | None) -> Iterator[Path]:
    """Writes the pictures that both are to see."""
    with kinema.read_video(fetch(SAMPLE_CLIP)) as video:
        for frame in video:
            if frame.index % EVERY == 0:
                yield _written(folder / f"clip{frame.index:04d}.png", frame)
    files = sorted(photos.iterdir()) if photos else []
    for number, file in enumerate(file for file in files if file.suffix.lower() in IMAGE_SUFFIXES):
        yield _written(folder / f"photo{number:04d}.png", kinema.read_image(file))


def _written(path: Path, frame: kinema.Frame) -> Path:
    write_image(path, frame.scaled(*SIZE))
    return path


def _reference(python: str, task: str, *files: Path) -> list[dict[str, list[float]] | None]:
    command = [python, str(REFERENCE), task, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.strip().splitlines()[-1])
    result: list[dict[str, list[float]] | None] = json.loads(done.stdout.splitlines()[-1])
    return result


def _print_agreement(
    model: BlazePose, pictures: list[Path], others: list[dict[str, list[float]] | None]
) -> None:
    pixels, visibility, metres, here, there = [], [], [], 0, 0
    for picture, other in zip(pictures, others, strict=True):
        job = model.start(kinema.read_image(picture))
        poses, space = job.poses(), job.poses_3d()
        if other is None or len(poses) == 0:
            here += len(poses)
            there += other is not None
            continue
        joints = np.array(other["joints"])
        pixels.append(np.linalg.norm(poses.keypoints[0] - joints[:, :2], axis=1))
        visibility.append(np.abs(poses.scores[0] - joints[:, 2]))
        metres.append(np.linalg.norm(space.keypoints[0] - np.array(other["space"]), axis=1))
    print(
        f"{len(pictures)} pictures, somebody in {len(pixels)}; {here} here only, {there} there only"
    )
    print(f"{'difference of':<16}{'median':>10}{'95 %':>10}")
    for name, values in (("pixels", pixels), ("visibility", visibility), ("metres", metres)):
        median, high = np.percentile(np.concatenate(values), [50, 95])
        print(f"{name:<16}{median:>10.4f}{high:>10.4f}")


def _write_clip(path: Path) -> None:
    with (
        kinema.read_video(fetch(SAMPLE_CLIP)) as video,
        kinema.VideoWriter(path, video.info, crf=20) as out,
    ):
        for frame in video:
            out.write(frame.scaled(*SIZE), frame.time)


def _print_speed(model: BlazePose, clip: Path, arguments: argparse.Namespace) -> None:
    ours, theirs, people = [], [], (0, 0.0)
    _rate(model, clip)  # the first run is slower than all others
    for _ in range(arguments.turns):
        rate, found = _rate(model, clip)
        ours.append(rate)
        other = _reference(arguments.python, "video", clip)
        assert isinstance(other, dict)
        theirs.append(other["rate"])
        people = (found, other["people"])
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"{'frames/s here':<24}{statistics.median(ours):>8.1f}   somebody in {people[0]}")
    print(f"{'frames/s MediaPipe':<24}{statistics.median(theirs):>8.1f}   somebody in {people[1]}")
    print(f"{'ratio':<24}{ratio:>8.2f}")


def _rate(model: BlazePose, clip: Path) -> tuple[float, int]:
    frames = people = 0
    started = time.perf_counter()
    with kinema.read_video(clip) as video:
        for poses in kinema.run(model, video):
            frames += 1
            people += len(poses)
    return frames / (time.perf_counter() - started), people


if __name__ == "__main__":
    main()
