"""Accuracy against speed: every entry that is named, measured in one go on this machine.

    pip install 'kinema[docs,evaluate]'
    python benchmarks/accuracy_speed.py --annotations person_keypoints_val2017.json \
        --images val2017 --models openpose openpose:mirror,scales=0.5/1/1.5/2 openpose+movenet

An entry is NAME, or NAME+REFINE, with options after a colon: mirror, size=736, scales=0.5/1/1.5,
precision=f32. Without --models it is every model of bodies in the catalogue. Each runs in a process
of its own and is kept in --cache, so that the command can be stopped and given again; what was
measured with other code, weights or labels is measured anew. What cannot run is skipped, and said.

Accuracy is what `kinema evaluate coco` gives. Speed is frames per second of the whole run, from the
video to poses, on the part of the sample clip in which there are two people.

It writes docs/reference/accuracy.md and docs/pictures/accuracy_speed.png.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from itertools import chain, islice
from pathlib import Path

import kinema
from kinema.errors import InputError, KinemaError
from kinema.media.frame import Frame
from kinema.models.card import ModelCard
from kinema.models.catalogue import CARDS, SAMPLE_CLIP
from kinema.models.loading import find_card
from kinema.models.model import Model
from kinema.models.store import fetch
from kinema.skeletons import COCO17

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "accuracy.md"
PLOT = ROOT / "docs" / "pictures" / "accuracy_speed.png"

FIRST_FRAME = 45  # from here on there are two people in the clip
WARM_UP = 10  # frames
LONGEST = 20.0  # seconds of the measurement of speed
ENTRY = re.compile(r"(?P<model>[^+:]+)(?:\+(?P<refine>[^:]+))?(?::(?P<options>.+))?")
FORMAT = 1  # of the cache


@dataclass(frozen=True)
class Entry:
    """A model with its options, as it is named on the command line."""

    text: str
    model: str
    refine: str | None
    options: dict[str, object]

    @classmethod
    def parse(cls, text: str) -> Entry:
        """`openpose+movenet:mirror,size=480` and the like.

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


@dataclass(frozen=True)
class Measurement:
    """What one entry came to."""

    entry: str
    AP: float
    AP50: float
    APm: float
    APl: float
    AR: float
    frames_per_second: float
    megabytes: float
    licence: str
    images: int
    people: int
    not_given: list[str]
    processor: str
    cores: int
    runtime: str


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


def main() -> None:
    """Measures what is not in the cache, and writes the page and the plot."""
    arguments = _arguments()
    if arguments.measure:
        _measure_here(arguments)
        return
    try:
        entries = [Entry.parse(text) for text in arguments.models or bodies()]
    except InputError as error:
        raise SystemExit(str(error)) from error
    arguments.cache.mkdir(parents=True, exist_ok=True)
    measured: list[Measurement] = []
    skipped: dict[str, str] = {}
    for number, entry in enumerate(entries, 1):
        print(f"[{number}/{len(entries)}] {entry.text}: ", end="", flush=True)
        result = _measured(entry, arguments)
        if isinstance(result, Measurement):
            measured.append(result)
            print(f"AP {result.AP:.3f}, {result.frames_per_second:.1f} frames/s")
        else:
            skipped[entry.text] = result
            print(f"skipped: {result}")
    if not measured:
        raise SystemExit("nothing could be measured")
    from accuracy_page import draw_plot, write_page

    write_page(arguments.page, arguments.plot, measured, skipped, [entry.text for entry in entries])
    draw_plot(arguments.plot, measured)
    print(f"{arguments.page}\n{arguments.plot}")


