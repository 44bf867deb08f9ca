"""Two ways from confidence maps to joints: how long they take and how near they come.

    python benchmarks/peaks.py

`find_peaks` is Kinema's. `enlarge_and_blur` is the usual way, as in many OpenPose decoders written
in Python: each map is enlarged four times with cubic interpolation and blurred, and the cells above
their four neighbours are the joints. Both get the same ideal maps of known people, with noise.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import cv2
import numpy as np

from kinema.benchmark import CROWD_MAPS, crowd_keypoints
from kinema.models.openpose.ideal_maps import ideal_maps
from kinema.models.openpose.model import COCO_CHANNELS
from kinema.models.openpose.peaks import find_peaks
from kinema.poses import Float32Array

Places = list[Float32Array]
"""For each map the joints found, (P, 2) cells."""

ENLARGE = 4
ENLARGED_SIGMA = 1.5
"""In enlarged cells: 3 at eight times, as is usual, is 1.5 at four times."""

THRESHOLD = 0.3
"""Well above the noise, so that each peak is a joint."""

NOISES = (0.0, 0.02, 0.05)
PEOPLE = 4
PICTURES = 40


def main() -> None:
    """Prints one line for each noise and way."""
    cv2.setNumThreads(1)
    ways: dict[str, Callable[[Float32Array], Places]] = {
        "find_peaks": _find_peaks,
        "enlarge_and_blur": enlarge_and_blur,
    }
    print(
        f"{PICTURES} pictures of {PEOPLE} people, maps of {CROWD_MAPS[0]} x {CROWD_MAPS[1]} cells"
    )
    print(f"{'noise':<7}{'way':<18}{'ms':>8}{'ratio':>7}{'median':>9}{'95 %':>9}{'missed':>8}")
    for noise in NOISES:
        pictures = [_picture(number, noise) for number in range(PICTURES)]
        fastest = 0.0
        for name, way in ways.items():
            milliseconds, errors, missed = _measure(way, pictures)
            fastest = fastest or milliseconds
            middle, far = np.percentile(errors, [50, 95])
            print(
                f"{noise:<7}{name:<18}{milliseconds:>8.2f}{milliseconds / fastest:>7.1f}"
                f"{middle:>9.4f}{far:>9.4f}{missed:>8}"
            )


def enlarge_and_blur(heatmaps: Float32Array) -> Places:
    """The joints of each map by enlarging it."""
    places = []
    for heatmap in heatmaps:
        large = cv2.resize(heatmap, None, fx=ENLARGE, fy=ENLARGE, interpolation=cv2.INTER_CUBIC)
        large = cv2.GaussianBlur(large, (0, 0), ENLARGED_SIGMA)
        inner = np.pad(large, 1)
        is_peak = large >= THRESHOLD
        for shifted in (inner[1:-1, :-2], inner[1:-1, 2:], inner[:-2, 1:-1], inner[2:, 1:-1]):
            is_peak &= large > shifted
        y, x = np.nonzero(is_peak)
        places.append(((np.stack([x, y], axis=1) + 0.5) / ENLARGE - 0.5).astype(np.float32))
    return places


def _find_peaks(heatmaps: Float32Array) -> Places:
    peaks = find_peaks(heatmaps, THRESHOLD)
    return [peaks.xy[peaks.part == part] for part in range(len(heatmaps))]


def _picture(seed: int, noise: float) -> tuple[Float32Array, Float32Array]:
    """The maps of some people who are not on the grid, and their joints (N, K, 2)."""
    rng = np.random.default_rng(seed)
    layout = COCO_CHANNELS.layout
    keypoints = crowd_keypoints(layout.skeleton, PEOPLE)
    keypoints += rng.uniform(-1, 1, keypoints.shape).astype(np.float32)
    heatmaps = ideal_maps(layout, keypoints, CROWD_MAPS).heatmaps
    return heatmaps + rng.normal(0, noise, heatmaps.shape).astype(np.float32), keypoints


def _measure(
    way: Callable[[Float32Array], Places], pictures: list[tuple[Float32Array, Float32Array]]
) -> tuple[float, list[float], int]:
    """Median milliseconds a picture, the distances to the joints in cells, and joints missed."""
    seconds, errors, missed = [], [], 0
    for heatmaps, keypoints in pictures:
        started = time.perf_counter()
        found = way(heatmaps)
        seconds.append(time.perf_counter() - started)
        for part, places in enumerate(found):
            for joint in keypoints[:, part]:
                error = np.linalg.norm(places - joint, axis=1).min(initial=np.inf)
                if error < 1.5:
                    errors.append(float(error))
                else:
                    missed += 1
    return statistics.median(seconds) * 1000, errors, missed


if __name__ == "__main__":
    main()
