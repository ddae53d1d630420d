"""The local repo: what it serves is what the mounted medium has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
"""The document that each kind of client asks for first; those that the medium has."""


@dataclass(frozen=True)
class Served:
    """A file of the medium.

    Args:
        path: on the medium.
        expected: its digest there.
        found: that of what the repo served; empty where it served nothing.
        status: of the answer.
    """

    path: str
    expected: str
    found: str
    status: int


RepoFacts = tuple[Served, ...]


def look(ground: Ground) -> RepoFacts | None:
    """Ask the repo as clients do; that it does not answer at all is told with the services."""
    if ground.mounted is None or client.repo_fault(ground.endpoints.repo):
        return None
    there = (path for path in _LOOKED_AT if (ground.layout.medium / path).is_file())
    return tuple(_served(ground, str(path)) for path in there)


def _served(ground: Ground, path: str) -> Served:
    answer = client.repo_file(ground.endpoints.repo, path)
    expected = str(Digest.sha256((ground.layout.medium / path).read_bytes()))
    return Served(path, expected, str(Digest.sha256(answer.body)) if answer.status == 200 else "", answer.status)


def refused(facts: RepoFacts) -> Iterator[Finding]:
    """A file that the repo does not give."""
    for one in facts:
        if one.status != 200:
            what = f"the local repo answers with status {one.status}"
            todo = "may nginx read the medium? airlock-site serve up; /var/log/airlock/nginx-error.log"
            yield error(what, where=f"/{one.path}", todo=todo)


def another(facts: RepoFacts) -> Iterator[Finding]:
    """A file that is another than the medium's."""
    for one in facts:
        if one.status == 200 and one.found != one.expected:
            why = f"the medium has {one.expected}, served is {one.found}"
            todo = "was the medium changed while it was served? airlock-site serve down, then serve up"
            yield error(
                "the local repo serves other bytes than the medium has", where=f"/{one.path}", why=why, todo=todo
            )


AREA = Area("local repo", look, (refused, another))
