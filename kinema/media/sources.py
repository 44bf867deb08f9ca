"""Open whatever a user names as a source of frames."""

from __future__ import annotations

import logging
import math
import os
import re
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlsplit
from urllib.request import url2pathname

from kinema.errors import InputError, MediaError
from kinema.media.cameras import CameraReader
from kinema.media.frame import Frame, MediaInfo
from kinema.media.images import IMAGE_SUFFIXES, ImageReader, is_image, read_image
from kinema.media.prefetch import Prefetch
from kinema.media.video import VideoReader, scheme_of, without_password

__all__ = ["Video", "expand_sources", "read_image", "read_video"]

# fmt: off
VIDEO_SUFFIXES = frozenset({
    ".264", ".265", ".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".gif", ".h264",
    ".h265", ".hevc", ".ivf", ".m2ts", ".m2v", ".m4v", ".mjpeg", ".mjpg", ".mkv", ".mov", ".mp4",
    ".mpe", ".mpeg", ".mpg", ".mts", ".mxf", ".nut", ".ogg", ".ogv", ".qt", ".rm", ".rmvb", ".ts",
    ".vob", ".webm", ".wmv", ".y4m",
})
# fmt: on

logger = logging.getLogger(__name__)


class Reader(Protocol):
    """What a source must offer; `frames` may run in another thread than the rest."""

    @property
    def info(self) -> MediaInfo:
        """What is known beforehand."""
        ...

    @property
    def damage(self) -> str | None:
        """After the last frame: what could not be read."""
        ...

    @property
    def live(self) -> bool:
        """Whether frames that come too fast must be dropped."""
        ...

    def frames(self) -> Generator[Frame, None, None]:
        """All frames, once."""
        ...

    def close(self) -> None:
        """Release the source; not while `frames` runs."""
        ...


class Video:
    """The frames of a source, once through; made by `read_video`.

    A context manager that closes the source, and an iterator. Decoding runs ahead on another
    thread from the first frame asked for.

    Attributes:
        info: What is known of the source before it is read.
    """

    def __init__(
        self, reader: Reader, *, prefetch: int, part: tuple[float, float] | None = None
    ) -> None:
        self.info = reader.info
        self._reader = reader
        self._closed = False
        self._told = False
        size = 1 if reader.live else prefetch
        frames = reader.frames() if part is None else _between(reader.frames(), *part)
        self._frames = Prefetch(frames, size=size, newest=reader.live)

    @property
    def damage(self) -> str | None:
        """Once the last frame was read: one line that says what was lost of the source, or None."""
        return self._reader.damage

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Frame:
        try:
            return next(self._frames)
        except StopIteration:
            if self._closed:
                raise MediaError(f"{self.info.source} was closed; read it anew") from None
            if self.damage and not self._told:
                self._told = True
                logger.warning("%s", self.damage)
            raise

    def close(self) -> None:
        """Stop decoding and release the source. Twice is fine."""
        self._closed = True
        if self._frames.close():
            self._reader.close()

    def __repr__(self) -> str:
        width, height = self.info.size
        return f"<Video {self.info.source}, {self.info.kind}, {width} x {height}>"


def _between(
    frames: Generator[Frame, None, None], start: float, end: float
) -> Generator[Frame, None, None]:
    with closing(frames):
        for frame in frames:
            if frame.time >= end:
                return
            if frame.time >= start:
                yield frame


def read_video(
    source: str | os.PathLike[str] | int | Sequence[str | os.PathLike[str]],
    *,
    rate: float | None = None,
    prefetch: int = 8,
    part: tuple[float, float] | None = None,
) -> Video:
    """Open any source of frames.

    A source is one of:

    - a video file, in any format that FFmpeg knows;
    - an image;
    - a folder of images, a glob pattern that matches images, or a list of images, each as one
      sequence; folders and patterns in natural order, `img2` before `img10`;
    - a URL that FFmpeg can read (http, https, rtsp, rtmp, udp ...);
    - the number of a camera of this machine, also as text.

    Frames have times from the container's timestamps, stand upright, and are 8-bit RGB. Pixels that
    are not square are left as they are. Damaged files give every frame that can be decoded; then
    `Video.damage` says what was lost. A live source (a camera, rtsp, rtmp, udp ...) drops frames
    that are not taken in time, so that the next one is always the newest; numbers are skipped.

    Args:
        source: See above.
        rate: Frames per second of an image sequence, 25 if not given, as FFmpeg assumes.
        prefetch: How many frames may be decoded ahead. A frame of 1080p video takes 3 MB.
        part: From where to where in seconds; the frames before and after are left out, most of
            them without being decoded. Times and numbers stay what they are in the whole.

    Raises:
        MediaError: If the source is missing, empty, damaged beyond reading or no source of frames.
        InputError: If `rate`, `prefetch` or `part` cannot be, or `rate` is given for no image
            sequence.
    """
    if prefetch < 1:
        raise InputError(f"prefetch must be at least 1 frame, not {prefetch}")
    if rate is not None and not (math.isfinite(rate) and rate > 0):
        raise InputError(f"rate must be a positive number of frames per second, not {rate}")
    if part is not None and not 0 <= part[0] < part[1]:
        raise InputError(f"the part of a recording cannot be from {part[0]:g} to {part[1]:g} s")
    start = part[0] if part else 0.0
    reader = open_reader(source, None if rate is None else Fraction(str(rate)), start=start)
    if rate is not None and reader.info.kind in ("video", "camera"):
        reader.close()
        raise InputError(
            f"{reader.info.source} has its own timestamps; a rate can be given for images only"
        )
    return Video(reader, prefetch=prefetch, part=part)


