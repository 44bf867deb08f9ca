"""Networks that look at one person at a time, and detectors that say where people are."""

from __future__ import annotations

from typing import Protocol

from kinema.media.frame import Channels, Frame, Image
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton


class PersonRequest(Protocol):
    """A crop that a network is looking at."""

    def result(self) -> tuple[Float32Array, Float32Array]:
        """Waits for the keypoints (K, 2) in pixels of the crop, and their scores (K,) in [0, 1]."""
        ...


class PersonNetwork(Protocol):
    """A network that gives the joints of the one person in a crop.

    Attributes:
        name: In the catalogue.
        skeleton: The keypoints that it gives.
        crop_size: Width and height of the crops that it takes, in pixels.
        padding: How much larger than the box of the person a crop is to be.
        channels: Order of the crop's channels.
        takes_the_middle: Whether it takes whoever stands in the middle of a crop.
        parallel: How many requests keep the processor busy.
    """

    name: str
    skeleton: Skeleton
    crop_size: tuple[int, int]
    padding: float
    channels: Channels
    takes_the_middle: bool
    parallel: int

    def start(self, crop: Image) -> PersonRequest:
        """Starts on a crop (H, W, 3) uint8 of `crop_size` and returns at once."""
        ...


class DetectorRequest(Protocol):
    """A frame that a detector is looking at."""

    def result(self) -> tuple[Float32Array, Float32Array]:
        """Waits for the boxes of people, (N, 4) x1 y1 x2 y2 in pixels, and scores (N,)."""
        ...


class Detector(Protocol):
    """A network that says where people are.

    Attributes:
        name: In the catalogue.
        parallel: How many requests keep the processor busy.
    """

    name: str
    parallel: int

    def start(self, frame: Frame) -> DetectorRequest:
        """Starts on a frame and returns at once."""
        ...
