"""All packages of all repositories in one libsolv pool."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator, Sequence, Set
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import solv

from airlock_builder.lock.rpms.metadata import shape
from airlock_builder.lock.rpms.metadata.division import Share, Write, whole, written
from airlock_builder.lock.rpms.metadata.document import Document
from airlock_builder.lock.rpms.metadata.repomd import checked_digest, checked_href
from airlock_builder.lock.rpms.nearest import Names
from airlock_builder.lock.rpms.package import Package
from airlock_builder.manifest.model import Repo
from airlock_core import forks
from airlock_core.errors import InputError, VerificationError
from airlock_core.nevra import Nevra

_IN_PRIMARY = re.compile(r"/etc/.*|.*bin/.*|/usr/lib/sendmail")
"""Paths that primary has; all others stand in filelists alone (createrepo_c, "primary files")."""
ASSUMED = "@assumed"
_NOTED = solv.SOLVID_META, solv.REPOSITORY_ADDEDFILEPROVIDES
"""Where a repository says for which paths its packages were searched."""
MAX_NEVRA = 255
"""Letters of a package's identity: it must do for a file's name."""
MAX_FILE = 64 << 30
"""Bytes of a package."""
_LEAST_HEADER = 96 + 16
"""Bytes of an RPM's lead and of the beginning of its first header."""
_EPOCH = re.compile("[0-9]{1,10}")


class Universe:
    """A pool of packages.

    Args:
        arch: the platform's architecture, such as ``x86_64``; packages for others are never chosen.
    """

    def __init__(self, arch: str) -> None:
        self.pool: Any = solv.Pool()
        self.pool.setdisttype(solv.Pool.DISTTYPE_RPM)
        # packages of two architectures (colours, to rpm) may stand side by side, as in Enterprise Linux's libsolv
        self.pool.set_flag(solv.Pool.POOL_FLAG_IMPLICITOBSOLETEUSESCOLORS, 1)
        # what is hidden still provides, though it cannot be chosen, as in libdnf's pool
        self.pool.set_flag(solv.Pool.POOL_FLAG_WHATPROVIDESWITHDISABLED, 1)
        self.arch = arch
        self.pool.setarch(arch)
        self.repos: dict[str, Any] = {}
        self.urls: dict[str, str] = {}
        self._shown: Set[int] = frozenset()

    def add(self, config: Repo, where: str) -> None:
        """Add a repository, without packages yet.

        Args:
            where: URL of its primary metadata, for errors.
        """
        repo = self.pool.add_repo(config.id)
        repo.priority = -config.priority  # the manifest counts as dnf does, the lowest first; libsolv takes the highest
        repo.subpriority = -config.cost
        self.repos[config.id], self.urls[config.id] = repo, where

    def read_primary(
        self, repoid: str, primary: Document, share: Share | None = None, beside: Callable[[str], Path] | None = None
    ) -> None:
        """Read a repository's packages from its primary metadata.

        Args:
            share: this process's share of the document; None: all of it.
            beside: gives the rest, by repository, as :meth:`save` kept it.

        Raises:
            VerificationError: not metadata as it must be.
        """
        share = share or whole(primary)
        attributes = shape.check_head(primary.beginning(), "metadata", where=primary.where)
        if share.here:
            self._parse(repoid, share.here, primary.where)
        if share.beside and beside and not self.restore(repoid, beside(repoid)):
            raise self._unreadable(primary.where)
        count = self.repos[repoid].nsolvables
        if attributes.get("packages", str(count)) != str(count):
            why = f"it says {attributes['packages']} packages and has {count}"
            raise VerificationError("primary metadata contradicts itself", where=primary.where, why=why)

    def read_apart(self, repoid: str, write: Write, where: str) -> None:
        """Read a document into a repository that this pool does not know, for :meth:`save` to write."""
        self.repos[repoid] = self.pool.add_repo(repoid)
        self._parse(repoid, write, where)

    def read_filelists(self, repoid: str, filelists: Document) -> None:
        """Read the paths of a repository's packages.

        Raises:
            VerificationError: not metadata as it must be.
        """
        shape.check_head(filelists.beginning(), "filelists", where=filelists.where)
        noted = self.repos[repoid].first_repodata()
        if noted:  # without these paths; libsolv must search again
            noted.unset(*_NOTED)
            noted.internalize()
        self._parse(repoid, partial(written, filelists), filelists.where, solv.Repo.REPO_EXTEND_SOLVABLES)

    def _parse(self, repoid: str, write: Write, where: str, flags: int = 0) -> None:
        """Have libsolv parse a document while it is unpacked."""
        with forks.fed(write) as descriptor:
            stream = solv.xfopen_fd("", descriptor)
            loaded = self.repos[repoid].add_rpmmd(stream, None, flags)
            stream.close()
        if not loaded:
            raise self._unreadable(where)

    def _unreadable(self, where: str) -> VerificationError:
        return VerificationError("metadata that libsolv cannot read", where=where, why=str(self.pool.errstr))

    def restore(self, repoid: str, path: Path) -> bool:
        """Load a repository's packages as :meth:`save` kept them; whether libsolv could."""
        stream = solv.xfopen(str(path))
        loaded: bool = self.repos[repoid].add_solv(stream, 0)
        stream.close()
        if not loaded:
            self.repos[repoid].empty(True)  # noqa: FBT003 - libsolv's own signature
        return loaded

    def save(self, repoid: str, path: Path) -> None:
        """Write a repository's packages in libsolv's own format; to be called before :meth:`index`.

        Raises:
            OSError: it could not be written.
        """
        stream = solv.xfopen(str(path), "w")
        written = stream is not None and self.repos[repoid].write(stream)
        if not written or not stream.close():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def note_file_provides(self) -> None:
        """Note for which paths packages were searched, where :meth:`save` keeps it.

        The search takes a quarter of the time in which all is loaded; libsolv searches again where others are required.
        """
        for repo in self.repos.values():
            notes = repo.add_repodata()
            for path in self._required_paths:
                notes.add_idarray(*_NOTED, path)
            notes.internalize()

    def index(self) -> None:
        """Find out what provides what; to be called once, when all is loaded."""
        _ = self._required_paths
        self.pool.createwhatprovides()
        self._shown = self._all

    @cached_property
    def _required_paths(self) -> Sequence[int]:
        """The paths that some package requires; packages that have them provide them from then on."""
        paths: Sequence[int] = self.pool.addfileprovides_queue()
        return paths

    def show_only(self, visible: Set[int]) -> None:
        """Leave only these packages to choose from (and what is assumed)."""
        if visible != self._shown:
            assumed = [solvable.id for solvable in self.pool.installed.solvables] if self.pool.installed else []
            self.pool.set_considered_list([*visible, *assumed])
            self._shown = visible

    @cached_property
    def _all(self) -> Set[int]:
        return frozenset[int]().union(*map(self.ids_of, self.repos))

    def ids_of(self, repoid: str) -> range:
        """The ids of a repository's packages, which libsolv gives in one run."""
        repo = self.repos[repoid]
        first = next(iter(repo.solvables_iter()), None)
        return range(first.id, first.id + repo.nsolvables) if first else range(0)

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
        # libsolv looks through its strings, and only those that are left are asked for: in Python 200,000 take seconds
        marked = self._strings("(")
        texts = (
            self.pool.id2str(string)
            for string in self._strings() - marked - self._strings("/") | marked & self._strings(".so")
            if self.pool.whatprovides(string)
        )
        return Names(stem for stem in map(library, texts) if "(" not in stem and "/" not in stem)

    def _strings(self, part: str = "") -> set[int]:
        """The ids of the strings that packages may provide, with this part in them."""
        return set(self.pool.matchprovidingids(part, solv.Dataiterator.SEARCH_SUBSTRING if part else 0))

    def package(self, number: int) -> Package:
        """A package's facts.

        Raises:
            VerificationError: its metadata is hostile: a place outside the repository, a weak digest, odd numbers.
        """
        solvable = self.pool.id2solvable(number)
        repoid = solvable.repo.name
        nevra = nevra_of(solvable)
        name = str(nevra)
        if not _is_sound(name, nevra) or nevra.evr != solvable.evr.removeprefix("0:"):
            what = f"a package of a name or version that none can have: {str(solvable)[:MAX_NEVRA]!r}"
            raise VerificationError(what, where=self.urls[repoid])
        where = f"{name} in {self.urls[repoid]}"
        if solvable.lookup_str(solv.SOLVABLE_MEDIABASE):
            raise VerificationError("names another base for its file (xml:base)", where=where)
        checksum = solvable.lookup_checksum(solv.SOLVABLE_CHECKSUM)
        if checksum is None:
            raise VerificationError("has no checksum", where=where)
        href = checked_href(solvable.lookup_location()[0] or "", where=where)
        size, end = solvable.lookup_num(solv.SOLVABLE_DOWNLOADSIZE), solvable.lookup_num(solv.SOLVABLE_HEADEREND)
        if not _LEAST_HEADER < end <= size <= MAX_FILE:
            raise VerificationError(f"has a header up to byte {end} of {size}", where=where)
        digest = checked_digest(checksum.typestr(), checksum.hex(), where=where)
        return Package(nevra, repoid, href, size, digest, end, _source(solvable, where))


