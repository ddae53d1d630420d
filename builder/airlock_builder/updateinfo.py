"""updateinfo.xml: a repository's advisories, read as a stream, whole or restricted to some packages.

Source: the updateinfo format as createrepo_c and libsolv read it: ``update`` with ``id``, ``severity``, ``references``
and ``pkglist/collection/(module|package)``. Enterprise Linux has tens of megabytes of it, most of it prose, so that
only one update is held at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import BinaryIO, cast
from xml.etree.ElementTree import Element, SubElement, indent, tostring
from xml.parsers import expat

from airlock_builder import safexml
from airlock_core import compression
from airlock_core.compare.advisories import SEVERITIES, Advisory, Fix
from airlock_core.errors import VerificationError

MAX_OPEN = 1 << 30
"""Bytes of one document when unpacked; the largest of Enterprise Linux have about 200 MB."""
MAX_UPDATE = 4 << 20
"""Characters of one update."""
MAX_NODES = 200_000
"""Elements of one update; the largest known names some thousand packages."""
MAX_ELEMENTS = 3_000_000
"""Elements of one document; EPEL 8's has 230,000 in its 30 MB."""
_MIN_ELEMENT, _SLACK = 24, 1 << 20
"""Bytes of an element on average, and what a small document may fall short of that; real ones have 130."""
MAX_FIXES = 2_000_000
"""Builds that all updates name of the packages asked for."""
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_TODO = "the repository's metadata is damaged or hostile; tell those who run it"


def advisories(source: BinaryIO, names: Collection[str], *, where: str) -> list[Advisory]:
    """The advisories that name a build of one of some packages.

    Args:
        source: the document as served, compressed or not.
        names: the packages' names; builds of others are left out.
        where: its URL, for errors.

    Raises:
        VerificationError: not an updateinfo.xml, cut short, hostile, or too long.
    """
    found: list[Advisory] = []
    left = MAX_FIXES

    def take(update: Element) -> None:
        nonlocal left
        fixes = tuple(dict.fromkeys(_fixes(update, names)))
        left -= len(fixes)
        if left < 0:
            raise VerificationError(f"names more than {MAX_FIXES} builds", where=where, todo=_TODO)
        if fixes:
            found.append(_advisory(update, fixes))

    _read(source, take, where=where)
    return found


