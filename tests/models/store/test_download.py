from __future__ import annotations

import hashlib
import io
import socket
import traceback
from dataclasses import replace

import pytest

from kinema.errors import ChecksumError, DownloadError
from kinema.models.store.download import download
from kinema.models.store.files import PackageFile
from kinema.models.store.index import IndexSettings

NAME = "weights-1.0.tar.gz"
DATA = bytes(range(256)) * 2000  # what is in it is not looked at
DIGEST = hashlib.sha256(DATA).hexdigest()
FILE = PackageFile("Weights", "1.0", NAME, len(DATA), DIGEST, "w/net.pb", 1, "0" * 64)
ARCHIVE, PAGE = f"/files/{NAME}", "/simple/weights/"


@pytest.fixture
def index(local_index, clean_pip):
    local_index.add("weights-0.9.tar.gz", b"older")
    local_index.add(NAME, DATA)
    return local_index


def settings(*urls: str, find_links: tuple[str, ...] = (), **others: object) -> IndexSettings:
    return IndexSettings(
        index_url=urls[0] if urls else None,
        extra_index_urls=urls[1:],
        find_links=find_links,
        no_index=not urls,
        **{"retries": 1} | others,
    )


def fetched(how: IndexSettings) -> bool:
    out = io.BytesIO()
    download(FILE, how, out, lambda size: None)
    return out.getvalue() == DATA


def refusal(how: IndexSettings, kind: type[Exception] = DownloadError) -> str:
    with pytest.raises(kind) as caught:
        fetched(how)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def dead_url() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/simple/"


@pytest.mark.parametrize("form", ["html", "json"])
@pytest.mark.parametrize("stated", [None, DIGEST, DIGEST.upper()])
def test_the_archive_arrives(index, form, stated):
    index.json = form == "json"
    index.stated = {NAME: stated} if stated else {}
    sizes: list[int] = []
    out = io.BytesIO()
    download(FILE, settings(index.url), out, sizes.append)
    assert out.getvalue() == DATA
    assert sizes == sorted(sizes)
    assert sizes[-1] == len(DATA)
    assert index.asked == [PAGE, ARCHIVE]


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        pytest.param(ARCHIVE, fault, id=f"archive {fault}")
        for fault in ("cut", "500", "503", "429", "other", "longer", "shorter")
    ]
    + [pytest.param(PAGE, fault, id=f"page {fault}") for fault in ("cut", "500")],
)
def test_a_fault_that_passes(index, path, fault):
    index.faults = {path: [fault]}
    assert fetched(settings(index.url))
    assert index.asked.count(path) == 2


@pytest.mark.parametrize(
    ("path", "fault", "tries", "kind", "reason"),
    [
        pytest.param(ARCHIVE, "cut", 2, DownloadError, "broke off", id="cut"),
        pytest.param(ARCHIVE, "500", 2, DownloadError, "answered HTTP 500", id="500"),
        pytest.param(ARCHIVE, "404", 1, DownloadError, "answered HTTP 404", id="404"),
        pytest.param(ARCHIVE, "403", 1, DownloadError, "wants another user name", id="403"),
        pytest.param(ARCHIVE, "other", 2, ChecksumError, f"sent another {NAME}", id="other bytes"),
        pytest.param(ARCHIVE, "longer", 2, ChecksumError, "sent more than", id="longer"),
        pytest.param(
            ARCHIVE, "shorter", 2, DownloadError, "broke off after 511999 of 512000", id="shorter"
        ),
        pytest.param(PAGE, "404", 1, DownloadError, "has no such package", id="no package"),
        pytest.param(PAGE, "500", 2, DownloadError, "answered HTTP 500", id="page 500"),
        pytest.param(PAGE, "401", 1, DownloadError, "wants another user name", id="page 401"),
    ],
)
def test_a_fault_that_stays(index, path, fault, tries, kind, reason):
    index.faults = {path: [fault] * 9}
    message = refusal(settings(index.url), kind)
    assert message.startswith(f"Weights 1.0 cannot be fetched: {index.host} {reason}")
    assert "PIP_INDEX_URL" in message
    assert f"put {NAME} into a folder and set PIP_FIND_LINKS to it" in message
    assert index.asked.count(path) == tries


def test_an_index_with_other_files_only(index):
    del index.files[NAME]
    assert f"{index.host} has no {NAME}" in refusal(settings(index.url))


def test_a_page_that_is_no_index(index):
    index.page = lambda: ("application/vnd.pypi.simple.v1+json", b"{}")
    assert f"{index.host} is not a package index" in refusal(settings(index.url))


