"""The RPM side of a lock, from repositories to RpmsLock."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from airlock_builder.lock.rpms.closure import Closure, close, comps_record
from airlock_builder.lock.rpms.content import Ask, asks
from airlock_builder.lock.rpms.metadata import Metadata, RepoState
from airlock_builder.lock.rpms.repomd import Record, join
from airlock_builder.lock.rpms.signers import Signer, Signers
from airlock_builder.lock.rpms.universe import Package
from airlock_builder.manifest.model import Platform, Rpms
from airlock_builder.remote.http import HttpClient
from airlock_core.errors import AirlockError, raise_all
from airlock_core.locks import LockedRepo, LockedRpm, ModuleMetadata, RpmArch, RpmsLock
from airlock_core.nevra import Nevra
from airlock_core.progress import Progress, silent

Content = Iterable[tuple[str | None, Rpms]]
"""What the release (None) and each of its options ask for."""


def lock_rpms(
    content: Content,
    platform: Platform,
    http: HttpClient,
    cache: Path,
    *,
    kickstart_packages: Sequence[str] = (),
    jobs: int = 4,
    progress: Progress = silent,
) -> RpmsLock:
    """Lock all RPMs of a release: solved into an empty system, each with digest, size and signer.

    Args:
        content: the release's own part under None, and each option's part under its name.
        platform: what the release installs.
        http: the network.
        cache: folder for repository metadata (``Store.metadata``).
        kickstart_packages: what the kickstarts' %packages ask for, added to the release's own requests.
        jobs: how many packages are looked at at once.
        progress: told of packages whose signer was found.

    Raises:
        InputError: requests or repositories that do not fit (exit 3).
        VerificationError: metadata or packages that are not what they must be (exit 4).
        UpstreamError: what the upstream does not give (exit 5).
    """
    asked = asks(content, kickstart_packages)
    if not asked:
        return RpmsLock()
    metadata = Metadata(http, cache)
    states = _states(metadata, asked)
    closure = _close(metadata, states, asked, platform)
    unsigned = [entry for ask in asked for entry in ask.unsigned]
    signers = Signers(http, cache, unsigned, jobs=jobs, progress=progress).find(closure.packages, states)
    return _lock(closure, states, signers, metadata, platform)


def closed_set(
    content: Content,
    platform: Platform,
    http: HttpClient,
    cache: Path,
    *,
    kickstart_packages: Sequence[str] = (),
    requests: Sequence[str] | None = None,
) -> list[tuple[Nevra, str]]:
    """The packages that :func:`lock_rpms` would lock, with their repositories, from metadata alone.

    Args:
        requests: asked for instead of what the manifest asks for (``lock --dry-run REQUEST…``); options are left out.

    Raises:
        as :func:`lock_rpms`, but for signatures, which are not looked at.
    """
    asked = asks(content, kickstart_packages, requests)
    if not asked:
        return []
    metadata = Metadata(http, cache)
    closure = _close(metadata, _states(metadata, asked), asked, platform)
    return [(package.nevra, package.repoid) for package in closure.packages]


def _states(metadata: Metadata, asked: Sequence[Ask]) -> dict[str, RepoState]:
    """The state of each repository, or all that is wrong with any of them."""
    found: dict[str, RepoState] = {}
    faults: list[AirlockError] = []
    for repoid, repo in sorted({repo.id: repo for ask in asked for repo in ask.repos}.items()):
        try:
            found[repoid] = metadata.state(repo)
        except AirlockError as fault:
            faults.append(fault)
    raise_all(f"{len(faults)} repositories cannot be used", faults)
    return found


def _close(metadata: Metadata, states: Mapping[str, RepoState], asked: Sequence[Ask], platform: Platform) -> Closure:
    with tempfile.TemporaryDirectory(prefix="airlock-lock-") as scratch:
        return close(metadata, states, asked, platform, Path(scratch))


def _lock(
    closure: Closure,
    states: Mapping[str, RepoState],
    signers: Mapping[Package, Signer],
    metadata: Metadata,
    platform: Platform,
) -> RpmsLock:
    packages = tuple(sorted(_rpm(package, closure, states, signers[package]) for package in closure.packages))
    modular = {package.repoid for package in packages if package.module}
    arch = RpmArch(
        arch=platform.arch,
        packages=packages,
        module_metadata=tuple(_described(metadata, states[repoid], "modules") for repoid in sorted(modular)),
        assumed=closure.assumed,
    )
    return RpmsLock((arch,), tuple(_repo(metadata, state) for _, state in sorted(states.items())))


def _rpm(package: Package, closure: Closure, states: Mapping[str, RepoState], signer: Signer) -> LockedRpm:
    stream = closure.streams.get(package.nevra)
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
        module=str(stream) if stream else None,
        options=closure.options.get(package, ()),
        unsigned=signer.unsigned,
    )


def _repo(metadata: Metadata, state: RepoState) -> LockedRepo:
    comps = comps_record(metadata, state)
    return LockedRepo(
        id=state.config.id,
        repomd=state.digest,
        revision=state.repomd.revision,
        key=state.keys.fingerprints,
        comps=_metadata(metadata, state, comps) if comps else None,
    )


def _described(metadata: Metadata, state: RepoState, kind: str) -> ModuleMetadata:
    return _metadata(metadata, state, state.repomd.records[kind])


def _metadata(metadata: Metadata, state: RepoState, record: Record) -> ModuleMetadata:
    return ModuleMetadata(state.config.id, state.url(record), metadata.size(state, record), record.digest)
