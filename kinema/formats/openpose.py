"""OpenPose's JSON: a folder with one file a frame, `STEM_000000000042_keypoints.json`.

What a file says is in `kinema.formats.openpose_frame`; here are the folder and its names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from kinema.errors import FormatError, InputError
from kinema.formats.openpose_frame import decode_frame, encode_frame, skeleton_of
from kinema.formats.recording import Header, PoseStream, PoseWriter
from kinema.formats.staging import file_errors, replace_text
from kinema.formats.textfile import open_to_read, read_json
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import BODY25

_FILE_NAME = re.compile(r"(?P<stem>.*?)_?(?P<frame>\d*)_keypoints\.json")


class OpenPoseWriter(PoseWriter):
    """Writes a folder of OpenPose files, each whole and in place at once.

    Programs that follow the folder live see each frame as it comes. At the first frame, files that
    an earlier run left there under the same stem are removed; other files stay.

    Args:
        folder: Made with its first file. If its name is `STEM.openpose`, this is the files' stem;
            else the stem is that of the header's source, else the name of the folder.
        header: Only its source is used.

    Raises:
        InputError: If the folder cannot be written.
    """

    readable_when_cut = True

    def __init__(self, folder: Path, header: Header) -> None:
        self.started = False
        self._folder = folder
        self._stem = _stem(folder, header)
        self._closed = False
        if folder.exists() and not folder.is_dir():
            raise InputError(f"cannot write OpenPose files to {folder}: it is a file, not a folder")

    def write(self, poses: Poses) -> None:
        """Add one frame.

        Raises:
            InputError: If the frame was written before, or is not in an image.
        """
        text = encode_frame(poses)
        if not self.started:
            self._start()
        path = self._folder / f"{self._stem}_{poses.frame:012d}_keypoints.json"
        if path.exists():
            raise InputError(f"frame {poses.frame} was written to {self._folder} before")
        replace_text(path, text)

    def close(self) -> None:
        """Finish; a recording without frames becomes a folder without files."""
        if not self._closed and not self.started:
            self._start()
        self._closed = True

    def discard(self) -> None:
        """Remove the files, and the folder if it is empty then."""
        if self._closed:
            return
        self._closed = True
        if not self.started:
            return
        with file_errors("write", self._folder):
            self._remove_files()
            if not any(self._folder.iterdir()):
                self._folder.rmdir()

    def _start(self) -> None:
        with file_errors("write", self._folder):
            self._folder.mkdir(exist_ok=True)
            self._remove_files()
        self.started = True

    def _remove_files(self) -> None:
        ours = re.compile(re.escape(self._stem) + r"_\d{12}_keypoints\.json")
        for path in list(self._folder.iterdir()):
            if ours.fullmatch(path.name):
                path.unlink()


def _stem(folder: Path, header: Header) -> str:
    name = folder.resolve().name
    if name.endswith(".openpose") or header.source is None:
        stem = name.removesuffix(".openpose")
    else:
        stem = Path(header.source.partition("?")[0]).stem
    return stem or "frame"


def read_openpose(path: Path) -> PoseStream:
    """The frames of a folder, or the one frame of a single file, file by file.

    Frame numbers are those in the names. If names do not end in a number, as after a run on a
    folder of pictures, the frames are counted in the order of the names.

    Raises:
        InputError: If there is no such folder or file.
        FormatError: If it holds no such files or those of several recordings, or, while reading,
            if a file is damaged or has other keypoints than the first one.
    """
    files, stem = _frames(path)
    skeleton = next((found for _, file in files if (found := _peek(file)) is not None), BODY25)
    return PoseStream(Header(skeleton, source=stem or None), _read_files(files, skeleton))


def _peek(file: Path) -> Skeleton | None:
    document = read_json(file)
    try:
        return skeleton_of(document)
    except FormatError as error:
        raise FormatError(f"{file}: {error}") from error


def _read_files(files: list[tuple[int, Path]], skeleton: Skeleton) -> Iterator[Poses]:
    for frame, file in files:
        document = read_json(file)
        try:
            poses = decode_frame(document, frame=frame, skeleton=skeleton)
        except FormatError as error:
            raise FormatError(f"{file}: {error}") from error
        yield poses


def _frames(path: Path) -> tuple[list[tuple[int, Path]], str | None]:
    """Frame numbers with their files in order, and the stem that all names share, if they do."""
    if path.is_dir():
        files = sorted(path.glob("*_keypoints.json"))
        if not files and path.suffix != ".openpose":
            raise FormatError(f"{path} holds no OpenPose files (*_keypoints.json)")
    else:
        files = [path]
    names = [_FILE_NAME.fullmatch(file.name) for file in files]
    stems = {name["stem"] if name else file.stem for name, file in zip(names, files, strict=True)}
    numbers = [int(name["frame"]) if name and name["frame"] else None for name in names]
    if len(stems) == 1 and None not in numbers:
        numbered = sorted(zip(cast("list[int]", numbers), files, strict=True))
        return numbered, next(iter(stems))
    if None not in numbers and len(set(numbers)) < len(numbers):
        raise FormatError(
            f"{path} holds several recordings ({', '.join(sorted(stems)[:3])}, ...); "
            "move each into a folder of its own"
        )
    return list(enumerate(files)), next(iter(stems)) if len(stems) == 1 else None


def is_openpose(path: Path) -> bool:
    """Whether the path is a folder or a file of OpenPose's.

    A file is judged by its content, as others are called `*_keypoints.json` too.
    """
    if path.is_dir():
        return path.suffix == ".openpose" or any(path.glob("*_keypoints.json"))
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    with open_to_read(path) as file:
        return re.search(r'"people"\s*:', file.read(1000)) is not None
