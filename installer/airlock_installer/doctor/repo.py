"""The local repo: what it serves is what the release has, on the mounted medium or in landing's copy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_core import media
from airlock_core.digest import Digest
from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error
from airlock_installer.doctor.ground import Ground
from airlock_installer.serve import client

_LOOKED_AT = (
    media.RELEASE_JSON,
    media.REPODATA / "repomd.xml",
    media.COLLECTIONS_LIST,
    media.PYPI / "simple/index.html",
)
"""The document that each kind of client asks for first; those that the release has."""


@dataclass(frozen=True)
class Served:
    """A file of the release.

    Args:
        path: below the repo's root.
        expected: its digest.
        found: that of what the repo served; empty where it served nothing.
        status: of the answer.
    """

    path: str
    expected: str
    found: str
    status: int


@dataclass(frozen=True)
class RepoFacts:
    """What the repo serves of the release.

    Args:
        source: where the release's files were read.
        root: what nginx serves.
        is_landed: whether that is landing's copy.
    """

    files: tuple[Served, ...]
    source: str
    root: str
    is_landed: bool = False


def look(ground: Ground) -> RepoFacts | None:
    """Ask the repo as clients do; that it does not answer at all is told with the services."""
    if ground.contents is None or client.repo_fault(ground.endpoints.repo):
        return None
    source, _ = ground.contents
    there = (path for path in _LOOKED_AT if (source / path).is_file())
    files = tuple(_served(ground, source, str(path)) for path in there)
    root = ground.layout.repo if ground.is_landed else ground.layout.medium
    return RepoFacts(files, str(source), str(root), ground.is_landed)


def _served(ground: Ground, source: Path, path: str) -> Served:
    answer = client.repo_file(ground.endpoints.repo, path)
    expected = str(Digest.sha256((source / path).read_bytes()))
    return Served(path, expected, str(Digest.sha256(answer.body)) if answer.status == 200 else "", answer.status)


def refused(facts: RepoFacts) -> Iterator[Finding]:
    """A file that the repo does not give."""
    mend = "airlock-site run landing" if facts.is_landed else "airlock-site serve up"
    for one in facts.files:
        if one.status != 200:
            what = f"the local repo answers with status {one.status}"
            todo = f"may nginx read {facts.root}? {mend}; /var/log/airlock/nginx-error.log"
            yield error(what, where=f"/{one.path}", todo=todo)


def another(facts: RepoFacts) -> Iterator[Finding]:
    """A file that is another than the release's."""
    mend = "was the medium changed while it was served? airlock-site serve down, then serve up"
    for one in facts.files:
        if one.status == 200 and one.found != one.expected:
            why = f"{facts.source} has {one.expected}, served is {one.found}"
            todo = "airlock-site run landing" if facts.is_landed else mend
            yield error(
                "the local repo serves other bytes than the release has", where=f"/{one.path}", why=why, todo=todo
            )


AREA = Area("local repo", look, (refused, another))
