"""Container images in registries: documents by tag or digest, and blobs copied into a shared folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from airlock_builder.remote import skopeo
from airlock_builder.remote.failures import LATER
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.places import Places
from airlock_builder.remote.rewrites import Rewrite
from airlock_builder.remote.skopeo import Location
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, MachineError, UpstreamError, VerificationError
from airlock_core.imageref import ImageRef
from airlock_core.proc import ProcessFailed

_MISMATCH = re.compile(r"[Dd]igest did not match, expected (\S+?),? got (\S+?)[\s\"]*$")
_FATAL = re.compile(r'level=fatal msg="(.*)"')
_UNKNOWN = r"manifest unknown|name unknown|not found|\b404\b"
_CAUSES = (
    (_UNKNOWN, "correct its name and tag, or give a --mirror that has it"),
    (r"unauthorized|denied|authentication required|\b40[13]\b", "run `skopeo login`, or set REGISTRY_AUTH_FILE"),
    (
        r"certificate required|bad certificate|handshake failure",
        "give the client's certificate that it asks for in images.registries (client_cert, client_key)",
    ),
    (
        r"x509|certificate",
        "name the authority of its certificate in images.registries (ca), or in SSL_CERT_FILE",
    ),
    (
        r"server gave HTTP response to HTTPS client",
        "where it speaks plain HTTP by intent, name it in images.insecure",
    ),
)


class Registry:
    """Registries of any host, through skopeo. Images are named as locks and manifests name them.

    A registry is spoken to by plain HTTP, or with a certificate that is not checked, only when it is in ``insecure``
    by its name, or is a mirror on loopback or given as ``http://``.

    Args:
        mirrors: where hosts are really asked.
        insecure: hosts, as ``host`` or ``host:port``.
        offline: refuse every request.
        proxy: URL of the proxy to ask by; None for what the environment says.
        rewrites: where parts of registries really are, unless ``mirrors`` says it of the host.
    """

    def __init__(
        self,
        mirrors: Mirrors | None = None,
        insecure: Iterable[str] = (),
        *,
        offline: bool = False,
        proxy: str | None = None,
        rewrites: Iterable[Rewrite] = (),
    ) -> None:
        self._places = Places(mirrors, insecure, rewrites)
        self._offline = offline
        self._proxy = proxy

    def raw(self, ref: ImageRef) -> bytes:
        """The bytes of a manifest or index, verified where the reference has a digest.

        Raises:
            UpstreamError: no such image, or the registry cannot be reached.
            VerificationError: other bytes than its digest says.
        """
        return self._verified(ref, self._ask(ref, lambda: skopeo.inspect_raw(_name(ref), [self._location(ref)])))

    def config(self, ref: ImageRef) -> bytes:
        """The bytes of an image's configuration; its digest is the manifest's to tell."""
        return self._ask(ref, lambda: skopeo.inspect_config(_name(ref), [self._location(ref)]))

    def copy(self, ref: ImageRef, *, layout: Path, blobs: Path) -> None:
        """Copy the manifest that ``ref`` pins, its configuration and layers into ``blobs``.

        Blobs that are there are taken to be right and not fetched.

        Args:
            layout: an empty scratch folder on the file system of ``blobs``.

        Raises:
            UpstreamError, VerificationError: as :meth:`raw`; nothing stands under a final name that is not whole.
        """
        blobs.mkdir(parents=True, exist_ok=True)
        self._ask(ref, lambda: skopeo.copy(_name(ref), [self._location(ref)], layout=layout, blobs=blobs))

    def host(self, ref: ImageRef) -> str:
        """The ``host[:port]`` that is asked for an image; empty where none may be."""
        return "" if self._offline else self._location(ref).address.partition("/")[0]

    def is_insecure(self, host: str) -> bool:
        """Whether plain HTTP, or a certificate that is not checked, is accepted of a host."""
        return self._places.is_insecure(host)

    def _location(self, ref: ImageRef) -> Location:
        route = self._places.route(ref.name)
        *mirrors, last = route.places
        before = tuple((place.location, place.insecure) for place in mirrors)
        return Location(route.head, last.location, last.insecure, self._proxy, before, route.trust)

    def _ask(self, ref: ImageRef, work: Callable[[], bytes | None]) -> bytes:
        if self._offline:
            todo = "run without --offline, or fetch first on a machine that has a network"
            raise UpstreamError("not fetched: --offline", where=str(ref), todo=todo)
        try:
            return work() or b""
        except ProcessFailed as failure:
            raise explained(ref, self.host(ref), failure.result.stderr) from failure

    @staticmethod
    def _verified(ref: ImageRef, raw: bytes) -> bytes:
        found = Digest.sha256(raw)
        if ref.digest and found != ref.digest:
            raise VerificationError(
                f"another manifest than asked for: expected {ref.digest}, found {found}", where=str(ref)
            )
        return raw


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
    mirror = f" (mirror {address})" if address != ref.host else ""
    return UpstreamError("cannot be fetched", where=str(ref), why=_plainly(text) + mirror, todo=todo)


def is_unknown(fault: AirlockError) -> bool:
    """Whether a registry said that it has no such image."""
    return isinstance(fault, UpstreamError) and re.search(_UNKNOWN, fault.why) is not None


def _plainly(text: str) -> str:
    """skopeo's message without what the error says already, and without its doublings."""
    return re.sub(r"(: [^:]+)\1$", r"\1", re.sub(r'^Error parsing image name "[^"]*": ', "", text))


def _name(ref: ImageRef) -> str:
    """The reference as skopeo takes it: not with tag and digest at once."""
    return str(ref.at(ref.digest)) if ref.digest else str(ref)
