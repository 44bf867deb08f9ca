"""Frames per second of bare networks of the OpenPose family, in turns, so that ratios are fair.

    python benchmarks/network_speed.py VIDEO openpose:f32 openpose:bf16 out/openpose-int8.xml:auto

Each is a model or a network file, and its arithmetic. The first is what the others are compared
with; ratios are medians over the turns.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import deque
from itertools import cycle, islice

from kinema.errors import InputError
from kinema.media.frame import Image
from kinema.media.sources import read_video
from kinema.models.loading import load_model
from kinema.models.openpose.model import OpenPose
from kinema.models.runtime import Request

TURNS = 11
INFERENCES = 24  # each turn
PICTURES = 16


def main() -> None:
    """Measures the models named on the command line."""
    source, *names = sys.argv[1:]
    models = {name: _load(name) for name in names}
    with read_video(source) as video:
        frames = list(islice(video, PICTURES))
    inputs = [image for frame in frames for image in models[names[0]].inputs(frame)]
    rates: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(TURNS + 1):
        for name, model in models.items():
            rate = INFERENCES / _seconds(model, inputs)
            if turn:  # the first warms up
                rates[name].append(rate)
    for name, own in rates.items():
        ratios = (a / b for a, b in zip(own, rates[names[0]], strict=True))
        print(f"{name}: {statistics.median(own):.1f} frames/s, x {statistics.median(ratios):.2f}")


def _load(text: str) -> OpenPose:
    name, _, precision = text.rpartition(":")
    model = load_model(name, precision=precision)  # type: ignore[arg-type]
    if not isinstance(model, OpenPose):
        raise InputError(f"{name} is not of the OpenPose family")
    return model


def _seconds(model: OpenPose, inputs: list[Image]) -> float:
    waiting: deque[Request] = deque()
    started = time.perf_counter()
    for image in islice(cycle(inputs), INFERENCES):
        waiting.append(model.network.start(image))
        if len(waiting) > model.parallel:
            waiting.popleft().result()
    while waiting:
        waiting.popleft().result()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
