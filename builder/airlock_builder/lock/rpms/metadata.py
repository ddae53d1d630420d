"""Repositories' metadata fetched, verified against repomd.xml, and kept by digest.

Layout of the cache::

    repomd/HEX.{xml,asc,json}   the last repomd.xml of a repository (HEX: digest of its URL), its signature, its etag
    sha256/HEX                  metadata files as served, by digest
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from airlock_builder.compression import MAX_OPEN, unpack_file
from airlock_builder.lock.rpms import repomd
from airlock_builder.lock.rpms.repomd import Record, Repomd, join
from airlock_builder.manifest.model import Repo
from airlock_builder.remote.http import HttpClient, Response, StatusError
from airlock_core import atomic
from airlock_core.digest import Digest, of_file
from airlock_core.errors import AirlockError, InputError, UpstreamError, VerificationError
from airlock_core.signatures import Keyring
from airlock_core.signatures.gpgv import check_document

MAX_REPOMD = 4 << 20
MAX_SIGNATURE = 1 << 20
MAX_LIST = 1 << 20
MAX_SMALL = 128 << 20
"""Bytes of comps.xml and modules.yaml, which are read into memory."""


@dataclass(frozen=True)
class RepoState:
    """One repository as it is now.

    Args:
        config: what the manifest says of it.
        base: URL that its files stand below.
        repomd: its root document, read.
        digest: of repomd.xml.
        keys: the public keys that the manifest gives for it.
    """

    config: Repo
    base: str
    repomd: Repomd
    digest: Digest
    keys: Keyring

    def url(self, record: Record) -> str:
        """Where a metadata file is."""
        return join(self.base, record.href)


class Metadata:
    """Gets metadata, from the cache where it can.

    Args:
        http: the network.
        folder: the cache's folder; made when first written to. Runs may share it.
    """

    def __init__(self, http: HttpClient, folder: Path) -> None:
        self._http = http
        self._folder = folder

    def state(self, repo: Repo) -> RepoState:
        """A repository's current root document, its signature checked where the manifest asks for it.

        Raises:
            InputError: a key file is missing.
            VerificationError: the document is hostile, damaged, or not signed as it must be.
            UpstreamError: it cannot be fetched.
        """
        keys = Keyring.load(repo.gpgkey)
        base, body = self._root(repo)
        url = join(base, "repodata/repomd.xml")
        if repo.repo_gpgcheck:
            signature = self._document(f"{url}.asc", MAX_SIGNATURE)
            check_document(keys, signature, body, where=f"{url}.asc")
        return RepoState(repo, base, repomd.parse(body, where=url), Digest.sha256(body), keys)

    def small(self, state: RepoState, record: Record) -> bytes:
        """The unpacked content of comps.xml or modules.yaml.

        Raises:
            VerificationError, UpstreamError: as :meth:`unpacked`.
        """
        content = io.BytesIO()
        self._unpack(state, record, content, MAX_SMALL)
        return content.getvalue()

    def unpacked(self, state: RepoState, record: Record, target: Path) -> None:
        """Write the unpacked content of a metadata file.

        Raises:
            VerificationError: another size or digest than repomd.xml says, or too long.
            UpstreamError: it cannot be fetched.
        """
        with atomic.disk_errors(target), target.open("wb") as file:
            self._unpack(state, record, file, MAX_OPEN)

    def has(self, state: RepoState, record: Record) -> bool:
        """Whether the upstream still has a metadata file that repomd.xml lists."""
        try:
            self._file(state.url(record), record)
        except StatusError:
            return False
        return True

    def size(self, state: RepoState, record: Record) -> int:
        """Bytes of a metadata file as served."""
        return record.size if record.size is not None else self._file(state.url(record), record).stat().st_size

    def _unpack(self, state: RepoState, record: Record, target: BinaryIO, limit: int) -> None:
        url = state.url(record)
        bound = min(limit, record.open_size) if record.open_size is not None else limit
        size = unpack_file(self._file(url, record), target, limit=bound, where=url)
        if record.open_size is not None and size != record.open_size:
            why = f"unpacks to {size} bytes, {record.open_size} expected"
            raise VerificationError("other content than repomd.xml says", where=url, why=why)

    def _file(self, url: str, record: Record) -> Path:
        target = self._folder / record.digest.algorithm / record.digest.hex
        with atomic.held(self._folder / "locks" / record.digest.hex, f"the metadata {url}", wait=True):
            if not (target.is_file() and of_file(target, record.digest.algorithm) == record.digest):
                target.parent.mkdir(parents=True, exist_ok=True)
                self._download(url, record, target)
        return target

    def _download(self, url: str, record: Record, target: Path) -> None:
        size = record.size if record.size is not None else self._http.size(url)
        if size is None or size > repomd.MAX_SIZE:
            raise UpstreamError("cannot be fetched", where=url, why="neither repomd.xml nor the server says its size")
        part = target.with_suffix(".part")
        with atomic.disk_errors(target):
            self._http.download(url, part, size=size, digest=record.digest)
            part.replace(target)

    def _root(self, repo: Repo) -> tuple[str, bytes]:
        """The base URL and repomd.xml, from the first mirror that has it."""
        if repo.metalink:
            todo = "give baseurl, or mirrorlist"
            raise InputError(f"repo {repo.id}: metalink is not read yet", where=repo.metalink, todo=todo)
        bases = [repo.baseurl] if repo.baseurl else self._mirrors(str(repo.mirrorlist))
        failure: AirlockError | None = None
        for base in bases:
            try:
                return base, self._document(join(base, "repodata/repomd.xml"), MAX_REPOMD)
            except UpstreamError as error:
                failure = error
        raise failure or InputError(f"repo {repo.id}: its list of mirrors is empty", where=str(repo.mirrorlist))

    def _mirrors(self, url: str) -> list[str]:
        text = self._document(url, MAX_LIST).decode("utf-8", errors="replace")
        return [
            line.strip() for line in text.splitlines() if line.strip().startswith(("http://", "https://", "file://"))
        ]

    def _document(self, url: str, limit: int) -> bytes:
        """A small document as it is now; without a network as it was last."""
        stem = self._folder / "repomd" / hashlib.sha256(url.encode()).hexdigest()
        kept, about = stem.with_suffix(".body"), stem.with_suffix(".json")
        if self._http.offline and not url.startswith("file:"):
            return _kept(kept, url)
        known = _known(about) if kept.is_file() else {}
        response = self._http.get_if_changed(
            url, limit=limit, etag=known.get("etag"), last_modified=known.get("last_modified")
        )
        if response is None:
            return kept.read_bytes()
        _keep(kept, about, response)
        return response.body


def _kept(path: Path, url: str) -> bytes:
    if not path.is_file():
        raise UpstreamError("is not in the cache, and the run is offline", where=url, todo="run once without --offline")
    return path.read_bytes()


def _known(path: Path) -> dict[str, str | None]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: data.get(key) for key in ("etag", "last_modified")} if isinstance(data, dict) else {}


def _keep(kept: Path, about: Path, response: Response) -> None:
    # the description goes first and comes last: a run that is cut between never pairs an old etag with a new body
    about.unlink(missing_ok=True)
    atomic.write(kept, response.body)
    atomic.write(about, json.dumps({"etag": response.etag, "last_modified": response.last_modified}))
