"""What one entry of `accuracy_speed.py` comes to: its accuracy on labels, its speed on the clip."""

from __future__ import annotations

import contextlib
import io
import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import chain, islice
from pathlib import Path

import kinema
from kinema.benchmark import cores, processor
from kinema.errors import InputError
from kinema.evaluation.average_precision import require_pycocotools
from kinema.evaluation.coco import evaluate_coco, present_pictures
from kinema.evaluation.coco_labels import CocoLabels
from kinema.formats.coco_entries import PERSON
from kinema.media.frame import Frame
from kinema.media.images import read_image
from kinema.models.card import ModelCard
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.families import FAMILIES
from kinema.models.loading import fetched, find_card
from kinema.models.measured import Measured
from kinema.models.model import Model
from kinema.models.options import Options
from kinema.models.person import Detector
from kinema.models.store import fetch
from kinema.skeletons import COCO17

FIRST_FRAME = 45  # from here on there are two people in the clip
WARM_UP = 10  # frames
LONGEST = 20.0  # seconds of the measurement of speed
TRIES = 4
DISTURBED = 0.05  # of the processor; it is measured again if others used more
ENTRY = re.compile(r"(?P<model>[^+:]+)(?:\+(?P<refine>[^:]+))?(?::(?P<options>.+))?")
WANTED = ("AP", "AP50", "APm", "APl", "AR")
BOX_STATS = {"AP": 0, "AP50": 1, "APm": 4, "APl": 5, "AR": 8}
"""Where these are in `COCOeval.stats` of boxes."""


@dataclass(frozen=True)
class Entry:
    """A model with its options, as it is named on the command line."""

    text: str
    model: str
    refine: str | None
    options: dict[str, object]

    @classmethod
    def parse(cls, text: str) -> Entry:
        """`openpose+movenet-thunder:mirror,size=480` and the like.

        Raises:
            InputError: If it is not of that form.
        """
        match = ENTRY.fullmatch(text)
        if not match:
            raise InputError(f"{text!r} is not NAME, NAME+REFINE or NAME:OPTIONS")
        words = (match["options"] or "").split(",") if match["options"] else []
        return cls(text, match["model"], match["refine"], dict(map(_option, words)))

    def cards(self) -> list[ModelCard]:
        """Of the one or two models."""
        return [find_card(name) for name in (self.model, self.refine) if name]

    def digests(self) -> tuple[str, ...]:
        """Of their weights; of a file of the user it is its path."""
        weights = [w for card in self.cards() for w in card.weights]
        return tuple(str(w) if isinstance(w, Path) else w.sha256 for w in weights)


def _option(word: str) -> tuple[str, object]:
    name, _, value = word.partition("=")
    if name == "mirror" and not value:
        return name, True
    if name == "size" and value.isdecimal():
        return name, int(value)
    if name == "precision" and value:
        return name, value
    if name == "scales" and re.fullmatch(r"[\d./]+", value):
        return name, tuple(float(scale) for scale in value.split("/"))
    raise InputError(f"no option of an entry: {word!r}; known are mirror, size, scales, precision")


def measure_entry(entry: Entry, data: tuple[Path, Path] | None, limit: int | None) -> Measured:
    """Measures one entry in this process; that takes half a minute and more.

    Args:
        entry: What to measure.
        data: Labels and the folder of their pictures; None to measure speed alone.
        limit: The first so many pictures only.

    Raises:
        KinemaError: If the model does not run, or the labels cannot be used.
    """
    cards = entry.cards()
    accuracy = Accuracy()
    if detector := _detector(cards):
        if data:
            accuracy = _accuracy_of_boxes(detector, *data, limit)
        speed, others = _undisturbed(lambda: _detector_speed(detector))
    else:
        model = kinema.load_model(entry.model, refine=entry.refine, **entry.options)  # type: ignore[arg-type]
        if data and any(model.skeleton.recipe(COCO17)):
            accuracy = _accuracy(model, *data, limit)
        speed, others = _undisturbed(lambda: _speed(model))
    weights = [w for card in cards for w in card.weights]
    sizes = [w.stat().st_size if isinstance(w, Path) else w.size for w in weights]
    return Measured(
        entry=entry.text,
        of="boxes" if detector else "keypoints",
        **{name: _rounded(accuracy.precision.get(name)) for name in WANTED},  # type: ignore[arg-type]
        not_given=accuracy.not_given,
        images=accuracy.images,
        people=accuracy.people,
        frames_per_second=round(speed, 2),
        others=round(others, 3),
        megabytes=sum(sizes) / 1e6,
        licence=" + ".join(dict.fromkeys(card.licence for card in cards)),
        digests=entry.digests(),
        processor=processor(),
        cores=cores(),
        runtime=f"OpenVINO {version('openvino').split('-')[0]}",
    )


@dataclass(frozen=True)
class Accuracy:
    """What an entry came to on labelled pictures; as it stands, that there were none."""

    precision: Mapping[str, float | None] = field(default_factory=dict)
    not_given: tuple[str, ...] = ()
    images: int = 0
    people: int = 0


