"""Locked packages that no metadata at hand lists: what their files say of them, or no more than what the lock does.

`lock --update` keeps builds that their repository lists no more, and the lock names the repository as it is now.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import solv

from airlock_builder.lock.rpms.metadata.document import Document
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_builder.manifest.model import Repo
from airlock_core.locks import LockedRpm

Files = Callable[[LockedRpm], Path | None]
"""The whole file of a locked package; None where it is not at hand."""
_REPO = "@unlisted"
"""No repository's own id can have the sign."""


@dataclass(frozen=True)
class Unlisted:
    """Such packages, by their ids in the pool.

    Args:
        packages: all of them.
        lost: of which nothing is known but name and version, so that neither is what they require.
    """

    packages: Mapping[int, LockedRpm] = field(default_factory=dict)
    lost: frozenset[int] = frozenset()


def add(universe: Universe, packages: Sequence[LockedRpm], files: Files, cache: Path, *, filelists: bool) -> Unlisted:
    """Put packages into a pool that no repository of it lists; to be called before it is indexed.

    Args:
        cache: where what their headers say is kept.
        filelists: with the paths of all their files.
    """
    if not packages:
        return Unlisted()
    paths = {package: path for package in sorted(packages) if (path := files(package))}
    lost = [package for package in sorted(packages) if package not in paths]
    universe.add(Repo(id=_REPO, folder=cache), "the store")
    if paths:
        _read(universe, list(paths.values()), cache, filelists=filelists)
    known = dict(zip(universe.ids_of(_REPO), paths, strict=True))
    bare = {_named(universe, package): package for package in lost}
    universe.repos[_REPO].internalize()
    return Unlisted({**known, **bare}, frozenset(bare))


def _read(universe: Universe, paths: Sequence[Path], cache: Path, *, filelists: bool) -> None:
    from airlock_builder.lock.rpms.metadata.described import describe  # createrepo_c, which few runs need

    about = [describe(path, cache / "folders") for path in paths]
    with tempfile.TemporaryDirectory(prefix="airlock-") as folder:
        primary = _document(Path(folder), "metadata", "common", [one.primary_at("in-the-store.rpm") for one in about])
        universe.read_primary(_REPO, primary)
        if filelists:
            listed = _document(Path(folder), "filelists", "filelists", [one.filelists for one in about])
            universe.read_filelists(_REPO, listed)


def _document(folder: Path, root: str, schema: str, entries: Sequence[str]) -> Document:
    namespaces = f'xmlns="http://linux.duke.edu/metadata/{schema}" xmlns:rpm="http://linux.duke.edu/metadata/rpm"'
    path = folder / f"{root}.xml"
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {namespaces} packages="{len(entries)}">\n'
    path.write_text(f"{head}{''.join(entries)}</{root}>\n", encoding="utf-8")
    return Document(path, str(path))


def _named(universe: Universe, package: LockedRpm) -> int:
    """A package that provides its own name alone."""
    pool = universe.pool
    solvable = universe.repos[_REPO].add_solvable()
    solvable.name, solvable.evr, solvable.arch = package.name, package.evr, package.arch
    solvable.add_provides(pool.Dep(package.name).Rel(solv.REL_EQ, pool.Dep(package.evr)))
    number: int = solvable.id
    return number
