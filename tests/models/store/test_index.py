from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from kinema.errors import InputError
from kinema.models.store.index import IndexSettings, config_files, read_settings


def settings(environ: dict[str, str], *texts: str, folder: Path) -> IndexSettings:
    files = []
    for number, text in enumerate(texts):
        files.append(folder / f"{number}.conf")
        files[-1].write_text(text)
    return read_settings(environ, files)


def test_nothing_configured_is_the_public_index(tmp_path):
    found = settings({}, folder=tmp_path)
    assert found == IndexSettings()
    assert found.index_url is None
    assert (found.timeout, found.retries, found.no_index) == (15.0, 3, False)


@pytest.mark.parametrize(
    ("environ", "texts", "index"),
    [
        pytest.param({"PIP_INDEX_URL": "e"}, ["[global]\nindex-url=g"], "e", id="env first"),
        pytest.param({"PIP_INDEX_URL": ""}, ["[global]\nindex-url=g"], "g", id="empty env"),
        pytest.param({"PIP_INDEX_URL": "e"}, ["[download]\nindex-url=d"], "e", id="env, section"),
        pytest.param({}, ["[global]\nindex-url=a", "[global]\nindex-url=b"], "b", id="later file"),
        pytest.param({}, ["[global]\nindex-url=a", "[global]\nindex-url="], None, id="emptied"),
        pytest.param({}, ["[install]\nindex-url=i", "[global]\nindex-url=g"], "i", id="install"),
        pytest.param(
            {}, ["[download]\nindex-url=d", "[install]\nindex-url=i"], "d", id="download wins"
        ),
        pytest.param({}, ["[wheel]\nindex-url=w"], None, id="another command"),
        pytest.param({}, ["[global]\nIndex_URL = g"], "g", id="spelling of the key"),
        pytest.param({}, ["[global]\npypi-url = p"], "p", id="old name"),
        pytest.param({}, ["[global]\nindex-url = http://h/%20%(x)s"], "http://h/%20%(x)s", id="%"),
    ],
)
def test_precedence_of_the_index(environ, texts, index, tmp_path):
    assert settings(environ, *texts, folder=tmp_path).index_url == index


def test_every_setting_from_a_file(tmp_path):
    text = """
[global]
extra-index-url =
    http://one
    http://two
find-links = /a /b
no-index = yes
cert = /ca.pem
client-cert = /me.pem
proxy = http://proxy:1
trusted-host = one two:8080
default-timeout = 2.5
retries = 0
"""
    assert settings({}, text, folder=tmp_path) == IndexSettings(
        extra_index_urls=("http://one", "http://two"),
        find_links=("/a", "/b"),
        no_index=True,
        cert="/ca.pem",
        client_cert="/me.pem",
        proxy="http://proxy:1",
        trusted_hosts=("one", "two:8080"),
        timeout=2.5,
        retries=0,
    )


def test_every_setting_from_the_environment(tmp_path):
    environ = {
        "PIP_EXTRA_INDEX_URL": "http://one http://two",
        "PIP_FIND_LINKS": "/a",
        "PIP_NO_INDEX": "1",
        "PIP_CERT": "/ca.pem",
        "PIP_CLIENT_CERT": "/me.pem",
        "PIP_PROXY": "http://proxy:1",
        "PIP_TRUSTED_HOST": "one",
        "PIP_TIMEOUT": "7",
        "PIP_RETRIES": "9",
        "PIP_REQUIRE_VIRTUALENV": "not a setting of ours",
    }
    text = "[global]\nextra-index-url=http://gone\nno-index=no\n"
    assert settings(environ, text, folder=tmp_path) == IndexSettings(
        extra_index_urls=("http://one", "http://two"),  # a list replaces, it does not add
        find_links=("/a",),
        no_index=True,
        cert="/ca.pem",
        client_cert="/me.pem",
        proxy="http://proxy:1",
        trusted_hosts=("one",),
        timeout=7.0,
        retries=9,
    )


@pytest.mark.parametrize(
    ("environ", "text", "message"),
    [
        pytest.param({"PIP_NO_INDEX": "maybe"}, "", "PIP_NO_INDEX: 'maybe'", id="yes or no"),
        pytest.param({"PIP_TIMEOUT": "soon"}, "", "PIP_TIMEOUT: 'soon'", id="timeout"),
        pytest.param({"PIP_TIMEOUT": "nan"}, "", "PIP_TIMEOUT: 'nan'", id="not a number"),
        pytest.param({}, "[global]\nretries=-1", r"0\.conf: '-1' is not a value", id="retries"),
        pytest.param({}, "index-url = x", r"0\.conf: pip's configuration", id="no section"),
        pytest.param({}, "[global]\na=1\na=2", r"0\.conf: pip's configuration", id="twice"),
    ],
)
def test_settings_that_cannot_be_used(environ, text, message, tmp_path):
    with pytest.raises(InputError, match=message) as caught:
        settings(environ, text, folder=tmp_path)
    assert "\n" not in str(caught.value)


def test_no_password_in_the_repr(tmp_path):
    secret = "http://me:secret@host/simple"
    names = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_PROXY")
    assert "secret" not in repr(settings(dict.fromkeys(names, secret), folder=tmp_path))


def test_timeout_of_zero_waits_for_ever(tmp_path):
    assert settings({"PIP_DEFAULT_TIMEOUT": "0"}, folder=tmp_path).timeout is None


@pytest.mark.skipif(sys.platform != "linux", reason="the places of Linux")
def test_config_files_of_linux(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "mine"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", "/x/one:/x/two")
    machine = [Path("/x/one/pip/pip.conf"), Path("/x/two/pip/pip.conf"), Path("/etc/pip.conf")]
    user = [tmp_path / ".pip" / "pip.conf", tmp_path / "mine" / "pip" / "pip.conf"]
    site = [Path(sys.prefix) / "pip.conf"]
    named = tmp_path / "named.conf"
    assert config_files({}) == machine + user + site
    assert config_files({"PIP_CONFIG_FILE": str(named)}) == [*machine, *user, *site, named]
    named.touch()
    assert config_files({"PIP_CONFIG_FILE": str(named)}) == [*machine, *site, named]
    assert config_files({"PIP_CONFIG_FILE": os.devnull}) == []


def test_a_file_that_is_not_there_is_passed_over(tmp_path):
    assert read_settings({}, [tmp_path / "none.conf"]) == IndexSettings()
