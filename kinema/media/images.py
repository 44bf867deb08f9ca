"""Read single pictures and sequences of them: 8-bit RGB, upright, whole or not at all.

OpenCV reads PNG, JPEG, WebP, BMP, TIFF, GIF, AVIF, JPEG 2000, HDR and PNM; FFmpeg, as the second
choice, what it can of the rest (EXR, HEIC that is not tiled). An EXIF orientation is applied. Grey
becomes RGB, 16 bits become 8, CMYK becomes RGB, an alpha channel is ignored. Floats are taken as 0
for black to 1 for white, and cut off there.
"""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import av.error
import cv2
import numpy as np

from kinema.errors import MediaError
from kinema.media.frame import Frame, Image, MediaInfo
from kinema.media.picture import DecodedPicture, Orientation

# fmt: off
IMAGE_SUFFIXES = frozenset({
    ".avif", ".bmp", ".dib", ".exr", ".hdr", ".heic", ".heif", ".jfif", ".jp2", ".jpe", ".jpeg",
    ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp",
})
# fmt: on
ASSUMED_SEQUENCE_RATE = Fraction(25)  # as FFmpeg assumes for pictures in a row
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_CHUNKS_NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"eXIf", b"IEND"})
TIFF_SIGNATURES = (b"II*\0", b"MM\0*")
STILL_SIGNATURES = (PNG_SIGNATURE, *TIFF_SIGNATURES, b"\xff\xd8\xff", b"BM")

_opencv_log = threading.Lock()


def read_image(path: str | Path) -> Frame:
    """The picture in a file as a frame, number 0 at time 0.

    Of an animation this is the first picture.

    Raises:
        MediaError: If there is no such file, or it is not a whole picture in a known format.
    """
    return Frame(_decode(_read_bytes(Path(path)), str(path)))


def is_image(path: Path) -> bool:
    """Whether a file claims to be a still picture: by its suffix, or if it has none, its start."""
    if path.suffix:
        return path.suffix.lower() in IMAGE_SUFFIXES
    with path.open("rb") as file:
        head = file.read(16)
    return head.startswith(STILL_SIGNATURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


class ImageReader:
    """Pictures in the order given, as frames one interval apart.

    Pictures may differ in size; each frame has its own, `info.size` is that of the first. A picture
    that cannot be read is left out, with its number and its time, and told of in `damage`; the
    first one must be readable.

    Attributes:
        info: What is known beforehand.
        damage: After the last frame: one line that says what could not be read, or None.
        live: False.

    Raises:
        MediaError: If the first picture cannot be read.
    """

    live = False

    def __init__(self, paths: Sequence[Path], *, name: str, rate: Fraction | None = None) -> None:
        self._paths = paths
        self._name = name
        self.damage: str | None = None
        self._first: Frame | None = read_image(paths[0])
        still = len(paths) == 1
        self._rate = rate or ASSUMED_SEQUENCE_RATE
        self.info = MediaInfo(
            source=name,
            kind="image" if still else "sequence",
            size=self._first.size,
            rate=None if still else self._rate,
            frame_count=len(paths),
            duration=None if still else float(len(paths) / self._rate),
        )

    def frames(self) -> Generator[Frame, None, None]:
        """The pictures that can be read, in order."""
        bad: list[Path] = []
        for index, path in enumerate(self._paths):
            frame, self._first = self._first, None
            try:
                frame = frame or read_image(path)
            except MediaError:
                bad.append(path)
                continue
            frame.index, frame.time = index, float(index / self._rate)
            yield frame
        if bad:
            self.damage = (
                f"{self._name} is damaged: {len(bad)} of {len(self._paths)} images could not be "
                f"read, the first is {bad[0].name}"
            )

    def close(self) -> None:
        """Forget the first picture."""
        self._first = None


@contextmanager
def quiet_opencv() -> Iterator[None]:
    """Keep OpenCV from writing to stderr. Its level is one for the process, hence the lock."""
    with _opencv_log:
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(0)
        try:
            yield
        finally:
            cv2.utils.logging.setLogLevel(level)


def _read_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise MediaError(f"there is no file {path}") from error
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}") from error
    if not data:
        raise MediaError(f"{path} is empty; copy it again")
    return data


def _decode(data: bytes, name: str) -> Image:
    if data.startswith(PNG_SIGNATURE):
        data = _essential_png(data, name)
    buffer = np.frombuffer(data, dtype=np.uint8)
    bgr = None
    try:
        with quiet_opencv():
            bgr = cv2.imdecode(buffer, cv2.IMREAD_COLOR)
            if bgr is None and data.startswith(TIFF_SIGNATURES):
                bgr = _float_tiff(buffer)
    except cv2.error as error:
        if "validateInputImageSize" in str(error):
            raise MediaError(
                f"{name} has more pixels than OpenCV allows; make it smaller"
            ) from error
    if bgr is not None:
        return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
    if data.startswith((*STILL_SIGNATURES, b"GIF8")):  # FFmpeg would make do with a part
        raise MediaError(f"{name} is damaged or cut off; copy it again, or leave it out")
    return _decode_by_ffmpeg(name)


def _essential_png(data: bytes, name: str) -> bytes:
    """The PNG without what is not needed for its pixels, such as colour profiles.

    About those libpng writes warnings to stderr, and about damage too, which is found here first.
    """
    parts, position, kind = [PNG_SIGNATURE], len(PNG_SIGNATURE), b""
    while kind != b"IEND":
        length, kind = struct.unpack(">I4s", data[position : position + 8].ljust(8, b"\0"))
        end = position + 12 + length
        checksum = struct.pack(">I", zlib.crc32(data[position + 4 : end - 4]))
        if end > len(data) or checksum != data[end - 4 : end]:
            raise MediaError(f"{name} is damaged or cut off; copy it again, or leave it out")
        if kind in PNG_CHUNKS_NEEDED:
            parts.append(data[position:end])
        position = end
    return b"".join(parts)


def _float_tiff(buffer: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> Image | None:
    image = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    if image is None or not np.issubdtype(image.dtype, np.floating):
        return None
    image = np.nan_to_num(image, nan=0.0, posinf=1.0, neginf=0.0).reshape(*image.shape[:2], -1)
    image = image[..., [0, 0, 0]] if image.shape[2] < 3 else image[..., :3]
    levels: Image = np.rint(image.clip(0, 1) * 255).astype(np.uint8)
    return levels


def _decode_by_ffmpeg(name: str) -> Image:
    unknown = f"{name} is not an image in a known format, or is damaged; save it anew as PNG"
    try:
        with av.open(f"file:{name}") as container:
            streams = container.streams.video
            if len(streams) > 1:  # each a tile: a piece of the picture is worse than none
                raise MediaError(f"{name} is in tiles, which cannot be joined; save it as JPEG")
            frame = next(container.decode(streams[0]), None) if streams else None
    except av.error.FFmpegError as error:
        raise MediaError(unknown) from error
    if frame is None:
        raise MediaError(unknown)
    orientation = Orientation.of(frame)
    width, height = orientation.size(frame.width, frame.height)
    picture = DecodedPicture(frame, orientation=orientation, size=(width, height))
    return picture.to_array(width, height, "rgb")
