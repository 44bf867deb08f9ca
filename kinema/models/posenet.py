"""PoseNet: maps of joints with offsets, and displacements from joint to joint along a tree.

Papandreou et al., "PersonLab", ECCV 2018, section 3.1 (heatmaps, short-range offsets) and 3.2
(mid-range offsets, greedy decoding), as its release for TensorFlow.js does it; the constants are
those of the release. Heatmaps are 1 near a joint; offsets of a cell lead to the joint to the pixel,
and displacements lead from one joint to the next one of the tree, forwards (from the nose) and
backwards.

Channels: 17 heatmaps, 17 offsets in y and 17 in x, 16 displacements in y and 16 in x, twice.
Positions are pixels of the network's input, 0 the centre of the first; cell c is at pixel
c * stride. (Against the labels of COCO people no shift of half a pixel remains.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from kinema.errors import InputError
from kinema.media.frame import Frame
from kinema.models.card import ModelCard
from kinema.models.families import refuse_options
from kinema.models.options import Options
from kinema.models.ports import network_file, unfit
from kinema.models.runtime import Network, PictureInput, Request
from kinema.poses import Float32Array, Poses
from kinema.skeletons import COCO17

TREE = (
    ("nose", "left_eye"),
    ("left_eye", "left_ear"),
    ("nose", "right_eye"),
    ("right_eye", "right_ear"),
    ("nose", "left_shoulder"),
    ("left_shoulder", "left_elbow"),
    ("left_elbow", "left_wrist"),
    ("left_shoulder", "left_hip"),
    ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"),
    ("nose", "right_shoulder"),
    ("right_shoulder", "right_elbow"),
    ("right_elbow", "right_wrist"),
    ("right_shoulder", "right_hip"),
    ("right_hip", "right_knee"),
    ("right_knee", "right_ankle"),
)
"""Parent and child, in the order of the channels (`poseChain` of the release)."""

EDGES = tuple((COCO17.index(parent), COCO17.index(child)) for parent, child in TREE)

ROOT_THRESHOLD = 0.5
"""Least score of a joint that a person is begun with."""

NMS_RADIUS = 20.0
"""Pixels of the input within which the same joint of two people is one."""

MAX_PEOPLE = 30
"""Most people in a picture. The release has 5."""

REFINEMENTS = 2
"""How often an offset is followed after a displacement (`offsetRefineStep`)."""

LOCAL_MAXIMUM = 3
"""Width of the window in which a root is highest, in cells (`kLocalMaximumRadius` 1)."""

MIN_CERTAINTY = 0.1
"""Least mean score of the joints that no surer person has, as in the release's demo."""

GRID = 32
"""Sides of the input are multiples of this and one more pixel, right for all strides up to it."""

DEFAULT_SIZE = 513
"""Height of the input: where it finds most people of COCO, more than at 385 and at 641."""

SIZES = (129, 2049)
"""Smallest and largest height of the input."""

MAX_ASPECT = 4
"""A picture wider than this many times its height is given to the network at a lower height."""

PICTURES = {
    "posenet": PictureInput(mean=(127.5,) * 3, scale=(127.5,) * 3, any_size=True),
    "posenet-resnet": PictureInput(mean=(123.15, 115.90, 103.06), any_size=True),
}
"""What networks made of MobileNet and of ResNet make of a picture, by family; red first."""


@dataclass(frozen=True, eq=False)
class PoseMaps:
    """What the network gives for one picture.

    Attributes:
        scores: (17, h, w) in [0, 1].
        offsets: (34, h, w) y and then x from a cell to the joint, in pixels of the input.
        forwards: (32, h, w) y and then x from the parent of each edge to the child.
        backwards: (32, h, w) y and then x from the child of each edge to the parent.
        stride: Pixels of the input a cell.
    """

    scores: Float32Array
    offsets: Float32Array
    forwards: Float32Array
    backwards: Float32Array
    stride: float

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """Row and column of the cell nearest to a place."""
        h, w = self.scores.shape[1:]
        # As the release rounds: up from the half on.
        row, column = int(y / self.stride + 0.5), int(x / self.stride + 0.5)
        return min(max(row, 0), h - 1), min(max(column, 0), w - 1)

    def place(self, joint: int, row: int, column: int) -> tuple[float, float]:
        """The x and y of the joint that a cell is near."""
        x = column * self.stride + float(self.offsets[17 + joint, row, column])
        y = row * self.stride + float(self.offsets[joint, row, column])
        return x, y


