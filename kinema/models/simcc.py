"""Networks that give the x and the y of each joint as two rows of classes (SimCC).

Li et al., "SimCC: a Simple Coordinate Classification Perspective for Human Pose Estimation", ECCV
2022; RTMPose (Jiang et al., arXiv:2303.07399) and RTMW (arXiv:2407.08634) are of this kind. Each
pixel of the crop is split into a few bins, two in RTMPose; the highest bin of each row, divided by
their number, is the place (section 3.1, equation 3). The label of a joint at pixel u was drawn
around bin u * split, so no half pixel is added: bin 0 is the centre of the first pixel.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinema.models.card import ModelCard
from kinema.models.crop_network import CropNetwork, Outputs
from kinema.models.families import refuse_options, skeleton_needed
from kinema.models.heatmap import IMAGENET
from kinema.models.options import Options
from kinema.models.ports import input_size, unfit, wrong_count
from kinema.models.runtime import Network
from kinema.poses import Float32Array


def load_person(card: ModelCard, files: tuple[Path, ...], options: Options) -> CropNetwork:
    """The network in a file that maps crops (1, 3, H, W) to rows (1, K, bins) for x and for y.

    Pictures are prepared as in the releases of RTMPose: red first, ImageNet's mean and deviation,
    crops 1.25 times the box. Which row is which, the names tell (`simcc_x`, `simcc_y`), or else the
    order: x first. The number of bins a pixel is that of the rows' lengths.

    Raises:
        ModelError: If the file is no such network.
        InputError: If an option is of no use, or there is no skeleton.
    """
    refuse_options(card, options, "size", "scales")
    skeleton = skeleton_needed(card)
    network = Network(
        files[0], picture=IMAGENET, precision=options.precision, latency=options.latency
    )
    crop_size = input_size(network)
    x_output, y_output = _row_outputs(network, card.family, crop_size)
    given = network.outputs[x_output].shape[1]
    if given != len(skeleton):
        raise wrong_count(network, skeleton.name, len(skeleton), given)

    def decode(outputs: Outputs) -> tuple[Float32Array, Float32Array]:
        return read_rows(outputs[x_output][0], outputs[y_output][0], crop_size)

    return CropNetwork(network, decode, name=card.name, skeleton=skeleton, crop_size=crop_size)


def _row_outputs(network: Network, family: str, crop_size: tuple[int, int]) -> tuple[int, int]:
    """Which output has the rows of x and which those of y."""
    names = [port.name for port in network.outputs]
    shapes = [port.shape for port in network.outputs]
    order = (names.index("simcc_x"), names.index("simcc_y")) if "simcc_x" in names else (0, 1)
    if len(shapes) == 2 and all(len(shape) == 3 for shape in shapes):
        (_, k, x_bins), (_, same_k, y_bins) = (shapes[number] for number in order)
        width, height = crop_size
        if k == same_k and x_bins > 0 and x_bins * height == y_bins * width:
            return order
    width, height = crop_size
    raise unfit(
        network, family, f"rows (1, K, {width} n) and (1, K, {height} n) for crops {width}x{height}"
    )


def read_rows(
    x_rows: Float32Array, y_rows: Float32Array, crop_size: tuple[int, int]
) -> tuple[Float32Array, Float32Array]:
    """Where the highest bins of each joint lie in the crop.

    Args:
        x_rows: (K, bins)
        y_rows: (K, bins)
        crop_size: Width and height of the crop in pixels.

    Returns:
        Keypoints (K, 2) in pixels of the crop and scores (K,): the lower of the two maxima, as in
        MMPose (`get_simcc_maximum`). A joint without a positive one is not there: NaN and 0.
    """
    scores = np.minimum(x_rows.max(axis=1), y_rows.max(axis=1))
    bins = np.stack([x_rows.argmax(axis=1), y_rows.argmax(axis=1)], axis=1)
    points = bins * np.divide(crop_size, (x_rows.shape[1], y_rows.shape[1]))
    found = scores > 0
    points = np.where(found[:, None], points, np.nan)
    return points.astype(np.float32), np.where(found, scores, 0).astype(np.float32)
