"""What a registry has attached to an image, asked for in every way that there is; nothing that it says is believed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from airlock_builder.lock.attached.wishes import only_type, tag_kinds, wants, wants_artifact
from airlock_builder.remote.attachments import MAX_LISTED, Attachments
from airlock_core.attached import Artifact, artifact, cosign_tag, is_certain, kind_of
from airlock_core.errors import UpstreamError, VerificationError
from airlock_core.imageref import ImageRef

MAX_DEPTH = 4
"""How deep artifacts may refer to artifacts: a signature of an attestation is two."""
MAX_BYTES = 64 << 20
"""Of all manifests that are asked for beside one image."""
TAG, API_OR_TAG, INDEX = "cosign-tag", ("referrers-api", "referrers-tag"), "image-index"
_COMPARE = "compare with another registry: this one, or someone on the way, says what is not so"


@dataclass(frozen=True)
class Found:
    """One artifact.

    Args:
        ref: by the digest of its manifest, whose bytes are ``raw``.
        about: what it is attached to.
        way: as :class:`~airlock_core.locks.Attachment` has it.
        tag: its own, where it has one.
    """

    ref: ImageRef
    raw: bytes
    artifact: Artifact
    about: ImageRef
    kind: str
    way: str
    tag: str | None = None


class Finder:
    """The search beside one image.

    Args:
        kinds: what is wanted; not empty.
    """

    def __init__(self, attachments: Attachments, kinds: Collection[str]) -> None:
        self._attachments = attachments
        self._kinds = kinds
        self._bytes = 0
        self._count = 0

    def of(self, about: ImageRef) -> Iterator[Found]:
        """All that is attached to the manifest that a reference pins.

        Raises:
            UpstreamError: the registry cannot be reached, or says more than anyone can want.
            VerificationError: it says what is not so.
        """
        yield from self._tagged(about)
        yield from self._referring(about, 1)

    def within(self, ref: ImageRef, about: ImageRef) -> Iterator[Found]:
        """An attestation that stands in the image's index itself, where it is wanted."""
        if wants(self._kinds, "attestation"):
            raw = self._taken(self._attachments.manifest(ref), str(ref))
            yield Found(ref, raw, artifact(raw, where=str(ref)), about, "attestation", INDEX)

    def _tagged(self, about: ImageRef) -> Iterator[Found]:
        for kind in tag_kinds(self._kinds):
            tag = cosign_tag(about.pinned, kind)
            raw = self._attachments.tagged(about, tag)
            if raw is not None:
                one = artifact(self._taken(raw, tag), where=f"{about.name}:{tag}")
                yield Found(about.at(one.digest), raw, one, about, kind, TAG, tag)

    def _referring(self, about: ImageRef, depth: int) -> Iterator[Found]:
        listed = self._attachments.referrers(about, only_type(self._kinds))
        if listed.entries and depth > MAX_DEPTH:
            what = f"artifacts refer to artifacts more than {MAX_DEPTH} deep: not followed"
            raise UpstreamError(what, where=str(about), todo=_COMPARE)
        for entry in listed.entries:
            certain = is_certain(entry.artifact_type)
            if certain and not wants(self._kinds, kind_of(entry.artifact_type, {}), entry.artifact_type):
                continue
            ref = about.at(entry.digest)
            raw = self._taken(self._attachments.manifest(ref), str(ref))
            one = artifact(raw, where=str(ref))
            _check_entry(one, entry.size, about, ref)
            if wants_artifact(self._kinds, one):
                yield Found(ref, raw, one, about, one.kind, listed.way)
                yield from self._referring(ref, depth + 1)

    def _taken(self, raw: bytes, where: str) -> bytes:
        self._bytes += len(raw)
        self._count += 1
        if self._bytes > MAX_BYTES or self._count > MAX_LISTED:
            what = f"more than {MAX_LISTED} artifacts, or {MAX_BYTES >> 20} MiB of them, beside one image: not taken"
            raise UpstreamError(what, where=where, todo=_COMPARE)
        return raw


def _check_entry(one: Artifact, size: int, about: ImageRef, ref: ImageRef) -> None:
    if one.subject != about.pinned:
        what = f"is listed as referring to {about.pinned}, and refers to {one.subject or 'nothing'}"
        raise VerificationError(what, where=str(ref), todo=_COMPARE)
    if one.size != size:
        what = f"is listed with {size} bytes, and has {one.size}"
        raise VerificationError(what, where=str(ref), todo=_COMPARE)
