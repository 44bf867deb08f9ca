"""The OpenPose family: bottom-up networks that give confidence maps and part affinity fields.

Cao et al., "OpenPose: Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", TPAMI
2021. How maps become people is in `kinema.models.openpose.part_fields`, and what the maps stand for
in `kinema.models.openpose.layouts`; this file prepares pictures and combines several looks at one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from kinema.errors import InputError, ModelError
from kinema.media.frame import Frame, Image
from kinema.models.card import ModelCard
from kinema.models.openpose.layouts import BODY_CHANNELS, COCO_CHANNELS, Channels
from kinema.models.openpose.networks import (
    caffe_channels,
    is_caffe,
    open_caffe,
    open_network,
    tf_channels,
)
from kinema.models.openpose.part_fields import (
    PartLayout,
    PartMaps,
    Thresholds,
    find_best_joints,
    find_people,
)
from kinema.models.options import Options
from kinema.models.runtime import Network, Request
from kinema.poses import Float32Array, Poses
from kinema.skeleton import Skeleton

DEFAULT_SIZE = 368
"""Height of the network's input in pixels, as in OpenPose's own net_resolution."""

LOCALISATION_ERROR = 0.45
"""Standard deviation in cells of x and of y of the joints found on COCO pictures (2,624 joints)."""

STRIDE = 8
"""Pixels of the network's input per cell of its maps."""

FEWEST_CELLS = 3
"""A picture so narrow that its maps have fewer cells across shows nobody: all that the network
sees of it is its edges, and it takes those of a black strip for limbs."""

MAX_ASPECT = 8
"""A picture wider than this many times its height is given to the network at a lower height."""

SINGLE_PERSON_PEAK = 0.1
"""Least value of a map at a joint when there is one person, as in OpenCV's OpenPose example."""

SIZES = (2 * STRIDE, 2048)
"""Smallest and largest height of the network's input."""


class OpenPose:
    """A bottom-up model of any number of people.

    Args:
        network: Gives the maps.
        name: Name in the catalogue.
        channels: What the maps are.
        options: How to look at a picture; `size` is rounded to a multiple of 8, and the width
            follows from the picture. `single_person` takes the highest point of each map.
        thresholds: What counts as a joint, a limb, a person, if not as the channels have it.

    Raises:
        ModelError: If the network does not give that many maps.
        InputError: If a size is too small or too large.
    """

    def __init__(
        self,
        network: Network,
        *,
        name: str,
        channels: Channels = COCO_CHANNELS,
        options: Options | None = None,
        thresholds: Thresholds | None = None,
    ) -> None:
        count = network.outputs[0].shape[1]
        if count != channels.count:
            raise ModelError(
                f"{network.path.name} gives {count} maps, "
                f"but {channels.layout.skeleton.name} with its limbs takes {channels.count}"
            )
        self.name = name
        self.channels = channels
        self.options = options or Options()
        self.thresholds = thresholds or channels.thresholds
        # The largest first: its grid is the one that the other maps are brought to.
        size = DEFAULT_SIZE if self.options.size is None else self.options.size
        self._sizes = sorted((size * scale for scale in self.options.scales), reverse=True)
        if not SIZES[0] <= self._sizes[-1] <= self._sizes[0] <= SIZES[1]:
            raise InputError(
                f"size times scale must lie between {SIZES[0]} and {SIZES[1]} pixels, "
                f"got {self._sizes[-1]:g} to {self._sizes[0]:g}"
            )
        self._network = network

    @property
    def skeleton(self) -> Skeleton:
        """The keypoints that it gives."""
        return self.channels.layout.skeleton

    @property
    def layout(self) -> PartLayout:
        """The joints and limbs that it gives maps of."""
        return self.channels.layout

    @property
    def parallel(self) -> int:
        """How many jobs keep the processor busy."""
        return self._network.parallel

    @property
    def network(self) -> Network:
        """The network itself, for measuring it alone."""
        return self._network

    def inputs(self, frame: Frame) -> list[Image]:
        """The BGR pictures that the network is to see: one a scale, each followed by its mirror."""
        images = []
        for size in self._sizes:
            width, height = input_size(frame.size, size)
            image = frame.scaled(width, height, channels="bgr")
            images.append(image)
            if self.options.mirror:
                images.append(np.ascontiguousarray(image[:, ::-1]))
        return images

    def start(self, frame: Frame) -> OpenPoseJob:
        """Prepares the frame at all scales, starts inference and returns at once."""
        return OpenPoseJob(self, frame, [self._network.start(im) for im in self.inputs(frame)])

    def __call__(self, frame: Frame) -> Poses:
        """The people of one frame."""
        return self.start(frame).poses()


