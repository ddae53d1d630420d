"""Galaxy servers: which versions of a collection there are, and where each is.

Source: the Galaxy API, version 3, as ansible-core's own client uses it: ``/api/`` says where version 3 is;
``collections/NAMESPACE/NAME/versions/`` lists versions by pages; that of one version has ``download_url``, ``artifact``
and ``metadata.dependencies``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from airlock_builder.remote.documents import Documents, NotKept
from airlock_builder.remote.failures import StatusError, is_absent
from airlock_builder.remote.galaxy_servers import GalaxyServers
from airlock_core.digest import Digest
from airlock_core.errors import InputError, UpstreamError

LOGIN = "give a token as for ansible-galaxy: [galaxy_server.NAME] of ansible.cfg, or ANSIBLE_GALAXY_SERVER_NAME_TOKEN"
_SHUT = (401, 403)
_PAGE = 100
_MOST_PAGES = 200
_MAX_BYTES = 64 << 20
"""Bytes of an answer: that of one version lists all its files."""


@dataclass(frozen=True)
class Release:
    """One version of a collection.

    Args:
        url: of its archive, by the host that locks name.
        digest: SHA-256 of the archive, as the server tells it.
        requires: ranges of other collections, by their names.
    """

    url: str
    digest: Digest
    requires: Mapping[str, str]


class Galaxy:
    """Galaxy servers, each by its URL.

    Args:
        documents: where their answers are kept for runs without a network.
    """

    def __init__(self, servers: GalaxyServers, documents: Documents) -> None:
        self._servers = servers
        self._documents = documents
        self._roots: dict[str, str] = {}

    def versions(self, server: str, name: str) -> list[str]:
        """All versions of a collection, ``namespace.name``.

        Raises:
            UpstreamError: there is none, or the server cannot be asked, or is no Galaxy server.
        """
        found = []
        for page in self._pages(self._collection(server, name) + f"versions/?limit={_PAGE}"):
            for entry in page:
                found.append(str(_mapping(entry).get("version", "")))
        return found

    def release(self, server: str, name: str, version: str) -> Release:
        """One version.

        Raises:
            UpstreamError: as of :meth:`versions`; the answer lacks the archive's URL or digest.
        """
        place = f"{self._collection(server, name)}versions/{version}/"
        data = self._json(place)
        artifact, metadata = _mapping(data.get("artifact")), _mapping(data.get("metadata"))
        url = self._locked(urljoin(place, str(data.get("download_url") or "")), server)
        try:
            digest = Digest.parse(f"sha256:{artifact.get('sha256')}")
        except InputError as fault:
            raise _strange(place, "it gives no SHA-256 of the archive") from fault
        if not data.get("download_url") or urlsplit(url).scheme not in ("http", "https"):
            raise _strange(place, "it gives no http URL of the archive")
        requires = _mapping(metadata.get("dependencies"))
        return Release(url, digest, {str(other): str(text or "*") for other, text in requires.items()})

    def _collection(self, server: str, name: str) -> str:
        namespace, _, own = name.partition(".")
        if server not in self._roots:
            self._roots[server] = self._root(server.rstrip("/") + "/")
        return f"{self._roots[server]}collections/{namespace}/{own}/"

    def _root(self, server: str) -> str:
        """Where version 3 is: below ``api/``, or where the server's own URL says so, as Automation Hub's does."""
        fault: UpstreamError | None = None
        for place in (urljoin(server, "api/"), server):
            try:
                found = _mapping(self._json(place).get("available_versions")).get("v3")
            except UpstreamError as error:
                if not is_absent(error) and not isinstance(error, _Strange | NotKept):
                    raise
                fault = fault or error
                continue
            if isinstance(found, str):
                return urljoin(place, found.rstrip("/") + "/")
        raise fault or _strange(server, "it offers no version 3 of the API")

    def _pages(self, first: str) -> Iterator[list[Any]]:
        url, seen = first, set[str]()
        while url and url not in seen:
            seen.add(url)
            if len(seen) > _MOST_PAGES:
                raise _strange(first, f"it has more than {_MOST_PAGES} pages of versions")
            page = self._json(url)
            data = page.get("data")
            if not isinstance(data, list):
                raise _strange(url, "it lists no versions")
            yield data
            following = _mapping(page.get("links")).get("next")
            url = urljoin(url, following) if isinstance(following, str) and following else ""
            url = self._locked(url, first) if url else ""

    def _locked(self, url: str, asked: str) -> str:
        """A URL that a server gave, as locks name it."""
        return self._servers.http.mirrors.locked(url, scheme=urlsplit(asked).scheme)

    def _json(self, url: str) -> Mapping[str, Any]:
        try:
            # what a mirror answers is understood by its own address alone
            asked = self._servers.http.mirrors.url(url)
            body = self._documents.current(url, self._servers.client(url), limit=_MAX_BYTES, name=asked)
        except StatusError as fault:
            if fault.status in _SHUT:
                fault.todo = LOGIN
            raise
        try:
            data = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise _strange(url, f"what it says is no JSON: {error}") from error
        if not isinstance(data, dict):
            raise _strange(url, "what it says is no JSON object")
        return data


class _Strange(UpstreamError):
    """An answer that no Galaxy server gives."""


def _strange(url: str, why: str) -> _Strange:
    todo = "correct `source`: the URL of a Galaxy server that speaks version 3 of its API"
    return _Strange("is no answer of a Galaxy server", where=url, why=why, todo=todo)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
