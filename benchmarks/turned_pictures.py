"""What `--turn` finds in labelled pictures that are turned, as if people lay or hung upside down.

    pip install 'kinema[evaluate]'
    python benchmarks/turned_pictures.py --annotations labels.json --images images --limit 60

The pictures of COCO are turned clockwise before the model gets them, and what it finds is turned
back to the labels.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import kinema
from kinema.evaluation.coco import evaluate_coco, present_pictures
from kinema.evaluation.coco_labels import CocoLabels
from kinema.media.frame import Frame
from kinema.models.model import Job, Model
from kinema.models.turned import Turn, turned, turned_frame, turned_poses
from kinema.poses import Poses

CASES: tuple[tuple[int, Turn], ...] = (
    (0, 0),
    (0, "auto"),
    (90, 0),
    (90, 270),
    (90, "auto"),
    (180, 0),
    (180, 180),
    (180, "auto"),
)
"""By how much the picture is turned, and what `--turn` is given."""


class Lying:
    """A model that is shown turned pictures, and whose people are turned back."""

    def __init__(self, model: Model, quarters: int) -> None:
        self.name, self.skeleton, self.parallel = model.name, model.skeleton, model.parallel
        self._model = model
        self._quarters = quarters

    def start(self, frame: Frame) -> LyingJob:
        """Starts on a frame, turned."""
        job = self._model.start(turned_frame(frame, self._quarters))
        return LyingJob(frame, job, self._quarters)


class LyingJob:
    """One frame."""

    def __init__(self, frame: Frame, job: Job, quarters: int) -> None:
        self.frame = frame
        self._job = job
        self._quarters = quarters

    def poses(self) -> Poses:
        """Waits for the people."""
        return turned_poses(self._job.poses(), -self._quarters, self._job.frame.size)


def main() -> None:
    """Measures all cases and prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--annotations", required=True, type=Path)
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--models", nargs="+", default=["openpose", "nanodet+movenet-thunder"])
    arguments = parser.parse_args()
    labels = CocoLabels(arguments.annotations)
    pictures, _ = present_pictures(labels, arguments.images, limit=arguments.limit)
    print(f"{len(pictures)} pictures\n| Model | Picture turned | `--turn` | AP | Found |")
    print("| --- | --- | --- | --- | --- |")
    for name in arguments.models:
        model = kinema.load_model(name)
        for degrees, turn in CASES:
            shown = Lying(turned(model, turn), degrees // 90)
            report = evaluate_coco(shown, labels, pictures).report
            precision = report.precision["AP"] or 0.0
            cells = (f"`{name}`", degrees, turn, f"{precision:.3f}", f"{report.recall:.0%}")
            print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
