"""One picture of a video, and what is known of the recording as a whole."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, ShapeError

Image = npt.NDArray[np.uint8]
"""(H, W, 3) uint8 RGB."""

Channels = Literal["rgb", "bgr"]


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


class Picture(Protocol):
    """A picture that is not an array yet, such as a decoder's."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as shown."""
        ...

    def to_array(self, width: int, height: int, channels: Channels) -> Image:
        """A new, writable array (height, width, 3) of the whole picture, upright.

        Pixel centres are at half pixels: column x of the result shows the place
        (x + 0.5) * W / width - 0.5 of the picture.
        """
        ...


class Frame:
    """One picture with its number and its time.

    The frames of a video keep the decoder's picture. It becomes an RGB array when `image` is
    first asked for, and `scaled` does not need that array at all. A frame may be used in another
    thread than the one that made it, and in several at once.

    Attributes:
        index: Number of the frame in its source, from 0.
        time: Seconds from the first frame of the source.

    Raises:
        ShapeError: If `image` is not an (H, W, 3) uint8 array with at least one pixel.
    """

    def __init__(self, image: Image, index: int = 0, time: float = 0.0) -> None:
        if not (isinstance(image, np.ndarray) and image.dtype == np.uint8):
            kind = getattr(image, "dtype", type(image).__name__)
            raise ShapeError(f"image must be an array of uint8, got {kind}")
        if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
            raise ShapeError(f"image must have the shape (H, W, 3), got {image.shape}")
        self._picture: Picture | None = None
        self._image: Image | None = _read_only(image)
        self._lock = threading.Lock()
        self.index = index
        self.time = time

    @classmethod
    def from_picture(cls, picture: Picture, index: int = 0, time: float = 0.0) -> Frame:
        """A frame whose picture becomes an array only when it is needed."""
        frame = cls.__new__(cls)
        frame._picture = picture
        frame._image = None
        frame._lock = threading.Lock()
        frame.index = index
        frame.time = time
        return frame

    @property
    def image(self) -> Image:
        """The whole picture as an (H, W, 3) array of uint8 RGB. Read-only: copy it to draw."""
        with self._lock:
            if self._image is None:
                assert self._picture is not None
                width, height = self._picture.size
                self._image = _read_only(self._picture.to_array(width, height, "rgb"))
            return self._image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as shown."""
        if self._picture is not None:
            return self._picture.size
        assert self._image is not None
        return self._image.shape[1], self._image.shape[0]

    def scaled(self, width: int, height: int, *, channels: Channels = "rgb") -> Image:
        """A new, writable copy of the whole picture, resized to (height, width, 3).

        Shrinking averages over areas, enlarging interpolates linearly. The picture is stretched to
        the size given; keep the aspect ratio by choosing it. Pixel centres are at half pixels, so
        a point (x, y) of the frame is at ((x + 0.5) * width / W - 0.5, (y + 0.5) * height / H -
        0.5) of the copy.

        Args:
            width: In pixels.
            height: In pixels.
            channels: Order of the channels in the copy.

        Raises:
            InputError: If a side is below one pixel or `channels` is unknown.
        """
        if width < 1 or height < 1:
            raise InputError(f"a frame cannot be scaled to {width} x {height} pixels")
        if channels not in ("rgb", "bgr"):
            raise InputError(f"channels must be 'rgb' or 'bgr', not {channels!r}")
        if self._picture is not None:
            with self._lock:
                return self._picture.to_array(width, height, channels)
        assert self._image is not None
        return _resized(self._image, width, height, channels)

    def __repr__(self) -> str:
        width, height = self.size
        return f"<Frame {self.index} at {self.time:.3f} s, {width} x {height}>"


def _resized(image: Image, width: int, height: int, channels: Channels) -> Image:
    shrinks = width <= image.shape[1] and height <= image.shape[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    copy = cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=method)
    if channels == "bgr":
        copy = cv2.cvtColor(copy, cv2.COLOR_RGB2BGR)
    return copy.astype(np.uint8, copy=False)


def _read_only(image: Image) -> Image:
    view = image.view()
    view.flags.writeable = False
    return view
