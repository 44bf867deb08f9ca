from __future__ import annotations

import io
import stat
import tarfile
import zipfile

import pytest

from kinema.errors import ChecksumError
from kinema.models.store.archives import read_members

NET = bytes(range(256)) * 9000  # 2.3 MB: more than one chunk
CARD = b"what the network is"


def tar_archive(kind: str = "gz", *, link: str | None = None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w:{kind}") as tar:
        if link is not None:
            info = tarfile.TarInfo("p/net.pb")
            info.type, info.linkname = (tarfile.SYMTYPE, link) if link else (tarfile.DIRTYPE, "")
            tar.addfile(info)
        for name, data in (("../../escape", b"no"), ("p/net.pb", NET), ("p/card", CARD)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zip_archive(*, mode: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        info = zipfile.ZipInfo("p/net.pb")
        info.external_attr = mode << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        for name, data in (("../../escape", b"no"), (info, NET), ("p/card", CARD)):
            packed.writestr(name, data)
    return out.getvalue()


def read(data: bytes, name: str, sizes: dict[str, int]) -> dict[str, bytes]:
    found = read_members(io.BytesIO(data), name, sizes)
    return {member: b"".join(chunks) for member, chunks in found}


@pytest.mark.parametrize(
    ("data", "name"),
    [
        pytest.param(tar_archive(), "p.tar.gz", id="tar.gz"),
        pytest.param(tar_archive("bz2"), "p.tar.bz2", id="tar.bz2"),
        pytest.param(tar_archive("xz"), "p.tar.xz", id="tar.xz"),
        pytest.param(zip_archive(), "p.zip", id="zip"),
        pytest.param(zip_archive(mode=stat.S_IFREG | 0o644), "p.whl", id="wheel"),
    ],
)
def test_only_the_named_members_are_read(data, name):
    assert read(data, name, {"p/net.pb": len(NET)}) == {"p/net.pb": NET}
    both = read(data, name, {"p/card": len(CARD), "p/net.pb": len(NET)})
    assert both == {"p/net.pb": NET, "p/card": CARD}


@pytest.mark.parametrize(
    ("data", "name", "sizes", "message"),
    [
        pytest.param(
            tar_archive(), "p.tar.gz", {"p/nothing": 1}, "holds no p/nothing", id="missing in tar"
        ),
        pytest.param(
            zip_archive(), "p.zip", {"p/nothing": 1}, "holds no p/nothing", id="missing in zip"
        ),
        pytest.param(
            tar_archive(link="/etc/passwd"), "p.tar.gz", {"p/net.pb": 1}, "link", id="link in tar"
        ),
        pytest.param(
            tar_archive(link=""), "p.tar.gz", {"p/net.pb": 1}, "folder", id="folder in tar"
        ),
        pytest.param(
            zip_archive(mode=stat.S_IFLNK), "p.zip", {"p/net.pb": 1}, "link", id="link in zip"
        ),
        pytest.param(
            tar_archive(), "p.tar.gz", {"p/net.pb": 7}, "2304000 bytes, 7 were", id="bomb in tar"
        ),
        pytest.param(
            zip_archive(), "p.zip", {"p/net.pb": 7}, "2304000 bytes, 7 were", id="bomb in zip"
        ),
        pytest.param(b"", "p.tar.gz", {"p/net.pb": 1}, "cannot be read", id="empty tar"),
        pytest.param(b"", "p.whl", {"p/net.pb": 1}, "cannot be read", id="empty wheel"),
        pytest.param(b"\x1f\x8b" + b"x" * 99, "p.tar.gz", {"a": 1}, "cannot be read", id="noise"),
        pytest.param(
            tar_archive()[:4000], "p.tar.gz", {"p/net.pb": len(NET)}, "cannot be read", id="cut tar"
        ),
    ],
)
def test_other_archives_are_refused(data, name, sizes, message):
    with pytest.raises(ChecksumError, match=message) as caught:
        read(data, name, sizes)
    assert "\n" not in str(caught.value)


def test_a_zip_that_lies_about_a_size_is_refused():
    data = bytearray(zip_archive())
    size = len(NET).to_bytes(4, "little")
    assert data.count(size) == 2  # local and central header
    lie = bytes(data.replace(size, (7).to_bytes(4, "little")))
    with pytest.raises(ChecksumError, match=r"net\.pb"):
        read(lie, "p.zip", {"p/net.pb": 7})