def restricted(documents: Iterable[tuple[str, BinaryIO]], packages: Collection[tuple[str, str]]) -> bytes:
    """One document of several, with what concerns some packages alone; empty where nothing does.

    An update that several documents have gets the collections of all.

    Args:
        documents: URL and content of each, as served.
        packages: name and architecture of each package.

    Raises:
        VerificationError: as :func:`advisories`.
    """
    kept: dict[str, Element] = {}
    for where, source in documents:

        def take(update: Element) -> None:
            identity = _text(update, "id")
            if _cut(update, packages) and kept.setdefault(identity, update) is not update:
                _add(kept[identity], update)

        _read(source, take, where=where)
    if not kept:
        return b""
    root = Element("updates")
    root.extend(kept[identity] for identity in sorted(kept))
    indent(root)
    return cast(bytes, tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _advisory(update: Element, fixes: tuple[Fix, ...]) -> Advisory:
    severity = _text(update, "severity").capitalize()
    references = [reference.attrib for reference in update.iterfind("references/reference")]
    # Red Hat gives references of type cve; Fedora names them in the titles of bugs
    cves = {cve for one in references for key in ("id", "title") for cve in _CVE.findall(one.get(key, ""))}
    return Advisory(
        id=_text(update, "id"),
        kind=update.get("type", "") or "unspecified",
        severity=severity if severity in SEVERITIES else SEVERITIES[-1],
        title=" ".join((_text(update, "title") or _text(update, "summary")).split()),
        cves=tuple(sorted(cves)),
        fixes=fixes,
    )


def _fixes(update: Element, names: Collection[str]) -> Iterator[Fix]:
    for collection in update.iterfind("pkglist/collection"):
        module = collection.find("module")
        stream = f"{module.get('name')}:{module.get('stream')}" if module is not None else ""
        for package in collection.iterfind("package"):
            name, arch = package.get("name", ""), package.get("arch", "")
            if name in names and arch not in ("src", "nosrc"):
                epoch, version = package.get("epoch") or "0", package.get("version", "")
                yield Fix(name, arch, f"{epoch}:{version}-{package.get('release', '')}".removeprefix("0:"), stream)


def _cut(update: Element, packages: Collection[tuple[str, str]]) -> bool:
    """Take out all packages but some, and what is empty then; whether anything is left."""
    left = False
    for pkglist in update.iterfind("pkglist"):
        for collection in list(pkglist.iterfind("collection")):
            for package in list(collection.iterfind("package")):
                if (package.get("name", ""), package.get("arch", "")) not in packages:
                    collection.remove(package)
            if collection.find("package") is None:
                pkglist.remove(collection)
        left = left or len(pkglist) > 0
    return left


def _add(update: Element, other: Element) -> None:
    """Give an update the collections of another that it has not got."""
    pkglist = update.find("pkglist")
    pkglist = SubElement(update, "pkglist") if pkglist is None else pkglist
    have = {tostring(collection) for collection in pkglist}
    pkglist.extend(one for one in other.iterfind("pkglist/collection") if tostring(one) not in have)


def _text(update: Element, name: str) -> str:
    return (update.findtext(name) or "").strip()


def _read(source: BinaryIO, take: Callable[[Element], None], *, where: str) -> None:
    builder = _Builder(take, where)
    compression.unpack(source, cast(BinaryIO, builder), limit=MAX_OPEN, where=where)
    builder.close()


class _Builder:
    """Builds one update after another of the bytes written to it, and hands each over."""

    def __init__(self, take: Callable[[Element], None], where: str) -> None:
        self._take = take
        self._where = where
        self._open: list[Element] = []
        self._depth = self._elements = self._given = 0
        self._nodes = self._size = 0
        self._parser = safexml.strict_parser(doctype=False)
        self._parser.buffer_text = True
        self._parser.buffer_size = 1 << 20
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data

    def write(self, data: bytes) -> int:
        self._parse(data, final=False)
        return len(data)

    def close(self) -> None:
        self._parse(b"", final=True)

    def _parse(self, data: bytes, *, final: bool) -> None:
        self._given += len(data)
        try:
            self._parser.Parse(data, final)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise safexml.refused(str(error), self._where) from error
        if self._given - self._parser.CurrentByteIndex > MAX_UPDATE:
            raise safexml.refused(f"a tag longer than {MAX_UPDATE} bytes", self._where)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > safexml.MAX_DEPTH:
            raise ValueError(f"nested deeper than {safexml.MAX_DEPTH}")
        if self._elements > min(MAX_ELEMENTS, (self._given + _SLACK) // _MIN_ELEMENT):
            raise ValueError(f"more than {self._elements - 1} elements in {self._given} bytes")
        if self._depth == 1 and name != "updates":
            raise ValueError("its root element is not <updates>")
        if self._depth < 2 or (self._depth == 2 and name != "update") or (self._depth > 2 and not self._open):
            return
        self._count(1, sum(len(key) + len(value) for key, value in attributes.items()))
        element = Element(name, attributes)
        if self._open:
            self._open[-1].append(element)
        self._open.append(element)

    def _data(self, text: str) -> None:
        if not self._open:
            return
        self._count(0, len(text))
        parent = self._open[-1]
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + text
        else:
            parent.text = (parent.text or "") + text

    def _end(self, name: str) -> None:
        self._depth -= 1
        if not self._open:
            return
        element = self._open.pop()
        if not self._open:
            self._nodes = self._size = 0
            self._take(element)

    def _count(self, nodes: int, size: int) -> None:
        self._nodes += nodes
        self._size += size
        if self._nodes > MAX_NODES or self._size > MAX_UPDATE:
            raise ValueError("one update is longer than any can be")
