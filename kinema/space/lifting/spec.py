"""What a lifting network takes and gives, and which frames it looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton
from kinema.skeletons import H36M17

LiftingNetwork = Callable[[Float32Array], Float32Array]
"""Takes (N, T, inputs) and gives (N, T - F + 1, outputs), F frames being the receptive field.

Inputs are those of all joints, one joint after the other (`LiftSpec.channels` numbers each).
Outputs are x, y, z of the 17 joints of `h36m17`; then, where the network knows how far it may be
off, the natural logarithm of the standard deviation of a coordinate for each joint.
"""

Screen = Literal["picture", "person"]
OUTPUT = H36M17
LARGEST_SIGMA = 1.0
_SMALLEST_SIGMA = 1e-3


@dataclass(frozen=True)
class ReceptiveField:
    """The frames that a temporal convolutional network looks at for one frame of its output.

    Attributes:
        widths: Of the filters, in frames, odd; the dilation of each is the product of those before.
        causal: Whether it looks back only.

    Raises:
        InputError: If there is no width or one is even or not positive.
    """

    widths: tuple[int, ...] = (3, 3, 3)
    causal: bool = False

    def __post_init__(self) -> None:
        if not self.widths or any(width < 1 or width % 2 == 0 for width in self.widths):
            raise InputError(f"filter widths must be odd numbers of frames, got {self.widths}")

    @property
    def frames(self) -> int:
        """How many frames it spans.

        >>> ReceptiveField((3, 3, 3)).frames, ReceptiveField((3, 3, 3, 3, 3)).frames
        (27, 243)
        """
        return prod(self.widths)

    @property
    def after(self) -> int:
        """How many frames after the one of the output it needs: its latency in frames."""
        return 0 if self.causal else (self.frames - 1) // 2

    @property
    def before(self) -> int:
        """How many frames before the one of the output it looks at."""
        return self.frames - 1 - self.after

    @property
    def dilations(self) -> tuple[int, ...]:
        """Frames from one tap of each filter to the next, in the form for whole sequences.

        >>> ReceptiveField((3, 3, 3)).dilations
        (1, 3, 9)
        """
        return tuple(prod(self.widths[:i]) for i in range(len(self.widths)))

    def indices(self, frames: int, step: int = 1) -> npt.NDArray[np.intp]:
        """The frames (T, F) of the window of each of T frames, the first and last one repeated.

        Repeating what is at the edge is what Pavllo et al. 2019 (appendix A.5) found best.

        Args:
            frames: T.
            step: Frames from one of the window to the next, for videos of a higher rate than that
                of the network.
        """
        offsets = step * np.arange(-self.before, self.after + 1)
        return np.asarray(np.clip(np.arange(frames)[:, None] + offsets, 0, max(frames - 1, 0)))

    def padded(self, array: Float32Array) -> Float32Array:
        """An array (T, ...) with its first and last frame repeated, (T + F - 1, ...)."""
        edges = [(self.before, self.after)] + [(0, 0)] * (array.ndim - 1)
        return np.pad(array, edges, mode="edge")


@dataclass(frozen=True)
class LiftSpec:
    """What a lifting network takes and gives.

    Attributes:
        joints: The skeleton whose joints in the picture it takes, in their order.
        field: The frames that it looks at.
        screen: `picture` for coordinates in the whole picture as VideoPose3D takes them, (x, y) of
            each joint; `person` for those of a window about the person, (x, y, certainty). See
            `kinema.space.lifting.screen`.
        rate: Frames per second that it was trained for; None for those of the video, whatever they
            are.
        sigma: Whether it says how far it may be off.
    """

    joints: Skeleton
    field: ReceptiveField = ReceptiveField()
    screen: Screen = "picture"
    rate: float | None = None
    sigma: bool = False

    @property
    def channels(self) -> int:
        """Numbers for each joint of the input."""
        return 2 if self.screen == "picture" else 3

    @property
    def inputs(self) -> int:
        """Numbers for each frame of the input."""
        return self.channels * len(self.joints)

    @property
    def outputs(self) -> int:
        """Numbers for each frame of the output."""
        return (4 if self.sigma else 3) * len(OUTPUT)

    def as_dict(self) -> dict[str, object]:
        """The description as JSON takes it, which stands beside a network in a file."""
        return {
            "joints": self.joints.name,
            "widths": list(self.field.widths),
            "causal": self.field.causal,
            "screen": self.screen,
            "rate": self.rate,
            "sigma": self.sigma,
        }

    def step(self, rate: float) -> int:
        """How many frames of a video are one of the network, at least 1.

        >>> LiftSpec(H36M17, rate=30).step(59.94)
        2
        """
        known = self.rate is not None and np.isfinite(rate)
        return max(1, round(rate / self.rate)) if known and self.rate else 1

    def split(self, output: Float32Array) -> tuple[Float32Array, Float32Array]:
        """The points (..., 17, 3) and their sigma (..., 17), NaN where the network has none."""
        k = len(OUTPUT)
        points = output[..., : 3 * k].reshape(*output.shape[:-1], k, 3)
        if not self.sigma:
            return points, np.full(points.shape[:-1], np.nan, dtype=np.float32)
        logarithm = np.clip(output[..., 3 * k :], np.log(_SMALLEST_SIGMA), np.log(LARGEST_SIGMA))
        return points, np.exp(logarithm)
