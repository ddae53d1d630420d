"""Which repositories went back in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_builder.lock.rpms.metadata import rollback
from airlock_builder.lock.rpms.metadata.repomd import Repomd
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.manifest.model import Repo
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError
from airlock_core.locks import LockedRepo
from airlock_core.signatures import Keyring

D = Digest.sha256(b"x")


def state(revision: str, timestamp: int | None, digest: Digest = D) -> RepoState:
    config = Repo(id="r", baseurl=(Path("/r").as_uri(),))
    return RepoState(config, "file:///r", Repomd(revision, {}, timestamp), digest, Keyring)


def seen(revision: str, timestamp: int | None) -> LockedRepo:
    return LockedRepo("r", Digest.sha256(b"y"), revision, timestamp=timestamp)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (seen("2", None), state("1", None)),
        (seen("10", 5), state("9", 6)),
        (seen("8.10", 6), state("8.10", 5)),
        (seen("8.10", 6), state("8.9", 5)),
        (seen("2", 6), state("2", 5)),
        (seen("1704067200", 6), state("8.10", 5)),
        (seen("", 99999999999999), state("", 5)),
    ],
)
def test_what_is_older_is_refused(old: LockedRepo, new: RepoState) -> None:
    with pytest.raises(VerificationError, match="went back in time"):
        rollback.guard([old], ())(new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (seen("9", 6), state("10", 5)),
        (seen("8.10", None), state("8.9", 5)),
        (seen("8.10", 5), state("8.9", None)),
        (seen("8.9", 5), state("8.10", 6)),
        (seen("5", 5), state("5", 5)),
        (seen("5", 5), state("4", 4, Digest.sha256(b"y"))),
        (LockedRepo("other", D, "9", timestamp=9), state("5", 5)),
    ],
)
def test_what_is_newer_the_same_or_cannot_be_compared_passes(old: LockedRepo, new: RepoState) -> None:
    rollback.guard([old], ())(new)


def test_another_document_of_the_same_age_is_noted_but_not_of_what_has_no_age() -> None:
    def noted(revision: str, timestamp: int | None) -> list[str]:
        fresh = LockedRepo("r", Digest.sha256(b"z"), revision, timestamp=timestamp)
        return list(rollback.notes([seen(revision, timestamp)], [fresh]))

    assert ["under the same revision 7" in note for note in noted("7", None)] == [True]
    assert ["under the same revision (none) (1970-01-01" in note for note in noted("", 7)] == [True]
    assert noted("", None) == []
