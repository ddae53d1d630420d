"""What lock and fetch work with: the store, and the ways to every kind of upstream."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from airlock_builder.remote.traffic import PER_HOST as PER_HOST
from airlock_core.errors import UpstreamError
from airlock_core.progress import Progress, silent
from airlock_core.values import Value

if TYPE_CHECKING:
    from airlock_builder.manifest.model import Manifest
    from airlock_builder.remote.attachments import Attachments
    from airlock_builder.remote.charts_oci import ChartsOci
    from airlock_builder.remote.http import HttpClient
    from airlock_builder.remote.index import PackageIndex
    from airlock_builder.remote.mirrors import Mirrors
    from airlock_builder.remote.oci.registries import Registries
    from airlock_builder.remote.registry import Registry
    from airlock_builder.remote.repositories import Repositories
    from airlock_builder.remote.rewrites import Rewrite
    from airlock_builder.remote.traffic import Traffic
    from airlock_builder.seen import Seen
    from airlock_builder.store import Store
    from airlock_core.digest import Digest
    from airlock_core.locks import LockedFile


class Workbench(Value):
    """The tools of one run.

    Args:
        ways: where hosts are really asked.
        insecure: registries that are spoken to by plain HTTP.
        jobs: transfers at once.
        progress: where steps are told.
        relay: the proxy that keeps the rate of the programs that are run; None where no rate is limited.
        rewrites: where parts of registries really are.
    """

    store: Store
    http: HttpClient
    repositories: Repositories
    ways: Mirrors
    insecure: frozenset[str]
    jobs: int
    progress: Progress
    relay: str | None = None
    rewrites: tuple[Rewrite, ...] = ()

    @cached_property
    def registries(self) -> Registries:
        """Registries, whatever they are asked for."""
        from airlock_builder.remote.oci.places import Ways
        from airlock_builder.remote.oci.registries import Registries
        from airlock_builder.remote.places import Places

        ways = Ways(Places(self.ways, self.insecure, self.rewrites))
        return Registries(ways, self.http.traffic, offline=self.http.offline, memory=self.seen)

    @cached_property
    def seen(self) -> Seen:
        """What registries were seen to have."""
        from airlock_builder.seen import Seen

        return Seen(self.store)

    @cached_property
    def registry(self) -> Registry:
        """Image registries."""
        from airlock_builder.remote.registry import Registry

        return Registry(self.registries, proxy=self.relay)

    @cached_property
    def charts(self) -> ChartsOci:
        """Charts in registries."""
        from airlock_builder.remote.charts_oci import ChartsOci

        return ChartsOci(self.registries)

    @cached_property
    def attachments(self) -> Attachments:
        """What registries have attached to images."""
        from airlock_builder.remote.attachments import Attachments

        return Attachments(self.registries)

    @cached_property
    def index(self) -> PackageIndex:
        """Python packages."""
        from airlock_builder.remote.index import PackageIndex

        cache = self.store.metadata / "pip"
        return PackageIndex(self.ways, offline=self.http.offline, cache=cache, proxy=self.relay)

    def stand_on(self, bases: Iterable[LockedFile]) -> None:
        """Have repositories within the base ISO read from the one that is locked; it is brought when first needed."""
        base = next(iter(bases), None)

        def image() -> Path:
            if base is None:
                raise UpstreamError("the base ISO is not there to read its repositories", todo="see what else is wrong")

            def fill(part: Path) -> Digest:
                self.http.download(base.download_url, part, size=base.size, digest=base.checksum)
                return base.checksum

            if not self.store.has(base.checksum, base.size):
                self.store.require_space(base.size)
            self.store.ensure(base.checksum, base.size, fill)
            return self.store.path(base.checksum)

        self.repositories.image = image


@contextlib.contextmanager
def workbench(
    manifest: Manifest,
    store: Store,
    mirrors: Mapping[str, str],
    *,
    offline: bool = False,
    jobs: int = 8,
    per_host: int = PER_HOST,
    rate: int | None = None,
    progress: Progress = silent,
) -> Iterator[Workbench]:
    """Open the ways to the upstreams of a manifest, and close them; nobody tidies the store meanwhile.

    Args:
        mirrors: ``HOST`` → ``HOST:PORT``.
        offline: refuse every request to a network.
        jobs: transfers at once.
        per_host: transfers at once from one host.
        rate: bytes a second over all connections.
    """
    from airlock_builder import occupancy
    from airlock_builder.manifest.sources import registry_rewrites, repo_sources, repo_variables
    from airlock_builder.remote.http import HttpClient
    from airlock_builder.remote.mirrors import Mirrors
    from airlock_builder.remote.repositories import Repositories
    from airlock_builder.remote.traffic import Traffic

    ways = Mirrors(dict(mirrors))
    traffic = Traffic(per_host=per_host, rate=rate, tell=progress)
    insecure = frozenset(host for _, content in manifest.contents() for host in content.images.insecure)
    rewrites = tuple(registry_rewrites(manifest))
    repos = [repo for _, content in manifest.contents() for repo in content.rpms.repos]
    present = occupancy.present(store.root, lambda: progress(occupancy.WAITING))
    with present, HttpClient(ways, traffic, offline=offline) as http, _relay(traffic) as relay:
        root = manifest.file.parent if manifest.file else None
        sources = repo_sources(repos, manifest.base.iso if manifest.base else "", root)
        variables, environment = repo_variables(manifest.platform), manifest.environment(os.environ)
        repositories = Repositories(http, sources, store.metadata, variables, environment)
        yield Workbench(store, http, repositories, ways, insecure, jobs, progress, relay, rewrites)


@contextlib.contextmanager
def _relay(traffic: Traffic) -> Iterator[str | None]:
    if traffic.rate is None:
        yield None
        return
    from airlock_builder.remote.relay import relaying

    with relaying(traffic) as url:
        yield url
