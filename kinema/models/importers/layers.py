"""A convolutional network as a list of layers: what importers give and the runtime builds.

Blobs are (N, C, H, W). Layers stand in an order in which each comes after those that it takes its
input from. Names are unique.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kinema.poses import Float32Array

Pair = tuple[int, int]
"""Something in y and in x."""


@dataclass(frozen=True, eq=False)
class Convolution:
    """A convolution, then a bias.

    Attributes:
        name: Of the layer and of its output.
        source: Where its input comes from.
        weights: (O, I / groups, h, w).
        bias: (O,) or None.
        stride: Cells from one window to the next.
        padding: Rows and columns of zeros on either side.
        dilation: Cells from one weight to the next.
        groups: Into how many groups the channels are divided, each with filters of its own.
    """

    name: str
    source: str
    weights: Float32Array
    bias: Float32Array | None
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1


@dataclass(frozen=True, eq=False)
class Rectifier:
    """Keeps what is positive and multiplies what is negative.

    Attributes:
        name: Of the layer and of its output.
        source: Where its input comes from.
        slopes: Factors of what is negative: (C,), or (1,) for all channels alike.
    """

    name: str
    source: str
    slopes: Float32Array


@dataclass(frozen=True)
class Pooling:
    """The highest or mean value of windows.

    Attributes:
        name: Of the layer and of its output.
        source: Where its input comes from.
        kind: What is taken of a window. The padding counts in a mean, but is never the highest.
        size: Of the windows; None is the whole map.
        stride: Cells from one window to the next.
        padding: Rows and columns on either side.
        ceil: Whether a window that reaches beyond the padding on the right or below is taken too,
            if it begins before that padding. What lies beyond does not count. Not for means with
            padding.
    """

    name: str
    source: str
    kind: Literal["max", "mean"]
    size: Pair | None
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    ceil: bool = False


@dataclass(frozen=True)
class Concatenation:
    """The channels of several blobs after each other."""

    name: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Combination:
    """The sum, product or highest of several blobs of one shape, cell by cell."""

    name: str
    sources: tuple[str, ...]
    kind: Literal["sum", "product", "max"]


Layer = Convolution | Rectifier | Pooling | Concatenation | Combination


@dataclass(frozen=True, eq=False)
class LayerNetwork:
    """A network with one input, of any height and width.

    Attributes:
        input: Name of the input.
        channels: Of the input.
        layers: All layers.
        outputs: For each output its name and the layer that gives it.
    """

    input: str
    channels: int
    layers: tuple[Layer, ...]
    outputs: dict[str, str]
