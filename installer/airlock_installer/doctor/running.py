"""What runs on the deployer: services, units, ports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from airlock_installer import appliance
from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, note
from airlock_installer.doctor.ground import Ground
from airlock_installer.serve import services, status
from airlock_installer.serve.endpoints import EVERYWHERE
from airlock_installer.serve.ports import listener
from airlock_installer.serve.status import Service

_MEDIUM = "airlock-media.service"


@dataclass(frozen=True)
class RunningFacts:
    """What runs.

    Args:
        services: registry and local repo.
        failed: our other units that failed; not the medium's where there is none, which its own look tells.
        strangers: who listens on a port of ours: port and name.
        configured: whether ``serve up`` was ever run here.
    """

    services: tuple[Service, ...]
    failed: tuple[str, ...] = ()
    strangers: tuple[tuple[int, str], ...] = ()
    configured: bool = True


def look(ground: Ground) -> RunningFacts:
    """Ask systemd, the ports, and the services themselves."""
    ours = (services.REGISTRY, services.REPO)
    told = () if ground.mounted else (_MEDIUM,)
    others = [unit for unit in appliance.units() if unit not in (*ours, *told)]
    failed = tuple(unit for unit in sorted(others) if ground.runner.state(unit) == "failed")
    running = status.running(ground.layout, ground.endpoints, ground.runner)
    return RunningFacts(running, failed, tuple(_strangers(ground)), ground.layout.nginx_config.is_file())


def _strangers(ground: Ground) -> Iterator[tuple[int, str]]:
    for port, unit in services.ports(ground.endpoints).items():
        found = listener(port, ground.endpoints.listens)
        if found and not ground.runner.owns(unit, found):
            yield port, str(found)


def never_up(facts: RunningFacts) -> Iterator[Finding]:
    """Nothing was ever served here."""
    if not facts.configured:
        yield error("registry and local repo were never started here", todo="airlock-site serve up")


def down(facts: RunningFacts) -> Iterator[Finding]:
    """A service that does not run."""
    for service in facts.services:
        if facts.configured and service.state != "active":
            todo = f"airlock-site serve up; what it said last: journalctl -u {service.unit}"
            yield error(f"the {service.name} does not run: {service.state}", where=service.unit, todo=todo)


def silent(facts: RunningFacts) -> Iterator[Finding]:
    """A service that runs and does not answer."""
    for service in facts.services:
        if service.state == "active" and service.fault:
            todo = f"airlock-site serve up, which says what is in its way; journalctl -u {service.unit}"
            yield error(f"the {service.name} does not answer", where=service.url, why=service.fault, todo=todo)


def taken(facts: RunningFacts) -> Iterator[Finding]:
    """A port that another program has."""
    for port, who in facts.strangers:
        yield error(f"TCP port {port} is taken by {who}", todo="stop that program, then airlock-site serve up")


def failed(facts: RunningFacts) -> Iterator[Finding]:
    """A unit that failed."""
    for unit in facts.failed:
        yield error("the unit failed", where=unit, todo=f"journalctl -u {unit}, then systemctl restart {unit}")


def wide_open(facts: RunningFacts) -> Iterator[Finding]:
    """Served on all networks."""
    if any(EVERYWHERE in service.listens for service in facts.services):
        todo = "airlock-site prepare --mgmt-iface NAME, then airlock-site serve up"
        yield note("registry and local repo are open on all networks of this machine", todo=todo)


AREA = Area("services", look, (never_up, down, silent, taken, failed, wide_open))