def expand_sources(names: Iterable[str]) -> list[str]:
    """The sources that a list of names stands for, as on a command line.

    A folder stands for the images and videos in it, a glob pattern for the files that match it,
    both in natural order and without hidden files. Any other name stands for itself.

    Raises:
        InputError: If a folder has no image or video in it, or nothing matches a pattern.
    """
    sources: list[str] = []
    for name in names:
        path = Path(name)
        if scheme_of(name) is None and path.is_dir():
            found = [p for p in _visible(path.iterdir()) if _usable(p)]
            if not found:
                raise InputError(f"there is no image or video in the folder {name}")
        elif _is_pattern(name):
            found = [p for p in _matches(name) if _usable(p)]
            if not found:
                raise InputError(f"no image or video matches {name}")
        else:
            sources.append(name)
            continue
        sources.extend(str(p) for p in found)
    return sources


def natural_key(name: str) -> tuple[list[tuple[bool, int, str]], str]:
    """Sorts names as people do: `img2` before `img10`, capitals among small letters."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name.casefold())
    return [(False, int(p), "") if p[0] in "0123456789" else (True, 0, p) for p in parts], name


def open_reader(
    source: str | os.PathLike[str] | int | Sequence[str | os.PathLike[str]],
    rate: Fraction | None = None,
    *,
    start: float = 0.0,
) -> Reader:
    """The reader behind `read_video`, for those who take frames as they come, without a buffer.

    Args:
        source: As for `read_video`.
        rate: Frames per second of an image sequence.
        start: Seconds; a video may pass over what is shown before.

    Raises:
        MediaError: If the source is missing, empty, damaged beyond reading or no source of frames.
        InputError: If the source is an empty list.
    """
    if isinstance(source, int):
        return CameraReader(source)
    if isinstance(source, Sequence) and not isinstance(source, str):
        if not source:
            raise InputError("the list of images is empty")
        more = f" and {len(source) - 1} more" if len(source) > 1 else ""
        return ImageReader([Path(p) for p in source], name=f"{source[0]}{more}", rate=rate)
    name = os.fspath(source)
    scheme = scheme_of(name) if isinstance(source, str) else None
    if scheme == "file":
        return _file_reader(url2pathname(urlsplit(name).path), rate, start)
    if scheme is not None:
        return VideoReader(name, name=without_password(name), start=start)
    if isinstance(source, str) and name.isdecimal() and not Path(name).exists():
        return CameraReader(int(name))
    return _file_reader(name, rate, start)


def _file_reader(name: str, rate: Fraction | None, start: float) -> Reader:
    path = Path(name)
    if path.is_dir() or _is_pattern(name):
        folder = path.is_dir()
        images = [p for p in (_visible(path.iterdir()) if folder else _matches(name)) if _image(p)]
        if not images:
            where = f"in the folder {name}" if folder else f"that matches {name}"
            raise MediaError(f"there is no image {where}; name videos one by one")
        return ImageReader(images, name=name, rate=rate)
    if not path.exists():
        raise MediaError(f"there is no file {name}")
    try:
        empty = path.is_file() and path.stat().st_size == 0
        image = not empty and path.is_file() and is_image(path)
    except OSError as error:
        raise MediaError(f"{name} cannot be read: {error.strerror}") from error
    if empty:
        raise MediaError(f"{name} is empty; copy or record it again")
    if image:
        return ImageReader([path], name=name, rate=rate)
    return VideoReader(name, name=name, start=start)


def _is_pattern(name: str) -> bool:
    has_wildcard = any(c in name for c in "*?[")
    return has_wildcard and scheme_of(name) is None and not Path(name).exists()


def _matches(pattern: str) -> list[Path]:
    path = Path(pattern)
    root = Path(path.anchor)
    try:
        return _visible(root.glob(str(path.relative_to(root) if path.anchor else path)))
    except ValueError as error:  # as for "a**"
        raise InputError(f"{pattern} is no pattern of names: {error}") from error


def _visible(paths: Iterable[Path]) -> list[Path]:
    """The files among paths, without hidden ones, in natural order."""
    files = [p for p in paths if not p.name.startswith(".") and p.is_file()]
    return sorted(files, key=lambda p: natural_key(str(p)))


def _image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES


def _usable(path: Path) -> bool:
    return _image(path) or path.suffix.lower() in VIDEO_SUFFIXES
