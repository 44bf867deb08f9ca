"""How fast lifting is: a network in OpenVINO, and the same weights in PyTorch.

    python benchmarks/lifting_speed.py [LIFTER.onnx]

Without a file the network of the paper for 27 frames is made with random weights, 1,024 channels,
whole sequences of 2D poses in, and a small one for windows as ships with Kinema. One core; the two
runtimes take turns; the median of several turns counts.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from kinema.models.lifter import Lifter, load_lifter
from kinema.train.lift.export import save_onnx
from kinema.train.lift.network import TemporalNetwork, as_function
from kinema.train.lift.plan import LiftPlan

TURNS = 7
FRAMES = 2000


def main() -> None:
    """Reads the command line, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lifter", nargs="?")
    given = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    torch.set_num_threads(1)
    if given.lifter:
        lifter = load_lifter(given.lifter)
        print(f"{given.lifter}: {frames_per_second(lifter):,.0f} frames/s")
        print(f"  one window: {latency_ms(load_lifter(given.lifter, live=True)):.2f} ms")
        return
    plans = {
        "paper, 27 frames, 1,024 channels": LiftPlan(channels=1024, screen="picture", sigma=False),
        "windows, 27 frames, 256 channels": LiftPlan(),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, plan in plans.items():
            spec = plan.spec
            network = TemporalNetwork(
                spec.inputs, spec.outputs, spec.field, channels=plan.channels
            ).eval()
            path = Path(folder) / "lifter.onnx"
            save_onnx(network, spec, path)
            for precision in ("f32", "bf16"):
                print(f"{name}, {precision}")
                compare(Lifter(path, spec, precision=precision), as_function(network))
            if plan.screen == "person":
                print(f"  one window: {latency_ms(Lifter(path, spec, live=True)):.2f} ms")


def compare(lifter: Lifter, trained: Callable[[np.ndarray], np.ndarray]) -> None:
    """Prints how many frames a second both forms of a network do."""
    inputs = example(lifter)
    print(f"  the two differ by {np.abs(lifter(inputs) - trained(inputs)).max():.1e}")
    times: dict[str, list[float]] = {"OpenVINO": [], "PyTorch": []}
    for _ in range(TURNS):
        for runtime, run in (("OpenVINO", lifter), ("PyTorch", trained)):
            started = time.perf_counter()
            run(inputs)
            times[runtime].append(time.perf_counter() - started)
    rates = {runtime: FRAMES / float(np.median(turns)) for runtime, turns in times.items()}
    for runtime, rate in rates.items():
        print(f"  {runtime:10}{rate:10,.0f} frames/s")
    print(f"  ratio     {rates['OpenVINO'] / rates['PyTorch']:10.2f}")


def frames_per_second(lifter: Lifter) -> float:
    """How many frames a second a network does."""
    inputs, times = example(lifter), []
    for _ in range(TURNS):
        started = time.perf_counter()
        lifter(inputs)
        times.append(time.perf_counter() - started)
    return FRAMES / float(np.median(times))


def latency_ms(lifter: Lifter) -> float:
    """How long one window takes, in milliseconds."""
    inputs, times = example(lifter)[:1], []
    for _ in range(200):
        started = time.perf_counter()
        lifter(inputs)
        times.append(time.perf_counter() - started)
    return 1000 * float(np.median(times))


def example(lifter: Lifter) -> np.ndarray:
    """Random input of 2,000 frames of output."""
    spec, rng = lifter.spec, np.random.default_rng(0)
    if spec.screen == "person":
        shape: tuple[int, ...] = (FRAMES, spec.field.frames, spec.inputs)
    else:
        shape = (1, FRAMES + spec.field.frames - 1, spec.inputs)
    return rng.normal(size=shape).astype(np.float32)


if __name__ == "__main__":
    main()
