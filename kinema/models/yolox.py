"""YOLOX: a detector without anchors (Ge et al., arXiv:2107.08430).

Each cell of the maps at strides 8, 16 and 32 gives a centre relative to the cell, the logarithms of
a size in strides, the probability that there is something and the probabilities of the classes.
Files with suppression inside, as RTMPose's releases have them, are of the form of RTMDet's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from kinema.models.card import ModelCard
from kinema.models.families import refuse_options
from kinema.models.options import Options
from kinema.models.ports import chosen_size, unfit
from kinema.models.rtmdet import FinalBoxes
from kinema.models.runtime import Network, PictureInput
from kinema.models.whole_picture import BoxDetector, Boxes, Outputs, WholePicture, suppress
from kinema.poses import Float32Array

STRIDES = (8, 16, 32)

PERSON = 0
"""Class of people among COCO's 80."""

THRESHOLD = 0.2
"""Least score of a person. YOLOX's demo has 0.3; a closer look still makes use of fainter ones."""

OVERLAP = 0.6
"""Most overlap of two boxes. YOLOX's demo has 0.45; more finds people who stand close together."""


def load_detector(card: ModelCard, files: tuple[Path, ...], options: Options) -> BoxDetector:
    """The detector in a file that gives (1, cells, 5 + classes), or boxes without doubles.

    It takes blue first, 0 to 255, the picture in the upper left corner.

    Raises:
        ModelError: If the file is no such network.
        InputError: If an option is of no use.
    """
    refuse_options(card, options, "scales", "mirror", "single_person")
    network = Network(
        files[0],
        picture=PictureInput(None),
        precision=options.precision,
        latency=options.latency,
    )
    size = chosen_size(network, card, options)
    picture = WholePicture(network, size=size, channels="bgr", centred=False)
    return BoxDetector(picture, _decoder(network, card.family, size), name=card.name)


def _decoder(network: Network, family: str, size: tuple[int, int]) -> Callable[[Outputs], Boxes]:
    final = FinalBoxes.of(network)
    if final:
        return final.people
    grid = Grid(size)
    shapes = [port.shape for port in network.outputs]
    count = len(grid.strides)
    if (
        len(shapes) != 1
        or len(shapes[0]) != 3
        or shapes[0][1] not in (count, -1)
        or shapes[0][2] < 6
    ):
        raise unfit(network, family, f"(1, {count}, 5 + classes), or boxes (1, N, 5) with labels")
    return grid.people


class Grid:
    """The cells of all strides, in the order of the network's rows.

    Args:
        size: Width and height of the input.

    Attributes:
        cells: (n, 2) column and row.
        strides: (n, 1) pixels of the input a cell.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        cells, strides = [], []
        for stride in STRIDES:
            rows, columns = np.mgrid[: size[1] // stride, : size[0] // stride]
            cells.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
            strides.append(np.full((rows.size, 1), stride))
        self.cells: Float32Array = np.concatenate(cells).astype(np.float32)
        self.strides: Float32Array = np.concatenate(strides).astype(np.float32)

    def people(self, outputs: Outputs) -> Boxes:
        """The people of a picture, none twice, in pixels of the input."""
        rows = outputs[0][0]
        scores = rows[:, 4] * rows[:, 5 + PERSON]
        likely = np.flatnonzero(scores >= THRESHOLD)
        rows, scores, strides = rows[likely], scores[likely], self.strides[likely]
        centre = (rows[:, :2] + self.cells[likely]) * strides
        half = np.exp(rows[:, 2:4]) * strides / 2
        boxes = np.concatenate([centre - half, centre + half], axis=1)
        kept = suppress(boxes, scores, threshold=THRESHOLD, overlap=OVERLAP)
        return boxes[kept], scores[kept]
