"""Networks that give one map a joint of the one person in a crop.

SimpleBaseline (Xiao et al., ECCV 2018), HRNet (Sun et al., CVPR 2019), the stacked hourglass
(Newell et al., ECCV 2016), convolutional pose machines (Wei et al., CVPR 2016), AlphaPose's
FastPose (Fang et al., TPAMI 2022), ViTPose (Xu et al., NeurIPS 2022), EfficientPose (Groos et al.,
Applied Intelligence 2021). They differ in how they want their pictures and in how a cell of a map
lies on the crop, which `FORMS` says; where a joint is between the cells is one of two rules,
`quarter_offset` and `taylor_offset`.

Where cell h of a map w wide lies in a crop W wide, in pixels, 0 the centre of the first one:
- "biased", the usual one: W / w * h. No half pixel is added, as none was in training: the label of
  a joint at pixel u was drawn around cell u * w / W, and the first cell of a convolution of stride
  4 looks at pixel 0.
- UDP, unbiased data processing (Huang et al., CVPR 2020, section 3.2): (W - 1) / (w - 1) * h, as
  it measures pictures by the distances between their pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import cv2
import numpy as np

from kinema.errors import InputError
from kinema.media.frame import Channels
from kinema.models.card import ModelCard
from kinema.models.crop_network import CROP_PADDING, CropNetwork, Outputs
from kinema.models.families import refuse_options, skeleton_needed
from kinema.models.options import Options
from kinema.models.ports import input_size, network_file, unfit
from kinema.models.runtime import Network, PictureInput
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton

IMAGENET = PictureInput(None, mean=(123.675, 116.28, 103.53), scale=(58.395, 57.12, 57.375))
"""Mean and standard deviation of ImageNet's pictures, red first."""

_EFFICIENTPOSE_MAPS = (
    *("head_top", "upper_neck", "right_shoulder", "right_elbow", "right_wrist", "thorax"),
    *("left_shoulder", "left_elbow", "left_wrist", "mid_hip"),
    *("right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle"),
)
"""MPII's joints in the order of EfficientPose (`body_parts` in its code)."""

SMALL_KERNEL, LARGE_KERNEL = 11, 17
"""Widths of DARK's Gaussian: for labels drawn with a standard deviation of 2 and of 3 cells."""

LARGE_MAP = 72
"""From this width on, labels were drawn with 3 cells: crops 288 wide, as in HRNet's code."""


@dataclass(frozen=True)
class HeatmapForm:
    """What a kind of heatmap network expects, and how its maps are to be read.

    Attributes:
        picture: What it makes of bytes.
        channels: Order of the channels that it takes.
        padding: How much larger than the box of the person a crop is to be.
        refine: How the place between the cells is found.
        unbiased: UDP's rule for where a cell lies, instead of the usual one.
        joints: The order of its maps, where it is not that of the skeleton.
    """

    picture: PictureInput = IMAGENET
    channels: Channels = "rgb"
    padding: float = CROP_PADDING
    refine: Literal["quarter", "taylor"] = "quarter"
    unbiased: bool = False
    joints: tuple[str, ...] = ()


FORMS: Mapping[str, HeatmapForm] = MappingProxyType(
    {
        "heatmap": HeatmapForm(),
        "heatmap-dark": HeatmapForm(refine="taylor"),
        "heatmap-udp": HeatmapForm(refine="taylor", unbiased=True),
        # Its mean is that of ImageNet in the other order, and it takes red first all the same.
        "alphapose": HeatmapForm(
            PictureInput(
                None,
                mean=(0.406 * 255, 0.457 * 255, 0.480 * 255),
                scale=(255.0, 255.0, 255.0),
            )
        ),
        "efficientpose": HeatmapForm(
            PictureInput(None, mean=(127.5, 127.5, 127.5), scale=(127.5, 127.5, 127.5)),
            padding=1.4,  # where it does best on the true boxes of COCO people
            joints=_EFFICIENTPOSE_MAPS,
        ),
    }
)
"""By family. All from the code of the releases; "heatmap" and its kin as in MMPose."""


def load_person(card: ModelCard, files: tuple[Path, ...], options: Options) -> CropNetwork:
    """The network in a file that maps crops (1, 3, H, W) or (1, H, W, 3) to maps of joints.

    The maps are (1, K, h, w) or (1, h, w, K); one more than there are joints is taken for the
    background. Of several such outputs, the stages of a network, the last counts.

    Raises:
        ModelError: If the file is no such network.
        InputError: If an option is of no use, or there is no skeleton.
    """
    refuse_options(card, options, "size", "scales")
    form = FORMS[card.family]
    skeleton = skeleton_needed(card)
    network = Network(
        network_file(files),
        picture=form.picture,
        precision=options.precision,
        latency=options.latency,
    )
    crop_size = input_size(network)
    output, channels_first = _map_output(network, card.family, len(skeleton))
    order = _order_of(form, skeleton, files[0])

    def decode(outputs: Outputs) -> tuple[Float32Array, Float32Array]:
        maps = outputs[output][0]
        maps = maps if channels_first else maps.transpose(2, 0, 1)
        return read_maps(maps[order], crop_size, refine=form.refine, unbiased=form.unbiased)

    return CropNetwork(
        network,
        decode,
        name=card.name,
        skeleton=skeleton,
        crop_size=crop_size,
        padding=form.padding,
        channels=form.channels,
    )


