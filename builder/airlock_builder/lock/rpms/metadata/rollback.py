"""Repositories that went back in time: a mirror that is behind, or an old copy that somebody replays.

What a repository was is in the standing lock: repomd's digest, its revision, and the newest time among its files.
Where both revisions are whole numbers they are compared, as createrepo counts up; where people chose them (Rocky's is
``8.10`` from the first day to the last) the times are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime

from airlock_builder.lock.rpms.metadata.repomd import join
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_core.errors import AirlockError, InputError, VerificationError
from airlock_core.locks import LockedRepo

_PLAUSIBLE = range(946684800, 1 << 32)
"""Revisions that are seconds since 1970, as createrepo writes them: from the year 2000 on."""

_DATES = range(1 << 36)
"""Times that have a date with a year of four digits."""


def guard(standing: Iterable[LockedRepo], allowed: Collection[str]) -> Callable[[RepoState], None]:
    """What refuses a repository that is older than the standing lock saw it, by a VerificationError.

    Args:
        standing: as the lock has them; those that it does not have are not compared.
        allowed: ids of those that may be older.
    """
    before = {repo.id: repo for repo in standing if repo.id not in allowed}

    def refuse(state: RepoState) -> None:
        old = before.get(state.config.id)
        new = LockedRepo(state.config.id, state.digest, state.repomd.revision, timestamp=state.repomd.timestamp)
        if old and is_older(new, old):
            raise _fault(old, state, new)

    return refuse


def is_older(new: LockedRepo, old: LockedRepo) -> bool:
    """Whether a repository is older than a lock saw it; where nothing tells, it is not."""
    if new.repomd == old.repomd:
        return False
    if _is_number(new.revision) and _is_number(old.revision) and int(new.revision) != int(old.revision):
        return int(new.revision) < int(old.revision)
    return new.timestamp is not None and old.timestamp is not None and new.timestamp < old.timestamp


def check_allowed(allowed: Collection[str], known: Collection[str]) -> None:
    """Refuse what allows a repository to be older and names none of the manifest.

    Raises:
        InputError: it does.
    """
    unknown = sorted(set(allowed) - set(known))
    if unknown:
        todo = f"the manifest has {', '.join(sorted(known))}"
        raise InputError(f"no such repository: {', '.join(unknown)}", where="--allow-rollback", todo=todo)


def notes(standing: Iterable[LockedRepo], fresh: Iterable[LockedRepo]) -> Iterator[str]:
    """A line for each repository whose metadata differs under the same revision and time.

    That is no proof of anything wrong: tools that add advisories or modules to a repository leave both as they are, and
    a mirror that is being brought up to date passes through such states. Every file of it was checked by its digest. A
    folder of RPMs has neither revision nor time, and is told nothing of.
    """
    before = {repo.id: repo for repo in standing}
    for new in sorted(fresh):
        old = before.get(new.id)
        dated = bool(new.revision) or new.timestamp is not None
        if old and dated and old.repomd != new.repomd and _age(old) == _age(new):
            yield (
                f"repo {new.id}: other metadata than the lock saw, under the same revision {_named(new)}; "
                "changed in place, or its mirror is being brought up to date"
            )


def _age(repo: LockedRepo) -> tuple[str, int | None]:
    return repo.revision, repo.timestamp


def _is_number(revision: str) -> bool:
    return revision.isascii() and revision.isdigit()


def _fault(old: LockedRepo, state: RepoState, new: LockedRepo) -> AirlockError:
    return VerificationError(
        f"repo {old.id} went back in time",
        where=join(state.base, "repodata/repomd.xml"),
        why=f"the lock saw revision {_named(old)}, this is revision {_named(new)}",
        todo="the mirror is behind, or an old copy is replayed: take another mirror, or try later; "
        f"where it is meant: airlock lock --allow-rollback {old.id}",
    )


def _named(repo: LockedRepo) -> str:
    """A revision with its time: its own where it is one, else that of the newest file."""
    revision = repo.revision or "(none)"
    if _is_number(revision) and int(revision) in _PLAUSIBLE:
        return f"{revision} ({_date(int(revision))})"
    known = repo.timestamp is not None and repo.timestamp in _DATES
    return f"{revision} ({_date(repo.timestamp or 0)})" if known else revision


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
