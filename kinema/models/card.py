"""What a model is, in words and numbers: what it predicts, where it comes from, on what terms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kinema.models.files import PackageFile
from kinema.skeleton import Skeleton


@dataclass(frozen=True)
class ModelCard:
    """A model of the catalogue, or one that the user has added.

    Attributes:
        name: As on the command line.
        family: Which decoder reads its output; see `kinema.models.loading.FAMILIES`.
        skeleton: The keypoints that it gives.
        weights: Where the network comes from: a file of a package, or a local file.
        licence: Of the weights, as an SPDX name.
        description: One sentence.
        paper: Where the method is described.
        people: `"many"` or `"one"`.
    """

    name: str
    family: str
    skeleton: Skeleton
    weights: PackageFile | Path
    licence: str
    description: str
    paper: str = ""
    people: str = "many"

    @property
    def origin(self) -> str:
        """Where the weights come from, for people to read."""
        if isinstance(self.weights, PackageFile):
            return f"package {self.weights.package} {self.weights.version}"
        return f"file {self.weights}"
