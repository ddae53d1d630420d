"""Locks of RPMs from metadata alone: whole but for signers, which only the packages' files could tell."""

from __future__ import annotations

from pathlib import Path

from airlock_builder.lock.rpms.closure import close
from airlock_builder.lock.rpms.content import asks
from airlock_builder.lock.rpms.lock import Content
from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.metadata.repomd import join
from airlock_builder.lock.rpms.standing import Standing
from airlock_builder.manifest.model import Platform
from airlock_builder.remote.http import HttpClient
from airlock_core.locks import LockedRepo, LockedRpm, RpmArch, RpmsLock
from tests.repositories import reached


def dry_lock(content: Content, platform: Platform, cache: Path, stay: Standing | None = None) -> RpmsLock:
    """What `airlock lock` would write, but for signers and what is no package."""
    content = list(content)
    asked = asks(content)
    with HttpClient() as http:
        metadata = Metadata(reached(http, cache, *(rpms for _, rpms in content)), cache)
        states = metadata.states(repo for ask in asked for repo in ask.repos)
        closure = close(metadata, states, asked, platform, stay)
    packages = (
        LockedRpm(
            name=one.nevra.name,
            evr=one.nevra.evr,
            arch=one.nevra.arch,
            url=join(states[one.repoid].base, one.href),
            repoid=one.repoid,
            size=one.size,
            checksum=one.checksum,
            sourcerpm=one.sourcerpm,
            module=str(closure.streams[one.nevra]) if one.nevra in closure.streams else None,
            options=closure.options.get(one, ()),
        )
        for one in closure.packages
    )
    repos = (LockedRepo(one.config.id, one.digest, one.repomd.revision) for one in states.values())
    return RpmsLock((RpmArch(platform.arch, tuple(packages)),), tuple(repos))
