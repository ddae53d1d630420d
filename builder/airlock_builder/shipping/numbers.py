"""Release numbers only go up: a release is not pushed beside a newer one that tags which move stand for."""

from __future__ import annotations

from collections.abc import Iterable

from airlock_builder.crew import Task
from airlock_builder.remote.failures import MissingError
from airlock_builder.remote.oci.repository import Repository
from airlock_builder.remote.oci.tags import all_tags
from airlock_builder.remote.oci.transport import RegistryError
from airlock_builder.shipping.artifact import Artifact, tag_of
from airlock_builder.shipping.dock import Dock
from airlock_core.errors import InputError, VerificationError
from airlock_core.imageref import ImageRef

MOST = 10_000
"""Tags that are looked at, a request each: a release a day for 27 years."""
_ATTACHED = "sha256-"
"""What the tags of signatures and of lists of referrers begin with."""


def check(name: str, number: int, ref: ImageRef, repository: Repository, standing: Artifact | None, dock: Dock) -> None:
    """Refuse a release that is older than one of its name that a tag stands for which moves.

    A tag that names one release, version and number, moves no more, and may have any.

    Args:
        name, number: of the release that is to be pushed.
        ref: the repository and the tag.
        standing: what the tag has now.

    Raises:
        InputError: there is a newer one; or so many tags that this cannot be known.
        UpstreamError: the registry fails.
    """
    if standing and (standing.name, standing.number) == (name, number):
        return  # it is there already: nothing goes back
    found = {str(ref.tag): standing} if standing else {}
    found |= _moving(ref, name, repository, dock)
    newer = {tag: one for tag, one in found.items() if one.name == name and one.number > number}
    if newer:
        told = ", ".join(f"{tag} is {one.name} {one.version}, number {one.number}" for tag, one in newer.items())
        raise InputError(
            "the registry has a newer release, and numbers only go up",
            where=str(ref),
            why=f"{told}; this is number {number}",
            todo="raise metadata.number in the manifest, build and push that; where it is meant, --allow-rollback",
        )


def read(raw: bytes, where: str) -> Artifact | None:
    """The release that a manifest is of, where it is one."""
    try:
        return Artifact.loads(raw, where=where)
    except VerificationError:
        return None


def _moving(ref: ImageRef, name: str, repository: Repository, dock: Dock) -> dict[str, Artifact]:
    """Each other tag that is not of one release for good, with what it stands for."""
    found: dict[str, Artifact] = {}

    def look(tag: str) -> Task:
        def work() -> None:
            try:
                one = read(repository.manifest(tag), f"{ref.name}:{tag}")
            except MissingError:
                return
            if one and tag != tag_of(one.version, one.number):
                found[tag] = one

        return Task(tag, 0, work, repository.spot.host)

    dock.do("{} tags could not be looked at", map(look, _candidates(ref, name, repository)))
    return dict(sorted(found.items()))


def _candidates(ref: ImageRef, name: str, repository: Repository) -> list[str]:
    """The tags to look at; those that people use where the registry lists none."""
    usual = ["latest", name]
    try:
        found: Iterable[str] = all_tags(repository.document, ref.name)
    except RegistryError:  # there is no such repository yet; or it lists its tags to nobody
        found = usual
    others = [tag for tag in dict.fromkeys(found) if tag != ref.tag and not tag.startswith(_ATTACHED)]
    if len(others) > MOST:
        what = f"whether a newer release is there cannot be known: of {len(others)} tags {MOST} would be looked at"
        raise InputError(what, where=ref.name, todo="push to another repository, or give --allow-rollback")
    return others
