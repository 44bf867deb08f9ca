"""The HTTP connection to package indexes, set up as pip would set it up."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import requests
from pypi_simple import ProjectPage, PyPISimple
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from requests.utils import get_netrc_auth
from urllib3.exceptions import InsecureRequestWarning

from kinema.models.store.index import IndexSettings

CHUNK = 1 << 16
# A page may arrive packed, an archive must not: some servers unpack what is a .tar.gz by nature.
AS_IT_IS = {"Accept-Encoding": "identity"}


class Logins(AuthBase):
    """Names and passwords by server: taken out of URLs, and sent to that server alone.

    A URL without its login can be shown and logged, and an archive on another host than its
    index does not learn the login of the index. Other servers get what the user's netrc says.
    """

    def __init__(self) -> None:
        self._by_server: dict[tuple[str, str], HTTPBasicAuth] = {}

    def take(self, url: str) -> str:
        """The URL without its login, which is kept.

        >>> Logins().take("https://me:secret@index.example/simple/")
        'https://index.example/simple/'
        """
        if not url.lower().startswith(("http:", "https:")):
            return url
        parts = urlsplit(url)
        login, at, host = parts.netloc.rpartition("@")
        if at:
            name, _, password = login.partition(":")
            # Capitals do not count in names of hosts; requests are sent with small letters.
            server = parts.scheme, host.lower()
            self._by_server[server] = HTTPBasicAuth(unquote(name), unquote(password))
        return urlunsplit(parts._replace(netloc=host))

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the login of the server that the request goes to, if there is one."""
        url = str(request.url)
        login = self._by_server.get(urlsplit(url)[:2])
        if login is None and (found := get_netrc_auth(url)):
            login = HTTPBasicAuth(*found)
        return request if login is None else login(request)


class _Adapter(HTTPAdapter):
    """Makes pip's settings win over the environment, which `requests` puts before a session's."""

    def __init__(self, settings: IndexSettings, *, trusting: bool) -> None:
        super().__init__(max_retries=0)  # kinema.models.store.download tries again, bodies included
        self._settings = settings
        self._trusting = trusting

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Sends a request, with pip's proxy and certificates before those of the environment."""
        settings = self._settings
        if settings.proxy:
            proxies = {"http": settings.proxy, "https": settings.proxy}
        cert = settings.client_cert or cert
        if self._trusting:
            with warnings.catch_warnings():  # the user said so
                warnings.simplefilter("ignore", InsecureRequestWarning)
                return super().send(request, stream, timeout, False, cert, dict(proxies or {}))
        if settings.cert:
            verify = settings.cert
        elif verify is True and Path(os.environ.get("SSL_CERT_FILE", "")).is_file():
            verify = os.environ["SSL_CERT_FILE"]  # OpenSSL's own, which `requests` does not know
        return super().send(request, stream, timeout, verify, cert, dict(proxies or {}))


class Connection:
    """A session with pip's certificates, proxy and trusted hosts, and the logins of its servers."""

    def __init__(self, settings: IndexSettings) -> None:
        self.logins = Logins()
        self.timeout = settings.timeout
        self.session = requests.Session()
        self.session.auth = self.logins
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, _Adapter(settings, trusting=False))
        for host in settings.trusted_hosts:
            name = host.removeprefix("*.").lower()
            self.session.mount(f"https://{name}/", _Adapter(settings, trusting=True))
            if ":" not in name:  # without a port any port of it is meant
                self.session.mount(f"https://{name}:", _Adapter(settings, trusting=True))

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def project_page(self, index_url: str, package: str) -> ProjectPage:
        """The page of a package in an index."""
        return PyPISimple(index_url, session=self.session).get_project_page(
            package, timeout=self.timeout
        )

    def page_of_links(self, url: str, package: str) -> ProjectPage:
        """Any page that links to archives of a package."""
        response = self.session.get(url, timeout=self.timeout)
        response.raise_for_status()
        return ProjectPage.from_response(response, package)

    def read(self, url: str) -> Iterator[bytes]:
        """The bytes of a file in chunks, as they are on the server."""
        with self.session.get(
            self.logins.take(url), stream=True, timeout=self.timeout, headers=AS_IT_IS
        ) as response:
            response.raise_for_status()
            yield from response.raw.stream(CHUNK, decode_content=False)
