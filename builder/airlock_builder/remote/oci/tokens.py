"""What a registry wants to be told of who asks: a password, or a token that a server gives for it.

Source: RFC 9110, 11.6.1 (challenges); distribution's "Token Authentication Specification".
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit
from urllib.request import parse_http_list, parse_keqv_list

from airlock_builder.remote.failures import LATER, too_long
from airlock_builder.remote.guard import Guard, origin
from airlock_builder.remote.mirrors import is_loopback
from airlock_builder.remote.oci.places import Spot
from airlock_builder.remote.transport import Transport
from airlock_core.errors import UpstreamError

_MAX_ANSWER = 1 << 20
LOGIN = "run `skopeo login {host}`, or set REGISTRY_AUTH_FILE to a file that has its credentials"


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


def admitted(
    challenge: Challenge, spot: Spot, actions: str, login: str | None, ground: Guard, transport: Transport
) -> Guard:
    """What requests carry from now on, so that the registry lets them in.

    Args:
        actions: ``pull`` or ``pull,push``.
        login: the user's name and password in base64; None: he has none for this registry.
        ground: what requests carry beside.
        transport: sends the request for a token.

    Raises:
        UpstreamError: it wants what the user has not, or in clear text; the server gives no token.
    """
    told = frozenset({origin(spot.url)})
    if challenge.scheme == "basic" and login:
        return replace(_telling(ground, login), told=told)
    if challenge.scheme == "bearer":
        token = _token(challenge, spot, actions, login, ground, transport)
        return replace(ground, authorization=f"Bearer {token}", told=told, secrets=(token,))
    why = "it asks for a password, and your files have none for it" if challenge.scheme == "basic" else ""
    raise UpstreamError(
        "the registry lets nobody in without credentials",
        where=str(spot),
        why=why or f"it asks for {challenge.scheme or 'nothing'!r}, which airlock does not know",
        todo=LOGIN.format(host=spot.host),
    )


def _token(
    challenge: Challenge, spot: Spot, actions: str, login: str | None, ground: Guard, transport: Transport
) -> str:
    realm = urlsplit(challenge.realm)
    trusted = realm.scheme == "https" or (realm.scheme == "http" and (spot.place.plain or is_loopback(realm.netloc)))
    if not trusted or not realm.hostname:
        what = "the registry names a token server that is not asked"
        raise UpstreamError(what, where=str(spot), why=f"{challenge.realm!r} is no https URL", todo=LATER)
    scope = f"repository:{spot.repository}:{actions}"
    asked = {"service": challenge.service, "scope": scope} if challenge.service else {"scope": scope}
    query = "&".join(part for part in (realm.query, urlencode(asked)) if part)
    url = realm._replace(query=query).geturl()
    guard = replace(ground, told=frozenset({origin(url)}))
    if login:
        guard = _telling(guard, login)
    asking = transport.twin(attempts=transport.attempts, guard=guard)
    return asking.retrying(url, lambda: _given(asking, url, spot))


def _telling(guard: Guard, login: str) -> Guard:
    """The same, with name and password."""
    with suppress(ValueError):
        _, _, password = base64.b64decode(login).decode().partition(":")
        guard = replace(guard, secrets=(*guard.secrets, login, password))
    return replace(guard, authorization=f"Basic {login}")


def _given(transport: Transport, url: str, spot: Spot) -> str:
    with transport.request("GET", url, accept=(200, 400, 401, 403)) as response:
        if response.status_code != 200:
            server = urlsplit(url).netloc
            why = f"the token server {server} answered {response.status_code}"
            todo = LOGIN.format(host=spot.host)
            raise UpstreamError("the registry lets you not in", where=str(spot), why=why, todo=todo)
        raw = transport.body(url, response).upto(_MAX_ANSWER + 1)
    if len(raw) > _MAX_ANSWER:
        raise too_long(url, _MAX_ANSWER)
    try:
        answer = json.loads(raw)
        token = str(answer.get("token") or answer.get("access_token") or "")
    except (ValueError, AttributeError, RecursionError):
        token = ""
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UpstreamError("the token server gives no token", where=urlsplit(url).netloc, todo=LATER)
    return token
