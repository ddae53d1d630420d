"""Small documents that change: kept, asked for again in one request, and found again without a network.

Layout of the folder, each NAME a digest of what the document is called::

    NAME.body   the document as it was last; its file's time is that of its last use
    NAME.json   where it came from, and what tells whether it is still the same there
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from airlock_builder.remote import local
from airlock_builder.remote.http import HttpClient, Response
from airlock_core import atomic
from airlock_core.errors import UpstreamError
from airlock_core.values import Value


class Kept(Value):
    """A document as it was last.

    Args:
        source: URL that it came from; empty where a run was cut before it was noted.
    """

    body: bytes
    source: str = ""
    etag: str | None = None
    last_modified: str | None = None


class Documents:
    """Documents kept in a folder, which is made when first written to. Runs may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def current(self, url: str, http: HttpClient, *, limit: int) -> bytes:
        """The document of a URL as it is now; without a network as it was last.

        Args:
            limit: bytes at the most.

        Raises:
            UpstreamError: it cannot be fetched; or there is no network, and it was never fetched before.
        """
        kept = self.kept(url)
        if http.offline and not local.is_local(url):
            if kept is None:
                raise not_kept(url)
            return kept.body
        response = ask(url, http, kept, limit=limit)
        self.keep(url, url, response)
        return response.body

    def kept(self, name: str) -> Kept | None:
        """What is kept under a name."""
        stem = self._stem(name)
        try:
            body = stem.with_suffix(".body").read_bytes()
        except FileNotFoundError:
            return None
        return Kept(body, **_noted(stem.with_suffix(".json")))

    def seen(self, name: str) -> float | None:
        """When what is kept under a name was last found to be so, in seconds since 1970; None where nothing is."""
        try:
            return self._stem(name).with_suffix(".body").stat().st_mtime
        except FileNotFoundError:
            return None

    def keep(self, name: str, source: str, response: Response) -> None:
        """Keep a document under a name."""
        stem = self._stem(name)
        kept, about = stem.with_suffix(".body"), stem.with_suffix(".json")
        if self.kept(name) == Kept(response.body, source, response.etag, response.last_modified):
            atomic.touch(kept)
            return
        # the description goes first and comes last: a run that is cut between never pairs an old etag with a new body
        about.unlink(missing_ok=True)
        atomic.write(kept, response.body)
        facts = {"source": source, "etag": response.etag, "last_modified": response.last_modified}
        atomic.write(about, json.dumps(facts))

    def _stem(self, name: str) -> Path:
        return self._folder / hashlib.sha256(name.encode()).hexdigest()


def ask(url: str, http: HttpClient, kept: Kept | None, *, limit: int) -> Response:
    """A document in one request, whose answer is short where it is still the one that was kept."""
    if kept is None or kept.source != url:
        return http.get(url, limit=limit)
    response = http.get_if_changed(url, limit=limit, etag=kept.etag, last_modified=kept.last_modified)
    return response or Response(kept.body, kept.etag, kept.last_modified)


def not_kept(where: str) -> UpstreamError:
    """What is wrong where a document is needed, and there is no network."""
    return UpstreamError("is not in the cache, and the run is offline", where=where, todo="run once without --offline")


def _noted(path: Path) -> dict[str, str]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    known = data if isinstance(data, dict) else {}
    return {key: known[key] for key in ("source", "etag", "last_modified") if isinstance(known.get(key), str)}
