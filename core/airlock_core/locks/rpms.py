"""``rpms.lock``: the ``rpms.lock.yaml`` format of the Konflux ecosystem, version 1, with our facts as extra keys.

Source: the format that rpm-lockfile-prototype writes and hermeto reads; ours adds ``repos``, ``signer``, ``module``,
``options`` and ``unsigned``, and on top of an architecture ``assumed``. A lock that has none of these is written back
as it was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from airlock_core.digest import Digest
from airlock_core.locks.reader import Reader
from airlock_core.nevra import Nevra


@dataclass(frozen=True, order=True)
class LockedRpm:
    """One RPM, binary or source.

    Args:
        name, evr: as in :class:`~airlock_core.nevra.Nevra`; ``evr`` without a zero epoch. Taken from the file name
            where a lock lacks them, as those of older tools do.
        arch: the package's own architecture, such as ``noarch``; written only where the file name says another.
        url: where it was seen; fetched from there, by digest.
        repoid: the repo's id in the manifest.
        size: bytes of the file.
        checksum: digest of the file.
        sourcerpm: file name of its source RPM; None where the metadata has none.
        signer: full fingerprint of the key (or subkey) that signed it; None where no key that the manifest lists did.
        module: ``name:stream:version:context:arch`` where it is of a module stream.
        options: options of the manifest that ask for it; empty for the release's own content.
        unsigned: the manifest's reason to take it in spite of what speaks against its signature.
        objection: what that is, such as ``it is not signed``.
        no_source: the manifest's reason why its source RPM is not carried although sources are.
    """

    name: str
    evr: str
    arch: str
    url: str
    repoid: str
    size: int
    checksum: Digest
    sourcerpm: str | None = None
    signer: str | None = None
    module: str | None = None
    options: tuple[str, ...] = ()
    unsigned: str | None = None
    objection: str | None = None
    no_source: str | None = None

    @property
    def nevra(self) -> Nevra:
        """The package's identity."""
        return Nevra.of(self.name, self.evr, self.arch)

    @property
    def filename(self) -> str:
        """The last part of its URL."""
        return self.url.rsplit("/", 1)[-1]


@dataclass(frozen=True, order=True)
class ModuleMetadata:
    """One metadata document of a repo: its modules.yaml, comps.xml or updateinfo.xml."""

    repoid: str
    url: str
    size: int
    checksum: Digest


@dataclass(frozen=True, order=True)
class LockedRepo:
    """What the solve saw of one repo.

    Args:
        id: the repo's id in the manifest.
        repomd: digest of its repomd.xml.
        revision: repomd's revision, as text.
        key: fingerprints of the keys that the manifest gives for it.
        subkeys: of their subkeys that sign, each with that of its primary key: what vendors publish is the latter.
        comps, updateinfo: URL, size and digest of its comps.xml and updateinfo.xml, where it has them.
        timestamp: of its newest metadata file, seconds since 1970; None where neither repomd nor the lock says.
        base: URL that its locked files stand below, where the manifest names a list of mirrors and not the mirror.
        earlier: digests of its repomd.xml of other days, the newest first: they list what stayed as it was locked
            (``lock --update``) and is listed no more.
    """

    id: str
    repomd: Digest
    revision: str
    key: tuple[str, ...] = ()
    comps: ModuleMetadata | None = None
    updateinfo: ModuleMetadata | None = None
    timestamp: int | None = None
    base: str | None = None
    subkeys: tuple[tuple[str, str], ...] = ()
    earlier: tuple[Digest, ...] = ()

    @property
    def roots(self) -> tuple[Digest, ...]:
        """Every repomd.xml that lists some of its packages, the newest first."""
        return (self.repomd, *self.earlier)

    @property
    def documents(self) -> tuple[ModuleMetadata, ...]:
        """Those of its metadata documents that are locked."""
        return tuple(document for document in (self.comps, self.updateinfo) if document)


@dataclass(frozen=True)
class RpmArch:
    """All packages of one architecture.

    Args:
        module_metadata: the documents that describe the module streams of its packages.
        module_streams: streams, named as in ``LockedRpm.module``, that these require and no package is of; without them
            dnf would not take the others for active.
        assumed: provides that the site already has and no package brings.
    """

    arch: str
    packages: tuple[LockedRpm, ...] = ()
    source: tuple[LockedRpm, ...] = ()
    module_metadata: tuple[ModuleMetadata, ...] = ()
    assumed: tuple[str, ...] = ()
    module_streams: tuple[str, ...] = ()


@dataclass(frozen=True)
class RpmsLock:
    """The whole lock."""

    arches: tuple[RpmArch, ...] = ()
    repos: tuple[LockedRepo, ...] = ()

    @property
    def packages(self) -> tuple[LockedRpm, ...]:
        """Binary packages of all architectures."""
        return tuple(package for arch in self.arches for package in arch.packages)

    @property
    def sources(self) -> tuple[LockedRpm, ...]:
        """Source RPMs of all architectures, each once."""
        return tuple({one.checksum: one for arch in self.arches for one in arch.source}.values())

    def to_data(self) -> dict[str, Any]:
        """The lock as plain data, sorted, in the format's order of keys."""
        data: dict[str, Any] = {"lockfileVersion": 1, "lockfileVendor": "redhat"}
        data["arches"] = [_arch_data(arch) for arch in sorted(self.arches, key=lambda arch: arch.arch)]
        if self.repos:
            data["repos"] = [_repo_data(repo) for repo in sorted(self.repos, key=lambda repo: repo.id)]
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any], *, where: str = "rpms.lock") -> RpmsLock:
        """Read plain data.

        Raises:
            InputError, Faults: unknown or missing keys, values of another type.
        """
        reader = Reader(data, where)
        reader.constant("lockfileVersion", 1)
        reader.constant("lockfileVendor", "redhat")
        lock = cls(arches=reader.each("arches", _read_arch), repos=reader.each("repos", _read_repo))
        reader.done(where)
        return lock


