"""Requests to one repository of a registry: let in when it asks for that, and its refusals told in its own words."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

import requests

from airlock_builder.remote.credentials import login_for
from airlock_builder.remote.exchange import SHORT, Written
from airlock_builder.remote.failures import LATER, Transient, phrase
from airlock_builder.remote.guard import OPEN, Guard
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.oci.helpers import login_by_helper
from airlock_builder.remote.oci.places import Spot
from airlock_builder.remote.oci.tokens import LOGIN, Challenge, admitted
from airlock_builder.remote.traffic import Traffic
from airlock_builder.remote.transport import Transport
from airlock_core.errors import UpstreamError

_SHOWN = 300
_TODO = {
    401: LOGIN,
    403: "see whether your account may do that there; " + LOGIN,
    404: "correct the name, the tag or the digest",
    405: "see whether this registry is read-only",
    413: "the registry, or a proxy before it, takes no blob of this size: give a smaller --part-size",
}
_BETTER = {
    "is not trusted": "name the authority that signed it: --ca FILE, or images.registries (ca) in the manifest",
    "plain HTTP": "where {host} does so by intent, give --insecure {host}, or name it in images.insecure",
    "client's certificate": "give the certificate that it wants with --client-cert and --client-key, or renew it",
}
"""What to do about failures that no further attempt mends, or only seems to, by words of theirs."""


class RegistryError(UpstreamError):
    """A registry answered with an error status."""

    def __init__(self, status: int, spot: Spot, *, what: str, where: str, said: str) -> None:
        why = f"the registry answered {status} {phrase(status)}".rstrip() + (f": {said}" if said else "")
        super().__init__(what, where=where, why=why, todo=_TODO.get(status, LATER).format(host=spot.host))
        self.status = status


class NoTls(UpstreamError):
    """A registry does not speak TLS."""


class RegistryTransport(Transport):
    """Requests below one repository's URL.

    Args:
        spot: the repository.
        traffic: what this run's connections share.
        writes: whether anything will be pushed.
        offline: refuse every request.
        attempts, pause: as of :class:`Transport`.
    """

    def __init__(
        self,
        spot: Spot,
        traffic: Traffic,
        *,
        writes: bool,
        offline: bool,
        attempts: int = 4,
        pause: float = 0.5,
    ) -> None:
        super().__init__(Mirrors(), traffic, offline=offline, attempts=attempts, pause=pause)
        self.spot = spot
        self._actions = "pull,push" if writes else "pull"
        self._failed = "cannot be pushed" if writes else "cannot be pulled"
        self._letting_in = threading.Lock()
        self._tokens = Transport(Mirrors(), traffic, offline=offline, attempts=attempts, pause=pause)
        context = None if spot.place.plain else spot.trust.context(insecure=spot.place.insecure)
        for transport in (self, self._tokens):
            transport.trust(context, checked=not spot.place.insecure)

    def close(self) -> None:
        self._tokens.close()
        super().close()

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
        used = self._guard
        with super().request(method, url, headers=headers, accept=answers, body=body) as response:
            if response.status_code != HTTPStatus.UNAUTHORIZED:
                yield response
                return
            asked = response.headers.get("WWW-Authenticate", "")
        self._let_in(Challenge.parse(asked), used)
        with super().request(method, url, headers=headers, accept=accept, body=body) as response:
            yield response

    def refused(self, url: str, response: requests.Response) -> RegistryError:
        """As of :class:`Transport`, with what the registry itself says."""
        said = self._guard.masked(_said(response))
        return RegistryError(response.status_code, self.spot, what=self._failed, where=self._named(url), said=said)

    def speaks_tls(self) -> bool:
        """Whether the registry answers by TLS; one that does not answer at all is taken to."""
        try:
            with super().request("GET", f"https://{self.spot.host}/v2/", accept=tuple(range(200, 600))):
                return True
        except NoTls:
            return False
        except (UpstreamError, Transient):
            return True

    def failed(self, url: str, why: str, *, todo: str) -> UpstreamError:
        kind = NoTls if "plain HTTP" in why else UpstreamError
        why_there, known = f"{self.spot.host}: {why}", self._better(why) or todo
        return kind(self._failed, where=self._named(url), why=why_there, todo=known)

    def _given_up(self, url: str, failure: Transient, attempts: int) -> UpstreamError:
        why = f"{failure.why}, after {attempts} attempts at {self.spot.host}"
        return UpstreamError(self._failed, where=self._named(url), why=why, todo=self._better(failure.why) or LATER)

    def _better(self, why: str) -> str:
        return next((todo.format(host=self.spot.host) for words, todo in _BETTER.items() if words in why), "")

    def _let_in(self, challenge: Challenge, used: Guard) -> None:
        """Get what the registry asks for, once for all threads that were refused with the same."""
        with self._letting_in:
            if self._guard is used:
                login = login_for(str(self.spot)) or login_by_helper(self.spot.host, os.environ)
                self._guard = admitted(challenge, self.spot, self._actions, login, OPEN, self._tokens)

    def _named(self, url: str) -> str:
        """A resource of the repository as people write it."""
        kind, _, name = url.removeprefix(self.spot.url + "/").partition("/")
        if kind not in ("manifests", "blobs") or name.startswith("uploads/"):
            return str(self.spot)
        return f"{self.spot}{'@' if ':' in name else ':'}{name}"


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
