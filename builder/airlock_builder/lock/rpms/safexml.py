"""XML as repositories may write it: no entities of any kind, and no document type but for comps.xml's bare one."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, ParseError
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from airlock_core.errors import VerificationError

_BLOCK = 1 << 16
_TODO = "the repository's metadata is damaged or hostile; tell those who run it"


class _RootSeen(Exception):
    pass


def parse(data: bytes, *, where: str, doctype: bool = False) -> Element:
    """Parse a small document.

    Args:
        doctype: a document type may be named; that it declares an entity is refused all the same, and it is not read.

    Raises:
        VerificationError: not well-formed, or with a document type or an entity.
    """
    try:
        root: Element = fromstring(data, forbid_dtd=not doctype, forbid_entities=True, forbid_external=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise VerificationError("not XML as it must be", where=where, why=str(error), todo=_TODO) from error
    return root


def check_head(path: Path, root: str, *, where: str) -> dict[str, str]:
    """Read a long document up to its root element, before another parser gets it.

    A document type can stand nowhere else.

    Args:
        root: the name that the root element must have, without namespace.

    Returns:
        the root element's attributes.

    Raises:
        VerificationError: another root, not well-formed, or with a document type.
    """
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype

    def started(name: str, attributes: dict[str, str]) -> None:
        found.append((name, attributes))
        raise _RootSeen

    parser.StartElementHandler = started
    try:
        _feed(parser, path)
    except _RootSeen:
        pass
    except (expat.ExpatError, ValueError) as error:
        raise VerificationError("not XML as it must be", where=where, why=str(error), todo=_TODO) from error
    if not found or found[0][0].rpartition(":")[2] != root:
        raise VerificationError(f"its root element is not <{root}>", where=where, todo=_TODO)
    return found[0][1]


def _feed(parser: expat.XMLParserType, path: Path) -> None:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            parser.Parse(block, False)  # noqa: FBT003 - the parser's own signature


def _refuse_doctype(name: str, system: str | None, public: str | None, internal: int) -> None:
    raise ValueError(f"it has a document type ({name})")


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]