def _accuracy(model: Model, annotations: Path, folder: Path, limit: int | None) -> Accuracy:
    labels = CocoLabels(annotations)
    pictures, _ = present_pictures(labels, folder, limit=limit)
    report = evaluate_coco(model, labels, pictures).report
    return Accuracy(report.precision, report.not_given, report.images, report.people)


def _accuracy_of_boxes(
    detector: Detector, annotations: Path, folder: Path, limit: int | None
) -> Accuracy:
    require_pycocotools()
    labels = CocoLabels(annotations)
    pictures, _ = present_pictures(labels, folder, limit=limit)
    seen = [(path, picture.id) for path, picture in pictures]
    people = _boxed(labels, {number for _, number in seen})
    return Accuracy(_boxes(detector, labels, seen), (), len(seen), people)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _undisturbed(measure: Callable[[], float]) -> tuple[float, float]:
    """Frames per second, and the share of the processor that other programs had meanwhile.

    It is measured again while others are at work, a few times; the least disturbed time counts.
    """
    found = []
    for _ in range(TRIES):
        before = _seconds_of_others(), time.perf_counter()
        speed = measure()
        used, passed = _seconds_of_others() - before[0], time.perf_counter() - before[1]
        found.append((max(0.0, used / (passed * cores())), speed))
        if found[-1][0] < DISTURBED:
            break
    others, speed = min(found)
    return speed, others


def _seconds_of_others() -> float:
    """Seconds that the cores of this machine have spent on other programs; 0 if it cannot tell."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0.0
    ticks = [int(word) for word in stat.read_text().split("\n", 1)[0].split()[1:9]]
    busy = (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")  # without idle, waiting
    return busy - time.process_time()


def _speed(model: Model) -> float:
    """Frames per second over the part of the clip with two people, reading included."""
    for _ in kinema.run(model, islice(_part(), WARM_UP)):
        pass
    frames = _until(_part())
    first = next(frames)  # getting there is not the model's work
    started = time.perf_counter()
    count = sum(1 for _ in kinema.run(model, chain([first], frames)))
    return count / (time.perf_counter() - started)


def _detector_speed(detector: Detector) -> float:
    """The same for a detector: from the video to boxes."""
    for _ in _detected(detector, islice(_part(), WARM_UP)):
        pass
    frames = _until(_part())
    first = next(frames)
    started = time.perf_counter()
    count = sum(1 for _ in _detected(detector, chain([first], frames)))
    return count / (time.perf_counter() - started)


def _part() -> Iterator[Frame]:
    """The frames of the clip that have two people in them."""
    with kinema.read_video(fetch(SAMPLE_CLIP)) as video:
        yield from islice(video, FIRST_FRAME, None)


def _until(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Frames until the time is up."""
    started = time.perf_counter()
    for frame in frames:
        yield frame
        if time.perf_counter() - started > LONGEST:
            return


def _detector(cards: list[ModelCard]) -> Detector | None:
    """The detector, if the one card is that of a detector."""
    loader = FAMILIES[cards[0].family].detector_loader() if len(cards) == 1 else None
    return loader(cards[0], fetched(cards[0]), Options()) if loader else None


def _detected(detector: Detector, frames: Iterator[Frame]) -> Iterator[list[list[float]]]:
    """Boxes and scores of each frame, rows of x1 y1 x2 y2 score; several frames at a time."""
    waiting = deque()
    for frame in frames:
        waiting.append(detector.start(frame))
        if len(waiting) > detector.parallel:
            yield _rows(*waiting.popleft().result())
    while waiting:
        yield _rows(*waiting.popleft().result())


def _boxed(labels: CocoLabels, pictures: set[int]) -> int:
    """How many people have a box of their own; more than have labelled joints."""
    people = [e for e in labels.document["annotations"] if e["image_id"] in pictures]  # type: ignore
    return sum(not e.get("iscrowd") and e.get("category_id", PERSON) == PERSON for e in people)


def _rows(boxes, scores) -> list[list[float]]:  # type: ignore[no-untyped-def]
    return [[*map(float, box), float(score)] for box, score in zip(boxes, scores, strict=True)]


def _boxes(
    detector: Detector, labels: CocoLabels, pictures: list[tuple[Path, int]]
) -> dict[str, float | None]:
    """COCO's average precision of boxes of people."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    frames = (Frame(read_image(path).image, index=number) for path, number in pictures)
    found = []
    for (_, number), rows in zip(pictures, _detected(detector, frames), strict=True):
        for x1, y1, x2, y2, score in rows:
            # COCO counts from the corner of the first pixel, not from its centre.
            box = [x1 + 0.5, y1 + 0.5, x2 - x1, y2 - y1]
            entry = {"image_id": number, "category_id": PERSON, "bbox": box, "score": score}
            found.append(entry)
    with contextlib.redirect_stdout(io.StringIO()):  # it prints as it goes
        truth = COCO()
        truth.dataset = labels.document
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(found), "bbox")
        evaluation.params.imgIds = [number for _, number in pictures]
        evaluation.params.catIds = [PERSON]
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return {name: float(evaluation.stats[place]) for name, place in BOX_STATS.items()}
