"""One file out of an archive, streamed, with nothing of the archive run, unpacked or imported."""

from __future__ import annotations

import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import IO

from kinema.errors import ChecksumError

CHUNK = 1 << 20
# Everything by which tarfile and zipfile say that they cannot read what they were given:
# RuntimeError is an encrypted member, NotImplementedError an unknown way of packing.
_UNREADABLE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
)


def read_members(
    archive: IO[bytes], name: str, sizes: dict[str, int]
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The wanted members of an archive in the order in which they come, each as chunks of bytes.

    The chunks of one member must be read before the next member is asked for.

    Args:
        archive: The archive, open for reading and seekable.
        name: Its file name, which tells the kind and stands in messages.
        sizes: The wanted members and the size in bytes that each must have.

    Raises:
        ChecksumError: A member is missing, a link, not a file or not of that size, or the archive
            is damaged.
    """
    archive.seek(0)
    members = _zip_members if name.endswith((".zip", ".whl")) else _tar_members
    missing = set(sizes)
    with _as_checksum_error(name):
        for member, size, data in members(archive, sizes):
            if data is None:
                raise ChecksumError(f"{name}: {member} is a link or folder; the file is refused")
            if size != sizes[member]:
                promised = f"{sizes[member]} were promised; the file is refused"
                raise ChecksumError(f"{name}: {member} has {size} bytes, {promised}")
            missing.discard(member)
            yield member, _exactly(data, size, f"{name}: {member}")
            if not missing:
                return
    raise ChecksumError(f"{name} holds no {' and no '.join(sorted(missing))}")


_Member = tuple[str, int, IO[bytes] | None]  # None: not a plain file


def _tar_members(archive: IO[bytes], wanted: Collection[str]) -> Iterator[_Member]:
    with tarfile.open(fileobj=archive, mode="r|*") as tar:  # one pass, nothing kept
        for info in tar:
            if info.name in wanted:
                yield info.name, info.size, tar.extractfile(info) if info.isreg() else None


def _zip_members(archive: IO[bytes], wanted: Collection[str]) -> Iterator[_Member]:
    with zipfile.ZipFile(archive) as packed:
        names = set(packed.namelist())
        for name in wanted:
            if name not in names:
                continue
            info = packed.getinfo(name)
            # A link is a file whose Unix mode says so; most writers of wheels give no mode.
            mode = stat.S_IFMT(info.external_attr >> 16)
            plain = mode in (0, stat.S_IFREG) and not info.is_dir()
            with packed.open(info) as data:
                yield name, info.file_size, data if plain else None


def _exactly(data: IO[bytes], size: int, label: str) -> Iterator[bytes]:
    left = size
    with _as_checksum_error(label):
        while chunk := data.read(min(CHUNK, left + 1)):  # + 1 would show what is too much
            left -= len(chunk)
            if left < 0:
                break
            yield chunk
    if left:
        raise ChecksumError(f"{label} is not of the {size} bytes that its archive states")


@contextmanager
def _as_checksum_error(label: str) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise ChecksumError(f"{label} cannot be read ({error}); the file is refused") from error