def find_one(maps: PoseMaps) -> tuple[Float32Array, Float32Array]:
    """Each joint where its heatmap is highest: keypoints (17, 2) and scores (17,)."""
    k, _, w = maps.scores.shape
    highest = maps.scores.reshape(k, -1).argmax(axis=1)
    rows, columns = highest // w, highest % w
    places = [maps.place(j, rows[j], columns[j]) for j in range(k)]
    return np.array(places, dtype=np.float32), maps.scores[np.arange(k), rows, columns]


def find_people(maps: PoseMaps) -> tuple[Float32Array, Float32Array, Float32Array]:
    """All people: keypoints (N, 17, 2), scores (N, 17) and certainties (N,).

    Joints are taken by score, the highest first. One that is not near the same joint of a person
    found before begins a new person, whose other joints follow along the tree. A person's certainty
    is the mean of the scores of its joints, those near the same joint of an earlier person counting
    nothing.
    """
    people = np.empty((MAX_PEOPLE, 17, 2), dtype=np.float32)
    scores = np.empty((MAX_PEOPLE, 17), dtype=np.float32)
    certainties: list[float] = []
    for joint, row, column in _roots(maps.scores):
        n = len(certainties)
        if n == MAX_PEOPLE:
            break
        distances = np.hypot(*(people[:n, joint] - maps.place(joint, row, column)).T)
        if (distances <= NMS_RADIUS).any():
            continue
        people[n], scores[n] = _follow_tree(maps, joint, row, column)
        near = np.linalg.norm(people[:n] - people[n], axis=2) <= NMS_RADIUS  # (n, 17)
        certainties.append(scores[n][~near.any(axis=0)].sum() / 17)
    certainty = np.array(certainties, dtype=np.float32)
    kept = np.flatnonzero(certainty >= MIN_CERTAINTY)
    return people[kept], scores[kept], certainty[kept]


def _roots(scores: Float32Array) -> Iterator[tuple[int, int, int]]:
    """Joint, row and column of the local maxima that may begin a person, the highest first."""
    window = np.ones((LOCAL_MAXIMUM, LOCAL_MAXIMUM), dtype=np.uint8)
    highest = np.stack([cv2.dilate(heatmap, window) for heatmap in scores])
    joints, rows, columns = np.nonzero((scores >= ROOT_THRESHOLD) & (scores == highest))
    order = np.argsort(-scores[joints, rows, columns], kind="stable")
    return zip(joints[order].tolist(), rows[order].tolist(), columns[order].tolist(), strict=True)


def _follow_tree(
    maps: PoseMaps, joint: int, row: int, column: int
) -> tuple[Float32Array, Float32Array]:
    """The person around a root: keypoints (17, 2) and scores (17,)."""
    places = {joint: maps.place(joint, row, column)}
    scores = np.empty(17, dtype=np.float32)
    scores[joint] = maps.scores[joint, row, column]
    # Up to the nose first, then down everywhere else: after that no joint is left.
    upwards = [(e, EDGES[e][1], EDGES[e][0], maps.backwards) for e in reversed(range(len(EDGES)))]
    downwards = [(e, parent, child, maps.forwards) for e, (parent, child) in enumerate(EDGES)]
    for edge, source, target, displacements in upwards + downwards:
        if source not in places or target in places:
            continue
        x, y = places[source]
        row, column = maps.cell(x, y)
        x += float(displacements[len(EDGES) + edge, row, column])
        y += float(displacements[edge, row, column])
        for _ in range(REFINEMENTS):
            x, y = maps.place(target, *maps.cell(x, y))
        places[target] = x, y
        scores[target] = maps.scores[target, *maps.cell(x, y)]
    return np.array([places[j] for j in range(17)], dtype=np.float32), scores


