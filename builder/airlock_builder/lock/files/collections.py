"""Ansible collections locked: those of Galaxy servers, of URLs and of this machine's disk, with what they require.

They come to one folder of the site, so that a release has one version of each, whichever options are chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from airlock_builder.galaxy import archive
from airlock_builder.galaxy.archive import Collection
from airlock_builder.galaxy.ranges import Range, newest_first
from airlock_builder.galaxy.solving import Demand, reached, solve
from airlock_builder.lock.files.taking import Taking
from airlock_builder.lock.files.vouching import Voucher, Vouching, still_vouched
from airlock_builder.lock.files.wanted import url_fault, vouchers
from airlock_builder.lock.gather import gather
from airlock_builder.lock.keeping import Keeping
from airlock_builder.manifest.charts import root_of
from airlock_builder.manifest.collections import archive_url
from airlock_builder.manifest.model import AnyCollection, ArchiveCollection, GalaxyCollection, Manifest, UrlCollection
from airlock_builder.manifest.model.files import GALAXY
from airlock_builder.remote.documents import Documents
from airlock_builder.remote.failures import is_absent
from airlock_builder.remote.galaxy import Galaxy, Release
from airlock_builder.remote.galaxy_servers import GalaxyServers
from airlock_core.digest import Digest
from airlock_core.errors import InputError, UpstreamError, VerificationError, raise_all
from airlock_core.locks import LockedFile
from airlock_core.locks.files import collection_of

_ANY = Range("*")


def lock_collections(
    manifest: Manifest, taking: Taking, vouching: Vouching, keeping: Keeping, documents: Documents
) -> list[LockedFile]:
    """All collections of a manifest and its options, and what they require; their archives are in the store then.

    Args:
        documents: where servers' answers are kept.

    Raises:
        InputError: a server has no such collection or version; no versions go together.
        UpstreamError: a server cannot be reached.
        VerificationError: an archive is not what it should be.
        Faults: several of these.
    """
    asked = list(_asked(manifest))
    if not asked:
        return []
    fixed = _Fixed(manifest, taking, vouching, keeping).locked([one.item for one in asked])
    servers = GalaxyServers(taking.http)
    shelf = _Shelf(Galaxy(servers, documents), keeping, {file.name: file for file in fixed.values()})
    demands: dict[str, tuple[Demand, ...]] = {}
    roots: dict[str, list[str]] = {}
    for one in asked:
        name = one.item.name if isinstance(one.item, GalaxyCollection) else fixed[one.item].name
        if isinstance(one.item, GalaxyCollection):
            shelf.sources[name] = one.item.source
        demands[name] = (*demands.get(name, ()), one.demand)
        roots.setdefault(one.option, []).append(name)
    chosen = solve(demands, shelf)
    options = _options(chosen, roots, shelf)
    brought = _Bringing(shelf, taking, servers)
    files = gather(
        lambda name: brought.file(name, chosen[name]),
        sorted(chosen),
        jobs=4,
        what="collections could not be locked",
        interrupt=taking.http.cancel,
    )
    return [replace(file, options=options[name]) for name, file in zip(sorted(chosen), files, strict=True)]


@dataclass(frozen=True)
class _Asked:
    """An entry of the manifest, and where it stands."""

    item: AnyCollection
    option: str
    where: str

    @property
    def demand(self) -> Demand:
        wanted = Range.parse(self.item.version) if isinstance(self.item, GalaxyCollection) else _ANY
        return Demand(wanted or _ANY, "the manifest asks for", self.where)


def _asked(manifest: Manifest) -> Iterator[_Asked]:
    for option, content in manifest.contents():
        prefix = f"options.{option}." if option else ""
        for index, item in enumerate(content.collections):
            yield _Asked(item, option or "", f"{prefix}collections[{index}]")


def _options(
    chosen: Mapping[str, str], roots: Mapping[str, Iterable[str]], shelf: _Shelf
) -> dict[str, tuple[str, ...]]:
    """The options that lead to each; none where the release itself does."""
    requires = {name: list(shelf.requires(name, version)) for name, version in chosen.items()}
    ways = {option: set(reached(names, requires)) for option, names in roots.items()}
    always = ways.pop("", set())
    return {
        name: () if name in always else tuple(sorted(option for option, names in ways.items() if name in names))
        for name in chosen
    }


@dataclass(frozen=True)
class _Given:
    """A collection of which there is but the one: that of a URL, of a path, or one that stays as it is locked."""

    file: LockedFile

    @property
    def name(self) -> str:
        return collection_of(self.file.filename)[0]

    @property
    def version(self) -> str:
        return collection_of(self.file.filename)[1]

    @property
    def requires(self) -> Mapping[str, str]:
        both = (text.partition(" ") for text in self.file.requires)
        return {name: wanted for name, _, wanted in both}


@dataclass(frozen=True)
class _Fixed:
    """Locks the collections that the manifest gives as archives."""

    manifest: Manifest
    taking: Taking
    vouching: Vouching
    keeping: Keeping

    def locked(self, items: Sequence[AnyCollection]) -> dict[AnyCollection, _Given]:
        """Each of them once."""
        given = [one for one in dict.fromkeys(items) if not isinstance(one, GalaxyCollection)]
        by_url = [one for one in given if isinstance(one, UrlCollection)]
        raise_all("URLs have faults", [fault for one in by_url if (fault := url_fault(one.url))])
        stay: dict[AnyCollection, LockedFile] = {one: kept for one in by_url if (kept := self._kept(one))}
        self.vouching.read(vouchers(one) for one in by_url if one not in stay)
        found = gather(
            lambda one: stay.get(one) or self._fresh(one),
            given,
            jobs=4,
            what="collections could not be locked",
            interrupt=self.taking.http.cancel,
        )
        return dict(zip(given, map(_Given, found), strict=True))

    def _kept(self, one: UrlCollection) -> LockedFile | None:
        kept = self.keeping.file("collection", one.url)
        return kept if kept and still_vouched(vouchers(one), kept) else None

    def _fresh(self, one: AnyCollection) -> LockedFile:
        if isinstance(one, UrlCollection):
            voucher = self.vouching.of(vouchers(one), one.url)
            return self._file(one.url, one.url, voucher)
        assert isinstance(one, ArchiveCollection)  # noqa: S101 - the others are of Galaxy servers
        given = (Digest.parse(one.checksum),) if one.checksum else ()
        named = archive_url(one, root_of(self.manifest))
        return self._file(one.archive.as_uri(), named, Voucher(given, "manifest" if given else "taken"))

    def _file(self, url: str, named: str, voucher: Voucher) -> LockedFile:
        digest, size = self.taking.brought(url, voucher)
        found = archive.read(self.taking.store.path(digest), where=url)
        return _locked(found, named, digest, size, voucher)


@dataclass
class _Shelf:
    """What there is of each collection, with the given ones and those that stay in front.

    Args:
        given: those of which there is but the one, by name.
        sources: the server that has each of the others.
    """

    galaxy: Galaxy
    keeping: Keeping
    given: Mapping[str, _Given]
    sources: dict[str, str] = field(default_factory=dict)
    _releases: dict[tuple[str, str], Release] = field(default_factory=dict)
    _versions: dict[str, list[str]] = field(default_factory=dict)

    def versions(self, name: str) -> Iterator[str]:
        """The versions to try, in their order; a server is asked when those that stay were not enough."""
        if name in self.given:
            yield self.given[name].version
            return
        standing = self.standing(name)
        if standing:
            yield standing.version
        yield from (one for one in self._listed(name) if not standing or one != standing.version)

    def requires(self, name: str, version: str) -> Mapping[str, str]:
        """What one requires; for those that it leads to, its own server is asked."""
        found = self._requires(name, version)
        for other in found:
            self.sources.setdefault(other, self.sources.get(name, GALAXY))
        return found

    def standing(self, name: str) -> _Given | None:
        """The one that is locked, where it may stay: it came from a server, or from nowhere that is named now."""
        kept = self.keeping.collection(name)
        return _Given(kept) if kept and kept.source == "index" and name not in self.given else None

    def release(self, name: str, version: str) -> Release:
        """Where the server has one."""
        if (name, version) not in self._releases:
            self._releases[name, version] = self.galaxy.release(self._source(name), name, version)
        return self._releases[name, version]

    def _requires(self, name: str, version: str) -> Mapping[str, str]:
        known = self.given.get(name) or self.standing(name)
        return known.requires if known and known.version == version else self.release(name, version).requires

    def _listed(self, name: str) -> list[str]:
        """All that the server has, the newest first, pre-releases too: ranges tell what fits."""
        if name not in self._versions:
            source = self._source(name)
            try:
                texts = self.galaxy.versions(source, name)
            except UpstreamError as fault:
                if is_absent(fault):
                    todo = "correct its name, or give `source`, the URL of the server that has it"
                    raise InputError(
                        f"there is no collection {name}", where=source, why=fault.why, todo=todo
                    ) from fault
                raise
            self._versions[name] = newest_first(texts)
        return self._versions[name]

    def _source(self, name: str) -> str:
        return self.sources.get(name, GALAXY)


@dataclass(frozen=True)
class _Bringing:
    """Brings what was chosen, and looks into it."""

    shelf: _Shelf
    taking: Taking
    servers: GalaxyServers

    def file(self, name: str, version: str) -> LockedFile:
        known = self.shelf.given.get(name) or self.shelf.standing(name)
        if known and known.version == version:
            return known.file
        release = self.shelf.release(name, version)
        voucher = Voucher((release.digest,), "index")
        taking = replace(self.taking, http=self.servers.client(release.url))
        digest, size = taking.brought(release.url, voucher)
        found = archive.read(self.taking.store.path(digest), where=release.url)
        told = Collection(name, version, release.requires)
        if found != told:
            raise VerificationError(
                f"is not the collection that its server says: expected {_words(told)}, found {_words(found)}",
                where=release.url,
                todo="ask its maker, or whoever runs the server",
            )
        return _locked(found, release.url, digest, size, voucher)


def _locked(found: Collection, url: str, digest: Digest, size: int, voucher: Voucher) -> LockedFile:
    return LockedFile(
        found.filename,
        url,
        digest,
        size,
        "collection",
        source=voucher.source,
        checksums=voucher.checksums,
        signer=voucher.signer,
        requires=tuple(f"{name} {wanted}" for name, wanted in sorted(found.requires.items())),
    )


def _words(one: Collection) -> str:
    requires = ", ".join(f"{name} {wanted}" for name, wanted in sorted(one.requires.items()))
    return f"{one.name} {one.version} ({f'requires {requires}' if requires else 'requires nothing'})"
