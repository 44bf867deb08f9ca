"""Which video files a browser shows as they are, and a small copy of those that it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import av
import av.error

from kinema.media.sources import read_video
from kinema.media.video import open_container
from kinema.media.writer import VideoWriter

MIME_OF_SUFFIX = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/mp4",  # the same boxes; Chromium refuses the name video/quicktime
    ".webm": "video/webm",
}
CODECS = frozenset({"h264", "vp8", "vp9", "av1"})
PIXELS = frozenset({"yuv420p", "yuvj420p"})  # of H.264, browsers decode this form only
SMALL_SIDE = 720


@dataclass(frozen=True)
class PlayableVideo:
    """A video file that current browsers play.

    Attributes:
        path: Where it is.
        mime: Its media type.
        start: Seconds on the player's clock at which the first picture is shown.
    """

    path: Path
    mime: str
    start: float


def playable(path: Path) -> PlayableVideo | None:
    """The file, if browsers play it as it is, else None.

    Raises:
        MediaError: If it is no video.
    """
    mime = MIME_OF_SUFFIX.get(path.suffix.lower())
    if mime is None:
        return None
    container = open_container(str(path), str(path))
    try:
        stream = container.streams.video[0]
        codec = stream.codec_context
        if codec.name.removeprefix("lib") not in CODECS and not _is_known(codec.name):
            return None
        if codec.name == "h264" and codec.pix_fmt not in PIXELS:
            return None
        first = stream.start_time
        begins = 0.0 if first is None else float(first * (stream.time_base or 1))
        whole = (container.start_time or 0) / av.time_base
        return PlayableVideo(path, mime, max(begins - whole, 0.0))
    finally:
        container.close()


def write_small_copy(
    source: str, path: Path, *, on_frame: Callable[[], object] = lambda: None
) -> PlayableVideo:
    """A copy of any video as H.264, no higher and no wider than 720 pixels on its shorter side.

    Raises:
        MediaError: If the source cannot be read or the copy not written.
    """
    with read_video(source) as video:
        width, height = video.info.size
        scale = min(1.0, SMALL_SIDE / min(width, height))
        size = (max(2, round(width * scale)), max(2, round(height * scale)))
        with VideoWriter(path, replace(video.info, size=size), crf=24) as writer:
            for frame in video:
                writer.write(frame.scaled(*size), frame.time)
                on_frame()
    return PlayableVideo(path, "video/mp4", 0.0)


def _is_known(decoder: str) -> bool:
    """Whether a decoder of another name (libdav1d, libvpx-vp9) decodes one of the codecs."""
    return any(name in decoder for name in ("dav1d", "vpx", "av1", "vp9"))
