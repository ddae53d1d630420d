"""What a registry wants to be told of who asks: a password, or a token that a server gives for it.

Source: RFC 9110, 11.6.1 (challenges); distribution's "Token Authentication Specification" and "OAuth2 Token
Authentication" (identity tokens).
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urlencode, urlsplit
from urllib.request import parse_http_list, parse_keqv_list

from airlock_builder.remote.credentials import Login
from airlock_builder.remote.failures import LATER, too_long
from airlock_builder.remote.guard import OPEN, Guard, origin
from airlock_builder.remote.mirrors import is_loopback
from airlock_builder.remote.oci.errands import LOGIN, Errand
from airlock_builder.remote.oci.places import Spot
from airlock_builder.remote.transport import Transport
from airlock_core.errors import UpstreamError

_MAX_ANSWER = 1 << 20
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Challenge:
    """What an answer of status 401 asks for: the scheme in small letters, and its parameters."""

    scheme: str
    realm: str = ""
    service: str = ""

    @classmethod
    def parse(cls, header: str) -> Challenge:
        """Read a ``WWW-Authenticate`` header; what is none has no scheme."""
        scheme, _, rest = header.strip().partition(" ")
        try:
            said = parse_keqv_list([item for item in parse_http_list(rest) if "=" in item])
        except ValueError:
            said = {}
        return cls(scheme.lower(), said.get("realm", ""), said.get("service", ""))


def admitted(challenge: Challenge, spot: Spot, errand: Errand, login: Login | None, transport: Transport) -> Guard:
    """What requests carry from now on, so that the registry lets them in.

    Args:
        login: what the user has for this registry; None: nothing.
        transport: sends the request for a token.

    Raises:
        UpstreamError: it wants what the user has not, or in clear text; the server gives no token.
    """
    told = frozenset({origin(spot.url)})
    if challenge.scheme == "basic" and login and login.basic:
        return replace(_telling(OPEN, login.basic), told=told)
    if challenge.scheme == "bearer":
        token = _Server(challenge, spot, errand, transport).token(login)
        return replace(OPEN, authorization=f"Bearer {token}", told=told, secrets=(token,))
    why = f"asks for {challenge.scheme or 'nothing'!r}, which airlock does not know"
    if challenge.scheme == "basic":
        why = "asks for a password, and your files have none for it"
    raise _refused(spot, errand, f"{spot.host} {why}")


@dataclass(frozen=True)
class _Server:
    """The token server that a registry names."""

    challenge: Challenge
    spot: Spot
    errand: Errand
    transport: Transport

    def token(self, login: Login | None) -> str:
        """A token for the repository.

        Raises:
            UpstreamError: the server may not be asked, cannot be, or gives none.
        """
        realm, asked = self._realm(), {"scope": f"repository:{self.spot.repository}:{self.errand.actions}"}
        if self.challenge.service:
            asked = {"service": self.challenge.service, **asked}
        if login and login.identity:
            secret = {"grant_type": "refresh_token", "refresh_token": login.identity, "client_id": "airlock"}
            guard = replace(OPEN, secrets=(login.identity,))
            return self._given(realm.geturl(), guard, urlencode({**asked, **secret}).encode())
        url = realm._replace(query="&".join(part for part in (realm.query, urlencode(asked)) if part)).geturl()
        guard = replace(OPEN, told=frozenset({origin(url)}))
        return self._given(url, _telling(guard, login.basic) if login else guard, None)

    def _realm(self) -> SplitResult:
        realm = _split(self.challenge.realm)
        near = realm.scheme == "http" and (self.spot.place.plain or is_loopback(realm.netloc))
        if realm.hostname and (near or realm.scheme == "https"):
            return realm
        why = f"{self.spot.host} names a token server that is not asked: {self.challenge.realm!r} is no https URL"
        told = f"{why}, and would be told who you are in clear text"
        todo = "see how the registry is told the address of its token server (its realm)"
        raise UpstreamError(self.errand.failed, where=str(self.spot), why=told, todo=todo)

    def _given(self, url: str, guard: Guard, form: bytes | None) -> str:
        asking = self.transport.twin(attempts=self.transport.attempts, guard=guard)
        return asking.retrying(url, lambda: self._asked(asking, url, form))

    def _asked(self, asking: Transport, url: str, form: bytes | None) -> str:
        method, headers = ("GET", {}) if form is None else ("POST", _FORM)
        server = urlsplit(url).netloc
        with asking.request(method, url, headers=headers, accept=(200, 400, 401, 403), body=form) as response:
            if response.status_code != 200:
                raise _refused(self.spot, self.errand, f"the token server {server} answered {response.status_code}")
            raw = asking.body(url, response).upto(_MAX_ANSWER + 1)
        if len(raw) > _MAX_ANSWER:
            raise too_long(url, _MAX_ANSWER)
        token = _read(raw)
        if not token:
            why = f"the token server {server} gives no token"
            raise UpstreamError(self.errand.failed, where=str(self.spot), why=why, todo=LATER)
        return token


def _split(text: str) -> SplitResult:
    """The parts of a URL; none of what is none."""
    try:
        origin(text)
        return urlsplit(text)
    except ValueError:
        return urlsplit("")


def _read(raw: bytes) -> str:
    """The token of an answer; empty where it has none that can be sent."""
    try:
        answer = json.loads(raw)
        token = str(answer.get("token") or answer.get("access_token") or "")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return token if token.isascii() and token.isprintable() and " " not in token else ""


def _telling(guard: Guard, login: str) -> Guard:
    """The same, with name and password."""
    if not login:
        return guard
    with suppress(ValueError):
        _, _, password = base64.b64decode(login).decode().partition(":")
        guard = replace(guard, secrets=(*guard.secrets, login, password))
    return replace(guard, authorization=f"Basic {login}")


def _refused(spot: Spot, errand: Errand, why: str) -> UpstreamError:
    return UpstreamError(errand.failed, where=str(spot), why=why, todo=LOGIN.format(host=spot.host))
