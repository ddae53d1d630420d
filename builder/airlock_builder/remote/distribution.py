"""Questions to registries that skopeo does not ask, through oras: charts, lists of tags, and what refers to an image.

Source: OCI distribution specification 1.1; RFC 6750 and 7617 for what a registry wants to know first.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import oras.provider
import requests
from oras.auth import AuthenticationException
from oras.auth.token import TokenAuth
from urllib3.exceptions import HTTPError

from airlock_builder.remote.body import Body
from airlock_builder.remote.connections import Adapter
from airlock_builder.remote.credentials import login_for
from airlock_builder.remote.failures import LATER, MissingError, Transient, cause, phrase
from airlock_builder.remote.mirrors import is_loopback
from airlock_builder.remote.oci.helpers import login_by_helper
from airlock_builder.remote.oci.tokens import Challenge
from airlock_builder.remote.places import Place, Places
from airlock_builder.remote.traffic import Traffic
from airlock_builder.remote.trust import Trust
from airlock_core import oci
from airlock_core.errors import UpstreamError

_ACCEPT = ", ".join((*oci.MANIFESTS, *oci.INDEXES, "*/*"))
_LOGIN = "run `skopeo login`, or set REGISTRY_AUTH_FILE"
_TODO = {401: _LOGIN, 403: _LOGIN, 404: "correct its name and version, or give a --mirror that has it"}
_SHORT = 4096
_HUB = {"docker.io": "registry-1.docker.io"}
"""Hosts whose registry has another name."""

# both log what they retry and refuse; ours to tell is the error that it ends in
for _name in ("oras", "urllib3.connectionpool"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Answer:
    """What came.

    Args:
        media_type: as the registry says it.
        following: the query by which a list goes on; empty where it does not.
    """

    body: Body
    media_type: str
    following: str

    def document(self, where: str) -> bytes:
        """The whole of it.

        Raises:
            UpstreamError: it is longer than any document may be.
        """
        raw = self.body.upto(oci.MAX_DOCUMENT + 1)
        if len(raw) > oci.MAX_DOCUMENT:
            raise UpstreamError("a document of more than 4 MiB: not taken", where=where)
        return raw


class Distribution:
    """Registries, by the names that manifests and locks have.

    Args:
        places: where they are asked, and how.
        traffic: what the connections of this run share.
        offline: refuse every request.
    """

    def __init__(self, places: Places, traffic: Traffic | None = None, *, offline: bool = False) -> None:
        self._places = places
        self._traffic = traffic or Traffic()
        self._offline = offline
        self._clients = _Clients(self._traffic)

    @property
    def traffic(self) -> Traffic:
        """What the connections of this run share."""
        return self._traffic

    def host(self, name: str) -> str:
        """The ``host[:port]`` that is asked for ``host/repository``; empty where none may be."""
        return "" if self._offline else self._places.route(name).places[-1].address

    @contextmanager
    def answer(self, name: str, path: str, where: str, absent: Collection[int] = (404,)) -> Iterator[Answer]:
        """What the first place gives that has it.

        Args:
            name: ``host/repository``.
            path: below the repository.
            where: what is asked for, for errors.
            absent: answers that mean that there is no such thing.

        Raises:
            MissingError: the registry has it not, whatever its mirrors say.
            UpstreamError: no place could be reached, or lets us in.
        """
        if self._offline:
            todo = "run without --offline, or fetch first on a machine that has a network"
            raise UpstreamError("not fetched: --offline", where=where, todo=todo)
        with ExitStack() as stack:
            response = self._first(name, path, where, absent, stack)
            # of the next page's URL the query alone is followed: no answer sends us to another host or path
            following = urlsplit(response.links.get("next", {}).get("url", "")).query
            media_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
            try:
                yield Answer(Body(response, where, self._traffic), media_type, following)
            except (requests.RequestException, HTTPError, Transient) as error:
                self._traffic.check_cancelled(where)
                raise UpstreamError("cannot be fetched", where=where, why=cause(error), todo=LATER) from error

    def _first(self, name: str, path: str, where: str, absent: Collection[int], stack: ExitStack) -> requests.Response:
        route = self._places.route(name)
        faults: list[UpstreamError] = []
        for place, repository in route.repositories(name):
            try:
                with ExitStack() as trial:
                    response = self._asked(place, repository, route.trust, path, trial)
                    stack.push(trial.pop_all())
                    return response
            except (requests.RequestException, HTTPError, AuthenticationException, ValueError) as error:
                why = f"{cause(error)} (asked {place.address})"
                faults.append(UpstreamError("cannot be fetched", where=where, why=why, todo=LATER))
            except _Refusal as refusal:
                faults.append(refusal.told(where, place.address, absent))
            self._traffic.check_cancelled(where)
        raise _together(faults)

    def _asked(self, place: Place, repository: str, trust: Trust, path: str, stack: ExitStack) -> requests.Response:
        stack.enter_context(self._traffic.slot(place.address))
        client = self._clients.take(place, repository, trust)
        try:
            response = client.ask(path)
        except (requests.exceptions.SSLError, requests.ConnectionError):
            if not self._clients.without_tls(place):
                raise
            client = self._clients.take(place, repository, trust)
            response = client.ask(path)
        stack.callback(self._clients.give_back, client)
        stack.callback(response.close)
        if response.status_code != HTTPStatus.OK:
            _drain(response)
            raise _Refusal(response.status_code)
        return response


class _Clients:
    """The clients of a run, one for each repository that is asked at once: each keeps its connection and its token."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._idle: dict[tuple[Place, str], list[_Client]] = {}
        self._plain: set[str] = set()
        self._lock = threading.Lock()

    def take(self, place: Place, repository: str, trust: Trust) -> _Client:
        with self._lock:
            idle = self._idle.get((place, repository))
            if idle:
                return idle.pop()
            plain = place.plain or place.address in self._plain
        return _Client(place, repository, self._traffic, trust, plain=plain)

    def give_back(self, client: _Client) -> None:
        with self._lock:
            self._idle.setdefault((client.place, client.repository), []).append(client)

    def without_tls(self, place: Place) -> bool:
        """Note that a place speaks no TLS, where it may do without; whether that is new."""
        with self._lock:
            new = place.insecure and not place.plain and place.address not in self._plain
            if new:
                self._plain.add(place.address)
            return new


