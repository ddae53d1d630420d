"""All hostile repositories, by kind; all of them, or a few of each."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from itertools import chain

from tests.integration.hostile import bombs, documents, lists, packages, records, streams, wire
from tests.integration.hostile.cases import Case

KINDS: dict[str, list[Case]] = {
    "bombs": bombs.bombs(),
    "document types": documents.types(),
    "repomd.xml": documents.repomd(),
    "primary.xml": documents.primary(),
    "filelists.xml": documents.filelists(),
    "comps.xml": documents.comps(),
    "updateinfo.xml": documents.updateinfo(),
    "modules.yaml": streams.streams(),
    "places of records": records.places(),
    "digests of records": records.digests(),
    "sizes of records": records.sizes(),
    "repetitions": records.repetitions(),
    "places of packages": packages.places(),
    "digests of packages": packages.digests(),
    "numbers of packages": packages.numbers(),
    "identities of packages": packages.identities(),
    "counts of packages": packages.counts(),
    "lists of mirrors": lists.lists(),
    "on the wire": wire.wire(),
}
SEED = 20240917
OF_EACH = 2
"""Cases of each kind in a usual run."""


@dataclass
class Tally:
    """What the runs of the cases used: CPU seconds and bytes, by kind."""

    used: dict[str, list[tuple[float, int]]] = field(default_factory=dict)

    def add(self, case: Case, seconds: float, peak: int) -> None:
        """Count one run."""
        kind = next(kind for kind, cases in KINDS.items() if case in cases)
        self.used.setdefault(kind, []).append((seconds, peak))

    def table(self) -> str:
        """Kinds with the number of their cases and the most that one of them used, in Markdown."""
        rows = [(kind, self.used[kind]) for kind in KINDS if kind in self.used]
        rows.append(("all", [run for _, runs in rows for run in runs]))
        lines = ["| kind | cases | most CPU | most memory |", "|---|---|---|---|"]
        for kind, runs in rows:
            seconds, peak = (max(figures) for figures in zip(*runs, strict=True))
            lines.append(f"| {kind} | {len(runs)} | {seconds:.1f} s | {peak >> 20} MiB |")
        return "\n".join(lines)


def soaking() -> bool:
    """Whether every case is run, as ``make soak`` does."""
    return bool(os.environ.get("AIRLOCK_SOAK"))


def chosen() -> list[Case]:
    """The cases of this run: all in a soak, else :data:`OF_EACH` of each kind."""
    if soaking():
        return list(chain.from_iterable(KINDS.values()))
    pick = random.Random(SEED)
    return [case for kind in KINDS.values() for case in pick.sample(kind, min(OF_EACH, len(kind)))]
