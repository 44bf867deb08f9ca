"""A model that answers what it was told, and people whose errors are known."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from kinema.media.frame import Frame
from kinema.media.writer import write_image
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """A job that is done."""

    frame: Frame
    found: Poses

    def poses(self) -> Poses:
        return self.found


class ToldModel:
    """Gives for each frame the poses that it was told, by the frame's number."""

    name = "told"
    parallel = 2

    def __init__(self, skeleton: Skeleton, answers: Mapping[int, Poses]) -> None:
        self.skeleton = skeleton
        self.answers = answers

    def start(self, frame: Frame) -> Answer:
        found = self.answers.get(frame.index, Poses.empty(self.skeleton))
        return Answer(frame, replace(found, frame=frame.index))


class CountingModel(ToldModel):
    """Remembers how many frames it has seen: its one person is that far to the right."""

    def __init__(self) -> None:
        super().__init__(COCO17, {})
        self.seen = 0

    def renewed(self) -> CountingModel:
        return CountingModel()

    def start(self, frame: Frame) -> Answer:
        self.seen += 1
        points = np.full((1, 17, 2), float(self.seen), np.float32)
        return Answer(frame, Poses(COCO17, points, np.ones((1, 17), np.float32)))


@pytest.fixture
def told_model() -> type[ToldModel]:
    return ToldModel


@pytest.fixture
def counting_model() -> CountingModel:
    return CountingModel()


def figure(left: float, top: float, size: float = 100.0) -> Points:
    """Seventeen joints in a box of `size`: no two alike, (17, 2)."""
    steps = np.arange(17)
    x, y = left + size * (steps % 5) / 4, top + size * (steps // 5) / 3.2
    return np.stack([x, y], axis=1)


@pytest.fixture
def standing() -> Callable[..., Points]:
    return figure


@pytest.fixture
def poses_of() -> Callable[..., Poses]:
    """Poses of COCO's joints from arrays (17, 2), with one score each."""

    def make(people: Sequence[Points], scores: Sequence[float]) -> Poses:
        keypoints = np.array(people, dtype=np.float32).reshape(-1, 17, 2)
        rows = np.repeat(np.array(scores, dtype=np.float32)[:, None], 17, axis=1)
        rows = np.where(np.isnan(keypoints).any(axis=2), 0, rows.reshape(-1, 17))
        return Poses(COCO17, keypoints, rows)

    return make


def annotation(image: int, points: Points, **more: object) -> dict[str, object]:
    """One labelled person; joints of NaN are not labelled. The box is of 100 x 100 pixels."""
    labelled = ~np.isnan(points).any(axis=1)
    rows = np.column_stack([np.nan_to_num(points), np.where(labelled, 2, 0)])
    left, top = np.nanmin(points, axis=0) if labelled.any() else (0.0, 0.0)
    return {
        "image_id": image,
        "category_id": 1,
        "keypoints": rows.ravel().tolist(),
        "bbox": [float(left), float(top), 100.0, 100.0],
        "area": 5000.0,
    } | more


@pytest.fixture
def label_person() -> Callable[..., dict[str, object]]:
    return annotation


@pytest.fixture
def write_labels(tmp_path: Path) -> Callable[..., Path]:
    """Writes an annotation file and grey pictures of 320 x 240 pixels named 1.png, 2.png, ..."""

    def write(
        people: Sequence[dict[str, object]], *, images: int = 2, pictures: bool = True
    ) -> Path:
        names = {number: f"{number}.png" for number in range(1, images + 1)}
        if pictures:
            (tmp_path / "images").mkdir(exist_ok=True)
            for name in names.values():
                write_image(tmp_path / "images" / name, np.full((240, 320, 3), 128, np.uint8))
        path = tmp_path / "labels.json"
        document = {
            "images": [{"id": number, "file_name": name} for number, name in names.items()],
            "annotations": [{"id": i, **person} for i, person in enumerate(people, 1)],
            "categories": [{"id": 1, "name": "person", "keypoints": COCO17.keypoints}],
        }
        path.write_text(json.dumps(document))
        return path

    return write
