"""Container images in registries: documents by tag or digest, and blobs copied into a shared folder by skopeo."""

from __future__ import annotations

import re
from pathlib import Path

from airlock_builder.remote import skopeo
from airlock_builder.remote.failures import LATER, MissingError
from airlock_builder.remote.oci.errands import FETCH, LOGIN
from airlock_builder.remote.oci.registries import Registries
from airlock_builder.remote.skopeo import Location
from airlock_core import proc
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, MachineError, UpstreamError, VerificationError
from airlock_core.imageref import ImageRef
from airlock_core.proc import ProcessFailed

_MISMATCH = re.compile(r"[Dd]igest did not match, expected (\S+?),? got (\S+?)[\s\"]*$")
_FATAL = re.compile(r'level=fatal msg="(.*)"')
_UNKNOWN = r"manifest unknown|name unknown|not found|\b404\b"
_CAUSES = (
    (_UNKNOWN, FETCH.absent),
    (r"unauthorized|denied|authentication required|\b40[13]\b", LOGIN),
    (r"certificate required|bad certificate|handshake failure", FETCH.certificate),
    (r"x509|certificate", FETCH.authority),
    (r"server gave HTTP response to HTTPS client", FETCH.plain),
)


class Registry:
    """Registries of any host. Images are named as locks and manifests name them.

    Documents are read by our own client, a request each; skopeo copies blobs.

    Args:
        proxy: URL of the proxy that skopeo asks by; None for what the environment says.
    """

    def __init__(self, registries: Registries, *, proxy: str | None = None) -> None:
        self._registries = registries
        self._proxy = proxy

    def raw(self, ref: ImageRef) -> bytes:
        """The bytes of a manifest or index, verified where the reference has a digest.

        Raises:
            UpstreamError: no such image (:class:`MissingError`; of a tag the nearest are told), or the registry cannot
                be reached.
            VerificationError: other bytes than its digest says.
        """
        try:
            return self._registries.manifest(ref)
        except MissingError as fault:
            if ref.digest is None and (near := self._registries.nearest(ref)):
                fault.why = f"{fault.why}; {near}"
            raise

    def blob(self, ref: ImageRef, digest: Digest) -> bytes:
        """The bytes of a small blob, a configuration say, verified."""
        return self._registries.blob(ref, digest)

    def copy(self, ref: ImageRef, *, layout: Path, blobs: Path) -> None:
        """Copy the manifest that ``ref`` pins, its configuration and layers into ``blobs``.

        Blobs that are there are taken to be right and not fetched.

        Args:
            layout: an empty scratch folder on the file system of ``blobs``.

        Raises:
            UpstreamError, VerificationError: as :meth:`raw`; nothing stands under a final name that is not whole.
        """
        if self._registries.offline:
            todo = "run without --offline, or fetch first on a machine that has a network"
            raise UpstreamError("not fetched: --offline", where=str(ref), todo=todo)
        blobs.mkdir(parents=True, exist_ok=True)
        try:
            skopeo.copy(_name(ref), [self._location(ref)], layout=layout, blobs=blobs)
        except ProcessFailed as failure:
            raise explained(ref, self.host(ref), failure.result.stderr) from failure

    def host(self, ref: ImageRef) -> str:
        """The ``host[:port]`` that is asked for an image; empty where none may be."""
        return self._registries.host(ref.name)

    def cancel(self) -> None:
        """Let all that is under way fail soon: the run is over."""
        self._registries.cancel()
        proc.end_all()

    def _location(self, ref: ImageRef) -> Location:
        route = self._registries.ways.places.route(ref.name)
        *mirrors, last = route.places
        before = tuple((place.location, place.insecure) for place in mirrors)
        return Location(route.head, last.location, last.insecure, self._proxy, before, route.trust)


def explained(ref: ImageRef, address: str, stderr: str) -> AirlockError:
    """What skopeo said, as an error of ours.

    Args:
        ref: the image that was asked for.
        address: the ``host[:port]`` that was asked.
        stderr: skopeo's standard error.
    """
    messages = _FATAL.findall(stderr)
    text = messages[-1].replace('\\"', '"') if messages else stderr.strip()
    mismatch = _MISMATCH.search(text)
    if mismatch:
        return VerificationError(
            f"a blob of other bytes: expected {mismatch[1]}, found {mismatch[2]}",
            where=f"{ref} ({address})",
            todo="the registry altered it, or someone on the way did: compare with another registry",
        )
    if "no space left on device" in text:
        return MachineError("no space left", where=str(ref), why=text, todo="free some space and run again")
    todo = next((todo for cause, todo in _CAUSES if re.search(cause, text)), LATER)
    kind = MissingError if todo == FETCH.absent else UpstreamError
    mirror = f" (mirror {address})" if address != ref.host else ""
    return kind(FETCH.failed, where=str(ref), why=_plainly(text) + mirror, todo=todo.format(host=address))


def _plainly(text: str) -> str:
    """skopeo's message without what the error says already, and without its doublings."""
    return re.sub(r"(: [^:]+)\1$", r"\1", re.sub(r'^Error parsing image name "[^"]*": ', "", text))


def _name(ref: ImageRef) -> str:
    """The reference as skopeo takes it: not with tag and digest at once."""
    return str(ref.at(ref.digest)) if ref.digest else str(ref)
