"""The RPM side of a lock, from repositories to RpmsLock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from airlock_builder.lock.rpms.closure import Closure, close, comps_record, groups_of
from airlock_builder.lock.rpms.content import Ask, asks
from airlock_builder.lock.rpms.metadata import advisories, rollback
from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.metadata.repomd import Record, join
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.lock.rpms.package import Package
from airlock_builder.lock.rpms.standing import Standing
from airlock_builder.manifest.kspackages import KickstartPackages
from airlock_builder.manifest.model import Platform, Repo, Rpms, Unsigned
from airlock_builder.remote.repositories import Repositories
from airlock_builder.store import Store
from airlock_core.digest import Digest
from airlock_core.locks import LockedRepo, LockedRpm, ModuleMetadata, RpmArch, RpmsLock
from airlock_core.progress import Progress, silent

if TYPE_CHECKING:
    from airlock_builder.lock.rpms.metadata.comps import Comps
    from airlock_builder.lock.rpms.signing.signers import Signer
    from airlock_core.signatures import Keyring

Content = Iterable[tuple[str | None, Rpms]]
"""What the release (None) and each of its options ask for."""


def lock_rpms(
    content: Content,
    platform: Platform,
    repositories: Repositories,
    cache: Path,
    *,
    kickstarts: Sequence[KickstartPackages] = (),
    store: Store | None = None,
    standing: Sequence[LockedRepo] = (),
    allow_rollback: Collection[str] = (),
    stay: Standing | None = None,
    jobs: int = 4,
    progress: Progress = silent,
    note: Callable[[str], None] = lambda text: None,
) -> RpmsLock:
    """Lock all RPMs of a release: solved into an empty system, each with digest, size and signer.

    Args:
        content: the release's own part under None, and each option's part under its name.
        platform: what the release installs.
        repositories: the network, by repository.
        cache: folder for repository metadata (``Store.metadata``).
        kickstarts: what the kickstarts install, so that an unattended installation misses nothing.
        store: where packages go that must be read whole to be judged; None: the cache.
        standing: the repositories as the lock that stands saw them.
        allow_rollback: ids of repositories that may be older than that.
        stay: what is to stay as it is locked; without it, everything is resolved anew.
        jobs: how many packages are looked at at once.
        progress: told of packages whose signer was found.
        note: told what is worth knowing and no fault.

    Raises:
        InputError: requests or repositories that do not fit (exit 3).
        VerificationError: metadata or packages that are not what they must be (exit 4).
        UpstreamError: what the upstream does not give (exit 5).
    """
    from airlock_builder.lock.rpms.signing.signers import Signers

    parts = dict(content)
    asked, carried = asks(parts.items(), kickstarts), parts.get(None, Rpms()).advisories
    if not asked:
        return RpmsLock()
    asked_repos = [repo for ask in asked for repo in ask.repos]
    metadata = _metadata_since(standing, repositories, cache, asked_repos, allow_rollback)
    states = metadata.states(asked_repos, partial(_look, metadata, platform.arch, carried=carried))
    closure = close(metadata, states, asked, platform, stay)
    for text in closure.notes:
        note(text)
    blobs, entries = store or Store(cache / "whole"), _entries(asked, closure)
    finder = Signers(repositories, cache, blobs, entries, major=platform.major, jobs=jobs, progress=progress)
    fresh = _fresh(closure, stay)
    _check_folders(fresh, states)
    signers = finder.find(fresh, states)
    repos = tuple(_repo(metadata, state, closure, note) for _, state in sorted(states.items()))
    locked = _lock(closure, states, signers, metadata, platform, _sources_of(stay))
    return _with_modules(replace(locked, repos=repos), stay)


def _metadata_since(
    standing: Sequence[LockedRepo],
    repositories: Repositories,
    cache: Path,
    asked: Sequence[Repo],
    allow_rollback: Collection[str],
) -> Metadata:
    """Metadata of today, that may not be older than what a lock saw but where that is allowed."""
    rollback.check_allowed(allow_rollback, {repo.id for repo in asked})
    bases = {repo.id: repo.base for repo in standing if repo.base}
    return Metadata(repositories, cache, bases, rollback.guard(standing, allow_rollback))


def _fresh(closure: Closure, stay: Standing | None) -> list[Package]:
    """The packages that no standing entry answers for, whose signers are to be found."""
    known = _sources_of(stay)
    return [
        *(package for package in closure.packages if package not in closure.kept),
        *(package for package in closure.sources.packages if package.checksum not in known),
    ]


def _check_folders(packages: Sequence[Package], states: Mapping[str, RepoState]) -> None:
    """Hold the files of plain folders against what was read of them."""
    if any(state.config.folder for state in states.values()):
        from airlock_builder.lock.rpms.metadata.folder import check_files

        check_files(packages, states)


def _look(metadata: Metadata, arch: str, state: RepoState, *, carried: bool) -> tuple[Keyring, Comps]:
    """Read what goes into the lock besides packages, so that it is known to be sound."""
    if carried:
        advisories.check(metadata, state)
    return state.keys, groups_of(metadata, state, arch)


def _entries(asked: Sequence[Ask], closure: Closure) -> Callable[[Package], tuple[Unsigned, ...]]:
    """The entries of ``rpms.unsigned`` for a package: the release's, and those of the options that bring it."""
    of = {ask.option: ask.unsigned for ask in asked}

    def entries(package: Package) -> tuple[Unsigned, ...]:
        options = closure.options.get(package) or closure.sources.packages.get(package) or (None,)
        return tuple(one for option in options for one in of[option])

    return entries


