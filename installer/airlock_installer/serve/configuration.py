"""Writing all that services, this machine and the nodes read; what is there already stays untouched."""

from __future__ import annotations

import datetime
import pwd
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from airlock_core import atomic, proc
from airlock_core.errors import MachineError
from airlock_installer.layout import Layout
from airlock_installer.serve import clients, configs, dnf, password, pki, services, trust
from airlock_installer.serve.endpoints import Endpoints

_NGINX_USERS = ("nginx", "www-data", "nobody")
_CHECK_SECONDS = 60.0


@dataclass(frozen=True)
class Configured:
    """What was new.

    Args:
        written: files that were written or removed.
        units: the units that must be started anew for it.
    """

    written: tuple[Path, ...]
    units: frozenset[str]


def configure(layout: Layout, endpoints: Endpoints, names: frozenset[str], hosts: Collection[str]) -> Configured:
    """Write everything.

    Args:
        names: host names and addresses that the registry's certificate is made for.
        hosts: registries that the images came from.

    Raises:
        GateError: the site's CA is not valid at this time.
        MachineError: nginx does not take its configuration, or something cannot be written.
    """
    renewed = pki.ensure(pki.Pki(layout.pki), names, datetime.datetime.now(datetime.UTC))
    made = [layout.pki / "registry.crt"] if renewed else []
    made += [layout.push_password] if password.ensure(layout) else []
    for folder in (layout.state / "nginx", layout.log):
        folder.mkdir(parents=True, exist_ok=True)
    root = layout.repo if endpoints.vip else layout.medium
    texts = {
        layout.registry_config: configs.registry(layout.registry_storage, endpoints),
        layout.nginx_config: configs.nginx(layout, endpoints, nginx_user(), configs.nginx_pid(layout), root),
    }
    changed = [path for path, text in texts.items() if atomic.put(path, text)]
    _check_nginx(layout.nginx_config)
    certificate = layout.ca_certificate.read_text()
    made += clients.write(layout.clients, clients.files(endpoints, hosts, certificate))
    made += trust.trust(layout, endpoints)
    made += dnf.point(layout, endpoints)
    units = {
        services.REGISTRY: layout.registry_config in changed,
        services.REPO: renewed or layout.nginx_config in changed,
    }
    return Configured((*changed, *made), frozenset(unit for unit, new in units.items() if new))


def nginx_user() -> str:
    """Whom nginx's workers run as here."""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _NGINX_USERS if name in known)


def _check_nginx(path: Path) -> None:
    try:
        proc.run(["nginx", "-t", "-q", "-c", path], timeout=_CHECK_SECONDS)
    except proc.ProcessFailed as error:
        raise MachineError("nginx does not accept its configuration", where=str(path), why=error.why) from error
