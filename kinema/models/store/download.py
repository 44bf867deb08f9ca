"""Download of one archive of a package from the places that pip is configured for.

Every failure is an answer of one place. An answer that may change (no connection, a cut, a wrong
byte) is asked for again in the next round; one that will not (no such package) is final.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import requests
import urllib3
from pypi_simple import (
    PYPI_SIMPLE_ENDPOINT,
    DistributionPackage,
    NoSuchProjectError,
    ProjectPage,
    UnsupportedRepoVersionError,
)

from kinema.errors import ChecksumError, DownloadError
from kinema.models.store.files import PackageFile
from kinema.models.store.index import IndexSettings
from kinema.models.store.session import CHUNK, Connection

FIRST_WAIT_S = 0.25  # before the second round; doubles from round to round
MAY_PASS = frozenset({408, 425, 429})  # HTTP: timeout, too early, too many requests


def download(
    file: PackageFile, settings: IndexSettings, out: IO[bytes], report: Callable[[int], object]
) -> None:
    """Write the archive of `file` to `out` and verify its size and digest.

    Folders on this machine are looked at first, as they cost nothing; then the main index, the
    extra ones and pages of links, in this order. An `OSError` of `out` is passed on.

    Args:
        file: Says which archive, and what it must be.
        settings: What pip is configured for.
        out: Empty, open for writing, seekable.
        report: Called with the number of bytes that are here.

    Raises:
        DownloadError: No place delivered it.
        ChecksumError: A place has it, but not the one that was promised.
    """
    failures: dict[_Place, _Failure] = {}
    with Connection(settings) as connection:
        places = left = _places(settings, connection)
        for trial in range(settings.retries + 1):
            time.sleep(FIRST_WAIT_S * 2 ** (trial - 1) if trial else 0)
            for place in left:
                try:
                    where = _locate(file, place, connection)
                    with closing(_chunks(where, connection)) as chunks:
                        _copy(chunks, file, out, report)
                except _Failure as failure:
                    failures[place] = failure
                else:
                    return
            left = [place for place in left if failures[place].may_pass]
            if not left:
                break
    raise _error(file, places, failures)


@dataclass(frozen=True)
class _Place:
    location: str  # URL without login, or path
    is_index: bool  # else a folder or page of links

    @property
    def path(self) -> Path | None:
        """Where it is on this machine, or None."""
        if self.location.startswith("file:"):
            return Path(url2pathname(urlsplit(self.location).path))
        if self.location.startswith(("http:", "https:")):
            return None
        return Path(self.location).expanduser()

    def __str__(self) -> str:
        return urlsplit(self.location).netloc if self.path is None else str(self.path)


class _Failure(Exception):
    """Why a place did not deliver."""

    def __init__(
        self,
        reason: str,
        *,
        may_pass: bool = False,
        unreachable: bool = False,
        wrong: bool = False,
    ) -> None:
        super().__init__(reason)
        self.may_pass = may_pass
        self.unreachable = unreachable
        self.wrong = wrong


def _places(settings: IndexSettings, connection: Connection) -> list[_Place]:
    take = connection.logins.take
    places: list[_Place] = []
    if not settings.no_index:
        indexes = (settings.index_url or PYPI_SIMPLE_ENDPOINT, *settings.extra_index_urls)
        places += [_Place(take(url), is_index=True) for url in indexes]
    places += [_Place(take(link), is_index=False) for link in settings.find_links]
    places = list(dict.fromkeys(places))
    # Stable: those of this machine first, folders of archives before indexes.
    return sorted(places, key=lambda place: 2 if place.path is None else int(place.is_index))


def _locate(file: PackageFile, place: _Place, connection: Connection) -> str | Path:
    """Where the archive itself is: a URL, or a path on this machine."""
    with _answers():
        if place.path is not None:
            folder = place.path / _canonical(file.package) if place.is_index else place.path
            if (folder / file.archive).is_file():
                return folder / file.archive
            page = _local_page(file, folder / "index.html" if folder.is_dir() else folder)
        elif place.is_index:
            page = connection.project_page(place.location, file.package)
        else:
            page = connection.page_of_links(place.location, file.package)
    for package in page.packages:
        name = unquote(urlsplit(package.url).path.rpartition("/")[2])
        if file.archive in (package.filename, name):
            return _checked_link(file, package)
    raise _Failure(f"has no {file.archive}")


def _local_page(file: PackageFile, path: Path) -> ProjectPage:
    if not path.is_file():
        raise _Failure(f"has no {file.archive}")
    return ProjectPage.from_html(file.package, path.read_bytes(), path.absolute().as_uri())


def _checked_link(file: PackageFile, package: DistributionPackage) -> str | Path:
    stated = package.digests.get("sha256", file.archive_sha256)
    if stated.lower() != file.archive_sha256:
        raise _Failure(f"has another {file.archive} (sha256 {stated[:12]}...)", wrong=True)
    if package.url.startswith("file:"):
        return Path(url2pathname(urlsplit(package.url).path))
    return package.url


def _chunks(where: str | Path, connection: Connection) -> Generator[bytes, None, None]:
    with _answers():
        if isinstance(where, str):
            yield from connection.read(where)
        else:
            with where.open("rb") as stream:
                while chunk := stream.read(CHUNK):
                    yield chunk


def _copy(
    chunks: Iterable[bytes], file: PackageFile, out: IO[bytes], report: Callable[[int], object]
) -> None:
    out.seek(0)
    out.truncate()
    digest = hashlib.sha256()
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > file.archive_size:
            promised = f"more than the {file.archive_size} bytes promised"
            raise _Failure(f"sent {promised}", may_pass=True, wrong=True)
        out.write(chunk)
        digest.update(chunk)
        report(size)
    out.flush()
    if size < file.archive_size:
        raise _Failure(f"broke off after {size} of {file.archive_size} bytes", may_pass=True)
    if digest.hexdigest() != file.archive_sha256:
        sums = f"sha256 {digest.hexdigest()[:12]}... instead of {file.archive_sha256[:12]}..."
        raise _Failure(f"sent another {file.archive} ({sums})", may_pass=True, wrong=True)


@contextmanager
def _answers() -> Iterator[None]:
    """Turns what the libraries raise into the answer of a place, without URLs or passwords."""
    try:
        yield
    except (
        NoSuchProjectError,
        UnsupportedRepoVersionError,
        urllib3.exceptions.HTTPError,
        OSError,  # of files, and all that `requests` raises
        ValueError,
    ) as error:
        raise _failure(error) from error


# The first that fits counts: what was raised, what to say, can it pass, was nobody there.
_REASONS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str, bool, bool], ...] = (
    (NoSuchProjectError, "has no such package", False, False),
    (requests.exceptions.SSLError, "has a certificate not trusted; see PIP_CERT", False, True),
    (requests.exceptions.ProxyError, "cannot be reached through the proxy", True, True),
    ((requests.Timeout, urllib3.exceptions.TimeoutError), "did not answer in time", True, True),
    (requests.ConnectionError, "cannot be reached", True, True),
    (
        (urllib3.exceptions.HTTPError, requests.exceptions.ChunkedEncodingError),
        "broke off the connection",
        True,
        False,
    ),
    (requests.RequestException, "gave no usable answer", False, False),
    ((ValueError, UnsupportedRepoVersionError), "is not a package index", False, False),
)


def _failure(error: Exception) -> _Failure:
    if isinstance(error, requests.HTTPError):
        return _http_failure(error)
    for kinds, reason, may_pass, unreachable in _REASONS:
        if isinstance(error, kinds):
            return _Failure(reason, may_pass=may_pass, unreachable=unreachable)
    return _Failure(f"cannot be read ({getattr(error, 'strerror', None) or error})")


def _http_failure(error: requests.HTTPError) -> _Failure:
    status = error.response.status_code if error.response is not None else 0
    if status in (401, 403):
        return _Failure(f"wants another user name or password (HTTP {status})")
    return _Failure(f"answered HTTP {status}", may_pass=status >= 500 or status in MAY_PASS)


def _error(
    file: PackageFile, places: Sequence[_Place], failures: dict[_Place, _Failure]
) -> DownloadError | ChecksumError:
    by_hand = f"put {file.archive} into a folder and set PIP_FIND_LINKS to it"
    if not places:
        return DownloadError(
            f"{file.package} {file.version} cannot be fetched: pip is configured for no index;"
            f" unset PIP_NO_INDEX, or {by_hand}"
        )
    answers = ", ".join(f"{place} {failures[place]}" for place in places)
    kind: type[DownloadError] | type[ChecksumError] = DownloadError
    advice = f"set PIP_INDEX_URL to an index that has it, or {by_hand}"
    if any(failure.wrong for failure in failures.values()):
        kind = ChecksumError
        advice = f"the file was refused; {advice}"
    elif any(failure.unreachable for failure in failures.values()):
        advice = f"check the network and the proxy; without a network, {by_hand}"
    error = kind(f"{file.package} {file.version} cannot be fetched: {answers}; {advice}")
    error.__cause__ = failures[places[-1]]
    return error


def _canonical(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()  # PEP 503
