"""The services as units of systemd."""

from __future__ import annotations

from typing import Protocol

from airlock_core import proc
from airlock_core.errors import MachineError
from airlock_installer.serve.endpoints import Endpoints
from airlock_installer.serve.ports import Listener

REGISTRY = "airlock-registry.service"
REPO = "airlock-repo.service"
_TIMEOUT = 120


def ports(endpoints: Endpoints) -> dict[int, str]:
    """The unit that listens on each of our TCP ports."""
    return dict.fromkeys((endpoints.repo, *endpoints.registries), REPO) | {endpoints.backend: REGISTRY}


class Services(Protocol):
    """What starts and stops our two services."""

    def restart(self, unit: str) -> None:
        """Start a service, or start it anew where it runs."""

    def stop(self, unit: str) -> None:
        """Stop a service; nothing happens where it does not run."""

    def state(self, unit: str) -> str:
        """``active``, ``inactive``, ``failed``…"""

    def owns(self, unit: str, listener: Listener) -> bool:
        """Whether a process that listens is the service's own."""


class Systemd:
    """Services run by systemd (systemctl(1))."""

    def restart(self, unit: str) -> None:
        try:
            proc.run(["systemctl", "reset-failed", unit], timeout=_TIMEOUT, expect=range(256))
            proc.run(["systemctl", "restart", unit], timeout=_TIMEOUT)
        except proc.ProcessFailed as error:
            raise MachineError(
                f"{unit} does not start", why=f"{error.why}\n{_journal(unit)}", todo=f"see `journalctl -u {unit}`"
            ) from error

    def stop(self, unit: str) -> None:
        try:
            proc.run(["systemctl", "stop", unit], timeout=_TIMEOUT)
        except proc.ProcessFailed as error:
            raise MachineError(f"{unit} does not stop", why=error.why) from error

    def state(self, unit: str) -> str:
        return proc.run(["systemctl", "is-active", unit], timeout=_TIMEOUT, expect=range(256)).stdout.strip()

    def owns(self, unit: str, listener: Listener) -> bool:
        return f"/{unit}" in listener.cgroup


def _journal(unit: str) -> str:
    words = ["journalctl", "--unit", unit, "--lines", "10", "--no-pager", "--output", "cat"]
    return proc.run(words, timeout=_TIMEOUT, expect=range(256)).stdout.strip()
