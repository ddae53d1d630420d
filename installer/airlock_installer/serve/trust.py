"""Making this machine's programs trust the site's CA."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from airlock_core import atomic, proc
from airlock_core.errors import MachineError
from airlock_installer.layout import Layout
from airlock_installer.serve.endpoints import Endpoints

_TIMEOUT = 120


@dataclass(frozen=True)
class _Store:
    """A system's trust store: where certificates are dropped, and the program that takes them in."""

    folder: str
    program: str


_TOOLS = ("etc/containers/certs.d", "etc/docker/certs.d")
_STORES = (
    _Store("etc/pki/ca-trust/source/anchors", "update-ca-trust"),
    _Store("usr/local/share/ca-certificates", "update-ca-certificates"),
)


def trust(layout: Layout, endpoints: Endpoints) -> list[Path]:
    """Put the CA where the system's TLS and where container tools look for it (containers-certs.d(5)); what was new.

    Raises:
        MachineError: the trust store's program failed.
    """
    certificate = layout.ca_certificate.read_bytes()
    hosts = (endpoints.address, endpoints.hostname, "localhost", "127.0.0.1")
    places = [
        layout.root / folder / f"{host}:{endpoints.registry}/ca.crt"
        for folder in _TOOLS
        for host in dict.fromkeys(hosts)
    ]
    changed = [path for path in places if atomic.put(path, certificate)]
    for store in _STORES:
        if (layout.root / store.folder).is_dir() and shutil.which(store.program):
            path = layout.root / store.folder / "airlock-site-ca.crt"
            if atomic.put(path, certificate):
                _update(store.program)
                changed.append(path)
            break
    return changed


def _update(program: str) -> None:
    try:
        proc.run([program], timeout=_TIMEOUT)
    except proc.ProcessFailed as error:
        raise MachineError("the system's trust store does not take the site's CA", why=error.why) from error
