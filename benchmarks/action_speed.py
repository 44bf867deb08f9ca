"""What recognising actions costs beyond finding the people: one core, a network after the other.

    python benchmarks/action_speed.py [RECOGNISER.onnx ...] [--data DATA]

Without files two networks of random weights are taken, that of Yan et al. 2018 for 64 frames of 17
joints and the smaller one of `kinema actions train`, besides the one that ships, if it is there. A
clip alone tells the latency, in float32 and bfloat16 in turns, where the processor has that; a live
recording of four people, looked at as `kinema run --actions` does with the arithmetic that suits
the recogniser, what each person and frame costs. The networks of random weights also run in
PyTorch, in turns with OpenVINO. With data, what bfloat16 changes is told for the test part of their
usual protocol.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from kinema.actions.live import LiveRecogniser
from kinema.actions.protocols import split
from kinema.actions.reading import read_actions
from kinema.actions.recogniser import Recogniser
from kinema.actions.sequences import ActionSet
from kinema.actions.spec import ActionSpec
from kinema.models.recogniser import EVERYDAY, RecogniserNetwork, load_recogniser
from kinema.poses import Poses
from kinema.skeletons import COCO17
from kinema.train.actions.export import save_onnx
from kinema.train.actions.material import material_of
from kinema.train.actions.plan import plan_for
from kinema.train.actions.task import network_of

TURNS = 60
PEOPLE = 4
FRAMES = 300
ARITHMETIC = ("f32", "bf16")
LABELS = tuple(f"action {number}" for number in range(10))
PAPER = {"channels": 64, "blocks": (4, 3, 3), "stride": 1}
"""Ten blocks of 64, 128 and 256 channels (section 4.1)."""


def main() -> None:
    """Reads the command line, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recognisers", nargs="*")
    parser.add_argument("--data")
    given = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    torch.set_num_threads(1)
    for path in given.recognisers or [EVERYDAY]:
        loaded = {name: load_recogniser(path, live=True, precision=name) for name in ARITHMETIC}
        report(path, loaded, load_recogniser(path, live=True))
        if given.data:
            changes(loaded, split(read_actions(given.data), validation=0.0).test)
    if given.recognisers:
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, settings in {"the paper's ST-GCN": PAPER, "the default ST-GCN": {}}.items():
            plan = plan_for("stgcn", seconds=2.0, **settings)
            spec = plan.spec(LABELS, COCO17, 2)
            network = network_of(plan, spec).eval()
            path = Path(folder) / "actions.onnx"
            save_onnx(network, spec, path)
            loaded = {
                arithmetic: Recogniser(
                    RecogniserNetwork(path, spec, live=True, precision=arithmetic), spec
                )
                for arithmetic in ARITHMETIC
            }
            report(name, loaded, loaded["bf16"])
            compare(loaded["f32"].network, network, spec)


def clip_of(spec: ActionSpec) -> np.ndarray:
    """A clip of joints by chance, all of which are there."""
    clip = np.random.default_rng(0).normal(size=(1, *spec.shape)).astype(np.float32)
    clip[:, -1] = 1
    return clip


def medians(runs: dict[str, Callable[[], object]]) -> dict[str, float]:
    """What each takes in milliseconds, in turns."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(TURNS):
        for name, run in runs.items():
            started = time.perf_counter()
            run()
            times[name].append(1000 * (time.perf_counter() - started))
    return {name: float(np.median(found)) for name, found in times.items()}


def changes(loaded: dict[str, Recogniser], tested: ActionSet) -> None:
    """Prints how far the probabilities are apart, and how often another label is the likeliest."""
    material = material_of(tested, loaded["f32"].spec)
    chances = [
        material.by_recording(loaded[arithmetic].probabilities(material.clips))
        for arithmetic in ARITHMETIC
    ]
    apart = np.abs(chances[0] - chances[1]).max(axis=1)
    changed = int((chances[0].argmax(axis=1) != chances[1].argmax(axis=1)).sum())
    print(f"  in {ARITHMETIC[1]} {changed} of {len(apart)} recordings are another action;", end=" ")
    print(f"probabilities differ by {np.median(apart):.4f}, at most {apart.max():.4f}")


def compare(fast: Callable[..., np.ndarray], network: torch.nn.Module, spec: ActionSpec) -> None:
    """Prints how long a clip takes in OpenVINO and in PyTorch, both in float32."""
    clip = clip_of(spec)

    def trained() -> np.ndarray:
        with torch.inference_mode():
            return network(torch.from_numpy(clip)).numpy()

    print(f"  the two differ by {np.abs(fast(clip) - trained()).max():.1e}")
    taken = medians({"OpenVINO": lambda: fast(clip), "PyTorch": trained})
    one, other = taken["OpenVINO"], taken["PyTorch"]
    print(f"  OpenVINO {one:.2f} ms, PyTorch {other:.2f} ms: {other / one:.2f} times as fast")


def report(name: str, loaded: dict[str, Recogniser], suited: Recogniser) -> None:
    """Prints the latency of a clip, and what a person and frame cost live.

    Args:
        name: Of the recogniser.
        loaded: With each arithmetic.
        suited: With that which suits it.
    """
    spec = suited.spec
    clip = clip_of(spec)
    runs = {each: partial(one.probabilities, clip) for each, one in loaded.items()}
    taken = medians(runs)
    print(f"{name}: a clip of {spec.frames} frames", end=" ")
    print(", ".join(f"{each} {taken[each]:.2f} ms" for each in taken))
    live = LiveRecogniser(suited)
    frames = recording(spec.dimensions)
    started = time.perf_counter()
    for poses in frames:
        live.update(poses)
    each = 1000 * (time.perf_counter() - started) / (FRAMES * PEOPLE)
    print(
        f"  live, {suited.network.precision}: {each:.3f} ms a person and frame, {PEOPLE} people, "
        f"every {live.every} frames"
    )


def recording(dimensions: int) -> list[Poses]:
    """Some people who jitter about their places, in the picture or in space."""
    rng = np.random.default_rng(1)
    places = rng.uniform(0, 200, size=(PEOPLE, len(COCO17), dimensions))
    places += 300 * np.arange(PEOPLE)[:, None, None]
    scores = np.ones((PEOPLE, len(COCO17)), dtype=np.float32)
    return [
        Poses(
            COCO17,
            (places + rng.normal(0, 3, places.shape)).astype(np.float32),
            scores,
            ids=np.arange(PEOPLE),
            frame=frame,
            time=frame / 30,
            space="image" if dimensions == 2 else "world",
        )
        for frame in range(FRAMES)
    ]


if __name__ == "__main__":
    main()
