"""All packages of all repositories in one libsolv pool."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import solv

from airlock_builder.lock.rpms import safexml
from airlock_builder.lock.rpms.nearest import Names
from airlock_builder.lock.rpms.repomd import checked_digest, checked_href
from airlock_core.digest import Digest
from airlock_core.errors import InputError, VerificationError
from airlock_core.nevra import Nevra

_IN_PRIMARY = re.compile(r"/etc/.*|.*bin/.*|/usr/lib/sendmail")
"""Paths that primary has; all others stand in filelists alone (createrepo_c, "primary files")."""
ASSUMED = "@assumed"


@dataclass(frozen=True, order=True)
class Package:
    """One package of a repository, as its metadata has it.

    Args:
        nevra, repoid: its identity.
        href: its place below the repository's base.
        size: bytes.
        checksum: of the file.
        header_end: bytes from the file's beginning to the end of its header.
        sourcerpm: file name of its source RPM.
    """

    nevra: Nevra
    repoid: str
    href: str
    size: int
    checksum: Digest
    header_end: int
    sourcerpm: str | None


class Universe:
    """A pool of packages.

    Args:
        arch: the platform's architecture, such as ``x86_64``; packages for others are never chosen.
    """

    def __init__(self, arch: str) -> None:
        self.pool: Any = solv.Pool()
        self.pool.setdisttype(solv.Pool.DISTTYPE_RPM)
        self.arch = arch
        self.pool.setarch(arch)
        self.repos: dict[str, Any] = {}
        self.urls: dict[str, str] = {}

    def add(self, repoid: str, priority: int, primary: Path, *, where: str) -> None:
        """Add a repository by its unpacked primary.xml.

        Raises:
            VerificationError: not metadata as it must be; ``where`` names it.
        """
        attributes = safexml.check_head(primary, "metadata", where=where)
        repo = self.pool.add_repo(repoid)
        repo.priority = -priority  # the manifest counts as dnf does, 1 first; libsolv takes the highest
        self.repos[repoid], self.urls[repoid] = repo, where
        self._load(repo, primary, 0, where)
        count = repo.nsolvables
        if attributes.get("packages", str(count)) != str(count):
            why = f"it says {attributes['packages']} packages and has {count}"
            raise VerificationError("primary metadata contradicts itself", where=where, why=why)

    def extend(self, repoid: str, filelists: Path, *, where: str) -> None:
        """Add the paths of a repository's packages by its unpacked filelists.xml.

        Raises:
            VerificationError: not metadata as it must be.
        """
        safexml.check_head(filelists, "filelists", where=where)
        self._load(self.repos[repoid], filelists, solv.Repo.REPO_EXTEND_SOLVABLES, where)

    def _load(self, repo: Any, path: Path, flags: int, where: str) -> None:
        stream = solv.xfopen(str(path))
        loaded = repo.add_rpmmd(stream, None, flags)
        stream.close()
        if not loaded:
            raise VerificationError("metadata that libsolv cannot read", where=where, why=str(self.pool.errstr))

    def index(self) -> None:
        """Find out what provides what; to be called when all is loaded or what is visible has changed."""
        self.pool.addfileprovides()
        self.pool.createwhatprovides()

    def show_only(self, visible: Iterable[int]) -> None:
        """Leave only these packages to choose from (and what is assumed)."""
        assumed = [solvable.id for solvable in self.pool.installed.solvables] if self.pool.installed else []
        self.pool.set_considered_list([*visible, *assumed])
        self.index()

    def solvables(self) -> Iterator[Any]:
        """All packages of all repositories, visible or not."""
        return (solvable for repo in self.repos.values() for solvable in repo.solvables_iter())

    @cached_property
    def names(self) -> Names:
        """The names of all packages, to find the nearest to one."""
        return Names(solvable.name for solvable in self.solvables())

    @cached_property
    def provided(self) -> Names:
        """What packages provide, likewise: names, and libraries without the symbol version behind them."""
        provides = (solvable.lookup_deparray(solv.SOLVABLE_PROVIDES) for solvable in self.solvables())
        unique = {provide.id: provide for found in provides for provide in found}
        stems = {library(str(provide)) for provide in unique.values()}
        return Names(stem for stem in stems if "(" not in stem and "/" not in stem)

    def package(self, number: int) -> Package:
        """A package's facts.

        Raises:
            VerificationError: its metadata is hostile: a place outside the repository, a weak digest, odd numbers.
        """
        solvable = self.pool.id2solvable(number)
        repoid = solvable.repo.name
        nevra = nevra_of(solvable)
        where = f"{nevra} in {self.urls[repoid]}"
        if not _is_sound(nevra) or nevra.evr != solvable.evr.removeprefix("0:"):
            raise VerificationError("has a name or version that no package can have", where=where)
        if solvable.lookup_str(solv.SOLVABLE_MEDIABASE):
            raise VerificationError("names another base for its file (xml:base)", where=where)
        checksum = solvable.lookup_checksum(solv.SOLVABLE_CHECKSUM)
        if checksum is None:
            raise VerificationError("has no checksum", where=where)
        href = checked_href(solvable.lookup_location()[0] or "", where=where)
        size, end = solvable.lookup_num(solv.SOLVABLE_DOWNLOADSIZE), solvable.lookup_num(solv.SOLVABLE_HEADEREND)
        if not 0 < end <= size:
            raise VerificationError(f"has a header up to byte {end} of {size}", where=where)
        digest = checked_digest(checksum.typestr(), checksum.hex(), where=where)
        return Package(nevra, repoid, href, size, digest, end, solvable.lookup_sourcepkg() or None)


def nevra_of(solvable: Any) -> Nevra:
    """A package's identity."""
    epoch, _, rest = solvable.evr.rpartition(":")
    version, _, release = rest.rpartition("-")
    return Nevra(solvable.name, int(epoch) if epoch.isdecimal() else 0, version, release, solvable.arch)


def _is_sound(nevra: Nevra) -> bool:
    try:
        return Nevra.parse(str(nevra)) == nevra
    except InputError:
        return False


def library(requirement: str) -> str:
    """A requirement's name: ``foo`` of ``foo >= 1``, and ``libfoo.so.1`` of ``libfoo.so.1(FOO_1)(64bit)``."""
    name = requirement.partition(" ")[0]
    return name.partition("(")[0] if ".so" in name else name


def needs_filelists(path: str) -> bool:
    """Whether only filelists can say who has this path."""
    return path.startswith("/") and not _IN_PRIMARY.fullmatch(path)