def nevra_of(solvable: Any) -> Nevra:
    """A package's identity."""
    epoch, _, rest = solvable.evr.rpartition(":")
    version, _, release = rest.rpartition("-")
    return Nevra(solvable.name, int(epoch) if epoch and _EPOCH.fullmatch(epoch) else 0, version, release, solvable.arch)


def _is_sound(text: str, nevra: Nevra) -> bool:
    if len(text) > MAX_NEVRA or not text.isascii() or not text.isprintable():
        return False
    try:
        return Nevra.parse(text) == nevra
    except InputError:
        return False


def _source(solvable: Any, where: str) -> str | None:
    name: str | None = solvable.lookup_sourcepkg() or None
    if name and ("/" in name or len(name) > MAX_NEVRA or not name.isascii() or not name.isprintable()):
        raise VerificationError(f"names a source RPM that cannot be: {name[:MAX_NEVRA]!r}", where=where)
    return name


def library(requirement: str) -> str:
    """A requirement's name: ``foo`` of ``foo >= 1``, and ``libfoo.so.1`` of ``libfoo.so.1(FOO_1)(64bit)``."""
    name = requirement.partition(" ")[0]
    return name.partition("(")[0] if ".so" in name else name


def needs_filelists(path: str) -> bool:
    """Whether only filelists can say who has this path."""
    return path.startswith("/") and not _IN_PRIMARY.fullmatch(path)
