"""XML as repositories may write it: no entities of any kind, no document type but for comps.xml's bare one, bounded.

Everything here is read by expat with our own handlers: what expat would take and no honest document has (a document
type with content of its own, tags without end, elements without number) is refused before it costs memory.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from airlock_core.errors import VerificationError

MAX_ELEMENTS = 500_000
"""Elements of a document that is read into memory: a hundred times a distribution's comps.xml."""
MAX_DEPTH = 32
MAX_TAG = 16 << 10
"""Bytes from one ``>`` to the next: a tag with the text before it."""
_SHORT_TAGS = re.compile(rb"(?:[^>]{0,%d}+>)*+" % MAX_TAG)
_ENCODINGS = ("UTF-8", "US-ASCII", "ASCII")
_TODO = "the repository's metadata is damaged or hostile; tell those who run it"


def parse(
    data: bytes, *, where: str, root: str | None = None, doctype: bool = False, most: int = MAX_ELEMENTS
) -> Element:
    """Parse a small document; names keep their prefixes.

    Args:
        root: the name that the root element must have, without prefix.
        doctype: a document type may be named, without content; what it names is not read.
        most: elements at the most.

    Raises:
        VerificationError: not well-formed, of another encoding, with a document type or an entity, of another root, or
            larger or deeper than any honest one.
    """
    if b"\0" in data[:64]:
        raise refused("its encoding is not UTF-8", where)
    short = _SHORT_TAGS.match(data)
    if short is None or len(data) - short.end() > MAX_TAG:
        raise refused(f"a tag or text longer than {MAX_TAG} bytes", where)
    tree = _Tree(most)
    parser = strict_parser(doctype=doctype)
    parser.buffer_text = True
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.builder.data
    try:
        parser.Parse(data, True)  # noqa: FBT003 - the parser's own signature
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise refused(str(error), where) from error
    found: Element = tree.builder.close()
    if root and local(found) != root:
        raise VerificationError(f"its root element is not <{root}>", where=where, todo=_TODO)
    return found


class _Tree:
    """Builds the tree, and counts."""

    def __init__(self, most: int) -> None:
        self.builder = TreeBuilder()
        self._most = most
        self._elements = 0
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > self._most:
            raise ValueError(f"more than {self._most} elements")
        if self._depth > MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH}")
        self.builder.start(name, attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        self.builder.end(name)


def strict_parser(*, doctype: bool) -> Any:
    """A parser that refuses document types (or those with content of their own), every entity and other encodings."""
    parser = expat.ParserCreate()

    def started(name: str, system: str | None, public: str | None, internal: int) -> None:
        if not doctype or internal:
            raise ValueError(f"it has a document type ({name}){' with content of its own' if doctype else ''}")

    def skipped(name: str, parameter: bool) -> None:
        raise ValueError(f"it uses the entity {name}, which nothing declares")

    parser.XmlDeclHandler = _refuse_other_encodings
    parser.StartDoctypeDeclHandler = started
    parser.SkippedEntityHandler = skipped
    return parser


def _refuse_other_encodings(version: str, encoding: str | None, standalone: int) -> None:
    if encoding and encoding.upper() not in _ENCODINGS:
        raise ValueError(f"its encoding is {encoding[:20]!r} and not UTF-8")


def refused(why: str, where: str) -> VerificationError:
    """The error for a document that is not XML as it must be."""
    return VerificationError("not XML as it must be", where=where, why=why, todo=_TODO)


def local(element: Element) -> str:
    """An element's name without its namespace's prefix."""
    return element.tag.rpartition(":")[2]
