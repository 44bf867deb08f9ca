"""Write pictures (PNG, JPEG, WebP) and videos (H.264 in MP4) that any browser shows.

Both come to be under a temporary name in the same folder and take their own name when they are
whole, so that nobody ever finds half a file.
"""

from __future__ import annotations

import contextlib
import math
from collections import deque
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from kinema.errors import InputError, MediaError
from kinema.media.canvas import check_image
from kinema.media.frame import Image, MediaInfo
from kinema.media.sound import SoundTrack

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

JPEG_QUALITY = 95
IMAGE_OPTIONS: dict[str, list[int]] = {
    ".png": [],
    # Full colour resolution: thin coloured lines are smeared by the usual 4:2:0.
    ".jpg": [
        *(cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY),
        *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
    ],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, JPEG_QUALITY],
}
IMAGE_OPTIONS[".jpeg"] = IMAGE_OPTIONS[".jpg"]
VIDEO_SUFFIXES = (".mp4", ".m4v")

LARGEST_SIDE = 16_384  # libx264 encodes no more
TICKS = 90_000  # a second, in MPEG's customary clock; a multiple of 1000, 25, 30, 50 and 60
MOST_TICKS = 10_000_000
RATE_IF_UNKNOWN = Fraction(30)
# Superfast with the look-ahead of the slower presets: files as small as those of veryfast, in
# three quarters of its time (8.7 ms against 11.7 for a picture of 1768 x 994 on two cores).
X264_OPTIONS = {"preset": "superfast", "x264-params": "mbtree=1:rc-lookahead=10"}
SECONDS_BETWEEN_KEYFRAMES = 2  # jumping to any moment in a player stays quick
BT709 = 1  # ITU-T H.273: the same number for primaries and transfer function