class _Client(oras.provider.Registry):  # type: ignore[misc]
    """oras's client without its retries, which sleep for minutes, and with a time limit on each request."""

    def __init__(self, place: Place, repository: str, traffic: Traffic, trust: Trust, *, plain: bool) -> None:
        address = _HUB.get(place.address, place.address)
        super().__init__(hostname=address, insecure=plain, tls_verify=not place.insecure)
        self.place = place
        self.repository = repository
        context = None if plain else trust.context(insecure=place.insecure)
        self.session.mount("http://", Adapter(traffic, retries=2))
        self.session.mount("https://", Adapter(traffic, retries=2, context=context))
        self.auth = _Auth(self)
        login = login_for(f"{place.address}/{repository}") or login_by_helper(address, os.environ)
        if login:
            self.auth.login(login)

    def ask(self, path: str) -> requests.Response:
        """GET of a path below the repository."""
        url = f"{self.prefix}://{self.hostname}/v2/{self.repository}/{path}"
        request: Callable[..., requests.Response] = oras.provider.Registry.do_request.__wrapped__
        return request(self, url, headers={"Accept": _ACCEPT, "Accept-Encoding": "identity"}, stream=True)


class _Auth(TokenAuth):  # type: ignore[misc]
    """oras's tokens, and passwords for registries that want nothing else."""

    def __init__(self, client: _Client) -> None:
        super().__init__()
        self.session = client.session
        self.prefix = client.prefix
        self._tls_verify = not client.place.insecure

    def login(self, login: str) -> None:
        """Set ``user:password``, in base64."""
        self._basic_auth = login

    def authenticate_request(
        self, original: requests.Response, headers: dict[str, str], refresh: bool = False
    ) -> tuple[dict[str, str], bool]:
        """What a registry wants to see, for its challenge; what it was shown before did not do."""
        _drain(original)
        challenge = original.headers.get("Www-Authenticate", "").lstrip()
        login = getattr(self, "_basic_auth", None)
        if challenge[:6].lower() == "basic ":
            if not login or "Authorization" in headers:
                raise _Refusal(original.status_code)
            return {**headers, "Authorization": f"Basic {login}"}, True
        realm = Challenge.parse(challenge).realm
        if login and self.prefix == "https" and realm.startswith("http://") and not is_loopback(urlsplit(realm).netloc):
            raise ValueError(f"it wants the password told to {realm}, in clear text")
        found, changed = super().authenticate_request(original, headers, refresh=True) if challenge else ({}, False)
        if not changed:
            raise _Refusal(original.status_code)
        return found, True


def _drain(response: requests.Response) -> None:
    """Read the few words of a refusal: without that its connection could not be kept."""
    response.raw.read(_SHORT, decode_content=False)
    response.close()


class _Refusal(Exception):
    """A registry answered, and gives nothing."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self._status = status

    def told(self, where: str, address: str, absent: Collection[int]) -> UpstreamError:
        """As an error of ours."""
        kind = MissingError if self._status in absent else UpstreamError
        why = f"the registry {address} answered {self._status} {phrase(self._status)}"
        return kind("cannot be fetched", where=where, why=why, todo=_TODO.get(self._status, LATER))


def _together(faults: list[UpstreamError]) -> UpstreamError:
    """What becomes of a question that no place answers; the last one is the registry itself, the others are copies."""
    if len(faults) == 1 or isinstance(faults[-1], MissingError):
        return faults[-1]
    why = "\n       ".join(f"{fault.what}: {fault.why}" for fault in faults)
    last = faults[-1]
    one = "see whether these are up; where one of them has all, make that one the location in images.registries"
    todo = one if last.todo == LATER else last.todo
    return UpstreamError(f"none of {len(faults)} places gives it", where=last.where, why=why, todo=todo)
