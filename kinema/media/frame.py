"""One picture of a video, and what is known of the recording as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""(H, W, 3) uint8 RGB."""


@dataclass(frozen=True)
class MediaInfo:
    """What is known of a source before its frames are read.

    Attributes:
        source: As the user named it: a path, a URL, a camera number.
        kind: `"video"`, `"image"`, `"sequence"` (pictures in order) or `"camera"` (live).
        size: Width and height in pixels, as shown: after any rotation that the file asks for.
        rate: Mean frames per second, or None where the source has none.
        frame_count: How many frames the container claims, or None. Not to be relied on.
        duration: Seconds that the container claims, or None.
        has_audio: Whether there is sound to carry over.
    """

    source: str
    kind: Literal["video", "image", "sequence", "camera"]
    size: tuple[int, int]
    rate: Fraction | None = None
    frame_count: int | None = None
    duration: float | None = None
    has_audio: bool = False
