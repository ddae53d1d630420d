"""repomd.xml: which metadata files a repository has, with size and digest.

Source: createrepo_c's repomd.xml; the namespace is http://linux.duke.edu/metadata/repo.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from airlock_builder.lock.rpms import safexml
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, VerificationError

MAX_SIZE = 1 << 30
"""Bytes that no metadata file exceeds."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass(frozen=True)
class Record:
    """One metadata file.

    Args:
        kind: such as ``primary`` or ``group_gz``.
        href: its place below the repository's base.
        size: bytes as served; None where repomd does not say.
        open_size: bytes unpacked; None likewise.
        digest: of the file as served.
    """

    kind: str
    href: str
    size: int | None
    open_size: int | None
    digest: Digest


@dataclass(frozen=True)
class Repomd:
    """A repository's root document."""

    revision: str
    records: Mapping[str, Record]

    def first(self, *kinds: str) -> Record | None:
        """The first of some kinds of metadata that is there."""
        return next((self.records[kind] for kind in kinds if kind in self.records), None)


def parse(data: bytes, *, where: str) -> Repomd:
    """Read repomd.xml.

    Args:
        where: its URL, for errors.

    Raises:
        VerificationError: damaged or hostile: a document type, a file outside the repository, a weak digest, a kind
            that stands twice, or no primary.
    """
    root = safexml.parse(data, where=where)
    if safexml.local(root) != "repomd":
        raise VerificationError("its root element is not <repomd>", where=where)
    revision = ""
    records: dict[str, Record] = {}
    for element in root:
        if safexml.local(element) == "revision":
            revision = (element.text or "").strip()
        elif safexml.local(element) == "data":
            record = _record(element, where)
            if record and record.kind in records:
                raise VerificationError(f"{record.kind} stands twice", where=where)
            if record:
                records[record.kind] = record
    if "primary" not in records:
        raise VerificationError("it lists no primary metadata", where=where)
    return Repomd(revision, records)


def checked_href(href: str, *, where: str) -> str:
    """A place below a repository's base.

    Raises:
        VerificationError: empty, absolute, of another host, or with ``..``.
    """
    parts = href.split("/")
    if not href or href.startswith("/") or _SCHEME.match(href) or "\\" in href or {"..", "."} & set(parts):
        raise VerificationError(f"names a file outside the repository: {href!r}", where=where)
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in href) or {"?", "#"} & set(href):
        raise VerificationError(f"names a file by odd characters: {href!r}", where=where)
    return href


def checked_digest(kind: str, value: str, *, where: str) -> Digest:
    """A digest that may be relied on.

    Raises:
        VerificationError: of a weak algorithm (MD5, SHA-1), or none at all.
    """
    try:
        return Digest.parse(f"{kind.lower()}:{value.strip().lower()}")
    except AirlockError as error:
        todo = "the repository must use sha256 or better"
        raise VerificationError(f"digest of kind {kind!r}: {value.strip()!r}", where=where, todo=todo) from error


def _record(element: Element, where: str) -> Record | None:
    kind = element.get("type", "")
    if kind.endswith(("_db", "_zck")):
        return None  # SQLite copies and zchunk are not read
    children = {safexml.local(child): child for child in element}
    if "location" not in children or "checksum" not in children:
        raise VerificationError(f"{kind} has no location or no checksum", where=where)
    location, checksum = children["location"], children["checksum"]
    if any(name.endswith("base") for name in location.attrib):
        raise VerificationError(f"{kind} stands at another base (xml:base)", where=where)
    href = checked_href(location.get("href", ""), where=where)
    if href.rpartition("/")[2] == "repomd.xml":
        raise VerificationError("it lists itself", where=where)
    digest = checked_digest(checksum.get("type", ""), checksum.text or "", where=where)
    return Record(kind, href, _size(children.get("size"), where), _size(children.get("open-size"), where), digest)


def _size(element: Element | None, where: str) -> int | None:
    if element is None:
        return None
    text = (element.text or "").strip()
    if not text.isascii() or not text.isdigit() or int(text) > MAX_SIZE * 2:
        raise VerificationError(f"a size that cannot be: {text!r}", where=where)
    return int(text)


def join(base: str, href: str) -> str:
    """The URL of a file of a repository."""
    return f"{base.rstrip('/')}/{href}"
