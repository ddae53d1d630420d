"""Asking the deployer's own services over HTTP and TLS."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from pathlib import Path

from airlock_core import media, oci
from airlock_core.digest import Digest

_TIMEOUT = 20.0
ACCEPT = ", ".join((*oci.INDEXES, *oci.MANIFESTS))


@dataclass(frozen=True)
class Answer:
    """Status, header fields that matter here, and body of an HTTP answer."""

    status: int
    digest: str
    link: str
    body: bytes


def repo_file(port: int, path: str, host: str = "127.0.0.1", timeout: float = _TIMEOUT) -> Answer:
    """What the local repo answers to a request for a file of the medium.

    Raises:
        OSError, http.client.HTTPException: it does not answer.
    """
    return _ask(http.client.HTTPConnection(host, port, timeout=timeout), f"/{path}")


def repo_fault(port: int, host: str = "127.0.0.1", timeout: float = _TIMEOUT) -> str:
    """Why the local repo does not serve the medium's root document; empty where it does."""
    try:
        status = repo_file(port, str(media.RELEASE_JSON), host, timeout).status
    except (OSError, http.client.HTTPException) as error:
        return _told(error)
    return "" if status == http.HTTPStatus.OK else f"it answers with status {status}"


@dataclass(frozen=True)
class RegistryClient:
    """A registry with a certificate of the site's CA: this machine's own, or that at the virtual address."""

    port: int
    ca: Path
    host: str = "localhost"
    timeout: float = _TIMEOUT

    def fault(self) -> str:
        """Why it does not serve; empty where it does (OCI distribution specification, end-1)."""
        try:
            status = self._get("/v2/").status
        except FileNotFoundError:
            return "the site has no CA yet"
        except ssl.SSLCertVerificationError as error:
            return f"its certificate is refused: {error.verify_message} (is the clock right?)"
        except (OSError, http.client.HTTPException) as error:
            return _told(error)
        return "" if status == http.HTTPStatus.OK else f"it answers with status {status}"

    def catalog(self) -> tuple[str, ...]:
        """Names of all repositories (distribution's ``_catalog``, page by page)."""
        return self._listed("/v2/_catalog?n=500", "repositories")

    def tags(self, repository: str) -> tuple[str, ...]:
        """All tags of a repository (end-8a), page by page."""
        return self._listed(f"/v2/{repository}/tags/list?n=500", "tags")

    def digest(self, repository: str, reference: str) -> Digest | None:
        """The digest of what a tag or digest points to; None where the registry has no such thing."""
        answer = self._get(f"/v2/{repository}/manifests/{reference}", "HEAD")
        return Digest.parse(answer.digest) if answer.status == 200 and answer.digest else None

    def _listed(self, path: str, key: str) -> tuple[str, ...]:
        names: list[str] = []
        while path:
            answer = self._get(path)
            names += json.loads(answer.body).get(key) or []
            path = answer.link.partition(">")[0].removeprefix("<") if answer.link else ""
        return tuple(names)

    def _get(self, path: str, method: str = "GET") -> Answer:
        context = ssl.create_default_context(cafile=str(self.ca))
        connection = http.client.HTTPSConnection(self.host, self.port, timeout=self.timeout, context=context)
        return _ask(connection, path, method)


def _told(error: OSError | http.client.HTTPException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def _ask(connection: http.client.HTTPConnection, path: str, method: str = "GET") -> Answer:
    try:
        connection.request(method, path, headers={"Accept": ACCEPT})
        answer = connection.getresponse()
        digest, link = answer.getheader("Docker-Content-Digest", ""), answer.getheader("Link", "")
        return Answer(answer.status, digest, link, answer.read())
    finally:
        connection.close()
