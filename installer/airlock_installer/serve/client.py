"""Asking the deployer's own services over HTTP and TLS."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from pathlib import Path

from airlock_core import oci
from airlock_core.digest import Digest

_TIMEOUT = 20.0
_ACCEPT = ", ".join((*oci.INDEXES, *oci.MANIFESTS))


@dataclass(frozen=True)
class Answer:
    """Status, header fields that matter here, and body of an HTTP answer."""

    status: int
    digest: str
    link: str
    body: bytes


def repo_answers(port: int) -> bool:
    """Whether the local repo serves the medium's root document."""
    try:
        return (
            _ask(http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT), "/release/release.json").status == 200
        )
    except (OSError, http.client.HTTPException):
        return False


@dataclass(frozen=True)
class RegistryClient:
    """The registry at ``localhost``, with the site's CA."""

    port: int
    ca: Path

    def answers(self) -> bool:
        """Whether it serves (OCI distribution specification, end-1)."""
        try:
            return self._get("/v2/").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def catalog(self) -> tuple[str, ...]:
        """Names of all repositories (distribution's ``_catalog``, page by page)."""
        names: list[str] = []
        path = "/v2/_catalog?n=500"
        while path:
            answer = self._get(path)
            names += json.loads(answer.body).get("repositories") or []
            path = answer.link.partition(">")[0].removeprefix("<") if answer.link else ""
        return tuple(names)

    def digest(self, repository: str, reference: str) -> Digest | None:
        """The digest of what a tag or digest points to; None where the registry has no such thing."""
        answer = self._get(f"/v2/{repository}/manifests/{reference}", "HEAD")
        return Digest.parse(answer.digest) if answer.status == 200 and answer.digest else None

    def _get(self, path: str, method: str = "GET") -> Answer:
        context = ssl.create_default_context(cafile=str(self.ca))
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=_TIMEOUT, context=context)
        return _ask(connection, path, method)


def _ask(connection: http.client.HTTPConnection, path: str, method: str = "GET") -> Answer:
    try:
        connection.request(method, path, headers={"Accept": _ACCEPT})
        answer = connection.getresponse()
        digest, link = answer.getheader("Docker-Content-Digest", ""), answer.getheader("Link", "")
        return Answer(answer.status, digest, link, answer.read())
    finally:
        connection.close()
