"""``$release``, ``$arch`` and the manifest's own ``vars``, expanded in URLs and image references."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

from airlock_builder.manifest.inputs import parts
from airlock_builder.manifest.tree import Node
from airlock_core.errors import AirlockError, InputError

CONTENT_URLS = (
    "rpms.repos.*.baseurl",
    "rpms.repos.*.baseurl.*",
    "rpms.repos.*.mirrorlist",
    "rpms.repos.*.metalink",
    "rpms.repos.*.proxy",
    "rpms.repos.*.proxy.url",
    "images.refs.*",
    "images.archives.*.name",
    "charts.*.repository",
    "charts.*.oci",
    "python.*.index",
    "collections.*.source",
    *(
        f"{files}.*.{key}"
        for files in ("files.urls", "collections", "playbooks")
        for key in ("url", "checksums", "signature")
    ),
)
BASE_URLS = ("base.iso", "base.checksums", "base.signature")
BUILTIN = ("release", "arch", "releasever", "basearch")
"""``release`` such as 8.10, ``releasever`` its first number as dnf has it on Rocky, ``arch`` and ``basearch`` alike."""

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def expand(tree: Node) -> list[AirlockError]:
    """Expand all URLs in place; the variables that nothing defines, and those that hang on themselves."""
    faults: list[AirlockError] = []
    known = _variables(tree, faults)
    for node in _urls(tree):
        if isinstance(node.value, str):
            node.value = _expanded(node.value, known, node, faults)
    return faults


def known(tree: Node) -> dict[str, str]:
    """What every variable stands for, once :func:`expand` has been; those that dnf has, too."""
    section = tree.child("vars")
    values = {
        **_builtin(tree),
        **{name: str(node.value) for name, node in (section.mapping if section else {}).items()},
    }
    major, _, minor = values["releasever"].partition(".")
    return {"releasever_major": major, "releasever_minor": minor, **values}


def _urls(tree: Node) -> Iterator[Node]:
    for pattern in BASE_URLS:
        yield from tree.select(pattern)
    for content in parts(tree):
        for pattern in CONTENT_URLS:
            yield from content.select(pattern)


def _variables(tree: Node, faults: list[AirlockError]) -> dict[str, str]:
    known = _builtin(tree)
    section = tree.child("vars")
    own = section.mapping if section else {}
    for name, node in own.items():
        if name in BUILTIN:
            faults.append(InputError(f"${name} is given by the platform", where=str(node.place), todo="rename it"))
    pending = {name: node for name, node in own.items() if name not in BUILTIN}
    while ready := [name for name, node in pending.items() if not _names(node) & pending.keys()]:
        for name in ready:
            node = pending.pop(name)
            known[name] = _expanded(str(node.value), known, node, faults)
            node.value = known[name]
    for name, node in pending.items():
        faults.append(InputError(f"${name} hangs on itself", where=str(node.place), todo="write one of them out"))
        known[name] = _STAND_IN
    return known


_STAND_IN = "https://unknown.invalid"
"""Stands for a variable that nothing defines, so that the URL with it is not called wrong a second time."""


def _names(node: Node) -> set[str]:
    return {braced or bare for braced, bare in _VARIABLE.findall(str(node.value))}


def _builtin(tree: Node) -> dict[str, str]:
    release = next((str(node.value) for node in tree.select("platform.release")), "")
    arch = next((str(node.value) for node in tree.select("platform.arch")), "x86_64")
    return {"release": release, "releasever": release.split(".")[0], "arch": arch, "basearch": arch}


def _expanded(text: str, known: Mapping[str, str], node: Node, faults: list[AirlockError]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            todo = f"did you mean ${near[0]}?" if near else "define it under vars"
            faults.append(InputError(f"nothing defines ${name}", where=str(node.place), todo=todo))
        return known.get(name, "" if match.start() else _STAND_IN)

    return _VARIABLE.sub(value, text)
