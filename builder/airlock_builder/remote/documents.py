"""Small documents that change: kept, asked for again in one request, and found again without a network.

Layout of the folder, each NAME a digest of what the document is called::

    NAME.body   the document as it was last; its file's time is that of its last use
    NAME.json   where it came from, and what tells whether it is still the same there
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from airlock_builder.remote import local
from airlock_builder.remote.http import HttpClient, Response
from airlock_core import atomic
from airlock_core.ages import oldest
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


class NotKept(UpstreamError):
    """There is no network, and this was never seen before."""


class Documents:
    """Documents kept in a folder, which is made when first written to. Runs may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._recalled: dict[str, float] = {}

    def current(self, url: str, http: HttpClient, *, limit: int, name: str = "") -> bytes:
        """The document of a URL as it is now; without a network as it was last.

        Args:
            limit: bytes at the most.
            name: what it is kept under; its URL where none is given.

        Raises:
            UpstreamError: it cannot be fetched.
            NotKept: there is no network, and it was never fetched before.
        """
        if http.offline and not local.is_local(url):
            return self._recall(name or url, url)
        response = ask(url, http, self.kept(name or url), limit=limit)
        self.keep(name or url, url, response)
        return response.body

    def answer(self, question: str, ask: Callable[[], bytes], *, where: str, offline: bool) -> bytes:
        """What a question is answered with now; without a network what it was answered with last.

        Args:
            question: all that the answer hangs on.
            ask: gives the answer.
            where: who is asked, for people.

        Raises:
            NotKept: there is no network, and it was never asked before.
        """
        if offline:
            return self._recall(question, where)
        found = ask()
        self.keep(question, where, Response(found))
        return found

    def notes(self) -> Iterator[str]:
        """What is told of a run that took documents as they were: which, and how old, the oldest first."""
        if self._recalled:
            yield f"offline: taken as last seen: {oldest(self._recalled, time.time())}"

    def _recall(self, name: str, where: str) -> bytes:
        kept = self.kept(name)
        if kept is None:
            raise not_kept(where)
        self._recalled[where] = self._stem(name).with_suffix(".body").stat().st_mtime
        return kept.body

    def kept(self, name: str) -> Kept | None:
        """What is kept under a name."""
        stem = self._stem(name)
        try:
            body = stem.with_suffix(".body").read_bytes()
        except FileNotFoundError:
            return None
        return Kept(body, **_noted(stem.with_suffix(".json")))

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


def not_kept(where: str) -> NotKept:
    """What is wrong where a document is needed, and there is no network."""
    return NotKept("is not in the cache, and the run is offline", where=where, todo="run once without --offline")


def _noted(path: Path) -> dict[str, str]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    known = data if isinstance(data, dict) else {}
    return {key: known[key] for key in ("source", "etag", "last_modified") if isinstance(known.get(key), str)}
