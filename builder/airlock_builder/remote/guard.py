"""What requests to a repository carry, and which servers are told of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any
from urllib.parse import quote, urlsplit

from airlock_builder.remote.mirrors import is_loopback
from airlock_core.values import Value

DIRECT = "none"
"""The proxy's value that means none at all, whatever the environment says."""
_PORTS = {"http": 80, "https": 443}
_NO_PROXY: dict[str, Any] = dict.fromkeys(("http", "https", "all"))


class Guard(Value):
    """An access with its secrets; none of them stands in its ``repr``.

    Args:
        proxy: URL with credentials; :data:`DIRECT` for none; None for what the environment says.
        proxy_variables: names of the variables that its credentials came from.
        ca: file or folder of authorities; None for the system's.
        certificate: files of the client's certificate and key.
        authorization: the header of that name.
        variables: names of the variables that it came from.
        told: origins that the manifest names: no others are sent the header.
        secrets: what must be seen nowhere.
    """

    proxy: str | None = field(default=None, repr=False)
    proxy_variables: tuple[str, ...] = ()
    ca: str | None = None
    certificate: str | tuple[str, str] | None = None
    authorization: str | None = field(default=None, repr=False)
    variables: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def options(self, asked: str) -> dict[str, Any]:
        """What a request to a URL is sent with, beside headers."""
        # a proxy cannot reach this machine's own loopback
        if self.proxy == DIRECT or is_loopback(urlsplit(asked).netloc):
            proxies: dict[str, Any] | None = dict(_NO_PROXY)
        else:
            proxies = {"http": self.proxy, "https": self.proxy} if self.proxy else None
        return {"proxies": proxies, "verify": self.ca, "cert": self.certificate}

    def tells(self, named: str, asked: str) -> bool:
        """Whether a URL of a manifest or lock is asked for with the header, at the place where it really is.

        A ``--mirror`` answers for the host that the user put it in place of; not in clear text for one over TLS.
        """
        kept = urlsplit(asked).scheme == urlsplit(named).scheme or asked.startswith("https://")
        return origin(named) in self.told and (kept or is_loopback(urlsplit(asked).netloc))

    def masked(self, text: str) -> str:
        """A text without secrets, in whatever form a library or a server gave them back."""
        for form in self._forms():
            text = text.replace(form, "***")
        return text

    def _forms(self) -> Iterator[str]:
        header = self.authorization.partition(" ")[2] if self.authorization else ""
        for secret in sorted((*self.secrets, header), key=len, reverse=True):
            if secret:
                yield from dict.fromkeys((secret, quote(secret, safe=""), quote(secret)))


OPEN = Guard()
"""Nothing beyond what the environment says."""


def origin(url: str) -> str:
    """Scheme, host and port (RFC 6454): what credentials are for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or _PORTS.get(parts.scheme, 0)}"
