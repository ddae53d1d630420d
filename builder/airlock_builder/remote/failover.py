"""One thing that several mirrors have: had from the first that gives it, the busy ones asked again at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import TypeVar

from airlock_builder.remote.failures import RETRIED, StatusError, Stopped, all_failed, is_absent, shown
from airlock_builder.remote.http import HttpClient
from airlock_core.errors import AirlockError, UpstreamError, VerificationError
from airlock_core.progress import Notice
from airlock_core.values import Value

T = TypeVar("T")


class Candidate(Value):
    """A place to ask.

    Args:
        url: of the thing itself.
        mirror: the base that it stands below; None where that is not known.
    """

    url: str
    mirror: str | None


def from_any(
    candidates: Iterable[Candidate],
    work: Callable[[HttpClient, Candidate], T],
    http: HttpClient,
    note: Callable[[Candidate, AirlockError], None],
    *,
    where: str,
    several: bool = True,
) -> T:
    """What ``work`` returns for the first place that it succeeds with.

    While there are others, a place is asked once; those that did not answer are asked again, with the client's
    patience, when all have failed.

    Args:
        candidates: taken one by one, as far as they are needed.
        note: told of each place that failed.
        where: what is wanted, for the error.
        several: whether there is, or may be, more than one.

    Raises:
        UpstreamError, VerificationError: all failed; each is named with its reason.
    """
    faults: dict[Candidate, AirlockError] = {}
    beside: list[AirlockError] = []
    again = (http, _those_that_may_pass(faults))
    rounds = [(http.impatient(), _as_far_as_known(candidates, beside)), again] if several else [(http, candidates)]
    last: Candidate | None = None
    for client, round_ in rounds:
        for candidate in round_:
            if last:
                _tell(where, last, faults[last], candidate, client)
            try:
                return work(client, candidate)
            except Stopped:
                raise
            except (UpstreamError, VerificationError) as fault:
                faults[candidate], last = fault, candidate
                note(candidate, fault)
    raise all_failed(where, [*faults.values(), *beside])


def _as_far_as_known(candidates: Iterable[Candidate], faults: list[AirlockError]) -> Iterator[Candidate]:
    """Candidates, and what kept the rest of them from being known."""
    try:
        yield from candidates
    except Stopped:
        raise
    except (UpstreamError, VerificationError) as fault:
        faults.append(fault)


def _tell(where: str, last: Candidate, fault: AirlockError, following: Candidate, http: HttpClient) -> None:
    failed, to = (shown(candidate.mirror or http.host(candidate.url)) for candidate in (last, following))
    http.traffic.tell(Notice(shown(where), f"mirror {failed} failed: {fault.why or fault.what}; trying {to}"))


def _those_that_may_pass(faults: Mapping[Candidate, AirlockError]) -> Iterator[Candidate]:
    """Of the places that failed, as they stand when this is begun, those that a second try may do for."""
    yield from [candidate for candidate, fault in faults.items() if _may_pass(fault)]


def _may_pass(fault: AirlockError) -> bool:
    """Whether a second try may mend it."""
    if isinstance(fault, StatusError):
        return fault.status in RETRIED or fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return not isinstance(fault, VerificationError) and not is_absent(fault)
