"""One repository of a registry, read and written: manifests by tag or digest, blobs by digest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from airlock_builder.remote.oci.content import Content
from airlock_builder.remote.oci.places import Spot
from airlock_builder.remote.oci.transport import RegistryTransport
from airlock_builder.remote.oci.uploads import Upload, has_blob
from airlock_builder.remote.traffic import Traffic
from airlock_builder.remote.transfer import Transfer, verify_digest
from airlock_core import digest, oci
from airlock_core.digest import Digest
from airlock_core.errors import UpstreamError, VerificationError

_ACCEPT = ", ".join((*oci.MANIFESTS, *oci.INDEXES))


class Repository:
    """A repository that was opened; for any thread."""

    def __init__(self, transport: RegistryTransport) -> None:
        self._transport = transport
        self.spot = transport.spot

    def manifest(self, reference: str) -> bytes | None:
        """The bytes of a manifest by tag or digest, verified where it is a digest; None where there is none.

        Raises:
            UpstreamError: the registry failed, refused, or gives more than any manifest has.
            VerificationError: other bytes than asked for, or than the registry itself says.
        """
        return self._transport.retrying(self._manifest(reference), lambda: self._document(reference))

    def put_manifest(self, reference: str, raw: bytes) -> None:
        """Write a manifest of OCI's type; its blobs must be there."""
        url = self._manifest(reference)
        headers = {"Content-Type": oci.OCI_MANIFEST}

        def put() -> None:
            with self._transport.request("PUT", url, headers=headers, accept=(201,), body=raw) as response:
                self._compare(response.headers.get("Docker-Content-Digest", ""), raw, reference)

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
            what = "the registry gives other bytes than its own manifest says"
            todo = "it is damaged, or lies: pull from another, or have the release pushed anew"
            raise VerificationError(what, where=f"{self.spot}@{name}", why=error.what, todo=todo) from error

    def _document(self, reference: str) -> bytes | None:
        url = self._manifest(reference)
        with self._transport.request("GET", url, headers={"Accept": _ACCEPT}, accept=(200, 404)) as response:
            if response.status_code == 404:
                return None
            raw = self._transport.body(url, response).upto(oci.MAX_DOCUMENT + 1)
            said = response.headers.get("Docker-Content-Digest")
        if len(raw) > oci.MAX_DOCUMENT:
            todo = "see what the registry serves there: it is no manifest"
            raise UpstreamError("a manifest of more than 4 MiB: not taken", where=self._named(reference), todo=todo)
        for expected in (reference, said or ""):
            self._compare(expected, raw, reference)
        return raw

    def _compare(self, expected: str, raw: bytes, reference: str) -> None:
        """Hold a manifest against a digest; a tag, or nothing, is none."""
        if ":" not in expected:
            return
        found, _ = digest.of_chunks([raw], Digest.parse(expected, where=self._named(reference)).algorithm)
        if expected != str(found):
            why = f"expected {expected}, found {found}"
            todo = "the registry altered it, or someone on the way did"
            raise VerificationError(
                "another manifest than it should be", where=self._named(reference), why=why, todo=todo
            )

    def _named(self, reference: str) -> str:
        return f"{self.spot}{'@' if ':' in reference else ':'}{reference}"

    def _manifest(self, reference: str) -> str:
        return f"{self.spot.url}/manifests/{reference}"

    def _blob(self, name: Digest) -> str:
        return f"{self.spot.url}/blobs/{name}"


@contextmanager
def opened(spot: Spot, traffic: Traffic, *, writes: bool, offline: bool = False) -> Iterator[Repository]:
    """A repository for the length of the block.

    Only one that may do without TLS is asked at once, whether it does.
    """
    transport = RegistryTransport(spot, traffic, writes=writes, offline=offline)
    if spot.place.insecure and not spot.place.plain and not transport.speaks_tls():
        transport.close()
        transport = RegistryTransport(spot.without_tls(), traffic, writes=writes, offline=offline)
    try:
        yield Repository(transport)
    finally:
        transport.close()