def _arch_data(arch: RpmArch) -> dict[str, Any]:
    data: dict[str, Any] = {
        "arch": arch.arch,
        "packages": [_rpm_data(package) for package in sorted(arch.packages)],
        "source": [_rpm_data(package) for package in sorted(arch.source)],
        "module_metadata": [_module_data(metadata) for metadata in sorted(arch.module_metadata)],
    }
    if arch.module_streams:
        data["module_streams"] = sorted(arch.module_streams)
    if arch.assumed:
        data["assumed"] = sorted(arch.assumed)
    return data


def _rpm_data(package: LockedRpm) -> dict[str, Any]:
    data: dict[str, Any] = {
        "url": package.url,
        "repoid": package.repoid,
        "size": package.size,
        "checksum": str(package.checksum),
        "name": package.name,
        "evr": package.evr,
    }
    extras = {
        "sourcerpm": package.sourcerpm,
        "arch": package.arch if package.arch != _named(package.url)[2] else None,
        "signer": package.signer,
        "module": package.module,
        "options": sorted(package.options),
        "unsigned": package.unsigned,
        "objection": package.objection,
        "no_source": package.no_source,
    }
    return {**data, **{key: value for key, value in extras.items() if value}}


def _module_data(metadata: ModuleMetadata) -> dict[str, Any]:
    return {
        "url": metadata.url,
        "repoid": metadata.repoid,
        "size": metadata.size,
        "checksum": str(metadata.checksum),
    }


def _repo_data(repo: LockedRepo) -> dict[str, Any]:
    data: dict[str, Any] = {"id": repo.id, "repomd": str(repo.repomd), "revision": repo.revision}
    if repo.earlier:
        data["earlier"] = [str(digest) for digest in repo.earlier]
    if repo.timestamp is not None:
        data["timestamp"] = repo.timestamp
    if repo.base:
        data["base"] = repo.base
    if repo.key:
        data["key"] = sorted(repo.key)
    if repo.subkeys:
        data["subkeys"] = dict(sorted(repo.subkeys))
    for kind, document in (("comps", repo.comps), ("updateinfo", repo.updateinfo)):
        if document:
            data[kind] = {key: value for key, value in _module_data(document).items() if key != "repoid"}
    return data


def _read_arch(reader: Reader) -> RpmArch:
    return RpmArch(
        arch=reader.text("arch"),
        packages=reader.each("packages", _read_rpm),
        source=reader.each("source", _read_rpm),
        module_metadata=reader.each("module_metadata", _read_module),
        module_streams=reader.texts("module_streams"),
        assumed=reader.texts("assumed"),
    )


def _read_rpm(reader: Reader) -> LockedRpm:
    url = reader.text("url")
    name, evr, arch = _named(url)
    return LockedRpm(
        name=reader.text("name", name or None),
        evr=reader.text("evr", evr or None),
        arch=reader.text("arch", arch),
        url=url,
        repoid=reader.text("repoid", ""),
        size=reader.number("size"),
        checksum=reader.digest("checksum"),
        sourcerpm=reader.text("sourcerpm", "") or None,
        signer=reader.text("signer", "") or None,
        module=reader.text("module", "") or None,
        options=reader.texts("options"),
        unsigned=reader.text("unsigned", "") or None,
        objection=reader.text("objection", "") or None,
        no_source=reader.text("no_source", "") or None,
    )


def _named(url: str) -> tuple[str, str, str]:
    """Name, version-release and architecture as the file's name has them; no epoch stands there."""
    stem = unquote(url).rsplit("/", 1)[-1].removesuffix(".rpm")
    rest, _, arch = stem.rpartition(".")
    name, version, release = [*rest.rsplit("-", 2), "", ""][:3]
    return (name, f"{version}-{release}", arch) if release else ("", "", arch)


def _read_module(reader: Reader) -> ModuleMetadata:
    return ModuleMetadata(
        repoid=reader.text("repoid"),
        url=reader.text("url"),
        size=reader.number("size"),
        checksum=reader.digest("checksum"),
    )


def _read_repo(reader: Reader) -> LockedRepo:
    identity = reader.text("id")
    return LockedRepo(
        id=identity,
        repomd=reader.digest("repomd"),
        revision=reader.text("revision"),
        key=reader.texts("key"),
        subkeys=tuple(sorted((str(key), str(primary)) for key, primary in reader.mapping("subkeys").items())),
        comps=_read_document(reader, "comps", identity),
        updateinfo=_read_document(reader, "updateinfo", identity),
        timestamp=reader.number("timestamp") if "timestamp" in reader.left else None,
        base=reader.text("base", "") or None,
        earlier=reader.digests("earlier"),
    )


def _read_document(reader: Reader, kind: str, repoid: str) -> ModuleMetadata | None:
    data = reader.mapping(kind)
    if not data:
        return None
    inner = Reader({**data, "repoid": repoid}, reader.at(kind), inside=True)
    document = _read_module(inner)
    inner.no_more()
    reader.faults += inner.faults
    return document
