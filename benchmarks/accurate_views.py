"""What each part of the model `accurate` gives, and whether its constants hold on other pictures.

    pip install 'kinema[evaluate]'
    python benchmarks/accurate_views.py --annotations labels.json --images images

First, joints alone: each labelled person of 32 x 32 pixels or more, its box shaken by 5 % as a
detector's is, and the average recall over similarities (OKS) of 0.50 to 0.95. Then people: the
constants that say which people there are, chosen anew on four fifths of the pictures by their
average precision and applied to the last fifth, five times; next to it, the constants that
`accurate` has. It takes five minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

import kinema
from kinema.evaluation.average_precision import average_precision
from kinema.evaluation.coco import present_pictures
from kinema.evaluation.coco_labels import CocoLabels, LabelledPicture
from kinema.evaluation.metrics import oks
from kinema.models.accurate.model import FAINTEST_BOX, LEAST_CERTAINTY
from kinema.models.accurate.reading import TRUST, read_joints
from kinema.models.accurate.same_person import SAME, people_once
from kinema.models.accurate.views import VIEWS, Heads, Sight, View
from kinema.models.catalogue import CARDS
from kinema.models.crops import Cutter
from kinema.models.loading import fetched
from kinema.models.nanodet import load_fainter
from kinema.models.options import Options
from kinema.poses import Float32Array
from kinema.skeletons import COCO17

SHAKEN = 0.05  # of the sides of the box, one standard deviation
LEAST_AREA = 32**2
SIMILARITIES = np.arange(0.5, 0.96, 0.05)
FOLDS = 5
FIRST, SECOND, THIRD = VIEWS[::2]
WAYS: dict[str, tuple[Sequence[View], float]] = {
    "one crop, read as MoveNet does": ([FIRST], 1.0),
    "one crop, nobody else in it": ([SECOND], 1.0),
    "the same, the guess counting less": ([SECOND], TRUST),
    "and mirrored": (VIEWS[2:4], TRUST),
    "and a wider crop": (VIEWS[2:], TRUST),
    "and with the others in it": (VIEWS, TRUST),
    "all, read as MoveNet does": (VIEWS, 1.0),
    "all, without the guess": (VIEWS, 0.0),
}
CONSTANTS = list(product((0.15, 0.2, 0.25, 0.3), (0.5, 0.6, 0.7)))
"""The least score of a box, and the similarity of one person. Not the least certainty: the lower
that is, the better for the average precision, but not for users."""

Pictures = Sequence[tuple[Path, LabelledPicture]]


@dataclass(frozen=True)
class Found:
    """All that the detector sees in one picture, before it is decided who is who."""

    boxes: Float32Array
    box_scores: Float32Array
    keypoints: Float32Array
    scores: Float32Array

    def people(self, faintest: float, same: float) -> list[dict[str, object]]:
        """COCO's results of the picture with these constants, without the number of the picture."""
        kept = self.box_scores >= faintest
        boxes, keypoints, scores = self.boxes[kept], self.keypoints[kept], self.scores[kept]
        certainty = np.sqrt(scores.mean(axis=1) * self.box_scores[kept])
        chosen, joints = people_once(keypoints, scores, boxes, certainty, same=same)
        return [
            {
                "category_id": 1,
                "keypoints": np.column_stack([points, np.ones(len(points))]).ravel().tolist(),
                "score": float(certainty[person]),
            }
            for person, points in zip(chosen, joints, strict=True)
            if certainty[person] >= LEAST_CERTAINTY
        ]


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--annotations", required=True, type=Path)
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--limit", type=int, help="the first so many pictures only")
    parser.add_argument("--joints-only", action="store_true", help="leave out the second part")
    arguments = parser.parse_args()
    labels = CocoLabels(arguments.annotations)
    pictures, _ = present_pictures(labels, arguments.images, limit=arguments.limit)
    cards = {card.name: card for card in CARDS}
    heads = Heads(fetched(cards["movenet-thunder"]), Options())
    print("joints of labelled people: average recall")
    for name, recall in joints_alone(heads, pictures).items():
        print(f"{recall:.3f}  {name}", flush=True)
    if not arguments.joints_only:
        card = cards["nanodet"]
        detector = load_fainter(card, fetched(card), Options(), threshold=FAINTEST_BOX)
        found = {}
        for path, picture in pictures:
            frame = kinema.read_image(path)
            boxes, scores = detector.start(frame).result()
            joints = [read_joints(look(heads, Cutter(frame), box, VIEWS), box) for box in boxes]
            keypoints = np.array([k for k, _ in joints], np.float32).reshape(-1, len(COCO17), 2)
            sure = np.array([s for _, s in joints], np.float32).reshape(-1, len(COCO17))
            found[picture.id] = Found(boxes, scores, keypoints, sure)
        chosen_elsewhere(labels, found)


