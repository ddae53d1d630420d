"""All repositories' packages in one pool: from what an earlier run kept of them, else from their metadata."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from airlock_builder.lock.rpms.metadata.division import Share, divided
from airlock_builder.lock.rpms.metadata.document import Document
from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.metadata.repomd import Record
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.lock.rpms.solving.apart import Apart
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_core import forks
from airlock_core.digest import Digest
from airlock_core.values import Value

Documents = Mapping[str, tuple[Document, Share]]
"""What has to be parsed of primary metadata, by repository."""


@contextmanager
def loaded(
    metadata: Metadata,
    states: Sequence[RepoState],
    arch: str,
    *,
    filelists: bool,
    meanwhile: Callable[[], object] = lambda: None,
) -> Iterator[Universe]:
    """A pool of all packages, for the length of a block; what had to be parsed for it is kept when the block ends.

    Args:
        states: all repositories, in the order that decides between equals.
        arch: the platform's architecture.
        filelists: load the paths of all files too.
        meanwhile: done first, while the process beside this one has begun.

    Raises:
        VerificationError, UpstreamError: metadata that cannot be had.
    """
    universe = Universe(arch)
    sources = [_Source.of(metadata, state, filelists=filelists) for state in states]
    fresh = _load(universe, metadata, sources, meanwhile)
    if fresh:
        universe.note_file_provides()
    with ExitStack() as beside:
        for source in fresh:
            save = partial(universe.save, source.state.config.id)
            beside.enter_context(forks.beside(partial(metadata.solvfiles.keep, source.digests, save)))
        yield universe


class _Source(Value):
    """Where one repository's packages come from.

    Args:
        records: primary metadata, and filelists where they are asked.
        kept: what an earlier run kept of all of them.
        primary: what it kept of the first, where that is not all.
    """

    state: RepoState
    records: tuple[Record, ...]
    kept: Path | None
    primary: Path | None

    @classmethod
    def of(cls, metadata: Metadata, state: RepoState, *, filelists: bool) -> _Source:
        records = _records(state, filelists=filelists)
        kept, *primary = (metadata.solvfiles.find(digests) for digests in _digests(records))
        return cls(state, records, kept, primary[0] if primary else None)

    @property
    def digests(self) -> list[Digest]:
        """What the packages are kept by."""
        return [record.digest for record in self.records]


def _load(
    universe: Universe, metadata: Metadata, sources: Sequence[_Source], meanwhile: Callable[[], object]
) -> list[_Source]:
    """Load all repositories, in their order; those that are still to be kept."""
    fresh = []
    documents = _documents(metadata, sources)
    parts = {repoid: (share.beside, one.where) for repoid, (one, share) in documents.items() if share.beside}
    with Apart(universe.arch, parts) as apart:
        meanwhile()
        for source in sources:
            state, repoid = source.state, source.state.config.id
            universe.add(state.config, state.url(source.records[0]))
            if source.kept and universe.restore(repoid, source.kept):
                continue
            if not (source.primary and universe.restore(repoid, source.primary)):
                document, share = documents.get(repoid) or (metadata.document(state, source.records[0]), None)
                universe.read_primary(repoid, document, share, apart.parsed)
            for record in source.records[1:]:
                universe.read_filelists(repoid, metadata.document(state, record))
            if _is_whole_beside(documents, source):
                # without a note of paths: to search for them here takes less than to write all of it once more
                metadata.solvfiles.keep(source.digests, partial(shutil.copyfile, apart.parsed(repoid)))
            else:
                fresh.append(source)
    return fresh


def _documents(metadata: Metadata, sources: Sequence[_Source]) -> Documents:
    """The primary metadata that no earlier run kept, and who reads what of it."""
    unknown = [source for source in sources if not (source.kept or source.primary)]
    found = {source.state.config.id: metadata.document(source.state, source.records[0]) for source in unknown}
    return dict(zip(found, zip(found.values(), divided(found.values()), strict=True), strict=True))


def _is_whole_beside(documents: Documents, source: _Source) -> bool:
    """Whether the copy has written all that there is of a repository."""
    parsed = documents.get(source.state.config.id)
    return parsed is not None and parsed[1].here is None and len(source.records) == 1


def _digests(records: Sequence[Record]) -> list[list[Digest]]:
    """What packages are kept by: the digests of all records, then of the first, where that is not all."""
    digests = [record.digest for record in records]
    return [digests] if len(digests) == 1 else [digests, digests[:1]]


def _records(state: RepoState, *, filelists: bool) -> tuple[Record, ...]:
    paths = state.repomd.first("filelists") if filelists else None
    return (state.repomd.records["primary"], *([paths] if paths else []))
