"""MoveNet: one person with a crop that follows the body, or up to six people at once.

Votel and Li, "Next-Generation Pose Detection with MoveNet and TensorFlow.js", TensorFlow blog
2021. The model cards of MoveNet.SinglePose and MoveNet.MultiPose say what goes in and comes out.

Positions that the networks give are fractions of their input from its corner, so that input pixel
u = value * width - 0.5. (Against the labels of COCO people the median of the remaining offset is
0.1 pixels of a crop.)
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from kinema.errors import InputError, ModelError
from kinema.media.frame import Frame
from kinema.models.card import ModelCard
from kinema.models.crop_network import CropNetwork
from kinema.models.families import refuse_options
from kinema.models.following import Follower
from kinema.models.importers.tfjs import frozen_graph
from kinema.models.letterbox import Letterbox
from kinema.models.options import Options
from kinema.models.ports import unfit
from kinema.models.runtime import Network, PictureInput, Request
from kinema.poses import Float32Array, Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17

CROP_PADDING = 1.1
"""Of a crop around a box. True boxes of COCO people: 0.471 AP; 0.460 with 1.25, 0.434 with 1.4."""

STRIDE = 32
"""Sides of the input of the multi-pose network are multiples of this."""

DEFAULT_SIZE = 320
"""Height of the multi-pose network's input: as good as 384 on COCO people, and faster."""

SIZES = (128, 1024)
"""Smallest and largest height of it."""

MAX_ASPECT = 4
"""A picture wider than this many times its height is given to the network at a lower height."""

MIN_PERSON_SCORE = 0.15
"""Least score of a person of the multi-pose network, which always gives six. On COCO people every
second one with a score between 0.15 and 0.2 is right (similarity 0.5), fewer of those below."""

MAX_PEOPLE = 6
_ONE_PERSON = (1, 1, 17, 3)
_MANY_PEOPLE = (1, MAX_PEOPLE, 56)


def decode_one(output: Float32Array, size: tuple[int, int]) -> tuple[Float32Array, Float32Array]:
    """The keypoints (17, 2) in pixels of the input, and their scores (17,).

    Args:
        output: (1, 1, 17, 3) y, x, score.
        size: Width and height of the input.
    """
    y, x, scores = output[0, 0].T
    points = np.column_stack([x, y]) * np.array(size, dtype=np.float32) - np.float32(0.5)
    return points, scores


class MultiPose:
    """The network that finds up to six people in a picture.

    Args:
        network: Takes pictures of any size.
        name: In the catalogue.
        size: Height of its input.
        min_score: Least score of a person.
        single_person: Keep the one person that is most certain.

    Raises:
        InputError: If the size is too small or too large.
    """

    def __init__(
        self,
        network: Network,
        *,
        name: str,
        size: int = DEFAULT_SIZE,
        min_score: float = MIN_PERSON_SCORE,
        single_person: bool = False,
    ) -> None:
        if not SIZES[0] <= size <= SIZES[1]:
            raise InputError(f"size must lie between {SIZES[0]} and {SIZES[1]} pixels, got {size}")
        self.name = name
        self.skeleton: Skeleton = COCO17
        self.parallel = network.parallel
        self.size = size
        self.min_score = min_score
        self.single_person = single_person
        self._network = network

    def start(self, frame: Frame) -> MultiPoseJob:
        """Prepares the frame, starts inference and returns at once."""
        size = input_size(frame.size, self.size)
        box = Letterbox.fit(frame.size, size, centred=False)
        image = box.prepare(frame, size, channels="rgb", fill=0)
        return MultiPoseJob(self, frame, self._network.start(image), box, size)