def test_a_page_that_states_another_digest_costs_no_download(index):
    index.stated = {NAME: "f" * 64}
    assert f"has another {NAME}" in refusal(settings(index.url), ChecksumError)
    assert index.downloads() == 0


def test_a_server_that_does_not_answer(index):
    index.faults = {PAGE: ["slow"]}
    assert "did not answer in time" in refusal(settings(index.url, timeout=0.2, retries=0))


def test_without_a_network(clean_pip):
    message = refusal(settings(dead_url(), retries=0))
    assert "cannot be reached; check the network and the proxy; without a network, put" in message


def test_without_an_index(clean_pip):
    assert "pip is configured for no index; unset PIP_NO_INDEX" in refusal(settings())


@pytest.mark.parametrize("as_url", [True, False], ids=["url", "path"])
@pytest.mark.parametrize("place", ["simple", "files", "links.html"])
def test_places_on_this_machine_need_no_network(clean_pip, tmp_path, place, as_url):
    root = tmp_path / "a place"
    (root / "simple" / "weights").mkdir(parents=True)
    (root / "files").mkdir()
    (root / "files" / NAME).write_bytes(DATA)
    page = root / "simple" / "weights" / "index.html"
    page.write_text(f'<a href="../../files/{NAME}">{NAME}</a>')
    (root / "links.html").write_text(f'<a href="files/{NAME}">the weights</a>')
    location = (root / place).as_uri() if as_url else str(root / place)
    if place == "simple":
        assert fetched(settings(location))
        assert fetched(settings(dead_url(), location))
    else:
        assert fetched(settings(find_links=(location,)))
        assert fetched(settings(dead_url(), find_links=(location,)))


def test_places_that_are_not_there_are_passed_over(index, tmp_path):
    gone = tmp_path / "gone"
    links = (str(gone), gone.as_uri(), "~/gone")
    assert fetched(settings(gone.as_uri(), dead_url(), index.url, find_links=links))


def test_a_wrong_file_brought_by_hand_is_passed_over(index, tmp_path):
    (tmp_path / NAME).write_bytes(b"not this one")
    assert fetched(settings(index.url, find_links=(str(tmp_path),)))


def test_a_page_of_links(index):
    assert fetched(settings(find_links=(f"http://{index.host}/links",)))
    assert index.asked == ["/links", ARCHIVE]


ME = "Basic bWU6c0BjcmV0"  # me:s@cret in base 64


def test_a_login_reaches_its_server_and_no_other(index):
    url = index.url.replace("//", "//me:s%40cret@")
    assert fetched(settings(url))
    assert index.logins == [ME, ME]
    index.base = f"http://localhost:{index.server.server_port}"  # another name: another server
    assert fetched(settings(url))
    assert index.logins == [ME, ME, ME, None]


def test_capitals_in_the_name_of_a_server_do_not_count(index):
    index.base = index.base.replace("127.0.0.1", "localhost")
    url = index.url.replace("//", "//me:s%40cret@").replace("127.0.0.1", "LocalHost")
    assert fetched(settings(url))
    assert index.logins == [ME, ME]


def test_a_login_from_netrc(index, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password s@cret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert fetched(settings(index.url))
    assert index.logins == [ME, ME]


@pytest.mark.parametrize("fault", ["401", "404", "500", "nobody", "no proxy"])
def test_no_password_is_ever_shown(index, fault):
    index.faults = {PAGE: [fault] * 9}
    url = (dead_url() if fault == "nobody" else index.url).replace("//", "//me:secret@")
    how = settings(url, retries=0)
    if fault == "no proxy":
        how = replace(how, proxy=dead_url().replace("//", "//me:secret@"))
    with pytest.raises(DownloadError) as caught:
        fetched(how)
    assert "secret" not in "".join(traceback.format_exception(caught.value))
    assert "me:" not in str(caught.value)


@pytest.mark.parametrize("source", ["pip", "environment"])
def test_a_proxy(index, source, monkeypatch):
    index.base = "http://files.invalid"
    how = settings("http://index.invalid/simple/")
    if source == "environment":
        monkeypatch.setenv("http_proxy", f"http://{index.host}")
    else:
        monkeypatch.setenv("http_proxy", dead_url())  # pip's own setting is stronger
        how = replace(how, proxy=f"http://{index.host}")
    assert fetched(how)
    assert index.asked == [PAGE, ARCHIVE]


@pytest.mark.parametrize("trusted", [(), ("127.0.0.1",)], ids=["checked", "trusted"])
def test_certificates_that_are_not_there(clean_pip, trusted):
    url = dead_url().replace("http:", "https:")
    message = refusal(settings(url, cert="none.pem", trusted_hosts=trusted, retries=0))
    assert ("none.pem" in message) == (not trusted)
