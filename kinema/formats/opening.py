"""Reading and writing recordings of poses in any format."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from kinema.errors import FormatError, InputError
from kinema.formats.card import Size
from kinema.formats.jsonl import JsonLinesWriter, read_jsonl
from kinema.formats.recording import Header, PoseReader, PoseStream, PoseWriter
from kinema.formats.registry import find_format, format_to_read, format_to_write
from kinema.poses import Poses
from kinema.skeleton import Skeleton

if TYPE_CHECKING:
    from kinema.media.frame import MediaInfo


def open_writer(
    path: str | Path | TextIO,
    info: MediaInfo | Header | None = None,
    *,
    format: str | None = None,
    skeleton: Skeleton | None = None,
    model: str | None = None,
) -> PoseWriter:
    """Begin a recording of poses, to be used in a `with` block.

    Args:
        path: A file or folder, `-` for JSON lines on standard output, or a text stream for JSON
            lines. What was there is overwritten.
        info: Of the video that the poses come from, or the header of another recording.
        format: Name of a format; None takes it from the ending of the path.
        skeleton: What to convert the poses to; None leaves them. Some formats hold certain
            skeletons only, see `Format.stores`.
        model: Name of the model that finds the poses.

    >>> import io
    >>> from kinema.skeletons import COCO17
    >>> stream = io.StringIO()
    >>> with open_writer(stream, model="openpose") as out:
    ...     out.write(Poses.empty(COCO17, frame=7))
    >>> stream.seek(0), [poses.frame for poses in read_poses(stream)]
    (0, [7])

    Raises:
        FormatError: If the format is unknown or cannot be written.
        InputError: If the path cannot be written.
    """
    header = info if isinstance(info, Header) else Header() if info is None else Header.of(info)
    header = replace(header, model=model or header.model, skeleton=skeleton or header.skeleton)
    writer: PoseWriter
    if isinstance(path, str | Path):
        chosen = find_format(format) if format else format_to_write(path)
        if chosen.writer is None:
            raise FormatError(f"{chosen.name} files can be read, but not written")
        if str(path) == "-" and chosen.name != "kinema":
            raise FormatError(
                f"only JSON lines can be written to standard output, not {chosen.name}"
            )
        writer = chosen.writer(Path(path), header)
    else:
        if format not in (None, "kinema"):
            raise FormatError(f"only JSON lines can be written to a stream, not {format}")
        writer = JsonLinesWriter(path, header)
    return writer if skeleton is None else ConvertingWriter(writer, skeleton)


class ConvertingWriter(PoseWriter):
    """Hands poses on to another writer as those of a given skeleton."""

    def __init__(self, writer: PoseWriter, skeleton: Skeleton) -> None:
        self._writer = writer
        self._skeleton = skeleton
        self.readable_when_cut = writer.readable_when_cut

    @property
    def paths(self) -> tuple[Path, ...] | None:
        """What was written, where that is not the path itself: a file a person."""
        return getattr(self._writer, "paths", None)

    @property
    def started(self) -> bool:  # type: ignore[override]
        """Whether something has been written."""
        return self._writer.started

    def write(self, poses: Poses) -> None:
        """Add one frame."""
        self._writer.write(poses.to(self._skeleton))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()

    def discard(self) -> None:
        """Remove what was written."""
        self._writer.discard()


def read_poses(
    path: str | Path | TextIO,
    *,
    format: str | None = None,
    rate: float | None = None,
    size: Size | None = None,
) -> PoseReader:
    """The frames of a recording of poses, one by one, to be used in a `with` or a `for`.

    Args:
        path: A file or folder, `-` for JSON lines on standard input, or a text stream of them.
        format: Name of a format; None takes it from the path or the content.
        rate: Frames per second, for recordings without times: where a time is NaN it becomes
            frame / rate. Without it such times stay NaN.
        size: Width and height of the picture, for recordings that do not say it. Those whose
            coordinates are shares of the picture cannot be read without.

    Raises:
        InputError: If there is nothing of that name, the rate or the size is not positive, or a
            size is needed.
        FormatError: If the format is unknown, or the content is not what it should be.
    """
    if rate is not None and not rate > 0:
        raise InputError(f"the rate must be more than 0 frames per second, got {rate}")
    if size is not None and not min(size) > 0:
        raise InputError(f"the size must be more than 0 pixels, got {size[0]}x{size[1]}")
    if not isinstance(path, str | Path):
        if format not in (None, "kinema"):
            raise FormatError(f"only JSON lines can be read from a stream, not {format}")
        return _told(read_jsonl(path), rate, size)
    chosen = find_format(format) if format else format_to_read(path)
    return _told(chosen.open(Path(path), size), rate, size)


def _told(reader: PoseReader, rate: float | None, size: Size | None) -> PoseReader:
    """The recording with the rate and the size that it does not say itself."""
    if rate is None and size is None:
        return reader
    header = replace(
        reader.header, rate=reader.header.rate or rate, size=reader.header.size or size
    )
    frames = iter(reader) if rate is None else _timed(reader, rate)
    return PoseStream(header, frames, reader.close)


def _timed(reader: PoseReader, rate: float) -> Iterator[Poses]:
    for poses in reader:
        yield replace(poses, time=poses.frame / rate) if math.isnan(poses.time) else poses
