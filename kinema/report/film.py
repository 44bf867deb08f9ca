"""The video in the page: inside it, beside it, or none."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import quote

from kinema.errors import InputError
from kinema.media.browser import PlayableVideo, playable, write_small_copy
from kinema.media.sources import VIDEO_SUFFIXES

VideoPlace = Literal["auto", "embed", "link", "none"]
MOST_EMBEDDED_BYTES = 80 * 2**20
"""Above this, `auto` links: browsers grow slow on pages of hundreds of megabytes."""


@dataclass(frozen=True)
class Film:
    """A video for the page.

    Attributes:
        address: For `<video src>`: the data themselves, or a path relative to the page.
        start: Seconds on the player's clock of the first picture.
        is_linked: Whether the page needs the file beside it.
    """

    address: str
    start: float
    is_linked: bool


def film_for(
    source: str | None,
    page: Path,
    place: VideoPlace,
    *,
    on_frame: Callable[[], object] = lambda: None,
) -> Film | None:
    """The video of a recording for its page; None if there is none or it is not wanted.

    What browsers do not play is copied as H.264 of at most 720 lines, which takes time.

    Args:
        source: Path of the video, as the poses name it.
        page: Where the page will be.
        place: `embed` puts the video into the page, `link` lets the page refer to the file,
            `auto` embeds up to 80 MB, `none` shows skeletons alone.
        on_frame: Called for each frame of a copy.

    Raises:
        InputError: If `place` is unknown, or a video is demanded that is not there.
        MediaError: If the video cannot be read.
    """
    if place not in get_args(VideoPlace):
        raise InputError(f"--video takes {', '.join(get_args(VideoPlace))}, not {place!r}")
    if place == "none":
        return None
    path = Path(source) if source else None
    is_there = path is not None and path.is_file()
    if path is None or not is_there or (place == "auto" and not _may_be_video(path)):
        if place == "auto":
            return None
        raise InputError(f"there is no video {source or 'named in the poses'} to {place}")
    video = playable(path)
    if video is None:
        copy = page.with_name(f"{page.stem}.video.mp4")
        video = write_small_copy(str(path), copy, on_frame=on_frame)
        film = _film(video, page, place)
        if not film.is_linked:
            copy.unlink()
        return film
    return _film(video, page, place)


def _may_be_video(path: Path) -> bool:
    """Whether a file is called like a video; a recording may come from a file of poses, too."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def _film(video: PlayableVideo, page: Path, place: VideoPlace) -> Film:
    size = video.path.stat().st_size
    if place == "link" or (place == "auto" and size > MOST_EMBEDDED_BYTES):
        relative = os.path.relpath(video.path, page.parent)
        return Film(quote(relative.replace(os.sep, "/")), video.start, is_linked=True)
    data = base64.b64encode(video.path.read_bytes()).decode("ascii")
    return Film(f"data:{video.mime};base64,{data}", video.start, is_linked=False)
