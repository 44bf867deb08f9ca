"""What recognising actions costs beyond finding the people: one core, a network after the other.

    python benchmarks/action_speed.py [RECOGNISER.onnx ...]

Without files two networks of random weights are taken, that of Yan et al. 2018 for 64 frames of 17
joints and the smaller one of `kinema actions train`, besides the one that ships, if it is there. A
clip alone tells the latency; a live recording of four people, looked at as `kinema run --actions`
does, what each person and frame costs. The paper's network also runs in PyTorch, in turns with
OpenVINO and with the same weights.
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

from kinema.actions.live import LiveRecogniser
from kinema.actions.recogniser import Recogniser
from kinema.actions.spec import ActionSpec
from kinema.models.recogniser import EVERYDAY, RecogniserNetwork, load_recogniser
from kinema.poses import Poses
from kinema.skeletons import COCO17
from kinema.train.actions.export import save_onnx
from kinema.train.actions.plan import plan_for
from kinema.train.actions.task import network_of

TURNS = 60
PEOPLE = 4
FRAMES = 300
LABELS = tuple(f"action {number}" for number in range(10))
PAPER = {"channels": 64, "blocks": (4, 3, 3), "stride": 1}
"""Ten blocks of 64, 128 and 256 channels (section 4.1)."""


def main() -> None:
    """Reads the command line, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recognisers", nargs="*")
    given = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    torch.set_num_threads(1)
    for path in given.recognisers:
        report(path, load_recogniser(path, live=True))
    if given.recognisers:
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, settings in {"the paper's ST-GCN": PAPER, "the default ST-GCN": {}}.items():
            plan = plan_for("stgcn", seconds=2.0, **settings)
            spec = plan.spec(LABELS, COCO17, 2)
            network = network_of(plan, spec).eval()
            path = Path(folder) / "actions.onnx"
            save_onnx(network, spec, path)
            fast = RecogniserNetwork(path, spec, live=True)
            report(name, Recogniser(fast, spec))
            compare(fast, network, spec)
    report(EVERYDAY, load_recogniser(EVERYDAY, live=True))


def compare(fast: Callable[..., np.ndarray], network: torch.nn.Module, spec: ActionSpec) -> None:
    """Prints how long a clip takes in OpenVINO and in PyTorch."""
    clip = np.random.default_rng(0).normal(size=(1, *spec.shape)).astype(np.float32)
    clip[:, -1] = 1

    def trained() -> np.ndarray:
        with torch.inference_mode():
            return network(torch.from_numpy(clip)).numpy()

    print(f"  the two differ by {np.abs(fast(clip) - trained()).max():.1e}")
    times: dict[str, list[float]] = {"OpenVINO": [], "PyTorch": []}
    for _ in range(TURNS):
        for name, run in (("OpenVINO", lambda: fast(clip)), ("PyTorch", trained)):
            started = time.perf_counter()
            run()
            times[name].append(1000 * (time.perf_counter() - started))
    one, other = (float(np.median(times[name])) for name in ("OpenVINO", "PyTorch"))
    print(f"  OpenVINO {one:.2f} ms, PyTorch {other:.2f} ms: {other / one:.2f} times as fast")


def report(name: str, recogniser: Recogniser) -> None:
    """Prints the latency of a clip, and what a person and frame cost live."""
    spec = recogniser.spec
    clip = np.random.default_rng(0).normal(size=(1, *spec.shape)).astype(np.float32)
    clip[:, -1] = 1
    times = []
    for _ in range(TURNS):
        started = time.perf_counter()
        recogniser.probabilities(clip)
        times.append(1000 * (time.perf_counter() - started))
    print(f"{name}: a clip of {spec.frames} frames {np.median(times):.2f} ms")
    live = LiveRecogniser(recogniser)
    frames = list(recording())
    started = time.perf_counter()
    for poses in frames:
        live.update(poses)
    each = 1000 * (time.perf_counter() - started) / (FRAMES * PEOPLE)
    print(f"  live: {each:.3f} ms a person and frame, {PEOPLE} people, every {live.every} frames")


def recording() -> list[Poses]:
    """Some people who jitter about their places."""
    rng = np.random.default_rng(1)
    places = (
        rng.uniform(0, 200, size=(PEOPLE, len(COCO17), 2)) + 300 * np.arange(PEOPLE)[:, None, None]
    )
    scores = np.ones((PEOPLE, len(COCO17)), dtype=np.float32)
    return [
        Poses(
            COCO17,
            (places + rng.normal(0, 3, places.shape)).astype(np.float32),
            scores,
            ids=np.arange(PEOPLE),
            frame=frame,
            time=frame / 30,
        )
        for frame in range(FRAMES)
    ]


if __name__ == "__main__":
    main()
