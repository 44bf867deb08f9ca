"""What models came to when they were measured: how accurate and how fast.

The numbers stand in `measured.json` beside this file, which `benchmarks/accuracy_speed.py` writes;
the catalogue and the documentation show what it holds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Literal

RESULTS = Path(__file__).with_name("measured.json")
BENCHMARK = "python benchmarks/accuracy_speed.py --annotations labels.json --images images"


@dataclass(frozen=True)
class Measured:
    """What one entry came to. An entry is a model, or two (`detector+network`), with options.

    Attributes:
        entry: As the benchmark takes it: `openpose:mirror,scales=0.5/1`.
        of: What the average precisions are of: COCO's keypoints (by OKS) or boxes (by overlap).
        AP: Average precision over thresholds of 0.5 to 0.95; None where there were no labels.
        AP50: At the threshold 0.5.
        APm: Of people who cover 32 x 32 to 96 x 96 pixels.
        APl: Of larger ones.
        AR: Average recall.
        not_given: Joints of COCO that the model does not give, which AP counts as wrong.
        images: Pictures that AP was measured on.
        people: Labelled people in them.
        frames_per_second: From a video of 1768 x 994 pixels with two people to poses.
        others: Share of the processor that other programs had meanwhile.
        megabytes: Of all its weights.
        licence: Of the weights.
        digests: sha256 of the weights, in the order of the cards.
        processor: Name of the machine's processor.
        cores: How many of them were used.
        runtime: What ran the networks, with its version.
    """

    entry: str
    of: Literal["keypoints", "boxes"]
    AP: float | None
    AP50: float | None
    APm: float | None
    APl: float | None
    AR: float | None
    not_given: tuple[str, ...]
    images: int
    people: int
    frames_per_second: float
    others: float
    megabytes: float
    licence: str
    digests: tuple[str, ...]
    processor: str
    cores: int
    runtime: str

    @classmethod
    def from_json(cls, values: dict[str, object]) -> Measured:
        """One entry of the file of results.

        Raises:
            KeyError: If a value is missing.
        """
        known = {field.name: values[field.name] for field in fields(cls)}
        lists = {name: tuple(v) for name, v in known.items() if isinstance(v, list)}
        return cls(**{**known, **lists})  # type: ignore[arg-type]

    @property
    def name(self) -> str:
        """Of the model, or of the two, without options."""
        return self.entry.partition(":")[0]

    @property
    def arguments(self) -> str:
        """The entry as `kinema run --model` takes it.

        `openpose:mirror,scales=0.5/1` is `openpose --mirror --scales 0.5,1`.
        """
        name, _, options = self.entry.partition(":")
        words = [name]
        for option in filter(None, options.split(",")):
            key, _, value = option.partition("=")
            words.append(f"--{key} {value.replace('/', ',')}".rstrip())
        return " ".join(words)

    @property
    def accuracy(self) -> str:
        """How accurate it is, in words."""
        if self.AP is None:
            return "not measured: no labels"
        what = "keypoints" if self.of == "keypoints" else "boxes"
        text = f"AP {self.AP:.3f} ({what} of {self.people} people in {self.images} pictures)"
        if self.not_given:
            text += f"; it does not give {len(self.not_given)} of COCO's 17 joints"
        return text

    @property
    def speed(self) -> str:
        """How fast it is, in words."""
        return f"{frames(self.frames_per_second)} frames/s ({self.machine})"

    @property
    def machine(self) -> str:
        """What it was measured on."""
        return f"{self.cores} cores of {self.processor}, {self.runtime}"

    @property
    def command(self) -> str:
        """What measures it again, given COCO's labels and pictures."""
        return f"{BENCHMARK} --models {self.entry}"


def frames(rate: float) -> str:
    """Frames per second with as many digits as can be relied on.

    >>> frames(9.26), frames(56.4)
    ('9.3', '56')
    """
    return f"{rate:.1f}" if rate < 20 else f"{rate:.0f}"


@cache
def all_measured() -> tuple[Measured, ...]:
    """All entries, in the order of the file."""
    return read_measured(RESULTS)


def read_measured(path: Path) -> tuple[Measured, ...]:
    """All entries of a file of results."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return tuple(Measured.from_json(values) for values in document["entries"])


def measured(name: str, digests: Sequence[str]) -> tuple[Measured, ...]:
    """What a model came to, first without options, then with some; () if it was never measured.

    Args:
        name: Of the model, or of two as `detector+network`.
        digests: sha256 of its weights: numbers of other weights are not its own.
    """
    found = [m for m in all_measured() if m.name == name and m.digests == tuple(digests)]
    return tuple(sorted(found, key=lambda m: ":" in m.entry))
