"""JSON lines, the native format: what was written before a crash is readable after it.

What the lines say is in `kinema.formats.encoding`; here they go to and come from files and pipes.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TextIO, cast

from kinema.errors import FormatError, SkeletonError
from kinema.formats.encoding import (
    FORMAT_NAME,
    decode_header,
    decode_poses,
    encode_header,
    encode_poses,
)
from kinema.formats.recording import Header, PoseStream, PoseWriter
from kinema.formats.staging import file_errors
from kinema.formats.textfile import open_to_read
from kinema.poses import Poses, Space
from kinema.skeleton import Skeleton

_LONGEST_HEADER = 1 << 20  # characters; a header of 468 named points has about 25,000

_log = logging.getLogger(__name__)


class JsonLinesWriter(PoseWriter):
    """Writes JSON lines, each line at once, so that a crash costs one line at most.

    The header is written with the first frame, whose skeleton it names, or at `close`. The file is
    opened, and one of that name overwritten, at that moment too.

    Args:
        target: A path, `Path("-")` for standard output, or a text stream, which stays open.
        header: Its skeleton and space are used only if there are no frames.

    Raises:
        InputError: If the file cannot be written.
    """

    readable_when_cut = True

    def __init__(self, target: Path | TextIO, header: Header) -> None:
        self.started = False
        self._path = target if isinstance(target, Path) and target != Path("-") else None
        self._stream = sys.stdout if target == Path("-") else target
        self._header = header
        self._closed = False

    def write(self, poses: Poses) -> None:
        """Add one frame.

        Raises:
            SkeletonError: If the skeleton or the space is not that of the first frame.
        """
        if not self.started:
            self._start(poses.skeleton, poses.space)
        if poses.skeleton != self._header.skeleton or poses.space != self._header.space:
            begun = self._header.skeleton and self._header.skeleton.name
            raise SkeletonError(
                f"frame {poses.frame} is {poses.skeleton.name} in {poses.space} space, but the "
                f"recording was begun as {begun} in {self._header.space} space"
            )
        self._write_line(encode_poses(poses))

    def close(self) -> None:
        """Finish; a recording without frames gets its header now."""
        if self._closed:
            return
        if not self.started:
            self._start(self._header.skeleton, self._header.space)
        self._close_file()

    def discard(self) -> None:
        """Remove the file. What went to a stream cannot be taken back."""
        if self._closed:
            return
        self._close_file()
        if self._path is not None and self.started:
            self._path.unlink(missing_ok=True)

    def _start(self, skeleton: Skeleton | None, space: Space) -> None:
        self._header = replace(self._header, skeleton=skeleton, space=space)
        if self._path is not None:
            with file_errors("write", self._path):
                self._stream = self._path.open("w", encoding="utf-8", newline="\n")
        self.started = True
        self._write_line(encode_header(self._header))

    def _write_line(self, line: str) -> None:
        stream = cast("TextIO", self._stream)
        if self._path is None:  # a broken pipe is the caller's to judge
            stream.write(line + "\n")
            stream.flush()
            return
        with file_errors("write", self._path):
            stream.write(line + "\n")
            stream.flush()

    def _close_file(self) -> None:
        self._closed = True
        if self._path is not None and self.started:
            with file_errors("write", self._path):  # what a full disk did not take, it still won't
                cast("TextIO", self._stream).close()


def read_jsonl(source: Path | TextIO) -> PoseStream:
    """The frames of a recording, line by line.

    A last line that was cut off ends the recording, with a logged warning.

    Args:
        source: A path, `Path("-")` for standard input, or a text stream, which stays open.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If the header or, while reading, a line is damaged; the message names the line.
    """
    if isinstance(source, Path) and source != Path("-"):
        name, stream = str(source), open_to_read(source)
        on_close = stream.close
    else:
        stream = sys.stdin if isinstance(source, Path) else source
        name, on_close = "standard input" if stream is sys.stdin else "the stream", None
    try:
        header = _read_header(stream)
    except FormatError as error:
        if on_close is not None:
            on_close()
        raise FormatError(f"{name}, line 1: {error}") from error
    return PoseStream(header, _frames(stream, header, name), on_close)


def _read_header(stream: TextIO) -> Header:
    line = stream.readline(_LONGEST_HEADER)
    if not line.strip():
        raise FormatError("empty; a recording begins with a header line")
    return decode_header(line)


def _frames(stream: TextIO, header: Header, name: str) -> Iterator[Poses]:
    for number, line in enumerate(stream, start=2):
        if not line.strip():
            continue
        try:
            poses = decode_poses(line.rstrip("\n"), header)
        except FormatError as error:
            if line.endswith("\n"):
                raise FormatError(f"{name}, line {number}: {error}") from error
            _log.warning("%s is cut off: its last line, %d, is left out", name, number)
            return
        yield poses


def is_jsonl(path: Path) -> bool:
    """Whether the path names or the file holds a recording in JSON lines."""
    if path == Path("-") or path.suffix.lower() == ".jsonl":
        return True
    if not path.is_file():
        return False
    with open_to_read(path) as file:
        return f'"{FORMAT_NAME}"' in file.readline(200)
