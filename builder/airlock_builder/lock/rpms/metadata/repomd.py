"""repomd.xml: which metadata files a repository has, with size and digest.

Source: createrepo_c's repomd.xml; the namespace is http://linux.duke.edu/metadata/repo.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from airlock_builder import safexml
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, VerificationError
from airlock_core.values import Value

MAX_SIZE = 1 << 30
"""Bytes that no metadata file exceeds."""
_TIME = re.compile(r"[0-9]{1,11}(\.[0-9]+)?")
_ZCHUNK = "_zck"
_READ = {"primary", "filelists", "group", "modules", "updateinfo"}
MAX_HREF = 1024
MAX_REVISION = 128
_MAX_ELEMENTS = 5000
_PLAIN = re.compile(r"(?:(?!\.{1,2}/)[A-Za-z0-9._+~^-]+/)*(?!\.{1,2}$)[A-Za-z0-9._+~^-]+")
"""What nearly every place is: no letter in it could mean anything else."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class Record(Value):
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


class Repomd(Value):
    """A repository's root document.

    Args:
        revision: what its maker calls it: seconds since 1970 where createrepo chose, any text where people did.
        records: what is read of its metadata files, by kind.
        timestamp: of its newest metadata file, seconds since 1970; None where it has none.
    """

    revision: str
    records: Mapping[str, Record]
    timestamp: int | None = None

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
    root = safexml.parse(data, where=where, root="repomd", most=_MAX_ELEMENTS)
    revision = ""
    records: dict[str, Record] = {}
    kinds: list[str] = []
    times: list[int] = []
    for element in root:
        if safexml.local(element) == "revision":
            revision = _revision(element, where)
        elif safexml.local(element) == "data":
            kinds.append(element.get("type", ""))
            times += _times(element, where)
            record = _record(element, where)
            if record and record.kind in records:
                raise VerificationError(f"{record.kind} stands twice", where=where)
            if record:
                records[record.kind] = record
    _check_zchunk(records, kinds, where)
    if "primary" not in records:
        raise VerificationError("it lists no primary metadata", where=where)
    return Repomd(revision, records, max(times, default=None))


def checked_href(href: str, *, where: str) -> str:
    """A place below a repository's base.

    Raises:
        VerificationError: empty, absolute, of another host, or with ``..``.
    """
    if len(href) > MAX_HREF:
        raise VerificationError(f"names a file by {len(href)} letters: {href[:60]!r}…", where=where)
    if _PLAIN.fullmatch(href):
        return href
    meant = unquote(href)  # what a server, or this machine, will look for
    for spelling in (href, meant):
        if not spelling or spelling.startswith("/") or _SCHEME.match(spelling) or _leaves(spelling):
            raise VerificationError(f"names a file outside the repository: {href!r}", where=where)
    odd = any(ord(letter) <= 32 or ord(letter) == 127 for letter in href + meant.replace(" ", ""))
    if odd or {"?", "#"} & set(href) or unquote(meant) != meant or href.count("/") != meant.count("/"):
        raise VerificationError(f"names a file by odd characters: {href!r}", where=where)
    return href


def _leaves(path: str) -> bool:
    return "\\" in path or bool({"..", "."} & set(path.split("/")))


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
    if kind.endswith(("_db", _ZCHUNK)):
        return None  # copies in SQLite and zchunk: what they hold is read from their plain siblings
    children = _children(element, kind, where)
    if "location" not in children or "checksum" not in children:
        raise VerificationError(f"{kind} has no location or no checksum", where=where)
    location, checksum = children["location"], children["checksum"]
    if any(name.rpartition(":")[2] == "base" for name in location.attrib):
        raise VerificationError(f"{kind} stands at another base (xml:base)", where=where)
    href = checked_href(location.get("href", ""), where=where)
    if href.rpartition("/")[2] == "repomd.xml":
        raise VerificationError("it lists itself", where=where)
    digest = checked_digest(checksum.get("type", ""), checksum.text or "", where=where)
    return Record(kind, href, _size(children.get("size"), where), _size(children.get("open-size"), where), digest)


def _check_zchunk(records: Mapping[str, Record], kinds: Iterable[str], where: str) -> None:
    """Refuse a repository that offers what we read in zchunk alone, for to us it would seem not to have it."""
    bare = {kind.removesuffix(_ZCHUNK) for kind in kinds if kind.endswith(_ZCHUNK)} & _READ
    alone = sorted(kind for kind in bare if not any(known.partition("_")[0] == kind for known in records))
    if alone:
        todo = "have it made with gzip, xz or zstd beside it, as createrepo_c does unless told otherwise"
        raise VerificationError(f"it offers {', '.join(alone)} in zchunk alone", where=where, todo=todo)


def _times(element: Element, where: str) -> list[int]:
    """The record's timestamp; the first createrepo wrote fractions of seconds."""
    texts = [(child.text or "").strip() for child in element if safexml.local(child) == "timestamp"]
    for text in texts:
        if not _TIME.fullmatch(text):
            raise VerificationError(f"a timestamp that cannot be: {text!r}", where=where)
    return [int(text.partition(".")[0]) for text in texts]


def _children(element: Element, kind: str, where: str) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for child in element:
        name = safexml.local(child)
        if name in found:
            raise VerificationError(f"{kind}: its {name} stands twice", where=where)
        found[name] = child
    return found


def _revision(element: Element, where: str) -> str:
    text = (element.text or "").strip()
    if len(text) > MAX_REVISION or not text.isprintable():
        raise VerificationError(f"a revision that cannot be: {text[:60]!r}", where=where)
    return text


def _size(element: Element | None, where: str) -> int | None:
    if element is None:
        return None
    text = (element.text or "").strip()
    if not re.fullmatch(r"[0-9]{1,12}", text) or int(text) > MAX_SIZE * 2:
        raise VerificationError(f"a size that cannot be: {text[:60]!r}", where=where)
    return int(text)


def join(base: str, href: str) -> str:
    """The URL of a file of a repository."""
    return f"{base.rstrip('/')}/{href}"
