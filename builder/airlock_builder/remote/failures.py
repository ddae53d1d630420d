"""Failures of the network, told as errors: what was asked for, where, how often, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit, urlunsplit

from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, UpstreamError, VerificationError

LATER = "look whether the upstream is up and run again: what was fetched so far is kept"
CERTIFICATE_TODO = "give the certificate that it wants under the repo's client_cert and client_key, or renew it"
_IN_TLS = "the server closed the connection in the middle of TLS (it may want a client's certificate)"
"""A server's refusal is lost where what was sent to it meanwhile is thrown away with the connection."""
_UNNAMED = ("Name or service not known", "No address associated with hostname")
"""What the system says of a host that has no address (gai_strerror(3))."""
_GONE = "correct the URL; where the upstream took it away, run `airlock lock` or give a --mirror that has it"
PROXY_TODO = "put the proxy's credentials into its variable of the environment, or name variables under a repo's proxy"
_TODO: dict[int, str] = {
    401: "put this host's credentials into ~/.netrc; of an RPM repo, name the variables that hold them under its auth",
    403: "see whether this host wants credentials (a repo's auth, ~/.netrc) or refuses this network",
    404: _GONE,
    407: PROXY_TODO,
    410: _GONE,
}
_ABSENT = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
RETRIED = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


class StatusError(UpstreamError):
    """A server answered with an error status."""

    def __init__(self, status: int, url: str, *, asked: str, attempts: int, note: str = "", todo: str = "") -> None:
        super().__init__(
            "cannot be fetched",
            where=shown(url),
            why=f"the server answered {status} {phrase(status)}{note}{_trail(url, asked, attempts)}",
            todo=todo or _TODO.get(status, LATER),
        )
        self.status = status


class MissingError(UpstreamError):
    """The upstream has no such file, though it answers."""


class Stopped(UpstreamError):
    """Nothing is asked any more, of any host: the run was cancelled, or may use no network."""


class Cancelled(Stopped):
    """The run is over."""


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


def is_absent(error: BaseException) -> bool:
    """Whether the upstream answered, and lacks the file; some servers say "forbidden" of what is not there."""
    return isinstance(error, MissingError) or (isinstance(error, StatusError) and error.status in _ABSENT)


def all_failed(url: str, faults: Sequence[AirlockError]) -> AirlockError:
    """What becomes of a file that no mirror gave: each is named with its reason.

    Args:
        faults: one for each mirror; at least one, which is told as it is.
    """
    if len(faults) == 1:
        return faults[0]
    kind: type[AirlockError] = UpstreamError
    if any(isinstance(fault, VerificationError) for fault in faults):
        kind = VerificationError
    elif all(is_absent(fault) for fault in faults):
        kind = MissingError
    reasons = [f"{fault.where}: {': '.join(part for part in (fault.what, fault.why) if part)}" for fault in faults]
    todo = "see whether these mirrors are up and of one date, and run again; what was fetched so far is kept"
    return kind(f"none of {len(faults)} mirrors gives it", where=shown(url), why="\n       ".join(reasons), todo=todo)


def unreachable(url: str, why: str, *, asked: str, attempts: int, todo: str = "") -> UpstreamError:
    """An upstream that did not give what it should."""
    trail = _trail(url, asked, attempts)
    return UpstreamError("cannot be fetched", where=shown(url), why=why + trail, todo=todo or later(why))


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


def later(why: str) -> str:
    """What to do about a failure that further attempts did not mend."""
    if why in _UNNAMED:
        return "correct the name of the host, or see how this machine finds names (DNS), or name a proxy that does"
    return CERTIFICATE_TODO if why == _IN_TLS else LATER


def shown(url: str) -> str:
    """A URL without its credentials."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if "@" in parts.netloc else url


def phrase(status: int) -> str:
    """The usual words for a status."""
    return next((known.phrase for known in HTTPStatus if known == status), "")


def cause(error: BaseException) -> str:
    """The innermost reason of a failed request, in a few words."""
    import ssl
    from http.client import RemoteDisconnected

    import requests
    import urllib3

    by = "its proxy: " if isinstance(error, requests.exceptions.ProxyError) else ""
    for inner in chain(error):
        if isinstance(inner, urllib3.exceptions.IncompleteRead):
            return f"the connection was closed {inner.expected} bytes too early"
        if isinstance(inner, ssl.SSLEOFError):
            return _IN_TLS
        if isinstance(inner, RemoteDisconnected):
            return "the server closed the connection without an answer"
        if isinstance(inner, OSError) and (inner.strerror or "Tunnel connection failed" in str(inner)):
            return f"{by}{inner.strerror or inner}"
        if isinstance(inner, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
            return "no answer in time"
    return str(error) or type(error).__name__


def chain(error: BaseException) -> Iterator[BaseException]:
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
