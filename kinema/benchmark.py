"""How fast a bottom-up model is, and how much of that is left once everything around it runs too.

The bare network and the whole run are measured in turns, and the ratio is the median over the
turns, so that a machine that speeds up or slows down meanwhile does not change it.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import cv2
import numpy as np

from kinema.errors import InputError
from kinema.media.frame import Image
from kinema.media.sources import read_video
from kinema.models.model import Model
from kinema.models.openpose.ideal_maps import ideal_maps
from kinema.models.openpose.model import OpenPose
from kinema.models.openpose.part_fields import PartMaps, Thresholds, find_people
from kinema.models.runtime import Request
from kinema.outputs import Plan, process
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton

TURNS = 5
INPUTS_IN_MEMORY = 16
LINKING_REPEATS = 200
CROWD_MAPS = (82, 46)
"""Cells of the ideal maps: those of a 16:9 picture at size 368."""


@dataclass(frozen=True)
class Timings:
    """What was measured. `fps` is frames per second, `ms` milliseconds per frame.

    Attributes:
        network_fps: The network alone, its inputs ready in memory.
        decode_fps: Reading the source alone.
        run_fps: The whole run, from the file to JSON lines.
        run_to_network_ratio: The median over the turns of one over the other.
        linking_ms: From maps to people on one core: `frame` on the source's own maps, `people_1`,
            `people_9` and `people_30` on ideal maps of so many people. Medians.
        peak_memory_mb: Of this process after its first whole run; None where it is not known.
        frames: Of the source.
        machine: What it was measured on, and with what arithmetic.
    """

    network_fps: float
    decode_fps: float
    run_fps: float
    run_to_network_ratio: float
    linking_ms: dict[str, float]
    peak_memory_mb: float | None
    frames: int
    machine: dict[str, str | int]


def measure(
    model: Model, source: str, *, turns: int = TURNS, on_turn: Callable[[], object] = lambda: None
) -> Timings:
    """Times a model on a video; takes as long as `turns` + 1 runs over it, twice.

    Args:
        model: One of the OpenPose family.
        source: A video, or anything that `read_video` takes and that ends.
        turns: How often network and whole run take turns.
        on_turn: Called after each turn.

    Raises:
        InputError: If the model is of another family.
        MediaError: If the source cannot be read.
    """
    if not isinstance(model, OpenPose):
        raise InputError(f"only models of the OpenPose family can be timed, not {model.name}")
    frames, _ = _whole_run(model, source)
    peak_memory = _peak_memory_mb()
    inputs, maps = _samples(model, source)
    _network_seconds(model, inputs, frames)
    network, run, decode = [], [], []
    for _ in range(turns):
        network.append(frames / _network_seconds(model, inputs, frames))
        run.append(frames / _whole_run(model, source)[1])
        decode.append(frames / _decode_seconds(source))
        on_turn()
    with _one_thread():
        linking = {"frame": _median_ms(maps, model.thresholds)}
        for people in (1, 9, 30):
            crowd = ideal_maps(model.layout, crowd_keypoints(model.skeleton, people), CROWD_MAPS)
            linking[f"people_{people}"] = _median_ms([crowd], model.thresholds)
    return Timings(
        network_fps=statistics.median(network),
        decode_fps=statistics.median(decode),
        run_fps=statistics.median(run),
        run_to_network_ratio=statistics.median(r / n for r, n in zip(run, network, strict=True)),
        linking_ms=linking,
        peak_memory_mb=peak_memory,
        frames=frames,
        machine=_machine(model),
    )


def crowd_keypoints(
    skeleton: Skeleton, people: int, size: tuple[int, int] = CROWD_MAPS
) -> Float32Array:
    """People standing in rows, as many as asked for: (people, K, 2) in cells of maps of `size`.

    Joints that the standing figure has no place for are NaN.
    """
    places = [_STANDING.get(joint, (np.nan, np.nan)) for joint in skeleton.keypoints]
    figure = np.array(places, dtype=np.float32)
    rows = max(1, round((people / 4) ** 0.5))
    columns = max(1, -(-people // rows))
    width, height = size[0] / columns, size[1] / rows
    number = np.arange(people)
    feet = np.stack([(number % columns + 0.5) * width, (number // columns) * height], axis=1)
    crowd: Float32Array = (figure * height * 0.95 + feet[:, None]).astype(np.float32)
    return crowd


# A person who faces the camera, x from the middle and y from the crown, in body heights.
_STANDING = {
    "nose": (0.0, 0.08),
    "neck": (0.0, 0.18),
    "mid_hip": (0.0, 0.52),
    "right_eye": (-0.02, 0.06),
    "right_ear": (-0.05, 0.07),
    "right_shoulder": (-0.11, 0.18),
    "right_elbow": (-0.15, 0.35),
    "right_wrist": (-0.16, 0.5),
    "right_hip": (-0.06, 0.52),
    "right_knee": (-0.07, 0.74),
    "right_ankle": (-0.07, 0.96),
}
_STANDING |= {joint.replace("right", "left"): (-x, y) for joint, (x, y) in list(_STANDING.items())}


def _whole_run(model: Model, source: str) -> tuple[int, float]:
    """Frames and seconds of a run that writes JSON lines."""
    with tempfile.TemporaryDirectory() as folder:
        report = process(source, model, Path(folder), Plan(save=("poses",)))
    return report.frames, report.seconds


def _samples(model: OpenPose, source: str) -> tuple[list[Image], list[PartMaps]]:
    """Inputs of the network and maps of some frames, spread over the source's beginning."""
    inputs: list[Image] = []
    maps: list[PartMaps] = []
    with read_video(source) as video:
        for frame in islice(video, 0, 4 * INPUTS_IN_MEMORY, 4):
            inputs += model.inputs(frame)
            maps.append(model.start(frame).maps)
    return inputs, maps


def _network_seconds(model: OpenPose, inputs: list[Image], frames: int) -> float:
    """Seconds of the bare network for as many inferences as the source's frames take."""
    looks = len(model.options.scales) * (2 if model.options.mirror else 1)
    waiting: deque[Request] = deque()
    started = time.perf_counter()
    for image in islice(cycle(inputs), frames * looks):
        waiting.append(model.network.start(image))
        if len(waiting) > model.parallel:
            waiting.popleft().result()
    while waiting:
        waiting.popleft().result()
    return time.perf_counter() - started


def _decode_seconds(source: str) -> float:
    started = time.perf_counter()
    with read_video(source) as video:
        for _ in video:
            pass
    return time.perf_counter() - started


def _median_ms(maps: list[PartMaps], thresholds: Thresholds) -> float:
    seconds = []
    for one in islice(cycle(maps), LINKING_REPEATS):
        started = time.perf_counter()
        find_people(one, thresholds)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1000


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keeps OpenCV to one core."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def _peak_memory_mb() -> float | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def _machine(model: OpenPose) -> dict[str, str | int]:
    return {
        "processor": processor(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "runtime": model.network.runtime,
        "arithmetic": model.network.precision,
    }


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """The name of this machine's processor, as far as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"
