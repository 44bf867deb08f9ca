"""What every format reads and writes: a stream of poses with a header.

A format file gives two functions: one makes a `PoseReader` of a path, the other a `PoseWriter` of
a path and a `Header`. `PoseStream` is the reader for any format that can hand over an iterator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from kinema.errors import InputError, KinemaError
from kinema.poses import Poses, Space
from kinema.skeleton import Skeleton

if TYPE_CHECKING:
    from kinema.media.frame import MediaInfo


@dataclass(frozen=True)
class Header:
    """What is known of a stream of poses as a whole. Unknown is None.

    Attributes:
        skeleton: Of all frames, or None before the first frame is known.
        source: The video, image or camera that the poses come from, as the user named it.
        size: Width and height of the picture in pixels.
        rate: Mean frames per second.
        model: Name of the model that found the poses.
        space: As in `Poses`.
    """

    skeleton: Skeleton | None = None
    source: str | None = None
    size: tuple[int, int] | None = None
    rate: float | None = None
    model: str | None = None
    space: Space = "image"

    @classmethod
    def of(cls, info: MediaInfo) -> Header:
        """The header for poses that will be found in this video, image or camera."""
        rate = None if info.rate is None else float(info.rate)
        return cls(source=info.source, size=info.size, rate=rate)


def files_of(writer: PoseWriter, path: Path | None) -> tuple[Path, ...]:
    """The files that a writer has made: that at `path`, or those of a format of one person each.

    There are none of a stream, whose path is None.
    """
    # A format of one person a file names its files itself.
    written: tuple[Path, ...] | None = getattr(writer, "paths", None)
    if written is not None:
        return written
    return () if path is None else (path,)


class PoseWriter(Protocol):
    """Takes the poses of one recording, frame by frame.

    A context manager. Leaving it by an error keeps what can be read on its own (JSON lines,
    OpenPose's files) and discards what would look whole but is not. Ctrl-C keeps all that was
    written in every format. Where nothing had been written yet, nothing is left.

    Attributes:
        started: Whether something has been written.
        readable_when_cut: Whether the file can be read up to where writing stopped.
    """

    started: bool
    readable_when_cut: bool

    def write(self, poses: Poses) -> None:
        """Add one frame; it may hold no people."""

    def close(self) -> None:
        """Finish the file. Doing it twice is harmless."""

    def discard(self) -> None:
        """Remove what was written. After `close` it does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stopped_by_user = not isinstance(error, Exception)
        if not (error is None or (self.started and (self.readable_when_cut or stopped_by_user))):
            self.discard()
            return
        try:
            self.close()
        except KinemaError:  # as when the disk is full
            self.discard()
            raise


class PoseReader(Protocol):
    """An iterator of the frames of one recording, and a context manager.

    Attributes:
        header: What is known of the recording before its frames are read.
    """

    @property
    def header(self) -> Header:
        """What is known of the recording before its frames are read."""

    def __iter__(self) -> Iterator[Poses]: ...

    def __next__(self) -> Poses: ...

    def close(self) -> None:
        """Let go of the file. Doing it twice is harmless."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class PoseStream:
    """A `PoseReader` made of a header, an iterator and what is to be done at the end.

    The file is let go at the last frame, at an error, at `close` and at the end of a `with` block.
    """

    def __init__(
        self, header: Header, frames: Iterator[Poses], on_close: Callable[[], None] | None = None
    ) -> None:
        self.header = header
        self._frames = frames
        self._on_close = on_close

    def __iter__(self) -> Iterator[Poses]:
        return self

    def __next__(self) -> Poses:
        try:
            return next(self._frames)
        except (StopIteration, KinemaError):
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file. Doing it twice is harmless; the stream is then at its end."""
        self._frames = iter(())
        if self._on_close is not None:
            self._on_close()
            self._on_close = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def require_image_space(poses: Poses, format_name: str) -> None:
    """Refuse 3D poses in a format that holds pixels only.

    Raises:
        InputError: If the poses are not in an image.
    """
    if poses.space != "image":
        raise InputError(
            f"{format_name} holds poses in a picture; frame {poses.frame} is in {poses.space} "
            "space: save it as JSON lines (.jsonl)"
        )


def require_metres(poses: Poses, format_name: str) -> None:
    """Refuse poses in a picture in a format that holds metres only.

    Raises:
        InputError: If the poses are in an image.
    """
    if poses.space == "image":
        raise InputError(
            f"{format_name} holds positions in metres; frame {poses.frame} is in a picture, in "
            "pixels: save it as JSON lines (.jsonl) or CSV (.csv), or make it 3D first"
        )


def require_one_person(poses: Poses, format_name: str) -> None:
    """Refuse a frame of several people in a format that holds one person.

    Raises:
        InputError: If there are several; the message names their ids.
    """
    if len(poses) > 1:
        known = "" if poses.ids is None else f" ({', '.join(map(str, poses.ids.tolist()))})"
        raise InputError(
            f"{format_name} holds one person; frame {poses.frame} has {len(poses)}{known}: "
            "choose one with --person ID"
        )