class PoseNet:
    """A model of any number of people, or of one.

    Args:
        network: Gives the maps.
        outputs: Numbers of its outputs: heatmaps, offsets, forward and backward displacements.
        name: In the catalogue.
        size: Height of the input; the width follows from the picture.
        single_person: Take the best place for each joint.

    Raises:
        InputError: If the size is too small or too large.
    """

    def __init__(
        self,
        network: Network,
        outputs: tuple[int, int, int, int],
        *,
        name: str,
        size: int = DEFAULT_SIZE,
        single_person: bool = False,
    ) -> None:
        if not SIZES[0] <= size <= SIZES[1]:
            raise InputError(f"size must lie between {SIZES[0]} and {SIZES[1]} pixels, got {size}")
        self.name = name
        self.skeleton = COCO17
        self.parallel = network.parallel
        self.size = size
        self.single_person = single_person
        self._network = network
        self._outputs = outputs

    def start(self, frame: Frame) -> PoseNetJob:
        """Prepares the frame, starts inference and returns at once."""
        size = input_size(frame.size, self.size)
        request = self._network.start(frame.scaled(*size))
        return PoseNetJob(self, frame, size, request)

    def maps(self, outputs: tuple[Float32Array, ...], width: int) -> PoseMaps:
        """The maps in the outputs, (1, channels, h, w) each, for an input `width` pixels wide."""
        heatmaps, offsets, forwards, backwards = (outputs[i][0] for i in self._outputs)
        stride = (width - 1) / (heatmaps.shape[2] - 1)
        scores = 1 / (1 + np.exp(-heatmaps))
        return PoseMaps(scores, offsets, forwards, backwards, stride)


class PoseNetJob:
    """One frame that a `PoseNet` model is working on."""

    def __init__(
        self, model: PoseNet, frame: Frame, size: tuple[int, int], request: Request
    ) -> None:
        self.frame = frame
        self._model = model
        self._size = size
        self._request = request

    def poses(self) -> Poses:
        """Waits for the people of the frame."""
        return self._poses

    @cached_property
    def _poses(self) -> Poses:
        maps = self._model.maps(self._request.result(), self._size[0])
        certainty: npt.NDArray[np.float32] | None = None
        if self._model.single_person:
            keypoints, scores = (array[None] for array in find_one(maps))
        else:
            keypoints, scores, certainty = find_people(maps)
        scale = np.divide(self.frame.size, self._size, dtype=np.float32)
        return Poses(
            self._model.skeleton,
            (keypoints + 0.5) * scale - 0.5,
            np.clip(scores, 0, 1),
            certainty=None if certainty is None else np.clip(certainty, 0, 1),
            frame=self.frame.index,
            time=self.frame.time,
        )


def input_size(picture: tuple[int, int], height: float) -> tuple[int, int]:
    """Width and height of the input for a picture (width, height), aspect kept.

    >>> input_size((640, 480), 385)
    (513, 385)
    """
    aspect = picture[0] / picture[1]
    height = min(height, height * MAX_ASPECT / aspect)
    return _valid(height * aspect), _valid(height)


def _valid(length: float) -> int:
    return max(2, round((length - 1) / GRID)) * GRID + 1


def load_model(card: ModelCard, files: tuple[Path, ...], options: Options) -> PoseNet:
    """The PoseNet in a file, or in those of TensorFlow.js.

    It takes pictures (1, H, W, 3) and gives four maps, which its outputs are named after:
    `heatmap`, `offset`, `displacement_fwd` and `displacement_bwd`.

    Raises:
        ModelError: If the files hold no such network.
        InputError: If the skeleton or the options do not suit it.
    """
    refuse_options(card, options, "scales", "mirror")
    if card.skeleton != COCO17:
        named = card.skeleton.name if card.skeleton else "none"
        raise InputError(f"the family {card.family} has {COCO17.name}, not {named}")
    network = Network(
        network_file(files),
        picture=PICTURES[card.family],
        maps_first=True,
        precision=options.precision,
        latency=options.latency,
    )
    return PoseNet(
        network,
        _outputs(network, card.family),
        name=card.name,
        size=DEFAULT_SIZE if options.size is None else options.size,
        single_person=options.single_person,
    )


def _outputs(network: Network, family: str) -> tuple[int, int, int, int]:
    """Numbers of the outputs: heatmaps, offsets, forward and backward displacements."""
    wanted = {"heatmap": 17, "offset": 34, "displacement_fwd": 32, "displacement_bwd": 32}
    found = [
        [
            number
            for number, port in enumerate(network.outputs)
            if word in port.name and len(port.shape) == 4 and port.shape[1] == channels
        ]
        for word, channels in wanted.items()
    ]
    if any(len(numbers) != 1 for numbers in found):
        expected = ", ".join(f"{word} (1, h, w, {count})" for word, count in wanted.items())
        raise unfit(network, family, expected)
    heatmaps, offsets, forwards, backwards = (numbers[0] for numbers in found)
    return heatmaps, offsets, forwards, backwards
