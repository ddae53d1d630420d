"""Repositories by id: where their files stand, each with its own access, and the next mirror where one fails."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from airlock_builder.remote import local, mirrorlist
from airlock_builder.remote.access import UNGUARDED, Access
from airlock_builder.remote.documents import Documents, not_kept
from airlock_builder.remote.failover import Candidate, from_any
from airlock_builder.remote.failures import is_absent
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.mirrorlist import Listed
from airlock_builder.remote.roots import Judge, Roots, base_of, root_url
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, Attempts, raise_all
from airlock_core.values import Value

T = TypeVar("T")

MAX_LIST = 4 << 20
"""Bytes of a list of mirrors."""

log = logging.getLogger(__name__)


class RepoSource(Value):
    """Where one repository stands: one of the three.

    Args:
        id: its name in the manifest.
        baseurls: URLs that its files stand below, each a mirror of the others, to be asked in this order.
        mirrorlist: URL of a text that lists such URLs.
        metalink: URL of mirrormanager's XML that does.
        access: how it is reached.
        in_image: whether its one base is within the release's base ISO.
        folder: where its one base, a relative URL, stands on this machine.
    """

    id: str
    baseurls: tuple[str, ...] = ()
    mirrorlist: str | None = None
    metalink: str | None = None
    access: Access = UNGUARDED
    in_image: bool = False
    folder: Path | None = None

    @property
    def list_url(self) -> str | None:
        """URL of its list of mirrors, where it has one."""
        return self.metalink or self.mirrorlist

    @property
    def urls(self) -> tuple[str, ...]:
        """All that the manifest names."""
        return (*self.baseurls, *([self.list_url] if self.list_url else []))

    @property
    def name(self) -> str:
        """What it is kept by: the same source has the same metadata, whatever a manifest calls it."""
        return f"repomd.xml of {self.list_url or ' '.join(self.baseurls)}"


class _Repo:
    """What a run finds out about one repository."""

    def __init__(self, source: RepoSource) -> None:
        self.source = source
        self.lock = threading.Lock()
        self.opening = threading.Lock()
        self.client: HttpClient | None = None
        self.listed = None if source.list_url else Listed(tuple(base.rstrip("/") for base in source.baseurls))
        self.failed: set[str] = set()

    def base_of(self, url: str) -> str | None:
        """The base of a URL, as far as the bases are known."""
        known = self.listed.bases if self.listed else ()
        return next((base for base in known if url.startswith(f"{base}/")), None)


class Repositories:
    """The repositories of a run, for any thread.

    A mirror that failed is remembered, and asked after all others from then on.

    Args:
        http: the network.
        sources: all repositories; the last of an id counts.
        cache: folder that keeps lists of mirrors and root documents; made when first written to. Runs may share it.
        variables: what ``$releasever`` and ``$basearch`` stand for in lists of mirrors.
        environment: holds the secrets that accesses name; by default this process's own.
    """

    image: Callable[[], Path]
    """Gives the path of the base ISO; to be set before a repository within it is used."""

    def __init__(
        self,
        http: HttpClient,
        sources: Iterable[RepoSource],
        cache: Path,
        variables: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._http = http
        self._repos = {source.id: _Repo(source) for source in sources}
        self._documents = Documents(cache / "repomd")
        self._variables = variables or {}
        self._environment = os.environ if environment is None else environment
        self.repodata: Callable[[Path], Path] = lambda folder: folder
        """Gives the folder that holds a plain folder's repodata, for who needs it where it has none of its own."""

    @property
    def offline(self) -> bool:
        """Whether every request to a network is refused."""
        return self._http.offline

    def cancel(self) -> None:
        """Let every request of this run fail soon: it is over."""
        self._http.cancel()

    def client(self, repoid: str) -> HttpClient:
        """The client that reaches a repository as the manifest says; of an unknown one, as any other host.

        Raises:
            InputError: the manifest names a variable that the environment lacks.
        """
        repo = self._repo(repoid)
        source = repo.source
        of_files = source.in_image or source.folder
        if not of_files and (source.access == UNGUARDED or self._http.offline):
            return self._http
        with repo.opening:
            if repo.client is None and source.in_image:
                from airlock_builder.remote.isofiles import IsoClient

                repo.client = IsoClient(self.image)
            if repo.client is None and source.folder:
                from airlock_builder.remote.folderfiles import FolderClient

                repo.client = FolderClient(source.baseurls[0], source.folder, lambda folder: self.repodata(folder))
            if repo.client is None:
                guard = source.access.opened(self._environment, source.urls, where=f"repo {repoid}")
                repo.client = self._http.guarded(guard)
            return repo.client

    def require(self, repoids: Iterable[str]) -> None:
        """Make sure that repositories can be reached as the manifest says, before a thousand files fail one by one.

        Raises:
            InputError, Faults: variables that are not set, certificates that cannot be used; of all of them.
        """
        attempts = Attempts()
        for repoid in sorted(set(repoids)):
            attempts.attempt(lambda repoid=repoid: self.client(repoid), self._http)  # type: ignore[misc]
        raise_all(f"{len(attempts.faults)} things keep repositories from being reached", attempts.faults)

    def bases(self, repoid: str) -> tuple[str, ...]:
        """The URLs that a repository's files stand below, those first that did not fail yet; none of an unknown one.

        Raises:
            UpstreamError: its list of mirrors cannot be fetched, or is empty.
            VerificationError: its metalink is damaged or hostile.
        """
        repo = self._repo(repoid)
        return tuple(sorted(self._listed(repo).bases, key=lambda base: base in repo.failed))

    def has_list(self, repoid: str) -> bool:
        """Whether the manifest names a list of its mirrors, and not them."""
        return bool(self._repo(repoid).source.list_url)

    def locked_base(self, repoid: str, mirror: str, standing: str | None) -> str:
        """The base that locks name: the same from run to run, whichever mirror answered this time.

        That is the manifest's first; of a list of mirrors the one that the standing lock names, for as long as the list
        does, and else the one that gave the root document.

        Args:
            mirror: the one that gave the root document.
            standing: what the standing lock names.
        """
        repo = self._repo(repoid)
        if not repo.source.list_url:
            return self._listed(repo).bases[0]
        return standing if standing in self._listed(repo).bases else mirror

    def root(self, repoid: str, judge: Judge[T], *, limit: int) -> T:
        """What ``judge`` makes of the repository's repomd.xml, from the first mirror whose document passes.

        Where a metalink says what the document must be, one that is another is refused; one that was it before is taken
        where no mirror has the newest. What was kept is not fetched again when one small request shows that it is still
        the same. Without a network the kept one is judged.

        Args:
            limit: bytes at the most.

        Raises:
            VerificationError, UpstreamError: no mirror's passes; each is named with its reason.
        """
        repo, http = self._repo(repoid), self.client(repoid)
        kept, listed = self._documents.kept(repo.source.name), self._listed(repo)
        bases = self.bases(repoid)
        if http.offline:
            bases = tuple(base for base in bases if local.is_local(base))
            if not bases and kept is None:
                raise not_kept(root_url(listed.bases[0]))
        if kept and (not bases or (listed.repomd and listed.repomd[0].fits(kept.body))):
            return judge(base_of(kept.source, listed), kept.body)
        return Roots(self._documents, repo.source.name, listed, judge, limit=limit).first(bases, http, self._note(repo))

    def size(self, repoid: str, url: str) -> int | None:
        """Bytes of a file; None where its server does not say."""
        return self._from_any(repoid, url, None, lambda http, where: http.size(where))

    def get_range(self, repoid: str, url: str, start: int, length: int, judge: Judge[T]) -> T:
        """What ``judge`` makes of a part of a file, from the first mirror whose bytes pass.

        Args:
            url: below any of the repository's bases.
            judge: given the URL that was asked, and what :meth:`HttpClient.get_range` returned.

        Raises:
            UpstreamError, VerificationError: no mirror's passes; each is named with its reason.
        """
        return self._from_any(repoid, url, None, lambda http, where: judge(where, http.get_range(where, start, length)))

    def get(self, repoid: str, url: str, *, limit: int) -> bytes:
        """A document of at most ``limit`` bytes, from this very URL: it belongs to another of the same mirror."""
        return self.client(repoid).get(url, limit=limit).body

    def download(
        self,
        repoid: str,
        url: str,
        part: Path,
        *,
        size: int,
        digest: Digest,
        on_bytes: Callable[[int], None] = lambda count: None,
        base: str | None = None,
    ) -> None:
        """A locked file, as :meth:`HttpClient.download`, from the first mirror that has it.

        Args:
            url: as in the lock.
            base: what it stands below, where the lock says so.

        Raises:
            VerificationError, UpstreamError: no mirror gives it; each is named with its reason.
        """

        def work(http: HttpClient, where: str) -> None:
            told = 0

            def tell(count: int) -> None:
                nonlocal told
                told += count
                on_bytes(count)

            try:
                http.download(where, part, size=size, digest=digest, on_bytes=tell)
            except AirlockError:
                on_bytes(-told)  # the next one begins by counting what is there
                raise

        self._from_any(repoid, url, base, work)

    def _repo(self, repoid: str) -> _Repo:
        return self._repos.get(repoid) or _Repo(RepoSource(repoid))

    def _listed(self, repo: _Repo) -> Listed:
        with repo.lock:
            if repo.listed is None:
                url = str(repo.source.list_url)
                body = self._documents.current(url, self.client(repo.source.id), limit=MAX_LIST)
                repo.listed = mirrorlist.read(body, where=url, variables=self._variables)
            return repo.listed

    def _from_any(self, repoid: str, url: str, base: str | None, work: Callable[[HttpClient, str], T]) -> T:
        repo, http = self._repo(repoid), self.client(repoid)
        if repo.listed and len(repo.listed.bases) < 2:
            return work(http, url)
        candidates = self._candidates(repo, url, base)
        return from_any(candidates, lambda client, one: work(client, one.url), http, self._note(repo), where=url)

    def _candidates(self, repo: _Repo, url: str, base: str | None) -> Iterator[Candidate]:
        """The places to ask for a file: as it is locked first, unless that mirror failed before.

        A list of mirrors is not asked for while the locked URL does.
        """
        own = (base or "").rstrip("/") or repo.base_of(url)
        late = own in repo.failed
        if not late:
            yield Candidate(url, own)
        bases = self.bases(repo.source.id)
        own = own or repo.base_of(url)
        for mirror in bases if own else ():
            if mirror != own:
                yield Candidate(mirror + url.removeprefix(str(own)), mirror)
        if late:
            yield Candidate(url, own)

    def _note(self, repo: _Repo) -> Callable[[Candidate, AirlockError], None]:
        def note(candidate: Candidate, fault: AirlockError) -> None:
            reason = fault.why or fault.what
            log.debug("repo %s: %s passed over: %s", repo.source.id, candidate.mirror or candidate.url, reason)
            # that it lacks one file does not mean that it lacks others; without a root document it is no mirror
            if candidate.mirror and (not is_absent(fault) or candidate.url == root_url(candidate.mirror)):
                repo.failed.add(candidate.mirror)

        return note
