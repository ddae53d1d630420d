"""Comps of several repos as one document, restricted to what the medium carries.

Source: the comps format as libcomps and dnf read it: ``group``, ``category``, ``environment``, ``langpacks``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from airlock_builder import safexml

_KINDS = ("group", "category", "environment")


def merged(documents: Iterable[tuple[str, bytes]], names: Collection[str]) -> bytes:
    """One comps document.

    A group that several documents have gets the packages of all; packages that the medium lacks leave their groups,
    so that installing a group never asks for what is not there; a group without packages goes.

    Args:
        documents: URL and content of each.
        names: names of the packages on the medium.

    Raises:
        VerificationError: a document is no comps.
    """
    found: dict[tuple[str, str], Element] = {}
    for url, raw in documents:
        for element in safexml.parse(raw, where=url, root="comps", doctype=True):
            if element.tag in _KINDS:
                _add(found, element)
    for (kind, _), element in found.items():
        if kind == "group":
            _restrict(element, "packagelist", names)
    full = {key: element for key, element in found.items() if key[0] != "group" or len(_list(element, "packagelist"))}
    groups = frozenset(identity for kind, identity in full if kind == "group")
    for (kind, _), element in full.items():
        if kind != "group":
            _restrict(element, "grouplist", groups)
            _restrict(element, "optionlist", groups)
    return _write(full)


def _add(found: dict[tuple[str, str], Element], element: Element) -> None:
    key = (element.tag, (element.findtext("id") or "").strip())
    if key not in found:
        found[key] = element
        return
    for name in ("packagelist", "grouplist", "optionlist"):
        ours = _list(found[key], name)
        have = {_name(entry) for entry in ours}
        ours.extend(entry for entry in _list(element, name) if _name(entry) not in have)


def _restrict(element: Element, name: str, allowed: Collection[str]) -> None:
    entries = _list(element, name)
    entries[:] = [entry for entry in entries if _name(entry) in allowed]


def _list(element: Element, name: str) -> Element:
    found = element.find(name)
    return SubElement(element, name) if found is None else found


def _name(entry: Element) -> str:
    return (entry.text or "").strip()


def _write(found: dict[tuple[str, str], Element]) -> bytes:
    root = Element("comps")
    for key in sorted(found, key=lambda key: (_KINDS.index(key[0]), key[1])):
        root.append(found[key])
    indent(root)
    raw: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return raw + b"\n"
