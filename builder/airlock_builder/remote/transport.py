"""Single HTTP requests: kept connections, retries with a growing pause, no surprises on the way."""

from __future__ import annotations

import contextlib
import copy
import random
import ssl
import weakref
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import TypeVar

import requests
import urllib3

from airlock_builder.remote import connections
from airlock_builder.remote.body import Body
from airlock_builder.remote.exchange import Written, exchange
from airlock_builder.remote.failures import (
    RETRIED,
    StatusError,
    Stopped,
    Transient,
    cause,
    shown,
    unreachable,
)
from airlock_builder.remote.guard import OPEN, Guard
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.patience import asked_pause
from airlock_builder.remote.refusals import refusal, status_todo
from airlock_builder.remote.traffic import Traffic
from airlock_core.errors import UpstreamError
from airlock_core.progress import Notice

T = TypeVar("T")

LONGEST_PAUSE = 30.0
"""Seconds between two attempts at the most, where the server asks for nothing else."""
LONGEST_ASKED = 300.0
"""Seconds that a server may ask to wait; one that asks for more is given up at once."""

_PASSING = (requests.RequestException, urllib3.exceptions.HTTPError, ssl.SSLError, ConnectionError, TimeoutError)


class Transport:
    """Requests to any host, from any thread, over connections that are kept.

    Proxies, certificates (``REQUESTS_CA_BUNDLE``) and ``~/.netrc`` are taken from the environment as requests does,
    where a guard does not say otherwise.

    Args:
        mirrors: where hosts are really asked.
        traffic: what this run's connections share.
        offline: refuse every request.
        attempts: how often one request is tried.
        pause: seconds before the second attempt; doubled for each further one, and varied by a half.
        shared: whose connections it uses, and leaves open when it is closed itself; None: it has its own.
    """

    def __init__(
        self,
        mirrors: Mirrors,
        traffic: Traffic,
        *,
        offline: bool,
        attempts: int,
        pause: float,
        shared: Transport | None = None,
    ) -> None:
        self.mirrors = mirrors
        self.traffic = traffic
        self.offline = offline
        self.attempts = attempts
        self._pause = pause
        self._guard = OPEN
        self._origin = shared  # kept, since its end closes the connections
        self._session: requests.Session = shared._session if shared else connections.session(traffic)  # noqa: SLF001
        self._finalizer = None if shared else weakref.finalize(self, self._session.close)

    @property
    def guard(self) -> Guard:
        """What requests carry."""
        return self._guard

    def twin(self, *, attempts: int, guard: Guard) -> Transport:
        """Another use of the same connections, which are open for as long as either is in use."""
        twin = copy.copy(self)
        twin.attempts, twin._guard = attempts, guard  # noqa: SLF001 - of its own class
        twin._origin = self  # noqa: SLF001 - of its own class; kept, since its end closes the connections
        return twin

    def trust(self, context: ssl.SSLContext | None, *, checked: bool = True) -> None:
        """Speak TLS in another way than the library's own.

        Args:
            checked: whether a server's certificate must be good.
        """
        if context:
            self._session.mount("https://", connections.Adapter(self.traffic, context=context))
        if not checked:
            self._session.verify = False
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # asked for by name

    def close(self) -> None:
        """Close all connections that are its own."""
        if self._finalizer:
            self._finalizer()

    def body(self, url: str, response: requests.Response) -> Body:
        """What reads an answer's body."""
        return Body(response, url, self.traffic)

    def retrying(self, url: str, work: Callable[[], T], *, progress: Callable[[], int] = lambda: 0) -> T:
        """Do work that may raise :class:`Transient`, until it ends otherwise or the attempts are used up.

        Args:
            url: what the work fetches, as in the lock.
            progress: how far the work is, in MiB; attempts that brought it on are not counted.

        Raises:
            UpstreamError: the last attempt failed too.
        """
        attempt, reached = 1, progress()
        while True:
            try:
                return work()
            except Transient as failure:
                self.traffic.check_cancelled(url)
                if progress() > reached:
                    attempt, reached = 1, progress()
                if attempt >= self.attempts or failure.pause > LONGEST_ASKED:
                    raise self._given_up(url, failure, attempt) from failure
                self._wait(url, attempt, failure)
                attempt += 1

    @contextlib.contextmanager
    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (200,),
        body: Written | None = None,
    ) -> Iterator[requests.Response]:
        """One request; the answer's body is not read yet.

        Args:
            url: as in the lock; asked of its mirror where it has one.
            accept: the statuses that are answers; all others are errors.
            body: what is written, of a known length; it goes to this URL and is redirected nowhere.

        Raises:
            Transient: what another attempt may mend, also while the block reads the body.
            UpstreamError: all else.
        """
        self.traffic.check_cancelled(url)
        if self.offline:
            todo = "run without --offline, or fetch first on a machine that has a network"
            raise Stopped("not fetched: --offline", where=shown(url), todo=todo)
        with self._errors(url), self.traffic.slot(self.mirrors.host(url)):
            self.traffic.check_cancelled(url)
            response = exchange(self._session, method, url, self.mirrors.url(url), headers or {}, self.guard, body)
            with contextlib.closing(response):
                self._check(url, response, accept)
                yield response
            self.traffic.check_cancelled(url)

    @contextlib.contextmanager
    def _errors(self, url: str) -> Iterator[None]:
        try:
            yield
        except (requests.RequestException, urllib3.exceptions.HTTPError, ssl.SSLError, OSError) as error:
            refused = refusal(error, self.guard)
            if refused:
                raise self.failed(url, self.guard.masked(refused[0]), todo=refused[1]) from error
            if not isinstance(error, _PASSING):
                raise
            raise Transient(self.guard.masked(cause(error))) from error

    def failed(self, url: str, why: str, *, todo: str) -> UpstreamError:
        """An error that no further attempt mends."""
        return unreachable(url, why, asked=self.mirrors.url(url), attempts=1, todo=todo)

    def _check(self, url: str, response: requests.Response, accept: tuple[int, ...]) -> None:
        status = response.status_code
        if status in accept:
            return
        if status in RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Transient(f"status {status}", status=status, pause=asked_pause(response.headers))
        raise self.refused(url, response)

    def refused(self, url: str, response: requests.Response) -> UpstreamError:
        """An answer that no further attempt betters."""
        status = response.status_code
        todo = status_todo(status, self.guard)
        return StatusError(status, url, asked=self.mirrors.url(url), attempts=1, todo=todo)

    def _wait(self, url: str, attempt: int, failure: Transient) -> None:
        seconds = self._seconds(attempt, failure)
        if failure.pause:
            self.traffic.postpone(self.mirrors.host(url), failure.pause)
        again = f"again in {seconds:.1f} s, attempt {attempt + 1} of {self.attempts}"
        self.traffic.tell(Notice(shown(url), f"{failure.why}; {again}"))
        self.traffic.pause(seconds)

    def _seconds(self, attempt: int, failure: Transient) -> float:
        grown: float = min(self._pause * 2 ** (attempt - 1), LONGEST_PAUSE)
        varied: float = grown * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
        # not all at once when the time that the server asked for is over
        return failure.pause + varied / 2 if failure.pause else varied

    def _given_up(self, url: str, failure: Transient, attempts: int) -> UpstreamError:
        asked = self.mirrors.url(url)
        note = f"; it asks to come back in {failure.pause:.0f} s" if failure.pause else ""
        if failure.status:
            return StatusError(failure.status, url, asked=asked, attempts=attempts, note=note)
        return unreachable(url, failure.why, asked=asked, attempts=attempts)
