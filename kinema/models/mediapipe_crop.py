"""What MediaPipe's networks of hands and of faces have in common: points and how sure they are.

Both give points (x, y, z) in pixels of an RGB crop, of which z is left out, and one number that
says whether there is a hand or a face at all.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.models.card import ModelCard
from kinema.models.crop_network import CropNetwork, Outputs
from kinema.models.crops import Region
from kinema.models.families import refuse_options
from kinema.models.options import Options
from kinema.models.ports import unfit
from kinema.models.runtime import Network, PictureInput
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton

LEAST_PRESENCE = 0.5
"""Below it there is nothing in the crop: `ThresholdingCalculator` in MediaPipe's graphs."""


def crop_network(
    card: ModelCard,
    files: tuple[Path, ...],
    options: Options,
    *,
    skeleton: Skeleton,
    size: int,
    values: tuple[int, ...],
    logit: bool,
) -> CropNetwork:
    """A network of one hand or one face.

    Args:
        card: Names it.
        files: The network file.
        options: How to run it.
        skeleton: Names its points.
        size: Width and height of its crops in pixels.
        values: How many values each of its outputs has; the points, the presence, then others.
        logit: Whether the presence is still to go through the sigmoid.

    Raises:
        ModelError: If the file is no such network.
        InputError: If an option is of no use.
    """
    refuse_options(card, options, "size", "scales", "single_person")
    network = Network(
        files[0],
        picture=PictureInput(scale=(255.0, 255.0, 255.0)),
        # Points shift by pixels in bfloat16, which must therefore be asked for.
        precision="f32" if options.precision == "auto" else options.precision,
        latency=options.latency,
    )
    given = tuple(math.prod(port.shape) for port in network.outputs)
    if given != values or network.picture_size != (size, size):
        counts = ", ".join(map(str, values))
        raise unfit(network, card.family, f"{counts} values from a picture {size}x{size}")

    def decode(outputs: Outputs) -> tuple[Float32Array, Float32Array]:
        presence = float(outputs[1].ravel()[0])
        if logit:
            presence = 1 / (1 + math.exp(-min(max(presence, -80.0), 80.0)))
        return present_points(outputs[0].reshape(len(skeleton), 3)[:, :2], presence)

    return CropNetwork(
        network,
        decode,
        name=card.name,
        skeleton=skeleton,
        crop_size=(size, size),
        padding=1.0,
    )


def present_points(points: Float32Array, presence: float) -> tuple[Float32Array, Float32Array]:
    """Points (K, 2) with the presence as the score of each; NaN and 0 if it is below 0.5."""
    if not presence >= LEAST_PRESENCE:
        return np.full_like(points, np.nan), np.zeros(len(points), np.float32)
    return points, np.full(len(points), presence, np.float32)


def square_around(points: npt.ArrayLike, angle: float, *, scale: float, lift: float = 0) -> Region:
    """A turned square around points.

    `HandLandmarksToRectCalculator` and `RectTransformationCalculator` with `square_long`.

    Args:
        points: (K, 2) in pixels; none is NaN.
        angle: By how much the square is turned clockwise.
        scale: Its side, as a multiple of the longer side of the smallest turned rectangle that
            holds the points.
        lift: How far its middle lies above that of this rectangle, as a share of the height.
    """
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    own = np.asarray(points, dtype=np.float64) @ turn  # as seen in the square
    low, high = own.min(axis=0), own.max(axis=0)
    middle = (low + high) / 2 - (0, lift * (high - low)[1])
    x, y = turn @ middle
    side = max(1.0, float((high - low).max())) * scale
    return Region((float(x), float(y)), (side, side), angle)
