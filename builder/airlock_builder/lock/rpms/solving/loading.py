"""All repositories' packages in one pool: from what an earlier run kept of them, else from their metadata."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.metadata.repomd import Record
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_core import forks


@contextmanager
def loaded(metadata: Metadata, states: Sequence[RepoState], arch: str, *, filelists: bool) -> Iterator[Universe]:
    """A pool of all packages, for the length of a block; what had to be parsed for it is kept when the block ends.

    Args:
        states: all repositories, in the order that decides between equals.
        arch: the platform's architecture.
        filelists: load the paths of all files too.

    Raises:
        VerificationError, UpstreamError: metadata that cannot be had.
    """
    universe = Universe(arch)
    fresh = [state for state in states if not _load(universe, metadata, state, filelists=filelists)]
    if fresh:
        universe.note_file_provides()
    with ExitStack() as beside:
        for state in fresh:
            beside.enter_context(forks.beside(partial(_keep, universe, metadata, state, filelists=filelists)))
        yield universe


def _load(universe: Universe, metadata: Metadata, state: RepoState, *, filelists: bool) -> bool:
    """Load one repository; whether it was kept from an earlier run."""
    primary, *paths = _records(state, filelists=filelists)
    repoid = state.config.id
    universe.add(state.config, state.url(primary))
    if _restored(universe, metadata, repoid, [primary, *paths]):
        return True
    if not (paths and _restored(universe, metadata, repoid, [primary])):
        universe.read_primary(repoid, metadata.document(state, primary))
    for record in paths:
        universe.read_filelists(repoid, metadata.document(state, record))
    return False


def _restored(universe: Universe, metadata: Metadata, repoid: str, records: list[Record]) -> bool:
    path = metadata.solvfiles.find([record.digest for record in records])
    return path is not None and universe.restore(repoid, path)


def _keep(universe: Universe, metadata: Metadata, state: RepoState, *, filelists: bool) -> None:
    sources = [record.digest for record in _records(state, filelists=filelists)]
    metadata.solvfiles.keep(sources, partial(universe.save, state.config.id))


def _records(state: RepoState, *, filelists: bool) -> list[Record]:
    paths = state.repomd.first("filelists") if filelists else None
    return [state.repomd.records["primary"], *([paths] if paths else [])]
