"""The kinds of results, each written while the frames come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, Self, TextIO

from kinema.formats import Header, PoseWriter, open_writer
from kinema.formats.recording import files_of
from kinema.media.draw import ColourBy, draw_poses
from kinema.media.frame import Frame, Image, MediaInfo
from kinema.media.writer import VideoWriter, write_image
from kinema.models.model import Job, Model
from kinema.poses import Poses

Painter = Callable[[Job, Poses], Image]
"""Makes a picture of a frame and the people in it."""


class Product(Protocol):
    """One result in the making; a context manager."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, once they are whole."""

    def add(self, job: Job, poses: Poses) -> None:
        """Writes the next frame."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


class PoseFile:
    """Poses in one of the formats."""

    def __init__(
        self,
        target: Path | TextIO,
        path: Path | None,
        format_name: str,
        info: MediaInfo,
        model: Model,
    ) -> None:
        self._path = path
        self._writer: PoseWriter = open_writer(
            target, Header.of(info), format=format_name, skeleton=model.skeleton, model=model.name
        )

    @property
    def paths(self) -> tuple[Path, ...]:
        """The file, or the files of a format of one person each; none of a stream."""
        return files_of(self._writer, self._path)

    def add(self, job: Job, poses: Poses) -> None:
        """Writes the next frame."""
        self._writer.write(poses)

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._writer.__exit__(*error)  # type: ignore[arg-type]


class Pictures:
    """A painted copy of the source: a video of a video, a PNG of an image."""

    def __init__(self, base: Path, info: MediaInfo, painter: Painter) -> None:
        self._painter = painter
        self._size = info.size
        self._video: VideoWriter | None = None
        if info.kind == "image":
            self._path = base.with_name(f"{base.name}.png")
        else:
            self._path = base.with_name(f"{base.name}.mp4")
            self._video = VideoWriter(self._path, info, sound_from=_sound(info))

    @property
    def paths(self) -> tuple[Path, ...]:
        """The one file."""
        return (self._path,)

    def add(self, job: Job, poses: Poses) -> None:
        """Paints the next frame."""
        image = self._painter(job, poses)
        if self._video:
            if job.frame.size != self._size:  # in a folder of pictures; a video has one size
                image = Frame(image).scaled(*self._size)
            self._video.write(image, job.frame.time)
        else:
            write_image(self._path, image)

    def __enter__(self) -> Self:
        if self._video:
            self._video.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._video:
            self._video.__exit__(*error)  # type: ignore[arg-type]


def _sound(info: MediaInfo) -> str | None:
    """Where the sound of a source can be read a second time, if it has any.

    A live source cannot, nor can a URL whose password is not shown.
    """
    readable = info.kind == "video" and "***" not in info.source
    return info.source if info.has_audio and readable else None


def overlay_painter(colour_by: ColourBy) -> Painter:
    """Draws the people over the frame."""
    return lambda job, poses: draw_poses(job.frame.image, poses, colour_by=colour_by)
