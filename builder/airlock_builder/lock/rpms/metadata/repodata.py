"""Repositories' metadata fetched, verified against repomd.xml, and kept by digest.

Layout of the cache::

    repomd/         the last repomd.xml of each repository, and its list of mirrors (remote/documents.py)
    signatures/HEX  what signs a repomd.xml, by that one's digest
    sha256/HEX      metadata files as served, by digest
    solv/ modules/  repositories' packages and module documents, as they load fastest (derived.py)
    folders/        repodata made for plain folders, and what it says of each file (folder.py, described.py)
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from airlock_builder.lock.gather import gather
from airlock_builder.lock.rpms.metadata import repomd
from airlock_builder.lock.rpms.metadata.derived import ModuleFiles, SolvFiles
from airlock_builder.lock.rpms.metadata.document import Document
from airlock_builder.lock.rpms.metadata.repomd import Record, join
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.manifest.model import Repo
from airlock_builder.remote import local
from airlock_builder.remote.failures import is_absent
from airlock_builder.remote.repositories import Repositories
from airlock_core import atomic
from airlock_core.digest import Digest, of_file
from airlock_core.errors import AirlockError, UpstreamError, VerificationError

if TYPE_CHECKING:
    from airlock_core.locks import LockedRepo
    from airlock_core.signatures import Keyring

_ASKED_AT_ONCE = 8
"""Repositories: each costs a short answer or two, and most of that is waiting."""
MAX_REPOMD = 4 << 20
MAX_SIGNATURE = 1 << 20
MAX_SMALL = 32 << 20
"""Bytes of comps.xml and modules.yaml, which are read into memory."""


class Metadata:
    """Gets metadata, from the cache where it can.

    Args:
        repositories: the network.
        folder: the cache's folder; made when first written to. Runs may share it.
        bases: what the lock that stands names repositories' files by, where that was chosen from a list.
        accept: raises VerificationError for a state that must not be taken; another mirror may have a better one.
    """

    def __init__(
        self,
        repositories: Repositories,
        folder: Path,
        bases: Mapping[str, str] | None = None,
        accept: Callable[[RepoState], None] = lambda state: None,
    ) -> None:
        self._repositories = repositories
        self._folder = folder
        self._bases = bases or {}
        self._accept = accept
        self.solvfiles = SolvFiles(folder / "solv")
        self.modulefiles = ModuleFiles(folder / "modules")
        repositories.repodata = self._repodata

    def states(
        self, repos: Iterable[Repo], also: Callable[[RepoState], object] = lambda state: None
    ) -> dict[str, RepoState]:
        """The current state of each repository, by id.

        Args:
            also: looks at each state, and may raise too.

        Raises:
            AirlockError, Faults: all that is wrong with any of them.
        """

        def work(repo: Repo) -> RepoState:
            state = self.state(repo)
            also(state)
            return state

        unique = dict(sorted({repo.id: repo for repo in repos}.items()))
        jobs = 1 if all(map(_is_local, unique.values())) else _ASKED_AT_ONCE
        found = gather(work, unique.values(), jobs=jobs, what="repositories cannot be used", interrupt=self.cancel)
        return dict(zip(unique, found, strict=True))

    def state(self, repo: Repo) -> RepoState:
        """A repository's current root document, its signature checked where the manifest asks for it.

        Of several mirrors the first counts whose document passes.

        Raises:
            InputError: a key file is missing where it is needed.
            VerificationError: the document is hostile, damaged, or not signed as it must be.
            UpstreamError: it cannot be fetched.
        """
        ring = cache(lambda: _keys(repo))

        def judge(mirror: str, body: bytes) -> RepoState:
            url = join(mirror, "repodata/repomd.xml")
            parsed = repomd.parse(body, where=url)
            if repo.repo_gpgcheck:
                self._check_signature(repo, ring(), url, body)
            state = RepoState(repo, mirror, parsed, Digest.sha256(body), ring)
            self._accept(state)
            self._keep_root(state.digest, body)
            return replace(state, base=self._repositories.locked_base(repo.id, mirror, self._bases.get(repo.id)))

        return self._repositories.root(repo.id, judge, limit=MAX_REPOMD)

    def locked(self, repo: Repo, was: LockedRepo) -> RepoState:
        """A repository as a lock saw it, as far as this cache kept it; else as it is now.

        Raises:
            InputError, VerificationError, UpstreamError: as :meth:`state`.
        """
        return self._as_locked(repo, was) or self.state(repo)

    def kept(self, repo: Repo, was: LockedRepo) -> RepoState | None:
        """A repository as a lock saw it, with those of its files alone that this cache kept; None without its packages.

        Upstreams drop what is not their newest, so that the others are not asked for.
        """
        state = self._as_locked(repo, was)
        records = state.repomd.records if state else {}
        there = {kind: record for kind, record in records.items() if self._path(record.digest).is_file()}
        return replace(state, repomd=replace(state.repomd, records=there)) if state and "primary" in there else None

    def _as_locked(self, repo: Repo, was: LockedRepo) -> RepoState | None:
        path = self._path(was.repomd)
        if not (path.is_file() and of_file(path, was.repomd.algorithm) == was.repomd):
            return None
        document = was.comps or was.updateinfo
        named = was.base or (document.url.partition("/repodata/")[0] if document else "")
        base = named or next(iter(self._repositories.bases(repo.id)), "")
        root = repomd.parse(path.read_bytes(), where=f"repomd.xml of {repo.id}, as locked")
        return RepoState(repo, base, root, was.repomd, cache(lambda: _keys(repo)))

    def _path(self, digest: Digest) -> Path:
        return self._folder / digest.algorithm / digest.hex

    def _keep_root(self, digest: Digest, body: bytes) -> None:
        """Keep a root document by its digest: `airlock why` asks what the lock saw, whatever the upstream has now."""
        kept = self._folder / digest.algorithm / digest.hex
        if not kept.is_file():
            atomic.write(kept, body)

    def _repodata(self, folder: Path) -> Path:
        from airlock_builder.lock.rpms.metadata.folder import repodata_of  # createrepo_c, which few runs need

        return repodata_of(folder, self._folder)

    @property
    def folder(self) -> Path:
        """The cache's folder."""
        return self._folder

    def cancel(self) -> None:
        """Let every request that is under way fail soon."""
        self._repositories.cancel()

    def chose(self, state: RepoState) -> bool:
        """Whether the base was chosen from a list of mirrors, so that the manifest does not tell it."""
        return self._repositories.has_list(state.config.id)

    def small(self, state: RepoState, record: Record) -> bytes:
        """The unpacked content of comps.xml or modules.yaml.

        Raises:
            VerificationError: another size or digest than repomd.xml says, or too long.
            UpstreamError: it cannot be fetched.
        """
        content = io.BytesIO()
        Document(self._file(state, record), state.url(record), record.open_size, MAX_SMALL).write(content)
        return content.getvalue()

    def document(self, state: RepoState, record: Record) -> Document:
        """A metadata file, to be unpacked by who reads it.

        Raises:
            VerificationError: another size or digest than repomd.xml says.
            UpstreamError: it cannot be fetched.
        """
        return Document(self._file(state, record), state.url(record), record.open_size)

    def offered(self, state: RepoState, kinds: Sequence[str]) -> Record | None:
        """Of the kinds that hold the same, the first that repomd.xml lists and the upstream still has.

        Mirrors lose one of them now and then. Without a network, the first that was fetched before.

        Raises:
            UpstreamError: it lists some and has lost them all; or it cannot be asked.
        """
        listed = [state.repomd.records[kind] for kind in kinds if kind in state.repomd.records]
        for record in listed[:-1]:
            try:
                self._file(state, record)
            except UpstreamError as fault:
                if not (is_absent(fault) or self._repositories.offline):
                    raise
            else:
                return record
        if listed:
            self._file(state, listed[-1])
        return listed[-1] if listed else None

    def size(self, state: RepoState, record: Record) -> int:
        """Bytes of a metadata file as served."""
        return record.size if record.size is not None else self._file(state, record).stat().st_size

    def _file(self, state: RepoState, record: Record) -> Path:
        url = state.url(record)
        target = self._folder / record.digest.algorithm / record.digest.hex
        with atomic.held(self._folder / "locks" / record.digest.hex, f"the metadata {url}", wait=True):
            if not (target.is_file() and of_file(target, record.digest.algorithm) == record.digest):
                target.parent.mkdir(parents=True, exist_ok=True)
                self._download(state.config.id, url, record, target)
        return target

    def _download(self, repoid: str, url: str, record: Record, target: Path) -> None:
        size = record.size if record.size is not None else self._repositories.size(repoid, url)
        if size is None or size > repomd.MAX_SIZE:
            raise UpstreamError("cannot be fetched", where=url, why="neither repomd.xml nor the server says its size")
        part = target.with_suffix(".part")
        with atomic.disk_errors(target):
            try:
                self._repositories.download(repoid, url, part, size=size, digest=record.digest)
            except AirlockError as fault:
                fault.what = f"{record.kind} of repo {repoid}: {fault.what}"
                raise
            part.replace(target)

    def _check_signature(self, repo: Repo, keys: Keyring, url: str, body: bytes) -> None:
        """Check what signs repomd.xml; a signature that was good for these bytes is not asked for again.

        Raises:
            VerificationError: it is not signed as it must be.
            UpstreamError: the signature cannot be fetched.
        """
        from airlock_core.signatures.judge import check_document

        now = int(time.time())
        kept = self._folder / "signatures" / Digest.sha256(body).hex
        with contextlib.suppress(FileNotFoundError, VerificationError):
            check_document(keys, kept.read_bytes(), body, now=now, where=f"{url}.asc")
            return
        signature = self._repositories.get(repo.id, f"{url}.asc", limit=MAX_SIGNATURE)
        check_document(keys, signature, body, now=now, where=f"{url}.asc")
        atomic.write(kept, signature)


def _is_local(repo: Repo) -> bool:
    return not (repo.mirrorlist or repo.metalink) and all(map(local.is_local, repo.baseurl))


def _keys(repo: Repo) -> Keyring:
    """Read by gpg, which takes its time; what metadata alone can answer does not need them."""
    from airlock_core.signatures import Keyring

    return Keyring.load(repo.gpgkey)
