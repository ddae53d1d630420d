"""What a text means among packages: a name, a NEVRA or a part of one, something provided, a path; any of it a glob.

Source: libdnf 0.69, ``Query::filterSubject`` with the forms of hy-subject.cpp: the first reading that some package fits
is the one that is meant, and names come before what is provided, and that before paths.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from typing import Any

import solv

from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_core.values import Value

_NAME, _EPOCH, _VERSION, _ARCH = r"([^:(/=<> ]+)", r"(?:(\d+):)?", r"([^-:(/=<> ]+)", r"([^-:.(/=<> ]+)"
_FORMS = (
    (".", f"{_NAME}-{_EPOCH}{_VERSION}-{_VERSION}\\.{_ARCH}", ("name", "epoch", "version", "release", "arch")),
    (".", f"{_NAME}\\.{_ARCH}", ("name", "arch")),
    ("", _NAME, ("name",)),
    ("-", f"{_NAME}-{_EPOCH}{_VERSION}-{_VERSION}", ("name", "epoch", "version", "release")),
    ("-", f"{_NAME}-{_EPOCH}{_VERSION}", ("name", "epoch", "version")),
)
_READINGS = [(sign, re.compile(expression), parts) for sign, expression, parts in _FORMS]
"""Each with a sign that it has at the least: most texts are names, and need no search for more."""
_RELATION = re.compile(r"(\S+)\s*(<=|>=|<|>|==?)?\s*(\S*)")
_RELATIONS = {
    "<": solv.REL_LT,
    "<=": solv.REL_LT | solv.REL_EQ,
    "=": solv.REL_EQ,
    "==": solv.REL_EQ,
    ">": solv.REL_GT,
    ">=": solv.REL_GT | solv.REL_EQ,
}
_GLOB = re.compile(r"[*?\[]")
_SOURCES = ("src", "nosrc")


class Meaning(Value):
    """The packages that a text means.

    Args:
        packages: libsolv's solvables, by id.
        just_name: it is a name or a glob on names alone.
        many_arches: it is a glob on architectures, so that each of them is meant.
        path: it is a path.
    """

    packages: tuple[Any, ...]
    just_name: bool = False
    many_arches: bool = False
    path: bool = False


def is_glob(text: str) -> bool:
    """Whether a text may mean packages of several names."""
    return bool(_GLOB.search(text))


def is_path(text: str) -> bool:
    """Whether a text may mean a path; ``*/bin/foo`` may too."""
    return text.startswith(("/", "*/"))


def is_fit(solvable: Any) -> bool:
    """Whether a package is for the platform: no source, and of an architecture that fits."""
    return solvable.arch not in _SOURCES and bool(solvable.installable())


class Subjects:
    """Finds what texts mean.

    Args:
        universe: all packages; where it shows only some, others are not found, but for ``hidden``.
        among: ids of the packages that are looked at.
        hidden: also what the universe does not show, or cannot install for its architecture.
    """

    def __init__(self, universe: Universe, among: Collection[int], *, hidden: bool = False) -> None:
        self._pool = universe.pool
        self._among = among
        self._hidden = hidden

    def find(self, text: str) -> Meaning | None:
        """What a text means; None where that is nothing."""
        found = self.named(text)
        if found:
            return found
        provided = self._known(self._providing(text))
        if provided:
            return Meaning(provided)
        owning = self._known(self._owning(text)) if is_path(text) else ()
        return Meaning(owning, path=True) if owning else None

    def named(self, text: str) -> Meaning | None:
        """What a text means by name, version and architecture alone, as in ``excludepkgs``."""
        for sign, expression, parts in _READINGS:
            match = expression.fullmatch(text) if sign in text else None
            wanted = dict(zip(parts, match.groups(), strict=True)) if match else {}
            found = self._known(self._fitting(wanted)) if wanted else ()
            if found:
                arch = wanted.get("arch") or ""
                return Meaning(found, just_name=parts == ("name",), many_arches=is_glob(arch))
        whole = self._known(self._whole(text))
        return Meaning(whole) if whole else None

    def of_name(self, name: str) -> tuple[Any, ...]:
        """The packages of a name or of a glob on names."""
        return self._known(self._candidates(name, ""))

    def builds(self, text: str) -> tuple[Any, ...]:
        """The builds of the name that a text says, of whatever version and architecture, sources too."""
        matches = ((expression.fullmatch(text), parts) for _, expression, parts in _READINGS)
        wanted = (dict(zip(parts, match.groups(), strict=True)) for match, parts in matches if match)
        for name in (one["name"] for one in wanted if not is_glob(one["name"]) and _may_be(one.get("version"))):
            found = tuple(self._search(solv.SOLVABLE_NAME, name))
            if found:
                return found
        return ()

    def _known(self, found: Iterator[Any]) -> tuple[Any, ...]:
        unique = {one.id: one for one in found if one.id in self._among and one.arch not in _SOURCES}
        return tuple(unique[number] for number in sorted(unique))

    def _of_name(self, name: str) -> Iterator[Any]:
        number = self._pool.str2id(name, 0)
        if number and self._hidden:
            yield from self._search(solv.SOLVABLE_NAME, name)
        elif number:
            yield from (solvable for solvable in self._pool.whatprovides(number) if solvable.nameid == number)

    def _fitting(self, wanted: dict[str, str | None]) -> Iterator[Any]:
        checks = {part: text for part, text in wanted.items() if text and text != "*" and part != "name"}
        for solvable in self._candidates(wanted["name"] or "*", checks.get("arch", "")):
            if not checks or _fits(solvable, checks):
                yield solvable

    def _candidates(self, name: str, arch: str) -> Iterator[Any]:
        """Packages by name or, where any will do, by architecture; libsolv looks, since Python is slow at thousands."""
        if name != "*":
            yield from self._search(solv.SOLVABLE_NAME, name) if is_glob(name) else self._of_name(name)
        elif arch and not is_glob(arch):
            yield from self._search(solv.SOLVABLE_ARCH, arch)
        else:
            yield from self._pool.solvables_iter()

    def _search(self, key: int, text: str, flags: int = 0) -> Iterator[Any]:
        how = solv.Dataiterator.SEARCH_GLOB if is_glob(text) else solv.Dataiterator.SEARCH_STRING
        for match in self._pool.Dataiterator(key, text, how | flags):
            if match.solvid in self._among:
                yield self._pool.id2solvable(match.solvid)

    def _whole(self, text: str) -> Iterator[Any]:
        """A glob on whole NEVRAs; the epoch is a part of these only where the text has one."""
        if not is_glob(text) or set("(/=<> ") & set(text):
            return
        start = _GLOB.split(text, maxsplit=1)[0].partition("-")[0]
        for solvable in self._search(solv.SOLVABLE_NAME, f"{start}*"):
            epoch, _, rest = solvable.evr.rpartition(":")
            evr = f"{epoch or '0'}:{rest}" if ":" in text else rest
            if fnmatchcase(f"{solvable.name}-{evr}.{solvable.arch}", text):
                yield solvable

    def _providing(self, text: str) -> Iterator[Any]:
        if text.startswith("("):
            rich = self._pool.parserpmrichdep(text)
            if rich:
                yield from self._pool.whatprovides(rich)
            return
        match = _RELATION.fullmatch(text)
        if match and (is_glob(match[1]) or self._hidden):
            how = solv.Selection.SELECTION_PROVIDES | solv.Selection.SELECTION_GLOB | solv.Selection.SELECTION_REL
            more = solv.Selection.SELECTION_WITH_ALL if self._hidden else 0
            yield from self._pool.select(text, how | more).solvables()
        elif match and self._pool.str2id(match[1], 0):
            need = self._pool.Dep(match[1])
            if match[2] and match[3]:
                need = need.Rel(_RELATIONS[match[2]], self._pool.Dep(match[3]))
            yield from self._pool.whatprovides(need)

    def _owning(self, text: str) -> Iterator[Any]:
        flags = solv.Dataiterator.SEARCH_FILES | solv.Dataiterator.SEARCH_COMPLETE_FILELIST
        yield from self._search(solv.SOLVABLE_FILELIST, text, flags)


def _may_be(version: str | None) -> bool:
    """Whether it is none or looks like one: ``core`` of ``kernel-modules-core`` does not."""
    return version is None or version[:1].isdigit()


def _fits(solvable: Any, checks: dict[str, str]) -> bool:
    if checks.keys() == {"arch"}:
        arch = solvable.arch
        return checks["arch"] == arch or fnmatchcase(arch, checks["arch"])
    epoch, _, rest = solvable.evr.rpartition(":")
    version, _, release = rest.rpartition("-")
    facts = {"epoch": epoch or "0", "version": version, "release": release, "arch": solvable.arch}
    return all(
        facts[part] == str(int(text)) if part == "epoch" else fnmatchcase(facts[part], text)
        for part, text in checks.items()
    )