class MultiPoseJob:
    """One frame that a `MultiPose` model is working on."""

    def __init__(
        self,
        model: MultiPose,
        frame: Frame,
        request: Request,
        box: Letterbox,
        size: tuple[int, int],
    ) -> None:
        self.frame = frame
        self._model = model
        self._request = request
        self._box = box
        self._size = size

    def poses(self) -> Poses:
        """Waits for the people of the frame, the most certain first."""
        return self._poses

    @cached_property
    def _poses(self) -> Poses:
        people = self._request.result()[0][0]  # (6, 56)
        certainty = people[:, 55]
        order = np.argsort(-certainty, kind="stable")
        order = order[certainty[order] >= self._model.min_score]
        people = people[order[:1] if self._model.single_person else order]
        joints = people[:, :51].reshape(-1, 17, 3)  # y, x, score
        corners = people[:, [52, 51, 54, 53]].reshape(-1, 2, 2)  # of y1 x1 y2 x2
        size = np.array(self._size, dtype=np.float32)
        return Poses(
            self._model.skeleton,
            self._box.points(joints[:, :, 1::-1] * size) - np.float32(0.5),
            np.clip(joints[:, :, 2], 0, 1),
            boxes=self._box.boxes((corners * size).reshape(-1, 4)),
            certainty=np.clip(people[:, 55], 0, 1),
            frame=self.frame.index,
            time=self.frame.time,
        )


def input_size(picture: tuple[int, int], height: float) -> tuple[int, int]:
    """Width and height of the multi-pose network's input for a picture (width, height).

    >>> input_size((1768, 994), 256)
    (448, 256)
    """
    aspect = picture[0] / picture[1]
    height = min(height, height * MAX_ASPECT / aspect)
    return _multiple(height * aspect), _multiple(height)


def _multiple(length: float) -> int:
    return max(1, round(length / STRIDE)) * STRIDE


def load_model(card: ModelCard, files: tuple[Path, ...], options: Options) -> Follower | MultiPose:
    """Either kind of MoveNet as a model of whole pictures; the shape of the output says which.

    Raises:
        ModelError: If the files hold no such network.
        InputError: If the skeleton or the options do not suit it.
    """
    _check_skeleton(card)
    refuse_options(card, options, "scales")
    # A follower has one picture at a time: its next crop depends on the last result.
    network = _network(files, options, latency=options.latency or card.people == "one")
    if network.outputs[0].shape == _ONE_PERSON:
        refuse_options(card, options, "size")
        return Follower(_person_network(card, network), name=card.name, mirror=options.mirror)
    if network.outputs[0].shape != _MANY_PEOPLE:
        raise unfit(network, card.family, f"{_ONE_PERSON} or {_MANY_PEOPLE}")
    refuse_options(card, options, "mirror")
    return MultiPose(
        network,
        name=card.name,
        size=DEFAULT_SIZE if options.size is None else options.size,
        single_person=options.single_person,
    )


def load_person(card: ModelCard, files: tuple[Path, ...], options: Options) -> CropNetwork:
    """A single-pose MoveNet as a network that looks at one person.

    Raises:
        ModelError: If the files hold no such network.
        InputError: If it is the multi-pose network, or the skeleton is another.
    """
    _check_skeleton(card)
    network = _network(files, options, latency=options.latency)
    if network.outputs[0].shape == _MANY_PEOPLE:
        raise InputError(f"{card.name} looks at whole pictures; it cannot refine")
    return _person_network(card, network)


def _network(files: tuple[Path, ...], options: Options, *, latency: bool) -> Network:
    model, *weights = files
    path = frozen_graph(model, weights) if model.suffix == ".json" else model
    network = Network(path, picture=PictureInput(), precision=options.precision, latency=latency)
    if len(network.outputs) != 1:
        raise ModelError(f"{path} has {len(network.outputs)} outputs; MoveNet has one")
    return network


def _person_network(card: ModelCard, network: Network) -> CropNetwork:
    width, height = network.picture_size
    if network.outputs[0].shape != _ONE_PERSON or min(width, height) < 1:
        raise unfit(network, card.family, str(_ONE_PERSON))
    return CropNetwork(
        network,
        lambda outputs: decode_one(outputs[0], (width, height)),
        name=card.name,
        skeleton=COCO17,
        crop_size=(width, height),
        padding=CROP_PADDING,
        takes_the_middle=True,
    )


def _check_skeleton(card: ModelCard) -> None:
    if card.skeleton != COCO17:
        named = card.skeleton.name if card.skeleton else "none"
        raise InputError(f"the family {card.family} has {COCO17.name}, not {named}")
