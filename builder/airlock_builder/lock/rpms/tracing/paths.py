"""Pools that know the paths of all files only where a path is asked for or required: most of a load is those."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import solv

from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.lock.rpms.solving import picks
from airlock_builder.lock.rpms.solving.loading import loaded
from airlock_builder.lock.rpms.solving.requests import Request
from airlock_builder.lock.rpms.solving.universe import Universe, needs_filelists

MARKERS = (-1, 1)
"""libsolv keeps requirements in two parts: before its marker, and behind it what scriptlets need (Requires(pre))."""
_RELATIONS = (solv.SOLVABLE_REQUIRES, solv.SOLVABLE_RECOMMENDS, solv.SOLVABLE_SUPPLEMENTS, solv.SOLVABLE_CONFLICTS)

T = TypeVar("T")


@contextmanager
def loaded_for(
    metadata: Metadata,
    states: Sequence[RepoState],
    arch: str,
    find: Callable[[Universe, bool], T],
    wants_paths: Callable[[Universe, T], bool],
) -> Iterator[tuple[Universe, T]]:
    """A pool that is not indexed yet, and what was found in it, for the length of a block.

    Args:
        find: looks into a pool that does not know the paths of all files, or does.
        wants_paths: whether what was found hangs on paths that only filelists know.

    Raises:
        VerificationError, UpstreamError: metadata that cannot be had.
    """
    with loaded(metadata, states, arch, filelists=False) as universe:
        found = find(universe, False)  # noqa: FBT003 - one word for each of two loads
        if not wants_paths(universe, found):
            yield universe, found
            return
        del found
    with loaded(metadata, states, arch, filelists=True) as universe:
        yield universe, find(universe, True)  # noqa: FBT003


def need_paths(universe: Universe, numbers: Iterable[int], requests: Iterable[Request]) -> bool:
    """Whether only filelists can say who has a path that is asked for, or that one of these packages speaks of."""
    return any(map(picks.needs_paths, requests)) or any(
        needs_filelists(str(relation))
        for solvable in map(universe.pool.id2solvable, numbers)
        for key in _RELATIONS
        for marker in MARKERS
        for relation in solvable.lookup_deparray(key, marker)
    )