def look(heads: Heads, cutter: Cutter, box: Float32Array, views: Iterable[View]) -> list[Sight]:
    """Several views of one person."""
    return [sight() for sight in [heads.start(cutter, box, view) for view in views]]


def joints_alone(heads: Heads, pictures: Pictures) -> dict[str, float]:
    """Average recall of each way to look at people whose boxes are known."""
    random = np.random.default_rng(0)
    marks: dict[str, list[float]] = {name: [] for name in WAYS}
    for path, picture in pictures:
        cutter = Cutter(kinema.read_image(path))
        for person in np.flatnonzero(picture.areas >= LEAST_AREA):
            truth = picture.keypoints[person : person + 1]
            if np.isnan(truth).all():
                continue
            x, y, *sides = picture.boxes[person] - (0.5, 0.5, 0, 0)  # from corners to centres
            shake = random.normal(0, SHAKEN, 4) * np.tile(sides, 2)
            box = (np.array([x, y, x + sides[0], y + sides[1]]) + shake).astype(np.float32)
            sights = dict(zip(VIEWS, look(heads, cutter, box, VIEWS), strict=True))
            for name, (views, trust) in WAYS.items():
                joints, _ = read_joints([sights[view] for view in views], box, trust=trust)
                like = oks(truth, joints[None], picture.areas[[person]], COCO17.sigmas)[0, 0]
                marks[name].append(float((like >= SIMILARITIES).mean()))
    return {name: float(np.mean(values)) for name, values in marks.items()}


def chosen_elsewhere(labels: CocoLabels, found: Mapping[int, Found]) -> None:
    """Prints the average precision with constants chosen on other pictures, and with the own."""
    results = {
        constants: {number: picture.people(*constants) for number, picture in found.items()}
        for constants in CONSTANTS
    }
    numbers = np.random.default_rng(0).permutation(sorted(found)).tolist()
    pooled: dict[int, list[dict[str, object]]] = {}
    print("people: average precision")
    for fold in range(FOLDS):
        left_out = numbers[fold::FOLDS]
        others = [number for number in numbers if number not in left_out]
        best = max(CONSTANTS, key=lambda c: _precision(labels, results[c], others))
        print(f"fold {fold + 1}: box {best[0]}, same {best[1]}", flush=True)
        pooled |= {number: results[best][number] for number in left_out}
    print(f"{_precision(labels, pooled, numbers):.4f}  constants chosen on other pictures")
    own = {n: p.people(FAINTEST_BOX, SAME) for n, p in found.items()}
    print(f"{_precision(labels, own, numbers):.4f}  the constants of the model")


def _precision(
    labels: CocoLabels, people: Mapping[int, list[dict[str, object]]], images: Sequence[int]
) -> float:
    entries = [{"image_id": n, **person} for n in images for person in people[n]]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.json"
        file.write_text(json.dumps(entries), encoding="utf-8")
        return average_precision(labels.document, file, images)["AP"] or 0.0


if __name__ == "__main__":
    main()
