"""What a network that recognises actions takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from kinema.actions.order import order_of
from kinema.errors import FormatError, InputError
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton
from kinema.skeletons import SKELETONS
from kinema.space.lifting import LIFT13

ActionNetwork = Callable[[Float32Array], Float32Array]
"""Takes clips (N, D + 1, T, K, P) and gives the logits (N, L) of the labels.

N clips of T frames of P people with K joints: D coordinates as `kinema.actions.clips` makes them,
then 1 where the joint is there and 0 where it is not, with all its coordinates 0.
"""

Heading = Literal["kept", "front"]
Centre = Literal["clip", "frame"]
KNOWN_JOINTS: dict[str, Skeleton] = {**SKELETONS, LIFT13.name: LIFT13}
"""The skeletons that a recogniser may have."""


@dataclass(frozen=True)
class ActionSpec:
    """What a recogniser takes and gives.

    Attributes:
        labels: Of the classes, in the order of the network's output.
        joints: The skeleton of its input.
        dimensions: 2 for poses in the picture, 3 for poses in space.
        frames: T, to which a clip of any length is resampled.
        people: P; of more, those who move most are taken.
        seconds: How long the stretch of movement is that it looks at; None for whole recordings.
        pacing: What share of the frames is dealt out by movement, and not by time: where much is
            moved there are more of them, and people who do the same at another pace, or rest before
            they begin, look more alike. 0 for equal steps of time.
        centre: `clip` puts the middle of the hips in the origin once for the clip, so that where a
            person goes is seen; `frame` in each frame.
        heading: `front` turns people in space about the vertical until they face the sensor on
            the whole; `kept` leaves them.
        background: The label that stands for none of the others; None if there is none.
        temperature: By which logits are divided before they become probabilities, so that these
            come true (Guo et al. 2017, "On calibration of modern neural networks").
        threshold: With a lower probability no action is named.
        flow: Whether it looks at the optical flow of the video besides the poses, as
            `kinema.actions.flow` makes it; such a network takes that as its second input.
        order: The name of what is known of the order in which its actions follow one another; see
            `kinema.actions.order`. None if nothing is.

    Raises:
        InputError: If a value makes no sense.
    """

    labels: tuple[str, ...]
    joints: Skeleton
    dimensions: int = 3
    frames: int = 64
    people: int = 1
    seconds: float | None = None
    pacing: float = 0.0
    centre: Centre = "clip"
    heading: Heading = "kept"
    background: str | None = None
    temperature: float = 1.0
    threshold: float = 0.0
    flow: bool = False
    order: str | None = None

    def __post_init__(self) -> None:
        if len(self.labels) < 2 or len(set(self.labels)) != len(self.labels):
            raise InputError(f"a recogniser has two or more different labels, not {self.labels}")
        if self.dimensions not in (2, 3) or self.frames < 2 or self.people < 1:
            raise InputError(
                f"a recogniser has 2 or 3 dimensions, 2 or more frames and 1 or more people, not "
                f"{self.dimensions}, {self.frames} and {self.people}"
            )
        if self.seconds is not None and not (np.isfinite(self.seconds) and self.seconds > 0):
            raise InputError(f"a window must last a positive time, got {self.seconds} s")
        if not 0 <= self.pacing <= 1:
            raise InputError(f"pacing is a share between 0 and 1, not {self.pacing}")
        if self.centre not in get_args(Centre) or self.heading not in get_args(Heading):
            raise InputError(f"there is no centre {self.centre!r} or heading {self.heading!r}")
        if self.background is not None and self.background not in self.labels:
            raise InputError(f"the background {self.background!r} is none of the labels")
        if not self.temperature > 0 or not 0 <= self.threshold <= 1:
            raise InputError("the temperature must be positive, the threshold between 0 and 1")
        if self.order is not None:
            order_of(self.order, self.labels)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Of one clip: (D + 1, T, K, P)."""
        return self.dimensions + 1, self.frames, len(self.joints), self.people

    def probabilities(self, logits: Float32Array) -> Float32Array:
        """Of the labels, (N, L), from the network's output.

        >>> spec = ActionSpec(("a", "b"), LIFT13, temperature=2.0)
        >>> [round(float(share), 3) for share in spec.probabilities(np.log([[16.0, 1.0]]))[0]]
        [0.8, 0.2]
        """
        scaled = np.asarray(logits, dtype=np.float64) / self.temperature
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)

    def as_dict(self) -> dict[str, object]:
        """The description as JSON takes it, which stands beside a network in a file."""
        return {
            "labels": list(self.labels),
            "joints": self.joints.name,
            "dimensions": self.dimensions,
            "frames": self.frames,
            "people": self.people,
            "seconds": self.seconds,
            "pacing": self.pacing,
            "centre": self.centre,
            "heading": self.heading,
            "background": self.background,
            "temperature": self.temperature,
            "threshold": self.threshold,
            "flow": self.flow,
            "order": self.order,
        }

    @classmethod
    def of_dict(cls, content: object) -> ActionSpec:
        """The description that `as_dict` made this of.

        Raises:
            FormatError: If it is damaged.
        """
        if not isinstance(content, dict):
            raise FormatError("the description of a recogniser is no object")
        given = dict(content)
        name = given.pop("joints", None)
        if name not in KNOWN_JOINTS:
            raise FormatError(f"a recogniser's joints are of an unknown skeleton {name!r}")
        labels = given.pop("labels", None)
        if not (isinstance(labels, list) and all(isinstance(label, str) for label in labels)):
            raise FormatError("a recogniser's labels are not a list of texts")
        try:
            return cls(labels=tuple(labels), joints=KNOWN_JOINTS[name], **given)
        except (TypeError, InputError) as error:
            raise FormatError(f"the description of a recogniser is damaged: {error}") from error
