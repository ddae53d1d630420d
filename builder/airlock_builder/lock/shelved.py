"""Documents of images that are in the store as they come: whoever looks for the layers of a lock finds them there."""

from __future__ import annotations

from dataclasses import dataclass

from airlock_builder.lock.carried import Documents
from airlock_builder.store import Store
from airlock_core.digest import Digest
from airlock_core.imageref import ImageRef


@dataclass(frozen=True)
class Shelved:
    """The documents of a registry, each put into the store."""

    documents: Documents
    store: Store

    def raw(self, ref: ImageRef) -> bytes:
        """The bytes of a manifest or index."""
        return self._kept(self.documents.raw(ref))

    def blob(self, ref: ImageRef, digest: Digest) -> bytes:
        """The bytes of a configuration."""
        return self._kept(self.documents.blob(ref, digest))

    def _kept(self, raw: bytes) -> bytes:
        self.store.add(raw)
        return raw
