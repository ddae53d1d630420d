"""Requests to Galaxy servers that carry what the user has for them, and to no others.

Source: Ansible, "Configuring the ansible-galaxy client": a token is sent as ``Authorization: Token …``; where there is
an ``auth_url``, it is a refresh token, for which that gives another (OpenID Connect), sent as ``Bearer …``.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from airlock_builder.remote.galaxy_config import Server, servers
from airlock_builder.remote.guard import Guard, origin
from airlock_builder.remote.http import HttpClient
from airlock_core.errors import UpstreamError

_MAX_ANSWER = 1 << 20


class GalaxyServers:
    """Clients for URLs of Galaxy servers, each letting itself in where the user may; for any thread."""

    def __init__(
        self, http: HttpClient, environment: Mapping[str, str] = os.environ, folder: Path | None = None
    ) -> None:
        self.http = http
        self._environment = environment
        self._folder = folder
        self._lock = threading.Lock()
        self._clients: dict[Server, HttpClient] = {}

    def client(self, url: str) -> HttpClient:
        """The client for a URL.

        Raises:
            InputError: the user's ansible.cfg cannot be read.
            UpstreamError: a server that gives tokens gives none.
        """
        near = [one for one in self._known if origin(one.url) == origin(url)]
        if self.http.offline or not near:
            return self.http
        server = max(near, key=lambda one: _is_below(url, one.url) * len(one.url))
        with self._lock:
            if server not in self._clients:
                self._clients[server] = self.http.guarded(_guard(server, self.http))
            return self._clients[server]

    @cached_property
    def _known(self) -> tuple[Server, ...]:
        return servers(self._environment, self._folder or Path.cwd())


def _is_below(url: str, base: str) -> bool:
    return f"{urlsplit(url).path}/".startswith(f"{urlsplit(base).path.rstrip('/')}/")


def _guard(server: Server, http: HttpClient) -> Guard:
    """What a server's requests carry."""
    told, secrets = frozenset({origin(server.url)}), {server.token, server.password} - {""}
    if server.username:
        pair = base64.b64encode(f"{server.username}:{server.password}".encode()).decode()
        header = f"Basic {pair}"
    elif server.auth_url:
        header = f"Bearer {(access := _access_token(server, http))}"
        secrets.add(access)
    else:
        header = f"Token {server.token}"
    return Guard(authorization=header, told=told, secrets=tuple(secrets))


def _access_token(server: Server, http: HttpClient) -> str:
    """What a Keycloak server gives for the token that the user has.

    Raises:
        UpstreamError: it cannot be asked, or gives none.
    """
    asked = {"grant_type": "refresh_token", "client_id": server.client_id, "refresh_token": server.token}
    asking = http.guarded(Guard(secrets=(server.token,)))
    todo = f"see [galaxy_server.{server.name}] of ansible.cfg: auth_url, token (they run out), client_id"
    try:
        answer = asking.post(server.auth_url, urlencode(asked).encode(), limit=_MAX_ANSWER)
        token = json.loads(answer).get("access_token")
    except UpstreamError as fault:
        fault.what, fault.todo = f"no token can be had for the Galaxy server {server.name}", todo
        raise
    except (ValueError, AttributeError, RecursionError):
        token = None
    if not isinstance(token, str) or not token:
        what = f"no token can be had for the Galaxy server {server.name}"
        raise UpstreamError(what, where=server.auth_url, why="its token server gives none", todo=todo)
    return token
