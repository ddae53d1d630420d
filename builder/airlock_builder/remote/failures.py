"""Failures of the network, told as errors: what was asked for, where, how often, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3

from airlock_core.digest import Digest
from airlock_core.errors import UpstreamError, VerificationError

LATER = "look whether the upstream is up and run again: what was fetched so far is kept"
_TODO = {
    401: "put the credentials for this host into ~/.netrc",
    403: "see whether this host wants credentials (~/.netrc) or refuses this network",
    404: "correct the URL; where the upstream took it away, run `airlock lock` or give a --mirror that has it",
    407: "put the proxy's credentials into the proxy variable of the environment",
}
RETRIED = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


class StatusError(UpstreamError):
    """A server answered with an error status."""

    def __init__(self, status: int, url: str, *, asked: str, attempts: int) -> None:
        super().__init__(
            "cannot be fetched",
            where=shown(url),
            why=f"the server answered {status} {phrase(status)}{_trail(url, asked, attempts)}",
            todo=_TODO[404] if status == HTTPStatus.GONE else _TODO.get(status, LATER),
        )
        self.status = status


class Transient(Exception):
    """A failure that another attempt may mend.

    Args:
        why: the cause in words.
        status: the server's answer, 0 where there was none.
        pause: seconds that the server asks to wait for (``Retry-After``).
    """

    def __init__(self, why: str, *, status: int = 0, pause: float = 0) -> None:
        super().__init__(why)
        self.why = why
        self.status = status
        self.pause = pause


def unreachable(url: str, why: str, *, asked: str, attempts: int, todo: str = LATER) -> UpstreamError:
    """An upstream that did not give what it should."""
    return UpstreamError("cannot be fetched", where=shown(url), why=why + _trail(url, asked, attempts), todo=todo)


def other_bytes(url: str, expected: Digest, found: Digest) -> VerificationError:
    """A body that is not what was locked."""
    return VerificationError(
        f"other bytes than locked: expected {expected}, found {found}",
        where=shown(url),
        todo="the upstream changed it, or someone on the way did: compare with its maker, and lock anew only then",
    )


def other_size(url: str, expected: int, found: str) -> VerificationError:
    """A body that is longer or shorter than what was locked."""
    return VerificationError(
        f"another size than locked: expected {expected} bytes, found {found}",
        where=shown(url),
        todo="the upstream changed it, or someone on the way did: compare with its maker, and lock anew only then",
    )


def too_long(url: str, limit: int) -> UpstreamError:
    """A document that is longer than any of its kind should be."""
    return UpstreamError(
        f"longer than {limit} bytes: not taken",
        where=shown(url),
        todo="see what the upstream serves there: it is no document of this kind",
    )


def shown(url: str) -> str:
    """A URL without its credentials."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if "@" in parts.netloc else url


def phrase(status: int) -> str:
    """The usual words for a status."""
    return next((known.phrase for known in HTTPStatus if known == status), "")


def cause(error: BaseException) -> str:
    """The innermost reason of a failed request, in a few words."""
    for inner in _chain(error):
        if isinstance(inner, urllib3.exceptions.IncompleteRead):
            return f"the connection was closed {inner.expected} bytes too early"
        if isinstance(inner, OSError) and inner.strerror:
            return inner.strerror
        if isinstance(inner, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
            return "no answer in time"
    return str(error) or type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error with all that stands behind it, the innermost first."""
    found: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        one = queue.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            queue += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return reversed(found)


def _trail(url: str, asked: str, attempts: int) -> str:
    mirror = urlsplit(asked).netloc.rpartition("@")[2]
    by = f" (mirror {mirror})" if mirror != urlsplit(url).netloc.rpartition("@")[2] else ""
    return f"{by}, after {attempts} attempts" if attempts > 1 else by
