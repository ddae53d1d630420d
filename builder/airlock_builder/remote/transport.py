"""Single HTTP requests: one pool of kept connections, retries with a growing pause, no surprises on the way."""

from __future__ import annotations

import contextlib
import itertools
import random
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from airlock_builder.remote.failures import RETRIED, StatusError, Transient, cause, shown, unreachable
from airlock_builder.remote.mirrors import Mirrors, is_loopback
from airlock_core.errors import UpstreamError
from airlock_core.version import VERSION

T = TypeVar("T")

TIMEOUTS = (10.0, 60.0)
"""Seconds to connect, and between two bytes."""
LONGEST_PAUSE = 30.0
"""Seconds between two attempts at the most, whatever a server asks for."""
_REDIRECTS = 10
_HEADERS = {"User-Agent": f"airlock/{VERSION}", "Accept-Encoding": "identity", "Accept": "*/*"}

_NO_PROXY: dict[str, Any] = dict.fromkeys(("http", "https", "all"))


class Transport:
    """Requests to any host, from any thread, over connections that are kept.

    Proxies, certificates (``REQUESTS_CA_BUNDLE``) and ``~/.netrc`` are taken from the environment as requests does.

    Args:
        mirrors: where hosts are really asked.
        offline: refuse every request.
        attempts: how often one request is tried.
        pause: seconds before the second attempt; doubled for each further one, and varied by a half.
    """

    def __init__(self, mirrors: Mirrors, *, offline: bool, attempts: int, pause: float) -> None:
        self.mirrors = mirrors
        self.offline = offline
        self.attempts = attempts
        self._pause = pause
        self._cancelled = threading.Event()
        self._reading: set[requests.Response] = set()
        self._session = _session()
        self._finalizer = weakref.finalize(self, self._session.close)

    def close(self) -> None:
        """Close all connections."""
        self._finalizer()

    def cancel(self) -> None:
        """Let every request of every thread fail soon, also one that waits for bytes."""
        self._cancelled.set()
        for response in list(self._reading):
            with contextlib.suppress(OSError, ValueError, RuntimeError):  # it may end by itself just now
                response.raw.shutdown()

    def check_cancelled(self, url: str) -> None:
        """Fail when the run was cancelled.

        Raises:
            UpstreamError: it was.
        """
        if self._cancelled.is_set():
            raise UpstreamError("cancelled", where=shown(url))

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
                self.check_cancelled(url)
                if progress() > reached:
                    attempt, reached = 1, progress()
                if attempt >= self.attempts:
                    raise self._given_up(url, failure) from failure
                self._cancelled.wait(self._seconds(attempt, failure))
                attempt += 1

    @contextlib.contextmanager
    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, accept: tuple[int, ...] = (200,)
    ) -> Iterator[requests.Response]:
        """One request; its body is not read yet.

        Args:
            url: as in the lock; asked of its mirror where it has one.
            accept: the statuses that are answers; all others are errors.

        Raises:
            Transient: what another attempt may mend, also while the block reads the body.
            UpstreamError: all else.
        """
        self.check_cancelled(url)
        if self.offline:
            todo = "run without --offline, or fetch first on a machine that has a network"
            raise UpstreamError("not fetched: --offline", where=shown(url), todo=todo)
        with self._errors(url):
            asked = self.mirrors.url(url)
            # a proxy cannot reach this machine's own loopback
            proxies = dict(_NO_PROXY) if is_loopback(urlsplit(asked).netloc) else None
            response = self._session.request(
                method, asked, headers=headers, stream=True, timeout=TIMEOUTS, proxies=proxies
            )
            with contextlib.closing(response), self._interruptible(response):
                self._check(url, response, accept)
                yield response
            self.check_cancelled(url)

    @contextlib.contextmanager
    def _interruptible(self, response: requests.Response) -> Iterator[None]:
        self._reading.add(response)
        try:
            yield
        finally:
            self._reading.discard(response)

    @contextlib.contextmanager
    def _errors(self, url: str) -> Iterator[None]:
        try:
            yield
        except (requests.exceptions.SSLError, urllib3.exceptions.SSLError) as error:
            todo = "put the authority that signed it into a file and name that in REQUESTS_CA_BUNDLE"
            raise self.failed(url, f"its certificate is not trusted: {error}", todo=todo) from error
        except (requests.TooManyRedirects, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise self.failed(url, str(error), todo="correct the URL") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError, TimeoutError) as error:
            raise Transient(cause(error)) from error

    def failed(self, url: str, why: str, *, todo: str) -> UpstreamError:
        """An error that no further attempt mends."""
        return unreachable(url, why, asked=self.mirrors.url(url), attempts=1, todo=todo)

    def _check(self, url: str, response: requests.Response, accept: tuple[int, ...]) -> None:
        steps = [step.url for step in (*response.history, response)]
        if any(_downgrades(before, after) for before, after in itertools.pairwise(steps)):
            raise self.failed(url, "it was redirected from https to plain http", todo="correct the URL")
        status = response.status_code
        if status in accept:
            return
        if status in RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Transient(f"status {status}", status=status, pause=_asked_pause(response))
        raise StatusError(status, url, asked=self.mirrors.url(url), attempts=1)

    def _seconds(self, attempt: int, failure: Transient) -> float:
        grown: float = self._pause * 2 ** (attempt - 1)
        return min(max(grown * random.uniform(0.5, 1.5), failure.pause), LONGEST_PAUSE)  # noqa: S311 - no secret

    def _given_up(self, url: str, failure: Transient) -> UpstreamError:
        asked = self.mirrors.url(url)
        if failure.status:
            return StatusError(failure.status, url, asked=asked, attempts=self.attempts)
        return unreachable(url, failure.why, asked=asked, attempts=self.attempts)


def _session() -> requests.Session:
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=32, pool_maxsize=32, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.headers.clear()
    session.headers.update(_HEADERS)
    session.max_redirects = _REDIRECTS
    # cookies are what a session changes while in use: without them threads may share it
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _downgrades(before: str, after: str) -> bool:
    first, then = urlsplit(before), urlsplit(after)
    return first.scheme == "https" and then.scheme == "http" and not is_loopback(then.netloc)


def _asked_pause(response: requests.Response) -> float:
    """``Retry-After`` in seconds (RFC 9110, 10.2.3); its other form, a date, is not worth a clock."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else 0