def bodies() -> list[str]:
    """The models of the catalogue that give some of COCO's joints; not detectors, hands, faces."""
    return [card.name for card in CARDS if card.skeleton and any(card.skeleton.recipe(COCO17))]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--annotations", required=True, type=Path, help="COCO's keypoint labels")
    parser.add_argument("--images", required=True, type=Path, help="the folder of the pictures")
    parser.add_argument("--models", nargs="+", metavar="ENTRY", help="default: all bodies")
    parser.add_argument("--limit", type=int, help="the first so many pictures only")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds an entry may take")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "accuracy_speed")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--plot", type=Path, default=PLOT)
    parser.add_argument("--measure", metavar="FILE", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(entry: Entry, arguments: argparse.Namespace) -> Measurement | str:
    """From the cache, or from a process of its own; else why there is none."""
    try:
        path = arguments.cache / f"{_key(entry, arguments)}.json"
    except (KinemaError, OSError) as error:
        return str(error)
    if not path.exists():
        command = [sys.executable, __file__, "--measure", str(path), "--models", entry.text]
        command += ["--annotations", str(arguments.annotations), "--images", str(arguments.images)]
        command += ["--limit", str(arguments.limit)] if arguments.limit else []
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=arguments.timeout
            )
        except subprocess.TimeoutExpired:
            return f"it took more than {arguments.timeout:.0f} seconds"
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
            return lines[-1]
    facts = json.loads(path.read_text(encoding="utf-8"))
    return Measurement(**{field.name: facts[field.name] for field in fields(Measurement)})


def _key(entry: Entry, arguments: argparse.Namespace) -> str:
    """Name of the file in the cache: the entry, and a digest of all that it depends on."""
    parts: list[object] = [FORMAT, kinema.__version__, entry.text, arguments.limit]
    parts.append(hashlib.sha256(arguments.annotations.read_bytes()).hexdigest())
    parts.append(_digest_of_sources())
    for card in entry.cards():
        parts += [str(w) if isinstance(w, Path) else w.sha256 for w in card.weights]
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]
    return f"{re.sub(r'[^A-Za-z0-9.+=-]+', '_', entry.text)}-{digest}"


def _digest_of_sources() -> str:
    """Changes with all code that numbers depend on: they are measured anew then."""
    digest = hashlib.sha256()
    for folder in ("evaluation", "formats", "media", "models"):
        for path in sorted((ROOT / "kinema" / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _measure_here(arguments: argparse.Namespace) -> None:
    """Measures one entry in this process and keeps what it came to."""
    from kinema.evaluation.average_precision import require_pycocotools
    from kinema.evaluation.coco import evaluate_coco, present_pictures
    from kinema.evaluation.coco_labels import CocoLabels

    try:
        require_pycocotools()
        entry = Entry.parse(arguments.models[0])
        labels = CocoLabels(arguments.annotations)
        pictures, _ = present_pictures(labels, arguments.images, limit=arguments.limit)
        model = kinema.load_model(entry.model, refine=entry.refine, **entry.options)  # type: ignore[arg-type]
        report = evaluate_coco(model, labels, pictures).report
        speed = frames_per_second(model)
    except KinemaError as error:
        raise SystemExit(str(error)) from error
    weights = [w for card in entry.cards() for w in card.weights]
    sizes = [w.stat().st_size if isinstance(w, Path) else w.size for w in weights]
    precision = {name: value or 0.0 for name, value in report.precision.items()}
    result = Measurement(
        entry=entry.text,
        **{name: precision[name] for name in ("AP", "AP50", "APm", "APl", "AR")},
        frames_per_second=speed,
        megabytes=sum(sizes) / 1e6,
        licence=" + ".join(dict.fromkeys(card.licence for card in entry.cards())),
        images=report.images,
        people=report.people,
        not_given=list(report.not_given),
        **_machine(),
    )
    part = arguments.measure.with_suffix(".part")
    part.write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
    part.replace(arguments.measure)


def frames_per_second(model: Model) -> float:
    """Of the whole run over the part of the sample clip with two people, reading included."""
    clip = fetch(SAMPLE_CLIP)
    with kinema.read_video(clip) as video:
        for _ in kinema.run(model, islice(video, FIRST_FRAME, FIRST_FRAME + WARM_UP)):
            pass
    with kinema.read_video(clip) as video:
        frames = _until(islice(video, FIRST_FRAME, None))
        first = next(frames)  # getting there is not the model's work
        started = time.perf_counter()
        count = sum(1 for _ in kinema.run(model, chain([first], frames)))
        return count / (time.perf_counter() - started)


def _until(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Frames until the time is up."""
    started = time.perf_counter()
    for frame in frames:
        yield frame
        if time.perf_counter() - started > LONGEST:
            return


def _machine() -> dict[str, object]:
    from importlib.metadata import version

    from kinema.benchmark import cores, processor

    return {
        "processor": processor(),
        "cores": cores(),
        "runtime": f"OpenVINO {version('openvino').split('-')[0]}",
    }


if __name__ == "__main__":
    main()
