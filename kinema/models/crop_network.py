"""Networks that look at one person in a crop: everything but the meaning of their outputs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kinema.media.frame import Channels, Image
from kinema.models.runtime import Network, Request
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton

Outputs = tuple[Float32Array, ...]
DecodeCrop = Callable[[Outputs], tuple[Float32Array, Float32Array]]
"""From the outputs of a network to keypoints (K, 2) in pixels of the crop and scores (K,)."""

CROP_PADDING = 1.25
"""A crop is so much larger than the box: the usual value, as in SimpleBaseline's code."""


class CropNetwork:
    """A `kinema.models.person.PersonNetwork` made of a network and a decoder.

    Args:
        network: Takes crops of `crop_size`.
        decode: Reads its outputs. Scores are cut to [0, 1] here.
        name: In the catalogue.
        skeleton: The keypoints that it gives.
        crop_size: Width and height of the crops, in pixels.
        padding: How much larger than the box of the person a crop is to be.
        channels: Order of the crop's channels.
        takes_the_middle: Whether it takes whoever stands in the middle of a crop, so that what is
            beyond the box of a person had better be black.
    """

    def __init__(
        self,
        network: Network,
        decode: DecodeCrop,
        *,
        name: str,
        skeleton: Skeleton,
        crop_size: tuple[int, int],
        padding: float = CROP_PADDING,
        channels: Channels = "rgb",
        takes_the_middle: bool = False,
    ) -> None:
        self.name = name
        self.skeleton = skeleton
        self.crop_size = crop_size
        self.padding = padding
        self.channels: Channels = channels
        self.takes_the_middle = takes_the_middle
        self.parallel = network.parallel
        self._network = network
        self._decode = decode

    def start(self, crop: Image) -> CropRequest:
        """Starts on a crop (H, W, 3) uint8 of `crop_size` and returns at once."""
        return CropRequest(self._network.start(crop), self._decode)


class CropRequest:
    """A crop that a network is looking at."""

    def __init__(self, request: Request, decode: DecodeCrop) -> None:
        self._request = request
        self._decode = decode

    def result(self) -> tuple[Float32Array, Float32Array]:
        """Waits for the keypoints (K, 2) in pixels of the crop, and their scores (K,) in [0, 1]."""
        points, scores = self._decode(self._request.result())
        return points.astype(np.float32), np.clip(scores, 0, 1).astype(np.float32)
