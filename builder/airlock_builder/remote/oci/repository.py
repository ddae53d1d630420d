"""One repository of a registry, read and written: manifests by tag or digest, blobs by digest."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from airlock_builder.remote.oci.content import Content
from airlock_builder.remote.oci.transport import RegistryTransport
from airlock_builder.remote.oci.uploads import Upload, has_blob
from airlock_builder.remote.transfer import Transfer, verify_digest
from airlock_core import digest, oci
from airlock_core.digest import Digest
from airlock_core.errors import InputError, UpstreamError, VerificationError

_ACCEPT = ", ".join((*oci.MANIFESTS, *oci.INDEXES, "*/*"))


@dataclass(frozen=True)
class Document:
    """A short answer.

    Args:
        media_type: as the registry says it.
        following: the query by which a list goes on; empty where it does not.
    """

    raw: bytes
    media_type: str = ""
    following: str = ""


class Repository:
    """A repository that was opened; for any thread."""

    def __init__(self, transport: RegistryTransport) -> None:
        self._transport = transport
        self.spot = transport.spot

    def impatient(self) -> Repository:
        """The same that tries a request once: for those who can ask elsewhere."""
        return Repository(self._transport.impatient())

    def manifest(self, reference: str) -> bytes:
        """The bytes of a manifest or index by tag or digest, verified where it is a digest.

        Raises:
            RegistryLacks: there is none.
            UpstreamError: the registry failed, refused, or gives more than any manifest has.
            VerificationError: other bytes than asked for, or than the registry itself says.
        """
        return self.document(f"manifests/{reference}").raw

    def document(self, resource: str, absent: Collection[int] = (404,)) -> Document:
        """A document of at most 4 MiB, verified where it is asked for by digest.

        Args:
            resource: below the repository: ``manifests/1.0``, ``tags/list?n=100``.
            absent: statuses that mean that there is no such thing.

        Raises:
            RegistryLacks, UpstreamError, VerificationError: as :meth:`manifest`.
        """
        url = f"{self.spot.url}/{resource}"
        return self._transport.retrying(url, lambda: self._document(url, tuple(absent)))

    def put_manifest(self, reference: str, raw: bytes) -> None:
        """Write a manifest of OCI's type; its blobs must be there."""
        url = f"{self.spot.url}/manifests/{reference}"
        headers = {"Content-Type": oci.OCI_MANIFEST}

        def put() -> None:
            with self._transport.request("PUT", url, headers=headers, accept=(201,), body=raw) as response:
                self._compare(response.headers.get("Docker-Content-Digest", ""), raw, url)

        self._transport.retrying(url, put)

    def has(self, name: Digest) -> bool:
        """Whether a blob is there."""
        return self._transport.retrying(self._blob(name), lambda: has_blob(self._transport, name))

    def upload(self, content: Content, name: Digest, on_bytes: Callable[[int], None]) -> None:
        """Bring a blob there; see :class:`Upload`."""
        Upload(self._transport, content, name, on_bytes).run()

    def download(self, name: Digest, size: int, part: Path, on_bytes: Callable[[int], None]) -> None:
        """Fetch a blob into ``part``, going on with what it holds, and verify it.

        Raises:
            VerificationError: other bytes, or more or fewer; ``part`` is gone then.
            UpstreamError: the registry failed or refused; ``part`` keeps what came.
        """
        url = self._blob(name)
        transfer = Transfer(
            self._transport, url, part, size=size, limit=size, algorithm=name.algorithm, on_bytes=on_bytes
        )
        try:
            transfer.run()
            verify_digest(transfer, url, name)
        except VerificationError as error:
            part.unlink(missing_ok=True)
            raise self._other(self._transport.errand.other, url, error.what) from error

    def _document(self, url: str, absent: tuple[int, ...]) -> Document:
        headers = {"Accept": _ACCEPT}
        with self._transport.request("GET", url, headers=headers, accept=(200, *absent)) as response:
            if response.status_code != 200:
                raise self._transport.lacks(url, response)
            raw = self._transport.body(url, response).upto(oci.MAX_DOCUMENT + 1)
            said = response.headers
        if len(raw) > oci.MAX_DOCUMENT:
            todo = "see what the registry serves there"
            where = self._transport.named(url)
            raise UpstreamError("a document of more than 4 MiB: not taken", where=where, todo=todo)
        kind, _, name = url.removeprefix(f"{self.spot.url}/").partition("/")
        if kind in ("manifests", "blobs"):
            for expected in (name, said.get("Docker-Content-Digest", "")):
                self._compare(expected, raw, url)
        following = _query(response.links.get("next", {}).get("url", ""))
        return Document(raw, said.get("Content-Type", "").partition(";")[0].strip(), following)

    def _compare(self, expected: str, raw: bytes, url: str) -> None:
        """Hold a document against a digest; a tag, or nothing, is none."""
        if ":" not in expected:
            return
        found = _alike(expected, raw)
        if expected != found:
            kind = url.removeprefix(f"{self.spot.url}/").partition("/")[0].removesuffix("s")
            raise self._other(f"another {kind} than it should be", url, f"expected {expected}, found {found}")

    def _other(self, what: str, url: str, why: str) -> VerificationError:
        todo = self._transport.errand.other_todo
        told = f"{why} (asked of {self.spot.host})"
        return VerificationError(what, where=self._transport.named(url), why=told, todo=todo)

    def _blob(self, name: Digest) -> str:
        return f"{self.spot.url}/blobs/{name}"


def _alike(expected: str, raw: bytes) -> str:
    """The digest of a document by the algorithm of what is expected, where that is a digest; else by SHA-256."""
    try:
        algorithm = Digest.parse(expected).algorithm
    except InputError:
        algorithm = "sha256"
    return str(digest.of_chunks([raw], algorithm)[0])


def _query(url: str) -> str:
    """The query of the next page's URL, which alone is followed: no answer sends us to another host or path."""
    try:
        return urlsplit(url).query
    except ValueError:
        return ""
