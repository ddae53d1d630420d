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


_STORES = (
    _Store("etc/pki/ca-trust/source/anchors", "update-ca-trust"),
    _Store("usr/local/share/ca-certificates", "update-ca-certificates"),
)


def trust(layout: Layout, endpoints: Endpoints) -> None:
    """Put the CA where the system's TLS and where container tools look for it (containers-certs.d(5)).

    Raises:
        MachineError: the trust store's program failed.
    """
    certificate = layout.ca_certificate.read_bytes()
    for host in (endpoints.address, endpoints.hostname, "localhost", "127.0.0.1"):
        _put(layout.root / f"etc/containers/certs.d/{host}:{endpoints.registry}/ca.crt", certificate)
    for store in _STORES:
        if (layout.root / store.folder).is_dir() and shutil.which(store.program):
            if _put(layout.root / store.folder / "airlock-site-ca.crt", certificate):
                _update(store.program)
            return


def _put(path: Path, certificate: bytes) -> bool:
    if path.is_file() and path.read_bytes() == certificate:
        return False
    atomic.write(path, certificate)
    return True


def _update(program: str) -> None:
    try:
        proc.run([program], timeout=_TIMEOUT)
    except proc.ProcessFailed as error:
        raise MachineError("the system's trust store does not take the site's CA", why=error.why) from error
