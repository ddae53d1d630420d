"""What is attached to images in registries: by cosign's tags, by the referrers API, by the tag that stands in for it.

Source: OCI distribution specification 1.1, "Listing Referrers" and "Referrers Tag Schema".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from airlock_builder.remote.failures import MissingError
from airlock_builder.remote.oci.registries import Registries
from airlock_core import attached, oci
from airlock_core.digest import Digest
from airlock_core.errors import InputError, UpstreamError, VerificationError
from airlock_core.imageref import ImageRef

MAX_LISTED = 1_000
"""Artifacts that may refer to one image: far more than anyone attaches, and no more than can be asked for in time."""
_MAX_PAGES = 200
_NO_API = (400, 404, 405, 406, 501)
"""Answers of registries that do not know the referrers API."""


@dataclass(frozen=True)
class Entry:
    """One entry of a list of what refers to an image."""

    digest: Digest
    size: int
    artifact_type: str


@dataclass(frozen=True)
class Listed:
    """What refers to an image.

    Args:
        way: ``referrers-api``, or ``referrers-tag``.
    """

    way: str
    entries: tuple[Entry, ...]


class Attachments:
    """What registries have attached to images."""

    def __init__(self, registries: Registries) -> None:
        self._registries = registries

    def tagged(self, ref: ImageRef, tag: str) -> bytes | None:
        """The manifest or index under a tag of an image's repository; None where there is none.

        Raises:
            UpstreamError: the registry cannot be reached, or what it gives is too long.
        """
        where = f"{ref.name}:{tag}"
        try:
            return self._registries.document(ref.name, f"manifests/{tag}", where).raw
        except MissingError:
            return None

    def manifest(self, ref: ImageRef) -> bytes:
        """The manifest that a reference pins.

        Raises:
            UpstreamError: it is not there, or cannot be had.
            VerificationError: other bytes than its digest says.
        """
        return self._registries.manifest(ref)

    def blob(self, ref: ImageRef, digest: Digest) -> bytes:
        """A small blob of an image's repository.

        Raises:
            UpstreamError, VerificationError: as :meth:`manifest`.
        """
        return self._registries.blob(ref, digest)

    def referrers(self, ref: ImageRef, artifact_type: str = "") -> Listed:
        """What refers to the manifest that a reference pins.

        Args:
            artifact_type: the only one that is wanted, where there is but one; registries may give others too.

        Raises:
            UpstreamError: the registry cannot be reached, or lists more than anyone can want.
            VerificationError: it gives no list.
        """
        query = f"?artifactType={quote(artifact_type, safe='')}" if artifact_type else ""
        found: dict[Digest, Entry] = {}
        path, count = f"referrers/{ref.pinned}", 0
        for _ in range(_MAX_PAGES):
            page = self._page(ref, f"{path}{query}", first=not count)
            if page is None:
                return self._by_tag(ref)
            entries, following = page
            count += 1 + len(entries)
            _check_number(count, ref)
            found |= {entry.digest: entry for entry in entries}
            if not following:
                return Listed("referrers-api", tuple(found.values()))
            query = f"?{following}"
        raise UpstreamError(f"a list of what refers to it of more than {_MAX_PAGES} pages: not taken", where=str(ref))

    def _page(self, ref: ImageRef, path: str, *, first: bool) -> tuple[list[Entry], str] | None:
        """One page, and the query of the next; None where the registry has no such API."""
        where = f"{ref}: what refers to it"
        absent = _NO_API if first else ()
        try:
            answer = self._registries.document(ref.name, path, where, absent)
        except MissingError:
            return None
        if first and answer.media_type != oci.OCI_INDEX:
            return None  # some answer whatever they are asked with a page for people
        return list(_entries(answer.raw, where)), answer.following

    def _by_tag(self, ref: ImageRef) -> Listed:
        tag = attached.referrers_tag(ref.pinned)
        raw = self.tagged(ref, tag)
        entries = tuple(_entries(raw, f"{ref.name}:{tag}")) if raw else ()
        _check_number(len(entries), ref)
        return Listed("referrers-tag", entries)


def _entries(raw: bytes, where: str) -> Iterator[Entry]:
    what = "not a list of what refers to an image"
    try:
        data: Mapping[str, Any] = json.loads(raw)
        entries = data["manifests"] or ()
        found = [Entry(Digest.parse(one["digest"]), int(one["size"]), _type(one)) for one in entries]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError) as error:
        raise VerificationError(what, where=where, why=str(error).partition("\n")[0]) from error
    return iter(found)


def _type(entry: Mapping[str, Any]) -> str:
    found = entry.get("artifactType")
    return found if isinstance(found, str) else ""


def _check_number(count: int, ref: ImageRef) -> None:
    if count > MAX_LISTED:
        what = f"more than {MAX_LISTED} artifacts are said to refer to it: not taken"
        todo = "compare with another registry; take images.attached and images.signed back where it is so by intent"
        raise UpstreamError(what, where=str(ref), todo=todo)