def _lock(
    closure: Closure,
    states: Mapping[str, RepoState],
    signers: Mapping[Package, Signer],
    metadata: Metadata,
    platform: Platform,
    standing_sources: Mapping[Digest, LockedRpm],
) -> RpmsLock:
    packages = tuple(sorted(_entry(package, closure, states, signers) for package in closure.packages))
    source = tuple(
        sorted(
            replace(standing_sources[package.checksum], options=closure.sources.packages[package])
            if package.checksum in standing_sources
            else _source(package, closure, states, signers[package])
            for package in closure.sources.packages
        )
    )
    # streams of other days are described by what the lock that stands names
    modular = {stream.repoid for stream in (*closure.streams.values(), *closure.required)} & states.keys()
    arch = RpmArch(
        arch=platform.arch,
        packages=packages,
        source=source,
        module_metadata=tuple(_described(metadata, states[repoid], "modules") for repoid in sorted(modular)),
        module_streams=tuple(sorted(map(str, closure.required))),
        assumed=closure.assumed,
    )
    return RpmsLock((arch,))


def _sources_of(stay: Standing | None) -> dict[Digest, LockedRpm]:
    """The source RPMs of the standing lock."""
    return {one.checksum: one for arch in stay.lock.arches for one in arch.source} if stay else {}


def _with_modules(lock: RpmsLock, stay: Standing | None) -> RpmsLock:
    """The lock with the modules.yaml that describe the streams of what stayed, where those of today may not."""
    kept = {one for arch in stay.lock.arches for one in arch.module_metadata} if stay else set()
    required = {arch.arch: arch.module_streams for arch in stay.lock.arches} if stay else {}
    arches = []
    for arch in lock.arches:
        modular = {package.repoid for package in arch.packages if package.module}
        described = {one for one in kept if one.repoid in modular}
        older = {one for one in described if one.checksum not in _digests(arch)}
        moved = {package.module for package in arch.packages if package.module} - _streams(stay)
        if moved or not older:
            arches.append(replace(arch, module_metadata=tuple(sorted({*older, *arch.module_metadata}))))
        else:
            streams = required.get(arch.arch, ())
            arches.append(replace(arch, module_metadata=tuple(sorted(described)), module_streams=streams))
    return replace(lock, arches=tuple(arches))


def _digests(arch: RpmArch) -> set[Digest]:
    return {one.checksum for one in arch.module_metadata}


def _streams(stay: Standing | None) -> set[str]:
    return {package.module for package in stay.lock.packages if package.module} if stay else set()


def _entry(
    package: Package, closure: Closure, states: Mapping[str, RepoState], signers: Mapping[Package, Signer]
) -> LockedRpm:
    stays = closure.kept.get(package)
    if stays is None:
        return _binary(package, closure, states, signers[package])
    return replace(stays, options=closure.options.get(package, ()), no_source=closure.sources.none.get(package))


def _binary(package: Package, closure: Closure, states: Mapping[str, RepoState], signer: Signer) -> LockedRpm:
    stream = closure.streams.get(package.nevra)
    return replace(
        _rpm(package, states, signer),
        module=str(stream) if stream else None,
        options=closure.options.get(package, ()),
        no_source=closure.sources.none.get(package),
    )


def _source(package: Package, closure: Closure, states: Mapping[str, RepoState], signer: Signer) -> LockedRpm:
    """A source RPM; of the module stream that its packages are of."""
    built = closure.sources.built[package]
    streams = sorted(str(closure.streams[one.nevra]) for one in built if one.nevra in closure.streams)
    return replace(
        _rpm(package, states, signer),
        sourcerpm=None,
        module=streams[0] if streams else None,
        options=closure.sources.packages[package],
    )


def _rpm(package: Package, states: Mapping[str, RepoState], signer: Signer) -> LockedRpm:
    return LockedRpm(
        name=package.nevra.name,
        evr=package.nevra.evr,
        arch=package.nevra.arch,
        url=join(states[package.repoid].base, package.href),
        repoid=package.repoid,
        size=package.size,
        checksum=package.checksum,
        sourcerpm=package.sourcerpm,
        signer=signer.fingerprint,
        unsigned=signer.unsigned,
        objection=signer.objection,
    )


def _repo(metadata: Metadata, state: RepoState, closure: Closure, note: Callable[[str], None]) -> LockedRepo:
    comps, updateinfo = comps_record(metadata, state), advisories.obtained(metadata, state, note)
    return LockedRepo(
        id=state.config.id,
        repomd=state.digest,
        revision=state.repomd.revision,
        key=state.keys.fingerprints,
        subkeys=state.keys.subkeys,
        comps=_metadata(metadata, state, comps) if comps else None,
        updateinfo=_metadata(metadata, state, updateinfo) if updateinfo else None,
        timestamp=state.repomd.timestamp,
        base=state.base if metadata.chose(state) else None,
        earlier=closure.earlier.get(state.config.id, ()),
    )


def _described(metadata: Metadata, state: RepoState, kind: str) -> ModuleMetadata:
    return _metadata(metadata, state, state.repomd.records[kind])


def _metadata(metadata: Metadata, state: RepoState, record: Record) -> ModuleMetadata:
    return ModuleMetadata(state.config.id, state.url(record), metadata.size(state, record), record.digest)
