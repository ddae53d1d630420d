"""Addresses and ports of what is served (contract, "Ports at the site")."""

from __future__ import annotations

from dataclasses import dataclass

EVERYWHERE = "0.0.0.0"  # noqa: S104 - where nobody chose the management network
"""The address of all interfaces (ip(7), INADDR_ANY)."""


@dataclass(frozen=True)
class Endpoints:
    """Where the services listen.

    Args:
        address: IPv4 address of the deployer on the management network, as the other nodes reach it.
        hostname: its name.
        repo: TCP port of the local repo (HTTP).
        registry: TCP port of the registry (TLS, by nginx).
        backend: TCP port on the loopback interface where the registry program itself listens.
        alone: whether they listen on that address and on the loopback interface alone, or on all interfaces.
    """

    address: str
    hostname: str
    repo: int = 8001
    registry: int = 5000
    backend: int = 5001
    alone: bool = False

    @property
    def listens(self) -> tuple[str, ...]:
        """Addresses of this machine where they listen."""
        return tuple(dict.fromkeys((self.address, "127.0.0.1"))) if self.alone else (EVERYWHERE,)

    @property
    def repo_url(self) -> str:
        """The local repo's root."""
        return f"http://{self.address}:{self.repo}"

    @property
    def registry_name(self) -> str:
        """``host:port`` of the registry, as image references begin at the site."""
        return f"{self.address}:{self.registry}"
