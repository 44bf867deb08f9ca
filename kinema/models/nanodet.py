"""NanoDet: a small detector without anchors (github.com/RangiLyu/nanodet, versions 0.x).

Each cell of the maps at strides 8, 16 and 32 gives the score of each class and, for each side of
a box, a distribution over its distance from the centre of the cell, in strides: the generalised
focal loss of Li et al., NeurIPS 2020, section 3.2. The distance is the mean of the distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinema.errors import ModelError
from kinema.models.card import ModelCard
from kinema.models.families import refuse_options
from kinema.models.options import Options
from kinema.models.ports import input_size, network_file, unfit
from kinema.models.runtime import Network, PictureInput
from kinema.models.whole_picture import BoxDetector, Boxes, Outputs, WholePicture, suppress
from kinema.poses import Float32Array

BGR_IMAGENET = PictureInput(None, mean=(103.53, 116.28, 123.675), scale=(57.375, 57.12, 58.395))
"""As in NanoDet's configurations (`normalize`); blue first."""

STRIDES = (8, 16, 32)

PERSON = 0
"""Class of people among COCO's 80."""

THRESHOLD = 0.3
"""Least score of a person. NanoDet's demo has 0.35; a closer look makes use of fainter ones."""

OVERLAP = 0.6
"""Most overlap of two boxes, as in NanoDet (`nms_cfg`)."""


def load_detector(card: ModelCard, files: tuple[Path, ...], options: Options) -> BoxDetector:
    """The detector in a file that gives, for each stride, scores and distributions.

    That is, for a map of n cells, (1, n, classes) and (1, n, 4 bins): 44 for NanoDet-g.

    Raises:
        ModelError: If the file is no such network.
        InputError: If an option is of no use.
    """
    refuse_options(card, options, "size", "scales", "mirror", "single_person")
    return load_fainter(card, files, options, threshold=THRESHOLD)


def load_fainter(
    card: ModelCard, files: tuple[Path, ...], options: Options, *, threshold: float
) -> BoxDetector:
    """The same with another least score of a person.

    Raises:
        ModelError: If the file is no such network.
    """
    network = Network(
        network_file(files),
        picture=BGR_IMAGENET,
        precision=options.precision,
        latency=options.latency,
    )
    size = input_size(network)
    levels = [_level(network, size, stride) for stride in STRIDES]

    def decode(outputs: Outputs) -> Boxes:
        """The boxes of all levels, of those that overlap the best alone."""
        found = [
            level.boxes(outputs[level.scores][0], outputs[level.distances][0], threshold)
            for level in levels
        ]
        boxes = np.concatenate([boxes for boxes, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        kept = suppress(boxes, scores, threshold=threshold, overlap=OVERLAP)
        return boxes[kept], scores[kept]

    # NanoDet leaves black what the picture does not fill.
    picture = WholePicture(network, size=size, channels="bgr", fill=0)
    return BoxDetector(picture, decode, name=card.name)


@dataclass(frozen=True)
class Level:
    """The outputs of one stride.

    Attributes:
        stride: Pixels of the input a cell.
        columns: Cells in a row.
        scores: Number of the output with the scores.
        distances: Number of the output with the distributions.
    """

    stride: int
    columns: int
    scores: int
    distances: int

    def boxes(
        self, scores: Float32Array, distances: Float32Array, threshold: float = THRESHOLD
    ) -> Boxes:
        """The boxes of the cells that are sure enough to see a person.

        Args:
            scores: (n, classes) in [0, 1].
            distances: (n, 4 bins) before the softmax: left, top, right, bottom.
            threshold: Least score.
        """
        person = scores[:, PERSON]
        likely = np.flatnonzero(person >= threshold)
        logits = distances[likely].reshape(len(likely), 4, distances.shape[1] // 4)
        weights = np.exp(logits - logits.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        sides = weights @ np.arange(weights.shape[2], dtype=np.float32) * self.stride  # (L, 4)
        cells = np.stack([likely % self.columns, likely // self.columns], axis=1)
        centres = ((cells + 0.5) * self.stride).astype(np.float32)
        return np.concatenate([centres - sides[:, :2], centres + sides[:, 2:]], axis=1), person[
            likely
        ]


def _level(network: Network, size: tuple[int, int], stride: int) -> Level:
    columns, rows = (-(-side // stride) for side in size)
    cells = columns * rows
    here = [
        number
        for number, port in enumerate(network.outputs)
        if len(port.shape) == 3 and port.shape[1] == cells
    ]
    # Distributions come in fours; 80 scores do too, but there are more of those.
    here.sort(key=lambda number: network.outputs[number].shape[2])
    if len(here) != 2 or network.outputs[here[0]].shape[2] % 4:
        raise _unfit(network, size)
    return Level(stride, columns, scores=here[1], distances=here[0])


def _unfit(network: Network, size: tuple[int, int]) -> ModelError:
    cells = [-(-size[0] // stride) * -(-size[1] // stride) for stride in STRIDES]
    wanted = " and ".join(f"(1, {n}, classes) and (1, {n}, 4 bins)" for n in cells)
    return unfit(network, "nanodet", wanted)
