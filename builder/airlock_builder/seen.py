"""What registries were seen to have, kept, so that a run without a network finds tags and lists as they were.

What is named by its digest is the same whenever it is asked for, and stands in the store. Of all else there is a note
with the whole answer (what a tag stood for is mostly an index, which no lock names), each NAME a digest of what was
asked for::

    NAME.json   the answer, or that there was none; the file's time is when it was last given
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

from airlock_builder.remote.failures import MissingError
from airlock_builder.remote.oci.repository import Document
from airlock_builder.store import Store
from airlock_core import atomic
from airlock_core.ages import ago, oldest
from airlock_core.digest import Digest
from airlock_core.errors import InputError, UpstreamError

FOLDER = "registries"
_NAMED = ("manifests/", "blobs/")
_TODO = "run once without --offline"


class Seen:
    """The answers of all registries; runs may share them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = store.metadata / FOLDER
        self._recalled: dict[str, float] = {}

    def known(self, resource: str) -> Document | None:
        """What a digest names, from the store."""
        digest = _digest(resource)
        return Document(self._store.read(digest)) if digest and self._store.intact(digest) else None

    def keep(self, name: str, resource: str, answer: Document | None) -> None:
        """Keep an answer; None: the registry has no such thing."""
        if _digest(resource):
            if answer:
                self._store.add(answer.raw)
        elif not atomic.put(self._note(name, resource), _dumped(answer)):
            atomic.touch(self._note(name, resource))

    def recall(self, name: str, resource: str, where: str) -> Document:
        """An answer as it was last.

        Raises:
            MissingError: the registry had none.
            UpstreamError: this was never asked for, or is kept no more.
        """
        if _digest(resource):
            found = self.known(resource)
            if found is None:
                raise UpstreamError("is not in the store, and the run is offline", where=where, todo=_TODO)
            return found
        note = self._note(name, resource)
        try:
            at, answer = note.stat().st_mtime, _loaded(note.read_bytes())
        except (OSError, ValueError) as error:
            raise UpstreamError("was never seen from here, and the run is offline", where=where, todo=_TODO) from error
        if answer is None:
            since = ago(time.time() - at)
            why = f"the registry had none when it was last asked, {since}, and the run is offline"
            raise MissingError("cannot be fetched", where=where, why=why, todo=f"correct its name, or {_TODO}")
        if not _is_attached(resource):
            self._recalled[where] = at
        return answer

    def notes(self) -> Iterator[str]:
        """What is told of a run that took tags and lists as they were: which, and how old, the oldest first."""
        if self._recalled:
            told = oldest(self._recalled, time.time())
            yield f"offline: taken as registries were last seen to have it: {told}"

    def _note(self, name: str, resource: str) -> Path:
        return self._folder / f"{hashlib.sha256(f'{name} {resource}'.encode()).hexdigest()}.json"


def _digest(resource: str) -> Digest | None:
    """The digest by which a resource is named: of a manifest or blob, and of nothing else."""
    name = resource.partition("/")[2]
    try:
        return Digest.parse(name) if resource.startswith(_NAMED) and ":" in name else None
    except InputError:
        return None


def _is_attached(resource: str) -> bool:
    """Whether what is beside images was asked for, which is as old as they are."""
    return resource.startswith(("referrers/", "manifests/sha256-"))


def _dumped(answer: Document | None) -> str:
    if answer is None:
        return "null\n"
    raw = base64.b64encode(answer.raw).decode()
    found = {"media_type": answer.media_type, "following": answer.following, "raw": raw}
    return json.dumps({**found, "digest": str(Digest.sha256(answer.raw))}) + "\n"


def _loaded(text: bytes) -> Document | None:
    """An answer from its note.

    Raises:
        ValueError: the note is damaged.
    """
    data = json.loads(text)
    if data is None:
        return None
    try:
        found = Document(base64.b64decode(data["raw"], validate=True), data["media_type"], data["following"])
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error
    if str(Digest.sha256(found.raw)) != data.get("digest"):
        raise ValueError("other bytes than were written")
    return found
