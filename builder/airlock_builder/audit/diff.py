"""Two media, releases or locks compared, and what that means for the advisories that are known."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from airlock_builder import updateinfo
from airlock_builder.audit.subject import Subject, read_subject
from airlock_builder.store import Store
from airlock_core.compare import Difference, compare, content_differs
from airlock_core.compare.advisories import Advisory, AdvisoryChange, advisory_change
from airlock_core.digest import of_file
from airlock_core.errors import InputError
from airlock_core.locks.rpms import ModuleMetadata


@dataclass(frozen=True)
class Diff:
    """What was found.

    Args:
        old, new: what was compared.
        differences: of what they hold, in the order of reading.
        advisories: what changed in them; None where there was nothing to know them from.
        unknown: what is not known of them, and why.
    """

    old: Subject
    new: Subject
    differences: tuple[Difference, ...]
    advisories: AdvisoryChange | None
    unknown: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether they differ in more than their repositories' metadata."""
        return content_differs(self.differences)


def diff(old: Path, new: Path, store: Store, *, known: Sequence[Path] = ()) -> Diff:
    """Compare.

    Args:
        store: where the locked updateinfo.xml of each repository are.
        known: files of advisories to take in place of those.

    Raises:
        InputError, Faults: one of them cannot be read; they have nothing in common.
        VerificationError: a damaged medium; advisories that are not what they must be.
    """
    before, after = read_subject(old), read_subject(new)
    differences = compare(before.found, after.found)
    if not before.locks.rpms.packages and not after.locks.rpms.packages:
        return Diff(before, after, differences, None, ())
    names = {package.name for side in (before, after) for package in side.locks.rpms.packages}
    advisories, unknown, any_source = _advisories(before, after, store, known, names)
    change = advisory_change(advisories, before.locks.rpms, after.locks.rpms) if any_source else None
    return Diff(before, after, differences, change, tuple(unknown))


def _advisories(
    old: Subject, new: Subject, store: Store, known: Sequence[Path], names: Collection[str]
) -> tuple[list[Advisory], list[str], bool]:
    """All advisories, those of the new side last; what could not be had; whether there was any source."""
    found: list[Advisory] = []
    unknown: list[str] = []
    read = 0
    for where, source in _given(known) if known else _locked(old, new, store, unknown):
        with source:
            found += updateinfo.advisories(source, names, where=where)
        read += 1
    if not read and not unknown:
        unknown.append("no updateinfo.xml is locked in either; --updateinfo FILE takes one")
    return found, unknown, bool(read)


def _given(paths: Sequence[Path]) -> Iterator[tuple[str, BinaryIO]]:
    for path in paths:
        try:
            yield str(path), path.open("rb")
        except OSError as error:
            raise InputError("cannot be read", where=str(path), why=error.strerror or str(error)) from error


def _locked(old: Subject, new: Subject, store: Store, unknown: list[str]) -> Iterator[tuple[str, BinaryIO]]:
    """The locked documents, each once; a medium's own where the store lacks them."""
    seen = set()
    for side in (old, new):
        lacking = []
        for repo in side.locks.rpms.repos:
            document = repo.updateinfo
            if document is None or document.checksum in seen:
                continue
            path = _path(document, store)
            if path is None:
                lacking.append(repo.id)
                continue
            seen.add(document.checksum)
            yield document.url, path.open("rb")
        if lacking and side.updateinfo:
            yield f"{side.path}: updateinfo.xml", io.BytesIO(side.updateinfo)
        elif lacking:
            listed = ", ".join(sorted(lacking))
            unknown.append(
                f"the updateinfo.xml of {listed}, locked in {side.path}, is not in the store: run `airlock fetch`"
            )


def _path(document: ModuleMetadata, store: Store) -> Path | None:
    """Where a document is: as fetched, or as `airlock lock` took it for its own use."""
    cached = store.metadata / document.checksum.algorithm / document.checksum.hex
    found = [path for path in (store.path(document.checksum), cached) if path.is_file()]
    return next((path for path in found if of_file(path, document.checksum.algorithm) == document.checksum), None)
