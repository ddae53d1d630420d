"""What the first bytes of packages held, kept so that they are not asked for again: signatures and identity.

Of the header its digest is enough, since what was signed over it is proved once (airlock_core.signatures.proofs).
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from airlock_core.digest import Digest
from airlock_core.nevra import Nevra
from airlock_core.notebook import Notebook
from airlock_core.signatures.rpmfile import RpmHead


class Heads:
    """Heads by the digest of their package.

    Args:
        folder: where the file that keeps them stands.
    """

    def __init__(self, folder: Path) -> None:
        self._notebook = Notebook(folder / "heads.sqlite")

    def read(self, packages: Iterable[Digest]) -> dict[Digest, RpmHead]:
        """Those that are kept; their ``header`` is empty."""
        names = {str(digest): digest for digest in packages}
        found = {names[key]: _decoded(note) for key, note in self._notebook.read(names).items()}
        return {digest: head for digest, head in found.items() if head}

    def write(self, heads: Mapping[Digest, RpmHead]) -> None:
        """Keep some, but for those whose signatures cover the payload alone: these say nothing by themselves."""
        worth = {digest: head for digest, head in heads.items() if head.classic or head.modern}
        self._notebook.write({str(digest): _encoded(head) for digest, head in worth.items()})


def _encoded(head: RpmHead) -> bytes:
    nevra = head.nevra
    facts = {
        "nevra": [nevra.name, nevra.epoch, nevra.version, nevra.release, nevra.arch],
        "header": head.header_digest,
        "payload": head.payload,
        "knows_payload": head.knows_payload,
        **{kind: [b64encode(packet).decode() for packet in packets] for kind, packets in _packets(head).items()},
    }
    return json.dumps(facts, separators=(",", ":")).encode()


def _packets(head: RpmHead) -> dict[str, tuple[bytes, ...]]:
    return {"classic": head.classic, "modern": head.modern, "legacy": head.legacy}


def _decoded(note: bytes) -> RpmHead | None:
    try:
        facts = json.loads(note)
        classic, modern, legacy = (tuple(map(b64decode, facts[kind])) for kind in ("classic", "modern", "legacy"))
        head = RpmHead(Nevra(*facts["nevra"]), b"", facts["header"], facts["payload"], classic, modern, legacy)
        return replace(head, knows_payload=facts["knows_payload"])
    except (ValueError, TypeError, KeyError):
        return None
