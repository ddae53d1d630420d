"""One repository as it is now: its root document, and where its files stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from airlock_builder.lock.rpms.metadata.repomd import Record, Repomd, join
from airlock_builder.manifest.model import Repo
from airlock_core.digest import Digest
from airlock_core.values import Value

if TYPE_CHECKING:
    from airlock_core.signatures import Keyring


class RepoState(Value):
    """One repository as it is now.

    Args:
        config: what the manifest says of it.
        base: URL that its files stand below, as locks name it; any of its mirrors may be asked in its place.
        repomd: its root document, read.
        digest: of repomd.xml.
        ring: reads the public keys that the manifest gives for it, once.
    """

    config: Repo
    base: str
    repomd: Repomd
    digest: Digest
    ring: Callable[[], Keyring]

    @property
    def keys(self) -> Keyring:
        """The public keys that the manifest gives for it.

        Raises:
            InputError: a key file is missing, or holds no key.
        """
        return self.ring()

    def url(self, record: Record) -> str:
        """Where a metadata file is."""
        return join(self.base, record.href)
