"""A metalink of mirrormanager: the mirrors of a repository, and what its repomd.xml must be.

Source: the metalink 3.0 format as librepo reads it (``librepo/metalink.c``): one ``file`` named repomd.xml with
``size``, ``verification/hash``, mirrormanager's own ``timestamp`` and ``alternates`` (what repomd.xml was before, and
still is on mirrors that are a little behind), and ``resources/url`` with a ``preference`` of 0 to 100.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from airlock_builder import safexml
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, VerificationError
from airlock_core.values import Value

NAME = "repomd.xml"
SUFFIX = f"repodata/{NAME}"
_STRONG = ("sha512", "sha384", "sha256")
_TODO = "tell those who run the list, or give baseurl"


class Expected(Value):
    """What repomd.xml may be.

    Args:
        size: bytes; None where nothing says.
        digests: of all algorithms that may be relied on; at least one.
        timestamp: seconds since 1970, of its newest metadata; 0 where nothing says.
    """

    size: int | None
    digests: tuple[Digest, ...]
    timestamp: int = 0

    def fits(self, body: bytes) -> bool:
        """Whether a document is the one that is meant."""
        same = all(hashlib.new(digest.algorithm, body).hexdigest() == digest.hex for digest in self.digests)
        return same and self.size in (None, len(body))


class Metalink(Value):
    """What a metalink says.

    Args:
        urls: bases, the preferred first; of equal ones those over TLS, then in the order of the document.
        repomd: what repomd.xml is, then what it was before, the newest first.
    """

    urls: tuple[str, ...]
    repomd: tuple[Expected, ...]


def parse(data: bytes, *, where: str) -> Metalink:
    """Read a metalink.

    Args:
        where: its URL, for errors.

    Raises:
        VerificationError: damaged or hostile, not of a repository, or with nothing better than SHA-1 to check it by.
    """
    root = safexml.parse(data, where=where)
    if safexml.local(root) != "metalink":
        raise VerificationError("is no metalink: its root element is another", where=where, todo=_TODO)
    files = [file for file in _below(root, "files", "file") if file.get("name") == NAME]
    if len(files) != 1:
        raise VerificationError(f"has {len(files)} entries for {NAME}, and should have one", where=where, todo=_TODO)
    newest = _expected(files[0], where)
    if newest is None:
        raise VerificationError(f"has no sha256 or better of {NAME}", where=where, todo=_TODO)
    before = [_expected(entry, where) for entry in _below(files[0], "alternates", "alternate")]
    older = sorted((one for one in before if one), key=lambda one: -one.timestamp)
    return Metalink(tuple(_urls(files[0])), (newest, *older))


def _expected(element: Element, where: str) -> Expected | None:
    """What is said of one version; None where nothing strong is."""
    listed = list(_below(element, "verification", "hash"))
    hashes = {(hash_.get("type") or "").lower(): hash_ for hash_ in listed}
    if len(hashes) < len(listed):
        raise VerificationError("has two digests of one kind", where=where, todo=_TODO)
    digests = tuple(_digest(kind, hashes[kind], where) for kind in _STRONG if kind in hashes)
    size = _number(element, "size", where)
    return Expected(size, digests, _number(element, "timestamp", where) or 0) if digests else None


def _digest(kind: str, element: Element, where: str) -> Digest:
    text = (element.text or "").strip().lower()
    try:
        return Digest.parse(f"{kind}:{text}")
    except AirlockError as error:
        raise VerificationError(f"a digest that cannot be: {kind} {text!r}", where=where, todo=_TODO) from error


def _number(element: Element, name: str, where: str) -> int | None:
    texts = [(child.text or "").strip() for child in element if safexml.local(child) == name]
    if not texts:
        return None
    if not (texts[0].isascii() and texts[0].isdigit() and len(texts[0]) < 16):
        raise VerificationError(f"a {name} that cannot be: {texts[0]!r}", where=where, todo=_TODO)
    return int(texts[0])


def _urls(file: Element) -> Iterator[str]:
    """The bases; a URL that is not that of a repomd.xml in its place says nothing of where other files are."""
    found = [(_preference(url), (url.text or "").strip()) for url in _below(file, "resources", "url")]
    ordered = sorted(found, key=lambda one: (-one[0], not one[1].startswith("https://")))
    return (url.removesuffix(SUFFIX) for _, url in ordered if url.endswith(f"/{SUFFIX}"))


def _preference(element: Element) -> int:
    text = element.get("preference", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= 100 else 0


def _below(element: Element, outer: str, inner: str) -> Iterator[Element]:
    """All children of one name in all children of another; namespaces are not looked at."""
    return (
        child
        for parent in element
        if safexml.local(parent) == outer
        for child in parent
        if safexml.local(child) == inner
    )
