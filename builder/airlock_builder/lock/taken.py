"""Files whose digest nobody gave: taken into the store, and not again while the upstream says they are the same."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from airlock_builder.remote.http import Head, HttpClient, StatusError
from airlock_builder.store import Store
from airlock_core import atomic
from airlock_core.digest import Digest
from airlock_core.errors import InputError

MAX_FILE = 64 << 30


def take(
    url: str,
    http: HttpClient,
    store: Store,
    *,
    limit: int = MAX_FILE,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> tuple[Digest, int]:
    """A file's SHA-256 digest and size; it is in the store then.

    What the server said of it is noted under ``metadata/taken``: a later run that is told the same strong etag and size
    spares the download.

    Args:
        limit: bytes at the most.

    Raises:
        MachineError: it does not fit on the store's disk.
        UpstreamError: it is not there, longer than ``limit``, or its server cannot be reached.
    """
    note = _note(url, store)
    head = _head(url, http)
    known = _noted(note, head, store)
    if known:
        return known
    store.require_space(head.size or 0)
    digest, size = store.receive(
        note.stem, lambda part: http.download_unlocked(url, part, limit=limit, on_bytes=on_bytes)
    )
    if head.is_telling and head.size == size:
        atomic.write(note, json.dumps({"digest": str(digest), "head": asdict(head)}))
    return digest, size


def forget(url: str, store: Store) -> None:
    """Have the next run take a file anew: what came is not what it should be."""
    _note(url, store).unlink(missing_ok=True)


def _note(url: str, store: Store) -> Path:
    return store.metadata / "taken" / f"{Digest.sha256(url.encode()).hex}.json"


def _head(url: str, http: HttpClient) -> Head:
    try:
        return http.head(url)
    except StatusError:
        return Head()  # some servers answer GET alone; the download tells what is wrong with others


def _noted(note: Path, head: Head, store: Store) -> tuple[Digest, int] | None:
    if not head.is_telling or head.size is None:
        return None
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, InputError):
        data = json.loads(note.read_text(encoding="utf-8"))
        digest = Digest.parse(data["digest"])
        if data["head"] == asdict(head) and store.intact(digest, head.size):
            return digest, head.size
    return None
