"""A proxy on loopback for the programs that we run, so that their bytes too come at the run's rate.

Requests are passed on as they are, by ``CONNECT`` or in absolute form (RFC 9110, 9.3.6; RFC 9112, 3.2.2): directly, or
by the proxy that the environment names. Certificates are between the program and its server. Who does not know the
password gets nothing, so that no other user of this machine may use it.
"""

from __future__ import annotations

import base64
import contextlib
import secrets
import socket
import socketserver
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from airlock_builder.remote.mirrors import is_loopback
from airlock_builder.remote.traffic import Traffic

_HEAD = 64 << 10
"""Bytes of the head of a request or answer at the most."""
_CONNECT_SECONDS = 10.0
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_HOP = ("proxy-authorization", "proxy-connection", "connection", "keep-alive")
"""Headers that concern one connection alone (RFC 9110, 7.6.1)."""


@contextlib.contextmanager
def relaying(traffic: Traffic) -> Iterator[str]:
    """Run the proxy while the block runs; its URL, with the password in it.

    Args:
        traffic: whose rate it keeps, and whose end ends it.
    """
    password = secrets.token_hex(16)
    with _Server(traffic, password) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True, name="relay")
        thread.start()
        try:
            yield f"http://airlock:{password}@127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


class _Refused(Exception):
    """What a request is answered with in place of what it asked for.

    Args:
        status: of the answer, with its words.
    """

    def __init__(self, status: str, header: str = "") -> None:
        super().__init__(status)
        self.answer = f"HTTP/1.1 {status}\r\n{header}Content-Length: 0\r\nConnection: close\r\n\r\n".encode(
            "latin-1", "replace"
        )


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, traffic: Traffic, password: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.traffic = traffic
        self.token = base64.b64encode(f"airlock:{password}".encode()).decode()


@dataclass(frozen=True)
class _Request:
    """The head of a request.

    Args:
        headers: its lines, as they came.
        rest: what came behind it.
    """

    method: str
    target: str
    headers: tuple[str, ...]
    rest: bytes

    def value(self, name: str) -> str:
        """A header's value; empty where it is not there."""
        found = (line.partition(":")[2].strip() for line in self.headers if line.lower().startswith(f"{name}:"))
        return next(found, "")


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        client: socket.socket = self.request
        client.settimeout(None)
        try:
            request = _read_head(client)
            self._admit(request)
            with _upstream(request, self.server.traffic) as (upstream, first):
                if request.method == "CONNECT":
                    client.sendall(_ESTABLISHED)
                upstream.sendall(first)
                self._both_ways(client, upstream)
        except _Refused as refusal:
            with contextlib.suppress(OSError):
                client.sendall(refusal.answer)
        except OSError:
            pass  # either side went away: the other sees the end of its connection

    def _admit(self, request: _Request) -> None:
        given = request.value("proxy-authorization").encode()
        if not secrets.compare_digest(given, f"Basic {self.server.token}".encode()):
            raise _Refused("407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=airlock\r\n")

    def _both_ways(self, client: socket.socket, upstream: socket.socket) -> None:
        back = threading.Thread(target=_pump, args=(client, upstream, None), daemon=True)
        back.start()
        _pump(upstream, client, self.server.traffic)
        for connection in (client, upstream):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        back.join()


def _pump(source: socket.socket, target: socket.socket, traffic: Traffic | None) -> None:
    """Pass on what comes until it ends, at the traffic's rate where there is one."""
    with contextlib.suppress(OSError):
        while data := source.recv(traffic.piece if traffic else _HEAD):
            if traffic:
                traffic.came(len(data))
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def _read_head(client: socket.socket) -> _Request:
    data = _until_blank_line(client)
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *headers = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        raise _Refused("400 Bad Request")
    return _Request(words[0], words[1], tuple(headers), rest)


def _until_blank_line(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(_HEAD)
        data += more
        if not more or len(data) > _HEAD:
            raise _Refused("400 Bad Request")
    return data


@contextlib.contextmanager
def _upstream(request: _Request, traffic: Traffic) -> Iterator[tuple[socket.socket, bytes]]:
    """A connection towards what a request wants, and the first bytes to send there."""
    secure = request.method == "CONNECT"
    parts = urlsplit(f"https://{request.target}" if secure else request.target)
    if not parts.hostname or (not secure and parts.scheme != "http"):
        raise _Refused("400 Bad Request")
    host, port = parts.hostname, parts.port or (443 if secure else 80)
    proxy = _proxy("https" if secure else "http", host, port)
    try:
        with contextlib.closing(_dialled(*((proxy.host, proxy.port) if proxy else (host, port)), proxy)) as connection:
            traffic.opened(connection)
            if secure and proxy:
                _tunnel(connection, request.target, proxy)
            yield connection, request.rest if secure else _passed_on(request, proxy)
    except (TimeoutError, OSError) as error:
        raise _Refused(f"502 {error.strerror or error}") from error


@dataclass(frozen=True)
class _Proxy:
    """A proxy of the environment."""

    host: str
    port: int
    secure: bool
    credentials: str

    @property
    def header(self) -> str:
        """What tells it who asks."""
        if not self.credentials:
            return ""
        return f"Proxy-Authorization: Basic {base64.b64encode(self.credentials.encode()).decode()}\r\n"


def _proxy(scheme: str, host: str, port: int) -> _Proxy | None:
    found = urllib.request.getproxies_environment()
    url = found.get(scheme) or found.get("all")
    if not url or is_loopback(host) or urllib.request.proxy_bypass(f"{host}:{port}"):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _Refused(f"502 a proxy of this kind cannot be limited: {parts.scheme}")
    credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    secure = parts.scheme == "https"
    return _Proxy(parts.hostname, parts.port or (443 if secure else 80), secure, credentials)


def _dialled(host: str, port: int, proxy: _Proxy | None) -> socket.socket:
    connection = socket.create_connection((host, port), timeout=_CONNECT_SECONDS)
    connection.settimeout(None)
    if proxy and proxy.secure:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
    return connection


def _tunnel(connection: socket.socket, target: str, proxy: _Proxy) -> None:
    connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{proxy.header}\r\n".encode("latin-1"))
    status = _until_blank_line(connection).split(b"\r\n", 1)[0].decode("latin-1").split(" ", 1)[-1]
    if not status.startswith("200"):
        raise _Refused(f"502 the proxy {proxy.host} answered {status}")


def _passed_on(request: _Request, proxy: _Proxy | None) -> bytes:
    """A plain request as the next one takes it; one to a connection, so that what follows needs no reading."""
    parts = urlsplit(request.target)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    kept = "".join(f"{line}\r\n" for line in request.headers if line.partition(":")[0].lower() not in _HOP)
    target, own = (request.target, proxy.header) if proxy else (path, "")
    return (
        f"{request.method} {target} HTTP/1.1\r\n{kept}{own}Connection: close\r\n\r\n".encode("latin-1") + request.rest
    )
