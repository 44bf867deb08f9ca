"""Which package index to ask, and how: what pip is configured for on this machine.

The order is pip's own, later ones win: the files of the machine, of the user and of the Python
installation or virtual environment, the file that `PIP_CONFIG_FILE` names, then the environment
variables `PIP_*`. Within the files `[install]` wins over `[global]`, and `[download]` over both,
whatever file they stand in. A list (`extra-index-url`, `find-links`) replaces the list before it.
See the topic "Configuration" of pip's documentation.
"""

from __future__ import annotations

import configparser
import locale
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kinema.errors import InputError

CONFIG_NAME = "pip.ini" if sys.platform == "win32" else "pip.conf"
# Fetching is what `pip download` does; people who only ever install write [install].
SECTIONS = ("global", "install", "download")
DEFAULT_TIMEOUT_S = 15.0  # as pip
DEFAULT_RETRIES = 3  # pip's 5 let somebody without a network wait for too long


@dataclass(frozen=True)
class IndexSettings:
    """Where packages come from and how to connect to it.

    Locations may hold a user's name and password, so they are left out of the `repr`.

    Attributes:
        index_url: The main index, or None for the public one.
        extra_index_urls: Further indexes, tried after the main one.
        find_links: Folders and pages that hold archives by name.
        no_index: Ask no index, look at `find_links` only.
        cert: File of the certificates to trust, or None for the system's usual ones.
        client_cert: File with certificate and key to show to the server.
        proxy: Proxy for all connections, or None for what the environment says.
        trusted_hosts: Hosts (`name` or `name:port`) whose certificate is not looked at.
        timeout: Seconds to wait for the next bytes; None waits for ever.
        retries: How often to try again after a failure that may pass.
    """

    index_url: str | None = field(default=None, repr=False)
    extra_index_urls: tuple[str, ...] = field(default=(), repr=False)
    find_links: tuple[str, ...] = field(default=(), repr=False)
    no_index: bool = False
    cert: str | None = None
    client_cert: str | None = None
    proxy: str | None = field(default=None, repr=False)
    trusted_hosts: tuple[str, ...] = ()
    timeout: float | None = DEFAULT_TIMEOUT_S
    retries: int = DEFAULT_RETRIES


def read_settings(
    environ: Mapping[str, str] | None = None, files: Sequence[Path] | None = None
) -> IndexSettings:
    """The settings that pip would use.

    Args:
        environ: The environment; None for that of this process.
        files: pip's configuration files, weakest first; None for those of this machine.

    Raises:
        InputError: A configuration file cannot be read, or a value is not what its key asks for.

    >>> read_settings({"PIP_RETRIES": "1", "PIP_EXTRA_INDEX_URL": "a b"}, []).extra_index_urls
    ('a', 'b')
    """
    environ = os.environ if environ is None else environ
    merged: dict[tuple[str, str], tuple[str, str]] = {}  # section, key -> value, where it stands
    for path in config_files(environ) if files is None else files:
        merged.update(_read_file(path))
    for name, value in environ.items():
        if name.startswith("PIP_"):
            merged["environment", _key(name[len("PIP_") :])] = value, name
    values: dict[str, object] = {}
    for wanted in (*SECTIONS, "environment"):
        for (section, key), (value, origin) in merged.items():
            # An empty value hides weaker ones of its section, and then counts as not given.
            if section == wanted and key in _OPTIONS and value:
                name, parse = _OPTIONS[key]
                values[name] = _parsed(parse, key, value, origin)
    return IndexSettings(**values)  # type: ignore[arg-type]


def config_files(environ: Mapping[str, str] | None = None) -> list[Path]:
    """The files that pip reads its configuration from, weakest first; not all need exist.

    `PIP_CONFIG_FILE` adds one; while that exists the user's own are left out, and the null device
    (`/dev/null`, `nul`) leaves out all of them.
    """
    environ = os.environ if environ is None else environ
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    files = [folder / CONFIG_NAME for folder in _machine_folders()]
    if not (named and Path(named).exists()):
        files += [folder / CONFIG_NAME for folder in _user_folders()]
    files.append(Path(sys.prefix) / CONFIG_NAME)
    if named:
        files.append(Path(named))
    return files


def _machine_folders() -> list[Path]:
    import platformdirs

    if sys.platform == "darwin":
        return [Path(platformdirs.site_data_dir("pip", appauthor=False))]
    folders = platformdirs.site_config_dir("pip", appauthor=False, multipath=True)
    if sys.platform == "win32":
        return [Path(folders)]
    return [*map(Path, folders.split(os.pathsep)), Path("/etc")]


def _user_folders() -> list[Path]:
    import platformdirs

    old = Path.home() / ("pip" if sys.platform == "win32" else ".pip")
    if sys.platform == "darwin":
        new = platformdirs.user_data_path("pip", appauthor=False)
        return [old, new if new.is_dir() else Path.home() / ".config" / "pip"]
    return [old, platformdirs.user_config_path("pip", appauthor=False, roaming=True)]


def _read_file(path: Path) -> dict[tuple[str, str], tuple[str, str]]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding=locale.getpreferredencoding(False))
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: pip's configuration cannot be read ({reason})") from error
    return {
        (section, _key(name)): (value, str(path))
        for section in parser.sections()
        for name, value in parser.items(section)
    }


def _key(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")


def _parsed(parse: Callable[[str], object], key: str, value: str, origin: str) -> object:
    try:
        return parse(value)
    except ValueError as error:
        # Values of this kind are numbers and yes or no, never a password.
        raise InputError(f"{origin}: {value!r} is not a value for pip's {key}") from error


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _yes(text: str) -> bool:
    if text.lower() in ("y", "yes", "t", "true", "on", "1"):
        return True
    if text.lower() in ("n", "no", "f", "false", "off", "0"):
        return False
    raise ValueError(text)


def _seconds(text: str) -> float | None:
    seconds = float(text)
    if not seconds >= 0:  # not a number is neither
        raise ValueError(text)
    return seconds or None


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise ValueError(text)
    return count


_OPTIONS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "index-url": ("index_url", str),
    "pypi-url": ("index_url", str),
    "extra-index-url": ("extra_index_urls", _words),
    "find-links": ("find_links", _words),
    "no-index": ("no_index", _yes),
    "cert": ("cert", str),
    "client-cert": ("client_cert", str),
    "proxy": ("proxy", str),
    "trusted-host": ("trusted_hosts", _words),
    "timeout": ("timeout", _seconds),
    "default-timeout": ("timeout", _seconds),
    "retries": ("retries", _count),
}
