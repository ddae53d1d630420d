"""Requests to one repository of a registry: let in when it asks for that, and its refusals told in its own words."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TypeVar

import requests

from airlock_builder.remote.exchange import SHORT, Written
from airlock_builder.remote.failures import LATER, MissingError, Transient, later, phrase
from airlock_builder.remote.guard import OPEN, Guard
from airlock_builder.remote.oci.errands import LOGIN, Errand
from airlock_builder.remote.oci.ground import Ground
from airlock_builder.remote.oci.places import Spot
from airlock_builder.remote.oci.tokens import Challenge, admitted
from airlock_builder.remote.refusals import PLAIN
from airlock_builder.remote.transport import Transport
from airlock_core.errors import UpstreamError

R = TypeVar("R", bound="RegistryError")

_SHOWN = 300
_TODO = {
    401: LOGIN,
    403: "see whether your account may do that there; " + LOGIN,
    405: "see whether this registry is read-only",
    429: "wait, or " + LOGIN + ": many let those ask more often whom they know",
    413: "the registry, or a proxy before it, takes no blob of this size: give a smaller --part-size",
}


class RegistryError(UpstreamError):
    """A registry answered with an error status."""


class RegistryLacks(RegistryError, MissingError):
    """A registry answered that it has no such thing."""


class GivenUp(UpstreamError):
    """A registry failed, each time, in a way that may pass; ``answered`` tells whether it was there at all."""

    answered: bool = True


class RegistryTransport(Transport):
    """Requests below one repository's URL, over the connections of its registry; for any thread.

    Args:
        spot: the repository.
        ground: its registry.
        errand: what is asked for.
    """

    def __init__(self, spot: Spot, ground: Ground, errand: Errand) -> None:
        base = ground.transport
        super().__init__(
            base.mirrors,
            base.traffic,
            offline=base.offline,
            attempts=base.attempts,
            pause=ground.pause,
            shared=base,
        )
        self.spot = spot
        self.errand = errand
        self._admission = _Admission(spot, ground, errand)

    @property
    def guard(self) -> Guard:
        return self._admission.guard

    def impatient(self) -> RegistryTransport:
        """The same that tries a request once: for those who can ask elsewhere."""
        twin = copy.copy(self)
        twin.attempts = 1
        return twin

    @contextmanager
    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (200,),
        body: Written | None = None,
    ) -> Iterator[requests.Response]:
        """As of :class:`Transport`; ``body`` may be read twice, where the registry first asks who is there."""
        answers = (*accept, HTTPStatus.UNAUTHORIZED)
        used = self.guard
        with super().request(method, url, headers=headers, accept=answers, body=body) as response:
            if response.status_code != HTTPStatus.UNAUTHORIZED:
                yield response
                return
            asked = response.headers.get("WWW-Authenticate", "")
        self._admission.renew(Challenge.parse(asked), used)
        with super().request(method, url, headers=headers, accept=accept, body=body) as response:
            yield response

    def refused(self, url: str, response: requests.Response) -> RegistryError:
        """As of :class:`Transport`, with what the registry itself says."""
        return self._refusal(RegistryError, url, response)

    def lacks(self, url: str, response: requests.Response) -> RegistryLacks:
        """An answer that means that there is no such thing."""
        return self._refusal(RegistryLacks, url, response)

    def failed(self, url: str, why: str, *, todo: str) -> UpstreamError:
        where, told = self.named(url), f"{self.spot.host}: {why}"
        return UpstreamError(self.errand.failed, where=where, why=told, todo=self._better(why) or todo)

    def _given_up(self, url: str, failure: Transient, attempts: int) -> UpstreamError:
        after = f"after {attempts} attempts at {self.spot.host}" if attempts > 1 else f"asked of {self.spot.host}"
        todo = self._better(failure.why) or _TODO.get(failure.status, later(failure.why)).format(host=self.spot.host)
        why = f"status {failure.status} {phrase(failure.status)}".rstrip() if failure.status else failure.why
        error = GivenUp(self.errand.failed, where=self.named(url), why=f"{why}, {after}", todo=todo)
        error.answered = bool(failure.status)
        return error

    def _better(self, why: str) -> str:
        """What to do about a failure that no further attempt mends, or only seems to, by words of its reason."""
        errand = self.errand
        known = {
            "is not trusted": errand.authority,
            "client's certificate": errand.certificate,
            PLAIN: errand.plain,
        }
        return next((todo.format(host=self.spot.host) for words, todo in known.items() if words in why), "")

    def _refusal(self, kind: type[R], url: str, response: requests.Response) -> R:
        status, said = response.status_code, self.guard.masked(_said(response))
        why = f"the registry {self.spot.host} answered {status} {phrase(status)}".rstrip()
        todo = self.errand.absent if kind is RegistryLacks or status == 404 else _TODO.get(status, LATER)
        told = f"{why}: {said}" if said else why
        return kind(self.errand.failed, where=self.named(url), why=told, todo=todo.format(host=self.spot.host))

    def named(self, url: str) -> str:
        """A resource of the repository as people write it."""
        kind, _, name = url.removeprefix(self.spot.url + "/").partition("/")
        if kind not in ("manifests", "blobs") or name.startswith("uploads/"):
            return str(self.spot)
        return f"{self.spot}{'@' if ':' in name else ':'}{name}"


class _Admission:
    """What a repository wants to see before it answers, got once for all who ask it."""

    def __init__(self, spot: Spot, ground: Ground, errand: Errand) -> None:
        self.guard = OPEN
        self._spot = spot
        self._ground = ground
        self._errand = errand
        self._lock = threading.Lock()

    def renew(self, challenge: Challenge, used: Guard) -> None:
        """Get what the registry asks for, unless another thread that was refused with the same has done so."""
        with self._lock:
            if self.guard is used:
                login = self._ground.login(self._spot)
                self.guard = admitted(challenge, self._spot, self._errand, login, self._ground.transport)


def _said(response: requests.Response) -> str:
    """What a registry says of a refusal (distribution specification, "Error Codes"), in short."""
    length = response.headers.get("Content-Length", "")
    is_read = length.isdigit() and int(length) <= SHORT
    raw = response.content if is_read else response.raw.read(SHORT, decode_content=False)
    try:
        errors = json.loads(raw)["errors"]
        return "; ".join(f"{one.get('code', '')} {one.get('message', '')}".strip() for one in errors)[:_SHOWN]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
