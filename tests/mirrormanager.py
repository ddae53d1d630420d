"""Metalinks as mirrormanager writes them, of made-up mirrors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

HASHES = ("md5", "sha1", "sha256", "sha512")


@dataclass(frozen=True)
class Version:
    """What repomd.xml is or was, since a time in seconds."""

    body: bytes
    timestamp: int = 1700000000
    hashes: tuple[str, ...] = HASHES

    @property
    def xml(self) -> str:
        """Its facts."""
        digests = "".join(
            f'<hash type="{kind}">{hashlib.new(kind, self.body, usedforsecurity=False).hexdigest()}</hash>'
            for kind in self.hashes
        )
        return (
            f"<mm0:timestamp>{self.timestamp}</mm0:timestamp><size>{len(self.body)}</size>"
            f"<verification>{digests}</verification>"
        )


def url(base: str, preference: object = 100) -> str:
    """A mirror by its base."""
    scheme = base.partition(":")[0]
    attributes = f'protocol="{scheme}" type="{scheme}" location="DE" preference="{preference}"'
    return f"<url {attributes}>{base}/repodata/repomd.xml</url>"


def xml(newest: Version, urls: Sequence[str], older: Sequence[Version] = ()) -> bytes:
    """The whole document."""
    alternates = "".join(f"<mm0:alternate>{version.xml}</mm0:alternate>" for version in older)
    return (
        '<?xml version="1.0" encoding="utf-8"?><metalink version="3.0" xmlns="http://www.metalinker.org/" '
        'type="dynamic" pubdate="Thu, 21 May 2026 19:54:04 GMT" generator="mirrormanager" '
        'xmlns:mm0="http://fedorahosted.org/mirrormanager"><files><file name="repomd.xml">'
        f"{newest.xml}<mm0:alternates>{alternates}</mm0:alternates>"
        f'<resources maxconnections="1">{"".join(urls)}</resources></file></files></metalink>'
    ).encode()
