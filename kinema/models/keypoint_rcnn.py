"""Keypoint R-CNN: boxes, and in each of them a map for each joint, which the file itself reads.

He et al., "Mask R-CNN", ICCV 2017, section 5. Two exports of it are known:

- TorchVision: boxes (N, 4), labels (N,), scores (N,), keypoints (N, K, 3), keypoints_scores (N, K).
  It takes red first, 0 to 1. Scores of joints are logits, which the logistic function brings to
  [0, 1] here.
- Detectron2: pred_boxes (N, 4), scores (N,), pred_classes (N,), pred_keypoints (N, K, 3) with the
  score of a joint as the third number. It takes blue first, 0 to 255.

Both resize and normalise pictures within the network. The label of a person is 1 in TorchVision,
where 0 is the background, and 0 in Detectron2.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinema.models.card import ModelCard
from kinema.models.families import refuse_options, skeleton_needed
from kinema.models.options import Options
from kinema.models.ports import chosen_size, network_file, unfit, wrong_count
from kinema.models.runtime import Network, PictureInput
from kinema.models.whole_picture import OneStage, Outputs, People, WholePicture
from kinema.skeleton import Skeleton

THRESHOLD = 0.5
"""Least score of a person."""


@dataclass(frozen=True)
class Export:
    """How the files of one library look.

    Attributes:
        picture: What the network makes of bytes.
        is_rgb: Whether it takes red first; else blue.
        person: Label of people.
        logits: Whether joints have an output of their own with the logits of their scores.
    """

    picture: PictureInput
    is_rgb: bool
    person: int
    logits: bool


EXPORTS = {
    "keypoint-rcnn": Export(PictureInput(None, scale=(255.0,) * 3), True, 1, True),
    "detectron2": Export(PictureInput(None), False, 0, False),
}
"""By family."""


def load_model(card: ModelCard, files: tuple[Path, ...], options: Options) -> OneStage:
    """The keypoint R-CNN in a file, of the family `keypoint-rcnn` or `detectron2`.

    Raises:
        ModelError: If the file is no such network.
        InputError: If an option is of no use, or there is no skeleton.
    """
    refuse_options(card, options, "scales", "mirror")
    skeleton = skeleton_needed(card)
    export = EXPORTS[card.family]
    network = Network(
        network_file(files),
        picture=export.picture,
        precision=options.precision,
        latency=options.latency,
    )
    reader = Reader.of(network, card.family, skeleton)
    picture = WholePicture(
        network,
        size=chosen_size(network, card, options),
        channels="rgb" if export.is_rgb else "bgr",
        centred=False,
        fill=0,
    )
    return OneStage(
        picture,
        reader.people,
        name=card.name,
        skeleton=skeleton,
        single_person=options.single_person,
    )


@dataclass(frozen=True)
class Reader:
    """Which output is what, by the shapes and, of labels and scores, by the order of the export.

    Attributes:
        export: What kind of file it is.
        boxes: Number of the output with the boxes.
        scores: Number of the output with the scores of people.
        labels: Number of the output with their labels.
        keypoints: Number of the output with the joints.
        logits: Number of the output with the logits of the joints, if there is one.
    """

    export: Export
    boxes: int
    scores: int
    labels: int
    keypoints: int
    logits: int | None

    @classmethod
    def of(cls, network: Network, family: str, skeleton: Skeleton) -> Reader:
        """That of a network.

        Raises:
            ModelError: If it does not give such outputs, or not for this skeleton.
        """
        export = EXPORTS[family]
        k = len(skeleton)
        by_rank: dict[int, list[int]] = {}
        for number, port in enumerate(network.outputs):
            by_rank.setdefault(len(port.shape), []).append(number)
        counts = [len(by_rank.get(rank, [])) for rank in (1, 2, 3)]
        if counts != [2, 2 if export.logits else 1, 1] or len(network.outputs) != sum(counts):
            logits = f" and scores (N, {k})" if export.logits else ""
            expected = f"boxes (N, 4), labels (N), scores (N), keypoints (N, {k}, 3){logits}"
            raise unfit(network, family, expected)
        given = network.outputs[by_rank[3][0]].shape[1]
        if given not in (k, -1):
            raise wrong_count(network, skeleton.name, k, given)
        # Boxes come before the logits in TorchVision's order, labels before scores; in Detectron2's
        # scores come first.
        first, second = by_rank[1]
        labels, scores = (first, second) if export.logits else (second, first)
        logits_output = by_rank[2][1] if export.logits else None
        return cls(export, by_rank[2][0], scores, labels, by_rank[3][0], logits_output)

    def people(self, outputs: Outputs) -> People:
        """The people that are sure enough."""
        certainty = outputs[self.scores]
        is_person = np.rint(outputs[self.labels]) == self.export.person
        kept = is_person & (certainty >= THRESHOLD)
        keypoints = outputs[self.keypoints][kept]
        scores = keypoints[..., 2]
        if self.logits is not None:
            scores = 1 / (1 + np.exp(-outputs[self.logits][kept]))
        return People(keypoints[..., :2], scores, outputs[self.boxes][kept], certainty[kept])
