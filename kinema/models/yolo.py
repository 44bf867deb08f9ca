"""One-stage networks with a box and its joints in one row: Ultralytics' YOLO-pose, and RTMO.

YOLO-pose: Maji et al., CVPR Workshops 2022. Exported files of versions 8 and 11 give
(1, 5 + 3 K, anchors): centre, size, score, and x, y and visibility of each joint. Those of version
26, and exports with suppression, give (1, people, 6 + 3 K): two corners, score, class and joints.
The one class is the person. RTMO: Lu et al., CVPR 2024; as MMDeploy exports it, with boxes
(1, N, 5) and joints (1, N, K, 3).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinema.models.card import ModelCard
from kinema.models.families import refuse_options, skeleton_needed
from kinema.models.options import Options
from kinema.models.ports import chosen_size, unfit, wrong_count
from kinema.models.runtime import Network, PictureInput
from kinema.models.whole_picture import OneStage, Outputs, People, WholePicture, suppress
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton

YOLO_THRESHOLD, YOLO_OVERLAP = 0.25, 0.7
"""Least score of a person, and most overlap of two: the defaults of Ultralytics' `predict`."""

RTMO_THRESHOLD, RTMO_OVERLAP = 0.3, 0.65
"""Least score of a person: MMPose's demo has 0.1 and rtmlib 0.7. Overlap: as in MMPose's demo."""

UNIT = PictureInput(None, scale=(255.0, 255.0, 255.0))
BYTES = PictureInput(None)


def load_model(card: ModelCard, files: tuple[Path, ...], options: Options) -> OneStage:
    """The one-stage network in a file, of the family `yolo` or `rtmo`.

    Raises:
        ModelError: If the file is no such network.
        InputError: If an option is of no use, or there is no skeleton.
    """
    refuse_options(card, options, "scales", "mirror")
    skeleton = skeleton_needed(card)
    is_yolo = card.family == "yolo"
    network = Network(
        files[0],
        picture=UNIT if is_yolo else BYTES,
        precision=options.precision,
        latency=options.latency,
    )
    size = chosen_size(network, card, options)
    picture = WholePicture(
        network, size=size, channels="rgb" if is_yolo else "bgr", centred=is_yolo
    )
    decoder = YoloDecoder(network, skeleton) if is_yolo else RtmoDecoder(network, skeleton)
    return OneStage(
        picture,
        decoder.people,
        name=card.name,
        skeleton=skeleton,
        single_person=options.single_person,
    )


class YoloDecoder:
    """Reads the rows of YOLO-pose.

    Raises:
        ModelError: If the network does not give such rows, or not for this skeleton.
    """

    def __init__(self, network: Network, skeleton: Skeleton) -> None:
        self._k = k = len(skeleton)
        shapes = [port.shape for port in network.outputs]
        is_one = len(shapes) == 1 and len(shapes[0]) == 3
        # An unknown number of people (-1) leaves the other axis to tell the two forms apart.
        self._is_final = is_one and shapes[0][2] == 6 + 3 * k
        if not self._is_final and not (is_one and shapes[0][1] == 5 + 3 * k):
            forms = f"(1, {5 + 3 * k}, N) or (1, N, {6 + 3 * k})"
            raise unfit(network, "yolo", f"{forms} for the {k} joints of {skeleton.name}")

    def people(self, outputs: Outputs) -> People:
        """The people, none twice."""
        return self._final(outputs[0][0]) if self._is_final else self._raw(outputs[0][0])

    def _raw(self, columns: Float32Array) -> People:
        """From (5 + 3 K, anchors)."""
        rows = columns[:, columns[4] >= YOLO_THRESHOLD].T
        centre, half, certainty = rows[:, :2], rows[:, 2:4] / 2, rows[:, 4]
        boxes = np.concatenate([centre - half, centre + half], axis=1)
        kept = suppress(boxes, certainty, threshold=YOLO_THRESHOLD, overlap=YOLO_OVERLAP)
        return self._people(rows[kept, 5:], boxes[kept], certainty[kept])

    def _final(self, rows: Float32Array) -> People:
        """From (people, 6 + 3 K)."""
        rows = rows[rows[:, 4] >= YOLO_THRESHOLD]
        return self._people(rows[:, 6:], rows[:, :4], rows[:, 4])

    def _people(self, joints: Float32Array, boxes: Float32Array, certainty: Float32Array) -> People:
        joints = joints.reshape(-1, self._k, 3)
        return People(joints[..., :2], joints[..., 2], boxes, certainty)


class RtmoDecoder:
    """Reads the boxes and joints of RTMO.

    Raises:
        ModelError: If the network does not give such, or not for this skeleton.
    """

    def __init__(self, network: Network, skeleton: Skeleton) -> None:
        shapes = [port.shape for port in network.outputs]
        ranks = [len(shape) for shape in shapes]
        k = len(skeleton)
        if sorted(ranks) != [3, 4] or shapes[ranks.index(3)][2] not in (5, -1):
            raise unfit(network, "rtmo", f"boxes (1, N, 5) and joints (1, N, {k}, 3)")
        self._boxes, self._joints = ranks.index(3), ranks.index(4)
        given = shapes[self._joints][2]
        if given not in (k, -1):
            raise wrong_count(network, skeleton.name, k, given)

    def people(self, outputs: Outputs) -> People:
        """The people, none twice."""
        boxes, joints = outputs[self._boxes][0], outputs[self._joints][0]
        kept = suppress(boxes[:, :4], boxes[:, 4], threshold=RTMO_THRESHOLD, overlap=RTMO_OVERLAP)
        boxes, joints = boxes[kept], joints[kept]
        return People(joints[..., :2], joints[..., 2], boxes[:, :4], boxes[:, 4])
