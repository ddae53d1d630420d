"""Documents of images that are kept in the store: what is named by digest is asked for once, whoever needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from airlock_builder.lock.carried import Documents
from airlock_builder.store import Store
from airlock_core.digest import Digest
from airlock_core.imageref import ImageRef


@dataclass(frozen=True)
class Shelved:
    """The documents of a registry, each put into the store as it comes."""

    documents: Documents
    store: Store

    def raw(self, ref: ImageRef) -> bytes:
        """The bytes of a manifest or index; a tag is always asked for."""
        if ref.digest is None:
            return self._kept(self.documents.raw(ref))
        return self._known(ref.digest, lambda: self.documents.raw(ref))

    def blob(self, ref: ImageRef, digest: Digest) -> bytes:
        """The bytes of a configuration."""
        return self._known(digest, lambda: self.documents.blob(ref, digest))

    def _known(self, digest: Digest, ask: Callable[[], bytes]) -> bytes:
        return self.store.read(digest) if self.store.intact(digest) else self._kept(ask())

    def _kept(self, raw: bytes) -> bytes:
        self.store.add(raw)
        return raw
