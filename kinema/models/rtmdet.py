"""RTMDet (Lyu et al., arXiv:2212.07784), and what MMDeploy makes of any detector.

The file suppresses doubles itself and gives boxes (1, N, 5), two corners and a score each, and
labels (1, N), 0 for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinema.models.card import ModelCard
from kinema.models.families import refuse_options
from kinema.models.nanodet import BGR_IMAGENET
from kinema.models.options import Options
from kinema.models.ports import chosen_size, unfit
from kinema.models.runtime import Network
from kinema.models.whole_picture import BoxDetector, Boxes, Outputs, WholePicture

PERSON = 0
"""Class of people, among COCO's 80 and where it is the only one."""

THRESHOLD = 0.3
"""Least score of a person, as in the demos of RTMPose (`bbox_thr`)."""


def load_detector(card: ModelCard, files: tuple[Path, ...], options: Options) -> BoxDetector:
    """The detector in a file that gives boxes (1, N, 5) and, if it knows classes, labels (1, N).

    It takes blue first, ImageNet's mean and deviation, the picture in the upper left corner.

    Raises:
        ModelError: If the file is no such network.
        InputError: If an option is of no use.
    """
    refuse_options(card, options, "scales", "mirror", "single_person")
    network = Network(
        files[0], picture=BGR_IMAGENET, precision=options.precision, latency=options.latency
    )
    final = FinalBoxes.of(network)
    if final is None:
        raise unfit(network, card.family, "boxes (1, N, 5) and labels (1, N)")
    picture = WholePicture(
        network, size=chosen_size(network, card, options), channels="bgr", centred=False
    )
    return BoxDetector(picture, final.people, name=card.name)


@dataclass(frozen=True)
class FinalBoxes:
    """Which outputs are the boxes and the labels.

    Attributes:
        boxes: Number of the output with the boxes.
        labels: Number of the output with the labels; None if there are only people.
    """

    boxes: int
    labels: int | None

    @classmethod
    def of(cls, network: Network) -> FinalBoxes | None:
        """Those of a network, if it gives such."""
        shapes = [port.shape for port in network.outputs]
        boxes = [i for i, shape in enumerate(shapes) if len(shape) == 3 and shape[2] in (5, -1)]
        labels = [i for i, shape in enumerate(shapes) if len(shape) == 2]
        if len(boxes) != 1 or len(labels) > 1 or len(shapes) != len(boxes) + len(labels):
            return None
        return cls(boxes[0], labels[0] if labels else None)

    def people(self, outputs: Outputs) -> Boxes:
        """The people among the boxes of a picture, in pixels of the input."""
        rows = outputs[self.boxes][0]
        kept = rows[:, 4] >= THRESHOLD
        if self.labels is not None:
            kept &= np.rint(outputs[self.labels][0]) == PERSON
        return rows[kept, :4], rows[kept, 4]
