"""OpenPose's networks of one hand or one face: confidence maps of a crop, without fields.

Simon, Joo, Matthews and Sheikh, "Hand Keypoint Detection in Single Images using Multiview
Bootstrapping", CVPR 2017, section 3. The network of hands was made for right hands: OpenPose gives
it left hands mirrored, and so must who uses it here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinema.errors import InputError
from kinema.models.card import ModelCard
from kinema.models.crop_network import CropNetwork, Outputs
from kinema.models.families import refuse_options
from kinema.models.openpose.layouts import PART_CHANNELS, Channels
from kinema.models.openpose.networks import caffe_channels, is_caffe, open_caffe
from kinema.models.openpose.part_fields import find_best_joints
from kinema.models.options import Options
from kinema.poses import Float32Array

CROP_SIZE = 368
"""Width and height of crops in pixels, as in OpenPose (`hand_net_resolution`)."""

CROP_SIZES = (64, 1024)
"""Smallest and largest; multiples of the 8 pixels that a cell of the maps is wide."""

LEAST_PEAK = 0.05
"""Least value of a map at a joint; below, the joint is not seen."""


def load_person(card: ModelCard, files: tuple[Path, ...], options: Options) -> CropNetwork:
    """The network of a hand or a face in two files of Caffe.

    Raises:
        ModelError: If the files are no such network.
        InputError: If no channels are known for the skeleton, or an option does not suit.
    """
    refuse_options(card, options, "scales", "single_person")
    size = CROP_SIZE if options.size is None else options.size
    if not CROP_SIZES[0] <= size <= CROP_SIZES[1] or size % 8:
        least, most = CROP_SIZES
        raise InputError(f"size must be a multiple of 8 from {least} to {most} pixels, not {size}")
    if not is_caffe(files):
        raise InputError(f"{files[0]} is not of Caffe, as OpenPose's networks of hands and faces")
    network = open_caffe(files, options)
    channels = caffe_channels(card, network, PART_CHANNELS)

    def decode(outputs: Outputs) -> tuple[Float32Array, Float32Array]:
        return best_joints(outputs[0], channels, size)

    return CropNetwork(
        network,
        decode,
        name=card.name,
        skeleton=channels.skeleton,
        crop_size=(size, size),
        padding=1.0,
        channels="bgr",
    )


def best_joints(
    output: Float32Array, channels: Channels, size: int
) -> tuple[Float32Array, Float32Array]:
    """The highest place of each map: (K, 2) in pixels of a crop `size` wide and high, (K,) scores.

    Args:
        output: Maps (1, C, h, w).
        channels: What they are.
        size: Of the crop.
    """
    maps = channels.split(output)
    keypoints, scores = find_best_joints(maps, LEAST_PEAK)
    if len(keypoints) == 0:
        k = len(channels.skeleton)
        return np.full((k, 2), np.nan, np.float32), np.zeros(k, np.float32)
    pixels_per_cell = np.divide(size, maps.size, dtype=np.float32)
    return (keypoints[0] + 0.5) * pixels_per_cell - 0.5, scores[0]
