"""From a decoder's picture to an upright RGB array, at any size, in one step."""

from __future__ import annotations

from dataclasses import dataclass

import av
import av.error
import cv2
import numpy as np
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

from kinema.errors import MediaError
from kinema.media.frame import Channels, Image

UNTAGGED_COLORSPACE = 2  # AVCOL_SPC_UNSPECIFIED
SD_SIZE = (1279, 576)  # an untagged picture beyond this is BT.709, as players such as mpv assume


@dataclass(frozen=True)
class Orientation:
    """How stored pixels become upright ones: first swap x and y, then mirror.

    Attributes:
        transposed: Whether columns become rows.
        flip_x: Whether left and right are swapped afterwards.
        flip_y: Whether top and bottom are swapped afterwards.
    """

    transposed: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def of(cls, frame: av.VideoFrame) -> Orientation:
        """What the display matrix of a decoded frame asks for, to the nearest quarter turn.

        The matrix sends a stored pixel (x, y) to (a x + c y, b x + d y); it is stored as
        a b u c d v x y w, in 32-bit integers (ISO/IEC 14496-12, section 6.2.2). Ask this of one
        frame of a stream only: PyAV ties a frame and its side data into a cycle, so that its
        memory stays until the garbage collector comes by.
        """
        data = frame.side_data.get("DISPLAYMATRIX")
        if data is None:
            return cls()
        a, b, _, c, d, *_ = np.frombuffer(bytes(data), dtype=np.int32).astype(float)  # type: ignore[call-overload]
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(transposed=True, flip_x=bool(c < 0), flip_y=bool(b < 0))
        return cls(flip_x=bool(a < 0), flip_y=bool(d < 0))

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the upright picture from those of the stored one, or back."""
        return (height, width) if self.transposed else (width, height)

    def apply(self, image: Image) -> Image:
        """The upright picture, contiguous."""
        if self.transposed:
            image = _uint8(cv2.transpose(image))
        if self.flip_x or self.flip_y:
            code = -1 if self.flip_x and self.flip_y else int(self.flip_x)
            image = _uint8(cv2.flip(image, code))
        return image


class DecodedPicture:
    """A decoded video frame that becomes an array when and as it is needed.

    libswscale goes from the decoder's picture to the size asked for in one step. Matrix and range
    of the colours are those that the stream names; a stream that names none is taken for BT.601,
    or for BT.709 if it has more than 576 lines or 1279 columns. More than 8 bits become 8, grey
    becomes RGB with equal channels, an alpha channel is ignored, fields stay woven.

    Not safe in several threads at once; `Frame` sees to that.
    """

    def __init__(
        self, frame: av.VideoFrame, *, orientation: Orientation, size: tuple[int, int]
    ) -> None:
        self._frame = frame
        self._orientation = orientation
        self.size = size

    def to_array(self, width: int, height: int, channels: Channels) -> Image:
        """A new array of the whole picture; see `kinema.media.frame.Picture`.

        Raises:
            MediaError: If the picture has a format that cannot be converted.
        """
        stored_width, stored_height = self._orientation.size(width, height)
        try:
            # AREA averages when shrinking and is bilinear when enlarging. FAST_BILINEAR would shift
            # the picture by up to half a pixel. A new reformatter costs 0.1 ms and shares nothing.
            converted = VideoReformatter().reformat(
                self._frame,
                stored_width,
                stored_height,
                "rgb24" if channels == "rgb" else "bgr24",
                src_colorspace=_assumed_colorspace(self._frame),
                interpolation=Interpolation.AREA,
                threads=1,
            )
            array = converted.to_ndarray()
        except av.error.FFmpegError as error:
            raise MediaError(
                f"a picture of format {self._frame.format.name} cannot be converted: "
                f"{error.strerror}"
            ) from error
        if converted is self._frame:  # nothing was to be done: these are the decoder's own pixels
            array = array.copy()
        return self._orientation.apply(np.ascontiguousarray(array, dtype=np.uint8))


def _assumed_colorspace(frame: av.VideoFrame) -> Colorspace | None:
    if frame.colorspace != UNTAGGED_COLORSPACE or frame.format.is_rgb:
        return None
    large = frame.width > SD_SIZE[0] or frame.height > SD_SIZE[1]
    return Colorspace.ITU709 if large else Colorspace.ITU601


def _uint8(image: cv2.typing.MatLike) -> Image:
    return image.astype(np.uint8, copy=False)
