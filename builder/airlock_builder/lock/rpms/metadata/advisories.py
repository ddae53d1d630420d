"""A repository's updateinfo.xml: needed where the medium carries advisories, and else only for `airlock diff`."""

from __future__ import annotations

from collections.abc import Callable

from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.metadata.repomd import Record
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.remote.failures import Cancelled
from airlock_core.errors import AirlockError, UpstreamError, VerificationError

KIND = "updateinfo"


def check(metadata: Metadata, state: RepoState) -> None:
    """See that the medium can carry a repository's advisories.

    Raises:
        VerificationError: another digest or size than repomd.xml says, or not an updateinfo.xml as it must be.
        UpstreamError: it cannot be fetched.
    """
    from airlock_builder import updateinfo  # few releases carry any

    record = metadata.offered(state, (KIND,))
    if record:
        with metadata.document(state, record).path.open("rb") as file:
            updateinfo.advisories(file, (), where=state.url(record))


def obtained(metadata: Metadata, state: RepoState, note: Callable[[str], None]) -> Record | None:
    """The record of advisories that nobody's medium carries; None, with a note, where they cannot be had.

    Raises:
        Cancelled: the run is over.
    """
    try:
        return metadata.offered(state, (KIND,))
    except Cancelled:
        raise
    except (UpstreamError, VerificationError) as fault:
        note(_lost(state, fault))
        return None


def _lost(state: RepoState, fault: AirlockError) -> str:
    reason = fault.why or fault.what.removeprefix(f"{KIND} of repo {state.config.id}: ")
    return (
        f"repo {state.config.id}: locked without its updateinfo.xml, which cannot be had ({fault.where}: {reason}); "
        "`airlock diff` then knows no advisories of its packages"
    )