def write_image(path: str | Path, image: Image) -> None:
    """Write one picture; the suffix says how: .png, .jpg, .jpeg or .webp.

    JPEG and WebP are written with quality 95. A file that was there is replaced only when the new
    one is whole.

    Args:
        path: Where to. The folder must exist.
        image: (H, W, 3) uint8 RGB.

    Raises:
        MediaError: If the suffix is none of these or the file cannot be written.
        ShapeError: If the picture is not (H, W, 3) uint8.
    """
    path = Path(path)
    check_image(image)
    options = IMAGE_OPTIONS.get(path.suffix.lower())
    if options is None:
        known = ", ".join(sorted(IMAGE_OPTIONS))
        raise MediaError(f"cannot write {path}: the name of a picture must end in one of {known}")
    height, width = image.shape[:2]
    try:
        done, data = cv2.imencode(path.suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    except cv2.error as error:
        raise MediaError(f"cannot write {path}: {error.err}") from error
    if not done:
        raise MediaError(f"cannot write {path}: {width} x {height} is too large; use .png")
    part = temporary_name(path)
    try:
        part.write_bytes(data.tobytes())
        part.replace(path)
    except OSError as error:
        raise MediaError(f"cannot write {path}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


class VideoWriter:
    """Writes H.264 video in an MP4 file that plays in a browser before it is fully loaded.

    A context manager. The video keeps the size of the pictures and their own times; the rate may
    vary. Time 0 of the video is the time of the first picture. A picture that is no later than
    the one before comes one frame after it. H.264 in the form that browsers play needs an even
    width and height: the last column or row of an odd one is repeated.

    Colours are those of BT.709, limited range, and marked so. Sound is copied where browsers play
    it, else turned into AAC, and ends with the pictures.

    The file takes its name in `close`, which the end of the `with` block calls. If the block ends
    in an error, nothing is left; after Ctrl-C, or where a generator around it is closed early, what
    was written until then is kept, and can be played. Nothing is left either if no picture was
    written.

    Args:
        path: Where to; ends in .mp4 or .m4v. The folder must exist.
        info: Of the source: its rate, if known, fixes the clock of the new file.
        sound_from: A file with the sound of these pictures, usually their source. The time 0 that
            counts is that of its first picture.
        crf: Quality, from 0 (lossless) to 51; 6 less doubles the size of the file. At 20 the
            difference is hard to see.

    Raises:
        MediaError: If the file cannot be written.
    """

    def __init__(
        self,
        path: str | Path,
        info: MediaInfo,
        *,
        sound_from: str | Path | None = None,
        crf: int = 20,
    ) -> None:
        self._path = Path(path)
        if self._path.suffix.lower() not in VIDEO_SUFFIXES:
            raise MediaError(f"cannot write {path}: the name of a video must end in .mp4")
        if self._path.is_dir():
            raise MediaError(f"cannot write {path}: there is a folder of that name")
        self._rate = info.rate or RATE_IF_UNKNOWN
        self._time_base = time_base(self._rate)
        self._options = {"crf": str(crf), **X264_OPTIONS}
        self._sound_from = sound_from
        self._output: OutputContainer | None = None
        self._sound: SoundTrack | None = None
        self._size = (0, 0)
        self._first = 0.0
        self._last_pts = -1
        self._packets: deque[Packet[VideoStream]] = deque()
        self._reformatter = VideoReformatter()
        self._closed = False
        self._part = temporary_name(self._path)
        try:
            self._part.write_bytes(b"")  # says at once if nothing can be written here
        except OSError as error:
            raise MediaError(f"cannot write {path}: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None or not issubclass(kind, Exception):
            self.close()
        else:
            self.discard()

    def write(self, image: Image, time: float) -> None:
        """Append one picture.

        Args:
            image: (H, W, 3) uint8 RGB, all of one size.
            time: When it is shown, in seconds of the source.

        Raises:
            MediaError: If the size changes, is too large, or the file cannot be written.
            InputError: If the time is not a finite number.
        """
        check_image(image)
        if not math.isfinite(time):
            raise InputError(f"a picture of {self._path} has the time {time}; it must be finite")
        if self._closed:
            raise MediaError(f"{self._path} is closed; no more pictures can be written")
        size = (image.shape[1], image.shape[0])
        try:
            if self._output is None:
                self._open(size, time)
            if size != self._size:
                raise MediaError(
                    f"{self._path} has pictures of {self._size[0]} x {self._size[1]}, now one of "
                    f"{size[0]} x {size[1]} came; start a new video where the size changes"
                )
            self._encode(image, time)
        except (av.FFmpegError, OSError) as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Finish the file and give it its name. Without pictures there will be none.

        Raises:
            MediaError: If the file cannot be written; then nothing is left.
        """
        if self._closed:
            return
        if self._output is None:
            self.discard()
            return
        try:
            self._packets.extend(self._stream.codec_context.encode_lazy(None))
            self._mux()
            if self._sound is not None:
                end = float(self._last_pts * self._time_base + 1 / self._rate)
                self._sound.write_until(end)
            self._output.close()
            self._part.replace(self._path)
        except (av.FFmpegError, OSError) as error:
            raise self._failure(error) from error
        finally:
            self.discard()

    def discard(self) -> None:
        """Leave nothing behind, unless the file has been finished."""
        self._closed = True
        if self._sound is not None:
            self._sound.close()
        with contextlib.suppress(av.FFmpegError, OSError):
            if self._output is not None:
                self._output.close()
        self._output = None
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

    def _open(self, size: tuple[int, int], time: float) -> None:
        width, height = size
        if max(size) > LARGEST_SIDE:
            raise MediaError(
                f"{width} x {height} is too large for a video ({LARGEST_SIDE} a side at most): "
                f"write images instead of {self._path}"
            )
        self._size, self._first = size, time
        part = str(self._part.absolute())
        self._output = av.open(part, "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._add_video_stream(self._output)
        if self._sound_from is not None:
            self._sound = SoundTrack(self._sound_from, self._output, start=time)

    def _add_video_stream(self, output: OutputContainer) -> VideoStream:
        try:
            stream = output.add_stream("libx264", rate=self._rate, options=self._options)
        except ValueError as error:
            raise MediaError(
                f"cannot write {self._path}: the installed PyAV lacks the x264 encoder; "
                "get one that has it: pip install --force-reinstall --only-binary av av"
            ) from error
        stream.width, stream.height = (side + side % 2 for side in self._size)
        stream.pix_fmt = "yuv420p"
        stream.time_base = self._time_base
        codec = stream.codec_context
        codec.time_base = self._time_base
        codec.gop_size = max(1, round(SECONDS_BETWEEN_KEYFRAMES * self._rate))
        codec.color_primaries = codec.color_trc = BT709
        codec.colorspace = Colorspace.ITU709
        codec.color_range = ColorRange.MPEG
        return stream

    def _encode(self, image: Image, time: float) -> None:
        pts = round((time - self._first) / self._time_base)
        if pts <= self._last_pts:
            pts = self._last_pts + round(1 / (self._rate * self._time_base))
        if image.shape[0] % 2 or image.shape[1] % 2:
            bottom, right = (side % 2 for side in image.shape[:2])
            image = cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_REPLICATE)  # type: ignore[assignment]
        frame = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
        )
        frame.pts, frame.time_base = pts, self._time_base
        # One call from the picture to the queue: Ctrl-C cannot fall between and lose a packet.
        self._packets.extend(self._stream.codec_context.encode_lazy(frame))
        self._last_pts = pts
        self._mux()

    def _mux(self) -> None:
        """Write the finished packets, and the sound that belongs with them."""
        assert self._output is not None
        while self._packets:
            packet = self._packets[0]
            packet.stream = self._stream
            if not packet.duration:  # counts for the last picture only
                packet.duration = round(1 / (self._rate * self._time_base))
            if self._sound is not None and packet.dts is not None:
                self._sound.write_until(float(packet.dts * self._time_base))
            self._output.mux(self._packets.popleft())  # at once, again because of Ctrl-C

    def _failure(self, error: av.FFmpegError | OSError) -> MediaError:
        return MediaError(f"cannot write {self._path}: {error.strerror or error}")


def time_base(rate: Fraction) -> Fraction:
    """The length of a tick, in seconds, in which frames at `rate` and milliseconds fall on ticks.

    >>> time_base(Fraction(30000, 1001))
    Fraction(1, 90000)
    """
    ticks = math.lcm(TICKS, rate.numerator)
    return Fraction(1, ticks if ticks <= MOST_TICKS else TICKS)


def temporary_name(path: Path) -> Path:
    """Where `path` is written until it is whole: hidden, in the same folder, of the same kind."""
    return path.with_name(f".{path.stem}.part{path.suffix}")
