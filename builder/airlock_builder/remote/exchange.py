"""One question and its answer, over as many redirections as it takes; each server is told what is meant for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase
from requests.utils import requote_uri

from airlock_builder.remote.guard import Guard, origin
from airlock_builder.remote.mirrors import is_loopback

_REDIRECTS = 10
SHORT = 4096
"""Bytes of an answer without content that are read only so that its connection can be kept."""


Written = bytes | Iterable[bytes]
"""What is sent with a request: an iterable has a length, and may be read anew."""


class Downgraded(requests.exceptions.InvalidSchema):
    """A server sends on from https to plain http."""


class Diverted(requests.exceptions.InvalidSchema):
    """A server sends on what is written to it."""


def exchange(
    session: requests.Session,
    method: str,
    named: str,
    asked: str,
    headers: Mapping[str, str],
    guard: Guard,
    body: Written | None = None,
) -> requests.Response:
    """The answer to a request; its body is not read yet.

    Args:
        named: the URL as a manifest or lock has it.
        asked: where it really is.
        body: what is written, of a known length; no redirection is followed then. None: GET and HEAD.

    Raises:
        requests.RequestException: as requests does; more redirections than are reasonable, to plain http, or of
            what is written.
    """
    url, home = asked, origin(asked) if guard.tells(named, asked) else None
    for _ in range(_REDIRECTS + 1):
        with_header = guard.authorization and (origin(url) in (home, *guard.told))
        try:
            response = session.request(
                method,
                url,
                headers=dict(headers),
                auth=_Header(str(guard.authorization)) if with_header else None,
                data=body,
                stream=True,
                allow_redirects=False,
                **guard.options(url),
            )
        except requests.RequestException:
            raise
        except ValueError as error:  # of where it would send on to, which the library reads though it does not follow
            raise requests.exceptions.InvalidURL("it sends on to what is no URL") from error
        _take_short(response)
        target = session.get_redirect_target(response)
        if target is None:
            return response
        response.close()
        following = joined(url, target)
        if body is not None:
            raise Diverted(f"it sends what is written to it on to {urlsplit(following).netloc}")
        if _downgrades(url, following):
            raise Downgraded("it was redirected from https to plain http")
        url = following
    raise requests.TooManyRedirects(f"more than {_REDIRECTS} redirects")


def joined(asked: str, target: str) -> str:
    """Where an answer sends on to.

    Args:
        asked: the URL that it is the answer of.
        target: what it says, relative to that or not.

    Raises:
        requests.exceptions.InvalidURL: that is no URL.
    """
    try:
        found = requote_uri(urljoin(asked, target))
        origin(found)
    except ValueError as error:
        raise requests.exceptions.InvalidURL(f"it sends on to what is no URL: {target!r}") from error
    return found


class _Header(AuthBase):
    """Sets the header, where requests would look into ``~/.netrc`` for one."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request


def _take_short(response: requests.Response) -> None:
    """Read what is no content: without that its connection could not be kept."""
    bare = response.request.method == "HEAD" or response.status_code == HTTPStatus.NOT_MODIFIED
    length = response.headers.get("Content-Length", "")
    asked = response.request.method == "GET" or response.status_code == HTTPStatus.OK
    is_content = response.ok and not response.is_redirect and asked
    if bare:
        response.raw.read(SHORT + 1, decode_content=False)
    elif not is_content and length.isdigit() and int(length) <= SHORT:
        _ = response.content  # kept: it may say what is wrong


def _downgrades(before: str, after: str) -> bool:
    first, then = urlsplit(before), urlsplit(after)
    return first.scheme == "https" and then.scheme == "http" and not is_loopback(then.netloc)
