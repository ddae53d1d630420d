"""Where a host named in a manifest or lock is really asked: the ``--mirror HOST=HOST:PORT`` option."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit, urlunsplit

from airlock_core.errors import UsageError
from airlock_core.imageref import ImageRef

_OPTION = re.compile(r"([A-Za-z0-9.-]+(?::\d+)?)=((?:https?://)?(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?)/?")


class Mirrors:
    """A mapping from hosts to the addresses that answer for them.

    A mirror keeps the scheme of the URL, unless it brings its own (``HOST=http://127.0.0.1:8080``) or stands on
    loopback, where nothing crosses a wire: there it is plain HTTP.

    Args:
        mapping: host, or ``host:port``, to ``host[:port]`` or ``http[s]://host[:port]``.
    """

    def __init__(self, mapping: Mapping[str, str] | None = None) -> None:
        self._mapping = dict(mapping or {})

    @classmethod
    def parse(cls, options: Iterable[str]) -> Mirrors:
        """Read the values of the command's options.

        Raises:
            UsageError: one has another shape.
        """
        mapping = {}
        for option in options:
            match = _OPTION.fullmatch(option)
            if not match:
                raise UsageError(f"not a mirror: {option!r}", where="--mirror", todo="write it as HOST=HOST:PORT")
            mapping[match[1]] = match[2]
        return cls(mapping)

    @property
    def hosts(self) -> dict[str, str]:
        """Each mirrored host with the ``host[:port]`` that answers for it."""
        return {host: target.rpartition("//")[2] for host, target in self._mapping.items()}

    def of(self, host: str) -> str | None:
        """The ``host[:port]`` that answers for a ``host[:port]``; None where it answers itself."""
        target = self._target(host)
        return target.rpartition("//")[2] if target else None

    def url(self, text: str) -> str:
        """A URL of a manifest or lock as it is to be asked for."""
        parts = urlsplit(text)
        user, at, host = parts.netloc.rpartition("@")
        target = self._target(host)
        if target is None:
            return text
        scheme, _, address = target.rpartition("://")
        plain = "http" if is_loopback(address) else parts.scheme
        return urlunsplit(parts._replace(scheme=scheme or plain, netloc=f"{user}{at}{address}"))

    def host(self, text: str) -> str:
        """The ``host[:port]`` that is asked for a URL."""
        return urlsplit(self.url(text)).netloc.rpartition("@")[2]

    def image(self, ref: ImageRef) -> str:
        """The ``host[:port]`` of the registry that answers for an image."""
        return self.of(ref.host) or ref.host

    def is_plain(self, host: str) -> bool:
        """Whether a host's mirror is spoken to by plain HTTP: it stands on loopback, or was given as ``http://``."""
        target = self._target(host) or ""
        return target.startswith("http://") or (bool(target) and is_loopback(target.rpartition("//")[2]))

    def locked(self, text: str, *, scheme: str = "") -> str:
        """The way back: a URL as a mirror gave it, with the host (and scheme) that locks name."""
        parts = urlsplit(text)
        for host, address in self.hosts.items():
            if parts.netloc == address:
                return urlunsplit(parts._replace(netloc=host, scheme=scheme or parts.scheme))
        return text

    def _target(self, host: str) -> str | None:
        return self._mapping.get(host) or self._mapping.get(host.rpartition(":")[0] or host)


def is_loopback(address: str) -> bool:
    """Whether a ``host[:port]`` is this machine's own."""
    host = urlsplit(f"//{address}").hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
