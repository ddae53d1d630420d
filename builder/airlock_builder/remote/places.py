"""Where the repositories of registries are asked, and how: ``--mirror``, images.registries and images.insecure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.rewrites import Rewrite, refusal, rewrite_of
from airlock_builder.remote.trust import NO_TRUST, Trust


@dataclass(frozen=True)
class Place:
    """One place that answers for a part of a registry.

    Args:
        location: ``host[:port][/path]``.
        insecure: TLS without a check of the certificate, or none at all, is accepted.
        plain: TLS is not even tried.
    """

    location: str
    insecure: bool = False
    plain: bool = False

    @property
    def address(self) -> str:
        """``host[:port]``."""
        return self.location.partition("/")[0]


@dataclass(frozen=True)
class Route:
    """All places that answer for a part of a registry.

    Args:
        head: that part, as images are named.
        places: in the order in which they are asked.
        trust: what goes for all of them.
    """

    head: str
    places: tuple[Place, ...]
    trust: Trust = NO_TRUST

    def repositories(self, name: str) -> list[tuple[Place, str]]:
        """Each place with the path that ``host/repository`` has there."""
        below = name.removeprefix(self.head)
        return [(place, f"{place.location}{below}".partition("/")[2]) for place in self.places]


class Places:
    """The ways to registries that one run knows.

    A registry is spoken to by plain HTTP, or with a certificate that is not checked, only when it is in ``insecure``
    by its name, or is a mirror on loopback or given as ``http://``.

    Args:
        mirrors: where hosts are really asked; wins over ``rewrites``.
        insecure: hosts, as ``host`` or ``host:port``.
        rewrites: where parts of registries really are.
    """

    def __init__(
        self, mirrors: Mirrors | None = None, insecure: Iterable[str] = (), rewrites: Iterable[Rewrite] = ()
    ) -> None:
        self._mirrors = mirrors or Mirrors()
        self._insecure = frozenset(insecure)
        self._rewrites = tuple(rewrites)
        self._checked: set[Trust] = {NO_TRUST}

    def route(self, name: str) -> Route:
        """The way to ``host/repository``.

        Raises:
            InputError, Faults: it is blocked; certificates on the way that cannot be used.
        """
        host = name.partition("/")[0]
        mirror = self._mirrors.of(host)
        one = rewrite_of(name, self._rewrites)
        if fault := refusal(name, one, where="images.registries"):
            raise fault
        if one is None or mirror:
            place = Place(mirror or host, self.is_insecure(host), plain=self._mirrors.is_plain(host))
            return Route(host, (place,))
        self.check(one.trust, f"images.registries: {one.prefix}")
        locations = (*one.mirrors, one.location or one.head(name))
        return Route(one.head(name), tuple(self._place(location) for location in locations), one.trust)

    def is_insecure(self, host: str) -> bool:
        """Whether plain HTTP, or a certificate that is not checked, is accepted of a host."""
        return host in self._insecure or self._mirrors.is_plain(host)

    def _place(self, location: str) -> Place:
        return Place(location, self.is_insecure(location.partition("/")[0]))

    def check(self, trust: Trust, where: str) -> None:
        """Find out, once, whether certificates can be used.

        Args:
            where: whose they are, for errors.

        Raises:
            InputError, Faults: they cannot.
        """
        if trust not in self._checked:
            trust.check(where)
            self._checked.add(trust)
