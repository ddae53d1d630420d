"""``rpms.lock``: the ``rpms.lock.yaml`` format of the Konflux ecosystem, version 1, with our facts as extra keys.

Source: the format that rpm-lockfile-prototype writes and hermeto reads; ours adds ``repos``, ``signer``, ``module``,
``options`` and ``unsigned``, and on top of an architecture ``assumed``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airlock_core.digest import Digest
from airlock_core.locks.reader import Reader
from airlock_core.nevra import Nevra


@dataclass(frozen=True, order=True)
class LockedRpm:
    """One RPM, binary or source.

    Args:
        name, evr: as in :class:`~airlock_core.nevra.Nevra`; ``evr`` without a zero epoch.
        arch: the package's own architecture, such as ``noarch``; taken from the file name where a lock lacks it.
        url: where it was seen; fetched from there, by digest.
        repoid: the repo's id in the manifest.
        size: bytes of the file.
        checksum: digest of the file.
        sourcerpm: file name of its source RPM; None where the metadata has none.
        signer: full fingerprint of the key (or subkey) that signed it; None for what the manifest lists as unsigned.
        module: ``name:stream:version:context:arch`` where it is of a module stream.
        options: options of the manifest that ask for it; empty for the release's own content.
        unsigned: the manifest's reason to take it without a signature.
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
    """A repo's modules.yaml."""

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
        comps: URL, size and digest of its comps.xml, where it has one.
    """

    id: str
    repomd: Digest
    revision: str
    key: tuple[str, ...] = ()
    comps: ModuleMetadata | None = None


@dataclass(frozen=True)
class RpmArch:
    """All packages of one architecture."""

    arch: str
    packages: tuple[LockedRpm, ...] = ()
    source: tuple[LockedRpm, ...] = ()
    module_metadata: tuple[ModuleMetadata, ...] = ()
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True)
class RpmsLock:
    """The whole lock. ``assumed``, per architecture, are provides that the site already has and no package brings."""

    arches: tuple[RpmArch, ...] = ()
    repos: tuple[LockedRepo, ...] = ()

    @property
    def packages(self) -> tuple[LockedRpm, ...]:
        """Binary packages of all architectures."""
        return tuple(package for arch in self.arches for package in arch.packages)

    def to_data(self) -> dict[str, Any]:
        """The lock as plain data, sorted, in the format's order of keys."""
        data: dict[str, Any] = {"lockfileVersion": 1, "lockfileVendor": "redhat"}
        data["arches"] = [_arch_data(arch) for arch in sorted(self.arches, key=lambda arch: arch.arch)]
        data["repos"] = [_repo_data(repo) for repo in sorted(self.repos)]
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
        "arch": package.arch,
        "signer": package.signer,
        "module": package.module,
        "options": sorted(package.options),
        "unsigned": package.unsigned,
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
    if repo.key:
        data["key"] = sorted(repo.key)
    if repo.comps:
        data["comps"] = {key: value for key, value in _module_data(repo.comps).items() if key != "repoid"}
    return data


def _read_arch(reader: Reader) -> RpmArch:
    return RpmArch(
        arch=reader.text("arch"),
        packages=reader.each("packages", _read_rpm),
        source=reader.each("source", _read_rpm),
        module_metadata=reader.each("module_metadata", _read_module),
        assumed=reader.texts("assumed"),
    )


def _read_rpm(reader: Reader) -> LockedRpm:
    url = reader.text("url")
    return LockedRpm(
        name=reader.text("name"),
        evr=reader.text("evr"),
        arch=reader.text("arch", _arch_of(url)),
        url=url,
        repoid=reader.text("repoid", ""),
        size=reader.number("size"),
        checksum=reader.digest("checksum"),
        sourcerpm=reader.text("sourcerpm", "") or None,
        signer=reader.text("signer", "") or None,
        module=reader.text("module", "") or None,
        options=reader.texts("options"),
        unsigned=reader.text("unsigned", "") or None,
    )


def _arch_of(url: str) -> str:
    return url.removesuffix(".rpm").rsplit(".", 1)[-1]


def _read_module(reader: Reader) -> ModuleMetadata:
    return ModuleMetadata(
        repoid=reader.text("repoid"),
        url=reader.text("url"),
        size=reader.number("size"),
        checksum=reader.digest("checksum"),
    )


def _read_repo(reader: Reader) -> LockedRepo:
    identity = reader.text("id")
    repo = LockedRepo(
        id=identity,
        repomd=reader.digest("repomd"),
        revision=reader.text("revision"),
        key=reader.texts("key"),
    )
    comps = reader.mapping("comps")
    if not comps:
        return repo
    inner = Reader({**comps, "repoid": identity}, f"{reader.where}.comps")
    metadata = _read_module(inner)
    inner.no_more()
    reader.faults += inner.faults
    return LockedRepo(repo.id, repo.repomd, repo.revision, repo.key, metadata)
