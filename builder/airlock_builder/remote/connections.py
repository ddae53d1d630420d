"""The sessions that requests are sent with: kept connections, each known to the run's traffic."""

from __future__ import annotations

import ssl
import threading
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from airlock_builder.remote.traffic import Traffic
from airlock_core.version import VERSION

CONNECT_SECONDS = 10.0
_REDIRECTS = 10
_KEPT = 64
"""Hosts, and connections to each, that are kept open: as many as there can be transfers at once."""
_HEADERS = {"User-Agent": f"airlock/{VERSION}", "Accept-Encoding": "identity", "Accept": "*/*"}


def session(traffic: Traffic) -> requests.Session:
    """A session that any thread may use."""
    made = requests.Session()
    adapter = Adapter(traffic)
    made.mount("http://", adapter)
    made.mount("https://", adapter)
    made.headers.clear()
    made.headers.update(_HEADERS)
    made.max_redirects = _REDIRECTS
    # cookies are what a session changes while in use: without them threads may share it
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return made


class Adapter(HTTPAdapter):
    """Keeps connections, waits for no answer for ever, and tells the traffic of each connection that it opens.

    Args:
        context: what TLS is spoken with; None for the library's own.
    """

    def __init__(self, traffic: Traffic, *, context: ssl.SSLContext | None = None) -> None:
        self._pools = _pools(traffic)
        self._tls = {"ssl_context": context} if context else {}
        self._timeouts = (CONNECT_SECONDS, traffic.stall)
        self._reading = threading.Lock()
        super().__init__(pool_connections=_KEPT, pool_maxsize=_KEPT)

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        return super().send(*args, **{**kwargs, "timeout": self._timeouts})

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """As the library does, but authorities, which take 0.1 s to read, are not read for each connection."""
        with self._reading:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
            if isinstance(conn, _Server) and conn.cert_reqs == "CERT_REQUIRED" and not _is_tls(conn.proxy):
                _read_authorities(conn)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **{**kwargs, **self._tls})
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **{**kwargs, **self._tls})
        manager.pool_classes_by_scheme = self._pools
        return manager


def _is_tls(proxy: Any) -> bool:
    """Whether TLS is spoken with a proxy too, for which each connection needs the names of the authorities' files."""
    return proxy is not None and proxy.scheme == "https"


class _Server(HTTPSConnectionPool):
    """Connections to one server with the same authorities and client's certificate.

    Attributes:
        read: file and folder of the authorities that its context knows.
    """

    read: tuple[str | None, str | None] = (None, None)


def _read_authorities(server: _Server) -> None:
    """Let all connections to a server share a context that has read them; the caller holds a lock."""
    context = server.conn_kw.get("ssl_context")
    if context is None:
        context = server.conn_kw["ssl_context"] = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    files = (server.ca_certs, server.ca_cert_dir)
    if server.read != files:
        context.load_verify_locations(*files)
        server.read = files
    server.ca_certs = server.ca_cert_dir = None


def _pools(traffic: Traffic) -> dict[str, type[HTTPConnectionPool]]:
    class Connection(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            traffic.opened(self.sock)

    class SecureConnection(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            traffic.opened(self.sock)

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(_Server):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}
