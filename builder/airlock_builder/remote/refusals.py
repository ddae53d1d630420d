"""Failures that no further attempt mends: wrong URLs, certificates not trusted, credentials refused."""

from __future__ import annotations

import re
import ssl

import requests

from airlock_builder.remote.failures import CERTIFICATE_TODO, PROXY_TODO, chain
from airlock_builder.remote.guard import Guard

_WRONG = (requests.TooManyRedirects, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)
_ALERT = re.compile("ALERT.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)")

_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST")
PLAIN = "it answers, and not by TLS: it seems to speak plain HTTP"
"""Why nothing comes of TLS with a server that has none."""


def refusal(error: BaseException, guard: Guard) -> tuple[str, str] | None:
    """Why a request failed, and what to do, where no further attempt mends it."""
    if isinstance(
        error, requests.TooManyRedirects | requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema
    ):
        return str(error), "correct the URL"
    for inner in chain(error):
        if isinstance(inner, ssl.SSLCertVerificationError):
            todo = (
                "put the authority that signed it into a file and name that as the repo's ca, or in REQUESTS_CA_BUNDLE"
            )
            return f"its certificate is not trusted: {inner.verify_message}", todo
        if isinstance(inner, ssl.SSLError) and inner.reason in _NO_TLS:
            return PLAIN, "correct the URL"
        if isinstance(inner, ssl.SSLError) and _ALERT.search(inner.reason or ""):
            words = str(inner.reason).replace("_", " ").lower()
            return f"the server refuses this client's certificate, or the lack of one ({words})", CERTIFICATE_TODO
        if isinstance(inner, OSError) and "Tunnel connection failed: 407" in str(inner):
            return "its proxy wants credentials (407)", status_todo(407, guard) or PROXY_TODO
    return None


def status_todo(status: int, guard: Guard) -> str:
    """What to do where credentials that were given are refused; empty where none were."""
    names = guard.proxy_variables if status == 407 else guard.variables if status in (401, 403) else ()
    return f"correct what stands in {' and '.join(names)}: it was sent and is refused" if names else ""