def _map_output(network: Network, family: str, k: int) -> tuple[int, bool]:
    """Which output has the maps, and whether their number is its second axis."""
    shapes = [port.shape for port in network.outputs]
    maps = [number for number, shape in enumerate(shapes) if len(shape) == 4]
    if not maps:
        raise unfit(network, family, f"maps (1, {k}, h, w) or (1, h, w, {k})")
    shape = shapes[maps[-1]]
    for axis in (1, 3):
        if shape[axis] in (k, k + 1):
            return maps[-1], axis == 1
    raise unfit(network, family, f"maps (1, {k}, h, w) or (1, h, w, {k})")


def _order_of(form: HeatmapForm, skeleton: Skeleton, path: Path) -> list[int]:
    """The map of each joint of the skeleton."""
    if not form.joints:
        return list(range(len(skeleton)))
    if set(form.joints) != set(skeleton.keypoints):
        raise InputError(f"{path} gives the joints of MPII; add it with --skeleton mpii16")
    return [form.joints.index(joint) for joint in skeleton.keypoints]


def read_maps(
    maps: Float32Array,
    crop_size: tuple[int, int],
    *,
    refine: Literal["quarter", "taylor"] = "quarter",
    unbiased: bool = False,
) -> tuple[Float32Array, Float32Array]:
    """Where the highest point of each map lies in the crop.

    Args:
        maps: (K, h, w), one a joint.
        crop_size: Width and height of the crop in pixels.
        refine: How the place between the cells is found.
        unbiased: UDP's rule for where a cell lies.

    Returns:
        Keypoints (K, 2) in pixels of the crop and scores (K,), the values of the maps there. A map
        without a positive value has no joint: NaN and 0.
    """
    k, h, w = maps.shape
    flat = maps.reshape(k, -1)
    highest = flat.argmax(axis=1)
    scores = flat[np.arange(k), highest]
    cells = np.stack([highest % w, highest // w], axis=1)
    offset = quarter_offset if refine == "quarter" else partial(taylor_offset, kernel=_kernel(w))
    places = cells + np.stack([offset(m, cell) for m, cell in zip(maps, cells, strict=True)])
    step = np.divide(crop_size, (w, h))
    if unbiased:
        step = np.divide(np.subtract(crop_size, 1), np.maximum((w - 1, h - 1), 1))
    found = scores > 0
    points = np.where(found[:, None], places * step, np.nan).astype(np.float32)
    return points, np.where(found, scores, 0).astype(np.float32)


def _kernel(width: int) -> int:
    return LARGE_KERNEL if width >= LARGE_MAP else SMALL_KERNEL


def quarter_offset(heatmap: Float32Array, cell: Float32Array) -> Float32Array:
    """A quarter of a cell towards the higher neighbour, in x and in y; (2,).

    The usual rule, from the hourglass networks' code: "a quarter offset in the direction from the
    highest response to the second highest response" (Xiao et al. 2018, section 4). Beside the edge
    of the map there is none.
    """
    x, y = (int(index) for index in cell)
    h, w = heatmap.shape
    if not (1 < x < w - 1 and 1 < y < h - 1):
        return np.zeros(2, dtype=np.float32)
    slope = heatmap[y, x + 1] - heatmap[y, x - 1], heatmap[y + 1, x] - heatmap[y - 1, x]
    return (0.25 * np.sign(slope)).astype(np.float32)


def taylor_offset(heatmap: Float32Array, cell: Float32Array, *, kernel: int) -> Float32Array:
    """Where a Gaussian that looks like the map around its highest cell has its centre; (2,).

    DARK (Zhang et al., "Distribution-Aware Coordinate Representation for Human Pose Estimation",
    CVPR 2020): the map is blurred by the Gaussian that its labels were drawn with and brought back
    to its old height (equations 8 and 9); the logarithm P of a Gaussian is a parabola, whose centre
    follows from gradient and Hessian matrix at the cell: mu = m - P''(m)^-1 P'(m) (equation 7).
    Derivatives are differences of neighbours at two cells' distance. Where the map does not look
    like a hill, and beside its edge, there is no offset.

    Args:
        heatmap: (h, w)
        cell: Column and row of its highest value.
        kernel: Width of the blur in cells; odd.
    """
    x, y = (int(index) for index in cell)
    h, w = heatmap.shape
    none = np.zeros(2, dtype=np.float32)
    if not (1 < x < w - 2 and 1 < y < h - 2):
        return none
    # Blurring is the same on the part around the cell alone; beyond the map there is 0.
    reach = kernel // 2 + 2
    wide = np.pad(heatmap, reach)[y : y + 2 * reach + 1, x : x + 2 * reach + 1]
    blurred = cv2.GaussianBlur(wide, (kernel, kernel), 0)[
        reach - 2 : reach + 3, reach - 2 : reach + 3
    ]
    # The height is a factor, which the logarithm turns into a term without a derivative.
    p = np.log(np.maximum(blurred.astype(np.float64), 1e-10))
    slope = 0.5 * np.array([p[2, 3] - p[2, 1], p[3, 2] - p[1, 2]])
    xx = 0.25 * (p[2, 4] - 2 * p[2, 2] + p[2, 0])
    yy = 0.25 * (p[4, 2] - 2 * p[2, 2] + p[0, 2])
    xy = 0.25 * (p[3, 3] - p[1, 3] - p[3, 1] + p[1, 1])
    if not (xx < 0 and xx * yy - xy**2 > 0):
        return none
    offset = -np.linalg.solve(np.array([[xx, xy], [xy, yy]]), slope)
    return offset.astype(np.float32) if np.abs(offset).max() <= 2 else none
