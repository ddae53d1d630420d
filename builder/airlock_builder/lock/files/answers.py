"""What requirements came to, kept, so that a run without a network is told what a package index answered last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from airlock_builder.lock.requirements import files_of
from airlock_builder.remote.documents import Documents
from airlock_builder.remote.index import PackageIndex, Target, Wheel
from airlock_core.digest import Digest


@dataclass(frozen=True)
class Answers:
    """A package index whose answers are kept."""

    index: PackageIndex
    documents: Documents

    def resolve(
        self, requirements: Sequence[Path], target: Target, index: str, constraints: Sequence[str] = ()
    ) -> list[Wheel]:
        """As of :class:`PackageIndex`; without a network, as the same question was answered last.

        Raises:
            InputError, VerificationError, UpstreamError: as there.
            NotKept: there is no network, and this was never asked before.
        """
        texts = [file.read_text(encoding="utf-8", errors="replace") for path in requirements for file in files_of(path)]
        question = json.dumps([index, asdict(target), list(constraints), texts])

        def ask() -> bytes:
            found = self.index.resolve(requirements, target, index, constraints)
            return json.dumps([[one.filename, one.url, str(one.digest or "")] for one in found]).encode()

        kept = self.documents.answer(question, ask, where=index, offline=self.index.offline)
        return [Wheel(name, url, Digest.parse(text) if text else None) for name, url, text in json.loads(kept)]
