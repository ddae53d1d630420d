"""Release numbers only go up: a release is not pushed beside a newer one that tags which move stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from airlock_builder.remote.failures import MissingError
from airlock_builder.remote.oci.repository import Repository
from airlock_builder.remote.oci.tags import all_tags
from airlock_builder.remote.oci.transport import RegistryError
from airlock_builder.shipping.artifact import Artifact, tag_of
from airlock_core.errors import InputError, VerificationError
from airlock_core.imageref import ImageRef

MOST = 100
"""Tags that are looked at: those first that do not end in a number, as the tags of single releases do."""
_SINGLE = re.compile(r".*-\d+")
_ATTACHED = "sha256-"
"""What the tags of signatures and of lists of referrers begin with."""


def check(name: str, number: int, ref: ImageRef, repository: Repository, standing: Artifact | None) -> None:
    """Refuse a release that is older than one of its name that a tag stands for which moves.

    A tag that names one release, version and number, moves no more, and may have any.

    Args:
        name, number: of the release that is to be pushed.
        ref: the repository and the tag.
        standing: what the tag has now.

    Raises:
        InputError: there is a newer one.
        UpstreamError: the registry fails.
    """
    if standing and (standing.name, standing.number) == (name, number):
        return  # it is there already: nothing goes back
    newer = {tag: one for tag, one in _moving(ref, name, repository, standing) if _is_newer(one, name, number)}
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


def _is_newer(one: Artifact, name: str, number: int) -> bool:
    return one.name == name and one.number > number


def _moving(
    ref: ImageRef, name: str, repository: Repository, standing: Artifact | None
) -> Iterator[tuple[str, Artifact]]:
    """Each tag that is not of one release for good, with what it stands for."""
    if standing:
        yield str(ref.tag), standing
    for tag in _candidates(ref, name, repository):
        try:
            raw = repository.manifest(tag)
        except MissingError:
            continue
        one = read(raw, f"{ref.name}:{tag}")
        if one and tag != tag_of(one.version, one.number):
            yield tag, one


def _candidates(ref: ImageRef, name: str, repository: Repository) -> list[str]:
    """The tags to look at; those that people use where the registry lists none."""
    usual = ["latest", name]
    try:
        found: Iterable[str] = all_tags(repository.document, ref.name)
    except RegistryError:  # there is no such repository yet; or it lists its tags to nobody
        found = usual
    others = [tag for tag in dict.fromkeys(found) if tag != ref.tag and not tag.startswith(_ATTACHED)]
    return sorted(others, key=lambda tag: (_SINGLE.fullmatch(tag) is not None, tag not in usual))[:MOST]
