"""Files whose digest nobody gave: taken into the store, and not again while the upstream says they are the same."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from airlock_builder.remote.http import Head, HttpClient, StatusError
from airlock_builder.remote.local import is_local
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
    spares the download, and one without a network takes it as it was.

    Args:
        limit: bytes at the most.

    Raises:
        MachineError: it does not fit on the store's disk.
        UpstreamError: it is not there, longer than ``limit``, or its server cannot be reached.
    """
    note = _note(url, store)
    known = _noted(note, store) if http.offline and not is_local(url) else None
    if known:
        return known
    head = _head(url, http)
    known = _noted(note, store, head) if head.is_telling else None
    if known:
        return known
    store.require_space(head.size or 0)
    digest, size = store.receive(
        note.stem, lambda part: http.download_unlocked(url, part, limit=limit, on_bytes=on_bytes)
    )
    said = head if head.is_telling and head.size == size else Head(size)
    atomic.put(note, json.dumps({"digest": str(digest), "head": asdict(said)}))
    return digest, size


def size_of(url: str, digest: Digest, http: HttpClient, store: Store) -> int | None:
    """The size of a file whose digest is given, as its server tells it; None where it does not.

    It is noted, so that a run without a network knows it; so does one whose store has the file.

    Raises:
        UpstreamError: it is not there, or its server cannot be reached.
    """
    note = _note(url, store)
    if http.offline and not is_local(url):
        return store.path(digest).stat().st_size if store.has(digest) else _noted_size(note, digest)
    size = http.size(url)
    if size is not None and not is_local(url):
        atomic.put(note, json.dumps({"digest": str(digest), "head": asdict(Head(size))}))
    return size


def _noted_size(note: Path, digest: Digest) -> int | None:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        data = json.loads(note.read_text(encoding="utf-8"))
        return int(data["head"]["size"]) if data["digest"] == str(digest) else None
    return None


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


def _noted(note: Path, store: Store, head: Head | None = None) -> tuple[Digest, int] | None:
    """What is noted of a file that is in the store, where the server says the same of it now; None: it is not asked."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, InputError):
        data = json.loads(note.read_text(encoding="utf-8"))
        digest, size = Digest.parse(data["digest"]), int(data["head"]["size"])
        if (head is None or data["head"] == asdict(head)) and store.intact(digest, size):
            return digest, size
    return None
