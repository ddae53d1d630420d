"""Addresses and ports of what is served (contract, "Ports at the site")."""

from __future__ import annotations

from dataclasses import dataclass

EVERYWHERE = "0.0.0.0"  # noqa: S104 - where nobody chose the management network
"""The address of all interfaces (ip(7), INADDR_ANY)."""
GENESIS = 6000
"""TCP port of the genesis registry (TLS) at the virtual address, and on each control node behind it."""


@dataclass(frozen=True)
class Endpoints:
    """Where the services listen, and where nodes find them.

    Args:
        address: IPv4 address of this machine on the management network, as the other nodes reach it.
        hostname: its name.
        repo: TCP port of the local repo (HTTP).
        registry: TCP port of the registry (TLS, by nginx).
        backend: TCP port on the loopback interface where the registry program itself listens.
        alone: whether they listen on that address and on the loopback interface alone, or on all interfaces.
        vip: the virtual address where nodes find both, once the step landing has brought them there; else None.
    """

    address: str
    hostname: str
    repo: int = 8001
    registry: int = 5000
    backend: int = 5001
    alone: bool = False
    vip: str | None = None

    @property
    def listens(self) -> tuple[str, ...]:
        """Addresses of this machine where they listen."""
        return tuple(dict.fromkeys((self.address, "127.0.0.1"))) if self.alone else (EVERYWHERE,)

    @property
    def registries(self) -> tuple[int, ...]:
        """TCP ports of the registry: behind the virtual address it has one more."""
        return tuple(dict.fromkeys((self.registry, GENESIS))) if self.vip else (self.registry,)

    @property
    def own_repo_url(self) -> str:
        """The local repo's root on this machine."""
        return f"http://{self.address}:{self.repo}"

    @property
    def own_registry_name(self) -> str:
        """``host:port`` of the registry on this machine."""
        return f"{self.address}:{self.registry}"

    @property
    def repo_url(self) -> str:
        """The local repo's root, as nodes find it."""
        return f"http://{self.vip}:{self.repo}" if self.vip else self.own_repo_url

    @property
    def repo_urls(self) -> tuple[str, ...]:
        """Roots of the local repo, the better first: a node whose way by the virtual address is broken has another."""
        return tuple(dict.fromkeys((self.repo_url, self.own_repo_url)))

    @property
    def registry_name(self) -> str:
        """``host:port`` of the registry, as image references begin at the site."""
        return f"{self.vip}:{GENESIS}" if self.vip else self.own_registry_name