class OpenPoseJob:
    """One frame that an `OpenPose` model is working on."""

    def __init__(self, model: OpenPose, frame: Frame, requests: list[Request]) -> None:
        self._model = model
        self._requests = requests
        self.frame = frame

    @cached_property
    def maps(self) -> PartMaps:
        """The confidence maps and fields, averaged over all looks at the picture."""
        first, *others = self._looks()
        if not others:
            return first
        heatmaps, fields = first.heatmaps.copy(), first.fields.copy()
        for maps in others:
            heatmaps += _resized(maps.heatmaps, first.size)
            fields += _resized(maps.fields, first.size)
        count = np.float32(1 + len(others))
        return PartMaps(first.layout, heatmaps / count, fields / count)

    def _looks(self) -> Iterator[PartMaps]:
        """The maps of each look, those of mirrored pictures turned back."""
        for number, request in enumerate(self._requests):
            maps = self._model.channels.split(request.result()[0])
            is_mirrored = self._model.options.mirror and number % 2 == 1
            yield maps.mirrored() if is_mirrored else maps

    def poses(self) -> Poses:
        """Waits for the people of the frame."""
        return self._poses

    @cached_property
    def _poses(self) -> Poses:
        if min(self.maps.size) < FEWEST_CELLS:
            return Poses.empty(self._model.skeleton, frame=self.frame.index, time=self.frame.time)
        if self._model.options.single_person:
            keypoints, scores = find_best_joints(self.maps, SINGLE_PERSON_PEAK)
        else:
            keypoints, scores = find_people(self.maps, self._model.thresholds)
        pixels_per_cell = np.divide(self.frame.size, self.maps.size, dtype=np.float32)
        return Poses(
            self._model.skeleton,
            (keypoints - self._offset() + 0.5) * pixels_per_cell - 0.5,
            scores,
            certainty=self._certainty(keypoints, scores),
            frame=self.frame.index,
            time=self.frame.time,
        )

    def _certainty(self, keypoints: Float32Array, scores: Float32Array) -> Float32Array | None:
        skeleton = self._model.skeleton
        if all(np.isnan(skeleton.sigmas)):
            return None
        return expected_similarity(keypoints, scores, skeleton)

    def _offset(self) -> Float32Array:
        """How far off the joints are in x and y, in cells; in x a mirrored look makes up for it."""
        x, y = self._model.channels.offset
        return np.array([0 if self._model.options.mirror else x, y], dtype=np.float32)


def expected_similarity(
    keypoints: Float32Array, scores: Float32Array, skeleton: Skeleton
) -> Float32Array:
    """How good people are on the whole, (N,): the object keypoint similarity to be expected.

    A joint that is right is off by `LOCALISATION_ERROR` in x and in y. The mean of COCO's
    exp(-d^2 / (2 s^2 k^2)) over such distances d is 1 / (1 + error^2 / (s k)^2); with the score as
    the probability that the joint is right, that is what it adds. So of two people with equal
    scores the larger is the surer one. s^2 is the area of the body, taken as 0.53 of the box, and k
    is twice the joint's sigma.

    Args:
        keypoints: (N, K, 2) in cells.
        scores: (N, K).
        skeleton: Has the sigmas; joints without one do not count.
    """
    sigmas = np.array(skeleton.sigmas, dtype=np.float32)
    counted = ~np.isnan(sigmas)
    found = ~np.isnan(keypoints[:, :, 0])
    low = np.where(found[:, :, None], keypoints, np.inf).min(axis=1, initial=np.inf)
    high = np.where(found[:, :, None], keypoints, -np.inf).max(axis=1, initial=-np.inf)
    area = 0.53 * np.maximum(high - low, 1).prod(axis=1)  # (N,)
    spread = area[:, None] * (2 * sigmas[counted]) ** 2
    expected = scores[:, counted] / (1 + LOCALISATION_ERROR**2 / spread)
    return np.asarray(expected.mean(axis=1), dtype=np.float32)


def input_size(picture: tuple[int, int], height: float) -> tuple[int, int]:
    """Width and height of the network's input for a picture (width, height), aspect kept.

    Both are multiples of 8, the nearest ones, so the aspect changes by less than 4 pixels in it.

    >>> input_size((1768, 994), 368)
    (656, 368)
    """
    aspect = picture[0] / picture[1]
    height = min(height, height * MAX_ASPECT / aspect)
    return _multiple(height * aspect), _multiple(height)


def _multiple(length: float) -> int:
    return max(1, round(length / STRIDE)) * STRIDE


def _resized(maps: Float32Array, size: tuple[int, int]) -> Float32Array:
    """Maps (..., h, w) on a grid of another size (width, height)."""
    if maps.shape[-2:] == size[::-1]:
        return maps
    planes = maps.reshape(-1, *maps.shape[-2:])
    resized = [cv2.resize(plane, size, interpolation=cv2.INTER_CUBIC) for plane in planes]
    return np.stack(resized).reshape(*maps.shape[:-2], *size[::-1])


def load_model(card: ModelCard, files: tuple[Path, ...], options: Options) -> OpenPose:
    """The model in a network file with the maps of TF-OpenPose, or in OpenPose's two of Caffe.

    Raises:
        ModelError: If the file is no such network.
        InputError: If no channels are known for the skeleton.
    """
    if is_caffe(files):
        network = open_caffe(files, options)
        channels = caffe_channels(card, network, BODY_CHANNELS)
    else:
        channels = tf_channels(card)
        network = open_network(files[0], options)
    return OpenPose(network, name=card.name, channels=channels, options=options)
