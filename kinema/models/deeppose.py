"""Networks that give the coordinates of one person's joints as numbers.

DeepPose (Toshev and Szegedy, CVPR 2014) and, with a measure of its doubt beside each coordinate,
residual log-likelihood estimation (RLE: Li et al., ICCV 2021). The form is that of MMPose:
coordinates are fractions of the crop, so that pixel u = value * width.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinema.models.card import ModelCard
from kinema.models.crop_network import CropNetwork, Outputs
from kinema.models.families import refuse_options, skeleton_needed
from kinema.models.heatmap import IMAGENET
from kinema.models.options import Options
from kinema.models.ports import input_size, network_file, unfit, wrong_count
from kinema.models.runtime import Network
from kinema.poses import Float32Array


def load_person(card: ModelCard, files: tuple[Path, ...], options: Options) -> CropNetwork:
    """The network in a file that gives (1, K, 2), or (1, K, 4) with doubts before the sigmoid.

    Raises:
        ModelError: If the file is no such network.
        InputError: If an option is of no use, or there is no skeleton.
    """
    refuse_options(card, options, "size", "scales")
    skeleton = skeleton_needed(card)
    network = Network(
        network_file(files),
        picture=IMAGENET,
        precision=options.precision,
        latency=options.latency,
    )
    crop_size = input_size(network)
    shapes = [port.shape for port in network.outputs]
    k = len(skeleton)
    if len(shapes) != 1 or len(shapes[0]) != 3 or shapes[0][2] not in (2, 4):
        raise unfit(network, card.family, f"(1, {k}, 2) or (1, {k}, 4)")
    if shapes[0][1] != k:
        raise wrong_count(network, skeleton.name, k, shapes[0][1])

    def decode(outputs: Outputs) -> tuple[Float32Array, Float32Array]:
        return read_coordinates(outputs[0][0], crop_size)

    return CropNetwork(network, decode, name=card.name, skeleton=skeleton, crop_size=crop_size)


def read_coordinates(
    output: Float32Array, crop_size: tuple[int, int]
) -> tuple[Float32Array, Float32Array]:
    """Keypoints (K, 2) in pixels of the crop and scores (K,).

    The score is one less the mean of the two doubts, as in MMPose (`RegressionLabel.decode`), and 1
    where the network tells none.

    Args:
        output: (K, 2) x and y, or (K, 4) with the doubts of both before the sigmoid.
        crop_size: Width and height of the crop in pixels.
    """
    points = output[:, :2] * np.array(crop_size, dtype=np.float32)
    if output.shape[1] == 2:
        return points, np.ones(len(points), dtype=np.float32)
    doubts = 1 / (1 + np.exp(-output[:, 2:]))
    scores: Float32Array = (1 - doubts.mean(axis=1)).astype(np.float32)
    return points, scores
