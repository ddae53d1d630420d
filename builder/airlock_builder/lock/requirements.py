"""The lines of pip's requirements files that a manifest names, each with its place.

Format: pip's "Requirements File Format". Which project a line asks for is read here, its hashes, and what no lock may
come to: sources to be built, and other indexes than the manifest's. pip reads the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.manifest.model import Manifest
from airlock_builder.manifest.tree import shown
from airlock_core.errors import InputError

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_OTHER = re.compile(r"(?:-r|--requirement|-c|--constraint)[ =]\s*(\S+)")
_OPTION = re.compile(r"(--?[A-Za-z][a-z-]*)")
_HASH = re.compile(r"--hash[ =]sha256:([0-9a-f]{64})")
_DIRECT = re.compile(r"(?:[a-z+]+:)?//\S+|^(?:\.{0,2}/)\S+|git\+\S+")
"""A URL or a path in place of a project of the index (PEP 508, direct references)."""
_INDEX = "name the index in the manifest: `index`, beside `requirements`"
_SOURCES = "take what has a wheel; nothing is built here"
_REFUSED = {
    **dict.fromkeys(("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--no-index"), _INDEX),
    **dict.fromkeys(("--trusted-host", "--use-feature"), "take it out"),
    **dict.fromkeys(("-e", "--editable", "--no-binary", "--only-binary"), _SOURCES),
}
_COMMENT = re.compile(r"(?:^|\s)#.*$")


@dataclass(frozen=True, order=True)
class Requirement:
    """One line.

    Args:
        name: the project, as PEP 503 writes it.
        text: the line.
        where: file and line.
        option: whose it is; empty for the release's own.
    """

    name: str
    text: str
    where: str
    option: str = ""


def requirements(manifest: Manifest) -> Iterator[Requirement]:
    """All lines that ask for a project by name, in the files of the release, its playbooks and its options."""
    for option, content in manifest.contents():
        files = [python.requirements for python in content.python]
        files += [playbook.requirements for playbook in content.playbooks if playbook.requirements]
        for file in files:
            yield from lines_of(file, option or "")


def normal(name: str) -> str:
    """A project's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def project_of(filename: str) -> tuple[str, str]:
    """Project and version of a wheel, by the rules for its name (PEP 427); no version where it breaks them."""
    parts = filename.split("-")
    return (normal(parts[0]), parts[1]) if len(parts) > 2 else (filename, "")


def lines_of(file: Path, option: str = "") -> Iterator[Requirement]:
    """The lines of one file that ask for a project, and of those that it names with ``-r``."""
    for line in _logical(file):
        name = _NAME.match(line.text)
        if name:
            yield Requirement(normal(name[0]), line.text.partition(" --")[0].strip(), line.where, option)


def hashes_of(file: Path) -> dict[str, set[str]]:
    """The SHA-256 digests that a file, and those that it names, give for projects: hex digits by project."""
    found: dict[str, set[str]] = {}
    for line in _logical(file):
        name, given = _NAME.match(line.text), _HASH.findall(line.text)
        if name and given:
            found.setdefault(normal(name[0]), set()).update(given)
    return found


def files_of(file: Path) -> list[Path]:
    """A file, and those that it names with ``-r`` or ``-c``, each once."""
    found: set[Path] = set()
    for _ in _logical(file, found):
        """Reads on to the end."""
    return sorted(found)


def refused(file: Path) -> Iterator[InputError]:
    """Lines that would bring what is no wheel of the manifest's index: each with its place."""
    for line in _logical(file):
        option, direct = _OPTION.match(line.text), _DIRECT.search(line.text.partition(" --")[0])
        if option and option[1] in _REFUSED:
            yield InputError(f"{option[1]} has no place in a locked list", where=line.where, todo=_REFUSED[option[1]])
        elif direct and not direct[0].partition("#")[0].endswith(".whl"):
            what = f"is no wheel, and nothing is built here: {line.text}"
            todo = "build a wheel of it, and have it served by an index or named by its URL"
            yield InputError(what, where=line.where, todo=todo)


@dataclass(frozen=True)
class _Line:
    """One line, with those that go on from it."""

    text: str
    where: str


def _logical(file: Path, seen: set[Path] | None = None) -> Iterator[_Line]:
    """The lines of a file, and of those that it names with ``-r`` or ``-c``, each file once."""
    seen = set() if seen is None else seen
    if file in seen or not file.is_file():
        return
    seen.add(file)
    begun, start = "", 0
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate([*lines, ""], 1):
        start = start if begun else number
        text = f"{begun} {_COMMENT.sub('', line).strip()}".strip()
        begun = text[:-1].strip() if text.endswith("\\") and number <= len(lines) else ""
        if begun or not text:
            continue
        other = _OTHER.match(text)
        if other:
            yield from _logical(file.parent / other[1], seen)
        else:
            yield _Line(text, f"{shown(file)}:{start}")
