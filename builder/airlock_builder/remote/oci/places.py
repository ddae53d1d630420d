"""One repository of a registry, where it really is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from airlock_builder.remote.places import Place, Places
from airlock_builder.remote.trust import NO_TRUST, Trust

_HUB = {"docker.io": "registry-1.docker.io"}
"""Hosts whose registry has another name."""


@dataclass(frozen=True)
class Spot:
    """One repository.

    Args:
        place: the registry, and how it is spoken to.
        repository: its name there.
        trust: what its certificate and ours are believed by.
    """

    place: Place
    repository: str
    trust: Trust = NO_TRUST

    @property
    def host(self) -> str:
        """``host[:port]`` that is asked."""
        return _HUB.get(self.place.address, self.place.address)

    @property
    def url(self) -> str:
        """What all its resources begin with."""
        return f"{'http' if self.place.plain else 'https'}://{self.host}/v2/{self.repository}"

    def without_tls(self) -> Spot:
        """The same, by plain HTTP."""
        return replace(self, place=replace(self.place, plain=True))

    def __str__(self) -> str:
        return f"{self.host}/{self.repository}"


@dataclass(frozen=True)
class Ways:
    """Where repositories are, by manifest and options.

    Args:
        places: as for images.
        trust: of registries of which the manifest says nothing.
    """

    places: Places
    trust: Trust = NO_TRUST

    def to_read(self, name: str) -> tuple[Spot, ...]:
        """Where ``host/repository`` may be read, in the order in which to ask.

        Raises:
            InputError, Faults: certificates that cannot be used.
        """
        self.places.check(self.trust, "the options")
        route = self.places.route(name)
        trust = Trust(
            route.trust.ca or self.trust.ca,
            route.trust.client_cert or self.trust.client_cert,
            route.trust.client_key if route.trust.client_cert else self.trust.client_key,
        )
        return tuple(Spot(place, repository, trust) for place, repository in route.repositories(name))

    def to_write(self, name: str) -> Spot:
        """Where a repository takes what is pushed: its mirrors are copies, and are not written to."""
        return self.to_read(name)[-1]
